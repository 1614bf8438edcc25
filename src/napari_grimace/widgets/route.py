"""Which frame the person who rates goes to next."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

import numpy as np
from psygnal import Signal

from napari_grimace.errors import GrimaceError
from napari_grimace.rating.queue import (
    IN_TIME,
    Reason,
    beside,
    frames_to_look_at,
    spot_check,
)
from napari_grimace.recording.store import SUFFIX
from napari_grimace.video.images import natural_key
from napari_grimace.widgets.layers import browsed, frames_of
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_grimace.widgets.desk import Desk
    from napari_grimace.widgets.view import Contents

REASONS: dict[Reason, str] = {
    "unrated": "not rated yet",
    "flagged": "flagged",
    "disagreement": "raters disagree",
    "least confident": "model least sure",
    "quality": "poorest picture",
    "spot check": "spot check of the shown rater",
}
"""Why a frame is worth a look, and the words for it."""


def list_recordings(folder: Path) -> list[Path]:
    """Give the recordings of a folder in the natural order of their names."""
    found = folder.glob(f"*{SUFFIX}")
    return sorted(found, key=lambda path: natural_key(path.with_suffix("")))


class Route:
    """The way through the frames of a desk's active recording.

    Parameters
    ----------
    desk
        The desk.

    Attributes
    ----------
    changed
        Emitted when frames are looked at for another reason.
    reason
        Why frames are looked at.
    by_unit
        Whether one unit is scored in all frames before the next unit, rather than all
        units of a frame.
    said
        What there is to say of the way: that it has ended.
    """

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        self._desk = ref(desk)
        self.reason: Reason = "unrated"
        self.by_unit = False
        self.said = ""
        self._made_of: Contents | None = None
        self._orders: dict[Reason, NDArray[np.int64]] = {}

    @property
    def desk(self) -> Desk:
        """The desk."""
        desk = self._desk()
        if desk is None:
            raise RuntimeError("The desk of this route is gone.")
        return desk

    def choose(self, reason: Reason) -> None:
        """Look at frames for another reason."""
        self.reason = reason
        self.changed.emit()

    def go(self, by: int) -> None:
        """Go to the next frame that is worth a look, or with -1 to the previous."""
        frame = self.following(by)
        if frame is not None:
            self._say("")
            self.desk.go_to(frame)
            return
        back = self.following(-by)
        there = "" if back is None else "; there are some on the other side"
        self._say(f"No more frames here: {REASONS[self.reason]}{there}.")

    def _say(self, words: str) -> None:
        self.said = words
        self.desk.viewer.status = words
        self.desk.hand.changed.emit()

    def following(self, by: int) -> int | None:
        """Give the next frame that is worth a look; None if there is no more."""
        frame, view = self.desk.frame, self.desk.view
        if view is None:
            return None
        frames, rating = self.frames(), view.rating
        if self.reason == "unrated" and rating is not None:
            there = beside(frames, frame, by, in_time=True)
            while there is not None and rating.is_rated(there):
                there = beside(frames, there, by, in_time=True)
            return there
        return beside(frames, frame, by, in_time=self.reason in IN_TIME)

    def following_unit(self, unit: str) -> tuple[int, str] | None:
        """Give the next frame in which a unit has no score, else one of other units.

        Returns
        -------
        tuple or None
            Frame and unit, after this frame and then from the first; None if every
            unit is scored in every frame.
        """
        rating, here = self.desk.hand.rating, self.desk.frame
        if rating is None or here is None:
            return None
        frames, units = self.analysed().tolist(), rating.rater.scale.unit_names
        place = units.index(unit) if unit in units else 0
        turn = [at for at in frames if at > here] + [at for at in frames if at <= here]
        for name in (*units[place:], *units[:place]):
            for frame in turn if name == unit else frames:
                if rating.value(frame, "score", name) is None:
                    return frame, name
        return None

    def begin(self) -> None:
        """Go to the first frame that is not rated yet."""
        rating, frames = self.desk.hand.rating, self.analysed().tolist()
        left = (at for at in frames if rating is None or not rating.is_rated(at))
        self.desk.go_to(next(left, frames[0] if frames else 0))

    def frames(self) -> NDArray[np.int64]:
        """Frames worth a look, in the order to look at them; rated ones among them."""
        if self.reason == "unrated":
            return self.analysed()
        if self.reason == "spot check":
            return self._to_check()
        frames = self._order(self.reason)
        rating = None if self.desk.view is None else self.desk.view.rating
        if self.reason == "flagged" and rating is not None:
            own = [at for at in rating.frames if rating.value(at, "flag")]
            frames = np.union1d(frames, np.array(own, np.int64))
        return frames

    def _to_check(self) -> NDArray[np.int64]:
        """Frames drawn from those of the shown rater, for an expert to check."""
        view = self.desk.view
        if view is None or view.shown is None or view.rating_shown:
            return np.empty(0, np.int64)
        done = view.shown
        rated = done.frames[np.nan_to_num(done.units_scored) > 0]
        seed = f"{view.source.attrs.get('identity', '')} {done.rater.label}"
        return spot_check(rated, load_settings().spot_check, seed)

    def analysed(self) -> NDArray[np.int64]:
        """Frames that a model analysed; without a model, all frames of the video."""
        view = self.desk.view
        if view is None:
            return np.empty(0, np.int64)
        under = view.contents.under
        frames = view.frames if under is None else under.frames
        anchor = self.desk.video_of(view)
        if anchor is not None:  # which may hold only some frames
            frames = np.intersect1d(frames, frames_of(anchor), assume_unique=True)
        return frames

    def counts(self) -> tuple[int, int, int]:
        """Count frames: analysed and rated, analysed, and rated beside these."""
        rating = None if self.desk.view is None else self.desk.view.rating
        frames = self.analysed()
        rated = [at for at in rating.frames if rating.is_rated(at)] if rating else []
        done = int(np.isin(rated, frames).sum())
        return done, len(frames), len(rated) - done

    def go_to_recording(self, by: int) -> None:
        """Open the next recording of the folder, or with -1 the one before.

        The present one is closed: everything of it is on the disk. If it is rated, the
        next is rated by the same person.
        """
        desk, view = self.desk, self.desk.view
        if view is None:
            return
        others = list_recordings(view.path.parent)
        places = [path.name for path in others]
        place = places.index(view.path.name) + by if view.path.name in places else -1
        if not 0 <= place < len(others):
            self._say("There is no other recording in this folder on that side.")
            return
        rater = view.rating.rater if view.rating else None
        try:
            desk.open(others[place])
        except (GrimaceError, OSError) as error:
            tell(error)
            return
        desk.close(view)
        if rater is not None:
            desk.hand.begin_as(rater)

    def _order(self, reason: Reason) -> NDArray[np.int64]:
        view = self.desk.view
        if view is None or view.contents.recording is None:
            return np.empty(0, np.int64)
        if self._made_of is not view.contents:
            self._made_of, self._orders = view.contents, {}
        if reason not in self._orders:
            under = view.contents.under
            model = None if under is None else under.rater.label
            recording = view.contents.recording
            self._orders[reason] = frames_to_look_at(recording, reason, model)
        return self._orders[reason]

    def look_ahead(self) -> None:
        """Read the next frame while this one is being rated."""
        desk, frame = self.desk, self.following(1)
        layer = None if desk.view is None else desk.video_of(desk.view)
        video = None if layer is None else browsed(layer)
        if layer is not None and video is not None and frame is not None:
            video.expect(int(np.searchsorted(frames_of(layer), frame)))
