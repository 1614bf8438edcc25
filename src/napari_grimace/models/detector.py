"""Two stages: the face in the whole image, then the regions in the face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import ModelError
from napari_grimace.models.assign import assign
from napari_grimace.models.crops import cut
from napari_grimace.models.fusing import Candidates, fuse, overlap
from napari_grimace.models.protocols import Detections, Setting
from napari_grimace.models.yolo import STRIDE, build_network, fused, raw_outputs
from napari_grimace.scales.regions import DETECTOR_CLASSES, REGIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import NDArray

    from napari_grimace.models.card import ModelCard

_FLOOR = 0.02
_MOST = 60
_MOST_ENLARGED = 1.6
_FACE, _BODY = DETECTOR_CLASSES.index("face"), DETECTOR_CLASSES.index("body")


@dataclass(frozen=True, slots=True)
class View:
    """A part of an image at the size at which the network sees it."""

    image: int
    edges: tuple[float, float, float, float]
    size: tuple[int, int]
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Looks:
    """Sizes (longer side, pixels) at which each stage looks, and the mirror image."""

    whole: tuple[int, ...]
    face: tuple[int, ...]
    mirrored: tuple[bool, ...]


LOOKS: dict[str, Looks] = {
    "fast": Looks((160, 384), (192,), (False,)),
    "accurate": Looks((160, 256, 384, 512), (128, 160, 192, 224), (False, True)),
}
_FACE_MARGIN = 0.2
_BODY_MARGIN = 0.1


class YoloDetector:
    """The bundled kind of `Detector`.

    The network sees faces well that fill a third to all of 130 to 250 pixels. So the
    face is found first, in the whole image at several sizes, and the regions then in
    the face brought to that scale.

    Parameters
    ----------
    card
        Its card.
    weights
        The network's tensors by name.
    device
        Where it runs.

    Raises
    ------
    ModelError
        If the weights do not fit the card's network.
    """

    def __init__(
        self, card: ModelCard, weights: dict[str, torch.Tensor], device: str
    ) -> None:
        self.card = card
        self.device = device
        network = build_network(
            len(DETECTOR_CLASSES), str(card.network["configuration"])
        )
        try:
            network.load_state_dict(weights)
        except RuntimeError as error:
            raise ModelError(
                f"The weights of {card.name!r} do not fit its network: {error}"
            ) from error
        self._network = fused(network).to(device)

    def detect(
        self, images: Sequence[NDArray[np.uint8]], setting: Setting = "fast"
    ) -> Detections:
        """Find the best face of each image, and the regions in it.

        Parameters
        ----------
        images
            Each (y, x, rgb) uint8, of any size.
        setting
            `fast` looks once, `accurate` at several sizes and the mirror image.

        Returns
        -------
        Detections
            NaN where a region was not found.
        """
        if setting not in LOOKS:
            raise ModelError(f"Unknown setting {setting!r}. Use {' or '.join(LOOKS)}.")
        looks, least = LOOKS[setting], self.card.thresholds.get(setting, {})
        count = len(images)
        box = np.full((count, len(REGIONS), 4), np.nan, np.float32)
        confidence = np.full((count, len(REGIONS)), np.nan, np.float32)
        face_count = np.zeros(count, np.int64)
        parts = {i: _whole(image) for i, image in enumerate(images)}
        first = self._look(images, parts, looks.whole, looks.mirrored)
        faces = self._faces(images, first, looks, least, face_count)
        second = self._look(
            images,
            {i: _around(face.box[0], _FACE_MARGIN) for i, face in faces.items()},
            looks.face,
            looks.mirrored,
        )
        for i, found in second.items():
            face = _refined(faces[i], found)
            box[i], confidence[i] = assign(
                face.box[0], float(face.confidence[0]), found, least
            )
        for i, found in first.items():
            _add_body(_seen(found, _BODY, least), box[i], confidence[i])
        _clip(box, images)
        return Detections(box, confidence, face_count)

    def _faces(
        self,
        images: Sequence[NDArray[np.uint8]],
        first: dict[int, Candidates],
        looks: Looks,
        least: dict[str, float],
        face_count: NDArray[np.int64],
    ) -> dict[int, Candidates]:
        """Best face of each image; where only a body is seen, look closer there."""
        faces, bodies = {}, {}
        for i, found in first.items():
            seen = _seen(found, _FACE, least)
            face_count[i] = _distinct(seen.box)
            if len(seen.box):
                faces[i] = seen
            elif len(body := _seen(found, _BODY, least).box):
                bodies[i] = _around(body[0], _BODY_MARGIN)
        closer = self._look(images, bodies, (256,), looks.mirrored)
        for i, found in closer.items():
            seen = _seen(found, _FACE, least)
            if len(seen.box):
                faces[i], face_count[i] = seen, 1
        return faces

    def _look(
        self,
        images: Sequence[NDArray[np.uint8]],
        parts: dict[int, NDArray[np.float64]],
        sizes: tuple[int, ...],
        mirrored: tuple[bool, ...],
    ) -> dict[int, Candidates]:
        """Fused candidates of a part of each image, in pixels of the image."""
        views = [
            View(i, *_fitted(edges, size), flip)
            for i, edges in parts.items()
            for size in _sensible(sizes, edges)
            for flip in mirrored
        ]
        found: dict[int, list[Candidates]] = {i: [] for i in parts}
        for shape in sorted({view.size for view in views}):
            same = [view for view in views if view.size == shape]
            for view, seen in zip(same, self._run(images, same), strict=True):
                found[view.image].append(seen)
        return {i: fuse(seen) for i, seen in found.items()}

    def _run(
        self, images: Sequence[NDArray[np.uint8]], views: list[View]
    ) -> list[Candidates]:
        import torch

        pictures = np.stack(
            [
                cut(
                    images[view.image],
                    np.array(view.edges),
                    view.size,
                    mirrored=view.mirrored,
                )
                for view in views
            ]
        )
        batch = torch.from_numpy(pictures).to(self.device)
        batch = batch.permute(0, 3, 1, 2).float().div_(255)
        batch = batch.contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            boxes, probability = raw_outputs(self._network, batch)
        rows = zip(boxes.cpu().numpy(), probability.cpu().numpy(), strict=True)
        return [
            _placed_back(_candidates(*row), view)
            for row, view in zip(rows, views, strict=True)
        ]


def _seen(found: Candidates, kind: int, least: dict[str, float]) -> Candidates:
    limit = least.get(DETECTOR_CLASSES[kind], 0.25)
    return found.take((found.kind == kind) & (found.confidence >= limit))


def _add_body(
    body: Candidates, box: NDArray[np.float32], confidence: NDArray[np.float32]
) -> None:
    if len(body.box):
        box[REGIONS.index("body")] = body.box[0]
        confidence[REGIONS.index("body")] = body.confidence[0]


def _whole(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.array([0.0, 0.0, *image.shape[:2]])


def _around(box: NDArray[np.float32], margin: float) -> NDArray[np.float64]:
    """Give a square around a box, wider than it by the margin on each side."""
    centre = (box[:2] + box[2:]) / 2
    half = max(float((box[2:] - box[:2]).max()), 8.0) * (0.5 + margin)
    return np.concatenate([centre - half, centre + half]).astype(np.float64)


def _sensible(sizes: tuple[int, ...], edges: NDArray[np.float64]) -> tuple[int, ...]:
    """Leave out sizes that would only blow up a small picture, but for the least."""
    side = float((edges[2:] - edges[:2]).max())
    return tuple(size for size in sizes if size <= max(sizes[0], _MOST_ENLARGED * side))


def _fitted(
    edges: NDArray[np.float64], size: int
) -> tuple[tuple[float, float, float, float], tuple[int, int]]:
    """Widen a part about its centre until its sides are multiples of the stride."""
    sides = edges[2:] - edges[:2]
    scale = size / sides.max()
    shape = np.maximum(np.ceil(sides * scale / STRIDE - 1e-6), 1).astype(int) * STRIDE
    centre = (edges[:2] + edges[2:]) / 2
    half = shape / scale / 2
    y_min, x_min, y_max, x_max = map(float, [*(centre - half), *(centre + half)])
    return (y_min, x_min, y_max, x_max), (int(shape[0]), int(shape[1]))


def _candidates(
    box: NDArray[np.float32], probability: NDArray[np.float32]
) -> Candidates:
    """Each anchor's classes over the floor, the most probable ones."""
    anchor, kind = np.nonzero(probability > _FLOOR)
    confidence = probability[anchor, kind]
    best = np.argsort(-confidence, kind="stable")[: _MOST * len(DETECTOR_CLASSES)]
    edges = box[anchor[best]][:, [1, 0, 3, 2]]
    return Candidates(edges, confidence[best], kind[best].astype(np.int64))


def _placed_back(found: Candidates, view: View) -> Candidates:
    """From pixels of a view to pixels of the image."""
    box = found.box.copy()
    height, width = view.size
    if view.mirrored:
        box[:, [1, 3]] = width - box[:, [3, 1]]
    y_min, x_min, y_max, x_max = view.edges
    scale = np.array([(y_max - y_min) / height, (x_max - x_min) / width] * 2)
    box = box * scale + np.array([y_min, x_min] * 2)
    return found._replace(box=box.astype(np.float32))


def _refined(face: Candidates, found: Candidates) -> Candidates:
    """Give the face as the second look sees it, if it is the same."""
    near = found.take(found.kind == _FACE)
    if not len(near.box):
        return face
    same = overlap(face.box[0], near.box)
    best = int(np.argmax(same))
    if same[best] < 0.5:
        return face
    box = np.average(
        [face.box[0], near.box[best]],
        axis=0,
        weights=[face.confidence[0], 2 * near.confidence[best]],
    )
    return face._replace(box=np.concatenate([[box], face.box[1:]]).astype(np.float32))


def _distinct(box: NDArray[np.float32]) -> int:
    """Count faces, without boxes that lie mostly in a better one."""
    kept: list[NDArray[np.float32]] = []
    for one in box:
        area = (one[2:] - one[:2]).prod()
        shared = [
            np.clip(np.minimum(one[2:], b[2:]) - np.maximum(one[:2], b[:2]), 0, None)
            for b in kept
        ]
        if all(part.prod() < 0.6 * area for part in shared):
            kept.append(one)
    return len(kept)


def _clip(box: NDArray[np.float32], images: Sequence[NDArray[np.uint8]]) -> None:
    for one, image in zip(box, images, strict=True):
        height, width = image.shape[:2]
        np.clip(one, 0, [height, width, height, width], out=one)
