"""Frame scores and summaries, against the recordings and against pandas."""

import warnings

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from study_samples import BLACK, model, person, random_block, random_scores

from napari_grimace.errors import GrimaceWarning, ScaleError, StudyError
from napari_grimace.recording import grimace_score, grimace_state, units_scored
from napari_grimace.recording.join import join_raters
from napari_grimace.scales import load_scale
from napari_grimace.study import (
    as_frame_scores,
    frame_scores,
    make_study,
    scale_of,
    scores_dataset,
    select,
    sheet_of,
    summarise,
)

UNITS = list(BLACK.unit_names)
SHEET = pd.DataFrame(
    {
        "group": ["sham", "lap", "lap"],
        "animal": ["1", "2", "3"],
        "sex": ["m", "f", "m"],
        "timepoint": "post",
    },
    index=["a", "b", "c"],
)


def scores_of_model(seconds, seed, **options):
    score, state = random_scores(np.random.default_rng(seed), seconds)
    frames = np.arange(seconds) * 30
    return scores_dataset(model(), frames, frames / 30, score, state=state, **options)


@pytest.fixture(scope="module")
def study():
    """Recordings of 10, 20 and 5 minutes."""
    lengths = zip("abc", (600, 1200, 300), strict=True)
    return make_study(
        {name: scores_of_model(n, seed) for seed, (name, n) in enumerate(lengths)},
        SHEET,
    )


@pytest.fixture
def two_raters():
    """The model saw all frames, and Anna every third."""
    blocks = [
        random_block(model(), np.arange(0, 300, 30), 1),
        random_block(person(), np.arange(0, 300, 90), 2),
    ]
    recording = join_raters(blocks, blocks[0].attrs)
    return make_study({"a": recording}, SHEET.loc[["a"]])


def test_frame_scores_are_those_of_the_recordings(study):
    table = frame_scores(study)
    assert list(table) == [
        *("recording", "animal", "group", "timepoint", "sex", "rater", "frame"),
        *("time", *UNITS, "units_scored", "total"),
    ]
    for name, rows in table.groupby("recording"):
        recording = study[name].to_dataset().isel(rater=0)
        counted = units_scored(study[name].to_dataset()).isel(rater=0)
        rated = recording.isel(frame=counted.notnull().values)
        total = grimace_score(study[name].to_dataset()).isel(rater=0)
        np.testing.assert_array_equal(rows["frame"], rated["frame"])
        np.testing.assert_array_equal(rows["time"], rated["time"])
        np.testing.assert_array_equal(rows[UNITS], rated["score"])
        np.testing.assert_array_equal(
            rows["total"], total.sel(frame=rated["frame"].values)
        )
        np.testing.assert_array_equal(rows["units_scored"], counted.dropna("frame"))
        told = rows[["animal", "group", "timepoint", "sex"]].drop_duplicates()
        assert told.iloc[0].to_dict() == SHEET.loc[name].to_dict()
        assert len(told) == 1
    assert scale_of(table) == BLACK


def test_totals_of_fewer_units_and_several_faces(two_raters):
    recording = two_raters["a"].to_dataset()
    for options in ({}, {"min_units": 2}, {"several_faces": True}):
        table = frame_scores(two_raters, rater="Anna", **options)
        total = grimace_score(recording, **options).sel(rater="Anna")
        np.testing.assert_array_equal(
            table["total"], total.sel(frame=table["frame"].values)
        )
    with pytest.raises(ScaleError, match="min_units is 9"):
        frame_scores(two_raters, min_units=9)


def test_scores_alone_are_a_recording():
    faces = np.ones((1, 60), np.float32)
    faces[0, :10] = 2
    recording = scores_of_model(60, 0, face_count=faces)
    total = grimace_score(recording).values[0]
    assert np.isnan(total[:10]).all()
    assert np.isfinite(total[10:]).any()
    whole = grimace_score(recording, several_faces=True).values[0]
    np.testing.assert_array_equal(whole[10:], total[10:])
    score = recording["score"].values[0]
    np.testing.assert_array_equal(whole, score.sum(axis=-1))
    bands = grimace_state(recording, several_faces=True)
    assert bands.attrs["flag_meanings"] == "low medium high"
    np.testing.assert_array_equal(
        bands.values[0],
        np.select([np.isnan(whole), whole < 3, whole < 5], [-1, 0, 1], 2),
    )


def test_scores_alone_are_checked():
    def made(score=((0, 0, 0, 0),), frames=(0,), rater=None):
        return scores_dataset(rater or person(), frames, [0.0] * len(frames), score)

    with pytest.raises(StudyError, match="orbital a score of 9"):
        made([[9, 0, 0, 0]])
    with pytest.raises(StudyError, match="orbital a score of -1"):
        made([[-1, 0, 0, 0]])
    with pytest.raises(StudyError, match="must increase"):
        made(np.zeros((2, 4)), (3, 3))
    with pytest.raises(StudyError, match="has shape"):
        made([[0, 0, 0]])
    with pytest.raises(StudyError, match="one scale; here it is mgs-black, rgs"):
        made(rater=[person(), person("Bo", load_scale("rgs"))])


def test_a_recording_by_itself():
    recording = random_block(person(), [0, 30])
    table = as_frame_scores(recording)
    assert table["recording"].unique().tolist() == ["recording"]
    assert table["animal"].unique().tolist() == ["recording"]


@pytest.mark.parametrize(
    "scores", [[1, 2], None, xr.Dataset({"score": ("frame", [1.0])}), xr.Dataset()]
)
def test_other_things_are_no_scores(scores):
    with pytest.raises(StudyError, match=r"is no (study|recording)"):
        summarise(scores)


def test_one_rater_must_be_chosen_where_there_are_several(two_raters):
    with pytest.raises(StudyError, match="2 raters: 'nets 1 mgs-black', 'Anna'"):
        as_frame_scores(two_raters)
    both = as_frame_scores(two_raters, several_raters=True)
    assert both["rater"].nunique() == 2
    for scores in (two_raters, both):
        assert as_frame_scores(scores, "Anna")["rater"].unique().tolist() == ["Anna"]
        with pytest.raises(StudyError, match=r"'Bo'.*'nets 1 mgs-black', 'Anna'"):
            as_frame_scores(scores, "Bo")


def test_recordings_without_scores_are_told():
    nobody = scores_dataset(person(), [0, 30], [0, 1], np.full((2, 4), np.nan))
    study = make_study(
        {"a": nobody, "b": scores_of_model(30, 0)}, SHEET.loc[["a", "b"]]
    )
    with pytest.warns(GrimaceWarning, match="nobody rated 1 of the .*: 'a'"):
        assert frame_scores(study)["recording"].unique().tolist() == ["b"]
    with pytest.raises(StudyError, match="Nobody has scored anything"):
        frame_scores(select(study, recording="a"))


def test_raters_of_several_scales_do_not_mix():
    blocks = [
        random_block(model(), [0]),
        random_block(person(scale=load_scale("rgs")), [0]),
    ]
    study = make_study({"a": join_raters(blocks, blocks[0].attrs)}, SHEET.loc[["a"]])
    with pytest.raises(StudyError, match=r"several scales: .*mgs-black.*rgs"):
        frame_scores(study)
    assert scale_of(frame_scores(study, rater="Anna")).name == "rgs"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="total"), "lacks the columns 'total'"),
        (lambda t: t.iloc[:0], "is empty"),
        (lambda t: t.assign(ear=-1), "'ear' is -1 in frame 0 of 'a'"),
        (lambda t: t.assign(ear=9), "'ear' is 9"),
        (lambda t: t.assign(total=9), "'total' is 9"),
        (lambda t: t.assign(total="high"), "'total' does not hold numbers"),
        (lambda t: t.assign(frame=0), "Frame 0 of 'a' is there twice"),
        (lambda t: t.assign(recording="a", frame=range(len(t))), "several rows of"),
    ],
)
def test_tables_are_checked(study, change, message):
    with pytest.raises(StudyError, match=message):
        as_frame_scores(change(frame_scores(study)))


def test_tables_may_lack_what_is_not_needed(study):
    table = frame_scores(study)
    few = table.drop(columns=["group", "timepoint", "time", "units_scored"])
    told = as_frame_scores(few)
    assert told["units_scored"].equals(table["units_scored"])
    assert told["time"].isna().all()
    assert told["group"].eq("").all()
    assert as_frame_scores(table).equals(table)


def means(rows):
    """The summary of some rows of frame scores, written down plainly."""
    used = rows.dropna(subset="total")
    return pd.Series(
        {
            "total": used["total"].mean(),
            **used[UNITS].mean(),
            "n_frames": len(rows),
            "n_used": len(used),
            "share_all_units": (rows["units_scored"] == 4).mean()
            if len(rows)
            else np.nan,
        }
    )


def test_summary_of_whole_recordings(study):
    table, told = frame_scores(study), summarise(study)
    expected = pd.DataFrame(
        {name: means(rows) for name, rows in table.groupby("recording")}
    ).T
    pd.testing.assert_frame_equal(
        told.set_index("recording")[list(expected)].astype(float),
        expected,
        check_names=False,
    )
    assert told["start"].tolist() == table.groupby("recording")["time"].min().tolist()
    assert told["end"].tolist() == table.groupby("recording")["time"].max().tolist()
    assert told["group"].tolist() == ["sham", "lap", "lap"]
    assert scale_of(told) == BLACK


@pytest.mark.parametrize(
    ("window", "bins", "edges"),
    [
        ((0, 600), None, [0, 600]),
        ((100, 400), None, [100, 400]),
        ((0, 600), 300, [0, 300, 600]),
        ((60, 660), 250, [60, 310, 560, 660]),
        (None, 300, [0, 300, 600, 900, 1200]),
        (None, 7000, [0, 7000]),
        ((5000, 6000), 500, [5000, 5500, 6000]),
    ],
)
def test_summary_of_windows_and_bins(study, window, bins, edges):
    told = summarise(study, window=window, bins=bins)
    assert len(told) == 3 * (len(edges) - 1)
    for _, row in told.iterrows():
        frames = frame_scores(study).query("recording == @row.recording")
        inside = frames.query("@row.start <= time < @row.end")
        expected = means(inside)
        pd.testing.assert_series_equal(
            row[list(expected.index)].astype(float), expected, check_names=False
        )
    spans = told[["start", "end"]].drop_duplicates().to_numpy()
    np.testing.assert_array_equal(spans, np.stack([edges[:-1], edges[1:]], axis=1))


@pytest.mark.parametrize("width", [0.1, 0.2, 0.3, 0.7])
def test_a_frame_on_the_edge_of_a_bin_is_in_the_later_one(width):
    """Edges and times are not exact: 3 x 0.1 is more than 0.3."""
    count = 100 + 1
    scores = pd.DataFrame(
        {"recording": "a", "animal": "a", "rater": "r", "frame": range(count)}
    ).assign(time=np.arange(count) / 10, total=1.0)
    found = summarise(scores, bins=width)["n_frames"].to_numpy()
    tenths = round(10 * width)
    right = np.bincount(np.arange(count) // tenths)
    np.testing.assert_array_equal(found, right)
    whole = summarise(scores, bins=width, window=(0, 2.1))["n_frames"]
    assert whole.sum() == 21


def test_bins_behind_a_recording_are_empty(study):
    told = summarise(study, bins=300).query("recording == 'c'")
    assert told["n_frames"].tolist()[1:] == [0, 0, 0]
    assert (
        told.loc[told["n_frames"] == 0, ["total", "share_all_units"]]
        .isna()
        .all(axis=None)
    )


def test_summaries_of_a_table_and_of_its_study_are_one(study, two_raters):
    for scores, options in [
        (study, {}),
        (study, {"window": (0, 600), "bins": 100}),
        (two_raters, {}),
        (two_raters, {"rater": "Anna", "bins": 3}),
    ]:
        of_table = summarise(frame_scores(scores), **options)
        pd.testing.assert_frame_equal(summarise(scores, **options), of_table)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": (600, 0)}, "window is 600 to 0 s"),
        ({"window": (-5, 10)}, "start from 0"),
        ({"window": (0, np.nan)}, "window is 0 to nan"),
        ({"bins": 0}, "width above 0"),
        ({"bins": 1e-6}, "give a larger width"),
        ({"bins": 1e-6, "window": (0, 60)}, "60000000 bins"),
        ({"rater": "Bo"}, "no scores by 'Bo'"),
    ],
)
def test_summaries_that_cannot_be(study, options, message):
    with pytest.raises(StudyError, match=message):
        summarise(study, **options)


def test_frames_without_a_time_are_told():
    times = np.array([0, 1, np.nan, 3])
    scores = scores_dataset(person(), [0, 30, 60, 90], times, np.zeros((4, 4)))
    with pytest.warns(GrimaceWarning, match="1 frames without a known time"):
        told = summarise(scores, window=(0, 10))
    assert told["n_frames"].tolist() == [3]
    with warnings.catch_warnings():
        assert summarise(scores)["n_frames"].tolist() == [4]
    unknown = scores.assign_coords(time=scores["time"] * np.nan)
    assert summarise(unknown)[["start", "end"]].isna().all(axis=None)
    with pytest.raises(StudyError, match="No times of frames are known"):
        summarise(unknown, bins=10)


def test_parts_of_a_study(study):
    assert list(select(study, group="lap").children) == ["b", "c"]
    assert list(select(study, group=["lap", "sham"], sex="m").children) == ["a", "c"]
    assert list(select(study, recording=["c"]).children) == ["c"]
    assert sheet_of(select(study, sex="f")).equals(sheet_of(study).loc[["b"]])
    with pytest.raises(
        StudyError, match="no column 'dose', only 'recording', 'animal'"
    ):
        select(study, dose="5")
    with pytest.raises(
        StudyError, match="No recording has sex 'x'; there are 'm', 'f'"
    ):
        select(study, sex=["m", "x"])
    with pytest.raises(StudyError, match="matches all of 'sex', 'group'"):
        select(study, sex="f", group="sham")


def test_sheet_and_recordings_belong_together(study):
    with pytest.raises(StudyError, match="differs in 'b', 'c'"):
        make_study({"a": study["a"].to_dataset()}, SHEET)
