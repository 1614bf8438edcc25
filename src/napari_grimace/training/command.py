"""From nothing to bundled builds: draw, train, calibrate, measure."""

from __future__ import annotations

import os
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from napari_grimace.models.protocols import Setting
from napari_grimace.models.store import find_build, load_detector
from napari_grimace.progress import Progress, in_one_go
from napari_grimace.training.build import (
    build_detector,
    build_scorer,
    measured_on_renders,
    with_metrics,
)
from napari_grimace.training.detector_loop import DetectorPlan, iter_train_detector
from napari_grimace.training.evaluate import evaluate_real
from napari_grimace.training.renders import HELD_OUT, iter_draw_renders, shard_paths
from napari_grimace.training.scorer_loop import ScorerPlan, iter_train_scorer

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from napari_grimace.models.card import ModelCard


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
        Renders to train on, and others to fix thresholds and measure on.
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
    """
    out = Path(out)
    yield from iter_draw_renders(out / "train", count, seed=seed, workers=workers)
    measuring = HELD_OUT + seed
    yield from iter_draw_renders(
        out / "held_out", held_out, seed=measuring, workers=workers
    )
    yield from _train_both(out, detector, scorer, start)
    yield Progress(0, 3, "fixing thresholds on held-out renders")
    held = shard_paths(out / "held_out")
    said = f"{count} renders, seeds from {seed}"
    detector, scorer = detector or DetectorPlan(), scorer or ScorerPlan()
    seen = f"{said}; {detector.steps} batches of {detector.batch} images"
    if start is not None:
        card = find_build(start, "detector")[1]
        seen += f"; begun with {card.name} {card.version}"
    place = out / "renders-detector"
    build_detector(
        out / "detector.safetensors", held[::2], place, version=version, training=seen
    )
    said += f"; {scorer.steps} batches of {scorer.batch} crops for each unit"
    build_scorer(out, held, out / "renders-scorer", version=version, training=said)
    yield Progress(1, 3, "measuring on held-out renders")
    for setting in get_args(Setting):
        with_metrics(place, measured_on_renders(place, held[1::2], setting))
    yield Progress(2, 3, "measuring on real animals" if real else "finishing")
    if real is not None:
        _measure_real(place, real)
    yield Progress(3, 3, f"builds are in {out}")
    return place, out / "renders-scorer"


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


def _measure_real(folder: Path, real: str | Path) -> ModelCard:
    detector = load_detector(folder)
    metrics = evaluate_real(detector, real, "fast")
    metrics |= evaluate_real(detector, real, "accurate")
    return with_metrics(folder, metrics)
