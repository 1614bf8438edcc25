"""Models that have learned nothing: they answer at random, and quickly."""

from dataclasses import replace
from pathlib import Path

import torch

from napari_grimace.models.card import ModelCard, write_card
from napari_grimace.models.unit_cnn import UnitNetwork
from napari_grimace.models.yolo import CONFIGURATION, build_network
from napari_grimace.scales import DETECTOR_CLASSES, UNITS
from napari_grimace.training.build import save_weights

WIDTH = 4


def write_models(folder: Path) -> tuple[Path, Path]:
    """Write a detector that sees a face everywhere, and a scorer of two scales."""
    torch.manual_seed(0)
    card = ModelCard(
        name="untrained-detector",
        version="1",
        kind="detector",
        scales=("mgs-black", "rgs"),
        trained_on="nothing at all",
        network={"configuration": CONFIGURATION, "classes": list(DETECTOR_CLASSES)},
        thresholds={
            setting: dict.fromkeys(DETECTOR_CLASSES, 0.0)
            for setting in ("fast", "accurate")
        },
    )
    network = build_network(len(DETECTOR_CLASSES), CONFIGURATION)
    sha256 = save_weights(network.state_dict(), folder / "detector")
    write_card(replace(card, sha256=sha256), folder / "detector")
    card = ModelCard(
        name="untrained-scorer",
        version="1",
        kind="scorer",
        scales=("mgs-black", "rgs"),
        units=UNITS,
        trained_on="nothing at all",
        network={"width": WIDTH, "temperature": {}},
    )
    weights = {
        f"{unit}.{name}": value
        for unit in UNITS
        for name, value in UnitNetwork(WIDTH).state_dict().items()
    }
    sha256 = save_weights(weights, folder / "scorer")
    write_card(replace(card, sha256=sha256), folder / "scorer")
    return folder / "detector", folder / "scorer"
