"""The guide shows examples of the levels of the unit that is scored."""

import numpy as np
import pytest
from driving import Driver
from lesson_set import BLACK, picture_of, truth_of, write_set
from PIL import Image
from superqt.utils import qimage_to_array

from napari_grimace.rating.face_crop import crop_to_face
from napari_grimace.recording import RecordingStore
from napari_grimace.scales import load_scale
from napari_grimace.teaching import Practice, mark_example, open_reference
from napari_grimace.video import open_source
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.guide import GuideWidget
from napari_grimace.widgets.guide_untold import IN_A_TEST, OF_OTHERS
from napari_grimace.widgets.settings import Settings
from napari_grimace.widgets.teach_sets import offer_set

TRUTH = truth_of(12)
FIRST = 300
ROUGH = 8  # screens of tests may have 16 bits per pixel


@pytest.fixture
def reference(tmp_path):
    return write_set(tmp_path / "lab.reference")


@pytest.fixture
def learners(tmp_path, monkeypatch):
    """The usual folder of learners, which is not that of who runs the tests."""
    told = Settings(learners=str(tmp_path / "usual"))
    monkeypatch.setattr("napari_grimace.widgets.teach_sets.load_settings", lambda: told)
    return tmp_path / "usual"


@pytest.fixture
def window(make_napari_viewer, qtbot, learners):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1000, 700)
    driver = Driver(viewer, qtbot)
    driver.desk, driver.guide = desk_of(viewer), GuideWidget(viewer)
    driver.dock = viewer.window.add_dock_widget(driver.guide, name="Guide")
    driver.rest()
    return driver


@pytest.fixture
def rated(window, sample, reference, wait_for):
    """A rating of the sample recording, beside the guide of a lab's own set."""
    window.desk.open(sample / "sample.grimace")
    wait_for(lambda: window.desk.view.shown is not None)
    window.desk.go_to(FIRST)
    offer_set(window.guide.set, reference.pictures.path)
    window.desk.hand.begin("Anna")
    window.viewer.layers.selection.active = window.boxes
    window.rest(200)
    return window


def pixels(label):
    """What a label shows, as (y, x, rgb)."""
    return qimage_to_array(label.pixmap().toImage())[..., :3]


def number_of(label, count=12):
    """Which picture of the set a label shows; None if none."""
    if label.pixmap().isNull():
        return None
    image = pixels(label).astype(int)
    assert image.shape[0] == image.shape[1]
    places = ((np.arange(4) + 0.5) / 4 * image.shape[0]).astype(int)
    seen = image[np.ix_(places, places)]
    for number in range(1, count + 1):
        blocks = picture_of(number)[8::16, 8::16]
        if np.abs(seen - blocks).max() <= ROUGH:
            return number
    raise AssertionError("no picture of the set")


def shown(window):
    """The pictures that are shown, by level."""
    pictures = window.guide.columns.pictures
    return {level: [number_of(one) for one in some] for level, some in pictures.items()}


def with_score(unit, level):
    column = TRUTH[:, BLACK.unit_names.index(unit)]
    return [int(n) + 1 for n in np.flatnonzero(column == level)]


def test_the_right_pictures_for_each_unit(rated, wait_for):
    assert rated.desk.hand.unit == "orbital"
    for key in ("1", "2", "0", "1"):  # each goes on to the next unit
        unit = BLACK.unit(rated.desk.hand.unit)
        told = shown(rated)
        assert list(told) == list(unit.levels)
        for level, numbers in told.items():
            assert numbers == with_score(unit.name, level)[:2]
        rated.key(key)
        wait_for(lambda: rated.guide.unit.currentData() == rated.desk.hand.unit)


def test_other_examples_come_in_turn(rated):
    every = with_score("orbital", 0)
    seen = []
    for _ in range(len(every)):
        seen += shown(rated)[0]
        rated.guide.more.click()
    assert set(seen) == set(every)


def test_chosen_examples_come_alone(rated, reference):
    best = with_score("orbital", 1)[-1]
    mark_example(reference, best, "orbital")
    rated.guide._on_set()
    assert shown(rated)[1] == [best, None]
    assert shown(rated)[0] == with_score("orbital", 0)[:2]


def test_the_face_is_that_of_the_frame(rated, sample, wait_for):
    video = open_source(sample / "sample.mp4")
    for frame in (FIRST, 600):
        rated.desk.go_to(frame)
        wait_for(lambda at=frame: f"frame {at}" in rated.guide.caption.text())
        box = rated.desk.view.facts(frame).boxes["face"]
        face = pixels(rated.guide.face)
        wanted = crop_to_face(video[frame], box, 0.15, face.shape[0])
        np.testing.assert_allclose(face.astype(int), wanted.astype(int), atol=ROUGH)


def test_a_step_of_the_slider_draws_nothing_itself(rated, wait_for):
    face = rated.guide.face
    before = face.pixmap().cacheKey()
    rated.guide._later.setTimeout(60_000)  # ms: not within this test
    for frame in (630, 660, 690):
        rated.viewer.dims.set_current_step(0, frame)
        rated.rest(20)
    assert face.pixmap().cacheKey() == before
    rated.guide._later.flush()
    assert face.pixmap().cacheKey() != before
    assert "690" in rated.guide.caption.text()


def test_hidden_it_does_nothing(rated, wait_for):
    rated.dock.hide()
    rated.rest()
    before = rated.guide.face.pixmap().cacheKey()
    rated.desk.go_to(630)
    rated.desk.hand.select("ear")
    rated.rest(250)
    assert rated.guide.face.pixmap().cacheKey() == before
    rated.dock.show()
    wait_for(lambda: "630" in rated.guide.caption.text())
    assert shown(rated)[2] == with_score("ear", 2)[:2]


def test_a_unit_can_be_chosen_here_too(rated):
    guide = rated.guide
    guide.unit.setCurrentIndex(guide.unit.findData("whiskers"))
    guide._on_unit()
    assert rated.desk.hand.unit == "whiskers"
    rated.desk.hand.end()
    guide.unit.setCurrentIndex(guide.unit.findData("nose"))
    guide._on_unit()
    assert list(shown(rated)) == [0, 2]


def test_another_scale_is_told(rated, tmp_path):
    rats = write_set(tmp_path / "rats.reference", scale=load_scale("rgs"))
    offer_set(rated.guide.set, rats.pictures.path)
    assert "another scale" in rated.guide.notice.text()
    assert "another scale" not in rated.guide.caption.text()


def test_a_set_that_is_damaged_is_told(window, tmp_path):
    (tmp_path / "no.reference").mkdir()
    offer_set(window.guide.set, tmp_path / "no.reference")
    assert "not a picture set" in window.guide.notice.text()


def test_in_practice_the_picture_is_no_example(window, reference, tmp_path, wait_for):
    lesson, guide = window.desk.lesson, window.guide
    lesson.begin(reference, "Lea", tmp_path / "learners", "practice", seed=1)
    wait_for(lambda: guide.caption.text() == "◂ this picture")
    picture = lesson.practice.picture
    right = reference.consensus.sel(picture=picture)
    assert number_of(guide.face) == picture
    for unit in reference.scale.unit_names:
        level = float(right.sel(unit=unit))
        others = [n for n in with_score(unit, level) if n != picture]
        assert guide.examples(unit, level) == others
        window.key(f"{level:g}")
    assert lesson.feedback is not None
    assert picture in guide.examples("ear", float(right.sel(unit="ear")))


def test_in_a_test_there_are_no_examples(window, reference, tmp_path, wait_for):
    lesson, guide = window.desk.lesson, window.guide
    lesson.begin(reference, "Lea", tmp_path / "learners", "test", seed=1)
    wait_for(lambda: guide.notice.text() == IN_A_TEST)
    assert shown(window) == {level: [None, None] for level in (0, 1, 2)}
    lesson.pause()
    wait_for(lambda: "rendered faces" in guide.notice.text())  # of the course


def test_a_pause_shows_no_answers_of_the_test(window, reference, tmp_path, wait_for):
    lesson, guide = window.desk.lesson, window.guide
    offer_set(guide.set, reference.pictures.path)
    wait_for(lambda: guide.examples("ear", 2) == with_score("ear", 2))
    lesson.begin(reference, "Lea", tmp_path / "learners", "test", seed=1)
    wait_for(lambda: guide.notice.text() == IN_A_TEST)
    lesson.pause()
    window.rest(200)
    assert guide.notice.text() == IN_A_TEST
    assert shown(window) == {level: [None, None] for level in (0, 1, 2)}
    guide.choose.choosing.setChecked(True)
    assert guide.examples("ear", 2) == []
    lesson.begin(reference, "Lea", tmp_path / "learners", "test")
    for _ in range(reference.pictures.count):
        for unit in lesson.units:
            lesson.pick(unit.name)
            lesson.score(0)
        lesson.go_on()
    assert not lesson.on
    wait_for(lambda: guide.notice.text() != IN_A_TEST)
    assert guide.examples("ear", 2) == with_score("ear", 2)


def begin_test(reference, learner, learners):
    with Practice(reference, learner, learners, "test") as practice:
        practice.next()


def end_test(reference, learner, learners):
    with Practice(reference, learner, learners, "test") as practice:
        practice.next()
        for _ in range(reference.pictures.count):
            for unit in practice.units:
                practice.answer(unit, 0.0)
            practice.next()
        assert practice.finished


def test_a_test_of_another_day_counts(rated, reference, learners):
    assert rated.guide.examples("ear", 2) == with_score("ear", 2)
    begin_test(reference, "Ben", learners)
    rated.desk.hand.begin("Ben")
    assert rated.guide.examples("ear", 2) == []
    rated.guide.show_again()
    assert rated.guide.notice.text() == IN_A_TEST
    rated.desk.hand.begin("Cem")
    assert rated.guide.examples("ear", 2) == with_score("ear", 2)


def test_while_nobody_rates_every_test_counts(window, reference, learners, wait_for):
    guide = window.guide
    begin_test(reference, "Lea", learners)
    (learners / "notes.txt").write_text("of the supervisor")
    offer_set(guide.set, reference.pictures.path)
    assert guide.examples("ear", 2) == []
    assert guide.notice.text() == OF_OTHERS.format("Lea's")
    begin_test(reference, "Ben", learners)  # as in another window
    end_test(reference, "Lea", learners)
    wait_for(lambda: guide.show_again() or "Ben's" in guide.notice.text())
    assert "Lea's" not in guide.notice.text()
    end_test(reference, "Ben", learners)
    wait_for(lambda: guide.examples("ear", 2) == with_score("ear", 2))


def test_who_learned_here_counts_beside_who_rates(
    rated, reference, tmp_path, sample, wait_for
):
    desk, guide = rated.desk, rated.guide
    desk.lesson.begin(reference, "Lea", tmp_path / "learners", "test", seed=1)
    desk.open(sample / "sample.grimace")  # which pauses it
    wait_for(lambda: desk.view.shown is not None)
    desk.hand.begin("Cem")
    assert guide.examples("ear", 2) == []
    guide.show_again()
    assert guide.notice.text() == OF_OTHERS.format("Lea's")


def test_a_test_that_cannot_be_read_shows_no_examples(
    window, reference, learners, monkeypatch, wait_for
):
    def refuse(self, *args, **options):
        raise OSError(5, "the network share is away", str(self))

    guide = window.guide
    end_test(reference, "Lea", learners)
    offer_set(guide.set, reference.pictures.path)
    assert guide.examples("ear", 2) == with_score("ear", 2)
    with monkeypatch.context() as patched:
        patched.setattr("napari_grimace.teaching.attempts.Path.read_text", refuse)
        wait_for(lambda: guide.examples("ear", 2) == [])
        guide.show_again()
        assert "the network share is away" in guide.notice.text()
    wait_for(lambda: guide.examples("ear", 2) == with_score("ear", 2))
    (told,) = learners.glob("*/*/attempt.json")
    told.write_text("{")  # nobody can go on with it
    guide._on_set()
    assert guide.examples("ear", 2) == with_score("ear", 2)


def test_the_best_are_chosen(rated, reference):
    guide, every = rated.guide, with_score("orbital", 1)
    guide.choose.choosing.setChecked(True)
    marks = guide.columns.marks[1]
    assert shown(rated)[1] == every[:2]
    marks[1].click()
    assert shown(rated)[1] == every[:2]
    assert "chosen" in marks[1].text()
    guide.choose.choosing.setChecked(False)
    assert shown(rated)[1] == [every[1], None]
    assert open_reference(reference.pictures.path).marked == {every[1]: ("orbital",)}
    assert not any(mark.isVisible() for mark in marks)


def test_faces_are_kept_as_own_examples(rated, sample, tmp_path, wait_for):
    guide, hand = rated.guide, rated.desk.hand
    guide.choose.own.value = tmp_path / "own.reference"
    hand.select("ear")
    wait_for(lambda: guide.unit.currentData() == "ear")
    assert not guide.choose.keep.isEnabled()  # not scored yet
    rated.key("2")
    hand.select("ear")
    wait_for(lambda: guide.choose.keep.text() == "Keep this face: Ear position 2")
    guide.choose.keep.click()
    own = open_reference(tmp_path / "own.reference")
    assert own.examples("ear", 2.0) == [1]
    assert guide.reference.pictures.path == own.pictures.path
    box = rated.desk.view.facts(FIRST).boxes["face"]
    frame = open_source(sample / "sample.mp4")[FIRST]
    with Image.open(own.pictures.picture(1)) as file:
        np.testing.assert_array_equal(file, crop_to_face(frame, box, 0.15, 256))
    (source,) = own.pictures.facts["sources"]
    attrs = RecordingStore.open(sample / "sample.grimace").attrs
    assert source["identity"] == attrs["identity"]
    assert (source["frame"], source["box"]) == (FIRST, list(box))
    rated.desk.go_to(600)
    hand.select("ear")
    hand.score(0)
    hand.select("ear")
    wait_for(lambda: guide.choose.keep.text() == "Keep this face: Ear position 0")
    guide.choose.keep.click()
    guide.choose.keep.click()  # the same face
    assert guide.reference.pictures.count == 2
    labels = guide.columns.pictures
    wait_for(lambda: not labels[0][0].pixmap().isNull())
    assert labels[1][0].pixmap().isNull()
