"""Which models are used, and what their cards say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magicgui.widgets import ComboBox, PushButton
from qtpy.QtCore import Qt
from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from napari_grimace.errors import GrimaceError
from napari_grimace.models import list_models
from napari_grimace.models.card import read_card
from napari_grimace.models.describe import describe
from napari_grimace.models.store import find_build
from napari_grimace.widgets.choices import ChoiceOrOwn
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.rows import row

if TYPE_CHECKING:
    from napari_grimace.models import ModelCard

DEVICES = [
    ("the fastest there is", "auto"),
    ("processor (CPU)", "cpu"),
    ("NVIDIA GPU (CUDA)", "cuda"),
    ("Apple GPU (MPS)", "mps"),
]


def card_of(kind: str, name: str, scale: str) -> ModelCard | None:
    """Give the card of a model.

    Parameters
    ----------
    kind
        `detector` or `scorer`.
    name
        Of a bundled model, or its folder; empty for the bundled one that serves.
    scale
        Name of the scale that it is to serve.

    Returns
    -------
    ModelCard or None
        None where no bundled model serves the scale.

    Raises
    ------
    ModelError
        If there is no such model.
    """
    if name:
        return find_build(name, kind)[1]
    cards = [card for card in list_models() if card.kind == kind]
    if kind == "scorer":
        cards = [card for card in cards if scale in card.scales]
    return cards[0] if cards else None


class ModelChoice:
    """A choice of a model, with a button that shows its card.

    Parameters
    ----------
    kind
        `detector` or `scorer`.
    tooltip
        What such a model does.
    name
        The model that is chosen at first; empty for the bundled one.

    Attributes
    ----------
    choice, button
        The choice, and the button that shows the card.
    both
        Choice and button.
    scale
        Name of the scale that the model is to serve.
    """

    def __init__(self, kind: str, tooltip: str, name: str = "") -> None:
        self._kind = kind
        self.scale = ""
        names = [card.name for card in list_models() if card.kind == kind]
        self.choice = ChoiceOrOwn(
            [("bundled", ""), *zip(names, names, strict=True)],
            "own folder ...",
            self._ask,
            tooltip=tooltip,
        )
        self.button = PushButton(
            text="Card", tooltip="Show what this model was trained on and is good for."
        )
        self.button.max_width = 60
        self.button.changed.connect(self._show)
        self.both = row(self.choice, self.button, label=kind.capitalize())
        if name in names:
            self.choice.value = name
        elif name:
            self._offer(name)

    @property
    def model(self) -> str | None:
        """Name or folder of the model; None for the bundled one that serves."""
        return self.choice.value or None

    @property
    def card(self) -> ModelCard | None:
        """Its card; None where no bundled model serves the scale."""
        return card_of(self._kind, self.choice.value, self.scale)

    def _ask(self) -> tuple[str, str] | None:
        folder = QFileDialog.getExistingDirectory(
            self.both.native, f"Folder of a {self._kind} (with card.toml)"
        )
        if not folder:
            return None
        try:
            return find_build(folder, self._kind)[1].build, folder
        except GrimaceError as error:
            tell(error)
            return None

    def _offer(self, folder: str) -> None:
        try:
            self.choice.add(read_card(folder).build, folder)
        except GrimaceError as error:
            tell(error)

    def _show(self) -> None:
        card = self.card
        text = "No bundled model serves this scale: choose a folder of your own."
        show_text("Model card", describe(card) if card else text, self.both.native)


def device_choice(device: str) -> ComboBox:
    """Make a choice of the device."""
    known = [name for _, name in DEVICES]
    return ComboBox(
        label="Device",
        choices=DEVICES,
        value=device if device in known else "auto",
        tooltip="Where the models run. A graphics card (GPU) is many times faster.",
    )


def show_text(title: str, text: str, parent: QWidget | None = None) -> QDialog:
    """Show a text in a window of its own, which does not hold up the others."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.resize(620, 520)
    words = QPlainTextEdit(text)
    words.setReadOnly(True)
    words.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    layout = QVBoxLayout(dialog)
    layout.addWidget(words)
    layout.addWidget(buttons)
    dialog.show()
    return dialog
