"""What made a recording, a text or a report."""

from functools import cache


@cache
def this_software() -> str:
    """Give the name and version of this project; the name alone if not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"napari-grimace {version('napari-grimace')}"
    except PackageNotFoundError:
        return "napari-grimace"
