"""What is known of the animal."""

from __future__ import annotations

from magicgui.widgets import ComboBox, LineEdit

from napari_grimace.widgets.rows import rows

_TOOLTIPS = {
    "animal": "Name or number of the animal, as your records have it.",
    "species": "Mouse or rat.",
    "strain": "Strain, such as C57BL/6J.",
    "sex": "Sex of the animal.",
    "source": "Anything else: supplier, cohort, treatment, hours after surgery.",
}
_CHOICES = {"species": ["", "mouse", "rat"], "sex": ["", "female", "male"]}


class SubjectFields:
    """Fields for the facts of an animal; none need be filled.

    Attributes
    ----------
    fields
        By name.
    native
        The fields as one widget.
    """

    def __init__(self) -> None:
        self.fields = {name: _field(name) for name in _TOOLTIPS}
        self.native = rows(*self.fields.values())

    @property
    def facts(self) -> dict[str, str]:
        """What is filled in."""
        told = {name: str(field.value).strip() for name, field in self.fields.items()}
        return {name: value for name, value in told.items() if value}


def _field(name: str) -> LineEdit | ComboBox:
    label, tooltip = name.capitalize(), _TOOLTIPS[name]
    if name in _CHOICES:
        return ComboBox(label=label, tooltip=tooltip, choices=_CHOICES[name])
    return LineEdit(label=label, tooltip=tooltip)
