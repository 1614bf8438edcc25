"""A recording as it is shown: whose scores, and what they say of a frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from napari_grimace.exchange import one_pass
from napari_grimace.recording import Rater, open_recording, raters_of
from napari_grimace.recording.schema import ordered_units
from napari_grimace.scales import load_scale
from napari_grimace.widgets.facts import facts_at, laid_over
from napari_grimace.widgets.live import live_facts
from napari_grimace.widgets.names import check_name
from napari_grimace.widgets.settings import load_settings
from napari_grimace.widgets.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.exchange import RaterPass
    from napari_grimace.rating.blind import BlindSet
    from napari_grimace.rating.rating import Rating
    from napari_grimace.scales.scale import Scale
    from napari_grimace.video.source import FrameSource
from napari_grimace.widgets.facts import FrameFacts

_A_MOMENT = 4000  # frames: a tenth of a second


@dataclass(frozen=True)
class Contents:
    """What was read of a recording.

    Attributes
    ----------
    raters
        All of them.
    shown, compared
        What the chosen raters did, in memory.
    under
        What the model found whose boxes lie under those of a person.
    chosen
        Labels of the raters that had been chosen to be shown and compared; one that
        has not yet scored a frame is not among the raters.
    recording
        Everything, read when it is used.
    """

    raters: tuple[Rater, ...]
    shown: RaterPass | None
    compared: RaterPass | None
    under: RaterPass | None = None
    chosen: tuple[str | None, str | None] = (None, None)
    recording: xr.Dataset | None = None


class RecordingView:
    """A recording on disk, and whose scores of it are shown.

    The recording is the only place where boxes and scores are kept: what is shown is
    always read from there.

    Parameters
    ----------
    path
        The recording (NAME.grimace).
    source
        Its video.
    recording
        What it holds, if it was opened just now.
    blind
        The blind set whose pictures are the video: who rates it sees nothing of
        other raters.

    Attributes
    ----------
    changed
        Emitted when a reading has ended: by `take`, or by `give_up`.
    rated
        Emitted when the person who rates has set something.
    wanted
        Emitted when other contents should be read: by `choose` and `compare`.
    rating
        Of the person who rates this recording just now.
    deciding
        Of the consensus, where the person decides between raters.
    turns
        In which order the two set something.
    saved
        What was saved last, and when, in words.
    units
        Units of all raters, in the recording's order.
    contents
        What is shown.
    ended
        Whether a reading has ended yet.
    problem
        Why the last reading failed, or nothing.
    """

    changed = Signal()
    rated = Signal()
    wanted = Signal()

    def __init__(
        self,
        path: Path,
        source: FrameSource,
        recording: xr.Dataset | None = None,
        blind: BlindSet | None = None,
    ) -> None:
        self.path = path
        self.blind = blind
        self.source = source
        self.units: tuple[str, ...] = ()
        if recording is not None:
            self.units = tuple(recording["unit"].values.tolist())
        self._opened = recording
        self.contents = Contents((), None, None)
        self.ended = False
        self.problem = ""
        self.rating: Rating | None = None
        self.deciding: Rating | None = None
        self.turns = Turns()
        self.saved = ""
        self._live: RaterPass | None = None
        self._shown: str | None = None
        self._compared: str | None = None

    @property
    def name(self) -> str:
        """What the recording is called in the window."""
        return self.path.stem if self.blind is None else self.blind.title

    @property
    def raters(self) -> tuple[Rater, ...]:
        """All raters of the recording, and who rates it."""
        raters = self.contents.raters
        known = [rater.label for rater in raters]
        if self.rating is None or self.rating.rater.label in known:
            return raters
        return (*raters, self.rating.rater)

    @property
    def shown(self) -> RaterPass | None:
        """What the shown rater did; None until it is read, and without raters."""
        return self._live if self.rating_shown else self.contents.shown

    @property
    def rating_shown(self) -> bool:
        """Whether the person who rates is the one who is shown."""
        rating = self.rating
        return rating is not None and self._shown == rating.rater.label

    @property
    def compared(self) -> RaterPass | None:
        """What the rater did with whom the shown one is compared."""
        return self.contents.compared

    @property
    def frames(self) -> NDArray[np.int64]:
        """Numbers of the video's frames."""
        return self.source.frames

    @property
    def times(self) -> NDArray[np.float64]:
        """Presentation times of the video's frames, in s."""
        return self.source.times

    def time(self, frame: int) -> float:
        """Presentation time of a frame, in s; NaN if the video has no such frame."""
        place = np.flatnonzero(self.frames == frame)
        return float(self.times[place[0]]) if len(place) else np.nan

    def facts(self, frame: int) -> FrameFacts | None:
        """Give what the shown rater found in a frame; None if it was not analysed.

        Under a person's boxes are those of a model.
        """
        below = self.below(frame)
        if self.rating is not None and self.rating_shown:
            return laid_over(live_facts(self.rating, frame, self.time(frame)), below)
        if self.shown is None:
            return None
        facts = facts_at(self.shown, frame)
        if facts is None:
            return None
        rater = self.shown.rater
        if self.rating and self.rating.value(frame, "confirmed", rater.label):
            facts = replace(facts, confirmed=True)  # just now, perhaps
        return facts if rater.kind == "model" else laid_over(facts, below)

    def below(self, frame: int) -> FrameFacts | None:
        """Give what the model found in a frame whose boxes lie under a person's."""
        under = self.contents.under
        return None if under is None else facts_at(under, frame)

    def compared_facts(self, frame: int) -> FrameFacts | None:
        """Give what the compared rater found in a frame."""
        return None if self.compared is None else facts_at(self.compared, frame)

    def rate(self, rating: Rating | None) -> None:
        """Show what a person sets while rating; with None, what is on disk again."""
        self.rating = rating
        self.saved, self.turns = "", Turns()
        if rating is not None:
            self._shown = rating.rater.label
            self._live = rating.as_pass()
            self.units = tuple(
                ordered_units([*self.units, *rating.rater.scale.unit_names])
            )
            if self._compared == self._shown:
                self._compared = None
        self.wanted.emit()

    def tell_rated(self, what: str = "") -> None:
        """Tell that something the person who rates has set is on the disk.

        Parameters
        ----------
        what
            What it was, in words, where it is more than one frame.
        """
        self.saved = f"{what or 'saved'} {datetime.now():%H:%M:%S}"
        self.rated.emit()

    def sum_up(self) -> None:
        """Bring the pass of the person who rates up to date, for curves."""
        if self.rating is not None:
            self._live = self.rating.as_pass()
            self.changed.emit()

    @property
    def scale(self) -> Scale | None:
        """Scale by which the recording was scored or rated; None where it was not."""
        if self.blind is not None:
            followed: Scale = self.blind.scale
            return followed
        shown: Scale | None = None if self.shown is None else self.shown.scale
        return shown

    def rater_named(self, name: str, scale: str = "") -> Rater:
        """Give the person of this name, who may be there already.

        Parameters
        ----------
        name
            The name.
        scale
            The scale to follow where the recording has none yet.

        Raises
        ------
        RecordingError
            If nobody can rate under this name.
        """
        check_name(name, self.raters)
        if self.blind is not None:
            return self.blind.rater(name)
        known = {rater.label: rater for rater in self.raters}
        if name in known:
            return known[name]
        chosen = self.scale or load_scale(scale or load_settings().scale)
        return Rater(name, name, "person", scale=chosen, sampling="frames of choice")

    def choose(self, label: str) -> None:
        """Show another rater's boxes and scores; nobody is compared with themselves."""
        if label != self._shown:
            self._shown = label
            if label == self._compared:
                self._compared = None
            self.wanted.emit()

    def compare(self, label: str | None) -> None:
        """Show another rater beside the one that is shown, or none."""
        shown = self.shown.rater.label if self.shown else None
        if label == (self._shown or shown):
            label = None
        if label != self._compared:
            self._compared = label
            self.wanted.emit()

    def read(self) -> Contents:
        """Read the recording from disk; this may run in any thread.

        Raises
        ------
        RecordingError
            If it cannot be read.
        """
        chosen = self._shown, self._compared
        if self.blind is not None:
            return Contents((), None, None, None, chosen)
        rating = self.rating
        opened, self._opened = self._opened, None
        recording = open_recording(self.path) if opened is None else opened
        raters = tuple(raters_of(recording))
        labels = [rater.label for rater in raters]
        shown, compared = chosen
        shown = shown if shown in labels else _usual(raters)
        if rating is not None and chosen[0] == rating.rater.label:
            shown = chosen[0]  # which is at hand
        compared = compared if compared in labels and compared != shown else None
        passes = {
            label: one_pass(recording, label)
            for label in {shown, compared, _model(raters)}
            if label in labels
        }
        return Contents(
            raters,
            passes.get(shown) or passes.get(_model(raters)),
            passes.get(compared),
            passes.get(_model(raters)),
            chosen,
            recording,
        )

    def read_at_once(self) -> None:
        """Show what was opened just now, if it is read in a moment."""
        if self._opened is not None and self._opened.sizes["frame"] <= _A_MOMENT:
            self.take(self.read())

    def take(self, contents: Contents) -> None:
        """Show what was read."""
        self.contents, self.ended, self.problem = contents, True, ""
        if contents.shown is not None:
            told = contents.shown.data["unit"].values.tolist()
            self.units = tuple(ordered_units([*told, *self.units]))
        self.changed.emit()

    def give_up(self, problem: str) -> None:
        """Go on showing what is shown: it could not be read anew."""
        self._shown, self._compared = self.contents.chosen
        self.ended, self.problem = True, problem
        self.changed.emit()


def _model(raters: Sequence[Rater]) -> str | None:
    """Whose boxes lie under those of people: the last model's."""
    return next((r.label for r in reversed(raters) if r.kind == "model"), None)


def _usual(raters: Sequence[Rater]) -> str | None:
    """Whom to show if nobody is chosen: the last model, else whoever came last."""
    return _model(raters) or (raters[-1].label if raters else None)
