"""A report on a study: what it says is what the scores say, and what it leaves out."""

import base64
import re
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from napari_grimace.errors import ExportError, GrimaceError, GrimaceWarning, StudyError
from napari_grimace.recording import Rater
from napari_grimace.scales import load_scale
from napari_grimace.stats.report import Choices, write_study_report
from napari_grimace.stats.report.agreement import agreed, first_passes
from napari_grimace.stats.report.choices import settled
from napari_grimace.stats.report.content import (
    SECTIONS,
    SIZES,
    about,
    compared,
    coverage,
    sample_sizes,
    sampled,
)
from napari_grimace.stats.report.material import Material
from napari_grimace.stats.report.section import as_cells
from napari_grimace.study import make_study, scores_dataset

BLACK = load_scale("mgs-black")
FRAMES = 120


def model(build="1"):
    name = f"nets {build}"
    return Rater(
        name, "nets", "model", scale=BLACK, build=name, trained_on="rendered faces"
    )


def people():
    return [
        Rater("Anna", "Anna", "person", scale=BLACK),
        Rater("Anna (2)", "Anna", "person", occasion=2, scale=BLACK),
        Rater("Bo", "Bo", "person", scale=BLACK),
    ]


def scores(rng, pain, raters, frames=FRAMES):
    """Scores (rater, frame, unit); raters agree but for a quarter of the scores."""
    shape = (frames, len(BLACK.units))
    true = (rng.random(shape) < pain) + (rng.random(shape) < pain)
    given = np.where(
        rng.random((len(raters), *shape)) < 0.75, true, rng.integers(0, 3, shape)
    ).astype(float)
    given[..., list(BLACK.unit_names).index("nose")] //= 2
    given[..., list(BLACK.unit_names).index("nose")] *= 2
    given[0, rng.random(frames) < 0.2] = np.nan  # the model finds no face
    for i, rater in enumerate(raters):
        if rater.kind == "person":
            given[i, 20:] = np.nan
    return given


def recording(rng, pain, raters, frames=FRAMES):
    given = scores(rng, pain, raters, frames)
    state = np.where(np.isfinite(given), 1, 3)
    for i, rater in enumerate(raters):
        if rater.kind == "person":
            state[i, 20:] = 0  # not rated
    return scores_dataset(
        raters, np.arange(frames) * 30, np.arange(frames), given, state=state
    )


def study_of(n_animals=8, timepoints=("pre", "post"), raters=None, frames=FRAMES):
    rng = np.random.default_rng(7)
    recordings, rows = {}, {}
    for i in range(n_animals):
        group = "sham" if i < n_animals // 2 else "lap <b>"
        for timepoint in timepoints:
            name = f"m{i} {timepoint}"
            pain = 0.7 if (group, timepoint) == ("lap <b>", "post") else 0.2
            pain += rng.normal(0, 0.05)
            given = raters(i) if raters else [model(), *people()]
            recordings[name] = recording(rng, pain, given, frames)
            rows[name] = {"animal": f"m{i}", "group": group, "timepoint": timepoint}
            rows[name]["sex"] = "mf"[i % 2]
    return make_study(recordings, pd.DataFrame.from_dict(rows, orient="index"))


@pytest.fixture(scope="module")
def study():
    return study_of()


def material_of(study, **choices):
    return Material(study, settled(study, Choices(**choices)))


def totals_of(study, name, rater, start=0, end=np.inf):
    """Totals of a rater's frames, in plain numpy."""
    one = study[name].to_dataset().sel(rater=rater)
    inside = (one["time"].values >= start) & (one["time"].values < end)
    given = one["score"].values[inside].astype(float)
    return given.sum(axis=-1)  # NaN where a unit is missing


def test_the_page_has_all_sections_figures_and_no_markup_of_the_sheet(study, tmp_path):
    written = write_study_report(
        study, tmp_path / "r.html", Choices(control="sham", window=(0, 100))
    )
    page = written.read_text(encoding="utf-8")
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert [h.split(" at ")[0] for h in headings] == list(SECTIONS)
    assert "Groups at post" in headings
    assert "Not possible here" not in page
    drawn = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', page)
    assert len(drawn) >= 10
    for one in drawn:
        assert ET.fromstring(base64.b64decode(one)).tag.endswith("svg")
    assert "lap &lt;b&gt;" in page
    assert "<b>" not in page
    assert [p.name for p in tmp_path.iterdir()] == ["r.html"]


def test_groups_are_compared_on_means_of_animals(study):
    section = compared(material_of(study, control="sham", window=(10, 70)))
    table = dict(section.tables)["Groups"].set_index("group")
    for group, animals in (("sham", range(4)), ("lap <b>", range(4, 8))):
        means = [
            np.nanmean(totals_of(study, f"m{i} post", "nets 1", 10, 70))
            for i in animals
        ]
        assert table.loc[group, "mean"] == pytest.approx(np.mean(means), rel=1e-6)
        assert table.loc[group, "sd"] == pytest.approx(np.std(means, ddof=1), rel=1e-6)
        assert table.loc[group].filter(regex="^n(_animals)?$").tolist() == [4]
    assert "Compared at post; there are also pre" in section.texts[0]
    assert "p" not in dict(section.tables)["Pairs"]  # the adjusted one alone


def test_what_is_scored_is_told_of_the_chosen_rater_alone(study):
    section = coverage(material_of(study, window=(0, 60)))
    names = list(study.children)
    whole = [totals_of(study, name, "nets 1", 0, 60) for name in names]
    used = sum(np.isfinite(one).sum() for one in whole)
    assert f"{used} of {60 * len(names)} rated frames have a total" in section.texts[0]
    section = coverage(material_of(study, rater="Bo"))
    assert f"of {20 * len(names)} rated frames" in section.texts[0]


def test_recordings_with_hardly_a_frame_are_named():
    study = study_of(4, ["post"])
    lost = study["m1 post"]["score"].values
    state = study["m1 post"]["state"].values
    lost[0, 5:], state[0, 5:] = np.nan, 3
    section = coverage(material_of(study))
    assert "m1 post (" in section.texts[1]
    assert " of 120)" in section.texts[1]
    assert "m0 post" not in section.texts[1]
    section = coverage(material_of(study, window=(500, 600)))
    assert section.texts == [
        "No frame was rated in: m0 post, m1 post, m2 post, m3 post."
    ]


def absolute_agreement(ratings):
    """ICC(A,1) and ICC(A,k) of (target, rater): McGraw and Wong (1996), table 4."""
    n, k = ratings.shape
    rows, columns = ratings.mean(axis=1), ratings.mean(axis=0)
    apart = ratings - rows[:, None] - columns + ratings.mean()
    msr, msc = k * rows.var(ddof=1), n * columns.var(ddof=1)
    mse = (apart**2).sum() / ((n - 1) * (k - 1))
    single = (msr - mse) / (msr + (k - 1) * mse + k / n * (msc - mse))
    return [single, (msr - mse) / (msr + (msc - mse) / n)]


def test_people_agree_without_the_model_and_without_second_passes(study):
    assert first_passes(study) == ["Anna", "Bo"]
    section = agreed(material_of(study))
    first, second = section.tables
    assert first[0] == "Intraclass correlation: The people"
    assert set(first[1]["n_raters"]) == {2}
    assert set(second[1]["n_raters"]) == {3}
    assert not any("Anna (2)" in text for text in section.texts)
    ratings = np.array(
        [
            np.concatenate([totals_of(study, n, rater)[:20] for n in study.children])
            for rater in ("Anna", "Bo")
        ]
    ).T
    table = first[1].set_index(["unit", "form"])
    mine = table.loc[[("total", "ICC(A,1)"), ("total", "ICC(A,k)")], "estimate"]
    np.testing.assert_allclose(mine, absolute_agreement(ratings), rtol=1e-9)
    assert set(first[1]["n_frames"]) == {20 * len(study.children)}


def test_samples_are_no_larger_than_most_recordings_can_give():
    frames = pd.Series([50, 100, 300, 310, 320, 400, 500, 598])
    sizes = sample_sizes(frames)
    assert sizes == [n for n in SIZES if n <= 125]
    assert (frames >= 2 * sizes[-1]).mean() >= 0.75
    assert sample_sizes(pd.Series([1800] * 5)) == list(SIZES)
    with pytest.raises(GrimaceError, match="have 1 to 3 scored frames, too few"):
        sample_sizes(pd.Series([1, 3, 2, 3]))


def test_sampling_uses_most_recordings_and_says_so_once(study):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        section = sampled(material_of(study))
    found = int(re.search(r"from each of (\d+) recordings", section.texts[0])[1])
    assert found >= 0.75 * 8
    assert "not towards the animal's state" in section.texts[0]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"rater": "Carl"}, "There is no rater 'Carl', only 'nets 1', 'Anna'"),
        ({"outcome": "tail"}, "There is no outcome 'tail', only 'total', 'orbital'"),
        ({"by": "strain"}, "There is no column 'strain', only 'animal', 'group'"),
        ({"control": "naive"}, "There is no group 'naive', only 'sham', 'lap <b>'"),
        ({"by": "sex", "control": "sham"}, "no group 'sham', only 'm', 'f'"),
        ({"timepoint": "day 3"}, "There is no timepoint 'day 3', only 'pre', 'post'"),
        ({"window": (60, 0)}, "The window is 60 to 0 s"),
        ({"error": 0.0}, "The error is 0: give points above 0"),
    ],
)
def test_wrong_choices_are_told_before_anything_is_written(
    study, tmp_path, wrong, told
):
    path = tmp_path / "r.html"
    path.write_text("what was there")
    with pytest.raises(StudyError, match=re.escape(told)):
        write_study_report(study, path, Choices(**wrong))
    assert path.read_text() == "what was there"


def test_where_it_cannot_be_written(study, tmp_path):
    with pytest.raises(ExportError, match="there is no folder"):
        write_study_report(study, tmp_path / "none" / "r.html")
    with pytest.raises(ExportError, match=r"written as \.html"):
        write_study_report(study, tmp_path / "r.pdf")
    assert not list(tmp_path.iterdir())


def test_several_people_and_no_model_need_a_choice(tmp_path):
    study = study_of(2, ["post"], lambda _: [people()[0], people()[2]])
    with pytest.raises(StudyError, match=r"several raters: 'Anna', 'Bo'\. Choose"):
        write_study_report(study, tmp_path / "r.html")
    assert settled(study, Choices(rater="Bo")).rater == "Bo"


def test_what_cannot_be_told_is_named_and_the_rest_is_told(tmp_path):
    """One animal, one timepoint, one rater, few frames."""
    study = study_of(1, ["once"], lambda _: [model()], frames=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GrimaceWarning)
        page = write_study_report(study, tmp_path / "r.html").read_text()
    assert "Not possible here: " in page
    assert "at one timepoint only" in page
    assert "too few to draw samples from" in page
    assert "nothing to compare" in page
    assert "nan%" not in page
    assert "<h2>How many frames?</h2>" in page


def test_builds_of_a_model_go_together_by_its_name():
    study = study_of(4, ["post"], lambda i: [model(str(i % 2 + 1))])
    material = material_of(study, rater="nets")
    assert set(material.scores["recording"]) == set(study.children)
    text = " ".join(about(material).texts)
    assert "Scores by nets (model, trained on: rendered faces)" in text
    assert "not from photographs" in text


def test_recordings_that_are_left_out_are_named_in_the_page(tmp_path):
    study = study_of(6, ["post"], lambda i: [model("1" if i else "2")])
    with pytest.warns(GrimaceWarning, match="'nets 1' did not rate 1 of the"):
        page = write_study_report(study, tmp_path / "r.html").read_text()
    assert "did not rate 1 of the recordings, which are left out: &#x27;m0" in page


def test_tables_as_people_read_them():
    table = pd.DataFrame(
        {
            "group_name": ["a", "b"],
            "estimate": [1234.5, 0.012345],
            "ci_low": [1.0, np.nan],
            "ci_high": [2.5, np.nan],
            "p": [1e-9, 0.04999],
            "q": [0.0004, 0.5],
            "n": [3, 12345],
            "effect_ci_low": [-0.5, 0.25],
            "effect_ci_high": [0.5, 0.75],
            "note": ["", None],
        }
    )
    header, rows = as_cells(table)
    names = ["group name", "estimate", "95 % CI", "p", "q", "n", "effect 95 % CI"]
    assert header == names
    assert rows == [
        ["a", "1234", "1 to 2.5", "< 0.001", "< 0.001", "3", "-0.5 to 0.5"],
        ["b", "0.0123", "", "0.050", "0.500", "12345", "0.25 to 0.75"],
    ]
