"""The rules for a recording's values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.recording.access import raters_of
from napari_grimace.recording.schema import SCORED, STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import xarray as xr
    from numpy.typing import NDArray

    from napari_grimace.recording.rater import Rater

    ContentRule = Callable[[xr.Dataset], Iterator[str]]

_SUM_TOLERANCE = 1e-3  # of probabilities kept in single precision


def _boxes(ds: xr.Dataset) -> Iterator[str]:
    box = ds["box"].values
    seen = np.isfinite(box)
    partly = seen.any(axis=-1) & ~seen.all(axis=-1) | np.isinf(box).any(axis=-1)
    if partly.any():
        yield f"some edges are missing or infinite {_at(ds, 'box', partly)}"
    with np.errstate(invalid="ignore"):
        turned = (box[..., 0] > box[..., 2]) | (box[..., 1] > box[..., 3])
    if turned.any():
        yield f"a minimum is above its maximum {_at(ds, 'box', turned)}"


def _confidences(ds: xr.Dataset) -> Iterator[str]:
    confidence = ds["box_confidence"].values
    outside = _outside(confidence, 0, 1)
    if outside.any():
        yield f"not within 0 to 1 {_at(ds, 'box_confidence', outside)}"
    # 0 without a box: a person says that the region is not there.
    alone = (confidence > 0) & np.isnan(ds["box"].values).all(axis=-1)
    if alone.any():
        yield f"given without a box {_at(ds, 'box_confidence', alone)}"


def _states(ds: xr.Dataset) -> Iterator[str]:
    wrong = _outside(ds["state"].values, 0, len(STATES) - 1)
    if wrong.any():
        yield f"not one of 0 to {len(STATES) - 1} {_at(ds, 'state', wrong)}"


def _scores_and_states(ds: xr.Dataset) -> Iterator[str]:
    has_score = ~np.isnan(ds["score"].values)
    scored = ds["state"].values == SCORED
    if (has_score & ~scored).any():
        where = _at(ds, "score", has_score & ~scored)
        yield f"a score where the state is not scored {where}"
    if (scored & ~has_score).any():
        yield f"scored, but without a score {_at(ds, 'score', scored & ~has_score)}"


def _allowed_scores(ds: xr.Dataset) -> Iterator[str]:
    raters = raters_of(ds)
    score, state = ds["score"].values, ds["state"].values
    units = [str(unit) for unit in ds["unit"].values]
    wrong = np.zeros(score.shape, dtype=bool)
    for i, rater in enumerate(raters):
        for j, name in enumerate(units):
            if name in rater.scale.unit_names:
                wrong[i, :, j] = _not_allowed(score[i, :, j], rater, name)
            else:
                wrong[i, :, j] = state[i, :, j] != 0
    if wrong.any():
        yield f"not allowed by the rater's scale {_at(ds, 'score', wrong)}"


def _not_allowed(score: NDArray[Any], rater: Rater, name: str) -> NDArray[np.bool_]:
    levels = rater.scale.unit(name).levels
    if rater.kind == "consensus" or rater.scale.sides == "mean":
        return _outside(score, min(levels), max(levels))
    return np.asarray(~np.isnan(score) & ~np.isin(score, levels))


def _probabilities(ds: xr.Dataset) -> Iterator[str]:
    raters = raters_of(ds)
    lacking = np.ones((len(raters), 1, ds.sizes["unit"], ds.sizes["level"]), dtype=bool)
    for i, rater in enumerate(raters):
        for j, name in enumerate(ds["unit"].values):
            if name in rater.scale.unit_names:
                lacking[i, 0, j, list(rater.scale.unit(name).levels)] = False
    yield from _distributions(ds, "probability", lacking)


def _region_probabilities(ds: xr.Dataset) -> Iterator[str]:
    raters = raters_of(ds)
    lacking = np.zeros((len(raters), 1, ds.sizes["region"], ds.sizes["level"]), bool)
    for i, rater in enumerate(raters):
        for j, region in enumerate(ds["region"].values):
            for unit in rater.scale.units:
                if region in unit.regions:
                    lacking[i, 0, j] = ~np.isin(ds["level"].values, unit.levels)
    yield from _distributions(ds, "region_probability", lacking)


def _distributions(
    ds: xr.Dataset, name: str, lacking: NDArray[np.bool_]
) -> Iterator[str]:
    values = ds[name].values
    outside = _outside(values, 0, 1)
    if outside.any():
        yield f"{name} not within 0 to 1 {_at(ds, name, outside)}"
    known = ~np.isnan(values)
    if (known & lacking).any():
        yield f"{name} at a level that the unit lacks {_at(ds, name, known & lacking)}"
    given = known.any(axis=-1)
    off = given & ~(np.abs(np.nansum(values, axis=-1) - 1) <= _SUM_TOLERANCE)
    if off.any():
        yield f"{name} does not add up to 1 {_at(ds, name, off)}"


def _region_scores(ds: xr.Dataset) -> Iterator[str]:
    wrong = _outside(ds["region_score"].values, 0, 2)
    if wrong.any():
        yield f"not within 0 to 2 {_at(ds, 'region_score', wrong)}"


def _quality(ds: xr.Dataset) -> Iterator[str]:
    wrong = np.isinf(ds["quality"].values)
    if wrong.any():
        yield f"infinite {_at(ds, 'quality', wrong)}"


def _face_counts(ds: xr.Dataset) -> Iterator[str]:
    count = ds["face_count"].values
    wrong = ~np.isnan(count) & ((count < 0) | (count != np.round(count)))
    wrong |= np.isinf(count)
    if wrong.any():
        yield f"not a whole number from 0 {_at(ds, 'face_count', wrong)}"


CONTENT_RULES: dict[str, tuple[tuple[str, ...], ContentRule]] = {
    "box-edges": (("box",), _boxes),
    "box-confidence": (("box", "box_confidence"), _confidences),
    "state-known": (("state",), _states),
    "score-needs-state": (("score", "state"), _scores_and_states),
    "score-allowed": (("score", "state"), _allowed_scores),
    "probability": (("probability",), _probabilities),
    "region-probability": (("region_probability",), _region_probabilities),
    "region-score": (("region_score",), _region_scores),
    "quality-finite": (("quality",), _quality),
    "face-count": (("face_count",), _face_counts),
}
"""For each rule the variables that it needs, and the rule."""


def _outside(values: NDArray[Any], low: float, high: float) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        outside: NDArray[np.bool_] = (values < low) | (values > high)
    return outside


def _at(ds: xr.Dataset, name: str, wrong: NDArray[np.bool_]) -> str:
    """Say where something is wrong first, and in how many places."""
    first = np.argwhere(wrong)[0]
    places = ", ".join(
        f"{dim} {ds[dim].values[i]}"
        for dim, i in zip(ds[name].dims, first, strict=False)
    )
    more = int(np.count_nonzero(wrong)) - 1
    return f"at {places}" + (f", and in {more} more places" if more else "")
