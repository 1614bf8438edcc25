"""Proposed faces, and what a closer look makes of them.

As in other detectors of two stages, proposals are refined. (What a rater confirms is
another thing.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_grimace.models.assign import centred_in
from napari_grimace.models.fusing import Candidates, overlap, shared_areas
from napari_grimace.scales.regions import DETECTOR_CLASSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SAME_FACE = 0.4
_FACE = DETECTOR_CLASSES.index("face")
_TELLING = tuple(DETECTOR_CLASSES.index(name) for name in ("orbital", "ear", "nose"))
_SEEN_OF_THEM = 2
_MOSTLY = 0.6


class Face(NamedTuple):
    """A face that was proposed.

    Attributes
    ----------
    image
        Which image.
    box
        (4,) y_min, x_min, y_max, x_max.
    confidence
        In 0..1.
    """

    image: int
    box: NDArray[np.float32]
    confidence: float


def propose(
    image: int, found: Candidates, least: float, most: int, share: float
) -> list[Face]:
    """Likely faces among the candidates of an image, the most confident first.

    Parameters
    ----------
    image
        Which image.
    found
        Its candidates.
    least
        Lowest confidence of a face.
    most
        How many faces at most.
    share
        A face must be this confident, in parts of the best.
    """
    faces = found.take((found.kind == _FACE) & (found.confidence >= least))
    kept: list[Face] = []
    for box, sure in zip(faces.box, faces.confidence.tolist(), strict=True):
        others = np.array([face.box for face in kept], np.float32).reshape(-1, 4)
        likely = not kept or sure >= share * kept[0].confidence
        if (
            len(kept) < most
            and likely
            and not (overlap(box, others) > _SAME_FACE).any()
        ):
            kept.append(Face(image, box, sure))
    return kept


def refined(face: Face, found: Candidates) -> Face:
    """Box and confidence of a proposed face after a closer look.

    The confidence is the mean of the face's own, in both looks, and of the two most
    evident kinds of region in it, out of eye, ear and nose: where neither is seen, a
    thing that is shaped like a face counts little.

    Parameters
    ----------
    face
        As it was proposed.
    found
        Candidates of the closer look.
    """
    near = found.take(found.kind == _FACE)
    near = near.take(overlap(face.box, near.box) > _SAME_FACE)
    box, sure = face.box, face.confidence / 3
    if len(near.box):
        weight = np.array([face.confidence, 2 * near.confidence[0]])
        box = np.average([face.box, near.box[0]], axis=0, weights=weight)
        sure = float(weight.sum() / 3)
    inside = found.take(centred_in(found.box, box))
    evident = sorted(
        inside.confidence[inside.kind == kind].max(initial=0) for kind in _TELLING
    )
    seen = float(np.mean(evident[-_SEEN_OF_THEM:]))
    return Face(face.image, box.astype(np.float32), (sure + seen) / 2)


def distinct(faces: Sequence[Face]) -> int:
    """Count the faces of an image, without boxes that lie mostly in a better one."""
    kept = np.empty((0, 4), np.float32)
    for face in sorted(faces, key=lambda one: -one.confidence):
        area = (face.box[2:] - face.box[:2]).prod()
        if (shared_areas(face.box[None], kept) < _MOSTLY * area).all():
            kept = np.append(kept, face.box[None], axis=0)
    return len(kept)
