"""Attempts: what a learner answered in one practice or one test, as it is on disk.

Each attempt is a recording of the set's pictures in the learner's own folder,
``LEARNER/HASH-test-1.grimace``. Its journals hold each answer and when each picture was
shown; ``attempt.json`` in it tells what was asked.
"""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.files import written_whole
from napari_grimace.recording.disk import disk_errors, group_name
from napari_grimace.recording.journal_files import DamagedJournalError, read_journals
from napari_grimace.teaching.reference import MODES, Mode
from napari_grimace.teaching.trials import Trial, trials_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from napari_grimace.recording.record import Record
    from napari_grimace.teaching.reference import ReferenceSet

VERSION = 1
_FACTS = "attempt.json"
_NAME = re.compile(r"(?P<hash>[0-9a-f]{8})-(?P<mode>practice|test)-(?P<number>\d+)")
# Windows keeps these names for devices.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class DamagedAttemptError(RecordingError):
    """Nothing tells what was asked in an attempt, or who answered."""


@dataclass(frozen=True, eq=False)
class Attempt:
    """What one learner did in one practice or test.

    Attributes
    ----------
    path
        The recording.
    learner
        Who.
    mode, number
        ``"practice"`` or ``"test"``; attempts on one set count from 1 in each mode.
    seed
        Of the order of the pictures.
    asked
        For each picture of the attempt the units that are asked.
    set_title, set_hash
        Of the reference set.
    trials
        The pictures in the order in which they were shown.
    """

    path: Path
    learner: str
    mode: Mode
    number: int
    seed: int
    asked: Mapping[int, tuple[str, ...]]
    set_title: str
    set_hash: str
    trials: tuple[Trial, ...] = ()

    @property
    def begun(self) -> datetime | None:
        """When the first picture was shown; None if none was."""
        return self.trials[0].begun if self.trials else None

    @property
    def answered(self) -> dict[int, Trial]:
        """For each picture that was answered wholly its first such trial.

        What follows in a practice comes after the right scores were shown.
        """
        first: dict[int, Trial] = {}
        for trial in self.trials:
            if trial.complete:
                first.setdefault(trial.picture, trial)
        return first

    @property
    def all_answered(self) -> bool:
        """Whether every picture was answered wholly."""
        return set(self.answered) == set(self.asked)

    @property
    def finished(self) -> bool:
        """Whether every picture was answered wholly, and no answer can be changed."""
        return self.all_answered and self.trials[-1].closed

    @property
    def may_be_told(self) -> bool:
        """Whether its agreement may be told: that of an open test tells answers."""
        return self.mode != "test" or self.finished

    def scores(self, reference: ReferenceSet) -> xr.DataArray:
        """Give the answers of `answered` as scores.

        Returns
        -------
        DataArray
            (picture, unit) float64, for all pictures of the set; NaN where nothing
            was asked or answered, and where the answer was no score.
        """
        scores = xr.full_like(reference.consensus, np.nan)
        for picture, trial in self.answered.items():
            for unit, value in trial.answers.items():
                if isinstance(value, float):
                    scores.loc[picture, unit] = value
        return scores


def learner_folder(folder: str | Path, learner: str) -> Path:
    """Give the folder of a learner's attempts within a folder of all learners."""
    fits = re.fullmatch(r"\w([\w .-]*\w)?", learner) and len(learner) <= 60
    if fits and not _RESERVED.fullmatch(learner):
        return Path(folder) / learner
    return Path(folder) / group_name(learner)


def list_attempts(
    folder: str | Path, reference: ReferenceSet | None = None
) -> list[Attempt]:
    """Read a learner's attempts, oldest first.

    Parameters
    ----------
    folder
        The learner's folder.
    reference
        Give only the attempts on this set.

    Raises
    ------
    RecordingError
        If one of them is of a newer version, or the disk refuses.

    Warns
    -----
    GrimaceWarning
        If one of them is damaged and is left out, or a journal ends in a torn record.
    """
    wanted = "" if reference is None else reference.short_hash
    found = []
    for path in sorted(Path(folder).glob("*.grimace")):
        name = _NAME.fullmatch(path.stem)
        if name and name["hash"].startswith(wanted) and _is_begun(path):
            try:
                attempt = read_attempt(path)
            except DamagedAttemptError as error:
                warnings.warn(f"Left out: {error}", GrimaceWarning, stacklevel=2)
                continue
            if reference is None or attempt.set_hash == reference.pictures.hash:
                found.append(attempt)
    late = datetime.max.isoformat()
    return sorted(
        found,
        key=lambda a: (a.begun.isoformat() if a.begun else late, a.mode, a.number),
    )


def _is_begun(path: Path) -> bool:
    """Tell an attempt from a folder in which a program was killed before it began."""
    return (path / _FACTS).is_file() or any((path / "journals").glob("*.jsonl"))


def new_attempt(
    folder: Path,
    reference: ReferenceSet,
    learner: str,
    mode: Mode,
    seed: int | None = None,
) -> Attempt:
    """Describe a new attempt, which counts on; nothing is written.

    Parameters
    ----------
    folder
        The learner's folder.
    reference, learner, mode
        See `Attempt`.
    seed
        By chance if not given.

    Raises
    ------
    RecordingError
        If the set has no pictures with right scores.
    """
    asked = reference.asked_in(mode)
    if not asked:
        raise RecordingError(
            f"{reference.title}: no picture has a right score yet. Have experts rate "
            "the pictures, or decide where they differ."
        )
    if seed is None:
        seed = int(np.random.default_rng().integers(2**31))
    number = 1 + max(_taken(folder, reference, mode), default=0)
    return Attempt(
        folder / f"{reference.short_hash}-{mode}-{number}.grimace",
        learner,
        mode,
        number,
        seed,
        asked,
        reference.title,
        reference.pictures.hash,
    )


def _taken(folder: Path, reference: ReferenceSet, mode: Mode) -> list[int]:
    """Give the numbers of attempts on a set, of damaged ones too."""
    begun = filter(_is_begun, folder.glob(f"{reference.short_hash}-{mode}-*.grimace"))
    names = [_NAME.fullmatch(path.stem) for path in begun]
    return [int(name["number"]) for name in names if name]


def write_facts(attempt: Attempt) -> None:
    """Write what is asked in an attempt into its folder."""
    told = {
        "version": VERSION,
        "learner": attempt.learner,
        "mode": attempt.mode,
        "number": attempt.number,
        "seed": attempt.seed,
        "set": {"title": attempt.set_title, "hash": attempt.set_hash},
        "asked": {str(picture): list(u) for picture, u in attempt.asked.items()},
    }
    path = attempt.path / _FACTS
    with disk_errors(path), written_whole(path) as aside:
        aside.write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")


def read_attempt(path: str | Path) -> Attempt:
    """Read an attempt from its recording.

    Raises
    ------
    DamagedAttemptError
        If it is no attempt, or is damaged.
    RecordingError
        If it is of a newer version, or cannot be read just now.
    """
    path = Path(path)
    try:
        told = json.loads(_text_of(path / _FACTS))
        if int(told["version"]) > VERSION:
            raise RecordingError(f"{path}: is of a newer version. Update the program.")
        attempt = _attempt(path, told)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DamagedAttemptError(
            f"{path / _FACTS}: is missing or damaged ({error!r}), so nothing tells "
            "what was asked. Put the file back from a backup; answers are in journals."
        ) from error
    try:
        return with_trials(attempt, records_of(path))
    except DamagedJournalError as error:
        raise DamagedAttemptError(str(error)) from error


def _text_of(path: Path) -> str:
    """Read a file; one that is there and is refused just now is not damaged."""
    try:
        return path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise RecordingError(
            f"{path}: cannot be read ({error.strerror}). Check its permissions, and "
            "try again."
        ) from error


def records_of(path: Path) -> list[Record]:
    """Give an attempt's records in the order in which they were written."""
    journals = read_journals(path / "journals")
    return [record for journal in journals for record in journal.records]


def check_owner(folder: Path, learner: str, known: Iterable[Attempt]) -> None:
    """Raise `RecordingError` where a learner's folder is none, or another learner's.

    Parameters
    ----------
    folder, learner
        The folder, and whose it should be.
    known
        All attempts in it.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        raise RecordingError(
            f"{there}: a file, where the folder of the learner {learner!r} would be. "
            "Choose another folder."
        )
    for attempt in known:
        if attempt.learner != learner:
            raise RecordingError(
                f"{folder}: holds the attempts of {attempt.learner!r}, not of "
                f"{learner!r}. Write the name as before, or choose another folder."
            )


def with_trials(attempt: Attempt, records: Iterable[Record]) -> Attempt:
    """Give an attempt with the trials that records tell of."""
    return replace(attempt, trials=tuple(trials_of(records, attempt.asked)))


def _attempt(path: Path, told: Mapping[str, Any]) -> Attempt:
    if told["mode"] not in MODES:
        raise ValueError(f"mode {told['mode']!r}")
    return Attempt(
        path,
        str(told["learner"]),
        told["mode"],
        int(told["number"]),
        int(told["seed"]),
        {int(picture): tuple(units) for picture, units in told["asked"].items()},
        str(told["set"]["title"]),
        str(told["set"]["hash"]),
    )
