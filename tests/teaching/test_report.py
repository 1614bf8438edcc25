"""Reports that a lab can file."""

import html
import re

import numpy as np
import pytest
from reference_sets import blurred, random_truth, take, write_reference

from napari_grimace.errors import GrimaceError
from napari_grimace.teaching import (
    fixed_rule,
    judge,
    list_attempts,
    progress_table,
    rule_of,
    write_report,
)
from napari_grimace.teaching.reference import RENDERED
from napari_grimace.teaching.report_figures import draw_progress

COUNT = 120
TRUTH = random_truth(COUNT, seed=3)


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    given = {name: blurred(TRUTH, 0.05, seed) for seed, name in enumerate("ABC")}
    return write_reference(tmp_path_factory.mktemp("set") / "r.reference", given)


@pytest.fixture(scope="module")
def learners(rated, tmp_path_factory):
    """<Lea> & Söhne practised, failed a test and passed one with some luck."""
    folder = tmp_path_factory.mktemp("learners")
    name = "<Lea> & Söhne $x$"
    take(rated, folder, blurred(TRUTH, 0.4, 1), name, mode="practice", limit=20)
    take(rated, folder, random_truth(COUNT, seed=8), name)
    take(rated, folder, TRUTH, name)
    (own,) = folder.iterdir()
    return own


def text_of(path):
    """The words of a page, without its tags."""
    told = re.sub(
        r"<style>.*?</style>|<[^>]*>", " ", path.read_text("utf-8"), flags=re.S
    )
    return " ".join(html.unescape(told).split())


def test_the_page_tells_all_that_is_to_be_filed(rated, learners, tmp_path):
    path = tmp_path / "lea.html"
    write_report(learners, rated, path)
    told = text_of(path)
    for words in (
        "<Lea> & Söhne $x$",
        "Set é",
        rated.pictures.hash,
        "Mouse Grimace Scale for black-coated mice (mgs-black)",
        "McCoy ES",
        "mode of A, B, C, who may differ by 1",
        "napari-grimace",
        "the experts' own agreement on this set",
        "Asked:",
        "over at least 50 pictures",
        "At least 90% of the pictures that can be scored must be scored",
        "A against the other experts: orbital 0.",
        "the learner's mean must reach the lowest expert's value",
        "The verdict compares the learner as each expert was compared",
        "in a test with the last answers before it was left",
        "Orbital tightening",
        "practice 1",
        "test 2",
    ):
        assert words in told, words
    for attempt in list_attempts(learners):
        assert f"{attempt.begun:%Y-%m-%d %H:%M}" in told


def test_its_numbers_are_those_of_the_verdict(rated, learners, tmp_path):
    path = tmp_path / "lea.html"
    write_report(learners, rated, path)
    told = text_of(path)
    tests = [a for a in list_attempts(learners) if a.mode == "test"]
    last = judge(rated, tests[-1])
    assert f"Test 2, {tests[-1].begun:%Y-%m-%d %H:%M}: {last.reason}" in told
    for check in last.checks:
        scored = f"{check.n} of {check.scorable}"
        rests = f"(n {last.rule.pictures(check.name)})"
        asked = f"{check.limit:.2f} {rests}"
        row = f"{check.statistic} {check.value:.2f} {asked} {scored}"
        assert row in told
    pictures = len(tests[-1].asked)
    total = f"The total rests on {last.checks[-1].n} of the {pictures} pictures: it"
    assert f"{total} takes scores of all 4 units" in told
    assert last.checks[-1].n < pictures
    assert last.passed
    assert judge(rated, tests[0]).passed is False
    assert re.search(r"test 1 \S+ \S+ (\d+) of \1 yes \S+ not passed", told)
    assert re.search(r"test 2 \S+ \S+ (\d+) of \1 yes \S+ passed", told)
    assert re.search(r"Of its 1\d\d pictures (1\d|20) had been practised before", told)


def test_the_page_is_one_file_without_anything_from_elsewhere(
    rated, learners, tmp_path
):
    write_report(learners, rated, tmp_path / "lea.html")
    page = (tmp_path / "lea.html").read_text("utf-8")
    assert page.count("data:image/svg+xml;base64,") == 2
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert "<script" not in page
    assert "<Lea>" not in page
    assert [file.name for file in tmp_path.iterdir()] == ["lea.html"]


def test_the_pdf_has_pages(rated, learners, tmp_path):
    path = tmp_path / "lea.pdf"
    write_report(learners, rated, path)
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", content)) >= 3


@pytest.mark.parametrize("suffix", [".html", ".pdf"])
def test_another_rule_can_be_asked(rated, learners, tmp_path, suffix):
    path = tmp_path / f"lea{suffix}"
    rule = fixed_rule(rated, 0.999, 0.999, source="our lab's values")
    write_report(learners, rated, path, rule)
    if suffix == ".html":
        assert "our lab's values" in text_of(path)
        assert "against the other experts" not in text_of(path)
        assert "compares the learner as each expert" not in text_of(path)


def test_the_figure_shows_limits_only_of_what_it_shows(rated, learners):
    attempts = [a for a in list_attempts(learners) if a.may_be_told]
    fixed = fixed_rule(rated, 0.61, 0.62)
    for rule, limits in ((fixed, [0.61] * 4 + [0.62]), (rule_of(rated), [])):
        page = draw_progress(attempts, rated, rule)
        upper = page.axes[0]
        dotted = [line for line in upper.get_lines() if line.get_linestyle() == ":"]
        assert [line.get_ydata()[0] for line in dotted] == limits
        assert ("dotted" in upper.get_title()) is bool(limits)
        assert "with the right scores" in upper.get_title()


def test_rendered_faces_are_called_so(tmp_path):
    facts = {"origin": RENDERED, "pass_rule": {"kappa": 0.6, "icc": 0.7, "source": "x"}}
    reference = write_reference(tmp_path / "s.reference", truth=TRUTH[:3], facts=facts)
    take(reference, tmp_path, TRUTH, limit=2)
    write_report(tmp_path / "Lea", reference, tmp_path / "lea.html")
    told = text_of(tmp_path / "lea.html")
    assert "rendered faces: drawn animals with known scores, not real ones" in told
    assert "Not judged: no test was finished." in told


@pytest.mark.parametrize("before", [0, 3])
def test_nothing_is_told_of_a_test_that_is_on(rated, tmp_path, before):
    if before:
        take(rated, tmp_path, TRUTH, mode="practice", limit=before)
    take(rated, tmp_path, TRUTH, limit=20)
    write_report(tmp_path / "Lea", rated, tmp_path / "lea.html")
    told = text_of(tmp_path / "lea.html")
    assert "Left out: test 1. Nothing is told of a test before it is finished." in told
    assert re.search(r"20 of 1\d\d no", told)  # how far it has come
    agreement = told.split("Agreement with the right scores")[1]
    assert "test 1 Orbital" not in agreement
    assert ("practice 1 Orbital" in agreement) is bool(before)
    page = (tmp_path / "lea.html").read_text("utf-8")
    assert page.count("<img") == (2 if before else 0)
    assert "Given and right scores, test 1" not in page
    table = progress_table(tmp_path / "Lea", rated)
    assert set(table["mode"]) == ({"practice"} if before else set())


def test_an_attempt_without_a_whole_picture_can_be_reported(rated, tmp_path):
    given = np.full_like(TRUTH, np.nan).astype(object)
    given[:] = "not_scorable"
    take(rated, tmp_path, given, limit=1)
    write_report(tmp_path / "Lea", rated, tmp_path / "lea.pdf")
    assert (tmp_path / "lea.pdf").stat().st_size > 5000


def test_what_cannot_be_reported_is_refused(rated, learners, tmp_path):
    with pytest.raises(GrimaceError, match=r"\.html or \.pdf"):
        write_report(learners, rated, tmp_path / "lea.docx")
    with pytest.raises(GrimaceError, match="holds no attempt on 'Set é'"):
        write_report(tmp_path, rated, tmp_path / "lea.html")
    with pytest.raises(GrimaceError, match="cannot be written"):
        write_report(learners, rated, tmp_path / "missing" / "lea.html")
    assert not list(tmp_path.iterdir())
