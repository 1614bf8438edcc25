"""A model's card in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_grimace.models.card import ModelCard


def describe(card: ModelCard) -> str:
    """Tell what a model is, what it is not good for, and how well it does.

    Returns
    -------
    str
        Lines; those after the first are indented.
    """
    return "\n".join([card.build, *_facts(card), *_measures(card), *_thresholds(card)])


def _facts(card: ModelCard) -> Iterator[str]:
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
    for title, text in facts.items():
        if text:
            yield f"  {title}: {text}"
    for limit in card.limits:
        yield f"  limit: {limit}"


def _measures(card: ModelCard) -> Iterator[str]:
    for where, measures in card.metrics.items():
        yield f"  measured on {where}:"
        width = max(map(len, measures), default=0)
        for name, value in measures.items():
            yield f"    {name:<{width}}  {value:>8.3g}"


def _thresholds(card: ModelCard) -> Iterator[str]:
    for setting, limits in card.thresholds.items():
        words = ", ".join(f"{region} {value:.2f}" for region, value in limits.items())
        yield f"  thresholds ({setting}): {words}"
