"""Two stages: the face in the whole image, then the regions in the face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import ModelError
from napari_grimace.models.assign import assign
from napari_grimace.models.crops import cut
from napari_grimace.models.device import one_thread
from napari_grimace.models.fusing import Candidates, fuse
from napari_grimace.models.proposals import Face, distinct, propose, refined
from napari_grimace.models.protocols import Detections, Setting
from napari_grimace.models.views import (
    View,
    around,
    candidates,
    clip,
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
_PROPOSED, _SHARE = 0.06, 0.3
_BODY = DETECTOR_CLASSES.index("body")


@dataclass(frozen=True, slots=True)
class Looks:
    """Sizes (longer side, pixels) at which each stage looks, and the mirror image.

    `faces` is the number of proposed faces that are looked at.
    """

    whole: tuple[int, ...]
    face: tuple[int, ...]
    mirrored: tuple[bool, ...]
    faces: int


LOOKS: dict[str, Looks] = {
    "fast": Looks((160, 384), (192,), (False,), 2),
    "accurate": Looks((160, 256, 384, 512), (128, 160, 192, 224), (False, True), 3),
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
            `fast` looks twice for the face and once at it; `accurate` at more sizes,
            and at the mirror image too.

        Returns
        -------
        Detections
            NaN where a region was not found. Of several faces in an image at most two
            are told apart by `fast`, three by `accurate`.
        """
        if setting not in LOOKS:
            raise ModelError(f"Unknown setting {setting!r}. Use {' or '.join(LOOKS)}.")
        looks, least = LOOKS[setting], self.card.thresholds.get(setting, {})
        count = len(images)
        box = np.full((count, len(REGIONS), 4), np.nan, np.float32)
        confidence = np.full((count, len(REGIONS)), np.nan, np.float32)
        face_count = np.zeros(count, np.int64)
        first = self._look(
            images, list(enumerate(map(whole, images))), looks.whole, looks.mirrored
        )
        faces = self._proposed(images, first, looks, least)
        parts = [(face.image, around(face.box, _FACE_MARGIN)) for face in faces]
        second = self._look(images, parts, looks.face, looks.mirrored)
        good = [
            (face, found)
            for proposed, found in zip(faces, second, strict=True)
            if (face := refined(proposed, found)).confidence >= least.get("face", 0.25)
        ]
        for face, found in sorted(good, key=lambda one: one[0].confidence):
            # The best of an image comes last and stays.
            box[face.image], confidence[face.image] = assign(*face[1:], found, least)
        for i in range(count):
            face_count[i] = distinct([face for face, _ in good if face.image == i])
        for i, found in enumerate(first):
            _add_body(_seen(found, _BODY, least), box[i], confidence[i])
        clip(box, images)
        return Detections(box, confidence, face_count)

    def _proposed(
        self,
        images: Sequence[NDArray[np.uint8]],
        first: list[Candidates],
        looks: Looks,
        least: dict[str, float],
    ) -> list[Face]:
        """Likely faces of all images; where only a body is seen, look closer there.

        Which of them are faces is judged by the second look, which sees them larger.
        """
        floor = min(_PROPOSED, least.get("face", 0.25))

        def likely(image: int, found: Candidates) -> list[Face]:
            return propose(image, found, floor, looks.faces, _SHARE)

        faces = [face for i, found in enumerate(first) for face in likely(i, found)]
        with_face = {face.image for face in faces}
        bodies = [
            (i, around(body[0], _BODY_MARGIN))
            for i, found in enumerate(first)
            if i not in with_face and len(body := _seen(found, _BODY, least).box)
        ]
        closer = self._look(images, bodies, (256,), looks.mirrored)
        for (i, _), found in zip(bodies, closer, strict=True):
            faces += likely(i, found)
        return faces

    def _look(
        self,
        images: Sequence[NDArray[np.uint8]],
        parts: list[tuple[int, NDArray[np.float64]]],
        sizes: tuple[int, ...],
        mirrored: tuple[bool, ...],
    ) -> list[Candidates]:
        """Fused candidates of parts of the images, in pixels of their image."""
        views = [
            View(at, image, *fitted(edges, size), flip)
            for at, (image, edges) in enumerate(parts)
            for size in sizes
            if size <= max(sizes[0], _MOST_ENLARGED * (edges[2:] - edges[:2]).max())
            for flip in mirrored
        ]
        found: list[list[Candidates]] = [[] for _ in parts]
        for shape in sorted({view.size for view in views}):
            same = [view for view in views if view.size == shape]
            for view, seen in zip(same, self._run(images, same), strict=True):
                found[view.part].append(seen)
        return [fuse(seen) for seen in found]

    def _run(
        self, images: Sequence[NDArray[np.uint8]], views: list[View]
    ) -> list[Candidates]:
        # One at a time on a CPU, where batches gain nothing: then what is found in an
        # image does not depend on the others that it came with.
        step = 1 if self.device == "cpu" else len(views)
        parts = (views[at : at + step] for at in range(0, len(views), step))
        with one_thread(self.device):
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
