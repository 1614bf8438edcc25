"""Keys and mouse for tests that drive the real window."""

import numpy as np
from napari.layers import Labels, Shapes
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest

_MODIFIERS = {
    "Ctrl": Qt.KeyboardModifier.ControlModifier,
    "Shift": Qt.KeyboardModifier.ShiftModifier,
    "Alt": Qt.KeyboardModifier.AltModifier,
}


class Driver:
    """Presses keys and moves the mouse over the picture of a viewer."""

    def __init__(self, viewer, qtbot):
        self.viewer, self._qtbot = viewer, qtbot
        self.canvas = viewer.window._qt_viewer.canvas.native

    def layer(self, kind):
        (found,) = [one for one in self.viewer.layers if type(one) is kind]
        return found

    @property
    def boxes(self):
        return self.layer(Shapes)

    @property
    def scores(self):
        return self.layer(Labels)

    def key(self, written, widget=None):
        *modifiers, key = written.split("+")
        held = Qt.KeyboardModifier.NoModifier
        for one in modifiers:
            held |= _MODIFIERS[one]
        names = {"-": "Minus", "[": "BracketLeft", "]": "BracketRight"}
        code = getattr(Qt.Key, f"Key_{names.get(key, key)}")
        QTest.keyClick(widget or self.canvas, code, held)
        self.rest()

    def at(self, y, x):
        """Place on the canvas of a point of the picture, in napari's coordinates."""
        scene = getattr(self.viewer, "scene", self.viewer)  # before napari 0.9
        camera = scene.camera
        size = np.array([self.canvas.height(), self.canvas.width()])
        place = size / 2 + (np.array([y, x]) - camera.center[-2:]) * camera.zoom
        return QPoint(round(place[1]), round(place[0]))

    def click(self, y, x, button="left"):
        which = getattr(Qt.MouseButton, f"{button.title()}Button")
        QTest.mouseMove(self.canvas, self.at(y, x))
        QTest.mouseClick(self.canvas, which, pos=self.at(y, x))
        self.rest(300)  # else the next is a double click

    def drag(self, start, end):
        left, no = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        places = np.linspace(start, end, 6)
        QTest.mouseMove(self.canvas, self.at(*start))
        self.rest()
        QTest.mousePress(self.canvas, left, no, self.at(*start))
        for place in places[1:]:
            QTest.mouseMove(self.canvas, self.at(*place))
            self.rest(20)
        QTest.mouseRelease(self.canvas, left, no, self.at(*end))
        self.rest(300)

    def rest(self, ms=50):
        self._qtbot.wait(ms)
