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

    cards = list_models()
    if name is None:
        _show_list(cards)
        return
    for card in cards:
        if name in (card.name, card.build):
            _show_card(card)
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


def _show_card(card: "ModelCard") -> None:
    facts = {
        "kind": card.kind,
        "trained on": card.trained_on,
        "scales": ", ".join(card.scales),
        "species": ", ".join(card.species),
        "coats": ", ".join(card.coats),
        "regions": ", ".join(card.regions),
        "units": ", ".join(card.units),
        "input": card.input,
        "training": card.training,
        "date": card.date,
        "licence": card.licence,
        "sha256": card.sha256,
    }
    say(card.build)
    for title, text in facts.items():
        if text:
            say(f"  {title}: {text}")
    for limit in card.limits:
        say(f"  limit: {limit}")
    _show_measures(card)


def _show_measures(card: "ModelCard") -> None:
    for where, measures in card.metrics.items():
        rows = [(name, f"{value:.3g}") for name, value in measures.items()]
        show_table(f"Measured on {where}", ("measure", "value"), rows)
    for setting, limits in card.thresholds.items():
        words = ", ".join(f"{region} {value:.2f}" for region, value in limits.items())
        say(f"  thresholds ({setting}): {words}")
