"""A batch of pictures through detector and scorer: plain arrays, a row per frame."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.errors import GrimaceWarning, ModelError
from napari_grimace.recording.schema import NOT_FOUND, NOT_SCORABLE, SCORED
from napari_grimace.scales.regions import REGIONS

from . import quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_grimace.models.protocols import Detector, Scorer, Setting
    from napari_grimace.scales.scale import Scale


@dataclass(frozen=True, slots=True)
class Rows:
    """What is known of some frames after scoring; arrays with a row per frame.

    Attributes
    ----------
    frame, time
        (frame,) number, and presentation time in s.
    box, box_confidence
        (frame, region, edge) in pixels of the full frame, and (frame, region).
    score, state
        (frame, unit); `state` as in the recording: 1 scored, 2 not scorable, 3 region
        not found.
    probability
        (frame, unit, level).
    region_score, region_probability
        (frame, region) and (frame, region, level): the sides.
    quality
        (frame, measure), see `analysis.quality`.
    face_count
        (frame,); `flag` marks the frames with several faces.
    """

    frame: NDArray[np.int64]
    time: NDArray[np.float64]
    box: NDArray[np.float32]
    box_confidence: NDArray[np.float32]
    score: NDArray[np.float32]
    state: NDArray[np.int8]
    probability: NDArray[np.float32]
    region_score: NDArray[np.float32]
    region_probability: NDArray[np.float32]
    quality: NDArray[np.float32]
    face_count: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def flag(self) -> NDArray[np.bool_]:
        """Frames with several faces."""
        return self.face_count > 1

    @property
    def face_seen(self) -> NDArray[np.bool_]:
        """Frames with a face."""
        return np.isfinite(self.box[:, REGIONS.index("face"), 0])

    @classmethod
    def join(cls, parts: Sequence[Rows]) -> Rows:
        """Put rows below each other."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))


class Analyser:
    """Detector, scorer and quality measures, applied to a batch of pictures at a time.

    Parameters
    ----------
    detector, scorer
        The networks.
    scale
        The grimace scale that is scored.
    setting
        The detector's, "fast" or "accurate".
    batch
        Pictures that go through the networks together. It is halved, for good, when
        the accelerator runs out of memory.
    """

    def __init__(
        self,
        detector: Detector,
        scorer: Scorer,
        scale: Scale,
        *,
        setting: Setting = "fast",
        batch: int = 8,
    ) -> None:
        self.detector = detector
        self.scorer = scorer
        self.scale = scale
        self.setting = setting
        self.batch = batch

    def rows(
        self,
        frames: NDArray[np.int64],
        times: NDArray[np.float64],
        images: Sequence[NDArray[np.uint8]],
        origin: tuple[float, float] = (0.0, 0.0),
    ) -> Rows:
        """Detect and score.

        Parameters
        ----------
        frames, times
            Number of each frame, and its presentation time in s.
        images
            Pictures, (y, x, rgb) each.
        origin
            Where their first pixel lies in the full frame (y, x): that of the ROI.

        Returns
        -------
        Rows
            One row per picture.

        Raises
        ------
        ModelError
            Not even one picture fits into the accelerator's memory.
        """
        parts: list[Rows] = []
        start = 0
        while start < len(images):
            part = slice(start, start + self.batch)
            rows = self._if_it_fits(frames[part], times[part], images[part], origin)
            if rows is None:
                self._shrink(len(images[part]))
                continue
            parts.append(rows)
            start += len(rows)
        return Rows.join(parts)

    def _if_it_fits(
        self,
        frames: NDArray[np.int64],
        times: NDArray[np.float64],
        images: Sequence[NDArray[np.uint8]],
        origin: tuple[float, float],
    ) -> Rows | None:
        # The error is let go here, with all the tensors that its traceback holds.
        try:
            return self._rows(frames, times, images, origin)
        except RuntimeError as error:
            if not _out_of_memory(error):
                raise
        return None

    def _shrink(self, tried: int) -> None:
        if tried == 1:
            raise ModelError(
                f"The accelerator ({self.detector.device}) has too little free memory "
                "for even one picture. Close other programs that use it, choose "
                'setting="fast", or device="cpu".'
            )
        self.batch = tried // 2
        _free_accelerator_memory()
        warnings.warn(
            "The accelerator ran out of memory: going on with a batch of "
            f"{self.batch}, which is only slower.",
            GrimaceWarning,
            stacklevel=4,
        )

    def _rows(
        self,
        frames: NDArray[np.int64],
        times: NDArray[np.float64],
        images: Sequence[NDArray[np.uint8]],
        origin: tuple[float, float],
    ) -> Rows:
        from napari_grimace.models.units import combine

        found = self.detector.detect(images, setting=self.setting)
        sides = self.scorer.score(images, found.box)
        probability, score, region_score = combine(sides, self.scale)
        measures = [
            quality.measure(image, box)
            for image, box in zip(images, found.box, strict=True)
        ]
        return Rows(
            frame=frames,
            time=times,
            box=found.box + np.array([*origin, *origin], np.float32),
            box_confidence=found.confidence.astype(np.float32),
            score=score.astype(np.float32),
            state=states(found.box, score, self.scale),
            probability=probability.astype(np.float32),
            region_score=region_score.astype(np.float32),
            region_probability=sides.astype(np.float32),
            quality=np.stack(measures),
            face_count=found.face_count,
        )


def states(
    box: NDArray[np.floating], score: NDArray[np.floating], scale: Scale
) -> NDArray[np.int8]:
    """State of each unit, (frame, unit): scored, else not scorable, else not found."""
    seen = np.isfinite(box).all(axis=-1)
    found = np.stack(
        [
            seen[:, [REGIONS.index(region) for region in unit.regions]].any(axis=1)
            for unit in scale.units
        ],
        axis=1,
    )
    unscored = np.where(found, NOT_SCORABLE, NOT_FOUND)
    return np.where(np.isfinite(score), SCORED, unscored).astype(np.int8)


def _out_of_memory(error: RuntimeError) -> bool:
    # CUDA raises torch.OutOfMemoryError, MPS a plain RuntimeError that says so.
    return "out of memory" in str(error).lower() or (
        type(error).__name__ == "OutOfMemoryError"
    )


def _free_accelerator_memory() -> None:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
