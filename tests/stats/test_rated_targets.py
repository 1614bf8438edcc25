"""Scores of a study as targets x raters."""

import numpy as np
import pandas as pd
import pytest

from napari_grimace.errors import GrimaceError
from napari_grimace.stats import cohen_kappa, gwet_ac, rated_targets
from napari_grimace.stats.reliability import as_ratings, differences


def frame_scores():
    """Frames 0 to 2 of m1 and 0 of m2; JT did not see frame 2, KM only frame 0."""
    rows = [
        ("v1", "m1", "AS", 0, 2, 3), ("v1", "m1", "AS", 1, 0, 1),
        ("v1", "m1", "AS", 2, 1, np.nan), ("v2", "m2", "AS", 0, 1, 2),
        ("v1", "m1", "JT", 0, 1, 2), ("v1", "m1", "JT", 1, 0, np.nan),
        ("v2", "m2", "JT", 0, 1, 2), ("v1", "m1", "KM", 0, 2, 4),
    ]  # fmt: skip
    columns = ["recording", "animal", "rater", "frame", "orbital", "total"]
    return (
        pd.DataFrame(rows, columns=columns).astype({"orbital": float}).assign(ear=1.0)
    )


def test_frames_that_two_raters_scored():
    totals = rated_targets(frame_scores())
    assert totals.index.names == ["recording", "animal", "frame"]
    assert list(totals) == ["AS", "JT", "KM"]
    assert totals.index.to_list() == [("v1", "m1", 0), ("v2", "m2", 0)]
    assert totals.loc[("v1", "m1", 0)].tolist() == [3, 2, 4]
    assert np.isnan(totals.loc[("v2", "m2", 0), "KM"])
    orbital = rated_targets(frame_scores(), "orbital", ["JT", "AS"])
    assert list(orbital) == ["JT", "AS"]
    assert len(orbital) == 3


def test_the_animal_comes_along():
    orbital = rated_targets(frame_scores(), "orbital", ["AS", "JT"])
    row = cohen_kappa(orbital["AS"], orbital["JT"], (0, 1, 2)).iloc[0]
    assert (row["n_targets"], row["n_animals"]) == (3, 2)


def test_differences_of_two_raters():
    table = differences(frame_scores(), "AS", "JT")
    told = table.set_index(["outcome", "animal", "frame"])["difference"].to_dict()
    assert told == {
        **{("ear", *frame): 0 for frame in (("m1", 0), ("m1", 1), ("m2", 0))},
        ("orbital", "m1", 0): 1, ("orbital", "m1", 1): 0, ("orbital", "m2", 0): 0,
        ("total", "m1", 0): 1, ("total", "m2", 0): 0,
    }  # fmt: skip


def test_what_is_not_there_is_told():
    scores = frame_scores()
    with pytest.raises(
        GrimaceError, match="no scores of 'nose': choose one of orbital"
    ):
        rated_targets(scores, "nose")
    with pytest.raises(GrimaceError, match="no rater 'XY'"):
        rated_targets(scores, raters=["AS", "XY"])
    with pytest.raises(GrimaceError, match="No frame has a score of 'total' by two"):
        rated_targets(scores, raters=["AS"])
    with pytest.raises(GrimaceError, match="scored no frame both"):
        differences(scores[scores["frame"].eq(0) | scores["rater"].ne("AS")].assign(
            recording=lambda table: table["recording"] + table["rater"]
        ), "AS", "JT")  # fmt: skip
    with pytest.raises(GrimaceError, match="-1"):
        rated_targets(scores.assign(orbital=-1.0), "orbital")


def test_ratings_from_arrays_tables_and_xarray():
    import xarray as xr

    values = np.array([[0.0, 1], [2, 2], [1, np.nan]])
    assert list(as_ratings(values)) == ["rater 1", "rater 2"]
    table = pd.DataFrame(values, columns=["AS", "JT"], dtype=object)
    assert as_ratings(table).dtypes.eq(np.float64).all()
    array = xr.DataArray(
        values.T, dims=("rater", "frame"), coords={"rater": ["AS", "JT"]}
    )
    pd.testing.assert_frame_equal(gwet_ac(array, (0, 1, 2)), gwet_ac(values, (0, 1, 2)))
