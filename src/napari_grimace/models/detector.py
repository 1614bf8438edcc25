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
from napari_grimace.models.views import (
    View,
    around,
    candidates,
    clip,
    distinct,
    fitted,
    placed_back,
    whole,
)
from napari_grimace.models.yolo import build_network, fused, raw_outputs
from napari_grimace.scales.regions import DETECTOR_CLASSES, REGIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import NDArray

    from napari_grimace.models.card import ModelCard

_MOST_ENLARGED = 1.6
_PROPOSED = 0.06
_SAME_FACE = 0.4
_FACE, _BODY = DETECTOR_CLASSES.index("face"), DETECTOR_CLASSES.index("body")


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
        parts = {i: whole(image) for i, image in enumerate(images)}
        first = self._look(images, parts, looks.whole, looks.mirrored)
        faces = self._proposed(images, first, looks, least)
        second = self._look(
            images,
            {i: around(face.box[0], _FACE_MARGIN) for i, face in faces.items()},
            looks.face,
            looks.mirrored,
        )
        for i, found in second.items():
            face, sure = _refined(faces[i], found)
            if sure >= least.get("face", 0.25):
                face_count[i] = max(1, distinct(_seen(first[i], _FACE, least).box))
                box[i], confidence[i] = assign(face, sure, found, least)
        for i, found in first.items():
            _add_body(_seen(found, _BODY, least), box[i], confidence[i])
        clip(box, images)
        return Detections(box, confidence, face_count)

    def _proposed(
        self,
        images: Sequence[NDArray[np.uint8]],
        first: dict[int, Candidates],
        looks: Looks,
        least: dict[str, float],
    ) -> dict[int, Candidates]:
        """Likeliest face of each image; where only a body is seen, look closer there.

        Whether it is one is judged by the second look, which sees it larger.
        """
        least = {**least, "face": min(_PROPOSED, least.get("face", 0.25))}
        faces = {i: _seen(found, _FACE, least) for i, found in first.items()}
        bodies = {
            i: around(body[0], _BODY_MARGIN)
            for i, found in first.items()
            if not len(faces[i].box) and len(body := _seen(found, _BODY, least).box)
        }
        closer = self._look(images, bodies, (256,), looks.mirrored)
        faces |= {i: _seen(found, _FACE, least) for i, found in closer.items()}
        return {i: face for i, face in faces.items() if len(face.box)}

    def _look(
        self,
        images: Sequence[NDArray[np.uint8]],
        parts: dict[int, NDArray[np.float64]],
        sizes: tuple[int, ...],
        mirrored: tuple[bool, ...],
    ) -> dict[int, Candidates]:
        """Fused candidates of a part of each image, in pixels of the image."""
        views = [
            View(i, *fitted(edges, size), flip)
            for i, edges in parts.items()
            for size in sizes
            if size <= max(sizes[0], _MOST_ENLARGED * (edges[2:] - edges[:2]).max())
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
        # One at a time on a CPU, where batches gain nothing: then what is found in an
        # image does not depend on the others that it came with.
        step = 1 if self.device == "cpu" else len(views)
        parts = (views[at : at + step] for at in range(0, len(views), step))
        return [found for part in parts for found in self._run_batch(images, part)]

    def _run_batch(
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
            placed_back(candidates(*row), view)
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


def _refined(face: Candidates, found: Candidates) -> tuple[NDArray[np.float32], float]:
    """Box and confidence of a face after the second look at it."""
    near = found.take(found.kind == _FACE)
    near = near.take(overlap(face.box[0], near.box) > _SAME_FACE)
    if not len(near.box):
        return face.box[0], float(face.confidence[0]) / 2
    sure = np.array([face.confidence[0], 2 * near.confidence[0]])
    box = np.average([face.box[0], near.box[0]], axis=0, weights=sure)
    return box.astype(np.float32), float(sure.sum() / 3)
