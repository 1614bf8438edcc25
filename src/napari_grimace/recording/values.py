"""One rater's values frame by frame, as journals name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_grimace.recording.build import rater_block
from napari_grimace.recording.schema import NOT_FOUND, NOT_RATED, SCORED, STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import xarray as xr

    from napari_grimace.recording.rater import Rater
    from napari_grimace.recording.record import Place, Value

NOT_SEEN = STATES[NOT_FOUND]


def values_of(
    block: xr.Dataset, notes: Mapping[int, str] | None = None
) -> dict[int, dict[Place, Value]]:
    """Take the values that are set out of a recording of one rater.

    Parameters
    ----------
    block
        A recording of one rater.
    notes
        The rater's notes by frame, which are in the journals only.

    Returns
    -------
    dict
        For each frame the values by field and place. What is not set is left out.
    """
    one = block.isel(rater=0)
    frames = one["frame"].values.tolist()
    values: dict[int, dict[Place, Value]] = {frame: {} for frame in frames}

    def put(name: str, told: Any, value: Callable[..., Value]) -> None:
        dim = {"score": "unit"}.get(name, "region")
        labels = one[dim].values.tolist() if told.ndim > 1 else [""]
        for row, *place in np.argwhere(told):
            at = labels[place[0]] if place else ""
            values[frames[row]][name, at] = value(row, *place)

    score, state = one["score"].values, one["state"].values
    put("score", state == SCORED, lambda *at: float(score[at]))
    put("score", state > SCORED, lambda *at: STATES[int(state[at])])
    box, sure = one["box"].values, one["box_confidence"].values
    seen = np.isfinite(box).all(axis=-1)
    put("box", seen, lambda *at: tuple(map(float, box[at])))
    put("box", ~seen & (sure == 0), lambda *_: NOT_SEEN)
    sides = one["region_score"].values
    put("region_score", np.isfinite(sides), lambda *at: float(sides[at]))
    for mark in ("flag", "confirmed"):
        put(mark, one[mark].values, lambda *_: True)
    for frame, note in (notes or {}).items():
        values.setdefault(frame, {})["note", ""] = note
    return values


def in_journal_only(place: Place) -> bool:
    """Whether a value has no place in its rater's block: notes, others' confirmations.

    Whose scores were confirmed has it in a recording, from the journal of who did.
    """
    field, at = place
    return field == "note" or (field == "confirmed" and at != "")


def block_of(
    rater: Rater,
    values: Mapping[int, Mapping[Place, Value]],
    times: Mapping[int, float],
) -> xr.Dataset:
    """Make a recording of one rater from values frame by frame.

    Parameters
    ----------
    rater
        The rater.
    values
        As `values_of` gives them; what is in journals only is passed over.
    times
        Presentation times of the frames, in s, where they are known.
    """
    frames = sorted(values)
    regions, units = rater.scale.regions, rater.scale.unit_names
    arrays = _empty(len(frames), len(regions), len(units))
    places = {("score", name): i for i, name in enumerate(units)}
    for field in ("box", "region_score"):
        places |= {(field, name): i for i, name in enumerate(regions)}
    for row, frame in enumerate(frames):
        for (field, at), value in values[frame].items():
            if value is None or in_journal_only((field, at)):
                continue
            index = (row, places[field, at]) if at else (row,)
            _put(arrays, field, index, value)
    return rater_block(
        rater, frames, [times.get(frame, np.nan) for frame in frames], **arrays
    )


def _empty(frames: int, regions: int, units: int) -> dict[str, Any]:
    return {
        "box": np.full((frames, regions, 4), np.nan, np.float32),
        "box_confidence": np.full((frames, regions), np.nan, np.float32),
        "region_score": np.full((frames, regions), np.nan, np.float32),
        "score": np.full((frames, units), np.nan, np.float32),
        "state": np.full((frames, units), NOT_RATED, np.int8),
        "flag": np.zeros(frames, bool),
        "confirmed": np.zeros(frames, bool),
    }


def _put(
    arrays: dict[str, Any], field: str, index: tuple[int, ...], value: Value
) -> None:
    if field == "box" and value == NOT_SEEN:
        arrays["box_confidence"][index] = 0
    elif field == "score" and isinstance(value, str):
        arrays["state"][index] = STATES.index(value)
    else:
        arrays[field][index] = value
        if field == "score":
            arrays["state"][index] = SCORED
