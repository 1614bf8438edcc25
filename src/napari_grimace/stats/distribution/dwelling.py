"""Bouts: how long animals stay in a state, and which state they go to.

A bout is a run of frames in one state. Two frames with totals follow each other if
they are at most `max_gap` apart. Where they are not, the bout before the gap ends
unseen and the one after it begins unseen, as do the last and the first bout of a
recording. A bout whose end was not seen lasted longer than was seen (it is censored);
one whose beginning was not seen may be any part of a bout, and is left out of what is
said of durations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from napari_grimace.stats.distribution.animals import frames_by_animal
from napari_grimace.stats.distribution.shares import states_of
from napari_grimace.stats.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_grimace.scales.scale import Scale
    from napari_grimace.stats.distribution.animals import AnimalFrames
    from napari_grimace.study.table import Scores


class _Track(NamedTuple):
    """Frames with a total, by animal and time."""

    animal: NDArray[np.intp]
    time: NDArray[np.float64]
    state: NDArray[np.int64]
    linked: NDArray[np.bool_]
    """Whether the next frame follows this one."""


def bouts(
    scores: Scores,
    *,
    by: str | Sequence[str] = "group",
    scale: str | Scale | None = None,
    threshold: float | None = None,
    max_gap: float | None = None,
    timepoint: str | Sequence[str] | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Give the bouts of each animal.

    Parameters
    ----------
    scores, by, scale, timepoint, rater, window
        As for `score_histogram`.
    threshold
        Tell two states apart, below this total and from it on, instead of by the
        scale's bands.
    max_gap
        Longest distance in s of two frames that follow each other; by default 1.5
        times the usual (median) distance of the animal's rated frames, so that each
        frame without a total makes a gap. More bridges short gaps; changes to and fro
        within them are then not seen.

    Returns
    -------
    DataFrame
        A row per bout: the columns of `by`; ``animal``; ``state``, categories from
        the lowest; ``start`` (s), its first frame; ``duration`` (s), to the first
        frame of the next state, or if censored to its last frame; ``n_used``, its
        frames; ``start_seen``; ``censored``, whether its end was not seen; ``note``.
        An animal without bouts has one row without a state, and a note.

    Raises
    ------
    StudyError
        As `state_shares`, and if no times are known.
    """
    animals = frames_by_animal(
        scores, by, timepoint=timepoint, rater=rater, window=window or (0, np.inf)
    )
    states, state = states_of(animals, scale, threshold)
    track = _track(animals, state, max_gap)
    count = len(track.state)
    same = track.linked[:-1] & (track.state[:-1] == track.state[1:])
    first = np.flatnonzero(np.concatenate([[True], ~same]))[:count]
    last = np.append(first[1:] - 1, count - 1)[: len(first)]
    censored = ~track.linked[last]
    end = np.where(censored, last, np.minimum(last + 1, count - 1))
    table = animals.keys.iloc[track.animal[first]].reset_index(drop=True)
    table["state"] = pd.Categorical(
        np.array(states)[track.state[first]], states, ordered=True
    )
    table["start"] = track.time[first]
    table["duration"] = track.time[end] - track.time[first]
    table["n_used"] = last - first + 1
    table["start_seen"] = (first > 0) & track.linked[first - 1]
    table["censored"] = censored
    table["note"] = ""
    return _with_the_others(table, animals.keys)


def transitions(
    scores: Scores,
    *,
    by: str | Sequence[str] = "group",
    scale: str | Scale | None = None,
    threshold: float | None = None,
    max_gap: float | None = None,
    timepoint: str | Sequence[str] | None = None,
    rater: str | None = None,
    window: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Give how often each animal goes from each state to each.

    Parameters
    ----------
    scores, by, scale, threshold, max_gap, timepoint, rater, window
        As for `bouts`.

    Returns
    -------
    DataFrame
        A row per animal and pair of states: the columns of `by`; ``animal``;
        ``state``; ``next_state``; ``count``, frames in the state that are followed by
        one in the next state; ``probability`` of that among the followed frames in
        the state; ``rate``, changes per minute spent in the state, NaN for staying;
        ``note``, the reason for other NaN. Across a gap nothing is counted.

    Raises
    ------
    StudyError
        As `bouts`.
    """
    animals = frames_by_animal(
        scores, by, timepoint=timepoint, rater=rater, window=window or (0, np.inf)
    )
    states, state = states_of(animals, scale, threshold)
    track = _track(animals, state, max_gap)
    here = np.flatnonzero(track.linked)
    animal, now, then = track.animal[here], track.state[here], track.state[here + 1]
    count = np.zeros((len(animals.keys), len(states), len(states)))
    np.add.at(count, (animal, now, then), 1)
    minutes = np.zeros(count.shape[:2])
    np.add.at(minutes, (animal, now), (track.time[here + 1] - track.time[here]) / 60)
    with np.errstate(invalid="ignore"):
        probability = count / count.sum(axis=2, keepdims=True)
        rate = np.where(np.eye(len(states)), np.nan, count / minutes[..., None])
    table = animals.keys.merge(pd.DataFrame({"state": states}), how="cross")
    table = table.merge(pd.DataFrame({"next_state": states}), how="cross")
    table["count"] = count.ravel().astype(np.int64)
    table["probability"], table["rate"] = probability.ravel(), rate.ravel()
    never = table["probability"].isna()
    table["note"] = np.where(never, "no followed frame in this state", "")
    return table


def dwell_times(found: pd.DataFrame) -> pd.DataFrame:
    """Give how long each animal's bouts last.

    Parameters
    ----------
    found
        The table of `bouts`.

    Returns
    -------
    DataFrame
        A row per animal and state: the columns that animals are grouped by;
        ``animal``; ``state``; ``n_bouts``; ``n_used``, those whose beginning was seen
        and the only ones that the rest is about; ``n_censored`` of these; ``median``
        duration (s), by Kaplan and Meier; ``mean`` duration (s), the time seen per
        end seen, which holds where leaving is as likely at any time of a bout;
        ``note``, the reason for NaN.

    References
    ----------
    Kaplan EL, Meier P (1958) Nonparametric estimation from incomplete observations.
    Journal of the American Statistical Association 53:457-481.
    """
    rows = []
    for named, part in _by_animal_and_state(found):
        used = part[part["start_seen"]]
        duration, ended = used["duration"].to_numpy(), ~used["censored"].to_numpy()
        times, surviving = kaplan_meier(duration, ended)
        half = np.flatnonzero(surviving <= 0.5 + 1e-12)
        note = "" if len(half) else "more than half of the bouts outlast what was seen"
        rows.append(
            {
                **named,
                "n_bouts": len(part),
                "n_used": len(used),
                "n_censored": int((~ended).sum()),
                "median": times[half[0]] if len(half) else np.nan,
                "mean": duration.sum() / ended.sum() if ended.any() else np.nan,
                "note": note if len(used) else "no bout whose beginning was seen",
            }
        )
    return pd.DataFrame(rows)


def dwell_survival(found: pd.DataFrame, times: Sequence[float]) -> pd.DataFrame:
    """Give the share of each animal's bouts that last longer than given times.

    Parameters
    ----------
    found
        The table of `bouts`.
    times
        In s, from 0.

    Returns
    -------
    DataFrame
        A row per animal, state and time: the columns that animals are grouped by;
        ``animal``; ``state``; ``time`` (s); ``share`` of the bouts that last longer,
        by Kaplan and Meier; ``note``, the reason for NaN. Beyond the longest bout
        seen the share is NaN, unless none lasted on; a mean over animals is there of
        fewer.
    """
    asked = np.asarray(times, np.float64)
    tables = []
    for named, part in _by_animal_and_state(found):
        used = part[part["start_seen"]]
        duration = used["duration"].to_numpy()
        known, surviving = kaplan_meier(duration, ~used["censored"].to_numpy())
        steps = np.concatenate([[1.0], surviving])
        share = steps[np.searchsorted(known, asked, side="right")]
        longest = duration.max() if len(used) else -1.0
        unseen = (asked > longest) & (steps[-1] > 0)
        table = pd.DataFrame({"time": asked, "share": np.where(unseen, np.nan, share)})
        table["note"] = np.where(unseen, "longer than any bout was seen", "")
        for place, (name, value) in enumerate(named.items()):
            table.insert(place, name, value)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def kaplan_meier(
    duration: NDArray[np.float64], ended: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the times at which something ended, and the share that lasted longer."""
    times, ends = np.unique(duration[ended], return_counts=True)
    at_risk = (duration[:, None] >= times).sum(axis=0)
    return times, np.cumprod(1 - ends / at_risk)


def _track(
    animals: AnimalFrames, state: NDArray[np.int64], max_gap: float | None
) -> _Track:
    """Keep the frames with a total, and say which follow each other."""
    time = animals.frames["time"].to_numpy(np.float64)
    if max_gap is None:
        distance = pd.Series(time).groupby(animals.animal).diff()
        usual = distance.groupby(animals.animal).median()
        longest = 1.5 * usual.reindex(range(len(animals.keys))).to_numpy()
    else:
        longest = np.full(len(animals.keys), max_gap)
    kept = state >= 0
    animal, time = animals.animal[kept], time[kept]
    linked = np.zeros(len(time), np.bool_)
    near = np.diff(time) <= longest[animal[:-1]] + 1e-9
    linked[:-1] = near & (animal[1:] == animal[:-1])
    return _Track(animal, time, state[kept], linked)


def _with_the_others(table: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """Add a row for each animal without bouts."""
    whole = keys.merge(table, on=list(keys), how="left")
    empty = whole["state"].isna()
    whole["n_used"] = whole["n_used"].fillna(0).astype(np.int64)
    for name in ("start_seen", "censored"):
        whole[name] = whole[name].eq(True)
    whole["note"] = np.where(empty, "no frame with a total", "")
    return whole


def _by_animal_and_state(
    found: pd.DataFrame,
) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Give the bouts of each animal in each state, and what to call them."""
    check_columns(found, ["animal", "state", "duration", "start_seen", "censored"])
    keys = found.columns.tolist()
    keys = keys[: keys.index("animal") + 1]
    states = found["state"].astype("category").cat.categories
    for values, part in found.groupby(keys, sort=False, observed=True):
        for state in states:
            named = dict(zip(keys, values, strict=True)) | {"state": state}
            yield named, part[part["state"] == state]
