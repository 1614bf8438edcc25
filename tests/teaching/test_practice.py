"""Practice and tests: what is shown when, what is told, and what is kept."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from reference_sets import BLACK, UNITS, random_truth, take, write_reference

from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.recording import open_recording, raters_of
from napari_grimace.teaching import (
    Practice,
    learner_folder,
    list_attempts,
    pending_test,
)
from napari_grimace.teaching.leitner import known_pictures, next_picture

TRUTH = random_truth(20)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return write_reference(tmp_path_factory.mktemp("set") / "s.reference", truth=TRUTH)


@pytest.fixture
def begin():
    """Practices that are closed when the test ends."""
    begun = []

    def practice(*words, **options):
        begun.append(Practice(*words, **options))
        return begun[-1]

    yield practice
    for one in begun:
        one.close()


def answer_all(practice, scores=None):
    for unit in practice.units:
        right = TRUTH[practice.picture - 1][UNITS.index(unit)]
        practice.answer(unit, right if scores is None else scores[unit])


def fingerprint(folder):
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        digest.update(
            str(file).encode() + (file.read_bytes() if file.is_file() else b"")
        )
    return digest.hexdigest()


def test_a_test_shows_each_picture_once_in_random_order(reference, tmp_path):
    orders = []
    for learner, seed in (("Lea", 1), ("Max", 2), ("Ida", 1)):
        attempt = take(reference, tmp_path, TRUTH, learner, seed=seed)
        assert attempt.all_answered
        orders.append([trial.picture for trial in attempt.trials])
        assert sorted(orders[-1]) == list(range(1, 21))
    assert orders[0] != orders[1]
    assert orders[0] == orders[2]
    assert orders[0] != sorted(orders[0])


def test_without_a_seed_the_order_is_by_chance_and_kept(reference, tmp_path):
    attempts = [take(reference, tmp_path, TRUTH, name, seed=None) for name in "AB"]
    first, second = ([t.picture for t in a.trials] for a in attempts)
    assert first != second
    assert list_attempts(learner_folder(tmp_path, "A"))[0].seed == attempts[0].seed


def test_the_set_is_not_written_to_and_may_be_read_only(reference, tmp_path):
    before = fingerprint(reference.pictures.path)
    take(reference, tmp_path, TRUTH)
    take(reference, tmp_path, TRUTH, mode="practice")
    assert fingerprint(reference.pictures.path) == before


def test_an_attempt_is_a_recording_of_the_learner(reference, tmp_path):
    given = TRUTH.copy()
    given[4] = 2 - given[4]
    for _ in range(2):
        take(reference, tmp_path, given)
    name = f"{reference.pictures.hash[:8]}-test-2.grimace"
    recording = open_recording(tmp_path / "Lea" / name)
    (rater,) = raters_of(recording)
    assert (rater.label, rater.name, rater.occasion) == ("Lea (2)", "Lea", 2)
    assert rater.kind == "person"
    assert reference.pictures.hash[:8] in rater.sampling
    scores = recording["score"].isel(rater=0).sel(unit=list(UNITS))
    np.testing.assert_array_equal(scores.values, given)
    reference.pictures.store.check_video(recording.attrs)


def test_each_answer_is_on_the_disk_at_once(reference, tmp_path, begin):
    practice = begin(reference, "Lea", tmp_path, "test", 5)
    assert not list(tmp_path.iterdir())
    picture = practice.next()
    for count, unit in enumerate(UNITS, start=1):
        practice.answer(unit, 2)
        (kept,) = list_attempts(tmp_path / "Lea")
        assert kept.trials[-1].picture == picture
        assert kept.trials[-1].answers == dict.fromkeys(UNITS[:count], 2.0)
    practice.answer("ear", 0)
    assert list_attempts(tmp_path / "Lea")[0].trials[-1].answers["ear"] == 0
    practice.close()


@pytest.mark.parametrize("mode", ["test", "practice"])
def test_it_goes_on_where_it_was_left_without_a_word(reference, tmp_path, mode, begin):
    """Each step by a program of its own, as if the one before had been killed."""
    whole = begin(reference, "Max", tmp_path, mode, 8)
    expected = []
    while picture := whole.next():
        expected.append(picture)
        answer_all(whole)
    shown, steps = [], 0
    while len(shown) < 20:
        steps += 1
        practice = begin(reference, "Lea", tmp_path, mode, 8)
        picture = practice.next()
        if not shown or shown[-1] != picture:
            shown.append(picture)
        left = [unit for unit in practice.units if unit not in practice.answers]
        for unit in left[: 1 + steps % 3]:
            practice.answer(unit, TRUTH[picture - 1][UNITS.index(unit)])
        practice._writer.close()
        practice._writer = None
        practice.picture = None
    assert shown == expected
    assert steps > 30
    (attempt,) = list_attempts(tmp_path / "Lea")
    assert [trial.picture for trial in attempt.trials] == expected


def test_a_killed_program_loses_no_answer(reference, tmp_path):
    """A real process, killed while it answers; told is what it had acknowledged."""
    program = (
        "import sys; from napari_grimace.teaching import Practice, open_reference\n"
        "with Practice(open_reference(sys.argv[1]), 'Lea', sys.argv[2], 'test') as p:\n"
        "    while n := p.next():\n"
        "        for unit in p.units:\n"
        "            p.answer(unit, n % 2 * 2)\n"
        "            print(n, unit, flush=True)\n"
    )
    words = [sys.executable, "-c", program, reference.pictures.path, tmp_path]
    told = []
    for lines in (17, 26):
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
            told += [child.stdout.readline().split() for _ in range(lines)]
            child.kill()
        kept = {t.picture: t.answers for t in list_attempts(tmp_path / "Lea")[0].trials}
        for picture, unit in told:
            assert kept[int(picture)][unit] == int(picture) % 2 * 2
    (attempt,) = list_attempts(tmp_path / "Lea")
    pictures = [trial.picture for trial in attempt.trials]
    assert len(pictures) == len(set(pictures)) >= 10


def test_attempts_are_counted_on_and_each_mode_for_itself(reference, tmp_path, begin):
    take(reference, tmp_path, TRUTH, mode="practice")
    for number in (1, 2):
        assert take(reference, tmp_path, TRUTH).number == number
    half = take(reference, tmp_path, TRUTH, limit=7)
    assert half.number == 3
    assert begin(reference, "Lea", tmp_path, "test").attempt.number == 3
    assert begin(reference, "Lea", tmp_path, "test", fresh=True).attempt.number == 4
    told = [
        (a.mode, a.number, len(a.answered)) for a in list_attempts(tmp_path / "Lea")
    ]
    assert told == [
        ("practice", 1, 20),
        ("test", 1, 20),
        ("test", 2, 20),
        ("test", 3, 7),
    ]


def test_in_a_test_nothing_is_told_before_the_end(reference, tmp_path, begin):
    practice = begin(reference, "Lea", tmp_path, "test", 1)
    while practice.next():
        with pytest.raises(GrimaceError, match="shown at the end"):
            practice.feedback()
        answer_all(practice, dict.fromkeys(UNITS, 2))
        assert not practice.finished
        assert list_attempts(tmp_path / "Lea")[0].may_be_told is False
    assert practice.finished
    told = [practice.feedback(number) for number in range(1, 21)]
    for feedback, right in zip(told, TRUTH, strict=True):
        assert [unit.expert for unit in feedback.units] == right.tolist()
        assert [unit.difference for unit in feedback.units] == (2 - right).tolist()
    practice.close()


def test_feedback_tells_what_was_missed_in_the_scales_words(reference, tmp_path, begin):
    with Practice(reference, "Lea", tmp_path, seed=1) as practice:
        while (picture := practice.next()) and TRUTH[picture - 1][0] == 1:
            answer_all(practice)
        right = TRUTH[picture - 1]
        practice.answer("orbital", 1)
        with pytest.raises(GrimaceError, match="Answer nose, ear, whiskers of picture"):
            practice.feedback()
        practice.answer("nose", right[1])
        practice.answer("ear", "not_scorable")
        practice.answer("whiskers", right[3])
        orbital, nose, ear, _ = practice.feedback().units
        words = dict(zip((0, 1, 2), BLACK.unit("orbital").descriptions, strict=True))
        assert orbital.missed == words[right[0]]
        assert (orbital.given, orbital.expert) == (1, right[0])
        assert orbital.difference == 1 - right[0]
        assert nose.right
        assert nose.missed == ""
        assert np.isnan(ear.difference)
        assert ear.missed
        assert not ear.right
        with pytest.raises(GrimaceError, match="stay as they are"):
            practice.answer("orbital", right[0])


@pytest.mark.parametrize("end", ["next", "pause", "killed"])
def test_a_test_ends_when_its_last_picture_is_left(reference, tmp_path, begin, end):
    practice = begin(reference, "Lea", tmp_path, "test", 1)
    for _ in range(20):
        practice.next()
        answer_all(practice)
    practice.answer("ear", "not_scorable")  # may be changed: nothing is told yet
    (attempt,) = list_attempts(tmp_path / "Lea")
    assert attempt.all_answered
    assert not attempt.may_be_told
    assert pending_test(tmp_path / "Lea", reference) is not None
    if end == "killed":
        practice._writer.close()  # without a word
        practice = begin(reference, "Lea", tmp_path, "test")
        assert practice.attempt.number == 1
        assert not practice.finished
    assert practice.pause() is None if end == "pause" else practice.next() is None
    (attempt,) = list_attempts(tmp_path / "Lea")
    assert practice.finished
    assert attempt.may_be_told
    assert pending_test(tmp_path / "Lea", reference) is None
    with pytest.raises(GrimaceError, match="call for the next one"):
        practice.answer("ear", 1)
    assert begin(reference, "Lea", tmp_path, "test").attempt.number == 2


def test_a_picture_is_answered_or_skipped(reference, tmp_path, begin):
    practice = begin(reference, "Lea", tmp_path, "test", 1)
    with pytest.raises(GrimaceError, match="call for the next one"):
        practice.answer("ear", 1)
    first = practice.next()
    practice.answer("ear", 1)
    with pytest.raises(GrimaceError, match="orbital, nose, whiskers is left"):
        practice.next()
    with pytest.raises(GrimaceError, match="has the levels 0, 2, not 1"):
        practice.answer("nose", 1)
    with pytest.raises(GrimaceError, match="cheek is not asked"):
        practice.answer("cheek", 1)
    assert practice.answers == {"ear": 1}
    assert practice.skip() != first
    answer_all(practice)
    shown = []
    while picture := practice.next():
        shown.append(picture)
        answer_all(practice)
    assert shown[-1] == first
    assert practice.finished
    assert len(practice.attempt.trials) == 21


def test_the_last_picture_can_be_skipped_too(reference, tmp_path, begin):
    practice = begin(reference, "Lea", tmp_path, "test", 1)
    take_all = 0
    while take_all < 19:
        practice.next()
        answer_all(practice)
        take_all += 1
    last = practice.next()
    assert practice.skip() == last
    answer_all(practice)
    assert practice.skip() is None
    assert practice.finished


def test_a_picture_that_was_told_stays_as_it_is_though_the_disk_refuses(
    reference, tmp_path, begin
):
    practice = begin(reference, "Lea", tmp_path, seed=1)
    picture = practice.next()
    answer_all(practice, dict.fromkeys(UNITS, "not_scorable"))
    practice.feedback()
    journals = practice.attempt.path / "journals"
    practice.close()
    practice._writer = None
    practice.picture = picture
    away = journals.rename(journals.with_name("away"))
    journals.write_text("no folder")
    with pytest.raises(GrimaceError):
        practice.next()
    journals.unlink()
    away.rename(journals)
    with pytest.raises(GrimaceError, match="stay as they are"):
        practice.answer("ear", 0)


def test_an_attempt_that_is_refused_just_now_is_not_damaged(
    reference, tmp_path, begin, monkeypatch
):
    attempt = take(reference, tmp_path, TRUTH, limit=2)
    read = Path.read_text

    def refused(path, *words, **options):
        if path.name == "attempt.json":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path, *words, **options)

    monkeypatch.setattr(Path, "read_text", refused)
    for mode in ("practice", "test"):
        with pytest.raises(GrimaceError, match="cannot be read"):
            begin(reference, "Lea", tmp_path, mode)
    monkeypatch.undo()
    assert begin(reference, "Lea", tmp_path, "test").attempt.number == attempt.number


@pytest.mark.parametrize("mode", ["test", "practice"])
def test_after_a_pause_the_picture_comes_again(reference, tmp_path, mode, begin):
    practice = begin(reference, "Lea", tmp_path, mode, 1)
    picture = practice.next()
    practice.answer("ear", 1)
    practice.pause()
    assert practice.picture is None
    assert practice.next() == picture
    assert practice.answers == {"ear": 1}
    assert len(practice.attempt.trials) == 1
    practice.close()
    again = begin(reference, "Lea", tmp_path, mode)
    assert again.next() == picture
    assert again.answers == {"ear": 1}


def test_what_was_missed_comes_back_after_four_and_twelve_others(tmp_path, begin):
    count = 40
    reference = write_reference(tmp_path / "s.reference", truth=random_truth(count))
    practice = begin(reference, "Lea", tmp_path, seed=1)
    shown, missed = [], None
    while picture := practice.next():
        shown.append(picture)
        missed = missed or picture
        right = reference.consensus.sel(picture=picture)
        wrong = picture == missed and shown.count(picture) == 1
        for unit in practice.units:
            level = float(right.sel(unit=unit))
            practice.answer(unit, 2 - level if wrong and unit == "nose" else level)
        assert practice.feedback().right != wrong
    turns = np.flatnonzero(np.array(shown) == missed).tolist()
    assert turns == [0, 5, 18]
    assert len(shown) == count + 2
    assert practice.progress == (count, count)
    # Agreement goes by the first answer, before anything was told.
    first = practice.attempt.scores(reference).sel(picture=missed, unit="nose")
    assert first == 2 - reference.consensus.sel(picture=missed, unit="nose")


def test_learners_who_err_get_there_too():
    rng = np.random.default_rng(0)
    order = list(range(1, 31))
    for ability in (0.3, 0.6, 1.0):
        answered = []
        while (picture := next_picture(order, answered)) is not None:
            answered.append((picture, rng.random() < ability))
        assert known_pictures(answered) == set(order)
        assert (len(answered) == 30) == (ability == 1.0)


def test_hard_pictures_do_not_hold_the_learner_up():
    """Who misses everything still sees a new picture in every second turn."""
    answered = []
    while len(answered) < 40:
        answered.append((next_picture(list(range(1, 31)), answered), False))
    shown = [picture for picture, _ in answered]
    assert shown[:7] == [1, 2, 3, 4, 5, 1, 6]
    assert len(set(shown)) == 5 + 35 // 2


def test_a_picture_does_not_come_twice_in_a_row_while_others_are_left():
    answered = [(1, False), (2, False), (3, True)]
    assert next_picture([1, 2, 3], answered) == 1
    assert next_picture([1, 2, 3], [*answered, (1, False)]) == 2
    assert next_picture([1], [(1, False)]) == 1


@pytest.mark.parametrize(
    "name", ["Lea", "Zoë Müller-Lüdenscheidt", "con", "a/b", "..", "x" * 90, "Lea."]
)
def test_a_learner_has_one_folder_in_the_folder_of_learners(
    reference, tmp_path, name, begin
):
    take(reference, tmp_path, TRUTH, name, limit=1)
    (folder,) = tmp_path.iterdir()
    assert folder == learner_folder(tmp_path, name)
    assert folder.name.casefold() not in ("con", "..", "lea.")
    assert list_attempts(folder)[0].learner == name
    assert begin(reference, name, tmp_path, "test").next()


def test_what_cannot_be_taught_is_refused(reference, tmp_path, begin):
    for name in ("", "  ", "two\nlines"):
        with pytest.raises(GrimaceError, match="name in a line of text"):
            begin(reference, name, tmp_path)
    nothing = write_reference(tmp_path / "n.reference", {"A": [["not_scorable"] * 4]})
    with pytest.raises(GrimaceError, match="no picture has a right score"):
        begin(nothing, "Lea", tmp_path)
    take(reference, tmp_path, TRUTH, limit=1)
    shutil.move(tmp_path / "Lea", tmp_path / "Max")
    with pytest.raises(GrimaceError, match="attempts of 'Lea', not of 'Max'"):
        begin(reference, "Max", tmp_path)
    truth = random_truth(20)
    other = write_reference(tmp_path / "o.reference", truth=truth)
    with pytest.raises(GrimaceError, match="attempts of 'Lea', not of 'Max'"):
        begin(other, "Max", tmp_path)


def test_a_file_where_the_folder_would_be_is_told(reference, tmp_path, begin):
    (tmp_path / "file").write_text("kept")
    for folder in (tmp_path / "file", tmp_path / "file" / "learners"):
        with pytest.raises(GrimaceError, match=r"file: a file, where the folder of"):
            begin(reference, "Lea", folder)
    assert (tmp_path / "file").read_text() == "kept"


def test_no_practice_while_a_test_waits(reference, tmp_path, begin):
    take(reference, tmp_path, TRUTH, limit=3)
    before = fingerprint(tmp_path)
    with pytest.raises(GrimaceError, match=r"not finished \(3 of 20"):
        begin(reference, "Lea", tmp_path, fresh=True)
    assert fingerprint(tmp_path) == before
    assert begin(reference, "Max", tmp_path).next() is not None
    take(reference, tmp_path, TRUTH)
    assert begin(reference, "Lea", tmp_path).next() is not None


def test_damaged_attempts_are_told(reference, tmp_path):
    attempt = take(reference, tmp_path, TRUTH, limit=2)
    facts = attempt.path / "attempt.json"
    whole = facts.read_text("utf-8")
    for broken in (
        "{",
        "[]",
        whole.replace('"test"', '"exam"'),
        whole.replace("1", "x"),
    ):
        facts.write_text(broken, "utf-8")
        with pytest.warns(GrimaceWarning, match=r"Left out: .*damaged"):
            assert list_attempts(tmp_path / "Lea") == []
    facts.unlink()
    journals = sorted((attempt.path / "journals").glob("*.jsonl"))
    before = [file.read_bytes() for file in journals]
    with pytest.warns(GrimaceWarning, match="answers are in journals"):
        other = Practice(reference, "Lea", tmp_path, "test")
    with other:
        other.next()
    assert other.attempt.number == 2  # 1 stays taken
    assert [file.read_bytes() for file in journals] == before
    with pytest.warns(GrimaceWarning, match="Left out"):
        take(reference, tmp_path, TRUTH)  # no practice while a test waits
    with pytest.warns(GrimaceWarning, match="Left out"):
        first = Practice(reference, "Lea", tmp_path)
    assert first.attempt.number == 1  # each mode for itself
    facts.write_text(whole, "utf-8")
    journals[0].write_bytes(b"{\n" + before[0].split(b"\n", 1)[1])
    with pytest.warns(GrimaceWarning, match="first line does not tell the rater"):
        list_attempts(tmp_path / "Lea")
    facts.write_text(whole.replace('"version": 1', '"version": 9'), "utf-8")
    with pytest.raises(GrimaceError, match="newer version"):
        list_attempts(tmp_path / "Lea")


def test_what_is_left_to_decide_is_asked_in_a_test_only(tmp_path, begin):
    given = {"A": [[0, 2, 1, 0], [0, 2, 1, 0]], "B": [[0, 0, 1, 0], [0, 2, 2, 1]]}
    reference = write_reference(tmp_path / "s.reference", given)
    known = {1: ("orbital", "ear", "whiskers"), 2: ("orbital", "nose")}
    for mode, expected in (("practice", known), ("test", {1: UNITS, 2: UNITS})):
        practice = begin(reference, "Lea", tmp_path, mode, 1)
        asked = {}
        for _ in range(2):
            picture = practice.next()
            asked[picture] = practice.units
            for unit in practice.units:
                practice.answer(unit, 0)
        assert asked == expected
