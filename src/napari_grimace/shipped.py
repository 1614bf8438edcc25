"""Where the sample data lie that ship with the package."""

from pathlib import Path

from napari_grimace.errors import GrimaceError


def shipped(name: str, what: str, remedy: str) -> Path:
    """Give the path of a file or folder of the sample data.

    Parameters
    ----------
    name
        Its name.
    what
        What it is, in words: ``"sample video"``.
    remedy
        How it is made anew, if the installation lacks it: a line for the console.

    Raises
    ------
    GrimaceError
        If this installation lacks it.
    """
    package = Path(__file__).resolve().parent
    # In an installed wheel, and in the source tree.
    for folder in (package / "sample_data", package.parents[1] / "sample_data"):
        if (folder / name).exists():
            return folder / name
    raise GrimaceError(
        f"The {what} is not part of this installation. Install napari-grimace from its "
        f"wheel or source, or make it anew: {remedy}"
    )
