"""What the person who rates has in hand: a unit, a side, a box; and what is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import ref

from napari_grimace.errors import RecordingError
from napari_grimace.rating.confirmation import OF
from napari_grimace.rating.rating import Rating
from napari_grimace.recording import RecordingStore, rename_rater
from napari_grimace.recording.store import SUFFIX
from napari_grimace.scales import UNIT_OF_REGION
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.selecting import Selecting
from napari_grimace.widgets.selecting import told as told
from napari_grimace.widgets.settings import load_settings

if TYPE_CHECKING:
    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.record import Value
    from napari_grimace.recording.resolve import Conflict
    from napari_grimace.scales.scale import Unit
    from napari_grimace.widgets.desk import Desk
    from napari_grimace.widgets.facts import FrameFacts
    from napari_grimace.widgets.view import RecordingView

NOBODY = (
    "Nobody rates this recording yet. Give your name in the widget Rate, and press "
    "Start."
)


class Hand(Selecting):
    """Rates the active recording of a desk, in the name of one person.

    Parameters
    ----------
    desk
        The desk.

    Attributes
    ----------
    changed
        Emitted when something was selected or set.
    unit, side
        Name of the selected unit, and of its region where one side is selected.
    region
        The selected region, also of face and body.
    first, last
        Frames between which things are set on request; None: not chosen.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = ref(desk)
        self.region = ""
        self.first: int | None = None
        self.last: int | None = None
        self._frame: int | None = None
        desk.moved.connect(self._on_moved)
        desk.activated.connect(self._on_activated)

    @property
    def desk(self) -> Desk:
        """The desk."""
        desk = self._desk()
        if desk is None:
            raise RuntimeError("The desk of this hand is gone.")
        return desk

    @property
    def rating(self) -> Rating | None:
        """Rating of the active recording; None while nobody rates it."""
        view = self.desk.view
        return None if view is None else view.rating

    @property
    def units(self) -> tuple[Unit, ...]:
        """Units of the scale that is followed."""
        rating = self.rating
        return () if rating is None else rating.rater.scale.units

    def value_of(self, unit: Unit) -> Value:
        """Give what is set for the selected side of a unit, else for the unit."""
        rating, frame = self.rating, self.desk.frame
        if rating is None or frame is None:
            return None
        apart = None
        if self.side in unit.regions:
            apart = rating.value(frame, "region_score", self.side)
        return rating.value(frame, "score", unit.name) if apart is None else apart

    @told
    def begin(self, name: str) -> None:
        """Rate the active recording in a person's name."""
        view = self.desk.view
        if view is None:
            raise RecordingError("Open a recording first: there is none to rate.")
        if view.rating is not None:
            self._end(view)
        self._begin(view, view.rater_named(name))

    def _begin(self, view: RecordingView, rater: Rater) -> None:
        view.rate(Rating(RecordingStore.open(view.path), rater, view.time))
        self._frame = None
        if view.blind is not None:
            self.desk.route.begin()
        self._on_moved()
        self.desk.show_again()

    @told
    def rename(self, new: str) -> None:
        """Give who rates another name, in all recordings of the folder."""
        view, rating = self.desk.view, self.rating
        if view is None or rating is None:
            raise RecordingError(NOBODY)
        if view.blind is not None:
            raise RecordingError("The name in a blind set stays until it is finished.")
        paths = [view.path, *view.path.parent.glob(f"*{SUFFIX}")]
        old = rating.rater.name
        rename_rater(dict.fromkeys(paths), old, new)
        self._end(view)
        label = new + rating.rater.label.removeprefix(old)
        self._begin(view, replace(rating.rater, name=new, label=label))

    @told
    def end(self) -> None:
        """Rate no more; everything is on the disk."""
        view = self.desk.view
        if view is not None:
            self._end(view)

    def _end(self, view: RecordingView) -> None:
        if view.rating is not None:
            if view.blind is not None and self._frame is not None:
                view.rating.tell(self._frame, "paused")
            view.rating.close()
            view.rate(None)
            self.desk.show_again()

    @told
    def select_region(self, region: str) -> None:
        """Select a region, and the unit that it shows."""
        self.pick(UNIT_OF_REGION.get(region, self.unit), region=region)

    def pick(self, unit: str, side: str = "", region: str = "") -> None:
        """Select, without saying so."""
        super().pick(unit, side)
        self.region = region or self.side or next(iter(self.regions_of(unit)), "")

    @told
    def score(self, value: Value) -> None:
        """Score the selected unit or side, and go on to what is not rated yet."""
        rating, frame = self.here()
        if not self.unit:
            self._begin_frame()
        before = rating.is_rated(frame)
        if self.side and (value is None or isinstance(value, int | float)):
            level = None if value is None else float(value)
            rating.score_side(frame, self.side, level)
        else:
            rating.score(frame, self.unit, value)
        self.written()
        self._go_on(rating, frame, before=before)

    def _go_on(self, rating: Rating, frame: int, *, before: bool) -> None:
        """Select what comes next: the other side, a unit without a score, a frame."""
        unit = rating.rater.scale.unit(self.unit)
        if self.side and self.side != unit.regions[-1]:
            place = unit.regions.index(self.side) + 1
            self.pick(self.unit, unit.regions[place])
            return
        units = rating.rater.scale.unit_names
        if self.desk.route.by_unit:
            self._go_on_by_unit()
            return
        place = units.index(self.unit)
        order = (*units[place + 1 :], *units[:place])
        missing = (u for u in order if rating.value(frame, "score", u) is None)
        following = next(missing, None)
        if following is not None:
            self.pick(following)
        elif before or not load_settings().advance:
            self.pick(units[(place + 1) % len(units)])
        else:
            self.desk.route.go(1)

    @told
    def mark_range(self, end: int) -> None:
        """Begin the range at this frame (-1), or end it here (1)."""
        _, frame = self.here()
        if end < 0:
            self.first = frame
        else:
            self.last = frame

    def range(self) -> list[int]:
        """Analysed frames of the range.

        Raises
        ------
        RecordingError
            If it was not chosen.
        """
        if self.first is None or self.last is None:
            raise RecordingError("Choose a range first: its first and last frame.")
        low, high = sorted((self.first, self.last))
        frames = self.desk.route.analysed()
        return [int(at) for at in frames[(frames >= low) & (frames <= high)]]

    def _go_on_by_unit(self) -> None:
        """Go to the next frame in which the unit has no score, then to other units."""
        following = self.desk.route.following_unit(self.unit)
        if following is not None:
            frame, unit = following
            self.desk.go_to(frame)
            self.pick(unit)

    @told
    def flag(self, reason: str = "") -> None:
        """Flag the frame for review, or take the flag away."""
        rating, frame = self.here(marking=True)
        flagged = bool(rating.value(frame, "flag"))
        rating.set({frame: {("flag", ""): not flagged}}, reason or self._of())
        self.written()

    @told
    def confirm(self) -> None:
        """Confirm the frame, or take it back; another rater's who is shown, too."""
        rating, frame = self.here(marking=True)
        confirmed = bool(rating.value(frame, "confirmed"))
        rating.set({frame: {("confirmed", ""): not confirmed}}, self._of())
        self.written()

    @told
    def confirm_range(self) -> None:
        """Confirm the analysed frames of the range."""
        self._confirm(self.range())

    @told
    def confirm_all(self) -> None:
        """Confirm every analysed frame of the recording."""
        self._confirm(self.desk.route.analysed().tolist())

    def _confirm(self, frames: list[int]) -> None:
        rating, _ = self.here(marking=True)
        rating.set({at: {("confirmed", ""): True} for at in frames}, self._of())
        self.written(f"{len(frames)} frames confirmed")

    def _of(self) -> str:
        """Say whose scores are marked, if they are another rater's."""
        view = self.desk.view
        shown = None if view is None else view.shown
        if view is None or shown is None or view.rating_shown:
            return ""
        return f"{OF}{shown.rater.label}"

    @told
    def settle(self, conflict: Conflict, value: Value) -> None:
        """Decide between the values that two desks have set."""
        rating, _ = self.here()
        rating.settle(conflict, value)
        self.written()

    @told
    def note(self, words: str) -> None:
        """Note something of the frame; nothing takes the note away."""
        rating, frame = self.here()
        rating.set({frame: {("note", ""): " ".join(words.split()) or None}})
        self.written()

    @told
    def undo(self, by: int = -1) -> None:
        """Take back what was done last, or with 1 do it again; go where it was."""
        rating, frame = self.here()
        frames = rating.undo() if by < 0 else rating.redo()
        if frames:
            where = frame if frame in frames else frames[0]
            self.written()
            self.desk.go_to(where)

    def here(self, *, marking: bool = False) -> tuple[Rating, int]:
        """Give the rating and the frame; the person's own values are then shown.

        Parameters
        ----------
        marking
            Whether a mark is to be set, which may be of another rater who is shown.

        Raises
        ------
        RecordingError
            If nobody rates, or the viewer stands outside the video.
        """
        rating, frame, view = self.rating, self.desk.frame, self.desk.view
        if rating is None or view is None:
            raise RecordingError(NOBODY)
        if frame is None:
            raise RecordingError("The viewer stands outside the video.")
        if not view.rating_shown and not marking:
            view.choose(rating.rater.label)
        return rating, frame

    def facts(self) -> FrameFacts | None:
        """Give what is shown of the frame."""
        view, frame = self.desk.view, self.desk.frame
        return None if view is None or frame is None else view.facts(frame)

    def written(self, what: str = "") -> None:
        """Show what is now on the disk, and say so."""
        view = self.desk.view
        if view is not None:
            view.tell_rated(what)

    def _begin_frame(self) -> None:
        """Select the first unit that has no score yet."""
        rating, frame = self.rating, self.desk.frame
        if rating is None or frame is None:
            return
        units = rating.rater.scale.unit_names
        missing = (u for u in units if rating.value(frame, "score", u) is None)
        self.pick(next(missing, units[0]))

    def _on_moved(self) -> None:
        if self.desk.frame != self._frame:
            self._frame = self.desk.frame
            self._tell_shown()
            if not self.desk.route.by_unit:
                self._begin_frame()
            if self.rating is not None:
                self.desk.route.look_ahead()
            self.changed.emit()

    def _tell_shown(self) -> None:
        """Note when a picture of a blind set comes before the rater's eyes."""
        view = self.desk.view
        if view is None or view.blind is None or view.rating is None:
            return
        if self._frame is not None:
            try:
                view.rating.tell(self._frame, "shown")
            except RecordingError as error:
                tell(error)

    def _on_activated(self) -> None:
        self.first = self.last = None
        self._frame = self.desk.frame
        self._begin_frame()
        self.changed.emit()
