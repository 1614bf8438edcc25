"""What is known of the animal."""

from __future__ import annotations

from magicgui.widgets import ComboBox, Container, LineEdit

_FIELDS = {
    "animal": "Name or number of the animal, as your records have it.",
    "species": "Mouse or rat.",
    "strain": "Strain, such as C57BL/6J.",
    "sex": "Sex of the animal.",
    "source": "Anything else: supplier, cohort, treatment, hours after surgery.",
}
_CHOICES = {"species": ["", "mouse", "rat"], "sex": ["", "female", "male"]}


class SubjectFields(Container):  # type: ignore[type-arg]
    """Fields for the facts of an animal; none need be filled."""

    def __init__(self) -> None:
        super().__init__(labels=True)
        self.margins = (0, 0, 0, 0)
        for name, tip in _FIELDS.items():
            label = name.capitalize()
            self.append(
                ComboBox(name=name, label=label, tooltip=tip, choices=_CHOICES[name])
                if name in _CHOICES
                else LineEdit(name=name, label=label, tooltip=tip)
            )

    @property
    def facts(self) -> dict[str, str]:
        """What is filled in."""
        told = {name: str(self[name].value).strip() for name in _FIELDS}
        return {name: value for name, value in told.items() if value}
