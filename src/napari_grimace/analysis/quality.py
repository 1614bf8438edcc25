"""How good a frame is for scoring: four measures of the picture of the face.

All are measured inside the face box, so that cage and bedding do not count. They are
there to choose among the frames of one recording, whose light, lens and animal are the
same; compare them between recordings with care.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from napari_grimace.scales.regions import REGIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MEASURES = ("sharpness", "exposure", "frontality", "face_size")

_SIZE = 128  # px; the longer side that a face is brought to before it is measured
_DARK, _BRIGHT = 5, 250  # grey values beyond which shades are lost
_PAIRS = (("orbital_left", "orbital_right"), ("ear_left", "ear_right"))


def measure(
    image: NDArray[np.uint8], boxes: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Measure one frame.

    Parameters
    ----------
    image
        One frame, (y, x, rgb).
    boxes
        Boxes of `scales.regions.REGIONS` in that frame, (region, edge) in pixels; NaN
        where a region is not seen.

    Returns
    -------
    ndarray
        (measure,) in the order of `MEASURES`; all NaN without a face.
    """
    found = dict(zip(REGIONS, boxes, strict=True))
    face = crop(image, found["face"])
    if face is None:
        return np.full(len(MEASURES), np.nan, np.float32)
    grey = np.asarray(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), np.uint8)
    values = (
        sharpness(grey),
        exposure(grey),
        frontality(found),
        face_size(found["face"]),
    )
    return np.array(values, np.float32)


def crop(
    image: NDArray[np.uint8], box: NDArray[np.floating]
) -> NDArray[np.uint8] | None:
    """Cut a box out of a picture; None when nothing of it lies in the picture."""
    if not np.isfinite(box).all():
        return None
    size = np.array(image.shape[:2] * 2)
    edges = np.clip([*np.floor(box[:2]), *np.ceil(box[2:])], 0, size).astype(int)
    y_min, x_min, y_max, x_max = edges.tolist()
    cut = image[y_min:y_max, x_min:x_max]
    return np.ascontiguousarray(cut) if cut.size else None


def sharpness(grey: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of the face, in squared grey levels.

    The face is first brought to 128 px (longer side), the size at which its details
    matter, and smoothed by a Gaussian of 1 px, so that noise does not pass for detail.

    Notes
    -----
    Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy: a comparative
    study, ICPR 2000, doi:10.1109/ICPR.2000.903548.
    """
    factor = _SIZE / max(grey.shape)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    size = tuple(max(round(side * factor), 1) for side in grey.shape[::-1])
    sized = cv2.resize(grey.astype(np.float32), size, interpolation=how)
    smooth = cv2.GaussianBlur(sized, (0, 0), 1.0)
    return float(cv2.Laplacian(smooth, cv2.CV_32F).var())


def exposure(grey: NDArray[np.uint8]) -> float:
    """Share of the face that is neither lost in the dark nor burnt out (0 to 1).

    Counted are pixels with grey values over 5 and under 250 of 255.
    """
    return float(np.mean((grey > _DARK) & (grey < _BRIGHT)))


def frontality(boxes: Mapping[str, NDArray[np.floating]]) -> float:
    """How much the face looks into the camera: 1 frontal, near 0 in profile.

    The mean of up to three terms: the ratio of the narrower to the wider eye, the same
    of the ears (0 where only one of the two is seen), and how near the nose is to the
    middle line of the face (1 on it, 0 at the face's edge). A term of which nothing is
    seen is left out; NaN when all are. The definition is this project's own; it uses
    nothing but the boxes.
    """
    terms = [_pair(boxes[left], boxes[right]) for left, right in _PAIRS]
    terms.append(_centring(boxes["nose"], boxes["face"]))
    seen = [term for term in terms if np.isfinite(term)]
    return float(np.mean(seen)) if seen else np.nan


def face_size(box: NDArray[np.floating]) -> float:
    """Size of the face in pixels: the square root of its box's area."""
    return float(np.sqrt(max(box[2] - box[0], 0) * max(box[3] - box[1], 0)))


def _pair(left: NDArray[np.floating], right: NDArray[np.floating]) -> float:
    widths = np.array([left[3] - left[1], right[3] - right[1]])
    if np.isnan(widths).all():
        return np.nan
    if np.isnan(widths).any():
        return 0.0
    return float(widths.min() / widths.max()) if widths.max() > 0 else np.nan


def _centring(nose: NDArray[np.floating], face: NDArray[np.floating]) -> float:
    half = (face[3] - face[1]) / 2
    if not half > 0:
        return np.nan
    off = abs((nose[1] + nose[3]) / 2 - (face[1] + face[3]) / 2)
    return float(np.clip(1 - off / half, 0, 1))
