"""From nothing to bundled builds: draw, train, calibrate, measure."""

from __future__ import annotations

import os
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from napari_grimace.errors import ModelError
from napari_grimace.models.protocols import Setting
from napari_grimace.models.store import find_build, load_detector, load_scorer
from napari_grimace.progress import Progress, in_one_go
from napari_grimace.training.build import (
    build_detector,
    build_scorer,
    measured_on_renders,
    with_metrics,
)
from napari_grimace.training.detector_loop import DetectorPlan, iter_train_detector
from napari_grimace.training.evaluate import evaluate_real
from napari_grimace.training.evaluate_scores import measure_scores
from napari_grimace.training.renders import (
    HELD_OUT,
    SHARD,
    iter_draw_renders,
    shard_paths,
    told_seeds,
)
from napari_grimace.training.scorer_loop import ScorerPlan, iter_train_scorer

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


def iter_train_renders(
    out: str | Path,
    *,
    count: int = 12_000,
    held_out: int = 1_200,
    detector: DetectorPlan | None = None,
    scorer: ScorerPlan | None = None,
    version: str = "1",
    seed: int = 0,
    workers: int = 2,
    start: str | Path | None = None,
    real: str | Path | None = None,
) -> Generator[Progress, None, tuple[Path, Path]]:
    """Train a detector and a scorer on renders; goes on where it stopped.

    Parameters
    ----------
    out
        Folder for renders, checkpoints and, at the end, the builds
        `renders-detector` and `renders-scorer`.
    count, held_out
        Renders to train on, and others to fix thresholds and measure on; rounded up
        to whole shards, of which at least two are held out.
    detector, scorer
        Settings of the trainings.
    version
        Version of the builds.
    seed
        Seed of the first render.
    workers
        Processes that draw.
    start
        Name or folder of a detector's build to begin with; by default from scratch.
    real
        Folder with real animals to measure the detector on at the very end.

    Yields
    ------
    Progress
        Of each part in turn.

    Returns
    -------
    tuple of Path
        Folders of the detector's and the scorer's build.

    Raises
    ------
    ModelError
        If too few renders are held out, or `out` holds a training with other settings.
    """
    if held_out <= SHARD:
        raise ModelError(
            f"{held_out} held-out renders are too few: some fix thresholds and others "
            f"measure. Ask for more than {SHARD}."
        )
    out = Path(out)
    yield from iter_draw_renders(out / "train", count, seed=seed, workers=workers)
    measuring = HELD_OUT + seed
    yield from iter_draw_renders(
        out / "held_out", held_out, seed=measuring, workers=workers
    )
    yield from _train_both(out, detector, scorer, start)
    yield Progress(0, 3, "fixing thresholds on held-out renders")
    held = shard_paths(out / "held_out")
    said = told_seeds(shard_paths(out / "train"))
    pair = (
        _build_detector(out, held, version, said, detector or DetectorPlan(), start),
        _build_scorer(out, held, version, said, scorer or ScorerPlan()),
    )
    yield Progress(1, 3, "measuring on held-out renders")
    _measure_on_renders(*pair, held[1::2])
    yield Progress(2, 3, "measuring on real animals" if real else "finishing")
    if real is not None:
        _measure_on_real(pair[0], real)
    yield Progress(3, 3, f"builds are in {out}")
    return pair


train_renders = in_one_go(iter_train_renders, "train_renders")


def _train_both(
    out: Path,
    detector: DetectorPlan | None,
    scorer: ScorerPlan | None,
    start: str | Path | None,
) -> Iterator[Progress]:
    """Train the detector here and the scorer in a process beside it.

    Networks this small gain nothing from a second thread, but two run side by side.
    """
    import torch

    renders = [out / "train"]
    beside = get_context("spawn").Process(
        target=_train_scorer, args=(renders, out, scorer), daemon=True
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(_half_the_cores())
    beside.start()
    try:
        yield from iter_train_detector(renders, out, detector, start=start)
        while beside.is_alive():
            yield Progress(0, 1, "scorer")
            beside.join(5)
    finally:
        beside.terminate()
        torch.set_num_threads(threads)
    if beside.exitcode:
        # Here the reason is told, and what was done is kept.
        yield from iter_train_scorer(renders, out, scorer)


def _train_scorer(renders: list[Path], out: Path, plan: ScorerPlan | None) -> None:
    import torch

    torch.set_num_threads(_half_the_cores())
    for _ in iter_train_scorer(renders, out, plan):
        pass


def _half_the_cores() -> int:
    return max(1, (os.cpu_count() or 2) // 2)


def _build_detector(
    out: Path,
    held: list[Path],
    version: str,
    said: str,
    plan: DetectorPlan,
    start: str | Path | None,
) -> Path:
    said += f"; {plan.steps} batches of {plan.batch} images"
    if start is not None:
        said += f"; begun with {find_build(start, 'detector')[1].build}"
    folder = out / "renders-detector"
    checkpoint = out / "detector.safetensors"
    build_detector(checkpoint, held[::2], folder, version=version, training=said)
    return folder


def _build_scorer(
    out: Path, held: list[Path], version: str, said: str, plan: ScorerPlan
) -> Path:
    said += f"; {plan.steps} batches of {plan.batch} crops for each network"
    folder = out / "renders-scorer"
    build_scorer(out, held, folder, version=version, training=said)
    return folder


def _measure_on_renders(detecting: Path, scoring: Path, held: list[Path]) -> None:
    """Measure the detector, and both together on a scale of mice and one of rats."""
    detector = load_detector(detecting)
    for setting in get_args(Setting):
        with_metrics(detecting, measured_on_renders(detecting, held, setting))
        scores = {
            f"held_out_renders_{scale}_{setting}": measure_scores(
                detector, load_scorer(scale, scoring), scale, held, setting
            )
            for scale in ("mgs", "rgs")
        }
        with_metrics(scoring, scores)


def _measure_on_real(folder: Path, real: str | Path) -> None:
    detector = load_detector(folder)
    for setting in get_args(Setting):
        with_metrics(folder, evaluate_real(detector, real, setting))
