"""Parts of images at the sizes at which a network sees them, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.models.fusing import Candidates
from napari_grimace.models.yolo import STRIDE
from napari_grimace.scales.regions import DETECTOR_CLASSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FLOOR = 0.02
_MOST = 120


@dataclass(frozen=True, slots=True)
class View:
    """A part of an image at the size at which the network sees it.

    `part` is its place in the list of parts, `image` that of the image in its list.
    """

    part: int
    image: int
    edges: tuple[float, float, float, float]
    size: tuple[int, int]
    mirrored: bool = False


def whole(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Give the edges of a whole image."""
    return np.array([0.0, 0.0, *image.shape[:2]])


def around(box: NDArray[np.float32], margin: float) -> NDArray[np.float64]:
    """Give a square around a box, wider than it by the margin on each side."""
    centre = (box[:2] + box[2:]) / 2
    half = max(float((box[2:] - box[:2]).max()), 8.0) * (0.5 + margin)
    return np.concatenate([centre - half, centre + half]).astype(np.float64)


def fitted(
    edges: NDArray[np.float64], size: int
) -> tuple[tuple[float, float, float, float], tuple[int, int]]:
    """Widen a part about its centre until its sides are multiples of the stride."""
    sides = edges[2:] - edges[:2]
    scale = size / sides.max()
    shape = np.maximum(np.ceil(sides * scale / STRIDE - 1e-6), 1).astype(int) * STRIDE
    centre = (edges[:2] + edges[2:]) / 2
    half = shape / scale / 2
    y_min, x_min, y_max, x_max = map(float, [*(centre - half), *(centre + half)])
    return (y_min, x_min, y_max, x_max), (int(shape[0]), int(shape[1]))


def candidates(
    box: NDArray[np.float32], probability: NDArray[np.float32]
) -> Candidates:
    """Keep of each class the most probable anchors over the floor."""
    anchor, kind = np.nonzero(probability > _FLOOR)
    confidence = probability[anchor, kind]
    best = np.argsort(-confidence, kind="stable")
    place = np.zeros(len(best), np.intp)
    for one in range(len(DETECTOR_CLASSES)):
        own = kind[best] == one
        place[own] = np.arange(own.sum())
    best = best[place < _MOST]
    edges = box[anchor[best]][:, [1, 0, 3, 2]]
    return Candidates(edges, confidence[best], kind[best].astype(np.int64))


def placed_back(found: Candidates, view: View) -> Candidates:
    """Bring boxes from pixels of a view to pixels of the image."""
    box = found.box.copy()
    height, width = view.size
    if view.mirrored:
        box[:, [1, 3]] = width - box[:, [3, 1]]
    y_min, x_min, y_max, x_max = view.edges
    scale = np.array([(y_max - y_min) / height, (x_max - x_min) / width] * 2)
    box = box * scale + np.array([y_min, x_min] * 2)
    return found._replace(box=box.astype(np.float32))


def clip(box: NDArray[np.float32], images: Sequence[NDArray[np.uint8]]) -> None:
    """Cut boxes (image, region, 4) at the edges of their images, in place."""
    for one, image in zip(box, images, strict=True):
        height, width = image.shape[:2]
        np.clip(one, 0, [height, width, height, width], out=one)
