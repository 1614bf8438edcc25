"""Example frames of a recording: those with the lowest and the highest totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from napari_grimace.exchange.drawing import draw_frame
from napari_grimace.exchange.frames import offset_of
from napari_grimace.exchange.marks import Marks
from napari_grimace.video import iter_frames

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure
    from numpy.typing import NDArray

    from napari_grimace.exchange.passes import RaterPass

_EACH = 4  # frames at either end
_SIDE = 480  # pixels of a picture's longer side
_AROUND = 0.5  # surround of the face, as a share of its longer side


def show_examples(part: SubFigure, video: Any, done: RaterPass) -> None:
    """Fill a part of the page with the lowest and the highest frames, with boxes."""
    cells = _chosen(done)
    marks = Marks(done, offset_of(video))
    wanted = np.unique([index for _, index in cells.values()]).astype(int)
    places = dict(zip(done.frames[wanted].tolist(), wanted.tolist(), strict=True))
    pictures = {
        places[frame]: _example(image, marks, places[frame])
        for frame, image in iter_frames(video, done.frames[wanted])
    }
    axes = part.subplots(2, _EACH, squeeze=False)
    for cell in axes.flat:
        cell.set_axis_off()
    for place, (title, index) in cells.items():
        if index in pictures:
            axes[place].imshow(pictures[index])
        axes[place].set_title(f"{title}: {marks.words(index)}", fontsize=8)


def _chosen(done: RaterPass) -> dict[tuple[int, int], tuple[str, int]]:
    """For each cell (row, column) a title and the place of a frame."""
    lowest, highest = lowest_and_highest(done)
    titles = ("lowest", "highest")
    if not len(lowest):
        # Nothing to rank: show what was seen best, or why nothing was.
        best = np.lexsort((-_sureness(done), -done.units_scored))
        lowest, highest = best[:_EACH], best[_EACH : 2 * _EACH]
        titles = ("most units", "most units")
    return {
        (row, column): (titles[row], int(index))
        for row, places in enumerate((lowest, highest))
        for column, index in enumerate(places)
    }


def lowest_and_highest(
    done: RaterPass,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of the frames with the lowest and the highest totals.

    Of equal totals the frames with the surest face come first; no frame is in both.
    """
    sureness = _sureness(done)
    with_total = np.flatnonzero(np.isfinite(done.total))
    each = min(_EACH, (len(with_total) + 1) // 2)
    sure, total = sureness[with_total], done.total[with_total]
    lowest = with_total[np.lexsort((-sure, total))][:each]
    rest = with_total[~np.isin(with_total, lowest)]
    highest = rest[np.lexsort((-sureness[rest], -done.total[rest]))][:each]
    return lowest, highest


def _sureness(done: RaterPass) -> NDArray[np.float32]:
    """Confidence in the face, 0 without one."""
    face = done.data["box_confidence"].sel(region="face")
    return np.asarray(face.fillna(0).values)


def _example(image: NDArray[np.uint8], marks: Marks, index: int) -> NDArray[np.uint8]:
    """Cut a frame to the face and its surround, and draw its boxes."""
    boxes = marks.boxes(index)
    top, left, bottom, right = _surround(boxes.get("face"), image.shape)
    cut = Image.fromarray(np.ascontiguousarray(image[top:bottom, left:right]))
    scale = _SIDE / max(cut.size)
    size = (max(1, round(cut.width * scale)), max(1, round(cut.height * scale)))
    moved = {
        region: ((edges - np.array([top, left, top, left])) * scale).tolist()
        for region, edges in boxes.items()
    }
    return draw_frame(
        np.asarray(cut.resize(size)), moved, marks.labels(index), text_share=1 / 22
    )


def _surround(
    face: NDArray[np.float32] | None, shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """Edges of the face with its surround; the whole frame without a face."""
    if face is None or not np.isfinite(face).all():
        return 0, 0, shape[0], shape[1]
    y_min, x_min, y_max, x_max = face.tolist()
    half = max(y_max - y_min, x_max - x_min) * (0.5 + _AROUND)
    y, x = (y_min + y_max) / 2, (x_min + x_max) / 2
    top, left = max(0, int(y - half)), max(0, int(x - half))
    bottom, right = min(shape[0], int(y + half) + 1), min(shape[1], int(x + half) + 1)
    return top, left, max(bottom, top + 1), max(right, left + 1)
