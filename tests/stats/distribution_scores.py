"""Tables of frame scores: written by hand, and simulated."""

import numpy as np
import pandas as pd

UNITS = ("orbital", "nose", "ear", "whiskers")


def scores_of(totals, *, group="sham", timepoint="post", step=1.0, units=None):
    """Totals of each animal, frame by frame; of one group, or of a group each."""
    parts = []
    for animal, values in totals.items():
        values = np.asarray(values, float)
        part = {
            "recording": f"{animal} {timepoint}",
            "animal": animal,
            "group": group[animal] if isinstance(group, dict) else group,
            "timepoint": timepoint,
            "rater": "model",
            "frame": np.arange(len(values)),
            "time": step * np.arange(len(values)),
            "total": values,
        }
        if units:
            part |= dict(zip(UNITS, np.asarray(units[animal], float).T, strict=True))
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def scores_of_units(units, **told):
    """Units of each animal, (frame, unit) in the order of `UNITS`."""
    totals = {
        animal: np.sum(np.array(rows, float), 1) for animal, rows in units.items()
    }
    return scores_of(totals, units=units, **told)


def simulated(n_animals=8, n_frames=1800, seed=0):
    """Groups of animals at two timepoints, autocorrelated, with missing units."""
    rng = np.random.default_rng(seed)
    pain = {"sham": 0.25, "laparotomy": 0.62, "carprofen": 0.35}
    tables = []
    for group, level in pain.items():
        for i in range(n_animals):
            for timepoint, high in (("baseline", 0.18), ("post", level)):
                chance = np.clip(high + 0.08 * rng.normal(), 0.05, 0.9)
                units = _frames(rng, chance, n_frames)
                units[_held(rng, n_frames, 15) < 0.3, 1] = np.nan
                animal = f"{group} {i + 1}"
                tables.append(
                    scores_of_units({animal: units}, group=group, timepoint=timepoint)
                )
    return pd.concat(tables, ignore_index=True)


def _frames(rng, chance, n_frames):
    mood = _held(rng, n_frames, 20)
    units = np.empty((n_frames, 4))
    for unit in range(4):
        drawn = (mood + 0.6 * _held(rng, n_frames, 4)) / 1.6
        units[:, unit] = np.searchsorted([1 - chance, 1 - chance / 4], drawn)
    units[:, 1] = 2 * (units[:, 1] > 0)
    return units


def _held(rng, n_frames, seconds):
    new = rng.random(n_frames) * seconds < 1
    new[0] = True
    last = np.maximum.accumulate(np.where(new, np.arange(n_frames), 0))
    return rng.random(n_frames)[last]
