"""``napari-grimace train``: how the bundled models are made."""

from pathlib import Path
from typing import Annotated

import typer

from napari_grimace.cli.console import follow, guarded, say

train = typer.Typer(
    help="Train models.", no_args_is_help=True, pretty_exceptions_enable=False
)


@train.callback()
def _train() -> None:
    """Train models."""


@train.command()
@guarded
def renders(
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Folder for renders, checkpoints, models."),
    ],
    count: Annotated[int, typer.Option(min=1, help="Renders to learn from.")] = 12_000,
    held_out: Annotated[
        int,
        typer.Option(min=1, help="Other renders, to fix thresholds and measure on."),
    ] = 1_200,
    detector_steps: Annotated[
        int | None, typer.Option(min=1, help="Batches for the detector.")
    ] = None,
    scorer_steps: Annotated[
        int | None, typer.Option(min=1, help="Batches for each action unit.")
    ] = None,
    model_version: Annotated[str, typer.Option(help="Version of the models.")] = "1",
    seed: Annotated[int, typer.Option(help="Same seed, same renders and order.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes that draw.")] = 2,
    start: Annotated[
        str | None,
        typer.Option(help="Name or folder of a detector to begin with."),
    ] = None,
    real: Annotated[
        Path | None,
        typer.Option(help="Folder of real animals to measure on at the end."),
    ] = None,
) -> None:
    """Train detector and scorer on rendered faces.

    The same line goes on where a stopped run was. Score with the results by
    --detector OUT/renders-detector --scorer OUT/renders-scorer.
    """
    from napari_grimace.training.command import iter_train_renders
    from napari_grimace.training.detector_loop import DetectorPlan
    from napari_grimace.training.scorer_loop import ScorerPlan

    work = iter_train_renders(
        out,
        count=count,
        held_out=held_out,
        detector=DetectorPlan(steps=detector_steps or DetectorPlan().steps),
        scorer=ScorerPlan(steps=scorer_steps or ScorerPlan().steps),
        version=model_version,
        seed=seed,
        workers=workers,
        start=start,
        real=real,
    )
    detector, scorer = follow(work, "training")
    say(f"trained on rendered faces: {detector} and {scorer}")
