"""The notebooks as users meet them: run from top to bottom, and stored clean."""

from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

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
