"""Boxes by hand, and what is done to many frames at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qtpy.QtWidgets as qt

from napari_grimace.widgets.buttons import button
from napari_grimace.widgets.drawing import draw, move_boxes
from napari_grimace.widgets.rate_marks import key_button

if TYPE_CHECKING:
    from napari_grimace.widgets.desk import Desk


class BoxFields(qt.QWidget):
    """Draws, names, copies and removes boxes; confirms ranges.

    Parameters
    ----------
    desk
        Whose recording is rated.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.region = qt.QComboBox()
        self.region.setToolTip(
            "Region of the selected box, or of the box that is drawn next. Choose "
            "another for the selected box: two change places."
        )
        self.region.activated.connect(self._on_region)
        self.range = qt.QLabel()
        self.said = qt.QLabel()
        self.said.setWordWrap(True)
        self._lay_out()

    def _lay_out(self) -> None:
        desk, marker, pen = self._desk, self._desk.marker, self._desk.pen
        give_back = button(
            "As the model", pen.give_back, "Leave the selected region to the model."
        )
        confirm = button(
            "Confirm range",
            marker.confirm_range,
            "Confirm the scores of who is shown, in the range.",
        )
        every = button(
            "Confirm all",
            marker.confirm_all,
            "Confirm the scores of who is shown, in the whole recording.",
        )
        layout = qt.QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.region, 0, 0, 1, 3)
        lines = (
            (
                key_button("Draw", "draw", lambda: draw(desk)),
                key_button("Move", "edit", lambda: move_boxes(desk)),
                key_button("Remove", "remove_box", pen.remove),
            ),
            (
                key_button("Copy last", "copy_boxes", pen.copy),
                key_button("Fill in", "interpolate", pen.interpolate),
                give_back,
            ),
            (
                key_button("From here", "range_start", lambda: marker.mark_range(-1)),
                key_button("To here", "range_end", lambda: marker.mark_range(1)),
                key_button("Box to range", "copy_to_range", pen.copy_to_range),
            ),
            (self.range, confirm, every),
            (
                key_button("Ask model", "ask_model", desk.adviser.ask),
                self.said,
                key_button("Take", "take_proposal", desk.adviser.take),
            ),
        )
        for row, line in enumerate(lines, start=1):
            for column, widget in enumerate(line):
                layout.addWidget(widget, row, column)

    def show_again(self) -> None:
        """Show the selected region, those that are missing, and the range."""
        hand, pen, marker = self._desk.hand, self._desk.pen, self._desk.marker
        rating = hand.rating
        regions = () if rating is None else rating.rater.scale.regions
        missing = pen.missing
        names = [f"{one} (missing)" if one in missing else one for one in regions]
        if [self.region.itemText(i) for i in range(self.region.count())] != names:
            self.region.clear()
            for name, region in zip(names, regions, strict=True):
                self.region.addItem(name, region)
        place = regions.index(hand.region) if hand.region in regions else -1
        self.region.setCurrentIndex(place)
        ends = ["…" if end is None else str(end) for end in (marker.first, marker.last)]
        self.said.setText(self._said())
        self.range.setText(f"range {ends[0]}-{ends[1]}")

    def _said(self) -> str:
        """Tell what the model made of the unit in this frame."""
        adviser = self._desk.adviser
        if adviser.asking:
            return "asking ..."
        return "" if adviser.proposal is None else str(adviser.proposal)

    def _on_region(self) -> None:
        """Name the selected box, or say which region is drawn next."""
        hand, region = self._desk.hand, str(self.region.currentData())
        if hand.region in self._desk.pen.boxes and region != hand.region:
            self._desk.pen.name(region)
        else:
            hand.select_region(region)
