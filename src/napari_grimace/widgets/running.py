"""Scoring in the background, while the window goes on."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from napari.qt.threading import create_worker

from napari_grimace.errors import RecordingError
from napari_grimace.progress import Progress
from napari_grimace.widgets.worker import StepWorker

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    from napari_grimace.analysis.batches import Analyser
    from napari_grimace.analysis.look import QuickLook
    from napari_grimace.widgets.plan import Plan

T = TypeVar("T")

_running: set[Path] = set()


class Step(NamedTuple):
    """How far the work has come.

    Attributes
    ----------
    progress
        In the present recording.
    recording
        Where it is; None while nothing is open yet.
    rater
        Label of the models in it.
    number, total
        Which of the recordings it is, from 1, and how many there are.
    """

    progress: Progress
    recording: Path | None = None
    rater: str = ""
    number: int = 1
    total: int = 1


def score(plan: Plan) -> Generator[Step, None, None]:
    """Score one recording after the other with the same models, in any thread.

    Yields
    ------
    Step
        After each batch. Closing the generator ends the work; frames that were scored
        stay on disk.
    """
    analyser = yield from _load(plan)
    from napari_grimace.analysis.pipeline import iter_score_video
    from napari_grimace.analysis.raters import rater_of

    yield Step(Progress(0, 0, "opening the video"))
    rater, total = rater_of(analyser, "").label, len(plan.recordings)
    options = {**_options(plan, analyser), **plan.sampling.options(plan.video)}
    for number, (path, roi) in enumerate(plan.recordings.items(), start=1):
        work = iter_score_video(
            roi=roi, output=path, resume=True, subject=plan.subject, **options
        )
        yield from _steps(work, path, rater, number, total)


def look(plan: Plan) -> Generator[Step, None, dict[Path, QuickLook]]:
    """Take a quick look at what each recording would be of; nothing is written."""
    analyser = yield from _load(plan)
    from napari_grimace.analysis.look import iter_quick_look

    looks, total = {}, len(plan.recordings)
    for number, (path, roi) in enumerate(plan.recordings.items(), start=1):
        work = iter_quick_look(roi=roi, **_options(plan, analyser))
        looks[path] = yield from _steps(work, None, "", number, total)
    return looks


def _steps(work: Generator[Progress, None, T], *place: Any) -> Generator[Step, None, T]:
    """Say of progress where it is, and see to it that the work is closed."""
    with closing(work):
        while True:
            try:
                progress = next(work)
            except StopIteration as end:
                result: T = end.value
                return result
            yield Step(progress, *place)


def _load(plan: Plan) -> Generator[Step, None, Analyser]:
    from napari_grimace.models.device import let_threads_sleep

    yield Step(Progress(0, 0, "loading PyTorch"))
    let_threads_sleep()
    import torch  # noqa: F401

    yield Step(Progress(0, 0, "loading the models"))
    from napari_grimace.analysis.raters import load_analyser

    return load_analyser(
        plan.scale,
        detector=plan.detector,
        scorer=plan.scorer,
        device=plan.device,
        setting="accurate" if plan.setting == "accurate" else "fast",
    )


def _options(plan: Plan, analyser: Analyser) -> dict[str, Any]:
    return {
        "video": plan.video,
        "scale": analyser.scale,
        "detector": analyser.detector,
        "scorer": analyser.scorer,
        "setting": analyser.setting,
    }


def start(
    work: Callable[[Plan], Generator[Step, None, Any]],
    plan: Plan,
    **slots: Callable[..., Any],
) -> StepWorker:
    """Start work in the background; `quit` of what is returned ends it.

    Parameters
    ----------
    work
        `score` or `look`.
    plan
        What is to be done.
    **slots
        What to call at signals of the worker: `yielded`, `returned`, `failed`,
        `aborted`, `finished`.

    Raises
    ------
    RecordingError
        If one of the recordings is being scored just now.
    """
    claimed = _claim(plan.recordings) if work is score else set()
    named = _Named(work, plan)
    worker: StepWorker = create_worker(
        named, _worker_class=StepWorker, _ignore_errors=True
    )
    worker.finished.connect(partial(_running.difference_update, claimed))
    for signal, slot in slots.items():
        getattr(worker, signal).connect(slot)
    worker.start()
    return worker


class _Named(partial):  # type: ignore[type-arg]
    """Work as napari names it, when it asks whether to close a window."""

    def __str__(self) -> str:
        return f"{self.func.__name__} {self.args[0].video.name}"


def _claim(recordings: Iterable[Path]) -> set[Path]:
    claimed = {path.resolve() for path in recordings}
    for path in claimed & _running:
        raise RecordingError(
            f"{path.name} is being scored already: wait until that has ended, or "
            "cancel it."
        )
    _running.update(claimed)
    return claimed
