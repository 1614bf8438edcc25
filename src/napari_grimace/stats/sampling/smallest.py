"""The smallest sample that is good enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_grimace.errors import GrimaceError
from napari_grimace.stats.sampling.inaccuracy import MEANING
from napari_grimace.stats.tables import check_resamples

if TYPE_CHECKING:
    from numpy.typing import NDArray


def smallest_sample(
    table: pd.DataFrame,
    error: float,
    share: float = 0.95,
    *,
    confidence: float = 0.95,
    n_resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Find the smallest n that keeps most recordings within an error.

    A recording is within the error at n if 95 % of its samples of n frames err by no
    more (``abs_q95``). The smallest n is the first from which on, at it and at every
    larger n of the table, at least the wanted share of recordings is within the error.

    Parameters
    ----------
    table
        As `sampling_inaccuracy` gives it; n is found among its sizes.
    error
        The error that is allowed, in points of the score.
    share
        Of recordings that must be within the error.
    confidence
        Of the interval, whose ends are quantiles over animals drawn with replacement;
        an animal's recordings stay together.
    n_resamples, seed
        Of the bootstrap.

    Returns
    -------
    DataFrame
        A row for each outcome and scheme: ``outcome``, ``scheme``, ``error``,
        ``share``; ``n`` with ``ci_low`` and ``ci_high``; ``frames_per_min``,
        ``frames_per_min_low``, ``frames_per_min_high``, these numbers over the median
        of the recordings' minutes; ``n_recordings``; ``n_animals``; ``note``, the
        reason for what is NaN. An end that lies above the table's largest n is NaN.

    Raises
    ------
    GrimaceError
        If the error is not above 0, a share is not within 0 to 1, or the table is no
        table of sampling errors.

    References
    ----------
    Efron B, Tibshirani RJ (1993) An introduction to the bootstrap. Chapman and Hall:
    chapter 13, percentile interval.
    """
    _check(table, error, share, confidence)
    check_resamples(n_resamples, least=2)
    rows = []
    for (outcome, scheme), part in table.groupby(["outcome", "scheme"], sort=False):
        told = {"outcome": outcome, "scheme": scheme, "error": error, "share": share}
        rng = np.random.default_rng(seed)
        found = _found(part, error, share, confidence, n_resamples, rng)
        rows.append({**told, **found})
    return pd.DataFrame(rows)


def sampling_text(table: pd.DataFrame, smallest: pd.DataFrame | None = None) -> str:
    """Write what was sampled and found, for a methods and results section.

    Parameters
    ----------
    table
        As `sampling_inaccuracy` gives it.
    smallest
        As `smallest_sample` gives it of this table.

    Returns
    -------
    str
        Sentences, with what the error is towards and which recordings were left out.
    """
    sizes = table["n"]
    text = [
        f"Samples of {sizes.min()} to {sizes.max()} frames (scheme: "
        f"{', '.join(table['scheme'].unique())}) were taken "
        f"{table['n_resamples'].iloc[0]} times from each of "
        f"{table['recording'].nunique()} recordings with {table['n_frames'].min()} to "
        f"{table['n_frames'].max()} scored frames.",
        MEANING,
    ]
    for outcome in table["outcome"].unique():
        left = [
            f"{one['recording']} ({one['n_frames']})"
            for one in table.attrs.get("left_out", [])
            if one["outcome"] == outcome
        ]
        if left:
            text.append(
                f"Recordings with fewer than {table.attrs['min_frames']} frames with a "
                f"score of the {outcome} were left out: {', '.join(left)}."
            )
    if smallest is not None:
        text += [_found_text(row) for row in smallest.to_dict("records")]
    return " ".join(text)


def _found(
    part: pd.DataFrame,
    error: float,
    share: float,
    confidence: float,
    n_resamples: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Find the smallest n of one outcome and scheme, with its interval."""
    sizes = np.unique(part["n"])
    inside = part.pivot(index="recording", columns="n", values="abs_q95") <= error
    animals = _animals(part).reindex(inside.index)
    n_animals = int(animals.nunique())
    place = [_first_size(inside.to_numpy().mean(axis=0)[None], share)[0]]
    if n_animals > 1:
        drawn = _first_size(_drawn_shares(inside, animals, n_resamples, rng), share)
        ends = [(1 - confidence) / 2, (1 + confidence) / 2]
        place += list(np.quantile(drawn, ends, method="inverted_cdf"))
    else:
        place += [len(sizes)] * 2
    n, low, high = np.append(sizes.astype(float), np.nan)[np.array(place, np.intp)]
    per_minute = float((part["frames_per_min"] / part["n"]).median())
    return {
        "n": n,
        "ci_low": low,
        "ci_high": high,
        "frames_per_min": n * per_minute,
        "frames_per_min_low": low * per_minute,
        "frames_per_min_high": high * per_minute,
        "n_recordings": len(inside),
        "n_animals": n_animals,
        "note": _note((n, low, high), sizes, n_animals),
    }


def _found_text(row: dict[Any, Any]) -> str:
    wanted = (
        f"an error of the {row['outcome']} of at most {row['error']:g} in 95 % of "
        f"samples, in {100 * row['share']:g} % of {row['n_recordings']} recordings"
    )
    if np.isnan(row["n"]):
        return f"With scheme {row['scheme']}, {wanted}, was not reached: {row['note']}."
    low, high = (
        "?" if np.isnan(row[end]) else f"{row[end]:.0f}"
        for end in ("ci_low", "ci_high")
    )
    note = f" ({row['note']})" if row["note"] else ""
    return (
        f"With scheme {row['scheme']}, {wanted}, took {row['n']:.0f} frames "
        f"(confidence interval {low} to {high}, animals resampled), which is "
        f"{row['frames_per_min']:.3g} frames/min{note}."
    )


def _animals(part: pd.DataFrame) -> pd.Series:
    """Give each recording's animal; the recording itself where none is told."""
    one = part.drop_duplicates("recording").set_index("recording")
    names = one.index.to_series().astype(str)
    if "animal" not in one:
        return names
    animal = one["animal"].fillna("").astype(str)
    return animal.where(animal != "", names)


def _drawn_shares(
    inside: pd.DataFrame,
    animals: pd.Series,
    n_resamples: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Give the share of recordings inside, (resample, size), of animals drawn anew."""
    code, names = pd.factorize(animals)
    of_animal = np.zeros((len(names), inside.shape[1]))
    np.add.at(of_animal, code, inside.to_numpy())
    drawn = rng.multinomial(
        len(names), np.full(len(names), 1 / len(names)), size=n_resamples
    )
    recordings = drawn @ np.bincount(code)
    return np.asarray(drawn @ of_animal / recordings[:, None])


def _first_size(shares: NDArray[np.float64], share: float) -> NDArray[np.intp]:
    """Give the place of the size from which on the share holds; behind all: none."""
    holds = shares >= share - 1e-9
    fails_after = np.maximum.accumulate(~holds[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(fails_after.sum(axis=1), np.intp)


def _note(
    found: tuple[float, float, float], sizes: NDArray[np.intp], n_animals: int
) -> str:
    n, low, high = found
    notes = []
    if np.isnan(n):
        notes.append(f"more than {sizes[-1]} frames, the largest n of the table")
    elif n == sizes[0]:
        notes.append("the smallest n of the table is enough")
    if n_animals < 2:
        notes.append("one animal: no interval")
    elif np.isnan(low):
        notes.append(f"both ends of the interval are above {sizes[-1]} frames")
    elif np.isnan(high):
        notes.append(f"the upper end of the interval is above {sizes[-1]} frames")
    return "; ".join(notes)


def _check(table: pd.DataFrame, error: float, share: float, confidence: float) -> None:
    for name in ("recording", "outcome", "scheme", "n", "abs_q95", "frames_per_min"):
        if name not in table:
            raise GrimaceError(
                f"The table has no column {name!r}: give what sampling_inaccuracy "
                "gives."
            )
    if table.duplicated(["recording", "outcome", "scheme", "n"]).any():
        raise GrimaceError(
            "The table has the same recording, outcome, scheme and n twice: give one "
            "result of sampling_inaccuracy."
        )
    if not error > 0:
        raise GrimaceError(f"error is {error}: give points of the score above 0.")
    for name, value in (("share", share), ("confidence", confidence)):
        if not 0 < value <= 1 or (name == "confidence" and value == 1):
            raise GrimaceError(f"{name} is {value}: give a share, such as 0.95.")
