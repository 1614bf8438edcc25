"""What the pipeline asks of a detector and of a scorer, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from napari_grimace.models.card import ModelCard

Setting = Literal["fast", "accurate"]


@dataclass(frozen=True, slots=True)
class Detections:
    """What a detector found in some images.

    Attributes
    ----------
    box
        (image, region, edge) float32: y_min, x_min, y_max, x_max in pixels of the
        image; NaN where a region was not found. Regions in the order of
        `napari_grimace.scales.regions.REGIONS`.
    confidence
        (image, region) float32 in 0..1; NaN where a region was not found.
    face_count
        (image,) int64: faces seen. All regions are those of one face.
    """

    box: NDArray[np.float32]
    confidence: NDArray[np.float32]
    face_count: NDArray[np.int64]


@runtime_checkable
class Detector(Protocol):
    """Finds the face and its regions."""

    card: ModelCard
    device: str

    def detect(
        self, images: Sequence[NDArray[np.uint8]], setting: Setting = "fast"
    ) -> Detections:
        """Find the best face of each image, and the regions in it.

        Parameters
        ----------
        images
            Each (y, x, rgb) uint8, of any size.
        setting
            `fast`, or `accurate`, which looks more often and takes longer.
        """
        ...


@runtime_checkable
class Scorer(Protocol):
    """Tells the level of the unit that each region shows."""

    card: ModelCard
    device: str

    def score(
        self, images: Sequence[NDArray[np.uint8]], boxes: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Score the regions of each image.

        Parameters
        ----------
        images
            Each (y, x, rgb) uint8, of any size.
        boxes
            (image, region, edge); NaN where a region is absent.

        Returns
        -------
        numpy.ndarray
            (image, region, level) float32: calibrated probabilities of levels 0, 1
            and 2. NaN where the region is absent or not scored by the scale, and at
            levels that the unit lacks.
        """
        ...
