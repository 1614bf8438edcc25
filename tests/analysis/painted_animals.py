"""Instruments with known truth: pictures of painted squares, and what reads them.

An animal is a grey face with a coloured square per region; how bright the square is
says its level. Detector and scorer read both from the pixels, and from nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from scipy import ndimage

from napari_grimace.scales import load_scale
from napari_grimace.scales.regions import REGIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_grimace.scales import Scale

SHAPE = (120, 160)
FACE_SIZE = (80, 90)
#: Where each region lies in the face, and its colour (which channels are lit).
SQUARES = {
    "ear_left": ((2, 4, 18, 24), (0, 1, 0)),
    "ear_right": ((2, 66, 18, 86), (0, 1, 0)),
    "orbital_left": ((26, 20, 40, 34), (1, 0, 0)),
    "orbital_right": ((26, 56, 40, 70), (1, 0, 0)),
    "nose": ((58, 38, 70, 52), (0, 0, 1)),
    "whiskers": ((58, 8, 74, 28), (1, 1, 0)),
    "cheek": ((58, 62, 74, 82), (0, 1, 1)),
}
BRIGHTNESS = (110, 175, 240)
LEVELS = np.array([0.0, 1.0, 2.0])


def paint(
    levels: dict[str, int] | None = None,
    *,
    corner: tuple[int, int] = (20, 30),
    shape: tuple[int, int] = SHAPE,
    faces: int = 1,
) -> NDArray[np.uint8]:
    """Paint an animal; regions that `levels` does not name are not there."""
    image = np.zeros((*shape, 3), np.uint8)
    for number in range(faces):
        y, x = corner[0], corner[1] + number * (FACE_SIZE[1] + 10)
        image[y : y + FACE_SIZE[0], x : x + FACE_SIZE[1]] = 60
        for region, level in (levels or {}).items():
            (y_min, x_min, y_max, x_max), colour = SQUARES[region]
            value = BRIGHTNESS[level] * np.array(colour)
            image[y + y_min : y + y_max, x + x_min : x + x_max] = value
    return image


def true_box(region: str, corner: tuple[int, int] = (20, 30)) -> list[float]:
    """Edges of a painted region."""
    edges = (0, 0, *FACE_SIZE) if region == "face" else SQUARES[region][0]
    return [float(e + c) for e, c in zip(edges, (*corner, *corner), strict=True)]


@dataclass
class Card:
    """What the pipeline reads of a model card."""

    name: str
    kind: str
    scales: tuple[str, ...] = ("mgs-black", "mgs", "rgs")
    version: str = "1.0"
    trained_on: str = "painted squares"
    units: tuple[str, ...] = ("orbital", "nose", "cheek", "ear", "whiskers")
    regions: tuple[str, ...] = REGIONS

    @property
    def build(self) -> str:
        return f"{self.name} {self.version} (0badcafe)"


@dataclass
class Found:
    box: NDArray[np.float32]
    confidence: NDArray[np.float32]
    face_count: NDArray[np.int64]


@dataclass
class SquareDetector:
    """Finds grey faces and the coloured squares in the leftmost of them."""

    card: Any = field(default_factory=lambda: Card("squares", "detector"))
    device: str = "cpu"
    seen: list[int] = field(default_factory=list)

    def detect(
        self,
        images: Sequence[NDArray[np.uint8]],
        setting: str = "fast",  # noqa: ARG002
    ) -> Found:
        self.seen.append(len(images))
        box = np.full((len(images), len(REGIONS), 4), np.nan, np.float32)
        count = np.zeros(len(images), np.int64)
        for row, image in enumerate(images):
            labels, count[row] = ndimage.label(image.max(axis=-1) > 30)
            if count[row]:
                self._read(image, ndimage.find_objects(labels), box[row])
        confidence = np.where(np.isfinite(box[..., 0]), 0.9, np.nan)
        return Found(box, confidence.astype(np.float32), count)

    @staticmethod
    def _read(image: Any, faces: list[Any], box: Any) -> None:
        y, x = min(faces, key=lambda face: face[1].start)
        box[REGIONS.index("face")] = y.start, x.start, y.stop, x.stop
        middle = (x.start + x.stop) / 2
        lit = image[y, x] > 85
        for region, (_, colour) in SQUARES.items():
            rows, columns = np.nonzero((lit == np.array(colour, bool)).all(axis=-1))
            if region.endswith(("left", "right")):
                side = (columns + x.start < middle) == region.endswith("left")
                rows, columns = rows[side], columns[side]
            if len(rows):
                box[REGIONS.index(region)] = (
                    rows.min() + y.start,
                    columns.min() + x.start,
                    rows.max() + y.start + 1,
                    columns.max() + x.start + 1,
                )


@dataclass
class BrightnessScorer:
    """Reads the level of a region from how bright the middle of its box is."""

    scale: Scale = field(default_factory=lambda: load_scale("mgs-black"))
    card: Any = field(default_factory=lambda: Card("brightness", "scorer"))
    device: str = "cpu"

    def score(
        self, images: Sequence[NDArray[np.uint8]], boxes: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        out = np.full((*boxes.shape[:2], 3), np.nan, np.float32)
        for unit in self.scale.units:
            levels = list(unit.levels)
            for column in map(REGIONS.index, unit.regions):
                for row in np.flatnonzero(np.isfinite(boxes[:, column, 0])):
                    weight = self._weights(images[row], boxes[row, column])[levels]
                    out[row, column, levels] = weight / weight.sum()
        return out

    @staticmethod
    def _weights(image: NDArray[np.uint8], edges: NDArray[np.float32]) -> Any:
        y, x = int(edges[::2].mean()), int(edges[1::2].mean())
        value = float(image[y - 2 : y + 3, x - 2 : x + 3].max(axis=-1).mean())
        return np.exp(-(((value - np.array(BRIGHTNESS)) / 30) ** 2))


def all_levels(level: int) -> dict[str, int]:
    return dict.fromkeys(SQUARES, level)


def write_video(
    path: Path, images: Iterable[NDArray[np.uint8]], rate: int = 10
) -> Path:
    """Write H.264 with B-frames, so finely that every square is read exactly."""
    with av.open(str(path), "w") as file:
        stream = None
        for image in images:
            if stream is None:
                stream = file.add_stream("libx264", rate=rate)
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = "yuv444p"
                stream.options = {"qp": "0", "bf": "2", "g": "12"}
            file.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        file.mux(stream.encode(None))
    return path


def scene(number: int) -> NDArray[np.uint8]:
    """Paint frame `number` of the painted videos: levels and place tell it."""
    corner = (number % 30, (number * 7) % 60)
    return paint(all_levels(number % 3), corner=corner)
