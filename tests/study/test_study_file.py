"""A study of scores alone is one file that other programs open."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from study_samples import (
    BLACK,
    model,
    person,
    random_block,
    random_scores,
    write_csv,
    write_recording,
)

from napari_grimace import open_study
from napari_grimace.errors import RecordingError, StudyError
from napari_grimace.recording import (
    NOT_FOUND,
    grimace_score,
    grimace_state,
    raters_of,
    scales_of,
    units_scored,
)
from napari_grimace.scales import load_scale
from napari_grimace.study import (
    frame_scores,
    make_study,
    save_study,
    scores_dataset,
    select,
    sheet_of,
    summarise,
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Recordings of different lengths; Anna rated the last alone, and other frames."""
    folder = tmp_path_factory.mktemp("packed")
    blocks = {
        "a": [random_block(model(), np.arange(0, 600, 30), 0)],
        "b": [random_block(model(), np.arange(0, 900, 25), 1)],
        "c": [
            random_block(model(), np.arange(0, 300, 30), 2),
            random_block(person(sampling="random"), np.arange(5, 400, 20), 3),
        ],
    }
    for name, of in blocks.items():
        write_recording(folder / f"{name}.grimace", *of, video={"roi": [0, 1, 2, 3]})
    rows = [
        ["a", "007", "g", "-1", "m"],
        ["b", "2", "g", "", ""],
        ["c", "é", "h", "", "f"],
    ]
    header = ["path", "animal", "group", "timepoint", "sex"]
    return open_study(write_csv(folder / "s.csv", header, *rows))


def test_scores_come_back_as_they_were(study, tmp_path):
    save_study(study, tmp_path / "s.nc")
    back = open_study(tmp_path / "s.nc")
    assert sheet_of(back).equals(sheet_of(study))
    assert back.attrs["scale"] == "mgs-black"
    assert frame_scores(back).equals(frame_scores(study))
    assert summarise(back, bins=5).equals(summarise(study, bins=5))
    for name, node in back.children.items():
        mine, theirs = node.to_dataset(), study[name].to_dataset()
        assert raters_of(mine) == raters_of(theirs)
        assert scales_of(mine) == {"mgs-black": BLACK}
        for derive in (grimace_score, units_scored, grimace_state):
            known = derive(theirs).sel(frame=mine["frame"])
            np.testing.assert_array_equal(derive(mine), known)
        assert (mine["state"] == NOT_FOUND).any()
        assert mine.attrs["roi"] == theirs.attrs["roi"]
        assert mine.attrs["animal"] == theirs.attrs["animal"]


def test_a_packed_study_can_be_packed_again(study, tmp_path):
    save_study(study, tmp_path / "one.nc")
    save_study(select(open_study(tmp_path / "one.nc"), group="g"), tmp_path / "two.nc")
    again = open_study(tmp_path / "two.nc")
    assert frame_scores(again).equals(frame_scores(select(study, group="g")))


def test_other_programs_open_it(study, tmp_path):
    save_study(study, tmp_path / "s.nc")
    with xr.open_dataset(tmp_path / "s.nc") as opened:
        frames = frame_scores(study)["frame"].nunique()
        sizes = {"recording": 3, "rater": 2, "frame": frames, "unit": 4}
        assert dict(opened.sizes) == sizes
        assert opened["score"].dims == ("recording", "rater", "frame", "unit")
        assert opened["score"].dtype == np.float32
        assert opened["score"].encoding["dtype"] == np.int8
        assert opened["score"].encoding["zlib"]
        assert opened["animal"].values.tolist() == ["007", "2", "é"]
        assert opened["rater_kind"].values.tolist() == [1, 0]
        assert list(json.loads(opened.attrs["scales"])) == ["mgs-black"]
        total = opened["score"].sum("unit", skipna=False).sel(recording="b")
        several = opened["face_count"].sel(recording="b") > 1
        mine = total.where(~several).isel(rater=0).dropna("frame")
        table = frame_scores(study).query("recording == 'b'").dropna(subset="total")
        np.testing.assert_array_equal(mine, table["total"])
        np.testing.assert_array_equal(mine["frame"], table["frame"])


def test_several_experiments_in_one_file(study, tmp_path):
    path = tmp_path / "s.nc"
    study.attrs["about"] = "All of them."
    save_study(study, path, experiment="all")
    save_study(select(study, group="h"), path, experiment="some")
    with pytest.raises(StudyError, match="several experiments, 'all', 'some'"):
        open_study(path)
    with pytest.raises(StudyError, match="no experiment 'none', only 'all', 'some'"):
        open_study(path, experiment="none")
    whole = open_study(path, experiment="all")
    assert frame_scores(whole).equals(frame_scores(study))
    assert whole.attrs["about"] == "All of them."
    assert list(open_study(path, experiment="some").children) == ["c"]
    save_study(select(study, group="g"), path, experiment="some")
    assert list(open_study(path, experiment="some").children) == ["a", "b"]
    with xr.open_datatree(path) as tree:
        assert list(tree.children) == ["all", "some"]
        assert tree["all/score"].encoding["dtype"] == np.int8


def test_halves_and_means_are_kept(tmp_path):
    rats = load_scale("rgs-no-whiskers")
    for i, score in enumerate([[[0.5, 1, 1.5]], [[1 / 3, 1, 2]]]):
        rater = person(scale=rats) if i == 0 else person("Bo", scale=rats)
        made = make_study(
            {"a": scores_dataset(rater, [0], [0.0], score)},
            pd.DataFrame({"animal": ["1"], "group": ["g"]}, index=["a"]),
        )
        save_study(made, tmp_path / f"{i}.nc")
        back = frame_scores(open_study(tmp_path / f"{i}.nc"))
        np.testing.assert_array_equal(
            back[list(rats.unit_names)], np.float32(score).astype(float)
        )


def test_what_cannot_be_packed(study, tmp_path):
    with pytest.raises(StudyError, match=r"saved as \.nc"):
        save_study(study, tmp_path / "s.zarr")
    with pytest.raises(StudyError, match="cannot be called 'x/y'"):
        save_study(study, tmp_path / "s.nc", experiment="x/y")
    save_study(study, tmp_path / "s.nc")
    with pytest.raises(StudyError, match="one experiment without a name"):
        save_study(study, tmp_path / "s.nc", experiment="x")
    with pytest.raises(RecordingError, match="cannot be written"):
        save_study(study, tmp_path / "nowhere" / "s.nc")
    told = {
        name: scores_dataset(person(build=name), [0], [0.0], np.zeros((1, 4)))
        for name in "ab"
    }
    sheet = pd.DataFrame({"animal": ["1", "2"], "group": "g"}, index=["a", "b"])
    with pytest.raises(StudyError, match="'Anna' is not the same rater"):
        save_study(make_study(told, sheet), tmp_path / "s.nc")


def test_other_files_are_no_studies(tmp_path):
    random_block(model(), [0]).to_netcdf(tmp_path / "one.nc", engine="h5netcdf")
    with pytest.raises(StudyError, match="holds no study"):
        open_study(tmp_path / "one.nc")
    (tmp_path / "text.nc").write_text("text")
    with pytest.raises(StudyError, match="is no netCDF file"):
        open_study(tmp_path / "text.nc")


def test_a_packed_study_is_small(tmp_path):
    rng = np.random.default_rng(0)
    recordings = {}
    for i in range(20):
        score, state = random_scores(rng, 1800, missing=0.3)
        frames = np.arange(1800) * 30
        recordings[f"r{i}"] = scores_dataset(
            model(), frames, frames / 30, score, state=state
        )
    sheet = pd.DataFrame(
        {"animal": [f"{i}" for i in range(20)], "group": "g"}, index=list(recordings)
    )
    save_study(make_study(recordings, sheet), tmp_path / "s.nc")
    scores = 20 * 1800 * 4  # random ones hold two bits or more
    assert (tmp_path / "s.nc").stat().st_size < scores
