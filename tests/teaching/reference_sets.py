"""Reference sets with known scores, and learners with known errors."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_grimace.rating.picture_set import write_picture_set
from napari_grimace.recording import Change, Rater
from napari_grimace.scales import load_scale
from napari_grimace.teaching import open_reference
from napari_grimace.teaching.practice import Practice

BLACK = load_scale("mgs-black")
UNITS = BLACK.unit_names


def random_truth(count, seed=0):
    """True scores (picture, unit), all levels of each unit about equally often."""
    rng = np.random.default_rng(seed)
    columns = [rng.permutation(np.resize(u.levels, count)) for u in BLACK.units]
    return np.stack(columns, axis=1).astype(float)


def blurred(truth, error_rate, seed):
    """Scores of a rater who errs by one level at a known rate."""
    rng = np.random.default_rng(seed)
    given = truth.copy()
    for column, unit in enumerate(BLACK.units):
        levels = list(unit.levels)
        for row in np.flatnonzero(rng.random(len(truth)) < error_rate):
            place = levels.index(int(truth[row, column]))
            other = place + rng.choice([-1, 1])
            if not 0 <= other < len(levels):
                other = 2 * place - other
            given[row, column] = levels[other]
    return given


def write_reference(path, experts=None, truth=None, facts=None, scale=BLACK):
    """A set of plain pictures with experts' scores (picture, unit), or with a truth."""
    given = [
        (Rater(n, n, "person", scale=scale), s) for n, s in (experts or {}).items()
    ]
    if truth is not None:
        given.append((Rater("truth", "truth", "consensus", scale=scale), truth))
    count = len(given[0][1])
    pictures = (np.full((8, 8, 3), 4 * n % 256, np.uint8) for n in range(count))
    made = write_picture_set(
        path, pictures, kind="reference", title="Set é", scale=scale, facts=facts or {}
    )
    for rater, scores in given:
        with made.store.journal(rater) as journal:
            journal.commit_all(
                (frame, changes, {})
                for frame, row in enumerate(scores)
                if (changes := list(_changes(row, scale)))
            )
    return open_reference(path)


def _changes(row, scale):
    for unit, value in zip(scale.unit_names, row, strict=True):
        if isinstance(value, str) or not np.isnan(value):
            yield Change("score", unit, None, value)


def take(reference, folder, given, learner="Lea", mode="test", seed=1, limit=None):
    """A learner who answers each picture with the row of `given` for it."""
    with Practice(reference, learner, folder, mode, seed) as practice:
        shown = 0
        while (limit is None or shown < limit) and (picture := practice.next()):
            shown += 1
            for unit in practice.units:
                practice.answer(unit, given[picture - 1][UNITS.index(unit)])
        return practice.attempt


@dataclass(frozen=True)
class Answered:
    """A finished test that is on no disk: what was asked, and what was answered."""

    reference: Any
    given: Any
    asked: Any
    mode = "test"
    finished = True

    @property
    def answered(self):
        return self.asked

    @property
    def set_hash(self):
        return self.reference.pictures.hash

    def scores(self, reference):
        right = reference.consensus
        return right.copy(data=self.given).where(reference.places(self.asked))


def answered(reference, given, asked=None):
    """A finished test: these scores (picture, unit) wherever it was asked for one."""
    return Answered(reference, given, asked or reference.asked_in("test"))
