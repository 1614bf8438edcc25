"""What a plot of a given width shows of a curve, against loops over the frames."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_grimace.widgets import curves
from napari_grimace.widgets.curves import Window

NAN = np.nan


def random_scores(seed, frames=400, units=3):
    rng = np.random.default_rng(seed)
    times = np.sort(rng.uniform(0, 100, frames))
    values = rng.integers(0, 3, (frames, units)).astype(np.float32)
    values[rng.random(values.shape) < 0.3] = NAN
    return times, values


@pytest.mark.parametrize("units", [None, 3])
def test_bins_hold_mean_and_ends_of_what_falls_in_them(units):
    times, values = random_scores(1)
    values = values[:, 0] if units is None else values
    mean, low, high = curves.binned(times, values, 20.0, 90.0, 140)
    for i in range(140):
        inside = (times >= 20 + i * 0.5) & (times < 20.5 + i * 0.5)
        for unit in np.ndindex(values.shape[1:]):
            known = [v for v in values[(inside, *unit)] if np.isfinite(v)]
            told = [part[(i, *unit)] for part in (mean, low, high)]
            if known:
                truth = [sum(known) / len(known), min(known), max(known)]
                np.testing.assert_allclose(told, truth)
            else:
                assert np.isnan(told).all()


def test_no_frames_give_empty_bins():
    none = curves.binned(np.empty(0), np.empty((0, 2)), 0.0, 1.0, 5)
    assert all(part.shape == (5, 2) and np.isnan(part).all() for part in none)


@given(st.lists(st.floats(0, 100), min_size=1, unique=True), st.floats(-10, 110))
def test_nearest_is_nearest(times, place):
    times = np.sort(times)
    index = int(curves.nearest(times, place))
    assert abs(times[index] - place) == min(abs(times - place))


def test_short_lines_are_drawn_as_they_are():
    times, values = np.arange(10.0), np.array([0, 1, NAN, 3, 4, 5, 4, 3, 2, 1])
    line = curves.trace(times, values, Window(-0.5, 9.5), 10, 1.0)
    assert line.span == 0
    np.testing.assert_array_equal(line.times, times)
    for drawn in (line.mean, line.low, line.high):
        np.testing.assert_array_equal(drawn, values)


def test_lines_go_on_beyond_the_window():
    times = np.arange(10.0)
    line = curves.trace(times, times, Window(2.5, 6.5), 10, 1.0)
    assert line.times.tolist() == [2, 3, 4, 5, 6, 7]


def test_lines_do_not_join_frames_that_lie_far_apart():
    times = np.array([0, 1, 2, 3.4, 4.4, 6.0, 7.0])
    shown, values = curves.broken(times, np.ones(7), 1.0)
    gaps = shown[np.isnan(values)]
    assert gaps.tolist() == [pytest.approx(5.2)]
    assert np.isfinite(values).sum() == 7


def test_long_lines_have_no_more_points_than_there_is_room_for():
    times = np.arange(54_000) / 30
    rng = np.random.default_rng(0)
    values = rng.integers(0, 9, len(times)).astype(float)
    values[20_000:30_000] = NAN
    line = curves.trace(times, values, Window(0.0, 1800.0), 500, 1 / 30)
    assert len(line.times) <= 260
    assert line.span == pytest.approx(1800 / 250)
    for place, mean, low, high in zip(*line[:4], strict=True):
        start, stop = place - line.span / 2, place + line.span / 2
        inside = values[(times >= start) & (times < stop)]
        inside = inside[np.isfinite(inside)]
        if len(inside):
            # A frame at the edge of a bin may fall on either side of it.
            assert mean == pytest.approx(inside.mean(), abs=0.1)
            assert (low, high) == (inside.min(), inside.max())
        else:
            assert np.isnan([mean, low, high]).all()
    between = (line.times > 20_100 / 30) & (line.times < 29_900 / 30)
    assert np.isnan(line.mean[between]).all()


def test_bins_keep_their_frames_while_the_window_moves():
    times = np.arange(20_000.0)
    values = np.random.default_rng(0).random(20_000)
    one = curves.trace(times, values, Window(1000.0, 9000.0), 400, 1.0)
    other = curves.trace(times, values, Window(1100.0, 9100.0), 400, 1.0)
    shared, here, there = np.intersect1d(one.times, other.times, return_indices=True)
    assert len(shared) > 190
    np.testing.assert_array_equal(one.mean[here], other.mean[there])


def test_lone_values_are_those_that_no_line_reaches():
    values = np.array([1, NAN, 2, NAN, NAN, 3, 4, NAN, 5])
    assert np.flatnonzero(curves.lone(values)).tolist() == [0, 2, 8]
    assert curves.lone(np.array([1.0])).tolist() == [True]


def test_strips_show_each_frame_around_its_time_and_leave_gaps_empty():
    times = np.array([0.0, 1, 2, 5, 6])
    values = np.array([[0, 2], [1, NAN], [2, 0], [0, 1], [1, 1]])
    shown = curves.strips(times, values, Window(-0.5, 7.5), 80, 1.0)
    for column, place in enumerate(-0.5 + 0.1 * (np.arange(80) + 0.5)):
        distance = np.abs(times - place)
        expected = values[distance.argmin()] if distance.min() <= 0.75 else [NAN] * 2
        np.testing.assert_array_equal(shown[column], expected)


def test_a_frame_by_itself_can_be_seen():
    shown = curves.strips(
        np.array([50.0]), np.array([[2.0]]), Window(0.0, 100.0), 100, 0.0
    )
    assert 2 <= np.isfinite(shown).sum() <= 4
    assert shown[50, 0] == 2


@pytest.mark.parametrize(
    ("own", "sampled", "spans"),
    [
        # One frame of a person: as long as a model's frame, or a mark.
        ([50.0], 1.0, [(49.25, 50.75)]),
        ([50.0], 1 / 30, [(49.85, 50.15)]),
        # Far apart: each by itself, whatever the distance between them.
        ([20.0, 50.0, 80.0], 1.0, [(19.25, 20.75), (49.25, 50.75), (79.25, 80.75)]),
        ([20.0, 50.0], 1 / 30, [(19.85, 20.15), (49.85, 50.15)]),
        # Every frame that a model scored is one stretch; so is every frame of a video.
        ([20.0, 21.0, 22.0], 1.0, [(19.25, 22.75)]),
        ([20 + n / 30 for n in range(31)], 1.0, [(19.85, 21.15)]),
    ],
)
def test_a_persons_frame_stands_for_no_longer_than_was_sampled(own, sampled, spans):
    times, values = np.array(own), np.ones((len(own), 1))
    step = curves.stretch(curves.usual_step(times), sampled)
    shown = curves.strips(times, values, Window(0.0, 100.0), 1000, step)[:, 0]
    edges = np.diff(np.pad(np.isfinite(shown), 1).astype(int))
    starts, stops = np.flatnonzero(edges > 0) / 10, np.flatnonzero(edges < 0) / 10
    np.testing.assert_allclose(np.stack([starts, stops], -1), spans, atol=0.11)


def test_dense_strips_are_means():
    times, values = random_scores(2, frames=1000)
    shown = curves.strips(times, values, Window(0.0, 100.0), 50, 0.1)
    inside = values[(times >= 20) & (times < 22)]
    np.testing.assert_allclose(shown[10], np.nanmean(inside, axis=0))


def test_strips_without_frames_are_empty():
    shown = curves.strips(np.empty(0), np.empty((0, 4)), Window(0.0, 1.0), 7, 0.0)
    assert shown.shape == (7, 4)
    assert np.isnan(shown).all()


def test_colours_are_mixed_between_levels():
    colours = np.array([[0, 0, 1], [1, 1, 0], [1, 0, 0]], float)
    told = curves.coloured(np.array([[0, 1], [2, NAN], [0.5, 1.75]]), colours)
    assert told[0].tolist() == [[0, 0, 1, 1], [1, 1, 0, 1]]
    assert told[1, 0].tolist() == [1, 0, 0, 1]
    assert told[1, 1, 3] == 0
    assert told[2].tolist() == [[0.5, 0.5, 0.5, 1], [1, 0.25, 0, 1]]


def test_usual_step_is_that_of_most_frames():
    assert curves.usual_step(np.array([0, 1, 2, 3, 50, 51.0])) == 1
    assert curves.usual_step(np.array([3.0])) == 0


@given(
    st.floats(0, 99),
    st.floats(1, 100),
    st.floats(0, 100),
    st.floats(0.1, 10),
)
def test_zooming_keeps_the_time_under_the_mouse(start, length, part, factor):
    window = Window(start, start + length)
    about = start + part / 100 * length
    zoomed = window.zoomed(about, factor)
    assert zoomed.length == pytest.approx(length * factor)
    assert (about - zoomed.start) / zoomed.length == pytest.approx(part / 100, abs=1e-6)


def test_windows_stay_within_the_recording():
    whole = Window(0.0, 100.0)
    assert Window(-10.0, 20.0).within(whole) == (0, 30)
    assert Window(90.0, 110.0).within(whole) == (80, 100)
    assert Window(-50.0, 500.0).within(whole) == whole
    assert whole.around(50.0, 10.0) == (45, 55)
    assert whole.around(2.0, 10.0) == (0, 10)
    assert whole.around(2.0, np.inf) == whole


@pytest.mark.parametrize("time", [-30.0, 9.9, 20.1, 500.0])
def test_windows_follow_what_leaves_them(time):
    window = Window(10.0, 20.0).following(time)
    assert window.length == pytest.approx(10)
    assert window.start < time < window.stop
    # Most of it lies ahead.
    ahead = window.stop - time if time > 20 else time - window.start
    assert ahead == pytest.approx(9)


def test_windows_stay_where_they_hold_the_time():
    assert Window(10.0, 20.0).following(10.0) == (10, 20)


@pytest.mark.parametrize(
    ("window", "most", "expected"),
    [
        ((-0.02, 60.0), 10, [0, 10, 20, 30, 40, 50, 60]),
        ((0.0, 1800.0), 10, [0, 300, 600, 900, 1200, 1500, 1800]),
        ((3661.0, 3664.0), 6, [3661, 3661.5, 3662, 3662.5, 3663, 3663.5, 3664]),
    ],
)
def test_ticks_are_round_on_a_clock(window, most, expected):
    places, step = curves.ticks(Window(*window), most, curves.TIME_STEPS)
    assert places.tolist() == expected
    assert step == pytest.approx(expected[1] - expected[0])
    assert not np.signbit(places).any()


def test_ticks_of_frames_are_whole_numbers():
    places, _ = curves.ticks(Window(-0.5, 4.5), 10, curves.FRAME_STEPS)
    assert places.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("seconds", "step", "expected"),
    [
        (0, 60, "0:00"),
        (59.9999, 1, "1:00"),
        (125, 5, "2:05"),
        (4500, 600, "75:00"),
        (65.5, 0.5, "1:05.5"),
        (600.02, 0.02, "10:00.02"),
        (-3, 1, "-0:03"),
    ],
)
def test_times_are_written_as_on_a_clock(seconds, step, expected):
    assert curves.clock(seconds, step) == expected
