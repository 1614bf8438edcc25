"""How far a rater is, and how long each picture was looked at."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from blind_samples import UNITS, make_recordings, rate

from napari_grimace.rating import (
    BlindSpec,
    build_blind_set,
    pictures_done,
    progress,
    viewing_times,
)
from napari_grimace.recording import Change, Journal, Record

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def blind(tmp_path: Path):
    spec = BlindSpec(size=16, per_recording=4, repeats=0.25)
    return build_blind_set(tmp_path / "a.blind", make_recordings(tmp_path, 1), spec)


def test_a_picture_is_done_when_every_unit_is_judged(blind) -> None:
    anna = blind.rater("Anna")
    assert progress(blind, anna) == (0, 5)
    with blind.store.journal(anna) as writer:
        writer.commit(2, event="shown")
        for unit in UNITS[:-1]:
            writer.commit(2, [Change("score", unit, None, 0)])
        assert progress(blind, anna) == (0, 5)
        writer.commit(2, [Change("score", UNITS[-1], None, "not_scorable")])
        assert progress(blind, anna) == (1, 5)
        assert pictures_done(blind, anna) == [3]
        writer.commit(2, [Change("score", UNITS[0], 0, None)])
        assert progress(blind, anna) == (0, 5)
    rate(blind, blind.rater("Ben"))
    assert progress(blind, blind.rater("Ben")) == (5, 5)
    assert progress(blind, anna) == (0, 5)
    assert blind.raters == [anna, blind.rater("Ben")]


def journal(*records):
    """Records of (second, frame, event or None for a score), of one writer."""
    told = [
        Record(
            id=str(number),
            time=(START + timedelta(seconds=second)).isoformat(),
            rater="Anna",
            frame=frame,
            seconds=None,
            changes=() if event else (Change("score", "ear", None, 1),),
            event=event or "",
        )
        for number, (second, frame, event) in enumerate(records)
    ]
    return Journal(Path("a.jsonl"), "w", None, tuple(told))


def test_a_picture_is_looked_at_until_the_next_is_shown() -> None:
    told = journal((0, 0, "shown"), (4, 0, None), (6, 1, "shown"), (9, 1, None))
    assert viewing_times([told]) == {1: 6.0, 2: 3.0}


def test_pauses_do_not_count() -> None:
    told = journal(
        (0, 0, "shown"),
        (4, 0, None),
        (5, 0, "paused"),
        (100, 0, "shown"),
        (107, 0, None),
        (108, 1, "shown"),
    )
    assert viewing_times([told]) == {1: 5.0 + 8.0}  # of the second nothing is known


def test_a_rater_who_goes_away_without_a_word() -> None:
    told = journal((0, 0, "shown"), (4, 0, None), (904, 0, None), (907, 0, "paused"))
    assert viewing_times([told]) == {1: 7.0}
    assert viewing_times([told], longest_look=1000) == {1: 907.0}


def test_sittings_are_added_and_not_joined() -> None:
    morning = journal((0, 0, "shown"), (5, 0, None))
    evening = journal((90, 0, "shown"), (92, 0, None))
    assert viewing_times([morning, evening]) == {1: 7.0}


def test_without_a_showing_there_is_no_time() -> None:
    assert viewing_times([journal((0, 0, None), (5, 0, None))]) == {}
    assert viewing_times([]) == {}


def test_a_clock_that_is_set_back_takes_nothing_off() -> None:
    told = journal((100, 0, "shown"), (102, 0, None), (50, 0, None), (51, 1, "shown"))
    assert viewing_times([told]) == {1: 3.0}


def test_times_of_a_real_journal(blind) -> None:
    anna = blind.rater("Anna")
    rate(blind, anna)
    (told,) = blind.store.read_person(anna).journals
    times = viewing_times([told])
    assert set(times) == set(range(1, 6))
    first, last = (
        datetime.fromisoformat(told.records[at].time).timestamp() for at in (0, -1)
    )
    assert sum(times.values()) == pytest.approx(last - first, abs=1e-5)
