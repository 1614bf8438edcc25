"""How well raters of timed events agree: second by second, and event by event."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.reliability.events import (
    OBSERVED,
    TIMES,
    check_events,
    observed_spans,
)
from napari_grimace.stats.reliability.icc import intraclass_correlation
from napari_grimace.stats.reliability.icc_bootstrap import interval
from napari_grimace.stats.reliability.kappa import cohen_kappa
from napari_grimace.stats.reliability.ratings import Clusters
from napari_grimace.stats.reliability.resampling import draws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Events = dict[tuple[str, str, str], Floats]
    """(event, 2) Onsets and offsets, by recording, rater and behaviour."""


class _Watched(NamedTuple):
    """What two raters watched, and saw of one behaviour in it."""

    recording: str
    start: float
    end: float
    first: Floats
    second: Floats


def event_agreement(
    events: pd.DataFrame,
    behaviours: Sequence[str] | None = None,
    *,
    step: float = 1.0,
    min_overlap: float = 0.5,
    tolerance: float | None = None,
    n_resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Tell for each behaviour and each two raters how well they agree.

    Compared is the time that both watched. Second by second: whether the behaviour was
    going on in the middle of each step. Event by event: events of one rater are matched
    with events of the other, each with one at most, so that as many as possible match.

    Parameters
    ----------
    events
        As `read_events` gives them.
    behaviours
        Those to compare; all by default.
    step
        Of the grid, in s.
    min_overlap
        Two events match if the time that they share is at least this share of the time
        that they cover together (intersection over union), above 0 to 1.
    tolerance
        If given, two events match whose onsets are at most so far apart (s), however
        they overlap.
    n_resamples, seed
        Of the bootstrap for F1, which draws recordings with replacement.

    Returns
    -------
    DataFrame
        A row for each behaviour and each two raters: ``behaviour``, ``rater``,
        ``other``; ``kappa``, Cohen's, over the steps of all recordings, with
        ``kappa_low`` and ``kappa_high`` of its 95 % interval between recordings (steps
        of one recording resemble each other); ``percent_agreement`` and ``n_steps``;
        ``n_events`` and ``n_events_other``; ``matched``; ``precision``, the share of
        the rater's events that the other saw; ``recall``, the share of the other's
        that the rater saw; ``f1``, their harmonic mean, with ``f1_low`` and
        ``f1_high``; ``n_recordings`` that both watched; ``note``, the reason for what
        is NaN.

    Raises
    ------
    GrimaceError
        If `check_events` finds a fault, there are fewer than two raters, a behaviour
        is unknown, or step, overlap or tolerance cannot be.

    References
    ----------
    Per step: Cohen J (1960) A coefficient of agreement for nominal scales. Educational
    and Psychological Measurement 20:37-46. Matching: a maximum matching of the
    bipartite graph of events that may match (Hopcroft JE, Karp RM (1973) SIAM Journal
    on Computing 2:225-231).
    """
    _check_rules(step, min_overlap, tolerance)
    table = check_events(events)
    spans = observed_spans(table)
    found = _by_rater(table)
    raters = list(dict.fromkeys(table["rater"]))
    if len(raters) < 2:
        raise GrimaceError("There is one rater: agreement needs two.")
    rows = []
    for behaviour in _chosen(table, behaviours):
        for rater, other in combinations(raters, 2):
            watched = _watched(found, spans, behaviour, rater, other)
            row = {"behaviour": behaviour, "rater": rater, "other": other}
            row |= _per_step(watched, step)
            row |= _per_event(watched, min_overlap, tolerance, (n_resamples, seed))
            rows.append(row | {"n_recordings": len(watched)})
    told = pd.DataFrame(rows)
    told["note"] = [_note(row) for row in rows]
    return told[[*told.columns.drop("note"), "note"]]


def event_counts(
    events: pd.DataFrame, behaviours: Sequence[str] | None = None
) -> pd.DataFrame:
    """Count events and their time for each recording, rater and behaviour.

    Parameters
    ----------
    events, behaviours
        As for `event_agreement`.

    Returns
    -------
    DataFrame
        Columns `recording`, `rater`, `behaviour`; ``n_events``, 0 where a rater who
        watched saw none; ``duration`` of all together (s); ``watched`` (s).

    Raises
    ------
    GrimaceError
        As for `event_agreement`.
    """
    table = check_events(events)
    return _counted(table, observed_spans(table), _chosen(table, behaviours))


def _counted(
    table: pd.DataFrame, spans: pd.DataFrame, behaviours: list[str]
) -> pd.DataFrame:
    """Count what `event_counts` tells, of events in what was watched."""
    length = (table["offset"] - table["onset"]).rename("duration")
    keys = ["recording", "rater", "behaviour"]
    summed = length.groupby([table[key] for key in keys]).agg(["size", "sum"])
    passes = [(*pass_, each) for pass_ in spans.index for each in behaviours]
    wanted = pd.MultiIndex.from_tuples(passes, names=keys)
    counts = summed.reindex(wanted, fill_value=0).reset_index()
    counts = counts.rename(columns={"size": "n_events", "sum": "duration"})
    watched = (spans["end"] - spans["start"]).rename("watched")
    return counts.join(watched, on=["recording", "rater"])


def event_icc(
    events: pd.DataFrame, behaviours: Sequence[str] | None = None
) -> pd.DataFrame:
    """Tell how well raters agree on how often and how long, over recordings.

    Parameters
    ----------
    events, behaviours
        As for `event_agreement`.

    Returns
    -------
    DataFrame
        Intraclass correlations, as of `intraclass_correlation`, with recordings as
        targets, of which the time counts that all who watched it watched; indexed by
        `outcome` (``"n_events"``, ``"duration"``), `behaviour` and `form`.

    Raises
    ------
    GrimaceError
        As for `event_agreement`.
    """
    table = check_events(events)
    watched = _watched_by_all(table, observed_spans(table))
    counts = _counted(*watched, _chosen(table, behaviours))
    parts = {}
    for outcome in ("n_events", "duration"):
        wide = counts.set_index(["behaviour", "recording", "rater"])[outcome].unstack()
        tables = {
            str(name): wide.loc[name] for name in dict.fromkeys(counts["behaviour"])
        }
        parts[outcome] = intraclass_correlation(tables).rename_axis(
            ["behaviour", "form"]
        )
    return pd.concat(parts, names=["outcome"])


def _watched_by_all(
    table: pd.DataFrame, spans: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep events, and spans, in the time that all who watched a recording watched."""
    by_recording = spans.groupby("recording")
    start, end = by_recording["start"].max(), by_recording["end"].min()
    low, high = (table["recording"].map(each) for each in (start, end))
    inside = table.assign(**{name: table[name].clip(low, high) for name in TIMES})
    recordings = spans.index.get_level_values("recording")
    shared = spans.assign(start=start[recordings].array, end=end[recordings].array)
    return (
        inside[inside["offset"] > inside["onset"]],
        shared[shared["end"] > shared["start"]],
    )


def _check_rules(step: float, min_overlap: float, tolerance: float | None) -> None:
    if not step > 0:
        raise GrimaceError(f"step is {step} s: give it above 0.")
    if not 0 < min_overlap <= 1:
        raise GrimaceError(f"min_overlap is {min_overlap}: give it above 0, 1 at most.")
    if tolerance is not None and not tolerance >= 0:
        raise GrimaceError(f"tolerance is {tolerance} s: give 0 or more.")


def _chosen(table: pd.DataFrame, behaviours: Sequence[str] | None) -> list[str]:
    known = sorted(set(table["behaviour"]) - {OBSERVED})
    wanted = known if behaviours is None else list(behaviours)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise GrimaceError(
            f"Nobody saw {unknown[0]!r}. The behaviours are {', '.join(known)}."
        )
    return wanted


def _by_rater(table: pd.DataFrame) -> Events:
    groups = table.groupby(["recording", "rater", "behaviour"])
    return {
        (str(recording), str(rater), str(behaviour)): part[TIMES].to_numpy()
        for (recording, rater, behaviour), part in groups
    }


def _watched(
    events: Events, spans: pd.DataFrame, behaviour: str, rater: str, other: str
) -> list[_Watched]:
    """Give what two raters saw in the time that both watched."""
    parts = []
    of_both = spans["start"].unstack()[[rater, other]].dropna().index
    for recording in of_both:
        mine, theirs = (spans.loc[(recording, each)] for each in (rater, other))
        start = max(mine["start"], theirs["start"])
        end = min(mine["end"], theirs["end"])
        if start < end:
            seen = (
                _clipped(events.get((recording, each, behaviour)), start, end)
                for each in (rater, other)
            )
            parts.append(_Watched(recording, start, end, *seen))
    return parts


def _clipped(events: Floats | None, start: float, end: float) -> Floats:
    """Keep what lies in the time that both watched."""
    if events is None:
        return np.empty((0, 2))
    inside = events.clip(start, end)
    return inside[inside[:, 1] > inside[:, 0]]


def _note(row: dict[str, Any]) -> str:
    if not row["n_recordings"]:
        return "the two watched nothing together"
    if not row["n_events"] + row["n_events_other"]:
        return "seen by neither"
    if row["f1"] == 1 and not row["note"]:
        return "all events match: no interval of F1"
    return str(row["note"])


def _per_step(watched: list[_Watched], step: float) -> dict[str, Any]:
    """Tell Cohen's kappa over the steps of all recordings."""
    # Whole steps; rounding must not take the last one.
    counts = [int((part.end - part.start) / step + 1e-9) for part in watched]
    steps = [
        (_going_on(part.first, times), _going_on(part.second, times))
        for part, count in zip(watched, counts, strict=True)
        for times in [part.start + step * (np.arange(count) + 0.5)]
    ]
    first, second = np.concatenate([np.empty((2, 0)), *map(np.stack, steps)], axis=1)
    of = np.repeat(np.arange(len(watched)), counts)
    row = cohen_kappa(first, second, (0, 1), by=of).iloc[0]
    note = str(row["note"])
    for word, here in (("animal", "recording"), ("target", "step"), ("score", "step")):
        note = note.replace(word, here)
    return {
        "kappa": row["estimate"],
        "kappa_low": row["ci_low"],
        "kappa_high": row["ci_high"],
        "percent_agreement": row["percent_agreement"],
        "n_steps": len(first),
        "note": note,
    }


def _going_on(events: Floats, times: NDArray[Any]) -> Floats:
    """Tell at which times (0 or 1) one of the events, which do not overlap, goes on."""
    begun = np.searchsorted(events[:, 0], times, side="right")
    ended = np.searchsorted(events[:, 1], times, side="right")
    return (begun > ended).astype(np.float64)


def _per_event(
    watched: list[_Watched],
    min_overlap: float,
    tolerance: float | None,
    draw: tuple[int, int],
) -> dict[str, Any]:
    """Tell how many events match, with F1 and its interval between recordings."""
    sides = [(part.first, part.second) for part in watched]
    matched = [_matched(*both, min_overlap, tolerance) for both in sides]
    counts = np.zeros((len(watched), 3))
    counts[:, 0] = matched
    counts[:, 1:] = [[len(side) for side in both] for both in sides] or 0
    together = counts.sum(axis=0)
    f1, ends = _f1(together), np.full((1, 2), np.nan)
    if len(watched) > 1 and f1 < 1:
        clusters = Clusters(np.arange(len(watched)), len(watched), known=True)
        drawn = _f1(draws(clusters, *draw) @ counts)
        ends = interval(f1[None], drawn[:, None], len(watched), 0.95).clip(0, 1)
    of_all, mine, theirs = together
    return {
        "n_events": int(mine),
        "n_events_other": int(theirs),
        "matched": int(of_all),
        "precision": of_all / mine if mine else np.nan,
        "recall": of_all / theirs if theirs else np.nan,
        "f1": float(f1),
        "f1_low": ends[0, 0],
        "f1_high": ends[0, 1],
    }


def _f1(counts: Floats) -> Floats:
    """Give F1 (...) of matched, mine and theirs (..., 3)."""
    both = counts[..., 1] + counts[..., 2]
    none = np.full_like(both, np.nan)
    return np.divide(2 * counts[..., 0], both, out=none, where=both > 0)


def _matched(
    first: Floats, second: Floats, min_overlap: float, tolerance: float | None
) -> int:
    """Count the events that match, each with one at most, as many as possible."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    if not len(first) or not len(second):
        return 0
    (onset, offset), (other_onset, other_offset) = first.T[..., None], second.T
    if tolerance is not None:
        may = np.abs(onset - other_onset) <= tolerance
    else:
        shared = np.minimum(offset, other_offset) - np.maximum(onset, other_onset)
        covered = np.maximum(offset, other_offset) - np.minimum(onset, other_onset)
        may = shared >= min_overlap * covered
    partner = maximum_bipartite_matching(csr_array(may), perm_type="column")
    return int((partner >= 0).sum())
