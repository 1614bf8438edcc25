"""From a video to a scored recording."""

from __future__ import annotations

import warnings
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from napari_grimace.errors import GrimaceWarning, VideoError
from napari_grimace.progress import Progress, in_one_go

from .raters import load_analyser, rater_of
from .sampling import opened, sampled
from .sinks import Writer, open_sink

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import xarray as xr
    from numpy.typing import ArrayLike, NDArray

    from napari_grimace.models.protocols import Detector, Scorer, Setting
    from napari_grimace.scales.scale import Scale
    from napari_grimace.video.source import FrameSource

    from .batches import Analyser
    from .sampling import Footage
    from .sinks import Sink


def iter_score_video(
    video: str | Path | FrameSource | xr.DataArray,
    scale: str | Path | Scale = "mgs-black",
    *,
    rate: float | None = None,
    frames: ArrayLike | None = None,
    count: int | None = None,
    every: int | None = None,
    detector: str | Path | Detector | None = None,
    scorer: str | Path | Scorer | None = None,
    device: str = "auto",
    setting: Setting = "fast",
    roi: Sequence[float] | None = None,
    output: str | Path | None = None,
    batch: int = 8,
    resume: bool = True,
    subject: Mapping[str, Any] | None = None,
) -> Generator[Progress, None, xr.Dataset]:
    """Score a video with a grimace scale.

    Frames are decoded in a background thread, and go through detector and scorer in
    batches; memory does not grow with the length of the video.

    Parameters
    ----------
    video
        A video file, image folder or video store, or what `open_video` gave, cropped
        or not.
    scale
        Name of a scale, or the file of one's own.
    rate, frames, count, every
        Which frames, by one of: so many per second, these numbers, so many spread
        evenly, every n-th. By default 1 frame per second (every frame of a slower
        video, or of a store with fewer).
    detector, scorer
        Names or folders of models, or loaded ones; by default the newest bundled ones
        that serve the scale.
    device
        "cpu", "cuda", "mps", or "auto" for the fastest there is.
    setting
        "fast", or "accurate", which looks at each frame several times.
    roi
        (y_min, x_min, y_max, x_max) in pixels: the part of the frame with the animal.
    output
        Recording to write to (NAME.grimace), or a folder for it. What the same models
        scored there before is kept and not scored again. By default the recording is
        kept in memory.
    batch
        Frames that go through the networks together; halved when an accelerator runs
        out of memory.
    resume
        Whether to go on with what `output` holds; if False, frames of the same models
        there are an error.
    subject
        Facts of the animal (species, strain, sex, ...), for a new recording.

    Yields
    ------
    Progress
        After each batch. Closing the generator cancels the run; what was scored until
        then stays in `output`.

    Returns
    -------
    Dataset
        The recording; opened lazily where it was written to `output`. The rater is
        labelled with the builds of both models, setting and scale, such as
        "renders-detector 0.1.0 (1a2b3c4d) + renders-scorer 0.1.0 (5e6f7a8b) fast
        mgs-black".

    Raises
    ------
    VideoError
        The video cannot be read, has no such frames or no such ROI, or `rate` is above
        its frame rate.
    ScaleError, ModelError
        There is no such scale or model, or the model does not serve the scale.
    RecordingError
        `output` cannot be written, or holds a recording of another video.

    Warns
    -----
    GrimaceWarning
        No frame shows a face, damaged frames were left out, or the accelerator was
        short of memory.
    """
    with opened(video, roi) as footage:
        numbers, sampling = sampled(
            footage, rate=rate, frames=frames, count=count, every=every
        )
        analyser = load_analyser(
            scale,
            detector=detector,
            scorer=scorer,
            device=device,
            setting=setting,
            batch=batch,
        )
        sink = open_sink(
            output,
            rater_of(analyser, sampling),
            footage.attrs,
            resume=resume,
            subject=subject,
        )
        yield from _Run(footage, numbers, analyser, sink).progress()
        return sink.result()


score_video = in_one_go(iter_score_video, "score_video")


@dataclass
class _Run:
    """One pass over the frames that are not done yet."""

    footage: Footage
    numbers: NDArray[np.int64]
    analyser: Analyser
    sink: Sink
    scored: int = 0
    with_face: int = 0

    def progress(self) -> Generator[Progress, None, None]:
        from napari_grimace.video.frames import iter_frames

        todo = np.setdiff1d(self.numbers, self.sink.done())
        before, total = len(self.numbers) - len(todo), len(self.numbers)
        yield Progress(before, total, "scoring")
        frames = cast("Generator[Any]", iter_frames(self.footage.video, todo))
        try:
            with closing(frames), Writer(self.sink) as writer:
                for numbers, images in _batches(frames, self.analyser.batch):
                    self._score(numbers, images, writer)
                    faces = f"{self.with_face} of {self.scored} frames show a face"
                    done = before + self.scored
                    yield Progress(done, total, faces, int(numbers[-1]))
        except VideoError as error:
            # Nothing that was left can be read: an end as good as that of the run
            # which left it out, as long as there are frames from before.
            if self.scored or not before:
                raise
            self._warn_unreadable(len(todo), error)
        self._warn_without_face()

    def _score(
        self,
        numbers: NDArray[np.int64],
        images: list[NDArray[np.uint8]],
        writer: Writer,
    ) -> None:
        times = self.footage.times_of(numbers)
        rows = self.analyser.rows(numbers, times, images, self.footage.origin)
        writer.add(rows)
        self.scored += len(rows)
        self.with_face += int(rows.face_seen.sum())

    def _warn_unreadable(self, left: int, error: VideoError) -> None:
        warnings.warn(
            f"{left} of {len(self.numbers)} frames of {self.footage.name} could not be "
            f"read and were left out; the others are scored. The first: {error}",
            GrimaceWarning,
            stacklevel=3,
        )

    def _warn_without_face(self) -> None:
        if self.scored and not self.with_face:
            warnings.warn(
                f"{self.footage.name}: 0 of {self.scored} frames show a "
                "face, so nothing is scored. Look at a few frames: is the animal near "
                'enough, and lit? A ROI around it or setting="accurate" may help.',
                GrimaceWarning,
                stacklevel=3,
            )


def _batches(
    frames: Iterable[tuple[int, NDArray[np.uint8]]], size: int
) -> Iterator[tuple[NDArray[np.int64], list[NDArray[np.uint8]]]]:
    """Put frames together, with their numbers; the last batch may be smaller."""
    stream = iter(frames)
    while some := list(islice(stream, size)):
        yield np.array([number for number, _ in some]), [image for _, image in some]
