"""Parts of a picture with an animal each, by name; templates of them on disk."""

from __future__ import annotations

import json
import math
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from napari_grimace.errors import VideoError
from napari_grimace.files import written_whole
from napari_grimace.scales import EDGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Files are named after chambers, on any system.
_NAME = re.compile(r'[^<>:"/\\|?*\x00-\x1f]*[^<>:"/\\|?*\x00-\x1f. ]')
_FORM = "A chamber has a name and, in pixels, y_min, x_min, y_max, x_max."


class Chamber(NamedTuple):
    """A part of the picture with one animal.

    Attributes
    ----------
    name
        Its recording is called VIDEO_NAME.grimace.
    roi
        (y_min, x_min, y_max, x_max) in pixels of the full frame; continuous, pixel i
        covers [i, i + 1).
    """

    name: str
    roi: tuple[float, float, float, float]

    def within(self, picture: Sequence[float]) -> Chamber:
        """Cut off what lies outside of the picture.

        Parameters
        ----------
        picture
            Its (y_min, x_min, y_max, x_max).

        Raises
        ------
        VideoError
            If nothing is left.
        """
        y_min, x_min = max(self.roi[0], picture[0]), max(self.roi[1], picture[1])
        y_max, x_max = min(self.roi[2], picture[2]), min(self.roi[3], picture[3])
        if y_min >= y_max or x_min >= x_max:
            raise VideoError(
                f"The chamber {self.name!r} lies outside of the picture: move it onto "
                "the picture, or delete it."
            )
        return Chamber(self.name, (y_min, x_min, y_max, x_max))


def check_names(names: Iterable[str]) -> None:
    """Check that chambers can be told apart, and files be named after them.

    Raises
    ------
    VideoError
        If a name is used twice, is empty, or cannot be part of a file's name.
    """
    seen: set[str] = set()
    for name in names:
        if not _NAME.fullmatch(name):
            raise VideoError(
                f"A chamber cannot be called {name!r}: files are named after it. Use "
                "letters, digits, spaces and dashes."
            )
        # To some systems small letters and capitals are the same.
        if name.casefold() in seen:
            raise VideoError(
                f"Two chambers are called {name!r}: give each a name of its own."
            )
        seen.add(name.casefold())


def write_chambers(path: str | Path, chambers: Iterable[Chamber]) -> None:
    """Write chambers to a TOML file, for other videos of the same camera.

    Raises
    ------
    VideoError
        If their names do not serve.
    """
    chambers = list(chambers)
    check_names(chamber.name for chamber in chambers)
    lines = []
    for chamber in chambers:
        lines += [
            "[[chamber]]",
            f"name = {json.dumps(chamber.name, ensure_ascii=False)}",
        ]
        pairs = zip(EDGES, chamber.roi, strict=True)
        lines += [*(f"{edge} = {float(value)!r}" for edge, value in pairs), ""]
    with written_whole(path) as aside:
        aside.write_text("\n".join(lines), encoding="utf-8", newline="\n")


def read_chambers(path: str | Path) -> list[Chamber]:
    """Read chambers from a TOML file.

    Raises
    ------
    VideoError
        If there is no such file, or it is no template; says what to mend.
    """
    try:
        told = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise VideoError(
            f"{path} cannot be read as a template of chambers: {error}. Choose a file "
            "that was saved here."
        ) from error
    listed = told.get("chamber")
    if not isinstance(listed, list) or not listed:
        raise VideoError(f"{path} is no template: it lists no [[chamber]]. {_FORM}")
    chambers = [
        _chamber(one, f"{path}, chamber {number}")
        for number, one in enumerate(listed, start=1)
    ]
    check_names(chamber.name for chamber in chambers)
    return chambers


def _chamber(told: Any, where: str) -> Chamber:
    name = told.get("name") if isinstance(told, dict) else None
    if not isinstance(name, str):
        raise VideoError(f"{where}: the name is missing. {_FORM}")
    y_min, x_min, y_max, x_max = (_edge(told, edge, where) for edge in EDGES)
    if y_min >= y_max or x_min >= x_max:
        raise VideoError(f"{where}: y_max and x_max must be above y_min and x_min.")
    return Chamber(name, (y_min, x_min, y_max, x_max))


def _edge(told: dict[str, Any], edge: str, where: str) -> float:
    value = told.get(edge)
    if isinstance(value, (int, float)) and math.isfinite(value):
        return float(value)
    raise VideoError(f"{where}: {edge} is {value!r}, not a number. {_FORM}")
