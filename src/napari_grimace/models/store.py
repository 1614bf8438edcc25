"""Finding builds and reading their weights; safetensors only."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from napari_grimace.errors import ModelError
from napari_grimace.models.card import CARD, WEIGHTS, ModelCard, read_card

if TYPE_CHECKING:
    import torch

    from napari_grimace.models.protocols import Detector, Scorer
    from napari_grimace.scales import Scale

BUNDLED = Path(__file__).parent / "bundled"
_PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt")


def list_models() -> list[ModelCard]:
    """Cards of the bundled builds, sorted by name."""
    return [read_card(path.parent) for path in sorted(BUNDLED.glob(f"*/{CARD}"))]


def find_build(name: str | Path, kind: str) -> tuple[Path, ModelCard]:
    """Folder and card of a build.

    Parameters
    ----------
    name
        Name of a bundled build, or a folder.
    kind
        `detector` or `scorer`.

    Raises
    ------
    ModelError
        If there is no such build, or it is of the other kind.
    """
    path = Path(name)
    if path.suffix.lower() in _PICKLES:
        raise ModelError(
            f"{name} is a pickle, which can run any code when it is loaded. Builds are "
            f"folders with {CARD} and {WEIGHTS}."
        )
    folder = BUNDLED / path if (BUNDLED / path / CARD).exists() else path
    if not folder.is_dir():
        known = ", ".join(card.name for card in list_models()) or "none"
        raise ModelError(
            f"There is no model {str(name)!r}. Bundled are: {known}. Or give the "
            f"folder that holds {CARD} and {WEIGHTS}."
        )
    card = read_card(folder)
    if card.kind != kind:
        raise ModelError(f"{card.name!r} is a {card.kind}, and a {kind} is needed.")
    return folder, card


def read_weights(folder: Path, card: ModelCard) -> dict[str, torch.Tensor]:
    """Read a build's weights, after their hash has been compared with the card's.

    Raises
    ------
    ModelError
        If the file is missing, or is not the one that the card speaks of.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    path = folder / WEIGHTS
    if not path.is_file():
        raise ModelError(
            f"The weights of {card.name!r} are missing: no {path}. Install the package "
            "again, or copy the whole folder of the model."
        )
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise ModelError(
            f"{path} is not the file that {CARD} speaks of (sha256 differs). It is "
            "damaged or was exchanged: install the package or copy the model again."
        )
    try:
        return {name: value.float() for name, value in load(data).items()}
    except SafetensorError as error:
        raise ModelError(f"{path} is not a safetensors file: {error}.") from error


def load_detector(name: str | Path | None = None, *, device: str = "auto") -> Detector:
    """Load a detector.

    Parameters
    ----------
    name
        Name of a bundled build or a build's folder; by default the bundled one.
    device
        `auto`, `cpu`, `cuda` or `mps`.

    Raises
    ------
    ModelError
        If there is no such build or device, or its weights are missing or damaged.
    """
    from napari_grimace.models.detector import YoloDetector
    from napari_grimace.models.device import chosen_device

    folder, card = find_build(name or _default("detector"), "detector")
    return YoloDetector(card, read_weights(folder, card), chosen_device(device))


def load_scorer(
    scale: str | Path | Scale, name: str | Path | None = None, *, device: str = "auto"
) -> Scorer:
    """Load a scorer for a grimace scale.

    Parameters
    ----------
    scale
        Name of a scale, its file, or the scale.
    name
        Name of a bundled build or a build's folder; by default the bundled one that
        serves the scale.
    device
        `auto`, `cpu`, `cuda` or `mps`.

    Raises
    ------
    ModelError
        If the build does not serve the scale, there is no such build or device, or
        its weights are missing or damaged.
    """
    from napari_grimace.models.device import chosen_device
    from napari_grimace.models.scorer import UnitScorer
    from napari_grimace.scales import load_scale

    scale = load_scale(scale)
    folder, card = find_build(name or _default("scorer", scale.name), "scorer")
    if scale.name not in card.scales:
        raise ModelError(
            f"{card.name!r} does not serve the scale {scale.name!r}, only "
            f"{', '.join(card.scales)}. Choose one of these, or another model."
        )
    weights = read_weights(folder, card)
    return UnitScorer(card, weights, scale, chosen_device(device))


def _default(kind: str, scale: str | None = None) -> str:
    cards = [card for card in list_models() if card.kind == kind]
    served = [card for card in cards if scale is None or scale in card.scales]
    if served:
        return served[0].name
    if cards:
        known = sorted({name for card in cards for name in card.scales})
        raise ModelError(
            f"No bundled {kind} serves the scale {scale!r}; they serve "
            f"{', '.join(known)}. Choose one of these, or give a model's folder."
        )
    raise ModelError(f"No {kind} is bundled with this installation; give its folder.")
