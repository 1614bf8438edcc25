"""The scales that come with the package, and scales from a user's own file."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from napari_grimace.errors import ScaleError
from napari_grimace.scales.scale import Scale

_FOLDER = Path(__file__).parent / "data"
_NAMES = ("mgs-black", "mgs", "rgs", "rgs-no-whiskers")


def list_scales() -> list[Scale]:
    """Give the scales that come with the package."""
    return [_bundled(name) for name in _NAMES]


def load_scale(scale: str | Path | Scale) -> Scale:
    """Load a grimace scale.

    Parameters
    ----------
    scale
        The name of a scale that comes with the package, the path of a scale's TOML
        file, or a scale, which is given back as it is.

    Raises
    ------
    ScaleError
        If there is no such scale, or its file is not valid; the message names the
        file, the key and the remedy.
    """
    if isinstance(scale, Scale):
        return scale
    if isinstance(scale, str) and scale in _NAMES:
        return _bundled(scale)
    path = Path(scale).expanduser()
    if path.suffix.lower() == ".toml" or path.is_file():
        return _read(path)
    raise ScaleError(
        f"There is no scale {str(scale)!r}. Choose one of {', '.join(_NAMES)}, or give "
        "the path of a scale's .toml file."
    )


@cache
def _bundled(name: str) -> Scale:
    return _read(_FOLDER / f"{name}.toml")


def _read(path: Path) -> Scale:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ScaleError(
            f"{path}: there is no such file. Check the path, or choose one of "
            f"{', '.join(_NAMES)}."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScaleError(
            f"{path}: cannot be read ({error}). A scale is a TOML file in UTF-8 that "
            "you may read."
        ) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScaleError(
            f"{path}: is not valid TOML: {error}. Mend that line."
        ) from None
    return Scale.from_dict(data, origin=str(path))
