"""What the maker of a blind set does: make it, read its sheets, copy its ratings."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qtpy.QtWidgets as qt
from magicgui.types import FileDialogMode
from magicgui.widgets import ComboBox, FileEdit, FloatSpinBox, LineEdit, SpinBox

from napari_grimace.errors import RecordingError
from napari_grimace.rating.blind import open_blind_set
from napari_grimace.rating.blind_build import iter_build_blind_set
from napari_grimace.rating.blind_choice import BlindSpec
from napari_grimace.rating.blind_finish import Copied, finish_blind_set
from napari_grimace.rating.blind_key import key_path, read_key
from napari_grimace.rating.blind_sheet import export_blind_sheet
from napari_grimace.rating.blind_sheet_read import import_blind_sheet
from napari_grimace.recording.store import SUFFIX
from napari_grimace.widgets.buttons import TwiceButton, button
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.opening import BLIND
from napari_grimace.widgets.route import list_recordings
from napari_grimace.widgets.rows import rows, section, wrapped_text
from napari_grimace.widgets.teach_sets import typed_path
from napari_grimace.widgets.worker import CallWorker, StepWorker

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_grimace.progress import Progress
    from napari_grimace.rating.blind import BlindSet
    from napari_grimace.widgets.desk import Desk

FACING, EVEN, PER_BIN = "facing", "even", "bin"
_WAYS = [
    ("one facing frame per bin (the manual habit)", FACING),
    ("so many random frames per recording", EVEN),
    ("so many random frames per bin", PER_BIN),
]
FINISH = "Copy what was rated"
NOBODY_YET = "Nobody has rated this set yet."
NO_SET = "Choose a blind set first."


class MakerFields(qt.QWidget):
    """Make a blind set, read its sheets, and bring its ratings into the recordings.

    What it tells is not for raters: it is taken away when a set is opened.

    Parameters
    ----------
    desk
        Of the viewer.
    blind
        The field in which a set is chosen.
    """

    def __init__(self, desk: Desk, blind: FileEdit) -> None:
        super().__init__()
        self._desk, self.set = desk, blind
        self._work: Any = None
        self.finish = TwiceButton(FINISH, self._finish)
        self._make_fields()
        self.said = wrapped_text()
        self._lay_out()
        self.set.changed.connect(self.finish.forget)
        self.key.changed.connect(self.finish.forget)

    def _make_fields(self) -> None:
        folder, save = FileDialogMode.EXISTING_DIRECTORY, FileDialogMode.OPTIONAL_FILE
        self.folder = FileEdit(
            mode=folder,
            label="from",
            tooltip="A folder of recordings: all that lie in it are used.",
        )
        self.way = ComboBox(choices=_WAYS, label="frames")
        self.count = SpinBox(value=5, min=1, max=10_000, label="number")
        self.bin = FloatSpinBox(value=3, min=0.1, max=1000, label="bin, min")
        self.repeats = SpinBox(
            value=20,
            min=0,
            max=100,
            label="twice, %",
            tooltip="Share of the pictures that is shown a second time, to tell how "
            "well a rater agrees with him- or herself.",
        )
        self.seed = SpinBox(value=1, min=0, max=2**31 - 1, label="seed")
        self.title = LineEdit(label="title", tooltip="Raters read it.")
        self.new = FileEdit(
            mode=save, label="new set", tooltip="Where: NAME.blind", filter="*.blind"
        )
        self.key = FileEdit(
            mode=save,
            label="key",
            tooltip="The file that tells what the pictures show. Keep it from raters.",
            filter="*.json",
        )
        self.sheet = FileEdit(
            mode=FileDialogMode.EXISTING_FILE, label="sheet", filter="*.xlsx"
        )
        self.rater = LineEdit(label="rater", tooltip="If the sheet does not say.")

    def _lay_out(self) -> None:
        made = (self.folder, self.way, self.count, self.bin, self.repeats, self.seed)
        parts: tuple[tuple[str, Any, Any], ...] = (
            (
                "Make a set",
                (*made, self.title, self.new),
                (button("Make the set and its key", self._build),),
            ),
            (
                "Rate on a spreadsheet",
                (self.sheet, self.rater),
                (
                    button("Write pictures and sheet ...", self._export),
                    button("Read", self._read),
                ),
            ),
            ("Bring the ratings into the recordings", (self.key,), (self.finish,)),
        )
        layout = qt.QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 0)
        for title, fields, buttons in parts:
            part = qt.QWidget()
            column = qt.QVBoxLayout(part)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(rows(*fields))
            for one in buttons:
                column.addWidget(one)
            layout.addWidget(section(title, part))
        layout.addWidget(self.said.native)

    def spec(self) -> BlindSpec:
        """Give what the form says of the choice of frames."""
        count, way = int(self.count.value), self.way.value
        return BlindSpec(
            per_recording=count if way == EVEN else None,
            per_bin=count if way == PER_BIN else None,
            bin_seconds=60.0 * float(self.bin.value),
            repeats=self.repeats.value / 100,
            seed=int(self.seed.value),
            title=" ".join(self.title.value.split()),
        )

    def _build(self) -> None:
        folder = chosen(self.folder, "Choose the folder of the recordings first.")
        recordings = list_recordings(folder)
        if not recordings:
            raise RecordingError(f"{folder}: there are no recordings (NAME{SUFFIX}).")
        new = chosen(self.new, "Say first where the new set is to be.")
        if new.suffix != BLIND:  # "day1.5mg" has a dot, and keeps it
            new = new.with_name(new.name + BLIND)
        work = StepWorker(iter_build_blind_set, new, recordings, self.spec())
        work.yielded.connect(self._on_progress)
        self._start(work, self._on_built)

    def _export(self) -> None:
        place = qt.QFileDialog.getExistingDirectory(self, "Folder for the sheet")
        if place:
            blind = chosen(self.set, NO_SET)
            folder = Path(place) / blind.stem
            work = CallWorker(partial(export_blind_sheet, blind, folder))
            self._start(work, lambda path: self._say(f"Written: {path}"))

    def _read(self) -> None:
        blind = chosen(self.set, NO_SET)
        sheet = chosen(self.sheet, "Choose the sheet that was filled in first.")
        name = " ".join(self.rater.value.split()) or None
        work = CallWorker(partial(import_blind_sheet, blind, sheet, name))
        self._start(work, lambda count: self._say(f"{count} values were read."))

    def _finish(self) -> None:
        blind = chosen(self.set, NO_SET)
        key = typed_path(self.key.value, key_path(blind))
        if self._is_open(blind):
            raise RecordingError(
                "Close the set first: its raters must not see where pictures come from."
            )
        if self.finish.asked != (blind, key):
            self._ask(blind, key)
            return
        self.finish.forget()
        work = CallWorker(partial(finish_blind_set, blind, key))
        self._start(work, partial(self._on_finished, blind))

    def _ask(self, blind: Path, key: Path) -> None:
        """Ask for a second press: what is copied stays in the recordings."""
        count = len(open_blind_set(blind).raters)
        if not count:
            self._say(NOBODY_YET)
            return
        raters = "1 rater" if count == 1 else f"{count} raters"
        self.finish.ask((blind, key), f"Press again to copy what {raters} rated")

    def _is_open(self, blind: Path) -> bool:
        views = [view for view in self._desk.views if view.blind is not None]
        return any(view.path.parent.resolve() == blind.resolve() for view in views)

    def forget(self) -> None:
        """Take away what was told, and what was asked."""
        self.finish.forget()
        self._say("")

    def _start(self, work: Any, returned: Callable[[Any], None]) -> None:
        if self._work is not None:
            raise RecordingError("Something is still at work: wait until it has ended.")
        self._work = work
        work.returned.connect(returned)
        work.failed.connect(tell)
        work.finished.connect(self._on_end)
        self._say("at work ...")
        work.start()

    def _on_end(self) -> None:
        self._work = None
        if self.said.value == "at work ...":
            self._say("")

    def _on_progress(self, progress: Progress) -> None:
        self._say(f"frame {progress.done} of {progress.total}")

    def _on_built(self, made: BlindSet) -> None:
        self.set.value = made.path
        place = key_path(made.path)
        self.key.value = place
        empty = [
            f"{one.source}: {start / 60:g}-{end / 60:g} min"
            for one in read_key(place).recordings
            for start, end, _ in one.empty
        ]
        words = f"{made.count} pictures. The key is {place.name}: keep it from raters."
        if empty and not any(view.blind for view in self._desk.views):
            words += f" Without a fit frame, and left empty: {'; '.join(empty)}."
        self._say(words)

    def _on_finished(self, blind: Path, copied: list[Copied]) -> None:
        if self._is_open(blind):  # meanwhile
            self._say("What was rated is copied.")
            return
        lines = [
            f"{one.recording.stem}, {one.rater.label}: {one.pictures} pictures"
            + (f", {len(one.unfinished)} not done" if one.unfinished else "")
            + (f", {len(one.clashes)} differ and stay" if one.clashes else "")
            + (f", {len(one.unsettled)} to be decided" if one.unsettled else "")
            for one in copied
        ]
        self._say("\n".join(lines) or NOBODY_YET)

    def _say(self, words: str) -> None:
        self.said.value = words


def chosen(field: FileEdit, otherwise: str) -> Path:
    """Give the path of a field; raise `RecordingError` if there is none."""
    nothing = Path()
    path = typed_path(field.value, nothing)
    if path == nothing:
        raise RecordingError(otherwise)
    return path
