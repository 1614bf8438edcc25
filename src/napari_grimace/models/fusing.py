"""One list of boxes out of several views of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

OVERLAP = 0.45


class Candidates(NamedTuple):
    """Boxes that a network proposes for one image.

    Attributes
    ----------
    box
        (candidate, 4) y_min, x_min, y_max, x_max.
    confidence
        (candidate,) in 0..1.
    kind
        (candidate,) index of the class.
    """

    box: NDArray[np.float32]
    confidence: NDArray[np.float32]
    kind: NDArray[np.int64]

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Candidates:
        """Choose some of the candidates."""
        return Candidates(self.box[chosen], self.confidence[chosen], self.kind[chosen])


def joined(parts: Sequence[Candidates]) -> Candidates:
    """Join lists of candidates."""
    return Candidates(
        np.concatenate([part.box for part in parts]),
        np.concatenate([part.confidence for part in parts]),
        np.concatenate([part.kind for part in parts]),
    )


def overlap(
    one: NDArray[np.floating], others: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Intersection over union of a box (4,) with others (box, 4)."""
    low = np.maximum(one[:2], others[:, :2])
    high = np.minimum(one[2:], others[:, 2:])
    shared = np.clip(high - low, 0, None).prod(1)
    areas = (others[:, 2:] - others[:, :2]).prod(1)
    total = (one[2:] - one[:2]).prod() + areas - shared
    return np.asarray(shared / np.maximum(total, 1e-9), np.float32)


def suppress(found: Candidates, limit: float = OVERLAP) -> Candidates:
    """Keep of each heap of boxes of one class the most confident."""
    order = np.argsort(-found.confidence, kind="stable")
    kept: list[int] = []
    while len(order):
        first, rest = order[0], order[1:]
        kept.append(int(first))
        same = found.kind[rest] == found.kind[first]
        beaten = same & (overlap(found.box[first], found.box[rest]) > limit)
        order = rest[~beaten]
    return found.take(np.array(kept, np.intp))


def fuse(views: Sequence[Candidates], limit: float = OVERLAP) -> Candidates:
    """Average what several views of one image agree on.

    Boxes of one class that overlap are taken as one: their mean, weighted by
    confidence. Its confidence is the sum of the best of each view divided by the
    number of views, so that what one view alone sees counts little.

    Parameters
    ----------
    views
        Candidates of each view, in the pixels of one image.
    limit
        Intersection over union from which boxes are taken as one.

    Returns
    -------
    Candidates
        The most confident first.
    """
    single = [suppress(view, limit) for view in views]
    found = joined(single)
    source = np.repeat(np.arange(len(single)), [len(view.box) for view in single])
    order = np.argsort(-found.confidence, kind="stable")
    boxes, confidences, kinds = [], [], []
    while len(order):
        first = order[0]
        same = found.kind[order] == found.kind[first]
        near = same & (overlap(found.box[first], found.box[order]) > limit)
        near[0] = True
        group = _best_of_each(order[near], source)
        weight = found.confidence[group]
        boxes.append(np.average(found.box[group], axis=0, weights=weight))
        confidences.append(weight.sum() / len(views))
        kinds.append(found.kind[first])
        order = order[~near]
    fused = Candidates(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(confidences, np.float32),
        np.array(kinds, np.int64),
    )
    return fused.take(np.argsort(-fused.confidence, kind="stable"))


def _best_of_each(
    group: NDArray[np.intp], source: NDArray[np.intp]
) -> NDArray[np.intp]:
    # The group is sorted by confidence: the first of each view is its best.
    _, first = np.unique(source[group], return_index=True)
    return group[np.sort(first)]
