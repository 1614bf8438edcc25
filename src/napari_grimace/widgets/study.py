"""The dock "Study": the recordings of a sample sheet, and figures of their groups."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qtpy.QtWidgets as qt
from magicgui.types import FileDialogMode
from magicgui.widgets import ComboBox, FileEdit

from napari_grimace.errors import GrimaceError, StudyError
from napari_grimace.study import experiments_in, recording_path
from napari_grimace.widgets.buttons import button
from napari_grimace.widgets.desk import desk_of
from napari_grimace.widgets.figure_dock import FigureDock
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.rows import fill_scrolling, rows, section, wrapped_text
from napari_grimace.widgets.study_choices import StudyChoices
from napari_grimace.widgets.study_table import StudyTable
from napari_grimace.widgets.study_work import (
    Loaded,
    compare,
    load,
    sample,
    write_page,
    write_tables,
)
from napari_grimace.widgets.teach_sets import typed_path
from napari_grimace.widgets.worker import CallWorker

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari

    from napari_grimace.widgets.study_work import Drawn

NO_SHEET = "Choose a sample sheet first, and press Load."
NO_RECORDING = (
    "This study holds scores alone: there is no recording of {name!r} to open."
)
_AT_WORK = "at work ..."
_FILES = "*.csv *.tsv *.xlsx *.nc"


class StudyWidget(qt.QScrollArea):
    """See the recordings of a study, open them, compare groups, export.

    Parameters
    ----------
    viewer
        The viewer.

    Attributes
    ----------
    table
        The recordings; a double click opens one.
    choices
        What is compared.
    said
        What was done, or what is wrong.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._viewer, self._desk = viewer, desk_of(viewer)
        self._loaded: Loaded | None = None
        self._work: Any = None
        self._docks: dict[str, FigureDock] = {}
        self.sheet = FileEdit(
            mode=FileDialogMode.EXISTING_FILE,
            label="sheet",
            filter=_FILES,
            tooltip="A sample sheet with columns path, animal, group and timepoint, or "
            "a file of scores alone.",
        )
        self.experiment = ComboBox(label="experiment", choices=[])
        self.table, self.choices = StudyTable(), StudyChoices()
        self.said = wrapped_text()
        self._lay_out()
        self.sheet.changed.connect(self._on_sheet)
        self.table.chosen.connect(self._open)
        self._on_sheet()

    def _lay_out(self) -> None:
        content = qt.QWidget()
        layout = qt.QVBoxLayout(content)
        layout.addWidget(rows(self.sheet))
        self._experiment = rows(self.experiment)
        layout.addWidget(self._experiment)
        layout.addWidget(button("Load", self._load))
        layout.addWidget(self.table)
        layout.addWidget(self.said.native)
        compared = qt.QWidget()
        column = qt.QVBoxLayout(compared)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.choices)
        column.addWidget(button("Group summary", self._compare))
        column.addWidget(button("Sampling curve", self._sample))
        self.compared = section("Compare", compared)
        layout.addWidget(self.compared)
        exported = qt.QWidget()
        column = qt.QVBoxLayout(exported)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(button("Tables ...", self._export))
        column.addWidget(button("Report ...", self._report))
        self.exported = section("Export", exported)
        layout.addWidget(self.exported)
        layout.addStretch(1)
        fill_scrolling(self, content)

    def _path(self) -> Path:
        path = typed_path(self.sheet.value, Path())
        if path == Path():
            raise StudyError(NO_SHEET)
        return path

    def _on_sheet(self) -> None:
        """Offer the experiments of the chosen file, if it holds several."""
        path = typed_path(self.sheet.value, Path())
        try:
            names = experiments_in(path) if path.is_file() else []
        except GrimaceError:  # is told when it is loaded
            names = []
        self.experiment.choices = names
        self._experiment.setVisible(len(names) > 1)

    def _load(self) -> None:
        experiment = self.experiment.value if len(self.experiment.choices) > 1 else None
        work = partial(load, self._path(), experiment)
        self._start(work, self._on_loaded)

    def _on_loaded(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self.table.show_states(loaded.states)
        self.choices.offer(loaded)
        self._say(loaded.words)
        self.compared.expand()
        self.exported.expand()

    def _open(self, name: str) -> None:
        """Open a recording of the table in the viewer."""
        try:
            path = recording_path(self._study().study, name)
            if path is None:
                raise StudyError(NO_RECORDING.format(name=name))
            self._desk.open(path)
        except (GrimaceError, OSError) as error:
            tell(error)

    def _compare(self) -> None:
        work = partial(compare, self._study(), self.choices.chosen())
        self._start(work, self._show)

    def _sample(self) -> None:
        work = partial(sample, self._study(), self.choices.chosen())
        self._start(work, self._show)

    def _show(self, drawn: Drawn) -> None:
        """Dock a figure below, in the place of the last of this kind."""
        window, dock = self._viewer.window, FigureDock(drawn.figure, drawn.text)
        old = self._docks.pop(drawn.title, None)
        if old is not None:
            with suppress(LookupError, RuntimeError):  # it was closed
                window.remove_dock_widget(old)
        others = bool(self._docks)
        self._docks[drawn.title] = dock
        window.add_dock_widget(dock, name=drawn.title, area="bottom", tabify=others)
        self._say(f"{drawn.title} is shown below the picture.")

    def _export(self) -> None:
        loaded, chosen = self._study(), self.choices.chosen()
        folder = qt.QFileDialog.getExistingDirectory(self, "Folder for the tables")
        if folder:
            work = partial(write_tables, loaded, chosen, Path(folder))
            self._start(work, lambda paths: self._say(_written(*paths)))

    def _report(self) -> None:
        loaded, chosen = self._study(), self.choices.chosen()
        usual = str(loaded.path.with_name(f"{loaded.path.stem}_report.html"))
        path, _ = qt.QFileDialog.getSaveFileName(self, "Report", usual, "HTML (*.html)")
        if path:
            work = partial(write_page, loaded, chosen, Path(path))
            self._start(work, lambda path: self._say(_written(path)))

    def _study(self) -> Loaded:
        if self._loaded is None:
            raise StudyError(NO_SHEET)
        return self._loaded

    def _start(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        if self._work is not None:
            raise StudyError("Something is still at work: wait until it has ended.")
        self._work = CallWorker(work)
        self._work.then(done, tell)
        self._work.finished.connect(self._on_end)
        self._say(_AT_WORK)
        self._work.start()

    def _on_end(self) -> None:
        self._work = None
        if self.said.value == _AT_WORK:
            self._say("")

    def _say(self, words: str) -> None:
        self.said.value = words


def _written(*paths: Path) -> str:
    return "Written: " + ", ".join(map(str, paths))
