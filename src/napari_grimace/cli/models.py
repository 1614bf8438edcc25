"""``napari-grimace models``: what is installed, and what each model is and is not."""

from typing import TYPE_CHECKING, Annotated

import typer

from napari_grimace.cli.console import guarded, say, show_table

if TYPE_CHECKING:
    from napari_grimace.models import ModelCard


@guarded
def models(
    name: Annotated[
        str | None,
        typer.Argument(help="Show the whole card of this model.", show_default=False),
    ] = None,
) -> None:
    """List the models, or show one model's card."""
    from napari_grimace.errors import ModelError
    from napari_grimace.models import list_models
    from napari_grimace.models.describe import describe

    cards = list_models()
    if name is None:
        _show_list(cards)
        return
    for card in cards:
        if name in (card.name, card.build):
            say(describe(card))
            return
    known = ", ".join(card.name for card in cards) or "none"
    raise ModelError(f"There is no model {name!r}; there are: {known}.")


def _show_list(cards: "list[ModelCard]") -> None:
    if not cards:
        say("No model comes with this installation: give a model's folder by name.")
        return
    header = ("model", "version", "kind", "scales", "trained on")
    rows = [
        (card.name, card.version, card.kind, ", ".join(card.scales), card.trained_on)
        for card in cards
    ]
    show_table("Models", header, rows)
    say("More of one: napari-grimace models NAME")
