"""The timeline shows a recording's scores, the current frame, and goes to others."""

import gc
import weakref
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest
from matplotlib.colors import to_hex
from napari.components import ViewerModel
from napari.layers import Layer
from napari.utils.theme import get_theme
from PIL import Image
from qtpy.QtCore import QBuffer, QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QColor, QWheelEvent
from qtpy.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from napari_grimace.recording import Rater, RecordingStore, rater_block
from napari_grimace.scales import load_scale
from napari_grimace.video import open_source
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.layers import recording_layers, video_layer
from napari_grimace.widgets.paint import SEVERITY
from napari_grimace.widgets.timeline import TimelineWidget
from napari_grimace.widgets.view import RecordingView

SCALE = load_scale("mgs-black")
RATE, FRAMES = 15, 10_500  # 700 s
ANALYSED = np.array([n for n in range(0, FRAMES, RATE) if not 3000 < n < 4500])
MODEL = Rater(
    "model",
    "unit nets",
    "model",
    scale=SCALE,
    build="unit nets 0.10.0",
    trained_on="rendered faces",
)
ANNA = Rater("Anna", "Anna", "person", scale=SCALE)
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """A real video of 700 s, as small as can be."""
    path = tmp_path_factory.mktemp("clips") / "long.mp4"
    shades = [np.full((16, 16), shade, np.uint8) for shade in (60, 160)]
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=Fraction(RATE))
        stream.width = stream.height = 16
        stream.pix_fmt, stream.options = "yuv420p", {"preset": "ultrafast"}
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(shades[number // 50 % 2], "gray8")
            file.mux(stream.encode(frame.reformat(format="yuv420p")))
        file.mux(stream.encode(None))
    return path


def scores_of(frames, seed=0):
    """Levels (frame, unit); in a tenth of the frames one unit is missing."""
    rng = np.random.default_rng(seed)
    score = np.stack([rng.choice(u.levels, len(frames)) for u in SCALE.units], -1)
    score = score.astype(np.float32)
    score[rng.random(len(frames)) < 0.1, 2] = np.nan
    return score


def store_of(folder, source):
    return RecordingStore.create(folder / "mouse.grimace", source.attrs)


def rate(store, source, rater, frames, score, times=None):
    block = rater_block(
        rater,
        frames,
        source.times[frames] if times is None else times,
        score=score,
        quality={"sharpness": np.ones(len(frames))},
        face_count=np.ones(len(frames)),
        video=source.attrs,
    )
    store.add_rater(rater)
    store.append(rater.label, block)


@pytest.fixture
def viewer(qapp):
    viewer = ViewerModel()
    desk_of(viewer)
    yield viewer
    viewer.layers.clear()  # closes the videos


@pytest.fixture
def show(viewer, qtbot):
    """Show the timeline of a viewer at the size of a dock."""

    def shown():
        widget = TimelineWidget(viewer)
        qtbot.addWidget(widget)
        widget.resize(1100, 220)
        with qtbot.waitExposed(widget):
            widget.show()
        return widget

    return shown


@pytest.fixture
def open_view(viewer, wait_for):
    """Open a recording's layers; its desk reads it in the background."""

    def opened(store, source, compared=None):
        view = RecordingView(store.path, source)
        if compared:
            view.compare(compared)
        came = []
        view.changed.connect(lambda: came.append(True))
        for layer in (video_layer(source), *recording_layers(view)):
            viewer.add_layer(Layer.create(*layer))
        wait_for(lambda: came)
        return view

    return opened


@pytest.fixture
def scores():
    return scores_of(ANALYSED)


@pytest.fixture
def view(clip, tmp_path, scores, open_view):
    """A recording of 700 s, of which a frame a second is analysed."""
    source = open_source(clip)
    store = store_of(tmp_path, source)
    rate(store, source, MODEL, ANALYSED, scores)
    return open_view(store, source)


@pytest.fixture
def timeline(view, show):
    """Its timeline."""
    return show()


def pixel(widget, time):
    """Where a time lies on the canvas, from left."""
    canvas = widget.canvas
    window, box = canvas.extent, canvas.totals.bbox
    return round(
        box.x0 + (time - window.start) / (window.stop - window.start) * box.width
    )


def middle(widget):
    return widget.canvas.height() // 2


def at(widget, time):
    return QPoint(pixel(widget, time), middle(widget))


def picture(widget):
    """Colours (y, x, rgb) that the canvas shows."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    assert widget.canvas.grab().save(buffer, "png")
    return np.asarray(Image.open(BytesIO(bytes(buffer.data()))).convert("RGB"), int)


def assert_colour(told, expected):
    np.testing.assert_allclose(told, expected, atol=8)  # screens of 16 bit round


def rgb(colour):
    return QColor(colour).getRgb()[:3]


def row_of(widget, unit):
    """Where the middle of a unit's row lies, from above."""
    box = widget.canvas.units.bbox
    part = (unit + 0.5) / len(SCALE.units)
    return round(widget.canvas.height() - box.y1 + part * box.height)


def said(widget):
    """All that can be read beside the plot."""
    labels = widget.findChildren(QLabel)
    return " ".join(label.text() for label in labels if label.isVisible())


def wheel(widget, time, turns):
    place = QPointF(at(widget, time))
    event = QWheelEvent(
        place,
        widget.canvas.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120 * turns),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget.canvas, event)


def frame_at(time):
    return int(np.abs(np.arange(FRAMES) / RATE - time).argmin())


def test_it_says_what_to_do_without_a_recording(show):
    widget = show()
    assert "Plugins" in said(widget)
    assert "Score" in said(widget)
    assert not widget.canvas.isVisible()


def test_it_says_that_nothing_is_scored(clip, tmp_path, open_view, show):
    source = open_source(clip)
    store = store_of(tmp_path, source)
    store.add_rater(MODEL)
    open_view(store, source)
    widget = show()
    assert "No frame is scored yet" in said(widget)
    assert not widget.canvas.isVisible()


def test_it_names_the_build_and_what_it_learned_from(timeline):
    assert "unit nets 0.10.0" in said(timeline)
    assert "trained on rendered faces" in said(timeline)


def test_the_line_is_the_sum_of_the_units_and_broken_where_one_is_missing(
    timeline, scores
):
    timeline.canvas.turn_to(timeline.canvas.extent._replace(start=400.0, stop=460.0))
    (line,) = [one for one in timeline.canvas.totals.lines if len(one.get_xdata()) > 4]
    times, totals = line.get_data()
    truth = dict(zip(ANALYSED.tolist(), scores.sum(axis=1).tolist(), strict=True))
    shown = np.round(times * RATE).astype(int).tolist()
    assert {frame for frame in truth if 400 < frame / RATE < 460} <= set(shown)
    np.testing.assert_array_equal(totals, [truth[frame] for frame in shown])
    assert np.isnan(totals).any()


def test_nothing_joins_the_frames_on_either_side_of_a_gap(timeline):
    timeline.canvas.turn_to(timeline.canvas.extent._replace(start=180.0, stop=320.0))
    (line,) = [one for one in timeline.canvas.totals.lines if len(one.get_xdata()) > 4]
    times, totals = line.get_data()
    between = (times > 200.01) & (times < 299.99)
    assert between.any()
    assert np.isnan(totals[between]).all()


def test_rows_have_the_colours_of_the_scores(timeline, scores, qtbot):
    timeline.canvas.turn_to(timeline.canvas.extent._replace(start=400.0, stop=430.0))
    qtbot.wait(50)
    shown = picture(timeline)
    empty = rgb(get_theme("dark").foreground.as_hex())
    seen = set()
    for time in range(402, 428):
        for unit in range(len(SCALE.units)):
            score = scores[np.flatnonzero(time * RATE == ANALYSED)[0], unit]
            expected = empty if np.isnan(score) else rgb(SEVERITY[int(score)])
            told = shown[row_of(timeline, unit), pixel(timeline, time)]
            assert_colour(told, expected)
            seen.add(expected)
    assert len(seen) == 4


@pytest.mark.parametrize("with_model", [True, False])
def test_sparse_frames_of_a_person_are_no_stretch(
    clip, tmp_path, open_view, show, qtbot, wait_for, with_model
):
    source = open_source(clip)
    store = store_of(tmp_path, source)
    if with_model:
        rate(store, source, MODEL, ANALYSED, scores_of(ANALYSED))
    hers = np.array([100, 130, 160]) * RATE
    rate(store, source, ANNA, hers, np.full((3, 4), 2.0))
    view = open_view(store, source)
    if with_model:
        view.choose("Anna")
        wait_for(lambda: view.shown.rater.label == "Anna")
    widget = show()
    widget.canvas.turn_to(widget.canvas.extent._replace(start=90.0, stop=170.0))
    qtbot.wait(50)
    box = widget.canvas.units.bbox
    row = picture(widget)[row_of(widget, 0), round(box.x0) : round(box.x1)]
    red = (np.abs(row - rgb(SEVERITY[2])) <= 8).all(-1)
    seconds = red.sum() * 80 / box.width
    assert 0 < seconds < (4.8 if with_model else 1.2)
    line = next(li for li in widget.canvas.totals.lines if len(li.get_xdata()) > 2)
    known = np.isfinite(line.get_ydata())
    assert known.sum() == 3
    assert not (known[1:] & known[:-1]).any()  # no line joins them


def test_bands_are_shaded_and_named(timeline):
    names = {text.get_text() for text in timeline.canvas.totals.texts}
    assert names == {"low", "medium", "high"}
    spans = timeline.canvas.totals.patches
    for level, (band, span) in enumerate(zip(SCALE.bands, spans, strict=True)):
        low, high = span.get_y(), span.get_y() + span.get_height()
        assert low < band.low <= band.high < high
        assert to_hex(span.get_facecolor()) == SEVERITY[level]


def test_units_are_named_in_the_order_of_the_scale(timeline):
    labels = [label.get_text() for label in timeline.canvas.units.get_yticklabels()]
    assert labels == [unit.title for unit in SCALE.units]


def test_the_compared_rater_has_a_second_line(clip, tmp_path, scores, open_view, show):
    source = open_source(clip)
    store = store_of(tmp_path, source)
    hers = ANALYSED[::50]
    rate(store, source, ANNA, hers, scores_of(hers, 1))
    rate(store, source, MODEL, ANALYSED, scores)
    open_view(store, source, compared="Anna")
    widget = show()
    assert "Anna" in said(widget)
    truth = scores_of(hers, 1).sum(axis=1)
    lines = [one.get_data() for one in widget.canvas.totals.lines]
    (times, totals) = next(data for data in lines if 4 < len(data[0]) <= 2 * len(hers))
    known = np.isfinite(totals)
    np.testing.assert_allclose(times[known] * RATE, hers[np.isfinite(truth)])
    np.testing.assert_array_equal(totals[known], truth[np.isfinite(truth)])


def test_times_are_written_in_minutes(timeline):
    labels = [label.get_text() for label in timeline.canvas.units.get_xticklabels()]
    assert labels[:2] == ["0:00", "2:00"]


@pytest.mark.parametrize("time", [0.0, 0.4, 123.4, 250.0, 699.9])
def test_a_click_goes_to_the_frame_under_the_mouse(timeline, viewer, qtbot, time):
    place = at(timeline, time)
    qtbot.mouseClick(timeline.canvas, LEFT, pos=place)
    pixel_s = timeline.canvas.extent.length / timeline.canvas.totals.bbox.width
    assert abs(desk_of(viewer).frame / RATE - time) <= pixel_s
    assert viewer.dims.point[0] == pytest.approx(desk_of(viewer).frame / RATE)


def test_zoomed_in_each_frame_can_be_clicked(timeline, viewer, qtbot):
    timeline.canvas.turn_to(timeline.canvas.extent._replace(start=100.0, stop=102.0))
    for time in (100.4, 101.0, 101.33, 101.75):
        qtbot.mouseClick(timeline.canvas, LEFT, pos=at(timeline, time))
        wait_for_the_throttle(qtbot)
        assert desk_of(viewer).frame == frame_at(time)


def wait_for_the_throttle(qtbot):
    qtbot.wait(60)


def test_dragging_goes_along_and_ends_under_the_mouse(timeline, viewer, qtbot):
    desk, canvas = desk_of(viewer), timeline.canvas
    stood = []
    desk.moved.connect(lambda: stood.append(desk.frame))
    qtbot.mousePress(canvas, LEFT, pos=at(timeline, 100.0))
    for time in range(110, 500, 2):
        qtbot.mouseMove(canvas, at(timeline, time))
    qtbot.mouseRelease(canvas, LEFT, pos=at(timeline, 498))
    wait_for_the_throttle(qtbot)
    assert abs(desk.frame / RATE - 498) <= 1
    assert 1 < len(set(stood)) < 195
    before = desk.frame
    qtbot.mouseMove(canvas, at(timeline, 50.0))
    wait_for_the_throttle(qtbot)
    assert desk.frame == before


def columns_of_the_line(widget):
    """Columns that are one colour, that of text, in both axes from top to bottom."""
    shown, canvas = picture(widget), widget.canvas
    text = np.array(rgb(get_theme("dark").text.as_hex()))
    near = (np.abs(shown - text) < 60).all(-1)
    rows = np.zeros(len(shown), bool)
    for axes in (canvas.totals, canvas.units):
        top, bottom = canvas.height() - axes.bbox.y1, canvas.height() - axes.bbox.y0
        rows[int(top) + 3 : int(bottom) - 3] = True
    return np.flatnonzero(near[rows].all(axis=0))


def test_a_line_marks_the_current_frame_and_moves_without_a_new_plot(
    timeline, viewer, qtbot
):
    qtbot.wait(50)
    drawn = []
    timeline.canvas.mpl_connect("draw_event", drawn.append)
    for frame in (1500, 9000, 60):
        desk_of(viewer).go_to(frame)
        columns = columns_of_the_line(timeline)
        assert len(columns) in (1, 2)
        assert abs(columns.mean() - pixel(timeline, frame / RATE)) <= 1
    assert not drawn


def test_the_wheel_zooms_about_the_mouse(timeline, viewer):
    desk_of(viewer).go_to(frame_at(300.0))
    place = at(timeline, 350.0)
    wheel(timeline, 350.0, 3)
    window = timeline.canvas.extent
    assert window.length == pytest.approx(700 * 0.8**3, rel=1e-6)
    assert abs(pixel(timeline, 350.0) - place.x()) <= 1
    assert not any(button.isChecked() for button in timeline.lengths.values())
    wheel(timeline, 350.0, -30)
    assert timeline.canvas.extent == timeline.canvas.plot.whole
    assert timeline.lengths["whole"].isChecked()
    wheel(timeline, 350.0, 100)
    assert timeline.canvas.extent.length == pytest.approx(10 / RATE)


def test_dragging_with_the_right_button_pans(timeline, viewer, qtbot):
    canvas = timeline.canvas
    canvas.turn_to(canvas.extent._replace(start=300.0, stop=400.0))
    frame = desk_of(viewer).frame
    start, end = at(timeline, 380.0), at(timeline, 330.0)
    qtbot.mousePress(canvas, RIGHT, pos=start)
    qtbot.mouseMove(canvas, end)
    qtbot.mouseRelease(canvas, RIGHT, pos=end)
    assert canvas.extent.start == pytest.approx(350.0, abs=0.2)
    assert canvas.extent.length == pytest.approx(100.0)
    assert desk_of(viewer).frame == frame


def test_a_double_click_shows_the_whole_recording(timeline, qtbot):
    canvas = timeline.canvas
    canvas.turn_to(canvas.extent._replace(start=300.0, stop=400.0))
    qtbot.mouseDClick(canvas, LEFT, pos=at(timeline, 350.0))
    assert canvas.extent == canvas.plot.whole


def test_a_window_of_a_length_lies_around_the_current_frame(timeline, viewer, qtbot):
    desk_of(viewer).go_to(frame_at(350.0))
    for name, seconds in (("10 s", 10), ("1 min", 60), ("10 min", 600)):
        qtbot.mouseClick(timeline.lengths[name], LEFT)
        window = timeline.canvas.extent
        assert window.length == pytest.approx(seconds)
        assert (window.start + window.stop) / 2 == pytest.approx(350.0, abs=0.1)
        assert [k for k, b in timeline.lengths.items() if b.isChecked()] == [name]
    qtbot.mouseClick(timeline.lengths["whole"], LEFT)
    assert timeline.canvas.extent == timeline.canvas.plot.whole


def test_the_window_follows_the_current_frame(timeline, viewer, qtbot):
    desk = desk_of(viewer)
    desk.go_to(frame_at(350.0))
    qtbot.mouseClick(timeline.lengths["10 s"], LEFT)
    before = timeline.canvas.extent
    desk.go_to(frame_at(352.0))
    assert timeline.canvas.extent == before
    for time in (356.0, 340.0, 699.9, 0.0):
        desk.go_to(frame_at(time))
        window = timeline.canvas.extent
        assert window.start <= frame_at(time) / RATE <= window.stop
        assert window.length == pytest.approx(10)


def test_new_scores_are_shown_and_the_window_stays(
    timeline, viewer, qtbot, wait_for, view
):
    store = RecordingStore.open(view.path)
    window = timeline.canvas.extent._replace(start=200.0, stop=300.0)
    timeline.canvas.turn_to(window)
    more = np.arange(3015, 4500, RATE)
    rate(store, view.source, MODEL, more, np.full((len(more), 4), 2.0))
    qtbot.wait(50)
    grey = picture(timeline)[row_of(timeline, 0), pixel(timeline, 250.0)]
    assert_colour(grey, rgb(get_theme("dark").foreground.as_hex()))
    desk_of(viewer).read(view)
    wait_for(lambda: len(view.shown.frames) == FRAMES // RATE)
    qtbot.wait(50)
    assert timeline.canvas.extent == window
    red = picture(timeline)[row_of(timeline, 0), pixel(timeline, 250.0)]
    assert_colour(red, rgb(SEVERITY[2]))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_the_colours_of_the_theme(timeline, viewer, qtbot, theme):
    viewer.theme = "light" if theme == "dark" else "dark"
    viewer.theme = theme
    qtbot.wait(50)
    corner = picture(timeline)[1, 1]
    assert_colour(corner, rgb(get_theme(theme).background.as_hex()))


@pytest.fixture
def pictures(tmp_path):
    """Twenty pictures, and a recording of them without times."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(20):
        Image.new("RGB", (8, 8), (number * 10,) * 3).save(folder / f"{number:02}.png")
    source, frames = open_source(folder), np.arange(20)
    store = store_of(tmp_path, source)
    rate(store, source, MODEL, frames, scores_of(frames), np.full(20, np.nan))
    return store, source


def test_frames_are_numbered_where_times_are_not_known(
    pictures, open_view, show, viewer, qtbot
):
    open_view(*pictures)
    widget = show()
    labels = [label.get_text() for label in widget.canvas.units.get_xticklabels()]
    assert labels == [str(number) for number in range(0, 20, 2)]
    assert not widget.lengths["10 s"].isVisible()
    qtbot.mouseClick(widget.canvas, LEFT, pos=at(widget, 13.2))
    assert desk_of(viewer).frame == 13


def test_a_recording_without_scores_can_follow_one_with(
    pictures, clip, tmp_path, open_view, show, viewer
):
    open_view(*pictures)
    widget = show()
    source = open_source(clip)
    folder = tmp_path / "other"
    folder.mkdir()
    open_view(store_of(folder, source), source)
    assert "No frame is scored yet" in said(widget)
    desk_of(viewer).go_to(5000)
    assert desk_of(viewer).frame == 5000


def test_another_recording_takes_the_place_of_the_first(
    clip, tmp_path, view, timeline, viewer, open_view
):
    watched = len(view.changed)
    folder = tmp_path / "other"
    folder.mkdir()
    source = open_source(clip)
    store = store_of(folder, source)
    hers = ANALYSED[:20]
    rate(store, source, ANNA, hers, scores_of(hers))
    other = open_view(store, source)
    assert "Anna" in said(timeline)
    assert len(view.changed) == watched - 1
    desk_of(viewer).activate(view)
    assert "unit nets" in said(timeline)
    assert len(view.changed) == watched
    viewer.layers.clear()
    assert not timeline.canvas.isVisible()
    assert len(other.changed) == 1  # the fixture's


def followers(viewer):
    """How many follow the desk, its recording and the theme."""
    desk = desk_of(viewer)
    changed = 0 if desk.view is None else len(desk.view.changed)
    theme = len(viewer.events.theme.callbacks)
    return len(desk.activated), len(desk.moved), changed, theme


def test_hidden_it_follows_nothing_and_shown_again_it_is_up_to_date(timeline, viewer):
    desk = desk_of(viewer)
    with_it = followers(viewer)
    timeline.hide()
    assert followers(viewer) == tuple(count - 1 for count in with_it)
    desk.go_to(frame_at(600.0))
    timeline.show()
    assert followers(viewer) == with_it
    place = pixel(timeline, 600.0)
    assert abs(columns_of_the_line(timeline).mean() - place) <= 1


@pytest.mark.parametrize("whole", [True, False])
def test_deleted_by_qt_it_follows_nothing(view, viewer, qtbot, whole):
    without = followers(viewer)
    window = QWidget()
    timeline = TimelineWidget(viewer)
    QVBoxLayout(window).addWidget(timeline)
    with qtbot.waitExposed(window):
        window.show()
    assert followers(viewer) == tuple(count + 1 for count in without)
    deleted = window if whole else timeline
    deleted.deleteLater()
    QApplication.sendPostedEvents(deleted, QEvent.Type.DeferredDelete)
    with pytest.raises(RuntimeError, match="delete"):
        timeline.isVisible()
    assert followers(viewer) == without
    desk_of(viewer).go_to(100)
    view.changed.emit()
    viewer.theme = "light"


def test_closing_the_dock_leaves_nothing_behind(make_napari_viewer, sample, wait_for):
    viewer = make_napari_viewer(show=True)
    viewer.open(str(sample / "sample.grimace"), plugin="napari-grimace")
    desk = desk_of(viewer)
    wait_for(lambda: desk.view.shown is not None)
    without = followers(viewer)
    dock, widget = viewer.window.add_plugin_dock_widget("napari-grimace", "Timeline")
    with_it = tuple(count + 1 for count in without)
    wait_for(lambda: followers(viewer) == with_it)
    gone = weakref.ref(widget)
    dock.destroyOnClose()
    assert followers(viewer) == without
    del dock, widget
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert gone() is None
    desk.go_to(100)


def test_closing_the_viewer_leaves_nothing_behind(make_napari_viewer, sample, wait_for):
    viewer = make_napari_viewer(show=True)
    viewer.open(str(sample / "sample.grimace"), plugin="napari-grimace")
    desk = desk_of(viewer)
    wait_for(lambda: desk.view.shown is not None)
    view = desk.view
    without = len(desk.moved), len(view.changed)
    viewer.window.add_plugin_dock_widget("napari-grimace", "Timeline")
    viewer.close()
    assert (len(desk.moved), len(view.changed)) <= without
    view.changed.emit()


def test_the_line_of_the_current_frame_moves_fast(timeline, benchmark):
    places = np.random.default_rng(0).uniform(0, 700, 1000).tolist()
    benchmark(lambda: timeline.canvas.mark(places.pop()))
