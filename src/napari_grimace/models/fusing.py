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


def shared_areas(
    ones: NDArray[np.floating], others: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Intersection (one, other) of boxes (one, 4) with boxes (other, 4)."""
    low = np.maximum(ones[:, None, :2], others[:, :2])
    high = np.minimum(ones[:, None, 2:], others[:, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(-1))


def overlaps(
    ones: NDArray[np.floating], others: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Intersection over union (one, other) of boxes (one, 4) with boxes (other, 4).

    All pairs at once: one at a time, this took longer than the network.
    """
    shared = shared_areas(ones, others)
    areas = [(box[:, 2:] - box[:, :2]).prod(-1) for box in (ones, others)]
    total = areas[0][:, None] + areas[1] - shared
    return np.asarray(shared / np.maximum(total, 1e-9), np.float32)


def overlap(
    one: NDArray[np.floating], others: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Intersection over union of a box (4,) with others (box, 4)."""
    return np.asarray(overlaps(one[None], others)[0])


def _sorted(found: Candidates) -> Candidates:
    return found.take(np.argsort(-found.confidence, kind="stable"))


def _by_kind(found: Candidates) -> dict[int, Candidates]:
    """Candidates of each class apart: the pairs are then far fewer."""
    return {
        kind: found.take(found.kind == kind) for kind in np.unique(found.kind).tolist()
    }


def suppress(found: Candidates, limit: float = OVERLAP) -> Candidates:
    """Keep of each heap of boxes of one class the most confident."""
    if not len(found.box):
        return found
    parts = _by_kind(_sorted(found)).values()
    return _sorted(joined([_suppressed(part, limit) for part in parts]))


def _suppressed(found: Candidates, limit: float) -> Candidates:
    same = overlaps(found.box, found.box) > limit
    left = np.ones(len(found.box), bool)
    kept = []
    for first in range(len(left)):
        if left[first]:
            kept.append(first)
            left &= ~same[first]
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
    if len(single) == 1:
        return single[0]
    found = joined(single)
    if not len(found.box):
        return found
    source = np.repeat(np.arange(len(single)), [len(view.box) for view in single])
    parts = []
    for kind in np.unique(found.kind):
        at = np.flatnonzero(found.kind == kind)
        order = at[np.argsort(-found.confidence[at], kind="stable")]
        parts.append(_fused(found.take(order), source[order], len(views), limit))
    return _sorted(joined(parts))


def _fused(
    found: Candidates, source: NDArray[np.intp], views: int, limit: float
) -> Candidates:
    """Join the boxes of one class, sorted by confidence, each from its view."""
    same = overlaps(found.box, found.box) > limit
    left = np.ones(len(found.box), bool)
    boxes, confidences, firsts = [], [], []
    for first in range(len(left)):
        if not left[first]:
            continue
        same[first, first] = True
        group = _best_of_each(np.flatnonzero(left & same[first]), source)
        weight = found.confidence[group]
        boxes.append((found.box[group] * weight[:, None]).sum(0) / weight.sum())
        confidences.append(weight.sum() / views)
        firsts.append(first)
        left &= ~same[first]
    return Candidates(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(confidences, np.float32),
        found.kind[firsts],
    )


def _best_of_each(group: NDArray[np.intp], source: NDArray[np.intp]) -> list[int]:
    # The group is sorted by confidence: the first of each view is its best.
    best: dict[int, int] = {}
    for member, view in zip(group.tolist(), source[group].tolist(), strict=True):
        best.setdefault(view, member)
    return list(best.values())
