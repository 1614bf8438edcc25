"""The help on keys, from the table of shortcuts."""

from __future__ import annotations

from html import escape
from itertools import groupby

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel

from napari_grimace.widgets.keys import SHORTCUTS

WHERE = (
    "They work while a layer of a Grimace video or recording is selected, and in "
    "Grimace's docks. Change them in File > Preferences > Plugins > Grimace."
)


class KeyHelp(QLabel):
    """Tells what each key does."""

    def __init__(self) -> None:
        super().__init__(help_words())
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)


def help_words() -> str:
    """Tell what each key does, as rich text."""
    parts = []
    for group, some in groupby(SHORTCUTS, key=lambda one: one.group):
        rows = "".join(
            f"<tr><td><b>{escape(one.key) or 'none'}</b>&nbsp;</td>"
            f"<td>{escape(one.title)}</td></tr>"
            for one in some
        )
        parts.append(f"<tr><td colspan=2><i>{escape(group)}</i></td></tr>{rows}")
    wrong = [one for one in SHORTCUTS if one.misspelt]
    notes = [f'"{one.misspelt}" is no key: {one.key} is used.' for one in wrong]
    words = "".join(f"<p>{escape(note)}</p>" for note in [*notes, WHERE])
    return f"<table cellpadding=1>{''.join(parts)}</table>{words}"
