"""Reference sets: how experts' scores become the right ones."""

import json

import numpy as np
import pytest
from reference_sets import BLACK, UNITS, blurred, random_truth, write_reference

from napari_grimace.errors import GrimaceError
from napari_grimace.rating.picture_set import write_picture_set
from napari_grimace.recording import Change, Rater, read_journals
from napari_grimace.scales import load_scale
from napari_grimace.teaching import (
    ConsensusRule,
    adjudicate,
    levels_of,
    mark_example,
    open_reference,
)

NAN = np.nan
MODE, MEAN = {"name": "mode", "limit": 1.0}, {"name": "mean", "limit": 2.0}


def experts(*rows):
    """For each expert one picture's scores: orbital, nose, ear, whiskers."""
    return {f"expert {i}": [row] for i, row in enumerate(rows)}


@pytest.mark.parametrize(
    ("rule", "scores", "expected"),
    [
        (ConsensusRule(), [1, 1, 0], 1),
        (ConsensusRule(), [1, 0], NAN),
        (ConsensusRule(), [2, 2, 0], NAN),
        (ConsensusRule("mode", 2), [2, 2, 0], 2),
        (ConsensusRule(), [NAN, 2, 2], 2),
        (ConsensusRule(), [NAN, NAN], NAN),
        (ConsensusRule(), [1], 1),
        (ConsensusRule("mean"), [1, 1, 0], 1),
        (ConsensusRule("mean"), [1, 0], NAN),
        (ConsensusRule("mean", 2), [0, 1, 2], 1),
        (ConsensusRule("mean", 2), [0, 2, 2], 1),
        (ConsensusRule("mean", 0), [0, 1], NAN),
    ],
)
def test_the_rule_decides_or_leaves_it_to_somebody(rule, scores, expected):
    np.testing.assert_equal(rule.decide(scores, (0, 1, 2)), expected)


def test_a_mean_is_rounded_to_a_level_that_the_unit_has():
    assert ConsensusRule("mean", 2).decide([0, 2, 2], (0, 2)) == 2
    assert levels_of(BLACK, "nose") == (0, 2)
    halves = load_scale("rgs-no-whiskers")
    assert levels_of(halves, "orbital") == (0, 0.5, 1, 1.5, 2)
    assert levels_of(halves, "nose") == (0, 1, 2)


@pytest.mark.parametrize("wrong", [("median", 1), ("mode", -1), ("mode", NAN)])
def test_there_are_no_other_rules(wrong):
    with pytest.raises(GrimaceError):
        ConsensusRule(*wrong)


def test_from_0_to_2_is_one_step_where_there_is_no_1(tmp_path):
    given = experts([0, 2, 2, 0], [0, 2, 2, 0], [0, 0, 0, 1])
    opened = write_reference(tmp_path / "s.reference", given)
    np.testing.assert_equal(opened.consensus.values, [[0, 2, np.nan, 0]])


def test_the_consensus_of_a_set_and_what_is_left_to_decide(tmp_path):
    given = experts(
        [0, 2, 1, 0], [0, 2, 2, "not_scorable"], [1, 2, NAN, "not_scorable"]
    )
    opened = write_reference(tmp_path / "s.reference", given, facts={"consensus": MODE})
    assert opened.expert_scores.dims == ("rater", "picture", "unit")
    assert opened.expert_scores.sel(rater="expert 2", unit="orbital").item() == 1
    np.testing.assert_equal(opened.consensus.sel(picture=1).values, [0, 2, NAN, NAN])
    # Ears: a tie; whiskers: one scored what two could not.
    np.testing.assert_equal(opened.to_decide.values, [[False, False, True, True]])
    assert opened.units_of(1) == ("orbital", "nose")
    assert opened.asked_in("practice") == {1: ("orbital", "nose")}
    assert opened.asked_in("test") == {1: UNITS}
    assert np.isnan(opened.totals().item())


def test_what_nobody_can_score_is_not_left_to_decide(tmp_path):
    given = experts([0, 2, 1, "not_scorable"], [0, 2, 1, "region_not_found"])
    opened = write_reference(tmp_path / "s.reference", given)
    assert not opened.to_decide.any()
    assert opened.units_of(1) == ("orbital", "nose", "ear")


def test_the_mean_of_three(tmp_path):
    given = experts([0, 0, 0, 2], [1, 2, 2, 2], [1, 2, 2, 1])
    opened = write_reference(tmp_path / "s.reference", given, facts={"consensus": MEAN})
    np.testing.assert_array_equal(opened.consensus.values, [[1, 2, 1, 2]])
    assert opened.totals().item() == 6


def test_somebody_decides_and_it_is_journalled(tmp_path):
    opened = write_reference(
        tmp_path / "s.reference", experts([0, 2, 1, 0], [0, 0, 2, 0])
    )
    assert opened.units_of(1) == ("orbital", "whiskers")
    opened = adjudicate(opened, 1, "ear", 2, "Bea", "the cup is hidden")
    opened = adjudicate(opened, 1, "nose", "not_scorable", "Bea")
    np.testing.assert_equal(opened.consensus.values, [[0, NAN, 2, 0]])
    assert not opened.to_decide.any()
    journals = read_journals(opened.pictures.store.journals)
    reasons = [
        r.reason for j in journals for r in j.records if j.rater.kind != "person"
    ]
    assert reasons == ["decided by Bea: the cup is hidden", "decided by Bea"]
    # What experts gave stays; and a decision can be changed and taken back.
    assert opened.expert_scores.sel(unit="ear").values.ravel().tolist() == [1, 2]
    assert adjudicate(opened, 1, "ear", 1, "Cem").consensus[0, 2] == 1
    opened = adjudicate(open_reference(opened.pictures.path), 1, "ear", None, "Cem")
    assert opened.to_decide.sel(unit="ear").item()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((2, "ear", 1, "Bea"), "no picture 2: the set has 1 to 1"),
        ((1, "tail", 1, "Bea"), "no unit 'tail'"),
        ((1, "nose", 1, "Bea"), "has the levels 0, 2, not 1"),
        ((1, "ear", True, "Bea"), "not True"),
        ((1, "ear", 1, " "), "who decides"),
        ((1, "ear", 1, "Bea", "two\nlines"), "a line of text"),
    ],
)
def test_decisions_that_do_not_fit_are_refused(tmp_path, words, told):
    opened = write_reference(tmp_path / "s.reference", experts([0, 2, 1, 0]))
    with pytest.raises(GrimaceError, match=told):
        adjudicate(opened, *words)
    assert not np.isnan(open_reference(opened.pictures.path).consensus).any()


def test_examples_are_those_marked_else_all_of_the_level(tmp_path):
    truth = np.array([[0, 0, 1, 2], [0, 2, 1, 2], [2, 2, 1, 0.0]])
    opened = write_reference(tmp_path / "s.reference", truth=truth)
    assert opened.examples("ear", 1) == [1, 2, 3]
    assert opened.examples("orbital", 1) == []
    opened = mark_example(opened, 2, "ear")
    opened = mark_example(opened, 2, "orbital")
    opened = mark_example(opened, 3, "ear")
    assert opened.examples("ear", 1) == [2, 3]
    assert opened.examples("orbital", 0) == [2]
    assert opened.examples("whiskers", 2) == [1, 2]
    opened = mark_example(opened, 2, "ear", marked=False)
    assert opened.examples("ear", 1) == [3]
    assert opened.marked == {2: ("orbital",), 3: ("ear",)}


def test_the_truth_is_the_only_voice(tmp_path):
    truth = random_truth(6)
    opened = write_reference(tmp_path / "s.reference", truth=truth)
    np.testing.assert_array_equal(opened.consensus.values, truth)
    assert opened.experts == ()
    assert opened.expert_scores.sizes == {"rater": 0, "picture": 6, "unit": 4}
    np.testing.assert_array_equal(opened.totals().values, truth.sum(axis=1))


def test_a_persons_second_pass_does_not_count_twice(tmp_path):
    opened = write_reference(tmp_path / "s.reference", experts([0, 2, 1, 0]))
    again = Rater("expert 0 (2)", "expert 0", "person", occasion=2, scale=BLACK)
    with opened.pictures.store.journal(again) as journal:
        journal.commit(0, [Change("score", "ear", None, 2)])
    opened = open_reference(opened.pictures.path)
    assert [expert.label for expert in opened.experts] == ["expert 0"]
    assert opened.consensus.sel(unit="ear").item() == 1


def test_lists_of_pictures_for_practice_and_test(tmp_path):
    facts = {"practice": [1, 2, 9], "test": [3]}
    opened = write_reference(
        tmp_path / "s.reference", truth=random_truth(4), facts=facts
    )
    assert list(opened.asked_in("practice")) == [1, 2]
    assert opened.asked_in("test") == {3: UNITS}


def test_a_set_without_ratings_opens(tmp_path):
    grey = [np.zeros((4, 4, 3), np.uint8)]
    path = tmp_path / "s.reference"
    write_picture_set(path, grey, kind="reference", title="S", scale=BLACK)
    opened = open_reference(path)
    assert opened.asked_in("test") == {}
    assert np.isnan(opened.consensus).all()
    assert list(opened.consensus["unit"].values) == list(UNITS)


def test_what_is_no_reference_set_is_refused(tmp_path):
    grey = [np.zeros((4, 4, 3), np.uint8)]
    blind = tmp_path / "s.blind"
    write_picture_set(blind, grey, kind="blind", title="S", scale=BLACK)
    with pytest.raises(GrimaceError, match="is a blind set"):
        open_reference(blind)
    path = tmp_path / "s.reference"
    made = write_picture_set(path, grey, kind="reference", title="S", scale=BLACK)
    other = Rater("Ben", "Ben", "person", scale=load_scale("mgs"))
    with made.store.journal(other) as journal:
        journal.commit(0, [Change("score", "ear", None, 2)])
    with pytest.raises(GrimaceError, match="'Ben' followed another scale"):
        open_reference(path)


def test_two_consensuses_are_refused(tmp_path):
    opened = write_reference(tmp_path / "s.reference", truth=random_truth(2))
    other = Rater("panel", "panel", "consensus", scale=BLACK)
    with opened.pictures.store.journal(other) as journal:
        journal.commit(0, [Change("score", "ear", None, 2)])
    with pytest.raises(GrimaceError, match="it can have one"):
        open_reference(opened.pictures.path)


def test_the_facts_are_readable_json(tmp_path):
    given = {
        name: blurred(random_truth(5), 0.2, seed) for seed, name in enumerate("AB")
    }
    opened = write_reference(tmp_path / "s.reference", given, facts={"consensus": MEAN})
    told = json.loads((opened.pictures.path / "set.json").read_text("utf-8"))
    assert told["facts"]["consensus"] == MEAN
    assert opened.rule == ConsensusRule("mean", 2.0)
