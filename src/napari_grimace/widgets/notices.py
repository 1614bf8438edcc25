"""Errors shown in the window, in the words of the library."""

from __future__ import annotations

from napari.utils.notifications import notification_manager, show_error

from napari_grimace.errors import GrimaceError


def tell(error: BaseException) -> None:
    """Show an error: with its remedy where a user can mend it, else with its trace."""
    if isinstance(error, GrimaceError | OSError):
        show_error(str(error))
    else:
        notification_manager.receive_error(type(error), error, error.__traceback__)
