"""Renders with known boxes and levels, drawn in worker processes and kept on disk.

A shard is one `.npz` file of a few hundred renders: JPEG bytes of the images, and a
table of what is to be seen in them. Shards are named by their first seed, so drawing
goes on where it stopped.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, fields
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.errors import ModelError
from napari_grimace.files import written_whole
from napari_grimace.phantom.scene import SPECIES
from napari_grimace.progress import Progress
from napari_grimace.scales.regions import REGIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SHARD = 200
HELD_OUT = 50_000_000
"""Seeds from here on are for measuring, never for training."""
FRAMING = (("crop", 0.55), ("scene", 0.3), ("negative", 0.15))
_SIZES = {"crop": (384, 384), "scene": (324, 480), "negative": (288, 384)}
_JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True)
class Shard:
    """A file's worth of renders.

    Attributes
    ----------
    jpeg
        The images' JPEG bytes, one after the other.
    start
        (image + 1,) where each image's bytes begin.
    framing
        (image,) index into `FRAMING`.
    image, animal, region
        (row,) which image, which animal in it and which of `REGIONS`.
    box
        (row, 4) y_min, x_min, y_max, x_max of the visible part, pixels.
    level
        (row,) level of the unit that the region shows; -1 where it has none.
    species
        (row,) index into `SPECIES`.
    in_pain
        (row,) whether the animal was drawn in pain.
    yaw
        (row,) turn of the head out of the frontal view, degrees.
    """

    jpeg: NDArray[np.uint8]
    start: NDArray[np.int64]
    framing: NDArray[np.int8]
    image: NDArray[np.int32]
    animal: NDArray[np.int8]
    region: NDArray[np.int8]
    box: NDArray[np.float32]
    level: NDArray[np.int8]
    species: NDArray[np.int8]
    in_pain: NDArray[np.bool_]
    yaw: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.start) - 1

    def picture(self, index: int) -> NDArray[np.uint8]:
        """Decode one image (y, x, rgb)."""
        import cv2

        data = self.jpeg[self.start[index] : self.start[index + 1]]
        bgr: Any = cv2.imdecode(data, cv2.IMREAD_COLOR)
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)

    def rows(self, index: int) -> NDArray[np.intp]:
        """Rows of the table that belong to one image."""
        first, last = np.searchsorted(self.image, [index, index + 1])
        return np.arange(first, last)


def read_shard(path: str | Path) -> Shard:
    """Read a shard into memory.

    Raises
    ------
    ModelError
        If the file is not a shard.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return Shard(**{field.name: stored[field.name] for field in fields(Shard)})
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{path} is not a file of renders: {error}. Remove it and draw again."
        ) from error


def shard_paths(folder: str | Path) -> list[Path]:
    """Shards of a folder, in the order of their seeds."""
    return sorted(Path(folder).glob("renders_*.npz"))


def iter_draw_renders(
    folder: str | Path, count: int, *, seed: int = 0, workers: int = 1
) -> Iterator[Progress]:
    """Draw renders into shards; those that are there already are kept.

    Parameters
    ----------
    folder
        Where the shards go; made if needed.
    count
        Number of renders, rounded up to whole shards.
    seed
        Seed of the first render; the others follow. From `HELD_OUT` on they are for
        measuring.
    workers
        Processes that draw; 0 draws in this one.

    Yields
    ------
    Progress
        After each shard; `total` counts renders.

    Raises
    ------
    ModelError
        If the processes cannot work: for one, because a script that calls this is not
        guarded by `if __name__ == "__main__":`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    first = range(seed, seed + count, SHARD)
    todo = [at for at in first if not _path(folder, at).exists()]
    done = len(first) - len(todo)
    yield Progress(done * SHARD, len(first) * SHARD, "drawing faces")
    for _ in _mapped(partial(_draw_shard, folder), todo, workers):
        done += 1
        yield Progress(done * SHARD, len(first) * SHARD, "drawing faces")


def _mapped(function: Any, values: Sequence[int], workers: int) -> Iterator[Any]:
    if workers < 1:
        yield from map(function, values)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(function, value) for value in values]
        try:
            for job in as_completed(jobs):
                yield job.result()
        except BrokenProcessPool as error:
            raise ModelError(
                "The processes that draw ended before their work was done. In a script "
                'of your own, call this below `if __name__ == "__main__":`; else the '
                "machine may be short of memory: use fewer workers."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _path(folder: Path, seed: int) -> Path:
    return folder / f"renders_{seed:09d}.npz"


def told_seeds(paths: Sequence[Path]) -> str:
    """Say how many renders some shards hold, and from which seeds."""
    first = [int(path.stem.rpartition("_")[2]) for path in paths]
    starts = [at for i, at in enumerate(first) if i == 0 or at != first[i - 1] + SHARD]
    return f"{len(first) * SHARD} renders, seeds from {', '.join(map(str, starts))}"


def _draw_shard(folder: Path, seed: int) -> Path:
    shard = make_shard(range(seed, seed + SHARD))
    path = _path(folder, seed)
    with written_whole(path) as aside:
        np.savez(aside, **{f.name: getattr(shard, f.name) for f in fields(Shard)})
    return path


def make_shard(seeds: Sequence[int]) -> Shard:
    """Draw renders for the seeds, one each."""
    import cv2

    cv2.setNumThreads(1)
    pictures: list[NDArray[np.uint8]] = []
    framings: list[int] = []
    table: list[tuple[Any, ...]] = []
    for index, seed in enumerate(seeds):
        render, framing = draw(seed)
        bgr = cv2.cvtColor(render.image, cv2.COLOR_RGB2BGR)
        quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        pictures.append(cv2.imencode(".jpg", bgr, quality)[1])
        framings.append(framing)
        table += _table(index, render)
    columns: list[Any] = list(zip(*table, strict=True)) or [()] * 8
    return Shard(
        jpeg=np.concatenate(pictures),
        start=np.cumsum([0, *map(len, pictures)], dtype=np.int64),
        framing=np.asarray(framings, np.int8),
        image=np.asarray(columns[0], np.int32),
        animal=np.asarray(columns[1], np.int8),
        region=np.asarray(columns[2], np.int8),
        box=np.asarray(columns[3], np.float32).reshape(-1, 4),
        level=np.asarray(columns[4], np.int8),
        species=np.asarray(columns[5], np.int8),
        in_pain=np.asarray(columns[6], np.bool_),
        yaw=np.asarray(columns[7], np.float32),
    )


def draw(seed: int) -> tuple[Any, int]:
    """Draw one render, its framing chosen by the seed.

    Returns
    -------
    tuple
        The render, and the index of its framing in `FRAMING`.
    """
    from napari_grimace.phantom import random_render

    rng = np.random.default_rng([seed, 1])
    framing = int(rng.choice(len(FRAMING), p=[share for _, share in FRAMING]))
    name = FRAMING[framing][0]
    return random_render(seed, _SIZES[name], framing=name), framing


def _table(index: int, render: Any) -> list[tuple[Any, ...]]:
    return [
        (
            index,
            number,
            REGIONS.index(region),
            box,
            animal.levels.get(region, -1),
            SPECIES.index(animal.species),
            animal.in_pain,
            animal.yaw,
        )
        for number, animal in enumerate(render.animals)
        for region, box in animal.boxes.items()
    ]
