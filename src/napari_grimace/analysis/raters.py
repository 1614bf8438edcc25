"""A model as a rater: the networks, and the label that says which they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari_grimace.errors import ModelError
from napari_grimace.recording.rater import Rater
from napari_grimace.scales.library import load_scale

from .batches import Analyser

if TYPE_CHECKING:
    from napari_grimace.models.protocols import Detector, Scorer, Setting
    from napari_grimace.scales.scale import Scale

SETTINGS = ("fast", "accurate")


def load_analyser(
    scale: str | Path | Scale,
    *,
    detector: str | Path | Detector | None = None,
    scorer: str | Path | Scorer | None = None,
    device: str = "auto",
    setting: Setting = "fast",
    batch: int = 8,
) -> Analyser:
    """Load the networks that serve a scale.

    Parameters are those of `iter_score_video`.

    Raises
    ------
    ScaleError, ModelError
        There is no such scale, model or setting, or the model does not serve the scale.
    ValueError
        `batch` is less than 1.
    """
    if setting not in SETTINGS:
        raise ModelError(f'There is no setting "{setting}": choose fast or accurate.')
    if batch < 1:
        raise ValueError(f"batch is {batch}: give at least one frame at a time.")
    scale = load_scale(scale)
    return Analyser(
        _detector(detector, device),
        _scorer(scorer, scale, device),
        scale,
        setting=setting,
        batch=batch,
    )


def rater_of(analyser: Analyser, sampling: str) -> Rater:
    """Describe what scores as a rater of the recording.

    Its label holds all that decides the scores: the builds of detector and scorer (each
    "name version (hash)"), the detector's setting, and the scale. Two runs with one
    label are one rater.
    """
    detector, scorer = analyser.detector.card, analyser.scorer.card
    build = f"{detector.build} + {scorer.build}"
    learned = dict.fromkeys([detector.trained_on, scorer.trained_on])
    return Rater(
        label=f"{build} {analyser.setting} {analyser.scale.name}",
        name=f"{detector.name} + {scorer.name}",
        kind="model",
        build=build,
        trained_on=", ".join(learned),
        scale=analyser.scale,
        sampling=sampling,
    )


def _detector(detector: str | Path | Detector | None, device: str) -> Detector:
    from napari_grimace.models.store import load_detector

    if detector is None or isinstance(detector, (str, Path)):
        return load_detector(detector, device=device)
    return detector


def _scorer(scorer: str | Path | Scorer | None, scale: Scale, device: str) -> Scorer:
    from napari_grimace.models.store import load_scorer

    if scorer is None or isinstance(scorer, (str, Path)):
        return load_scorer(scale, scorer, device=device)
    check_serves(scorer, scale)
    return scorer


def check_serves(scorer: Scorer, scale: Scale) -> None:
    """Raise ModelError if a scorer does not serve a scale."""
    card = scorer.card
    if scale.name not in card.scales:
        raise ModelError(
            f"{card.name} does not serve the scale {scale.name}, only "
            f"{', '.join(card.scales)}. Choose one of these, or another scorer."
        )
    loaded_for = getattr(scorer, "scale", scale)
    if loaded_for != scale:
        raise ModelError(
            f"{card.name} was loaded for the scale {loaded_for.name}, and {scale.name} "
            "is to be scored: load it for that scale."
        )
