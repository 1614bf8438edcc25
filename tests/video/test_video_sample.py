"""Which frames are chosen."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_grimace.errors import VideoError
from napari_grimace.video import sample_frames


def video(times, first=0, name="half hour.mp4"):
    """Frames without pictures: sampling reads none."""
    times = np.asarray(times, np.float64)
    return xr.DataArray(
        np.broadcast_to(np.uint8(0), (len(times), 2, 2, 3)),
        dims=("frame", "y", "x", "rgb"),
        coords={"frame": np.arange(len(times)) + first, "time": ("frame", times)},
        attrs={"source": name},
    )


HALF_HOUR = video(np.arange(54_000) / 30)


def test_rates():
    assert sample_frames(HALF_HOUR, rate=1).tolist() == list(range(0, 54_000, 30))
    assert sample_frames(HALF_HOUR, rate=0.1).tolist() == list(range(0, 54_000, 300))
    assert sample_frames(HALF_HOUR, rate=0.001).tolist() == [0, 30_000]
    assert len(sample_frames(HALF_HOUR, rate=30)) == 54_000
    assert sample_frames(video([0.0, 0.1, 0.2]), rate=0.001).tolist() == [0]


def test_variable_frame_rate_goes_by_time():
    uneven = video([0, 0.4, 0.9, 1.1, 1.2, 1.3, 2.4, 3.0])
    assert sample_frames(uneven, rate=1).tolist() == [0, 2, 6, 7]


def test_counts_and_steps():
    assert sample_frames(HALF_HOUR, every=20_000).tolist() == [0, 20_000, 40_000]
    assert sample_frames(HALF_HOUR, count=3).tolist() == [0, 18_000, 36_000]
    assert len(sample_frames(HALF_HOUR)) == 54_000


@pytest.mark.parametrize("own", [30, 29.97, 25, 12.6, 7.3, 1])
@pytest.mark.parametrize("rate", [1, 0.1, 0.37])
def test_what_was_sampled_at_a_rate_has_that_rate(own, rate):
    """Whichever the last frame: it lies a little before or behind its tick."""
    for count in (*range(2, 150), 5000):
        source = video(np.arange(count) / own)
        kept = sample_frames(source, rate=rate)
        again = sample_frames(source.sel(frame=kept), rate=rate)
        np.testing.assert_array_equal(again, kept)
        if len(kept) > 3:
            with pytest.raises(VideoError, match="above the"):
                sample_frames(source.sel(frame=kept), rate=2 * own * rate)


def test_an_array_without_frames():
    with pytest.raises(VideoError, match=r"no frames in half hour\.mp4"):
        sample_frames(HALF_HOUR[:0], rate=1)


def test_start_and_stop():
    part = sample_frames(HALF_HOUR, rate=1, start=600, stop=603)
    assert part.tolist() == [18_000, 18_030, 18_060]
    with pytest.raises(VideoError, match=r"half hour\.mp4 runs from 0 to 1799\.97 s"):
        sample_frames(HALF_HOUR, start=2000)


def test_one_random_frame_per_three_minutes():
    chosen = sample_frames(HALF_HOUR, count=1, bins=180, random=True, seed=4)
    assert (chosen // 5400).tolist() == list(range(10))
    assert len(set(chosen % 5400)) > 5


def test_random_is_reproducible():
    draw = {"count": 50, "random": True}
    one = sample_frames(HALF_HOUR, **draw, seed=1)
    assert one.tolist() == sample_frames(HALF_HOUR, **draw, seed=1).tolist()
    assert one.tolist() != sample_frames(HALF_HOUR, **draw, seed=2).tolist()
    assert sample_frames(HALF_HOUR, **draw).tolist() == (
        sample_frames(HALF_HOUR, **draw).tolist()
    )


def test_random_within_each_interval():
    chosen = sample_frames(HALF_HOUR, rate=1, random=True)
    assert (chosen // 30).tolist() == list(range(1800))


def test_numbers_are_those_of_the_video():
    assert sample_frames(video([5.0, 6.0, 7.0], first=9), every=2).tolist() == [9, 11]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"rate": 31}, "above the 30 frames/s of half hour.mp4"),
        ({"rate": 0}, "above 0"),
        ({"rate": float("nan")}, "above 0"),
        ({"count": 60_000}, "only 54000 in half hour.mp4"),
        ({"count": 2.5}, "whole number"),
        ({"every": -1}, "above 0"),
        ({"rate": 1, "count": 3}, "rate and count exclude"),
        ({"bins": 0}, "above 0"),
    ],
)
def test_impossible_choices(choice, message):
    with pytest.raises(VideoError, match=message):
        sample_frames(HALF_HOUR, **choice)


@settings(deadline=None)
@given(
    gaps=st.lists(st.floats(0.001, 3), min_size=1, max_size=80),
    choice=st.sampled_from(["rate", "count", "every", "all"]),
    bins=st.none() | st.floats(0.1, 20),
    random=st.booleans(),
    size=st.integers(1, 30),
)
def test_any_choice_is_increasing_and_inside(gaps, choice, bins, random, size):
    times = np.cumsum(gaps)
    own = len(times) / times[-1]
    given_ = {
        "rate": {"rate": own / (size + 1)},
        "count": {"count": min(size, len(times))},
        "every": {"every": size},
        "all": {},
    }[choice]
    chosen = sample_frames(video(times), **given_, bins=bins, random=random)
    assert chosen.dtype == np.int64
    assert (np.diff(chosen) > 0).all()
    assert 0 < len(chosen) <= len(times)
    assert set(chosen) <= set(range(len(times)))
    if choice == "count" and bins is None:
        assert len(chosen) == given_["count"]
