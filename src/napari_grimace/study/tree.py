"""Studies as trees: one node a recording, opened when it is first used."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from napari_grimace.errors import StudyError
from napari_grimace.study.names import KEYS, RECORDING, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from napari_grimace.recording.rater import Rater
    from napari_grimace.study.passes import Pass


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """Where a recording that is not open yet comes from.

    Attributes
    ----------
    open
        Opens it.
    read_passes
        Reads the passes of a rater, or of all, in a quicker way than opening it.
    raters
        Who rated it, where that is known without opening it.
    path
        The recording on disk; None for scores alone.
    """

    open: Callable[[], xr.Dataset]
    read_passes: Callable[[str | None], list[Pass]] | None = None
    raters: tuple[Rater, ...] | None = None
    path: Path | None = None


class Recordings(MutableMapping[str, xr.DataTree]):
    """The children of a study's root, each opened when it is first asked for.

    It takes the place of the dictionary in which xarray keeps a node's children
    (`_children`); with `_parent` and `_name` of a child these are all the private
    names of xarray that are used, here and nowhere else.
    """

    def __init__(
        self, root: xr.DataTree, sources: Mapping[str, Source], sheet: pd.DataFrame
    ) -> None:
        self._root, self.sources, self.sheet = root, dict(sources), sheet
        self._open: dict[str, xr.DataTree] = {}

    def __getitem__(self, name: str) -> xr.DataTree:
        if name not in self._open:
            recording = self.sources[name].open()
            row = self.sheet.loc[name].to_dict()
            node: xr.DataTree = xr.DataTree(recording.assign_attrs(row), name=name)
            node._parent = self._root
            self._open[name] = node
        return self._open[name]

    def __setitem__(self, name: str, node: xr.DataTree) -> None:
        self._open[name] = node
        self.sources.setdefault(name, Source(node.to_dataset))

    def __delitem__(self, name: str) -> None:
        del self.sources[name]
        self._open.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self.sources)

    def __len__(self) -> int:
        return len(self.sources)

    def __contains__(self, name: object) -> bool:
        return name in self.sources

    def closed(self, name: str) -> Source | None:
        """Give the source of a recording that is not open yet."""
        return None if name in self._open else self.sources[name]


def make_study(
    recordings: Mapping[str, xr.Dataset | Source],
    sheet: pd.DataFrame,
    attrs: Mapping[Any, Any] | None = None,
) -> xr.DataTree:
    """Make a study of recordings.

    Parameters
    ----------
    recordings
        Recordings by name.
    sheet
        What is told of them: the index holds their names, in the study's order, the
        columns are `animal`, `group`, `timepoint` and any further one, all text.
    attrs
        Attributes of the study.

    Returns
    -------
    DataTree
        A node for each recording, with its row of the sheet among the attributes. The
        root's attribute `columns` names the sheet's columns, as JSON.

    Raises
    ------
    StudyError
        If the sheet and the recordings do not belong together.
    """
    if set(sheet.index) != set(recordings) or not sheet.index.is_unique:
        apart = set(sheet.index).symmetric_difference(recordings)
        raise StudyError(
            "The sheet must have one row for each recording; it differs in "
            f"{listed(sorted(map(str, apart)))}."
        )
    columns = dict.fromkeys([*KEYS[1:], *map(str, sheet)])
    rows = sheet.astype(object).rename_axis(RECORDING).reindex(columns=list(columns))
    rows = rows.where(rows.notna(), "").astype(str)
    sources = {str(name): _source(recordings[name]) for name in rows.index}
    root: xr.DataTree = xr.DataTree(
        xr.Dataset(attrs={**(attrs or {}), "columns": json.dumps(list(rows))})
    )
    root._children = Recordings(root, sources, rows)  # type: ignore[assignment]
    return root


def sheet_of(study: xr.DataTree) -> pd.DataFrame:
    """Give what the sample sheet tells of a study's recordings, without opening any.

    Parameters
    ----------
    study
        A study.

    Returns
    -------
    DataFrame
        A row for each recording (index `recording`), columns `animal`, `group`,
        `timepoint` and those of the sheet; all text.

    Raises
    ------
    StudyError
        If the tree is no study.
    """
    lazy = study._children
    if isinstance(lazy, Recordings):
        return lazy.sheet.loc[list(lazy)].copy()
    # A copy by xarray has plain children, all open.
    columns = json.loads(study.attrs.get("columns", "[]"))
    rows = {name: node.attrs for name, node in study.children.items()}
    if not columns or not rows or any(set(columns) - set(row) for row in rows.values()):
        raise StudyError(
            "This tree is no study: open one with open_study, or make one with "
            "make_study."
        )
    table = {c: [str(row[c]) for row in rows.values()] for c in columns}
    return pd.DataFrame(table, index=pd.Index(list(rows), name=RECORDING))


def source_of(study: xr.DataTree, name: str) -> Source:
    """Give where the scores of one recording come from."""
    lazy = study._children
    closed = lazy.closed(name) if isinstance(lazy, Recordings) else None
    return closed or Source(study.children[name].to_dataset)


def recording_path(study: xr.DataTree, name: str) -> Path | None:
    """Give where a recording of a study lies; None where there are scores alone."""
    lazy = study._children
    return lazy.sources[name].path if isinstance(lazy, Recordings) else None


def _source(recording: xr.Dataset | Source) -> Source:
    return recording if isinstance(recording, Source) else Source(lambda: recording)
