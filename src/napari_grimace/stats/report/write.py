"""A report on a study is written as one HTML file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from napari_grimace.errors import ExportError, GrimaceError, GrimaceWarning
from napari_grimace.exchange.page import html_page
from napari_grimace.files import written_whole
from napari_grimace.progress import Progress, in_one_go
from napari_grimace.recording.disk import disk_errors
from napari_grimace.stats.report.choices import Choices, settled
from napari_grimace.stats.report.content import SECTIONS
from napari_grimace.stats.report.material import Material
from napari_grimace.stats.report.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import xarray as xr


def iter_write_study_report(
    study: xr.DataTree, path: str | Path, choices: Choices | None = None
) -> Generator[Progress, None, Path]:
    """Write a report on a study: groups, distributions, sampling and raters.

    What cannot be told of a study (the change from baseline where there is none, for
    one) is named with the reason, and the rest is told.

    Parameters
    ----------
    study
        The study.
    path
        The file to write, ``.html``.
    choices
        What is compared; see `Choices`.

    Yields
    ------
    Progress
        After each section.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ExportError
        If the suffix is another, or there is no such folder.
    StudyError
        If a choice is unknown, or no rater can be chosen.
    """
    path = Path(path)
    if path.suffix.lower() != ".html":
        raise ExportError(f"{path}: a report is written as .html. Name it so.")
    if not path.parent.is_dir():
        raise ExportError(
            f"{path}: there is no folder {path.parent}. Make it, or choose another."
        )
    material = Material(study, settled(study, choices or Choices()))
    parts: list[str] = []
    for i, (heading, make) in enumerate(SECTIONS.items()):
        section = _made(heading, make, material)
        parts += section.html()
        yield Progress(i + 1, len(SECTIONS), section.title)
    title = f"Report on {Path(str(study.attrs.get('source', 'a study'))).name}"
    if study.attrs.get("experiment"):
        title += f", {study.attrs['experiment']}"
    with disk_errors(path), written_whole(path) as aside:
        aside.write_text(html_page(title, parts), encoding="utf-8")
    return path


write_study_report = in_one_go(iter_write_study_report, "write_study_report")


def _made(
    heading: str, make: Callable[[Material], Section], material: Material
) -> Section:
    """Make a section, with what was warned of, or say why it cannot be made."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", GrimaceWarning)
        try:
            section = make(material)
        except GrimaceError as error:
            section = Section(heading, [f"Not possible here: {error}"])
    told = [each for each in caught if issubclass(each.category, GrimaceWarning)]
    section.texts += dict.fromkeys(f"Note: {each.message}" for each in told)
    for each in caught:
        warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    return section
