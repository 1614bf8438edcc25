"""The notebooks as users meet them: run from top to bottom, and stored clean."""

from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from napari_grimace import open_study
from napari_grimace.study import frame_scores, sample_study

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
NAMES = [
    "01_score_a_video",
    "02_inter_rater_reliability",
    "03_sampling_rate_inaccuracy",
    "04_group_statistics",
    "05_teaching_progress",
]


def read(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def run(name, folder):
    """Run a notebook in a folder of its own; what it writes is there."""
    notebook = read(name)
    client = NotebookClient(
        notebook,
        timeout=280,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return notebook


def test_there_are_these_notebooks():
    assert [path.stem for path in NOTEBOOKS] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stored_without_output_and_begins_with_choices(name):
    cells = read(name).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert code[0].source.startswith("# Paths and choices")
    assert cells[0].cell_type == "markdown"
    last = [cell for cell in cells if cell.cell_type == "markdown"][-1]
    assert last.source.startswith("## Text and tables for a paper")


@pytest.mark.slow
def test_scoring_a_video(tmp_path):
    run("01_score_a_video", tmp_path)
    results = tmp_path / "results/score_a_video"
    agreement = pd.read_csv(results / "agreement.csv", index_col="unit")
    reached = agreement["agreement with the truth"]
    assert set(agreement.index) == {"orbital", "nose", "ear", "whiskers", "total"}
    assert reached["total"] > 0.3
    assert (agreement["frames"] >= 40).all()
    assert "rendered faces" in (results / "methods.txt").read_text("utf-8")
    assert len(pd.read_csv(results / "scores.csv", comment="#")) == 60


@pytest.mark.slow
def test_teaching_progress(tmp_path):
    """The simulated learner errs at known rates, which the table must show."""
    run("05_teaching_progress", tmp_path)
    results = tmp_path / "results/teaching_progress"
    progress = pd.read_csv(results / "progress.csv")
    tests = progress[(progress["mode"] == "test") & (progress["unit"] != "total")]
    missed = 100 - tests.groupby("attempt")["percent_agreement"].mean()
    # 240 answers a test: a standard error of 3 points and less.
    assert missed.tolist() == pytest.approx([40, 20, 5], abs=9)
    checks = pd.read_csv(results / "checks.csv")
    assert checks.groupby("test")["passed"].all().tolist() == [False, False, True]
    assert "rendered faces" in (results / "methods.txt").read_text("utf-8")
    assert "simulated learner" in (results / "report.html").read_text("utf-8")


@pytest.mark.slow
def test_inter_rater_reliability(tmp_path):
    """The ratings were made to agree as tables 5 and 6 of the PainFace paper tell."""
    run("02_inter_rater_reliability", tmp_path)
    results = tmp_path / "results/inter_rater_reliability"
    index = ["unit", "raters", "form"]
    found = pd.read_csv(results / "labs.csv").set_index(index).sort_index()
    published = {  # single and average measure: lab 1, all raters
        "orbital": ((0.76, 0.91), (0.71, 0.91)),
        "nose": ((0.61, 0.83), (0.34, 0.67)),
        "ear": ((0.93, 0.97), (0.47, 0.78)),
        "whiskers": ((0.36, 0.63), (0.37, 0.70)),
        "total": ((0.84, 0.94), (0.45, 0.77)),
    }
    for unit, tables in published.items():
        for raters, printed in zip(("lab 1", "all raters"), tables, strict=True):
            own = found.loc[unit, raters]["estimate"][["ICC2", "ICC2k"]]
            assert own.tolist() == pytest.approx(printed, abs=0.02), (unit, raters)
    told = (results / "methods.txt").read_text("utf-8")
    assert "4 raters scored 25 frames" in told
    assert "neither is shown to be better" in told


@pytest.mark.slow
def test_sampling_rate_inaccuracy(tmp_path):
    run("03_sampling_rate_inaccuracy", tmp_path)
    results = tmp_path / "results/sampling_rate_inaccuracy"
    theory = pd.read_csv(results / "theory.csv", index_col="n")
    assert theory["ratio"].to_numpy() == pytest.approx(1, abs=0.02)
    assert "not towards the animal's state" in (results / "methods.txt").read_text()
    schemes = pd.read_csv(results / "schemes.csv")
    rmse = schemes[schemes["n"] == 75].groupby("scheme")["rmse"].median()
    assert rmse.idxmax() == "burst"


@pytest.mark.slow
def test_group_statistics(tmp_path):
    """The truth of the simulation: only laparotomy differs, and stays so over time."""
    run("04_group_statistics", tmp_path)
    results = tmp_path / "results/group_statistics"
    pairs = pd.read_csv(results / "pairwise.csv")
    shown = {
        frozenset((row.group, row.reference)): row.p_adjusted < 0.05
        for row in pairs.itertuples()
    }
    assert shown == {
        frozenset(("laparotomy", "sham")): True,
        frozenset(("laparotomy", "carprofen")): True,
        frozenset(("carprofen", "sham")): False,
    }
    study = open_study(sample_study(), experiment="laparotomy")
    scores = frame_scores(study, rater="simulated model 1.0")
    part = scores[(scores["timepoint"] == "post") & (scores["time"] < 600)]
    means = part.groupby(["group", "animal"])["total"].mean().groupby("group").mean()
    told = pd.read_csv(results / "descriptives.csv", index_col="group")["mean"]
    assert told.to_dict() == pytest.approx(means.to_dict())
    enriched = pd.read_csv(results / "enrichment.csv")
    up = enriched[(enriched["group"] == "laparotomy") & (enriched["p_adjusted"] < 0.05)]
    assert {"1-1-1-2", "2-1-1-2"} <= set(up.nlargest(4, "difference")["combination"])
