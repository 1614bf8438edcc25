"""A model scores the selected unit from the person's box, in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.errors import RecordingError
from napari_grimace.models import load_scorer
from napari_grimace.rating.proposal import Proposal, propose
from napari_grimace.video.source import origin_of
from napari_grimace.widgets.hand import told
from napari_grimace.widgets.layers import browsed
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.settings import load_settings
from napari_grimace.widgets.worker import CallWorker

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from napari_grimace.models.protocols import Scorer
    from napari_grimace.scales.scale import Scale
    from napari_grimace.widgets.hand import Hand


class Adviser:
    """Asks a model for a score, which the person may take over.

    Parameters
    ----------
    hand
        Of the person who rates.

    Attributes
    ----------
    proposal
        What the model said last of this frame, with the frame; None: nothing.
    asking
        Whether the model is at work.
    """

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.changed = hand.changed
        self.proposal: tuple[int, Proposal] | None = None
        self.asking = False
        self._scorer: tuple[Scale, str, Scorer] | None = None

    @told
    def ask(self) -> None:
        """Let the model score the selected unit from the boxes that are shown."""
        rating, frame = self.hand.here()
        view, desk = self.hand.desk.view, self.hand.desk
        if view is not None and view.blind is not None:
            raise RecordingError("In a blind set no model is asked.")
        layer = None if view is None else desk.video_of(view)
        video = None if layer is None else browsed(layer)
        facts = self.hand.facts()
        if self.asking or view is None or video is None or facts is None:
            return
        position = int((video.source.frames == frame).argmax())
        y, x = origin_of(video.source)
        boxes = {name: box - [y, x, y, x] for name, box in facts.boxes.items()}
        unit, scale = self.hand.unit, rating.rater.scale
        picture = video.picture(position)  # files are read in this thread
        worker = CallWorker(lambda: (frame, self._say(picture, boxes, scale, unit)))
        worker.returned.connect(self._on_said)
        worker.failed.connect(self._on_failed)
        self.asking = True
        worker.start()

    @told
    def take(self) -> None:
        """Take the model's score over as one's own."""
        rating, frame = self.hand.here()
        if self.proposal is not None and self.proposal[0] == frame:
            said = self.proposal[1]
            rating.score(frame, said.unit, said.score, f"proposed by {said.build}")
            self.proposal = None
            self.hand.written()

    def _say(
        self,
        picture: NDArray[np.uint8],
        boxes: Mapping[str, NDArray[np.floating]],
        scale: Scale,
        unit: str,
    ) -> Proposal:
        chosen = load_settings().scorer
        if self._scorer is None or self._scorer[:2] != (scale, chosen):
            scorer = load_scorer(scale, chosen or None, device="auto")
            self._scorer = scale, chosen, scorer
        return propose(self._scorer[2], picture, boxes, scale, unit)

    def _on_said(self, said: tuple[int, Proposal]) -> None:
        self.asking, self.proposal = False, said
        self.hand.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.asking, self.proposal = False, None
        tell(error)
        self.hand.changed.emit()
