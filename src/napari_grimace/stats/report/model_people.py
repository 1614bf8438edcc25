"""The section of a report on the model and people, on the same frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.stats import figures, groups, reliability
from napari_grimace.stats.report.agreement import first_passes
from napari_grimace.stats.report.section import Section

if TYPE_CHECKING:
    from napari_grimace.stats.report.material import Material


def model_and_people(material: Material) -> Section:
    """Compare the model with people on the same frames."""
    section = Section("The model and people")
    people = first_passes(material.study)
    model = next((one for one in material.raters if one.kind == "model"), None)
    if model is None or not people:
        section.texts.append("No frames were scored by a model and by people.")
        return section
    raters = [model.label, *people]
    targets = reliability.rated_targets(material.every, raters=raters)
    if len(people) > 1:
        judged = reliability.against_others(targets, model.label)
        section.texts.append(reliability.describe_against_others(judged))
        section.show(
            "Error of each rater and of the model against the mean of the other "
            "raters, with 95 % confidence intervals.",
            figures.draw_against_others(judged),
        )
    found = groups.compare_model_with_people(
        material.every, model.label, people, by=material.choices.by
    )
    section.tell("Animals: people against the model, by group", found.table)
    section.show(
        "Means of the same frames of each animal, by people and by the model.",
        figures.draw_model_and_people(found),
    )
    mean = targets[people].mean(axis=1)
    section.show(
        "Differences of model and people, frame by frame (grey) and by animal.",
        figures.draw_bland_altman(
            targets[model.label], mean, names=("model", "people")
        ),
    )
    return section
