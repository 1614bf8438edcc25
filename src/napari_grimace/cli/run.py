"""Scoring of one video after the other with the same models."""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from napari_grimace.cli.console import complain, explain, follow, say, show_table
from napari_grimace.cli.results import (
    Wanted,
    left_out_notes,
    summary_cells,
    write_results,
)
from napari_grimace.errors import GrimaceError, RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_grimace.analysis.batches import Analyser

_HEADER = ("video", "frames", "with a total", "mean total", "result")
_FAILED = ("-", "-", "-", "failed")


@dataclass
class Run:
    """Scores videos, and keeps what came of each for the summary.

    Attributes
    ----------
    analyser
        The models, the scale and the setting.
    options
        What else `iter_score_video` takes: which frames, ROI, ...
    wanted
        Files to write beyond the usual.
    """

    analyser: Analyser
    options: dict[str, Any]
    wanted: Wanted = field(default_factory=Wanted)
    _lines: list[tuple[str, ...]] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)
    _taken: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        scale: str,
        *,
        setting: str = "fast",
        detector: str | None = None,
        scorer: str | None = None,
        device: str = "auto",
        batch: int = 8,
        options: dict[str, Any],
        wanted: Wanted | None = None,
    ) -> Self:
        """Load the models, once for all videos."""
        from napari_grimace.analysis.raters import load_analyser

        analyser = load_analyser(
            scale,
            setting="accurate" if setting == "accurate" else "fast",
            detector=detector,
            scorer=scorer,
            device=device,
            batch=batch,
        )
        return cls(analyser, {"batch": batch, **options}, wanted or Wanted())

    @property
    def rater(self) -> str:
        """Label of these models in a recording."""
        from napari_grimace.analysis.raters import rater_of

        return rater_of(self.analyser, "").label

    def score_all(self, videos: Iterable[Path], output: Path | None) -> bool:
        """Score videos, going on past one that fails; tell whether all went well."""
        well = True
        try:
            for video in dict.fromkeys(path.resolve() for path in videos):
                well &= self._tried(video, output or video.parent)
        finally:
            # What was finished before a Ctrl+C is told as well.
            self.show_summary()
        return well

    def _tried(self, video: Path, output: Path) -> bool:
        try:
            self.score_one(video, output)
        except (GrimaceError, OSError) as problem:
            complain(f"{video.name}: {explain(problem)}")
        except Exception:
            # A fault of ours in one video must not cost a night's work on the others.
            traceback.print_exc()
            complain(f"{video.name}: unexpected error, please report the lines above")
        else:
            return True
        self._lines.append((video.name, *_FAILED))
        return False

    def score_one(self, video: Path, output: Path) -> Path:
        """Score a video, write its files, and give the recording's place.

        Parameters
        ----------
        video
            The video.
        output
            A folder, made if need be, or the recording (NAME.grimace).
        """
        from napari_grimace.analysis.pipeline import iter_score_video
        from napari_grimace.analysis.sinks import recording_path
        from napari_grimace.exchange.passes import one_pass

        place = Path(recording_path(output, video.name))
        self._claim(place, video)
        analyser = self.analyser
        work = iter_score_video(
            video,
            analyser.scale,
            detector=analyser.detector,
            scorer=analyser.scorer,
            setting=analyser.setting,
            output=place,
            **self.options,
        )
        recording = follow(work, video.name)
        write_results(recording, video, place, self.rater, self.wanted)
        done = one_pass(recording, self.rater)
        self._lines.append((video.name, *summary_cells(done), str(place)))
        self._notes += left_out_notes(done, place)
        return place

    def _claim(self, place: Path, video: Path) -> None:
        """See to it that no two videos of a run write to one recording."""
        key = os.path.normcase(place.absolute())
        if key in self._taken:
            raise RecordingError(
                f"its results would go where those of {self._taken[key]} are "
                f"({place}): score it on its own, with another --output"
            )
        self._taken[key] = video

    def show_summary(self) -> None:
        """Show a table with a line for each video, and what the scores come from."""
        if not self._lines:
            return
        show_table(f"Scale {self.analyser.scale.name}", _HEADER, self._lines)
        cards = [self.analyser.detector.card, self.analyser.scorer.card]
        build = " + ".join(card.build for card in cards)
        learned = ", ".join(sorted({card.trained_on for card in cards}))
        say(f"Scores by {build}, trained on {learned}.")
        for note in self._notes:
            say(note)
