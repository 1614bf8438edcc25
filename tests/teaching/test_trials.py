"""Trials from records: what belongs together, and how long it took."""

from datetime import UTC, datetime, timedelta

import pytest

from napari_grimace.recording import Change, Record
from napari_grimace.teaching.trials import trials_of

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
ASKED = {1: ("ear", "nose"), 2: ("ear",)}


def record(second, picture, event="", **answers):
    changes = tuple(Change("score", unit, None, v) for unit, v in answers.items())
    time = (START + timedelta(seconds=second)).isoformat()
    return Record("id", time, "Lea", picture - 1, None, changes, event=event)


def told(*records):
    return [
        (t.picture, t.answers, t.seconds, t.complete) for t in trials_of(records, ASKED)
    ]


def test_a_trial_lasts_from_shown_to_the_last_answer():
    assert told(
        record(0, 1, "shown"),
        record(4, 1, ear=1),
        record(9, 1, nose=2),
        record(30, 2, "shown"),
        record(33, 2, ear=0),
        record(40, 2, ear=2),
    ) == [
        (1, {"ear": 1, "nose": 2}, 9, True),
        (2, {"ear": 2}, 10, True),
    ]


def test_pauses_do_not_count():
    assert told(
        record(0, 1, "shown"),
        record(4, 1, ear=1),
        record(10, 1, "paused"),
        record(90000, 1, "shown"),
        record(90005, 1, nose=2),
        record(90100, 1, "paused"),
    ) == [(1, {"ear": 1, "nose": 2}, 15, True)]


def test_what_was_broken_off_counts_until_the_last_answer():
    assert told(
        record(0, 1, "shown"),
        record(4, 1, ear=1),
        record(900, 1, "shown"),
        record(903, 1, nose=0),
    ) == [(1, {"ear": 1, "nose": 0}, 7, True)]


def test_a_skipped_picture_comes_again_as_another_trial():
    assert told(
        record(0, 1, "shown"),
        record(4, 1, ear=1),
        record(10, 2, "shown"),
        record(12, 2, ear=0),
        record(20, 1, "shown"),
        record(21, 1, nose=0, ear=2),
    ) == [
        (1, {"ear": 1}, 4, False),
        (2, {"ear": 0}, 2, True),
        (1, {"nose": 0, "ear": 2}, 1, True),
    ]


def test_a_picture_shown_again_after_it_was_answered_is_another_trial():
    shown = [record(0, 2, "shown"), record(1, 2, ear=0)]
    assert len(told(*shown, record(9, 2, "shown"))) == 2


def test_an_answer_can_be_taken_back():
    assert told(record(0, 2, "shown"), record(1, 2, ear=1), record(3, 2, ear=None)) == [
        (2, {}, pytest.approx(3), False)
    ]
