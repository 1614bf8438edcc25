"""Measure builds on held-out renders and on real animals.

Real pictures are for measuring alone: nothing is trained or fixed on them.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.scales.regions import REGIONS
from napari_grimace.training.measures import Finds, class_of
from napari_grimace.training.renders import FRAMING, read_shard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_grimace.models.protocols import Detector, Setting

    Truth = dict[str, list[NDArray[np.float32]]]
    Pictures = Iterator[tuple[NDArray[np.uint8], Truth]]

_BATCH = 8


def measure_finds(
    detector: Detector,
    pictures: Pictures,
    classes: tuple[str, ...],
    setting: Setting = "fast",
) -> Finds:
    """Count what a detector finds in pictures with known boxes.

    Parameters
    ----------
    detector
        The detector.
    pictures
        Pairs of an image and the true boxes of each class.
    classes
        Classes that are counted.
    setting
        As for `Detector.detect`.
    """
    finds = Finds(classes)
    waiting: list[tuple[NDArray[np.uint8], Truth]] = []
    for pair in pictures:
        waiting.append(pair)
        if len(waiting) == _BATCH:
            _count(detector, waiting, finds, setting)
            waiting = []
    if waiting:
        _count(detector, waiting, finds, setting)
    return finds


def _count(
    detector: Detector,
    pairs: list[tuple[NDArray[np.uint8], Truth]],
    finds: Finds,
    setting: Setting,
) -> None:
    found = detector.detect([image for image, _ in pairs], setting)
    for (_, truth), box, sure in zip(pairs, found.box, found.confidence, strict=True):
        finds.add(box, sure, truth)


def render_pictures(
    paths: Sequence[Path], framing: str | None = None, smallest: float = 6.0
) -> Pictures:
    """Held-out renders and their boxes.

    Of renders with two animals those of the larger face count, since all regions are
    taken from one face. Boxes with a side under `smallest` pixels are not asked for.
    """
    names = [name for name, _ in FRAMING]
    for path in paths:
        shard = read_shard(path)
        for index in range(len(shard)):
            if framing is None or names[shard.framing[index]] == framing:
                rows = main_animal(shard, shard.rows(index))
                truth: Truth = {}
                for row in rows:
                    box = shard.box[row]
                    if (box[2:] - box[:2]).min() >= smallest:
                        name = class_of(REGIONS[shard.region[row]])
                        truth.setdefault(name, []).append(box)
                yield shard.picture(index), truth


def measure_counts(
    detector: Detector, paths: Sequence[Path], setting: Setting = "fast"
) -> dict[str, float]:
    """How often several faces are counted where there are several, and where is one.

    Parameters
    ----------
    detector
        The detector.
    paths
        Shards; all their renders with several faces are looked at, and equally many
        with one.
    setting
        As for `Detector.detect`.
    """
    pictures: dict[bool, list[NDArray[np.uint8]]] = {True: [], False: []}
    for path in paths:
        shard = read_shard(path)
        faces = shard.image[shard.region == REGIONS.index("face")]
        for index, count in enumerate(np.bincount(faces, minlength=len(shard))):
            if count:
                pictures[bool(count > 1)].append(shard.picture(index))
    several = pictures[True]
    single = pictures[False][: len(several)]
    counted = [
        np.array([detector.detect([image], setting).face_count[0] for image in group])
        for group in (several, single)
    ]
    measures = {"several_faces_images": float(len(several))}
    if several and single:
        measures["several_counted_as_several"] = float((counted[0] > 1).mean())
        measures["one_counted_as_several"] = float((counted[1] > 1).mean())
    return {name: round(value, 4) for name, value in measures.items()}


def main_animal(shard: Any, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Rows of the animal with the largest face, out of those of an image."""
    if not len(rows):
        return rows
    face = shard.region[rows] == REGIONS.index("face")
    sides = shard.box[rows, 2:] - shard.box[rows, :2]
    size = np.where(face, sides.prod(1), 0.0)
    main = shard.animal[rows[int(size.argmax())]]
    return rows[np.flatnonzero(shard.animal[rows] == main)]


def side_view_pictures(data: Path) -> Pictures:
    """Six frames of a head-fixed mouse in profile, boxes drawn by eye."""
    from napari_grimace.video import iter_frames

    truth: dict[int, Truth] = {}
    with (data / "videos" / "side_view_75fps_boxes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            box = [float(row[key]) for key in ("y_min", "x_min", "y_max", "x_max")]
            own = truth.setdefault(int(row["frame"]), {})
            own.setdefault(class_of(row["region"]), []).append(np.array(box, "f4"))
    video = data / "videos" / "side_view_75fps.mp4"
    for number, image in iter_frames(video, sorted(truth)):
        yield image, truth[number]


def keypoint_pictures(data: Path) -> Pictures:
    """Yield 28 frames of a mouse face in profile, boxes from labelled points.

    The eye's box is the extent of its four points and 15 % on each side, the snout's
    that of nose and whisker points; the snout is given as class `nose`.
    """
    import cv2

    folder = data / "face_keypoints_side_view"
    with (folder / "keypoints.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            bgr: Any = cv2.imread(str(folder / "frames" / row["image"]))
            image = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
            yield (
                image,
                {
                    "orbital": [_extent(row, ("eye",))],
                    "nose": [_extent(row, ("nose", "whisker"))],
                },
            )


def _extent(row: dict[str, str], starts: tuple[str, ...]) -> NDArray[np.float32]:
    def values(axis: str) -> list[float]:
        return [
            float(value)
            for key, value in row.items()
            if key.startswith(starts) and key.endswith(axis) and value
        ]

    y, x = values(" y"), values(" x")
    high, wide = 0.15 * (max(y) - min(y)), 0.15 * (max(x) - min(x))
    edges = [min(y) - high, min(x) - wide, max(y) + high, max(x) + wide]
    return np.array(edges, np.float32)


def empty_pictures(data: Path, every: int = 10) -> Pictures:
    """Frames of a chamber without an animal."""
    from napari_grimace.video import iter_frames, sample_frames

    video = data / "videos" / "empty_chamber.wmv"
    for _, image in iter_frames(video, sample_frames(video, every=every)):
        yield image, {}


def evaluate_real(
    detector: Detector, data: str | Path, setting: Setting = "fast"
) -> dict[str, dict[str, float]]:
    """Measure a detector on the real sets of a folder.

    Parameters
    ----------
    detector
        The detector.
    data
        Folder that holds `videos` and `face_keypoints_side_view`.
    setting
        As for `Detector.detect`.

    Returns
    -------
    dict
        For each set its measures.
    """
    data = Path(data)
    three = ("orbital", "ear", "nose")
    sets: dict[str, tuple[Pictures, tuple[str, ...]]] = {
        "real_side_view": (side_view_pictures(data), three),
        "real_face_keypoints": (keypoint_pictures(data), three),
        "real_empty_chamber": (empty_pictures(data), (*three, "face")),
    }
    return {
        f"{name}_{setting}": measure_finds(
            detector, pictures, kinds, setting
        ).measures()
        for name, (pictures, kinds) in sets.items()
    }
