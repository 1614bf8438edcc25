"""A model scores the selected unit from the person's box, in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_grimace.errors import RecordingError
from napari_grimace.models import load_scorer
from napari_grimace.rating.proposal import Proposal, propose
from napari_grimace.video.source import origin_of
from napari_grimace.widgets.layers import browsed
from napari_grimace.widgets.notices import tell
from napari_grimace.widgets.selecting import guarded
from napari_grimace.widgets.settings import load_settings
from napari_grimace.widgets.worker import CallWorker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_grimace.models.protocols import Scorer
    from napari_grimace.rating.rating import Rating
    from napari_grimace.recording.record import Place, Value
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
    asking
        Whether the model is at work.
    """

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.changed = hand.changed
        self.asking = False
        self._said: tuple[Rating, _Asked, Proposal] | None = None
        self._scorer: tuple[Scale, str, Scorer] | None = None

    @property
    def proposal(self) -> Proposal | None:
        """What the model says of this frame, as long as its boxes are the same."""
        if self._said is None:
            return None
        rating, asked, said = self._said
        same = rating is self.hand.rating and asked == self._asked(asked.unit)
        return said if same else None

    @guarded
    def ask(self) -> None:
        """Let the model score the selected unit from the boxes that are shown."""
        rating, frame = self.hand.here()
        view, desk = self.hand.desk.view, self.hand.desk
        if view is not None and view.blind is not None:
            raise RecordingError("In a blind set no model is asked.")
        if self.asking:
            raise RecordingError("The model is at work: wait until it has answered.")
        layer = None if view is None else desk.video_of(view)
        video = None if layer is None else browsed(layer)
        if video is None:
            raise RecordingError("Open the video first: the model looks at its frame.")
        asked = self._asked(self.hand.unit)
        if asked is None or not asked.boxes:
            raise RecordingError("The unit has no box in this frame: draw it first.")
        picture = video.picture(int((video.source.frames == frame).argmax()))
        y, x = origin_of(video.source)
        boxes = {name: np.array(box) - [y, x, y, x] for name, box in asked.boxes}
        scale = rating.rater.scale
        worker = CallWorker(
            lambda: (rating, asked, self._say(picture, boxes, scale, asked.unit))
        )
        worker.then(self._on_said, self._on_failed)
        self.asking = True
        worker.start()

    @guarded
    def take(self) -> None:
        """Take the model's score over as one's own."""
        rating, frame = self.hand.here()
        said = self.proposal
        if said is None:
            raise RecordingError("The model has not been asked about these boxes.")
        changed: dict[Place, Value] = {("score", said.unit): said.score}
        for region in rating.rater.scale.unit(said.unit).regions:
            changed["region_score", region] = None
        self.hand.keep(rating, {frame: changed}, f"proposed by {said.build}")
        self._said = None

    def _asked(self, unit: str) -> _Asked | None:
        facts, regions = self.hand.facts(), self.hand.regions_of(unit)
        if facts is None:
            return None
        boxes = facts.boxes.items()
        kept = [(name, tuple(box.tolist())) for name, box in boxes if name in regions]
        return _Asked(facts.frame, unit, tuple(sorted(kept)))

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

    def _on_said(self, said: tuple[Rating, _Asked, Proposal]) -> None:
        self.asking, self._said = False, said
        self.hand.changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self.asking, self._said = False, None
        tell(error)
        self.hand.changed.emit()


class _Asked(NamedTuple):
    """Of what a model was asked: an answer holds for nothing else."""

    frame: int
    unit: str
    boxes: tuple[tuple[str, tuple[float, ...]], ...]
