"""How well boxes and scores agree with the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.models.fusing import overlap
from napari_grimace.scales.regions import DETECTOR_CLASSES, REGIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

LOOSE, TIGHT = 0.3, 0.5


def class_of(region: str) -> str:
    """Detector class of a region."""
    return region.removesuffix("_left").removesuffix("_right")


@dataclass
class Finds:
    """Boxes found against boxes that are there, class by class.

    Attributes
    ----------
    classes
        Classes that are counted.
    images
        Number of images so far.
    wanted
        For each class the number of true boxes.
    best
        For each class the overlap of each true box with its find.
    confidence, right
        For each class the confidence of each find, and whether it overlaps a true box
        by at least `LOOSE`.
    face
        For each class the confidence of the face in which each find was made.
    """

    classes: tuple[str, ...] = DETECTOR_CLASSES
    images: int = 0
    best: dict[str, list[float]] = field(default_factory=dict)
    confidence: dict[str, list[float]] = field(default_factory=dict)
    right: dict[str, list[bool]] = field(default_factory=dict)
    face: dict[str, list[float]] = field(default_factory=dict)

    def add(
        self,
        box: NDArray[np.float32],
        confidence: NDArray[np.float32],
        truth: Mapping[str, Sequence[NDArray[np.float32]]],
    ) -> None:
        """Count one image.

        Parameters
        ----------
        box, confidence
            (region, 4) and (region,) as a detector gives them.
        truth
            True boxes of each class.
        """
        self.images += 1
        for name in self.classes:
            places = [i for i, region in enumerate(REGIONS) if class_of(region) == name]
            seen = [i for i in places if np.isfinite(confidence[i])]
            true = np.array(list(truth.get(name, ())), np.float32).reshape(-1, 4)
            shared = np.array([overlap(box[i], true) for i in seen]).reshape(
                len(seen), len(true)
            )
            best, right = _matched(shared)
            self.best.setdefault(name, []).extend(best)
            self.right.setdefault(name, []).extend(right)
            self.confidence.setdefault(name, []).extend(
                float(confidence[i]) for i in seen
            )
            face = float(confidence[REGIONS.index("face")])
            self.face.setdefault(name, []).extend([face] * len(seen))

    def measures(self) -> dict[str, float]:
        """Give shares found at both overlaps, and false boxes per image, by class."""
        out: dict[str, float] = {"images": self.images}
        total = 0
        for name in self.classes:
            best = np.array(self.best.get(name, []))
            wrong = self.right.get(name, []).count(False)
            total += wrong
            if len(best):
                out[f"{name}_boxes"] = len(best)
                out[f"{name}_found_0.3"] = _rounded((best >= LOOSE).mean())
                out[f"{name}_found_0.5"] = _rounded((best >= TIGHT).mean())
            out[f"{name}_false_per_image"] = _rounded(wrong / max(self.images, 1))
        out["false_per_image"] = _rounded(total / max(self.images, 1))
        return out


def _matched(shared: NDArray[np.float32]) -> tuple[list[float], list[bool]]:
    """Pair finds and true boxes, the greatest overlap first; each is used once."""
    best, right = np.zeros(shared.shape[1]), np.zeros(shared.shape[0], bool)
    left = shared.copy()
    while left.size and left.max() > 0:
        find, true = np.unravel_index(int(left.argmax()), left.shape)
        best[true] = left[find, true]
        right[find] = left[find, true] >= LOOSE
        left[find, :] = 0
        left[:, true] = 0
    return best.tolist(), right.tolist()


def _rounded(value: float) -> float:
    return round(float(value), 4)


def weighted_kappa(
    one: NDArray[np.int64], other: NDArray[np.int64], levels: int = 3
) -> float:
    """Cohen's kappa with quadratic weights.

    References
    ----------
    Cohen J (1968) Weighted kappa. Psychological Bulletin 70:213-220.
    """
    table = np.zeros((levels, levels))
    np.add.at(table, (one, other), 1)
    grid = np.arange(levels)
    weight = (grid[:, None] - grid[None]) ** 2
    chance = np.outer(table.sum(1), table.sum(0)) / table.sum()
    by_chance = (weight * chance).sum()
    return float(1 - (weight * table).sum() / by_chance) if by_chance else 1.0


def area_under_curve(value: NDArray[np.floating], is_case: NDArray[np.bool_]) -> float:
    """Chance that a case has a higher value than one that is none; ties count half."""
    from scipy.stats import rankdata

    cases, others = int(is_case.sum()), int((~is_case).sum())
    ranks = rankdata(value)[is_case].sum()
    return float((ranks - cases * (cases + 1) / 2) / (cases * others))
