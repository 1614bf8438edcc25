"""The shortcuts: one table, for layers, buttons and their help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from napari_grimace.widgets.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Layer

    from napari_grimace.widgets.desk import Desk


class Shortcut(NamedTuple):
    """Something that a key does.

    Attributes
    ----------
    name
        Of the setting that holds the key.
    title
        Words for a button.
    action
        What is done.
    """

    name: str
    title: str
    action: Callable[[Desk], None]

    @property
    def key(self) -> str:
        """The key, as Qt writes it: Alt+Right."""
        return str(getattr(load_settings(), self.name))


SHORTCUTS = (
    Shortcut("previous_frame", "◀ analysed frame", lambda desk: desk.step(-1)),
    Shortcut("next_frame", "analysed frame ▶", lambda desk: desk.step(1)),
)


def bind_keys(layer: Layer, desk: Desk) -> None:
    """Let the shortcuts work while a layer is selected; on this layer only."""
    for shortcut in SHORTCUTS:
        key = shortcut.key.replace("+", "-")
        if key:
            layer.bind_key(key, _acting(shortcut, desk), overwrite=True)


def _acting(shortcut: Shortcut, desk: Desk) -> Callable[[Any], None]:
    def act(_layer: Any) -> None:
        shortcut.action(desk)

    act.__name__ = shortcut.name  # napari tells keys apart by it
    return act
