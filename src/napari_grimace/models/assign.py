"""Which of the boxes found are the face's regions, and on which side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.scales.regions import DETECTOR_CLASSES, REGIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_grimace.models.fusing import Candidates

_MARGIN = 0.12
"""Regions may reach out of the face's box by this part of its longer side."""


def assign(
    face: NDArray[np.float32],
    face_confidence: float,
    found: Candidates,
    thresholds: Mapping[str, float],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the best box to each region of a face.

    A region's centre lies in the face. Of eyes and ears the two most confident are
    kept: two are left and right by their order, one by the face's centre line.

    Parameters
    ----------
    face
        y_min, x_min, y_max, x_max.
    face_confidence
        Confidence of the face.
    found
        Candidates of one image, the most confident first, overlaps removed.
    thresholds
        Lowest confidence that counts, by detector class.

    Returns
    -------
    tuple of numpy.ndarray
        Boxes (region, 4) and confidences (region,); NaN where there is none.
    """
    box = np.full((len(REGIONS), 4), np.nan, np.float32)
    confidence = np.full(len(REGIONS), np.nan, np.float32)
    box[REGIONS.index("face")] = face
    confidence[REGIONS.index("face")] = face_confidence
    inside = centred_in(found.box, face)
    for kind, name in enumerate(DETECTOR_CLASSES):
        if name in ("face", "body"):
            continue
        good = (found.kind == kind) & (found.confidence >= thresholds.get(name, 0.25))
        chosen = np.flatnonzero(good & inside)
        for region, index in _placed(name, chosen, found.box, face):
            box[region] = found.box[index]
            confidence[region] = found.confidence[index]
    return box, confidence


def centred_in(
    box: NDArray[np.float32], face: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Tell which boxes (box, 4) have their centre in a face, or close to it."""
    centre = (box[:, :2] + box[:, 2:]) / 2
    margin = _MARGIN * (face[2:] - face[:2]).max()
    inside = (centre > face[:2] - margin) & (centre < face[2:] + margin)
    return np.asarray(inside.all(1), np.bool_)


def _placed(
    name: str,
    chosen: NDArray[np.intp],
    box: NDArray[np.float32],
    face: NDArray[np.float32],
) -> list[tuple[int, int]]:
    """Pairs of region and candidate, for the candidates of one class."""
    if name in REGIONS:
        return [(REGIONS.index(name), int(index)) for index in chosen[:1]]
    left, right = REGIONS.index(f"{name}_left"), REGIONS.index(f"{name}_right")
    middle = box[:, [1, 3]].mean(1)
    pair = sorted(chosen[:2], key=lambda index: float(middle[index]))
    if len(pair) == 2:
        return [(left, int(pair[0])), (right, int(pair[1]))]
    centre = (face[1] + face[3]) / 2
    return [(left if middle[index] < centre else right, int(index)) for index in pair]
