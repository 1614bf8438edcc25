"""A choice among what comes with the package, and what is one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_OWN = "(own)"


class ChoiceOrOwn(ComboBox):
    """A choice whose last line lets one choose a file or folder of one's own.

    Parameters
    ----------
    choices
        Texts and what they stand for.
    own
        Text of the last line.
    ask
        Asks for one's own, and gives its text and what it stands for; None if the user
        thought better of it.
    **options
        More of `ComboBox`.
    """

    def __init__(
        self,
        choices: Iterable[tuple[str, str]],
        own: str,
        ask: Callable[[], tuple[str, str] | None],
        **options: Any,
    ) -> None:
        self._offers = dict(choices)
        # A function, because magicgui goes back to what it was given when docked.
        super().__init__(
            choices=lambda _: [*self._offers.items(), (own, _OWN)], **options
        )
        self._ask = ask
        self._last = self.value
        self.changed.connect(self._on_changed)

    def add(self, text: str, value: str) -> None:
        """Offer something more, and choose it."""
        self._offers[text] = value
        with self.changed.blocked():
            self.choices = ()
            self.reset_choices()
            self.value = self._last
        self.value = value

    def _on_changed(self, value: str) -> None:
        if value != _OWN:
            self._last = value
            return
        self.value = self._last
        own = self._ask()
        if own is not None:
            self.add(*own)
