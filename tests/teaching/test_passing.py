"""The pass rule: experts' own agreement, fixed values, and what cannot be judged."""

from dataclasses import replace

import numpy as np
import pytest
from reference_sets import (
    BLACK,
    UNITS,
    answered,
    blurred,
    random_truth,
    take,
    write_reference,
)
from statsmodels.stats.inter_rater import cohens_kappa

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import absolute_agreement, confusion
from napari_grimace.teaching import (
    adjudicate,
    cannot_be_judged,
    experts_rule,
    fixed_rule,
    judge,
    leave_one_out,
    open_reference,
    rule_of,
    sample_course,
)
from napari_grimace.teaching.pass_rule import TOTAL

COUNT = 60
TRUTH = random_truth(COUNT, seed=4)
COUNT_RATED = 200
RATED = random_truth(COUNT_RATED, seed=4)
EXPERTS = {name: blurred(RATED, 0.1, seed) for seed, name in enumerate("ABC")}


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    """Three experts, each of whom errs in 10 of 100 scores."""
    return write_reference(tmp_path_factory.mktemp("set") / "r.reference", EXPERTS)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    facts = {"pass_rule": {"kappa": 0.6, "icc": 0.75, "source": "our lab"}}
    path = tmp_path_factory.mktemp("set") / "k.reference"
    return write_reference(path, truth=TRUTH, facts=facts)


def majority(columns, limit):
    """What most of some scores (expert, picture) say; NaN where it is a tie."""
    decided = []
    for scores in columns.T:
        levels, votes = np.unique(scores, return_counts=True)
        apart = scores.max() - scores.min() > limit
        tied = (votes == votes.max()).sum() > 1
        decided.append(np.nan if apart or tied else levels[votes.argmax()])
    return np.array(decided)


def others_say(out):
    """Consensus (unit, picture) of all experts but one."""
    rest = np.stack([scores for name, scores in EXPERTS.items() if name != out])
    limits = [2 if name == "nose" else 1 for name in UNITS]
    pairs = zip(rest.transpose(2, 0, 1), limits, strict=True)
    return np.array([majority(columns, limit) for columns, limit in pairs])


def test_leave_one_out_is_that_of_a_few_independent_lines(rated):
    told = leave_one_out(rated)
    for label, own in EXPERTS.items():
        columns = others_say(label)
        for unit, (name, right) in enumerate(zip(UNITS, columns, strict=True)):
            both = np.isfinite(right)
            table = confusion(own[both, unit], right[both], (0, 1, 2))
            expected = cohens_kappa(table, wt="fc", return_results=False)
            assert told[label][name] == pytest.approx(expected, abs=1e-12)
        totals = [own.sum(axis=1), columns.sum(axis=0)]
        expected = absolute_agreement(np.stack(totals, axis=1))
        assert told[label][TOTAL] == pytest.approx(expected, abs=1e-6)
        expert = rule_of(rated).experts[label]
        whole = np.isfinite(columns).all(axis=0)
        for name, both in zip(UNITS, np.isfinite(columns), strict=True):
            assert expert.shared(name) == both.sum()
        assert expert.shared(TOTAL) == whole.sum()
    rule = rule_of(rated)
    for name in (*UNITS, TOTAL):
        assert rule.limits[name] == min(told[label][name] for label in "ABC")
        assert 0.5 < rule.limits[name] < 1
    assert "the experts' own agreement" in rule.source
    assert rule.min_pictures == 50


def by_hand(tmp_path, ears, **options):
    """A set of whose ears each expert gave these scores; of all else, the same."""
    count = len(next(iter(ears.values())))
    given = {name: np.resize(TRUTH, (count, 4)).astype(object) for name in ears}
    for name, scores in ears.items():
        given[name][:, UNITS.index("ear")] = scores
    return write_reference(tmp_path / "s.reference", given, **options)


def test_experts_and_learner_are_compared_with_the_same_others(tmp_path):
    """Worked out by hand, from the definition of kappa.

    Without A there is a consensus on pictures 1, 3 and 5, without B on 1, 3, 4 and 5,
    without C on all but 4. Picture 6 is left open in the set.
    """
    ears = {"A": [0, 0, 1, 1, 2, 2], "B": [0, 0, 1, 2, 2, 2], "C": [0, 1, 1, 1, 2, 0]}
    reference = by_hand(tmp_path, ears)
    rule = experts_rule(reference, min_pictures=3)
    told = {label: expert.reached["ear"] for label, expert in rule.experts.items()}
    assert told == pytest.approx({"A": 1, "B": 1 - 0.25 / 1.25, "C": 1 - 1 / 1.4})
    assert [one.shared("ear") for one in rule.experts.values()] == [3, 4, 5]
    assert rule.limits["ear"] == told["C"]
    assert rule.pictures("ear") == 3
    scores = np.array(reference.expert_scores[0])
    scores[:, UNITS.index("ear")] = [0, 0, 1, 1, 1, 2]
    ear = judge(reference, answered(reference, scores), rule).checks[2]
    assert ear.name == "ear"
    assert ear.value == pytest.approx(np.mean([2 / 3, 2 / 3, 6 / 7]))
    assert (ear.n, ear.scorable, ear.passed) == (6, 6, True)
    # A alone shares too few pictures; then neither limit nor learner rest on A.
    fewer = experts_rule(reference, min_pictures=4)
    assert fewer.pictures("ear") == 4
    ear = judge(reference, answered(reference, scores), fewer).checks[2]
    assert ear.value == pytest.approx(np.mean([2 / 3, 6 / 7]))


def test_who_cannot_score_contradicts_among_the_others_too(tmp_path):
    ear = TRUTH[:, 2].tolist()
    ears = {"A": ear, "B": ["not_scorable"] * 4 + ear[4:], "C": ear}
    reference = by_hand(tmp_path, ears)
    assert np.isnan(reference.consensus.sel(unit="ear")[:4]).all()
    experts = experts_rule(reference).experts
    assert [expert.shared("ear") for expert in experts.values()] == [56, 56, 56]
    assert [expert.shared("nose") for expert in experts.values()] == [60, 60, 60]


def test_what_was_decided_as_not_scorable_is_not_compared(tmp_path):
    reference = by_hand(tmp_path, dict.fromkeys("AB", TRUTH[:, 2]))
    reference = adjudicate(reference, 7, "ear", "not_scorable", "Cem")
    assert "ear" not in reference.asked_in("test")[7]
    assert experts_rule(reference).pictures("ear") == COUNT - 1


def test_a_test_asks_what_is_left_to_decide_and_a_practice_does_not(tmp_path):
    ear = TRUTH[:, 2]
    other = np.where(np.arange(COUNT) < 8, (ear + 1) % 3, ear)
    reference = by_hand(tmp_path, {"A": ear, "B": other})
    assert "ear" in reference.asked_in("test")[3]
    assert "ear" not in reference.asked_in("practice")[3]
    assert experts_rule(reference).pictures("ear") == COUNT
    assert judge(reference, answered(reference, TRUTH)).passed
    easy = answered(reference, TRUTH, reference.asked_in("practice"))
    verdict = judge(reference, easy)
    assert verdict.passed is None
    words = "ear: the test asked 52 of the 60 pictures on which experts are compared"
    assert words in verdict.reason
    listed = by_hand(
        tmp_path / "listed", {"A": ear, "B": other}, facts={"test": list(range(1, 56))}
    )
    assert list(listed.asked_in("test")) == list(range(1, 56))
    assert experts_rule(listed).pictures("ear") == 55


def test_an_expert_whose_agreement_cannot_be_told_does_not_count(tmp_path):
    """C rated 55 pictures only, on all of which all gave 1."""
    all_of_them = np.array([1] * 55 + [0, 2] * 10)
    few = np.where(np.arange(75) < 55, 1, np.nan)
    ears = {"A": all_of_them, "B": all_of_them, "C": few}
    rule = experts_rule(by_hand(tmp_path, ears))
    assert [expert.shared("ear") for expert in rule.experts.values()] == [75, 75, 55]
    assert np.isnan(rule.experts["C"].reached["ear"])
    assert (rule.limits["ear"], rule.pictures("ear")) == (1, 75)
    assert len(rule.counting("ear")) == 2
    same = experts_rule(by_hand(tmp_path / "same", {"A": few[:55], "B": few[:55]}))
    assert same.pictures("ear") is None
    assert "do not vary" in same.missing["ear"]


def test_an_expert_among_others_who_do_not_vary_does_not_count(tmp_path):
    """C erred on 2 of 55 pictures to which all others gave 1: kappa is 0, by chance."""
    others = np.array([1] * 55 + [0, 2] * 33)
    few = np.where(np.arange(121) < 55, 1.0, np.nan)
    few[:2] = 0
    one_off = np.array([1] * 54 + [0] + [0, 2] * 33)
    reference = by_hand(tmp_path, {"A": others, "B": one_off, "C": few})
    rule = experts_rule(reference)
    assert rule.experts["C"].reached["ear"] == 0
    assert len(rule.counting("ear")) == 2
    assert rule.limits["ear"] > 0.9
    as_a = reference.expert_scores.sel(rater="A").values
    verdict = judge(reference, answered(reference, as_a), rule)
    ear = next(check for check in verdict.checks if check.name == "ear")
    assert ear.passed is True


@pytest.mark.parametrize("where", ["unit", "total"])
def test_what_was_decided_after_a_test_does_not_count_against_it(tmp_path, where):
    """The first 10 ears were decided after the test, which did not ask them."""
    facts = {"pass_rule": {"kappa": 0.6, "icc": 0.75}}
    reference = write_reference(tmp_path / "s.reference", truth=TRUTH, facts=facts)
    asked = dict.fromkeys(range(1, 11), ("orbital", "nose", "whiskers"))
    attempt = answered(reference, TRUTH, reference.asked_in("test") | asked)
    verdict = judge(reference, attempt)
    assert verdict.passed is True
    check = verdict.checks[2 if where == "unit" else 4]
    assert (check.n, check.scorable, check.value) == (50, 50, 1)


def test_who_gives_the_right_scores_passes(rated, tmp_path):
    right = rated.consensus.values
    verdict = judge(rated, take(rated, tmp_path, right))
    assert verdict.passed is True
    assert [check.value for check in verdict.checks] == [1] * 5
    assert [check.n for check in verdict.checks[:4]] == np.isfinite(right).sum(
        0
    ).tolist()
    assert verdict.checks[-1].statistic == "ICC(A,1)"
    compared = [np.isfinite(others_say(label)).all(axis=0) for label in "ABC"]
    assert verdict.checks[-1].n == np.any(compared, axis=0).sum() < COUNT_RATED


def test_who_guesses_does_not(rated, tmp_path):
    verdict = judge(rated, take(rated, tmp_path, random_truth(200, seed=9)))
    assert verdict.passed is False
    assert all(check.passed is False for check in verdict.checks)
    assert "Not passed: orbital (weighted kappa " in verdict.reason
    assert f"at least {verdict.rule.limits['ear']:.2f} is asked" in verdict.reason


def test_one_unit_below_its_limit_is_not_passed(known, tmp_path):
    given = TRUTH.copy()
    given[:, 2] = np.random.default_rng(0).permutation(given[:, 2])
    verdict = judge(known, take(known, tmp_path, given))
    assert verdict.passed is False
    assert [c.name for c in verdict.checks if not c.passed] == ["ear"]
    assert verdict.reason.count("asked") == 1


def test_the_limit_itself_is_enough(known, tmp_path):
    attempt = take(known, tmp_path, blurred(TRUTH, 0.3, 1))
    reached = {check.name: check.value for check in judge(known, attempt).checks}
    kappa = {unit: reached[unit] for unit in UNITS}
    exact = fixed_rule(known, kappa, reached[TOTAL])
    assert judge(known, attempt, exact).passed
    over = fixed_rule(known, kappa | {"nose": kappa["nose"] + 1e-6}, reached[TOTAL])
    assert judge(known, attempt, over).passed is False


def test_fixed_values_of_the_set_and_of_the_lab(known):
    rule = rule_of(known)
    assert rule.source == "our lab"
    assert rule.limits == dict.fromkeys(UNITS, 0.6) | {TOTAL: 0.75}
    own = fixed_rule(
        known, dict.fromkeys(UNITS, 0.5) | {"ear": 0.7}, 0.8, min_pictures=9
    )
    assert (own.limits["ear"], own.min_pictures) == (0.7, 9)
    with pytest.raises(GrimaceError, match="no kappa is given for nose"):
        fixed_rule(known, {"orbital": 0.6, "ear": 0.6, "whiskers": 0.6}, 0.7)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"icc": float("nan")}, "icc is a number from -1 to 1, not nan"),
        ({"icc": 6}, "icc is a number from -1 to 1, not 6"),
        ({"icc": True}, "not True"),
        ({"kappa": True}, "kappa of orbital is a number from -1 to 1, not True"),
        ({"kappa": 1.01}, "not 1.01"),
        ({"kappa": -2}, "not -2"),
        ({"kappa": None}, "not None"),
        ({"kappa": dict.fromkeys((*UNITS, "tail"), 0.5)}, "given for tail, but the"),
        ({"min_pictures": -3.7}, "min_pictures is a whole number from 1, not -3.7"),
        ({"min_pictures": 50.0}, "not 50.0"),
        ({"min_pictures": 0}, "not 0"),
        ({"min_pictures": True}, "not True"),
        ({"min_share": 90}, "min_share is a number from 0 to 1, not 90"),
        ({"min_share": True}, "not True"),
    ],
)
def test_fixed_values_that_make_no_sense_are_refused(known, tmp_path, told, words):
    given = {"kappa": 0.6, "icc": 0.7, **told}
    with pytest.raises(GrimaceError, match=words):
        fixed_rule(known, **given)
    facts = replace(known.pictures, facts={"pass_rule": given})
    with pytest.raises(GrimaceError, match=f"set.json: its pass_rule.*{words}"):
        rule_of(replace(known, pictures=facts))


@pytest.mark.parametrize(
    "told", [{"kappa": "high", "icc": 1}, {"kappa": 0.5}, {"cappa": 0.5}, [0.6]]
)
def test_a_pass_rule_that_cannot_be_read_is_told(tmp_path, told):
    facts = {"pass_rule": told}
    opened = write_reference(tmp_path / "s.reference", truth=TRUTH[:2], facts=facts)
    with pytest.raises(GrimaceError, match="pass_rule cannot be read"):
        rule_of(opened)


def test_the_course_that_ships_has_fixed_values():
    rule = rule_of(open_reference(sample_course()))
    assert rule.limits["nose"] == 0.6
    assert "choice, not a finding" in rule.source
    assert rule.min_pictures == 50


def test_too_few_pictures_are_not_judged(tmp_path):
    facts = {"pass_rule": {"kappa": 0.1, "icc": 0.1}}
    opened = write_reference(tmp_path / "s.reference", truth=TRUTH[:49], facts=facts)
    verdict = judge(opened, take(opened, tmp_path, TRUTH))
    assert verdict.passed is None
    assert "49 pictures were scored, at least 50 are needed" in verdict.reason
    lenient = fixed_rule(opened, 0.1, 0.1, min_pictures=49)
    assert judge(opened, take(opened, tmp_path, TRUTH), lenient).passed


@pytest.mark.parametrize(("left_out", "passed"), [(6, True), (7, False)])
def test_who_calls_hard_pictures_not_scorable_does_not_pass(
    known, tmp_path, left_out, passed
):
    given = TRUTH.astype(object)
    given[:left_out, 2] = "not_scorable"
    verdict = judge(known, take(known, tmp_path, given))
    assert verdict.passed is passed
    ear = verdict.checks[2]
    assert (ear.value, ear.n, ear.scorable) == (1, COUNT - left_out, COUNT)
    assert [c.name for c in verdict.checks if not c.passed] == ["ear"] * (not passed)
    words = "53 of 60 pictures that can be scored were scored, at least 90% is asked"
    assert (words in verdict.reason) is not passed


def test_another_share_can_be_asked(known, tmp_path):
    given = TRUTH.astype(object)
    given[:7, 2] = "not_scorable"
    attempt = take(known, tmp_path, given)
    assert judge(known, attempt, fixed_rule(known, 0.6, 0.7, min_share=0.8)).passed


def test_without_two_experts_there_is_no_limit(tmp_path):
    one = write_reference(tmp_path / "s.reference", {"A": TRUTH})
    assert leave_one_out(one) == {}
    verdict = judge(one, take(one, tmp_path, TRUTH))
    assert verdict.passed is None
    assert "it takes two experts" in verdict.reason
    assert np.isnan(experts_rule(one).limits["ear"])


def test_a_handful_of_pictures_gives_no_limit(tmp_path):
    """B rated all, but A only the first 30."""
    given = {"A": TRUTH.copy(), "B": TRUTH}
    given["A"][30:, 2] = np.nan
    few = write_reference(tmp_path / "s.reference", given)
    rule = rule_of(few)
    assert rule.limits["nose"] == 1
    assert np.isnan(rule.limits["ear"])
    assert (rule.pictures("nose"), rule.pictures("ear")) == (60, None)
    verdict = judge(few, take(few, tmp_path, TRUTH))
    assert verdict.passed is None
    words = "ear: there is no limit, for experts share 30 pictures, and at least 50"
    assert words in verdict.reason
    assert experts_rule(few, min_pictures=30).limits["ear"] == 1


def test_experts_at_chance_are_told(tmp_path):
    given = {"A": TRUTH, "B": TRUTH.copy()}
    given["B"][:, 2] = np.random.default_rng(3).permutation(TRUTH[:, 2])
    rule = rule_of(write_reference(tmp_path / "s.reference", given))
    assert rule.limits["ear"] < 0.2
    (warning,) = rule.warnings
    assert f"the limit of ear is only {rule.limits['ear']:.2f}, little" in warning


def test_without_variation_nothing_can_be_told(tmp_path):
    truth = TRUTH.copy()
    truth[:, 2] = 1
    facts = {"pass_rule": {"kappa": 0.1, "icc": 0.1}}
    opened = write_reference(tmp_path / "s.reference", truth=truth, facts=facts)
    for given in (truth, TRUTH):
        verdict = judge(opened, take(opened, tmp_path, given))
        assert verdict.passed is None
        assert "ear: the right scores do not vary" in verdict.reason


def test_who_gives_one_level_throughout_is_judged_and_fails(known, tmp_path):
    verdict = judge(known, take(known, tmp_path, np.zeros_like(TRUTH)))
    assert verdict.passed is False
    assert [check.value for check in verdict.checks[:4]] == [0, 0, 0, 0]


def test_what_cannot_be_judged_is_known_before(known, rated, tmp_path):
    assert cannot_be_judged(known) == {}
    assert cannot_be_judged(rated) == {}
    truth = TRUTH[:20].copy()
    truth[:, 2] = 1
    one = write_reference(tmp_path / "s.reference", {"A": truth})
    few = "20 pictures of a test have a right score, at least 50 are needed"
    alike = "the right scores do not vary, so agreement cannot be told from chance"
    alone = "there is no limit, for it takes two experts, or fixed values"
    every = (*UNITS, TOTAL)
    assert cannot_be_judged(one) == {few: every, alone: every, alike: ("ear",)}
    assert cannot_be_judged(one, fixed_rule(one, 0.6, 0.7, min_pictures=9)) == {
        alike: ("ear",)
    }
    verdict = judge(one, take(one, tmp_path, truth))
    (ear,) = [check for check in verdict.checks if check.name == "ear"]
    scored = "20 pictures were scored, at least 50 are needed"
    assert ear.reason == ", and ".join([scored, alike, alone])
    assert ear.reason in verdict.reason


def test_a_practice_or_half_a_test_is_not_judged(known, tmp_path):
    practice = judge(known, take(known, tmp_path, TRUTH, mode="practice"))
    assert practice.passed is None
    assert "this is a practice" in practice.reason
    half = judge(known, take(known, tmp_path, TRUTH, limit=55))
    assert half.passed is None
    assert "not finished" in half.reason
    assert half.checks[0].n == 55


def test_an_attempt_on_another_set_is_refused(known, rated, tmp_path):
    attempt = take(known, tmp_path, TRUTH, limit=1)
    other = write_reference(tmp_path / "o.reference", truth=TRUTH[:7])
    with pytest.raises(GrimaceError, match="open the set that it is on"):
        judge(other, attempt)


def test_the_scale_is_the_sets_own(rated):
    assert rated.scale == BLACK
