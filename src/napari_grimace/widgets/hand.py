"""What the person who rates has in hand: a unit, a side, a box; and what is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import ref

from psygnal import Signal

from napari_grimace.errors import GrimaceError, RecordingError
from napari_grimace.rating.rating import Rating
from napari_grimace.recording import RecordingStore, rename_rater
from napari_grimace.recording.record import PAUSED, SHOWN
from napari_grimace.recording.store import SUFFIX
from napari_grimace.scales import UNIT_OF_REGION
from napari_grimace.widgets.names import check_name
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.selecting import Selecting, guarded
from napari_grimace.widgets.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.record import Place, Value
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
    leaving
        Emitted before a rating ends: what is not kept yet must be kept now.
    region
        The selected region, also of face and body.
    """

    leaving = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = ref(desk)
        self.region = ""
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
        """Give what is set for the selected side of a unit, else for the unit.

        Of a side that has no score, the unit's only where no side is scored apart.
        """
        rating, frame = self.rating, self.desk.frame
        if rating is None or frame is None:
            return None
        sides = {at: rating.value(frame, "region_score", at) for at in unit.regions}
        if self.side in sides and any(value is not None for value in sides.values()):
            return sides[self.side]
        return rating.value(frame, "score", unit.name)

    def toggle(self, unit: str, value: Value) -> None:
        """Score a unit, or its selected side; if that is its score, take it away."""
        rating, frame = self.rating, self.desk.frame
        self.select(unit, self.side if self.unit == unit else "")
        held: Value = None
        if rating is not None and frame is not None:
            place = ("region_score", self.side) if self.side else ("score", unit)
            held = rating.value(frame, *place)
        self.score(None if held == value else value)

    @guarded
    def begin(self, name: str, scale: str = "") -> None:
        """Rate the active recording in a person's name.

        Parameters
        ----------
        name
            The name.
        scale
            The scale to follow in a recording that nobody has rated or scored yet; by
            default that of the settings.
        """
        view = self.desk.view
        if view is None:
            raise RecordingError("Open a recording first: there is none to rate.")
        if not view.ended and view.blind is None:  # whose scale is followed?
            view.take(view.read())
        rater = view.rater_named(name, scale)
        if view.rating is not None:
            self._end(view)
        self._begin(view, rater)

    def begin_as(self, rater: Rater) -> None:
        """Rate the active recording as somebody who rated another one."""
        view = self.desk.view
        if view is not None:
            if not view.ended:
                view.take(view.read())
            known = {known.label: known for known in view.raters}
            self._begin(view, known.get(rater.label, rater))
            self.changed.emit()

    def _begin(self, view: RecordingView, rater: Rater) -> None:
        view.rate(Rating(RecordingStore.open(view.path), rater, view.time))
        self._frame = None
        if view.blind is not None:
            self.desk.route.begin()
        self._on_moved()
        self.desk.show_again()

    @guarded
    def rename(self, new: str) -> None:
        """Give who rates another name, in all recordings of the folder."""
        view, rating = self.desk.view, self.rating
        if view is None or rating is None:
            raise RecordingError(NOBODY)
        if view.blind is not None:
            raise RecordingError("The name in a blind set stays until it is finished.")
        check_name(new, view.raters)
        paths = [view.path, *view.path.parent.glob(f"*{SUFFIX}")]
        old = rating.rater.name
        if rating.frames or any(rater.name == old for rater in view.contents.raters):
            rename_rater(dict.fromkeys(paths), old, new)
        self._end(view)
        label = new + rating.rater.label.removeprefix(old)
        self._begin(view, replace(rating.rater, name=new, label=label))

    @guarded
    def end(self) -> None:
        """Rate no more; everything is on the disk."""
        view = self.desk.view
        if view is not None:
            self._end(view)

    def _end(self, view: RecordingView) -> None:
        if view.rating is not None:
            self.leaving.emit()
            if view.blind is not None and self._frame is not None:
                view.rating.tell(self._frame, PAUSED)
            view.rating.close()
            view.rate(None)
            self.desk.show_again()

    @guarded
    def select_region(self, region: str) -> None:
        """Select a region, and the unit that it shows."""
        self.pick(UNIT_OF_REGION.get(region, self.unit), region=region)

    def pick(self, unit: str, side: str = "", region: str = "") -> None:
        """Select, without saying so."""
        super().pick(unit, side)
        self.region = region or self.side or next(iter(self.regions_of(unit)), "")

    @guarded
    def score(self, value: Value) -> None:
        """Score the selected unit or side, and go on to what is not rated yet."""
        rating, frame = self.here()
        if not self.unit:
            self._begin_frame()
        before = rating.is_rated(frame)
        value = float(value) if isinstance(value, int) else value
        if self.side:
            records = rating.score_side(frame, self.side, value)
        else:
            records = rating.score(frame, self.unit, value)
        if records:
            self.written(rating)
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

    def _go_on_by_unit(self) -> None:
        """Go to the next frame in which the unit has no score, then to other units."""
        following = self.desk.route.following_unit(self.unit)
        if following is not None:
            frame, unit = following
            self.desk.go_to(frame)
            self.pick(unit)

    @guarded
    def undo(self, by: int = -1) -> None:
        """Take back what was done last, or with 1 do it again; go where it was."""
        rating, frame = self.here(marking=True)
        view = self.desk.view
        if view is None:
            return
        turned = view.turns.undo(rating) if by < 0 else view.turns.redo(rating)
        frames = turned.undo() if by < 0 else turned.redo()
        if frames:
            where = frame if frame in frames else frames[0]
            view.tell_rated()
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
        view.saved = ""  # until it is
        return rating, frame

    def facts(self) -> FrameFacts | None:
        """Give what is shown of the frame."""
        view, frame = self.desk.view, self.desk.frame
        return None if view is None or frame is None else view.facts(frame)

    def keep(
        self,
        rating: Rating,
        changed: Mapping[int, Mapping[Place, Value]],
        reason: str = "",
        what: str = "",
    ) -> None:
        """Set values, and say that they are on the disk.

        Parameters
        ----------
        rating, changed, reason
            See `Rating.set`.
        what
            What was set, in words; in the place of {} stands in how many frames.
        """
        records = rating.set(changed, reason)
        if records:
            self.written(rating, what.format(len(records)))

    def written(self, rating: Rating, what: str = "") -> None:
        """Show what is now on the disk, and say so."""
        view = self.desk.view
        if view is not None:
            view.turns.add(rating)
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
            self._look_elsewhere()
            self._tell_shown()
            if not self.desk.route.by_unit:
                self._begin_frame()
            if self.rating is not None:
                self.desk.route.look_ahead()
            self.changed.emit()

    def _look_elsewhere(self) -> None:
        """Take over what the same person has set at another desk meanwhile."""
        view, rating = self.desk.view, self.rating
        if view is not None and rating is not None and rating.changed_elsewhere():
            try:
                rating.read()
            except (GrimaceError, OSError) as error:
                tell(error)
            view.rated.emit()

    def _tell_shown(self) -> None:
        """Note when a picture of a blind set comes before the rater's eyes."""
        view = self.desk.view
        if view is None or view.blind is None or view.rating is None:
            return
        if self._frame is not None:
            try:
                view.rating.tell(self._frame, SHOWN)
            except RecordingError as error:
                tell(error)

    def _on_activated(self) -> None:
        self._frame = self.desk.frame
        self._begin_frame()
        self.changed.emit()
