"""Progress of learners whose errors are known."""

import numpy as np
import pytest
from reference_sets import UNITS, blurred, random_truth, take, write_reference

from napari_grimace.stats import weighted_kappa
from napari_grimace.teaching import confusion_table, list_attempts, progress_table

TRUTH = random_truth(30, seed=2)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return write_reference(tmp_path_factory.mktemp("set") / "s.reference", truth=TRUTH)


def rows_of(table, **wanted):
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table.set_index("unit")


def test_who_gives_the_truth(reference, tmp_path):
    take(reference, tmp_path, TRUTH)
    rows = rows_of(progress_table(tmp_path / "Lea", reference))
    assert list(rows.index) == [*UNITS, "total"]
    assert rows["kappa"][:4].tolist() == [1, 1, 1, 1]
    assert rows["icc"]["total"] == pytest.approx(1)
    assert (rows["percent_agreement"] == 100).all()
    assert (rows["bias"] == 0).all()
    assert (rows["n"] == 30).all()
    assert (rows["median_seconds"] > 0).all()
    assert (rows["median_seconds"] < 5).all()


def test_who_scores_one_level_too_high_everywhere(reference, tmp_path):
    """By hand: 0 and 1 go up by 1, 2 stays; a nose of 0 goes to 2."""
    high = np.minimum(TRUTH + 1, 2)
    high[:, UNITS.index("nose")] = 2
    take(reference, tmp_path, high)
    rows = rows_of(progress_table(tmp_path / "Lea", reference))
    # Each level is a third of the pictures; of noses each is a half.
    assert rows["bias"]["orbital"] == pytest.approx(2 / 3)
    assert rows["bias"]["nose"] == pytest.approx(1)
    assert rows["bias"]["total"] == pytest.approx(3 * 2 / 3 + 1)
    assert rows["percent_agreement"]["ear"] == pytest.approx(100 / 3)
    assert rows["kappa"]["nose"] == 0
    # Squared differences: 2/3; by chance, of 1 (a third) and 2 (two thirds) against
    # 0, 1, 2: (1 + 0 + 1) / 9 + 2 (4 + 1 + 0) / 9 = 4/3.
    assert rows["kappa"]["ear"] == pytest.approx(1 - (2 / 3) / (4 / 3))
    (attempt,) = list_attempts(tmp_path / "Lea")
    counts = confusion_table([attempt], reference)
    assert counts.dims == ("unit", "given", "expert")
    assert counts.sel(unit="ear").values.tolist() == [
        [0, 0, 0],
        [10, 0, 0],
        [0, 10, 10],
    ]
    assert counts.sel(unit="nose", given=2).values.tolist() == [15, 0, 15]


def test_attempt_by_attempt_and_the_first_answers_of_a_practice(reference, tmp_path):
    rates = (0.6, 0.3, 0.0)
    given = [blurred(TRUTH, rate, seed) for seed, rate in enumerate(rates)]
    take(reference, tmp_path, given[0])
    take(reference, tmp_path, given[1], mode="practice", limit=30)
    take(reference, tmp_path, given[2])
    table = progress_table(tmp_path / "Lea", reference)
    assert len(table) == 3 * 5
    assert table["date"].is_monotonic_increasing
    assert list(dict.fromkeys(zip(table["mode"], table["attempt"], strict=True))) == [
        ("test", 1),
        ("practice", 1),
        ("test", 2),
    ]
    for number, scores in ((1, given[0]), (2, given[2])):
        rows = rows_of(table, mode="test", attempt=number)
        for column, unit in enumerate(UNITS):
            expected = weighted_kappa(scores[:, column], TRUTH[:, column], (0, 1, 2))
            assert rows["kappa"][unit] == pytest.approx(expected)
    practice = rows_of(table, mode="practice")
    attempt = next(a for a in list_attempts(tmp_path / "Lea") if a.mode == "practice")
    first = attempt.scores(reference).values
    rated = np.isfinite(first).all(axis=1)
    assert 10 < rated.sum() < 30
    np.testing.assert_array_equal(first[rated], given[1][rated])
    agreed = 100 * (first[rated] == TRUTH[rated]).mean(axis=0)
    np.testing.assert_allclose(practice["percent_agreement"][:4], agreed)
    both = confusion_table(list_attempts(tmp_path / "Lea"), reference)
    assert both.sel(unit="ear").sum() == 60 + rated.sum()


def test_no_attempts_give_an_empty_table(reference, tmp_path):
    table = progress_table(tmp_path / "Lea", reference)
    assert table.empty
    assert "kappa" in table
