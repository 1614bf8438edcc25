"""Scoring from the window, with the bundled models on the processor."""

import os
import shutil
import subprocess
import sys
import threading
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from napari.components import ViewerModel
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QThreadPool
from qtpy.QtWidgets import QFileDialog, QPlainTextEdit

import napari_grimace
from napari_grimace import open_recording, score_video
from napari_grimace.analysis.chambers import Chamber
from napari_grimace.phantom import sample_video
from napari_grimace.progress import Progress
from napari_grimace.recording import raters_of, subject_of, video_of
from napari_grimace.widgets.cards import ModelChoice, card_of
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.pace import Following, Pace, duration
from napari_grimace.widgets.plan import Sampling, default_folder
from napari_grimace.widgets.running import Step
from napari_grimace.widgets.score import ScoreWidget
from napari_grimace.widgets.worker import warnings_shown

FACE = Chamber("face", (250, 550, 620, 1150))
CORNER = Chamber("corner", (0, 0, 120, 160))


def told() -> list[str]:
    return [notice.message for notice in notification_manager.records]


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return Path(shutil.copy(sample_video(), tmp_path / "cage 3.mp4"))


@pytest.fixture
def make(qtbot, video: Path):
    """Makes a form over the video, for a few frames on the processor."""
    kept = []

    def made(viewer: object = None, *, frames: int = 4, opened: bool = True):
        viewer = viewer or ViewerModel()
        if opened:
            desk_of(viewer).open(video)
        widget = ScoreWidget(viewer)
        widget.form.device.value = "cpu"
        widget.form.sampling.way.value = "count"
        widget.form.sampling.value.value = frames
        kept.append((viewer, widget))
        return widget

    yield made
    for viewer, widget in kept:
        if widget.worker is not None:
            widget.worker.quit()
        qtbot.waitUntil(lambda: not _busy(), timeout=30_000)
        viewer.layers.clear()
        with suppress(RuntimeError):  # deleted with its window
            widget.deleteLater()


@pytest.fixture
def finish(qtbot):
    def wait(widget: ScoreWidget) -> None:
        qtbot.waitUntil(lambda: not widget.running, timeout=60_000)
        qtbot.waitUntil(lambda: not _busy(), timeout=10_000)

    return wait


def _busy() -> bool:
    return QThreadPool.globalInstance().activeThreadCount() > 0


def _values(path: Path) -> dict[str, np.ndarray]:
    recording = open_recording(path)
    names = ("frame", "score", "state", "box", "probability")
    return {name: recording[name].values for name in names}


def test_a_run_to_the_end(make, finish, qtbot, video: Path, make_napari_viewer) -> None:
    viewer = make_napari_viewer()
    widget = make(viewer)
    form = widget.form
    form.subject.fields["species"].value = "mouse"
    form.subject.fields["strain"].value = " C57BL/6J "
    viewer.dims.set_current_step(0, 70)
    assert form.video.current_choice == "cage 3.mp4"
    assert "rendered faces" in form.trained_on.value
    widget.run_button.native.click()
    assert widget.running
    assert not widget.run_button.enabled
    finish(widget)
    recording = open_recording(video.with_suffix(".grimace"))
    assert recording["frame"].values.tolist() == [0, 450, 900, 1350]
    assert subject_of(recording) == {"species": "mouse", "strain": "C57BL/6J"}
    assert raters_of(recording)[0].sampling == "count=4"
    assert "Done: 4 frames" in widget.status.value
    view = desk_of(viewer).find(video.with_suffix(".grimace"))
    qtbot.waitUntil(lambda: len(view.shown.frames) == 4, timeout=10_000)
    assert [layer.name for layer in viewer.layers[-2:]] == [
        "scores cage 3",
        "boxes cage 3",
    ]
    assert viewer.dims.current_step[0] == 70
    assert "the run goes on with the others" in form.place.value


def test_cancelled_and_gone_on_with(make, finish, qtbot, video: Path) -> None:
    widget = make(frames=20)
    steps: list[Step] = []
    widget.run()
    widget.worker.yielded.connect(steps.append)
    qtbot.waitUntil(lambda: bool(steps and steps[-1].progress.done), timeout=60_000)
    widget.cancel()
    finish(widget)
    path = video.with_suffix(".grimace")
    before = _values(path)
    assert 0 < len(before["frame"]) < 20
    assert "Cancelled" in widget.status.value
    steps.clear()
    widget.run()
    widget.worker.yielded.connect(steps.append)
    finish(widget)
    scoring = [step.progress for step in steps if step.recording]
    assert scoring[0] == Progress(len(before["frame"]), 20, "scoring")
    assert f"of {20 - len(before['frame'])} frames show" in scoring[-1].message
    after, whole = _values(path), score_video(video, count=20, device="cpu")
    for name, values in after.items():
        np.testing.assert_array_equal(values, whole[name].values)
    widget.run()
    finish(widget)
    assert widget.status.value == "Done: all of these frames were scored before."


def test_chambers_are_recordings(make, finish, video: Path) -> None:
    widget = make(frames=2)
    widget.form.chambers.draw([FACE, CORNER])
    assert "cage 3_face.grimace" in widget.form.place.value
    widget.run()
    finish(widget)
    for chamber in (FACE, CORNER):
        recording = open_recording(video.with_name(f"cage 3_{chamber.name}.grimace"))
        assert recording.sizes["frame"] == 2
        assert tuple(video_of(recording)["roi"]) == chamber.roi


def test_warnings_are_shown_each_time(make, finish) -> None:
    widget = make()
    widget.form.chambers.draw([CORNER])
    for _ in range(2):
        seen = len(told())
        widget.look()
        finish(widget)
        assert "0 of 20 frames show a face" in told()[seen]
    with warnings.catch_warnings(record=True) as others:
        warnings.simplefilter("always")
        with warnings_shown():
            warnings.warn("of another package", stacklevel=1)
    assert [str(other.message) for other in others] == ["of another package"]


def test_a_quick_look_is_told_and_not_kept(make, finish, video: Path) -> None:
    widget = make()
    widget.look_button.native.click()
    finish(widget)
    assert "cage 3: 20 frames: a face in " in widget.status.value
    assert not video.with_suffix(".grimace").exists()


def test_a_cancelled_look_says_that_nothing_is_saved(make, finish, qtbot) -> None:
    widget = make()
    widget.look()
    widget.cancel()
    finish(widget)
    assert widget.status.value == "Cancelled. A quick look saves nothing."


def test_a_run_on_an_open_recording_shows_what_it_scores(
    make, finish, qtbot, tmp_path: Path
) -> None:
    """The rater of the run is another one than that which was chosen."""
    viewer, path = ViewerModel(), tmp_path / "sample.grimace"
    shutil.copy(sample_video(), tmp_path)
    shutil.copytree(sample_video().with_suffix(".grimace"), path)
    desk = desk_of(viewer)
    view = desk.open_recording(path)
    qtbot.waitUntil(lambda: view.ended, timeout=10_000)
    before = [rater.label for rater in view.raters]
    view.choose("truth of the render")
    widget = make(viewer, opened=False, frames=2)
    widget.form.setting.value = "accurate"
    widget.run()
    finish(widget)
    qtbot.waitUntil(
        lambda: view.shown.rater.label not in before and len(view.shown.frames) == 2,
        timeout=10_000,
    )
    view.choose(before[0])
    widget._keep_up(path, view.raters[-1].label)
    qtbot.waitUntil(lambda: view.shown.rater.label == before[0], timeout=10_000)


def test_a_drag_of_chambers_does_not_look_up_each_place(
    make, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget, told_of = make(), []
    layer = widget.form.chambers.draw([FACE, CORNER])
    qtbot.wait(300)
    monkeypatch.setattr(
        "napari_grimace.widgets.form.found_at", lambda path, *_: told_of.append(path)
    )
    for _ in range(20):
        layer.events.data(value=layer.data, action="changed")
    assert len(told_of) <= 2  # both chambers, at once
    qtbot.waitUntil(lambda: len(told_of) == 4)  # and where the drag has ended


def test_two_runs_on_one_recording_are_refused(make, finish, video: Path) -> None:
    viewer = ViewerModel()
    first, second = make(viewer), make(viewer, opened=False)
    first.run()
    second.run()
    assert not second.running
    assert told()[-1].startswith("cage 3.grimace is being scored already: wait")
    first.cancel()
    finish(first)
    second.run()
    assert second.running
    second.cancel()
    finish(second)


def test_a_layer_that_is_no_video(make) -> None:
    viewer = ViewerModel()
    widget = make(viewer, opened=False)
    assert widget.form.place.value == (
        "Drag a video file into the window "
        "(napari asks once for the reader: choose Grimace)."
    )
    viewer.add_image(np.zeros((5, 20, 30)), name="blobs")
    widget.run()
    assert not widget.running
    assert told()[-1].startswith("The layer 'blobs' is no video: drag the video file")


def test_a_layer_of_another_reader_is_tried_by_its_file(make, finish, video) -> None:
    viewer = ViewerModel()
    layer = viewer.add_image(np.zeros((5, 20, 30)), name="blobs")
    layer._set_source(layer.source.copy(deep=True, update={"path": str(video)}))
    widget = make(viewer, opened=False, frames=1)
    widget.run()
    finish(widget)
    assert open_recording(video.with_suffix(".grimace")).sizes["frame"] == 1
    assert [layer.name for layer in viewer.layers] == [
        "blobs",
        "cage 3.mp4",
        "scores cage 3",
        "boxes cage 3",
    ]


def test_videos_come_first_and_names_are_followed(make, video: Path) -> None:
    viewer = ViewerModel()
    viewer.add_image(np.zeros((5, 20, 30)), name="blobs")
    widget = make(viewer)
    choice = widget.form.video
    assert [layer.name for layer in choice.choices] == ["cage 3.mp4", "blobs"]
    choice.value = viewer.layers["cage 3.mp4"]
    viewer.layers["cage 3.mp4"].name = "the cage"
    assert choice.value is viewer.layers["the cage"]
    viewer.layers.remove("the cage")
    assert choice.value is viewer.layers["blobs"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="has such a device")
def test_a_device_that_is_not_there(make, finish, video: Path) -> None:
    widget = make()
    widget.form.device.value = "cuda"
    widget.run()
    finish(widget)
    assert "There is no device 'cuda' here" in told()[-1]
    assert not video.with_suffix(".grimace").exists()


def test_a_scale_of_one_s_own_that_no_scorer_serves(
    make, finish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = Path(napari_grimace.__file__).parent / "scales" / "data" / "mgs.toml"
    own = tmp_path / "own.toml"
    text = bundled.read_text("utf-8").replace('name = "mgs"', 'name = "own"')
    own.write_text(text.replace("Mouse Grimace Scale", "My scale"), "utf-8")
    widget = make()
    answers = iter(["", str(own)])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (next(answers), ""))
    scale = widget.form.scale
    for chosen in ("Mouse Grimace Scale for black-coated mice", "My scale"):
        scale.native.setCurrentText("own file ...")
        assert scale.current_choice == chosen
    assert "No bundled model serves this scale" in widget.form.trained_on.value
    widget.run()
    finish(widget)
    assert "No bundled scorer serves the scale 'own'" in told()[-1]


def test_a_folder_that_may_not_be_written(make, finish, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    if os.access(closed, os.W_OK):  # this user may write anywhere, but not there
        closed = Path("/proc/closed")
    widget = make()
    widget.form.folder.value = closed
    widget.run()
    finish(widget)
    assert str(closed) in told()[-1]


def test_where_recordings_go_by_default(tmp_path: Path) -> None:
    at_home = Path.home() / "napari-grimace"
    assert default_folder(tmp_path / "a.mp4") == tmp_path
    assert default_folder(sample_video()) == at_home
    assert default_folder(tmp_path / "none" / "a.mp4") == at_home
    package = Path(napari_grimace.__file__).parent
    assert default_folder(package / "models" / "a.mp4") == at_home


def test_a_folder_that_was_chosen_stays(make, tmp_path: Path, video: Path) -> None:
    viewer = ViewerModel()
    widget = make(viewer)
    assert widget.form.folder.value == video.parent
    widget.form.folder.value = tmp_path / "results"
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(video, other / "b.mp4")
    desk_of(viewer).open(other / "b.mp4")
    widget.form.video.value = viewer.layers["b.mp4"]
    assert widget.form.folder.value == tmp_path / "results"
    assert widget.form.place.tooltip == str(tmp_path / "results" / "b.grimace")


def test_a_recording_of_another_video_is_told_before(make, video: Path) -> None:
    recording = sample_video().with_suffix(".grimace")
    shutil.copytree(recording, video.with_suffix(".grimace"))
    widget = make()
    assert "the run goes on with the others" in widget.form.place.value
    widget.form.chambers.draw([FACE])
    face = video.with_name("cage 3_face.grimace")
    video.with_suffix(".grimace").rename(face)
    widget.form.tell_place()
    assert "is a recording of another region" in widget.form.place.value


def test_closing_the_dock_ends_the_run(make, qtbot, make_napari_viewer) -> None:
    viewer = make_napari_viewer()
    widget = make(viewer, frames=200)
    dock = viewer.window.add_dock_widget(widget, name="score")
    widget.run()
    qtbot.waitUntil(lambda: widget.bar.value > 0, timeout=60_000)
    dock.destroyOnClose()
    qtbot.waitUntil(lambda: not widget.running, timeout=10_000)
    qtbot.waitUntil(lambda: not _busy(), timeout=10_000)
    _no_thread_left()


def test_closing_the_window_ends_the_run(
    make, qtbot, video: Path, make_napari_viewer
) -> None:
    viewer = make_napari_viewer()
    widget = make(viewer, frames=200)
    viewer.window.add_dock_widget(widget, name="score")
    widget.run()
    qtbot.waitUntil(lambda: widget.bar.value > 0, timeout=60_000)
    viewer.close()
    qtbot.waitUntil(lambda: not _busy(), timeout=10_000)
    _no_thread_left()
    assert 0 < open_recording(video.with_suffix(".grimace")).sizes["frame"] < 200


def _no_thread_left() -> None:
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if "decode" in name], names


def test_a_runtime_error_ends_a_run_and_is_told(
    make, finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA error")

    monkeypatch.setattr("napari_grimace.analysis.raters.load_analyser", broken)
    widget = make()
    widget.run()
    finish(widget)
    assert widget.status.value == "Stopped by an error."
    assert told()[-1] == "CUDA error"


def test_cards_are_shown(make) -> None:
    widget = make()
    widget.form.detector.button.native.click()
    text = widget.findChild(QPlainTextEdit).toPlainText()
    assert "trained on: rendered faces" in text
    assert "limit: Trained on rendered faces alone" in text
    assert card_of("scorer", "", "rgs").name == "renders-scorer"
    assert card_of("scorer", "", "none") is None


def test_models_of_one_s_own(make, tmp_path: Path, monkeypatch) -> None:
    models = Path(napari_grimace.__file__).parent / "models" / "bundled"
    own = shutil.copytree(models / "renders-detector", tmp_path / "own")
    choice = make().form.detector
    answers = iter(["", str(models / "renders-scorer"), str(own)])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: next(answers))
    for model in (None, None, str(own)):
        choice.choice.native.setCurrentText("own folder ...")
        assert choice.model == model
    assert told()[-1] == "'renders-scorer' is a scorer, and a detector is needed."
    assert choice.card.name == "renders-detector"
    assert ModelChoice("detector", "", str(own)).model == str(own)
    assert ModelChoice("detector", "", "renders-detector").model == "renders-detector"
    assert ModelChoice("detector", "", str(tmp_path / "none")).model is None
    assert "is no model" in told()[-1]


def test_nothing_heavy_is_loaded_before_a_run() -> None:
    program = (
        "import sys\n"
        "from qtpy.QtWidgets import QApplication\n"
        "from napari.components import ViewerModel\n"
        "app, viewer = QApplication([]), ViewerModel()\n"
        "from napari_grimace.widgets.score import ScoreWidget\n"
        "widget = ScoreWidget(viewer)\n"
        "print(*{'torch', 'torchvision', 'ultralytics'} & set(sys.modules))\n"
    )
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == ""


def test_a_part_of_the_video_is_scored_by_frame_numbers(video: Path) -> None:
    def frames(**options: object) -> list[int]:
        numbers: np.ndarray = Sampling(**options).options(video)["frames"]
        return numbers.tolist()

    assert Sampling("rate", 0.5).options(video) == {"rate": 0.5}
    assert Sampling("every", 30.0).options(video) == {"every": 30}
    assert frames(way="rate", value=1, start=10, stop=13) == [300, 330, 360]
    assert frames(way="every", value=20, stop=2) == [0, 20, 40]
    assert frames(way="count", value=2, start=58) == [1740, 1770]


def test_the_form_says_which_frames(make) -> None:
    fields = make(opened=False).form.sampling
    fields.way.value = "rate"
    assert fields.sampling == Sampling("rate", 1.0)
    fields.value.value = 0.1
    fields.start.value, fields.stop.value = 10.5, 60
    assert fields.sampling == Sampling("rate", 0.1, 10.5, 60)
    fields.way.value = "every"
    assert fields.sampling == Sampling("every", 30, 10.5, 60)
    fields.way.value = "all"
    assert not fields.value.enabled
    assert fields.sampling == Sampling("every", 1, 10.5, 60)
    fields.way.value = "rate"
    assert fields.sampling.value == 0.1


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_pace_is_that_of_this_run() -> None:
    clock = Clock()
    pace = Pace(clock)
    clock.now = 100.0  # loading does not count
    assert pace.note(Step(Progress(40, 100), number=1, total=2)) == ""
    clock.now += 10
    words = pace.note(Step(Progress(50, 100), number=1, total=2))
    assert words == "60 frames/min, 2 min left"  # 150 frames at 1 a second
    clock.now += 50
    pace.note(Step(Progress(100, 100), number=1, total=2))
    pace.note(Step(Progress(20, 100), number=2, total=2))
    clock.now += 10
    words = pace.note(Step(Progress(30, 100), number=2, total=2))
    assert words == "60 frames/min, 1 min left"
    assert [duration(s) for s in (5.4, 59, 90, 3600, 7500)] == [
        *("5 s", "59 s", "2 min", "1 h 0 min", "2 h 5 min")
    ]


def test_a_growing_recording_is_not_read_too_often() -> None:
    from psygnal import Signal

    class View:
        changed = Signal()

    class Desk:
        def __init__(self) -> None:
            self.read_at: list[float] = []

        def read(self, _: object) -> None:
            self.read_at.append(clock.now)

    clock, view, desk = Clock(), View(), Desk()
    following = Following(desk, view, clock)
    following.note()
    assert not desk.read_at  # it is still being read for the first time
    view.changed.emit()
    for clock.now in (1.0, 1.9, 2.0, 2.1, 5.0):
        following.note()
    assert desk.read_at == [2.0]
    view.changed.emit()  # took 3 s: 15 s of rest
    for clock.now in (10.0, 19.9, 20.0):
        following.note()
    assert desk.read_at == [2.0, 20.0]
    following.end()
    assert desk.read_at == [2.0, 20.0, 20.0]


def test_a_failed_reading_does_not_end_the_following(qtbot, tmp_path) -> None:
    recording = tmp_path / "sample.grimace"
    shutil.copy(sample_video(), tmp_path)
    shutil.copytree(sample_video().with_suffix(".grimace"), recording)
    viewer, clock = ViewerModel(), Clock()
    desk = desk_of(viewer)
    view = desk.open_recording(recording)
    qtbot.waitUntil(lambda: view.ended, timeout=10_000)
    following = Following(desk, view, clock)
    recording.rename(tmp_path / "away")
    desk.read(view)
    qtbot.waitUntil(lambda: bool(view.problem), timeout=10_000)
    (tmp_path / "away").rename(recording)
    clock.now = 100.0
    following.note()
    qtbot.waitUntil(lambda: not view.problem, timeout=10_000)
    viewer.layers.clear()
