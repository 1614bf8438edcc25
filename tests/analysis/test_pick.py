"""Frames picked for rating, from recordings of which every frame's fitness is known."""

from dataclasses import replace

import numpy as np
import pytest

from napari_grimace.analysis import facing_frames, pick_frames
from napari_grimace.analysis.quality import MEASURES
from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.recording import Rater, merge_recordings, rater_block
from napari_grimace.scales import load_scale

FRAMES = 600  # one a second
MODEL = Rater(
    label="m", name="m", kind="model", build="m 1", scale=load_scale("mgs-black")
)


def recording(rater=MODEL, frames=FRAMES, times=None, **changes):
    """A recording of fit frames, and what `changes` says otherwise."""
    units = len(rater.scale.units)
    score = np.ones((frames, units), np.float32)
    score[:, rater.scale.unit_names.index("nose")] = 2
    quality = {name: np.ones(frames, np.float32) for name in MEASURES}
    quality["sharpness"] = np.random.default_rng(3).uniform(10, 90, frames)
    given = {"score": score, "face_count": np.ones(frames), "quality": quality}
    for name, (rows, value) in changes.items():
        target = quality.get(name, given.get(name))
        target[rows] = value
    seconds = np.arange(frames, dtype=float) if times is None else times
    return rater_block(rater, np.arange(frames) * 25, seconds, **given)


def rows(frames):
    return np.asarray(frames) // 25


def test_one_frame_from_each_part_of_the_time():
    picked = pick_frames(recording(), 12)
    assert np.bincount(rows(picked) // 50, minlength=12).tolist() == [1] * 12


def test_the_seed_decides_and_nothing_else():
    one = recording()
    assert pick_frames(one, 10).tolist() == pick_frames(one, 10).tolist()
    assert pick_frames(one, 10, seed=1).tolist() != pick_frames(one, 10).tolist()
    assert facing_frames(one, 60).tolist() == facing_frames(one, 60).tolist()
    assert facing_frames(one, 60, seed=1).tolist() != facing_frames(one, 60).tolist()


def test_only_sharp_frames_are_picked():
    one = recording()
    sharp = one["quality"].sel(rater="m", measure="sharpness").values
    picked = rows(pick_frames(one, 30, sharpest=0.2))
    assert sharp[picked].min() >= np.quantile(sharp, 0.8)
    everything = pick_frames(one, FRAMES, sharpest=1)
    assert len(everything) == FRAMES


@pytest.mark.parametrize(
    ("name", "value"), [("score", np.nan), ("face_count", 2), ("exposure", 0.2)]
)
def test_unfit_frames_are_left_out(name, value):
    unfit = np.arange(0, FRAMES, 2)
    picked = pick_frames(recording(**{name: (unfit, value)}), 40)
    assert not np.isin(rows(picked), unfit).any()


def test_frames_with_several_faces_may_be_asked_for():
    both = recording(face_count=(slice(None), 2))
    with pytest.warns(GrimaceWarning, match="Only 0 of the 5"):
        assert pick_frames(both, 5).size == 0
    assert len(pick_frames(both, 5, several_faces=True)) == 5


def test_fewer_units_may_do():
    three = recording(score=((slice(None), 1), np.nan))
    with pytest.warns(GrimaceWarning):
        assert pick_frames(three, 5).size == 0
    assert len(pick_frames(three, 5, units=3)) == 5


def test_gaps_are_filled_from_what_is_farthest():
    gone = np.arange(100, 600)
    picked = rows(pick_frames(recording(score=(gone, np.nan)), 10, sharpest=1))
    assert len(set(picked)) == 10
    assert picked.max() < 100
    assert np.diff(picked).min() >= 3


def test_too_few_fit_frames_are_all_given_with_a_warning():
    gone = np.arange(3, FRAMES)
    with pytest.warns(GrimaceWarning, match="Only 3 of the 10 .* 600 analysed"):
        picked = pick_frames(recording(score=(gone, np.nan)), 10, sharpest=1)
    assert rows(picked).tolist() == [0, 1, 2]


def test_pictures_without_times_are_spread_by_their_order():
    picked = pick_frames(recording(times=np.full(FRAMES, np.nan)), 6)
    assert (rows(picked) // 100).tolist() == [0, 1, 2, 3, 4, 5]


def test_one_facing_frame_per_three_minutes():
    assert (rows(facing_frames(recording())) // 180).tolist() == [0, 1, 2, 3]


def test_a_bin_without_a_facing_frame_gives_none():
    away = np.arange(180, 360)
    picked = rows(facing_frames(recording(frontality=(away, 0.1))))
    assert (picked // 180).tolist() == [0, 2, 3]


def test_bins_count_from_the_start_of_the_video():
    late = np.arange(100, 100 + FRAMES, dtype=float)
    picked = rows(facing_frames(recording(times=late))) + 100
    assert (picked // 180).tolist() == [0, 1, 2, 3]


def test_time_bins_need_times():
    with pytest.raises(RecordingError, match="use pick_frames"):
        facing_frames(recording(times=np.full(FRAMES, np.nan)))


def test_among_several_models_one_is_named():
    other = Rater(label="n", name="n", kind="model", scale=load_scale("mgs"))
    both = merge_recordings(
        recording(), recording(other, score=(slice(0, 300), np.nan))
    )
    with pytest.raises(RecordingError, match=r'Say which model.*"m", "n"'):
        pick_frames(both, 5)
    with pytest.raises(RecordingError, match='"x" is not a model'):
        pick_frames(both, 5, rater="x")
    assert rows(pick_frames(both, 5, rater="m")).min() < 300
    assert rows(pick_frames(both, 5, rater="n")).min() >= 300


def test_each_model_goes_by_the_faces_that_it_found():
    first, last = np.arange(300), np.arange(300, FRAMES)
    other = replace(MODEL, label="n")
    both = merge_recordings(
        recording(face_count=(first, 2)), recording(other, exposure=(last, 0.2))
    )
    assert rows(pick_frames(both, 5, rater="m")).min() >= 300
    assert rows(pick_frames(both, 5, rater="n")).max() < 300
    away = replace(MODEL, label="a")
    both = merge_recordings(both, recording(away, frontality=(first, 0.1)))
    assert rows(facing_frames(both, 60, rater="a")).min() >= 300
    assert len(facing_frames(both, 60, rater="n")) == 10


def test_frames_of_other_raters_alone_are_not_picked():
    person = Rater(label="Anna", name="Anna", kind="person", scale=MODEL.scale)
    rated = recording(person, frames=FRAMES + 100)
    picked = pick_frames(merge_recordings(recording(), rated), 20, sharpest=1)
    assert rows(picked).max() < FRAMES


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"count": 0}, "at least one"),
        ({"count": 3, "sharpest": 2}, "share"),
        ({"count": 3, "min_exposure": -1}, "share"),
    ],
)
def test_impossible_choices_are_said(options, words):
    with pytest.raises(ValueError, match=words):
        pick_frames(recording(), **options)
    with pytest.raises(ValueError, match="over 0"):
        facing_frames(recording(), 0)
