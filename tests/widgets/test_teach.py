"""A person learns by keys, in the real window."""

import json
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from lesson_set import picture_of, write_set
from napari.layers import Image
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_grimace.scales import load_scale
from napari_grimace.teaching import learner_folder, list_attempts, sample_course
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.rate import RateWidget
from napari_grimace.widgets.teach import TeachWidget
from napari_grimace.widgets.teach_sets import offer_set, typed_path


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("sets") / "lab.reference")


@pytest.fixture
def open_window(make_napari_viewer, qtbot, tmp_path):
    """Open a window with the docks Teach and Rate, and a set chosen."""

    def opened(reference=None):
        viewer = make_napari_viewer(show=True)
        viewer.window._qt_window.resize(1000, 700)
        driver = Driver(viewer, qtbot)
        driver.widget, driver.rate = TeachWidget(viewer), RateWidget(viewer)
        viewer.window.add_dock_widget(driver.rate, name="Rate")
        viewer.window.add_dock_widget(driver.widget, name="Teach")
        driver.lesson = desk_of(viewer).lesson
        driver.folder = tmp_path / "learners"
        driver.widget.folder.value = driver.folder
        driver.widget.learner.value = "Lea"
        if reference is not None:
            offer_set(driver.widget.set, reference.pictures.path)
        return driver

    return opened


@pytest.fixture
def window(open_window, reference):
    return open_window(reference)


def begin(window, mode="practice"):
    window.widget.mode.value = mode
    window.widget.start.click()
    window.rest()


def right(window):
    """The right scores of the picture that is shown, by unit."""
    practice = window.lesson.practice
    row = practice.reference.consensus.sel(picture=practice.picture)
    return dict(zip(practice.units, row.values.tolist(), strict=True))


def wrong(window):
    """Scores that are all wrong."""
    levels = window.lesson.practice.reference.levels
    return {u: next(v for v in levels(u) if v != s) for u, s in right(window).items()}


def answer(window, scores):
    QTest.keyClicks(window.canvas, "".join(f"{value:g}" for value in scores.values()))
    if window.lesson.testing:
        QTest.keyClick(window.canvas, Qt.Key.Key_Return)
    window.rest(10)


def test_the_last_answer_of_a_test_can_be_taken_back(window, reference):
    begin(window, "test")
    picture, scores = window.lesson.practice.picture, right(window)
    QTest.keyClicks(window.canvas, "".join(f"{one:g}" for one in scores.values()))
    window.rest(10)
    assert window.lesson.practice.picture == picture
    assert window.widget.told.text() == ""
    assert window.widget.next.text().startswith("Next")
    window.key("Ctrl+Z")
    assert len(window.lesson.practice.answers) == len(scores) - 1
    window.key("Return")  # it is not answered wholly
    assert window.lesson.practice.picture == picture
    window.key(f"{list(scores.values())[-1]:g}")
    window.key("Return")
    assert window.lesson.practice.picture != picture
    (attempt,) = attempts(window, reference)
    assert len(attempt.answered) == 1


def test_a_pause_at_the_end_of_a_test_is_its_end(window, reference):
    begin(window, "test")
    for _ in range(11):
        answer(window, right(window))
    QTest.keyClicks(
        window.canvas, "".join(f"{one:g}" for one in right(window).values())
    )
    window.rest(10)
    window.widget.kept.expand()
    window.rest(500)
    told = window.widget.progress.text.text()
    assert "Left out: test 1. Nothing is told of a test before" in told
    assert "<td>1.00</td>" not in told
    window.widget.start.click()  # Pause
    window.rest(10)
    assert "12 of 12 answered · finished" in window.widget.state.text()
    assert "fixed for this test" in window.widget.told.text()
    assert window.lesson.verdict is not None


def test_an_answer_is_taken_back_after_a_pause_but_not_once_it_is_told(window):
    begin(window)
    window.key("1")
    window.lesson.pause()
    begin(window)
    assert len(window.lesson.practice.answers) == 1
    window.key("Ctrl+Z")
    assert len(window.lesson.practice.answers) == 0
    answer(window, right(window))
    window.key("Ctrl+Z")
    assert "were shown" in notification_manager.records[-1].message


def attempts(window, reference):
    folder = learner_folder(window.folder, "Lea")
    return list_attempts(folder, reference)


def lines(attempt):
    """All that the journals of an attempt hold."""
    files = sorted((attempt.path / "journals").glob("*.jsonl"))
    text = "".join(file.read_text("utf-8") for file in files)
    return [json.loads(line) for line in text.splitlines()]


def test_a_round_of_practice(window, reference):
    begin(window)
    (layer,) = window.viewer.layers
    assert type(layer) is Image
    first = window.lesson.practice.picture
    np.testing.assert_array_equal(layer.data, picture_of(first))
    expert = right(window)
    given = {**expert, "ear": next(v for v in (0, 1, 2) if v != expert["ear"])}
    answer(window, given)
    told = window.widget.told.text()
    ear = reference.scale.unit("ear")
    side = "high" if given["ear"] > expert["ear"] else "low"
    assert f"✗ {abs(given['ear'] - expert['ear']):g} too {side}" in told
    assert told.count("✓ right") == 3
    sentence = ear.descriptions[ear.levels.index(expert["ear"])]
    assert f"<b>Ear position {expert['ear']:g}</b>: {sentence}" in told
    assert "saved" in window.widget.state.text()
    assert "0 of 12 known" in window.widget.state.text()
    window.key("Enter")
    assert window.widget.told.text() == ""
    shown = [window.lesson.practice.picture]
    while shown[-1] != first and len(shown) < 9:
        answer(window, right(window))
        assert "All right" in window.widget.told.text()
        window.key("N")
        shown.append(window.lesson.practice.picture)
    assert shown.index(first) == 4  # others came in between
    assert "4 of 12 known" in window.widget.state.text()
    (attempt,) = attempts(window, reference)
    assert attempt.mode == "practice"
    assert [trial.picture for trial in attempt.trials] == [first, *shown]
    assert attempt.trials[0].answers == given


def test_every_answer_is_on_the_disk_at_once(window, reference):
    begin(window)
    picture = window.lesson.practice.picture
    window.key("2")
    window.key("9")
    (attempt,) = attempts(window, reference)
    written = [line for line in lines(attempt) if line.get("changes")]
    told = [(line["frame"], line["changes"]) for line in written]
    assert [frame for frame, _ in told] == [picture - 1] * 2
    assert attempt.trials[-1].answers == {"orbital": 2.0, "nose": "not_scorable"}


def test_what_is_not_scored_is_told(window):
    begin(window)
    for _ in range(4):
        window.key("9")
    told = window.widget.told.text()
    assert told.count("not scorable") == 4
    assert told.count("✗ can be scored") == 4


def test_keys_of_a_lesson(window):
    lesson = window.lesson
    begin(window)
    first = lesson.practice.picture
    window.key("Down")
    assert lesson.unit == "nose"
    window.key("Up")
    window.key("1")
    window.key("2")
    assert lesson.practice.answers == {"orbital": 1.0, "nose": 2.0}
    window.key("Ctrl+Z")
    assert lesson.practice.answers == {"orbital": 1.0}
    assert lesson.unit == "nose"
    for key in "FCDMT":  # what they do elsewhere, they do not do here
        window.key(key)
    window.key("Enter")  # not answered yet
    assert lesson.practice.picture == first
    window.key("N")
    assert lesson.practice.picture != first
    assert lesson.practice.answers == {}
    window.widget.units.buttons["ear", 2.0].click()
    assert lesson.practice.answers == {"ear": 2.0}
    assert window.widget.units.buttons["ear", 2.0].isChecked()
    window.widget.units.buttons["ear", 2.0].click()
    assert lesson.practice.answers == {}


def test_answers_stay_once_the_right_scores_are_told(window):
    begin(window)
    given = wrong(window)
    answer(window, given)
    window.key(f"{right(window)['whiskers']:g}")
    assert "were shown" in notification_manager.records[-1].message
    assert dict(window.lesson.practice.answers) == given


def test_keys_work_in_the_dock(window, wait_for):
    begin(window)
    units = window.widget.units
    window.viewer.window._qt_window.activateWindow()
    units.setFocus()
    wait_for(units.hasFocus)
    first = window.lesson.practice.picture
    for value in right(window).values():
        window.key(f"{value:g}", units)
    assert "All right" in window.widget.told.text()
    window.key("Return", units)
    assert window.lesson.practice.picture not in (None, first)


def test_a_perfect_learner_passes_the_course(open_window):
    window = open_window()
    assert "rendered faces" in window.widget.about.text()
    begin(window, "test")
    for count in range(60):
        assert f"{count} of 60 answered" in window.widget.state.text()
        answer(window, right(window))
        if window.lesson.on:
            assert window.widget.told.text() == ""
    assert not window.lesson.on
    told = window.widget.told.text()
    assert "<b>Passed</b>" in told
    assert "fixed by the makers of this set" in told
    assert "rendered faces" in told
    for words in ("weighted kappa", "ICC(A,1)", "1.00", "0.60", "0.75", "60 of 60"):
        assert f"<td>{words}</td>" in told
    assert len(window.viewer.layers) == 0
    assert window.lesson.verdict.passed is True


def test_a_bad_learner_does_not_pass(window, reference):
    begin(window, "test")
    seen = []
    for _ in range(window.lesson.progress[1]):
        seen.append(window.lesson.practice.picture)
        answer(window, wrong(window))
    assert sorted(seen) == list(range(1, 13))
    told = window.widget.told.text()
    assert "<b>Not passed</b>" in told
    assert "orbital (weighted kappa" in told
    assert "fixed for this test" in told
    (attempt,) = attempts(window, reference)
    assert attempt.all_answered
    begin(window)  # the verdict makes way
    assert window.widget.told.text() == ""


def test_too_few_pictures_cannot_be_judged(open_window, tmp_path):
    rule = {"min_pictures": 50, "kappa": 0.6, "icc": 0.75}
    window = open_window(write_set(tmp_path / "few.reference", 3, rule=rule))
    about = window.widget.about.text()
    assert "A test on it cannot be passed. orbital, nose, ear, whiskers" in about
    assert "3 pictures of a test have a right score, at least 50 are needed" in about
    begin(window, "test")
    for _ in range(window.lesson.progress[1]):
        answer(window, right(window))
    told = window.widget.told.text()
    assert "<b>Cannot be judged</b>" in told
    assert "3 pictures were scored, at least 50 are needed" in told


def test_another_day_goes_on(window, open_window, reference):
    begin(window, "test")
    answer(window, right(window))
    window.key("1")
    picture = window.lesson.practice.picture
    window.viewer.close()
    (attempt,) = attempts(window, reference)
    assert lines(attempt)[-1]["event"] == "paused"
    again = open_window(reference)
    begin(again, "test")
    assert again.lesson.practice.picture == picture
    assert again.lesson.unit == "nose"
    assert again.lesson.practice.answers == {"orbital": 1.0}
    assert "1 of 12 answered" in again.widget.state.text()
    assert len(attempts(again, reference)) == 1


def test_pause_hides_the_picture_and_frees_the_keys(window, reference):
    begin(window)
    window.key("1")
    window.widget.start.click()
    assert len(window.viewer.layers) == 0
    assert "paused" in window.widget.state.text()
    assert window.widget.form.isVisibleTo(window.widget)
    window.widget.start.click()
    window.rest()
    assert window.lesson.practice.answers == {"orbital": 1.0}
    window.viewer.layers.clear()  # by hand: that pauses too
    assert not window.lesson.on
    window.widget.fresh.value = True
    begin(window)
    assert window.lesson.practice.answers == {}
    assert [a.number for a in attempts(window, reference)] == [1, 2]


def test_recordings_and_lessons_keep_apart(window, sample, wait_for):
    desk = desk_of(window.viewer)
    desk.open(sample / "sample.grimace")
    wait_for(lambda: desk.view.shown is not None)
    begin(window)
    assert desk.views == []
    assert [layer.name for layer in window.viewer.layers] == ["picture"]
    desk.open(sample / "sample.grimace")
    assert not window.lesson.on
    assert "picture" not in [layer.name for layer in window.viewer.layers]
    wait_for(lambda: desk.view.shown is not None)
    desk.go_to(300)
    desk.hand.begin("Anna")
    window.viewer.layers.selection.active = window.boxes
    window.rest()
    window.key("1")
    assert desk.hand.rating.value(300, "score", "orbital") == 1


def test_the_dock_is_closed(window, reference):
    begin(window)
    window.viewer.window.remove_dock_widget(window.widget)
    window.rest(200)
    assert not window.lesson.on
    (attempt,) = attempts(window, reference)
    assert lines(attempt)[-1]["event"] == "paused"


def test_half_levels_are_given_by_sides(open_window, tmp_path):
    scale = load_scale("rgs-no-whiskers")
    assert scale.sides == "mean"
    truth = np.array([[0.5, 2.0, 1.5], [1.0, 0.0, 0.5]])
    names = scale.unit_names
    truth = truth[:, [("orbital", "nose", "ear").index(name) for name in names]]
    window = open_window(
        write_set(tmp_path / "rat.reference", truth=truth, scale=scale)
    )
    begin(window)
    expert = right(window)
    for unit in scale.units:
        assert window.lesson.unit == unit.name
        value = expert[unit.name]
        if len(unit.regions) > 1:
            window.key("S")
            window.key(f"{np.floor(value):g}")
            assert unit.name not in window.lesson.practice.answers
            window.key(f"{np.ceil(value):g}")
        else:
            window.key(f"{value:g}")
    assert window.lesson.practice.answers == expert
    assert "All right" in window.widget.told.text()
    window.key("N")
    rows = window.widget.units
    rows.sides["orbital_left"].click()
    rows.buttons["orbital", 1.0].click()
    assert window.lesson.side == "orbital_right"
    rows.buttons["orbital", 0.0].click()
    assert window.lesson.practice.answers == {"orbital": 0.5}
    assert "0.5" in rows.titles["orbital"].text()


@pytest.fixture
def sided(open_window, tmp_path):
    """A practice by a scale whose units are the mean of two sides."""
    scale = load_scale("rgs-no-whiskers")
    truth = np.zeros((2, len(scale.units)))
    window = open_window(
        write_set(tmp_path / "rat.reference", truth=truth, scale=scale)
    )
    begin(window)
    window.lesson.select("orbital")
    return window


def score(window, side, value):
    window.lesson.select("orbital", f"orbital_{side}" if side else "")
    window.lesson.score(value)
    return window.lesson.practice.answers.get("orbital")


def test_a_whole_answer_forgets_the_sides(sided):
    assert score(sided, "left", 2) is None
    assert score(sided, "", 1) == 1
    assert score(sided, "right", 0) == 0.5  # left has the whole's level, not 2
    assert score(sided, "", 2) == 2
    sided.lesson.undo()
    assert sided.lesson.practice.answers == {}
    assert "not saved yet" not in sided.widget.state.text()
    assert score(sided, "right", 1) is None


def test_a_side_that_is_not_scorable_leaves_the_other(sided):
    assert score(sided, "left", 2) is None
    assert score(sided, "right", "not_scorable") == 2
    assert score(sided, "left", "not_scorable") == "not_scorable"
    assert score(sided, "right", 1) == 1
    assert score(sided, "right", None) is None
    assert sided.lesson.unit == "orbital"
    assert "not saved yet" in sided.widget.state.text()
    assert score(sided, "right", 0) == 0


def test_one_side_is_not_called_saved_and_taken_back_first(sided, tmp_path):
    lesson = sided.lesson
    score(sided, "left", 2)
    assert lesson.side == "orbital_right"
    assert "one side is left: not saved yet" in sided.widget.state.text()
    assert score(sided, "right", 1) == 1.5
    assert "· saved" in sided.widget.state.text()
    lesson.undo()
    assert (lesson.unit, lesson.side) == ("orbital", "orbital_right")
    assert lesson.practice.answers == {}
    assert "not saved yet" in sided.widget.state.text()
    lesson.score(0)
    assert lesson.practice.answers == {"orbital": 1.0}
    lesson.undo()
    lesson.undo()
    assert (lesson.unit, lesson.side) == ("orbital", "orbital_left")
    assert "not saved yet" not in sided.widget.state.text()


def test_the_last_picture_cannot_be_skipped(window):
    begin(window, "test")
    for _ in range(11):
        answer(window, right(window))
    last = window.lesson.practice.picture
    window.key("N")
    assert window.lesson.practice.picture == last
    assert "only picture that is left" in notification_manager.records[-1].message
    answer(window, right(window))
    assert not window.lesson.on


def test_a_user_that_is_not_there_is_told(window):
    window.widget.folder.line_edit.value = "~nobody.of.that.name/learners"
    begin(window)
    assert not window.lesson.on
    assert "no such user" in notification_manager.records[-1].message


def test_without_a_name_nothing_begins(window):
    window.widget.learner.value = " "
    begin(window)
    assert not window.lesson.on
    assert "name" in notification_manager.records[-1].message


def test_progress_and_report(window, wait_for, tmp_path):
    progress = window.widget.progress
    begin(window, "test")
    for _ in range(window.lesson.progress[1]):
        answer(window, right(window))
    assert not window.lesson.on
    window.widget.kept.expand()
    wait_for(lambda: progress.text.text())
    for words in ("test 1", "12 of 12", "Ear position", "1.00", "passed"):
        assert words in progress.text.text()
    assert not progress.figure.pixmap().isNull()
    window.rest(200)
    assert progress.text.height() >= progress.text.heightForWidth(progress.width())
    for name, begins in (("r.html", b"<!DOCTYPE"), ("r.pdf", b"%PDF")):
        wait_for(lambda: progress._work is None)
        progress.report.value = tmp_path / name
        progress.write.click()
        wait_for((tmp_path / name).exists)
        assert (tmp_path / name).read_bytes().startswith(begins)
    wait_for(lambda: progress._work is None)


def test_progress_tells_nothing_of_a_test_that_is_on(window, wait_for):
    progress = window.widget.progress
    begin(window, "test")
    answer(window, right(window))
    window.widget.kept.expand()
    wait_for(lambda: progress.text.text())
    assert "1 of 12" in progress.text.text()
    assert "Left out: test 1" in progress.text.text()
    assert "Ear position" not in progress.text.text()
    assert progress.figure.pixmap().isNull()
    wait_for(lambda: progress._work is None)


def test_the_course_ships(open_window):
    window = open_window()
    assert "cannot be passed" not in window.widget.about.text()
    assert sample_course().exists()
    begin(window)
    assert window.lesson.practice.reference.rendered
    assert "rendered faces" in window.widget.state.text()


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("", "usual"),
        (".", "usual"),
        (Path.home().parent / "lab", Path.home().parent / "lab"),
        ("lab/learners", Path.home() / "lab" / "learners"),
        ("~/lab", Path.home() / "lab"),
    ],
)
def test_what_is_typed_as_a_path(typed, path):
    usual = Path("/usual")
    expected = usual if path == "usual" else path
    assert typed_path(Path(typed) if typed else "", usual) == expected


def test_a_new_folder_for_learners_is_told(window, reference):
    told = notification_manager.records
    before = len(told)
    begin(window)
    assert [one.message for one in told[before:]] == [
        f"New folder for learners: {window.folder}"
    ]
    window.lesson.pause()
    begin(window)
    assert len(told) == before + 1


def test_a_practice_waits_for_the_test(window, reference):
    begin(window, "test")
    answer(window, right(window))
    window.lesson.pause()
    begin(window, "practice")
    assert not window.lesson.on
    assert "1 of 12 pictures" in notification_manager.records[-1].message
    begin(window, "test")
    assert window.lesson.testing
