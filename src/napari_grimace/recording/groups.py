"""The raters' groups in a recording's zarr store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import zarr

from napari_grimace.errors import RecordingError
from napari_grimace.recording.columns import Columns
from napari_grimace.recording.disk import disk_errors, group_name
from napari_grimace.recording.names import read_names
from napari_grimace.recording.rater import Rater, check_rater

if TYPE_CHECKING:
    from pathlib import Path


class Groups:
    """The raters of a recording's store, by the labels that they have now.

    Parameters
    ----------
    path
        The recording's folder.
    root
        The group that holds the raters' groups.
    """

    def __init__(self, path: Path, root: zarr.Group) -> None:
        self.path, self._root = path, root
        self._columns: dict[str, Columns] = {}
        self._stored = stored_raters(path / "recording.zarr")
        self.look_up_names()

    def look_up_names(self) -> None:
        """See who was renamed, by any program, since this was done last."""
        self.names = read_names(self.path / "journals")
        self._groups = {
            self.names.renamed(rater).label: group
            for group, rater in self._stored.items()
        }

    @property
    def raters(self) -> dict[str, Rater]:
        """Raters by label, in the order they were added."""
        return {label: self[label] for label in self._groups}

    def __getitem__(self, label: str) -> Rater:
        return self.names.renamed(self._stored[self._group(label)])

    def check(self, rater: Rater) -> bool:
        """Tell whether a rater is there already; raise if it contradicts another."""
        now = self.names.renamed(rater).name
        if now != rater.name:
            raise RecordingError(
                f"{self.path}: {rater.name!r} is called {now!r} in this recording by "
                "now. Rate under that name, or, as another person, under a third."
            )
        return check_rater(rater, self.raters.values(), self.path)

    def add(self, rater: Rater) -> None:
        """Make the group of a new rater."""
        attributes = {"rater": rater.to_dict(), "order": len(self._stored)}
        group = group_name(rater.label)
        with disk_errors(self.path):
            self._root.create_group(group, attributes=attributes)
        self._stored[group] = rater
        self._groups[rater.label] = group

    def replace(self, rater: Rater) -> None:
        """Change the facts that are kept of a rater."""
        name = self._group(rater.label)
        group = open_group(self.path / "recording.zarr" / name)
        with disk_errors(self.path):
            group.attrs["rater"] = rater.to_dict()
        self._stored[name] = rater

    def columns(self, label: str) -> Columns:
        """Give the arrays of a rater."""
        group = self._group(label)
        if group not in self._columns:
            folder = self.path / "recording.zarr" / group
            self._columns[group] = Columns(open_group(folder))
        return self._columns[group]

    def _group(self, label: str) -> str:
        if label not in self._groups:
            raise RecordingError(
                f"{self.path}: there is no rater {label!r}, only "
                f"{', '.join(map(repr, self._groups)) or 'none'}. Add the rater first."
            )
        return self._groups[label]


def open_group(folder: Path) -> zarr.Group:
    """Open a group, for reading until something is written to it."""
    try:
        return zarr.open_group(str(folder), mode="r+", zarr_format=3)
    except Exception as error:  # damaged metadata raise many kinds
        raise _damaged(folder, str(error)) from error


def stored_raters(root: Path) -> dict[str, Rater]:
    """Read a store's raters by group, as they were called when they were added."""
    found: list[tuple[int, str, Rater]] = []
    for folder in sorted(root.iterdir()):
        # A run killed while it added a rater can leave a folder with nothing in it.
        if any(folder.glob("**/zarr.json")):
            attrs: dict[str, Any] = open_group(folder).attrs.asdict()
            try:
                rater = Rater.from_dict(attrs["rater"])
                found.append((int(attrs["order"]), folder.name, rater))
            except (KeyError, TypeError, ValueError) as error:
                raise _damaged(folder, f"does not tell the rater: {error!r}") from error
    return {name: rater for _, name, rater in sorted(found, key=lambda item: item[:2])}


def _damaged(folder: Path, problem: str) -> RecordingError:
    return RecordingError(
        f"{folder / 'zarr.json'}: is missing or damaged ({problem}). Put it back "
        "from a backup."
    )
