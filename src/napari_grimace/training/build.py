"""Make builds out of checkpoints: weights, thresholds, card."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from napari_grimace.files import written_whole
from napari_grimace.models.card import WEIGHTS, ModelCard, read_card, write_card
from napari_grimace.models.crops import normalised
from napari_grimace.models.detector import YoloDetector
from napari_grimace.models.protocols import Setting
from napari_grimace.models.store import read_weights
from napari_grimace.models.yolo import CONFIGURATION
from napari_grimace.phantom.scene import SPECIES
from napari_grimace.scales.regions import DETECTOR_CLASSES, REGIONS, UNITS
from napari_grimace.training.calibrate import (
    best_threshold,
    calibration_error,
    temperature,
)
from napari_grimace.training.checkpoint import load_checkpoint
from napari_grimace.training.crops import NETWORKS, centred, unit_crops
from napari_grimace.training.evaluate import (
    measure_counts,
    measure_finds,
    render_pictures,
)
from napari_grimace.training.measures import area_under_curve, weighted_kappa
from napari_grimace.training.renders import FRAMING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import NDArray


SCALES = ("mgs-black", "mgs", "rgs", "rgs-no-whiskers")
COATS = ("white", "black", "agouti", "hooded")
_BLIND = 0.2
_FALSE_PER_IMAGE = {"face": 0.12, "body": 0.1}
_LIMITS = (
    "Trained on rendered faces alone: no photograph was ever seen in training.",
    "Not validated against people's scores of real animals; use it to find frames and "
    "as a first guess, and check what it says.",
)


def _card(kind: str, **own: Any) -> ModelCard:
    """Card of a build that was trained on renders alone."""
    return ModelCard(
        name=f"renders-{kind}",
        kind=kind,
        scales=SCALES,
        species=SPECIES,
        coats=COATS,
        date=datetime.now(UTC).date().isoformat(),
        **own,
    )


def save_weights(tensors: dict[str, torch.Tensor], folder: Path) -> str:
    """Write weights in half precision, norms and biases in full; gives their hash."""
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    small = {
        name: (value.half() if value.ndim > 1 else value).contiguous()
        for name, value in tensors.items()
    }
    path = folder / WEIGHTS
    with written_whole(path) as aside:
        aside.write_bytes(save(small))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build_detector(
    checkpoint: str | Path,
    held_out: Sequence[Path],
    folder: str | Path,
    *,
    version: str,
    training: str = "",
) -> ModelCard:
    """Make a detector's build; thresholds are fixed on held-out renders.

    Parameters
    ----------
    checkpoint
        File that `iter_train_detector` left.
    held_out
        Shards of renders that were not trained on.
    folder
        Where `card.toml` and `weights.safetensors` go.
    version
        Version of the build.
    training
        What it was trained on, for the card.
    """
    folder = Path(folder)
    tensors = load_checkpoint(Path(checkpoint))[0]["average"]
    card = _card(
        "detector",
        regions=REGIONS,
        input="RGB in 0..1; the whole image, then the face brought to 128 to 224 px",
        network={"configuration": CONFIGURATION, "classes": list(DETECTOR_CLASSES)},
        limits=_LIMITS,
        licence="AGPL-3.0",
        version=version,
        training=training,
        sha256=save_weights(tensors, folder),
    )
    thresholds = {
        setting: fix_thresholds(card, read_weights(folder, card), held_out, setting)
        for setting in get_args(Setting)
    }
    card = replace(card, thresholds=thresholds)
    write_card(card, folder)
    return card


def fix_thresholds(
    card: ModelCard,
    weights: dict[str, torch.Tensor],
    held_out: Sequence[Path],
    setting: Setting,
) -> dict[str, float]:
    """Fix the thresholds of a setting: the best F1 with few false boxes.

    The face's and the body's first, then those of what is found inside faces that
    pass.
    """
    limits = dict.fromkeys(DETECTOR_CLASSES, 0.1)
    detector = YoloDetector(replace(card, thresholds={setting: limits}), weights, "cpu")
    pictures = render_pictures(held_out)
    finds = measure_finds(detector, pictures, DETECTOR_CLASSES, setting)
    chosen: dict[str, float] = {}
    for name in DETECTOR_CLASSES:
        sure = np.array(finds.confidence[name], np.float32)
        right = np.array(finds.right[name], bool)
        counted = np.ones(len(sure), bool)
        if name not in _FALSE_PER_IMAGE:
            counted = np.array(finds.face[name], np.float32) >= chosen["face"]
        chosen[name] = best_threshold(
            sure[counted],
            right[counted],
            len(finds.best[name]),
            finds.images,
            _FALSE_PER_IMAGE.get(name, 0.06),
        )
    return chosen


def build_scorer(
    checkpoints: str | Path,
    held_out: Sequence[Path],
    folder: str | Path,
    *,
    version: str,
    training: str = "",
) -> ModelCard:
    """Make a scorer's build; temperatures are fixed on half of the held-out renders.

    Parameters
    ----------
    checkpoints
        Folder that `iter_train_scorer` left.
    held_out
        Shards of renders that were not trained on: every second one calibrates, the
        others measure.
    folder
        Where `card.toml` and `weights.safetensors` go.
    version
        Version of the build.
    training
        What it was trained on, for the card.
    """
    tensors: dict[str, torch.Tensor] = {}
    heat: dict[str, float] = {}
    measured: dict[str, float] = {}
    width = 0
    for name in NETWORKS:
        path = Path(checkpoints) / f"scorer_{name}.safetensors"
        parts, facts = load_checkpoint(path)
        width = int(facts["plan"]["width"])
        tensors |= {f"{name}.{key}": value for key, value in parts["network"].items()}
        odds, level, _ = _judged(parts["network"], width, name, held_out[::2])
        heat[name] = temperature(odds, level)
        measured |= _unit_measures(
            name, *_judged(parts["network"], width, name, held_out[1::2]), heat[name]
        )
    folder = Path(folder)
    card = _card(
        "scorer",
        units=UNITS,
        input="grey crops of 64 x 64 px around each region, mean 0, deviation 1",
        network={"width": width, "temperature": heat},
        metrics={"held_out_renders_true_boxes": measured},
        limits=(*_LIMITS, *_blind(measured)),
        licence="BSD-3-Clause",
        version=version,
        training=training,
        sha256=save_weights(tensors, folder),
    )
    write_card(card, folder)
    return card


def _judged(
    weights: dict[str, torch.Tensor], width: int, name: str, paths: Sequence[Path]
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
    """Log-odds that a network gives to held-out crops, true levels, true pain."""
    import torch

    from napari_grimace.models.unit_cnn import UnitNetwork

    network = UnitNetwork(width)
    network.load_state_dict(weights)
    network.eval()
    crops = unit_crops(paths, name)
    batch = torch.from_numpy(normalised(centred(crops.image))[:, None])
    with torch.inference_mode():
        odds = torch.cat([network(part) for part in torch.split(batch, 256)])
    return odds.numpy(), crops.level, crops.in_pain


def _unit_measures(
    network: str,
    odds: NDArray[np.float32],
    level: NDArray[np.int64],
    in_pain: NDArray[np.bool_],
    heat: float,
) -> dict[str, float]:
    soft = np.exp(odds / heat - (odds / heat).max(-1, keepdims=True))
    probability = soft / soft.sum(-1, keepdims=True)
    guess = odds.argmax(-1)
    counts = np.bincount(level, minlength=3)
    expected = probability @ np.arange(3)
    measures = {
        "crops": float(len(level)),
        "majority_share": counts.max() / counts.sum(),
        "accuracy": (guess == level).mean(),
        "weighted_kappa": weighted_kappa(guess, level),
        "calibration_error": calibration_error(probability, level),
        "pain_auc": area_under_curve(expected, in_pain),
    }
    return {f"{network}_{name}": round(float(v), 4) for name, v in measures.items()}


def _blind(measured: dict[str, float]) -> tuple[str, ...]:
    """Say which units the scorer cannot tell."""
    units = [
        name.replace("_", " ")
        for name in NETWORKS
        if measured[f"{name}_weighted_kappa"] < _BLIND
    ]
    said = (
        "No better than guessing on held-out renders: {}. Do not rely on these units."
    )
    return (said.format(", ".join(units)),) if units else ()


def with_metrics(folder: str | Path, metrics: dict[str, dict[str, float]]) -> ModelCard:
    """Add measures to a build's card."""
    card = read_card(folder)
    card = replace(card, metrics={**card.metrics, **metrics})
    write_card(card, folder)
    return card


def measured_on_renders(
    folder: str | Path, held_out: Sequence[Path], setting: Setting
) -> dict[str, dict[str, float]]:
    """Measures of a detector's build on each framing of held-out renders."""
    card = read_card(folder)
    detector = YoloDetector(card, read_weights(Path(folder), card), "cpu")
    out = {}
    for framing, _ in FRAMING:
        pictures = render_pictures(held_out, framing)
        finds = measure_finds(detector, pictures, DETECTOR_CLASSES, setting)
        out[f"held_out_renders_{framing}_{setting}"] = finds.measures()
    counts = measure_counts(detector, held_out, setting)
    out[f"held_out_renders_several_{setting}"] = counts
    return out
