"""Scoring crops of regions: one small network for each action unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import ModelError
from napari_grimace.models.crops import normalised, unit_crop
from napari_grimace.models.units import restrict
from napari_grimace.scales.regions import LEVELS, REGIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import NDArray

    from napari_grimace.models.card import ModelCard
    from napari_grimace.models.unit_cnn import UnitNetwork
    from napari_grimace.scales import Scale, Unit


class UnitScorer:
    """The bundled kind of `Scorer`.

    Parameters
    ----------
    card
        Its card.
    weights
        Tensors of the networks, their names beginning with the unit's; where a unit
        looks otherwise in another species, with unit and species (`nose_rat`).
    scale
        The grimace scale to score on.
    device
        Where it runs.

    Raises
    ------
    ModelError
        If the weights do not fit, or miss a unit of the scale.
    """

    def __init__(
        self,
        card: ModelCard,
        weights: dict[str, torch.Tensor],
        scale: Scale,
        device: str,
    ) -> None:
        self.card = card
        self.scale = scale
        self.device = device
        names = {name.partition(".")[0] for name in weights}
        chosen = {
            unit.name: _chosen(card, names, unit.name, scale.species)
            for unit in scale.units
        }
        heat: dict[str, float] = card.network.get("temperature", {})
        self._temperature = {u: heat.get(name, 1.0) for u, name in chosen.items()}
        self._networks = {
            u: _network(card, weights, name).to(device) for u, name in chosen.items()
        }

    def score(
        self, images: Sequence[NDArray[np.uint8]], boxes: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Score the regions of each image.

        All crops of a unit, of both sides and all images, go through its network
        together. Crops of right sides are mirrored.

        Parameters
        ----------
        images
            Each (y, x, rgb) uint8, of any size.
        boxes
            (image, region, edge); NaN where a region is absent.

        Returns
        -------
        numpy.ndarray
            (image, region, level) float32: calibrated probabilities; NaN where the
            region is absent or not scored, and at levels that the unit lacks.
        """
        shape = (len(images), len(REGIONS), len(LEVELS))
        probability = np.full(shape, np.nan, np.float32)
        for unit in self.scale.units:
            at, crops = _crops(unit, images, boxes)
            if len(crops):
                levels = restrict(self._levels(unit.name, crops), unit.levels)
                probability[at[:, 0], at[:, 1]] = levels
        return probability

    def _levels(self, unit: str, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        import torch

        batch = torch.from_numpy(normalised(crops)[:, None]).to(self.device)
        with torch.inference_mode():
            odds = self._networks[unit](batch) / self._temperature[unit]
            levels: NDArray[np.float32] = odds.softmax(-1).cpu().numpy()
        return levels


def _crops(
    unit: Unit, images: Sequence[NDArray[np.uint8]], boxes: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """Pairs of image and region, and the crop of each."""
    at, crops = [], []
    for region in unit.regions:
        place = REGIONS.index(region)
        for number in np.flatnonzero(np.isfinite(boxes[:, place]).all(-1)).tolist():
            box = boxes[number, place]
            mirrored = region.endswith("_right")
            crops.append(unit_crop(images[number], box, unit.name, mirrored=mirrored))
            at.append((number, place))
    empty = np.empty((0, 0, 0), np.uint8)
    return np.array(at, np.intp).reshape(-1, 2), np.stack(crops) if crops else empty


def _chosen(card: ModelCard, names: set[str], unit: str, species: str) -> str:
    """Name of the network that scores a unit in a species."""
    for name in (f"{unit}_{species}", unit):
        if name in names:
            return name
    raise ModelError(
        f"{card.name!r} has no network for the unit {unit!r}. Choose a scale that "
        f"it serves: {', '.join(card.scales)}."
    )


def _network(
    card: ModelCard, weights: dict[str, torch.Tensor], name: str
) -> UnitNetwork:
    from napari_grimace.models.unit_cnn import UnitNetwork

    own = {
        key.removeprefix(f"{name}."): value
        for key, value in weights.items()
        if key.startswith(f"{name}.")
    }
    network = UnitNetwork(int(card.network["width"]))
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        raise ModelError(
            f"The weights of {card.name!r} do not fit its network: {error}"
        ) from error
    return network.eval().requires_grad_(False)
