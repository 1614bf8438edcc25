"""Fields that say which frames are scored."""

from __future__ import annotations

from magicgui.widgets import ComboBox, FloatSpinBox, Label

from napari_grimace.widgets.plan import Sampling
from napari_grimace.widgets.rows import row

_WAYS = [
    ("per second", "rate"),
    ("every n-th frame", "every"),
    ("in all, evenly spread", "count"),
    ("all frames", "all"),
]
_EVERY, _COUNT = 30.0, 60.0
_LONGEST = 1e7  # s


class SamplingFields:
    """Which frames: so many per second, every n-th, so many in all, or all.

    Parameters
    ----------
    rate
        Frames per second at first.

    Attributes
    ----------
    way, value, start, stop
        The fields.
    chosen, span
        The fields, two by two.
    """

    def __init__(self, rate: float = 1.0) -> None:
        self._values = {"rate": rate, "every": _EVERY, "count": _COUNT, "all": 1.0}
        self.way = ComboBox(
            choices=_WAYS,
            tooltip="Which frames of the video are scored. One per second is usual.",
        )
        self.value = FloatSpinBox(
            value=rate, min=0.001, max=1e6, tooltip="How many frames."
        )
        self.value.max_width = 110
        self.start = _seconds("start", "Score from this second of the video on.")
        self.stop = _seconds("end", "Score up to this second of the video.")
        self._last = "rate"
        self.way.changed.connect(self._on_way)
        self.chosen = row(self.value, self.way, label="Frames")
        self.span = row(self.start, Label(value="to"), self.stop, label="From")
        self._on_way("rate")

    @property
    def sampling(self) -> Sampling:
        """What the fields say."""
        way = self.way.value
        return Sampling(
            way="every" if way == "all" else way,
            value=1.0 if way == "all" else self.value.value,
            start=self.start.value or None,
            stop=self.stop.value or None,
        )

    def _on_way(self, way: str) -> None:
        """Each way has a value of its own."""
        self._values[self._last] = self.value.value
        self._last = way
        spin = self.value.native
        spin.setDecimals(3 if way == "rate" else 0)
        self.value.min = 0.001 if way == "rate" else 1
        self.value.value = self._values[way]
        self.value.enabled = way != "all"


def _seconds(blank: str, tooltip: str) -> FloatSpinBox:
    """Make a field for a time; 0 stands for the start or the end of the video."""
    field = FloatSpinBox(value=0.0, min=0.0, max=_LONGEST, step=1.0, tooltip=tooltip)
    field.native.setDecimals(2)
    field.native.setSuffix(" s")
    field.native.setSpecialValueText(blank)
    return field
