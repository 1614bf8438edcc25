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
        Tensors of the networks, their names beginning with the unit's.
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
        self._temperature: dict[str, float] = card.network.get("temperature", {})
        self._networks = {
            unit.name: _network(card, weights, unit.name).to(device)
            for unit in scale.units
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
            odds = self._networks[unit](batch) / self._temperature.get(unit, 1.0)
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


def _network(
    card: ModelCard, weights: dict[str, torch.Tensor], unit: str
) -> UnitNetwork:
    from napari_grimace.models.unit_cnn import UnitNetwork

    own = {
        name.removeprefix(f"{unit}."): value
        for name, value in weights.items()
        if name.startswith(f"{unit}.")
    }
    if not own:
        raise ModelError(
            f"{card.name!r} has no network for the unit {unit!r}. Choose a scale that "
            f"it serves: {', '.join(card.scales)}."
        )
    network = UnitNetwork(int(card.network["width"]))
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        raise ModelError(
            f"The weights of {card.name!r} do not fit its network: {error}"
        ) from error
    return network.eval().requires_grad_(False)
