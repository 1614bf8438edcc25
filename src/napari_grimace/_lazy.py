"""Names that are loaded when first used, so that importing the package is quick."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def attach(
    package: str, names: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make `__getattr__`, `__dir__` and `__all__` of a package from a table.

    Parameters
    ----------
    package
        The package's `__name__`.
    names
        For each submodule the names it gives to the package. A submodule can be
        used by its own name too; it is public if it gives no names.

    Returns
    -------
    tuple
        `__getattr__`, `__dir__`, `__all__`.
    """
    home = {name: module for module, given in names.items() for name in given}
    public = sorted([*home, *(module for module in names if not names[module])])

    def getattr_(name: str) -> Any:
        if name in home:
            return getattr(import_module(f"{package}.{home[name]}"), name)
        if name in names:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return getattr_, lambda: public, public
