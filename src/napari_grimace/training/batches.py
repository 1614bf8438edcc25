"""Batches of augmented renders for the detector, the same for the same seed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.scales.regions import DETECTOR_CLASSES, REGIONS
from napari_grimace.training.augment import fit, photograph
from napari_grimace.training.measures import class_of
from napari_grimace.training.renders import read_shard, shard_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.random import Generator
    from numpy.typing import NDArray

_CLOSE = 0.6
CLASS_OF_REGION = np.array([DETECTOR_CLASSES.index(class_of(name)) for name in REGIONS])


@dataclass(frozen=True, slots=True)
class Batch:
    """Images with their boxes.

    Attributes
    ----------
    image
        (image, y, x, rgb) uint8.
    index
        (box,) which image.
    kind
        (box,) index into `DETECTOR_CLASSES`.
    box
        (box, 4) y_min, x_min, y_max, x_max in pixels.
    """

    image: NDArray[np.uint8]
    index: NDArray[np.int64]
    kind: NDArray[np.int64]
    box: NDArray[np.float32]


class RenderPool:
    """All renders of some folders, in memory as JPEG bytes."""

    def __init__(self, folders: Sequence[str | Path]) -> None:
        paths = [path for folder in folders for path in shard_paths(folder)]
        self.shards = [read_shard(path) for path in paths]
        self._last = np.cumsum([len(shard) for shard in self.shards])

    def __len__(self) -> int:
        return int(self._last[-1]) if len(self._last) else 0

    def get(
        self, index: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.float32]]:
        """One image with the classes and boxes of what is in it."""
        at = int(np.searchsorted(self._last, index, side="right"))
        shard = self.shards[at]
        inner = index - (int(self._last[at]) - len(shard))
        rows = shard.rows(inner)
        kind = CLASS_OF_REGION[shard.region[rows]]
        return shard.picture(inner), kind, shard.box[rows]

    def batch(
        self, count: int, sizes: Sequence[tuple[int, int]], seed: Sequence[int]
    ) -> Batch:
        """Draw renders at random and change them; fixed by the seed."""
        rng = np.random.default_rng(seed)
        size = sizes[int(rng.integers(len(sizes)))]
        images, index, kinds, boxes = [], [], [], []
        for number, chosen in enumerate(rng.integers(len(self), size=count)):
            picture, kind, box = self.get(int(chosen))
            focus = _focus(kind, box, rng)
            frame, moved, kept = fit(picture, box, size, rng, focus)
            images.append(photograph(frame, rng))
            index.append(np.full(int(kept.sum()), number))
            kinds.append(kind[kept])
            boxes.append(moved[kept])
        return Batch(
            np.stack(images),
            np.concatenate(index),
            np.concatenate(kinds),
            np.concatenate(boxes),
        )


def _focus(
    kind: NDArray[np.int64], box: NDArray[np.float32], rng: Generator
) -> NDArray[np.float32] | None:
    """Choose a face to look at closely, in more than half of the images with one."""
    faces = np.flatnonzero(kind == DETECTOR_CLASSES.index("face"))
    if not len(faces) or rng.random() > _CLOSE:
        return None
    return np.asarray(box[int(rng.choice(faces))], np.float32)


def iter_batches(
    pool: RenderPool,
    count: int,
    sizes: Sequence[tuple[int, int]],
    seed: int,
    steps: range,
) -> Iterator[Batch]:
    """Batches of the steps, the next one made while one is used."""
    with ThreadPoolExecutor(1) as worker:
        waiting = [
            worker.submit(pool.batch, count, sizes, (seed, step)) for step in steps[:2]
        ]
        for step in steps:
            if step + 2 * steps.step in steps:
                ahead = (seed, step + 2 * steps.step)
                waiting.append(worker.submit(pool.batch, count, sizes, ahead))
            yield waiting.pop(0).result()
