"""Boxes of a person that follow from others of the same person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_grimace.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_grimace.rating.rating import Rating
    from napari_grimace.recording.record import Place, Value

    Changed = dict[int, dict[Place, Value]]


def copied(
    rating: Rating, source: int, frames: Iterable[int], region: str | None = None
) -> Changed:
    """Give boxes of one frame to other frames.

    Parameters
    ----------
    rating
        The person's rating.
    source
        Frame whose boxes are taken; regions said not to be there are taken too.
    frames
        Frames that get them.
    region
        Only this region; by default all that the person has set in `source`.

    Returns
    -------
    dict
        What to `Rating.set`.

    Raises
    ------
    RecordingError
        If the person has set no such box there.
    """
    told = {
        ("box", at): value
        for (field, at), value in rating.values(source).items()
        if field == "box" and region in (None, at)
    }
    if not told:
        what = region or "box"
        raise RecordingError(f"You have set no {what} in frame {source}.")
    return {frame: dict(told) for frame in frames if frame != source}


def interpolated(
    rating: Rating, frame: int, frames: Iterable[int], region: str | None = None
) -> Changed:
    """Move boxes evenly from the annotated frame before to the one after.

    Parameters
    ----------
    rating
        The person's rating.
    frame
        A frame between two frames in which the person has drawn the same region.
    frames
        Frames that may get boxes; only those between the two, and without a box by
        the person, do.
    region
        Only this region; by default each that is drawn before and after.

    Returns
    -------
    dict
        What to `Rating.set`. Each edge lies on a straight line over frame numbers.

    Raises
    ------
    RecordingError
        If no region is drawn both before and after the frame, or nothing is missing
        between.
    """
    wanted = sorted(map(int, frames))
    changed: Changed = {}
    regions = rating.rater.scale.regions if region is None else (region,)
    for name in regions:
        around = _around(rating, frame, name)
        if around is None:
            continue
        before, after = around
        low, high = (rating.value(at, "box", name) for at in around)
        assert isinstance(low, tuple)  # as `_around` found
        assert isinstance(high, tuple)
        for between in (at for at in wanted if before < at < after):
            if rating.value(between, "box", name) is None:
                share = (between - before) / (after - before)
                edges = tuple(
                    a + share * (b - a) for a, b in zip(low, high, strict=True)
                )
                changed.setdefault(between, {})["box", name] = edges
    if not changed:
        raise RecordingError(
            "There is nothing to fill in: draw a region in an earlier and in a later "
            "frame, with analysed frames between."
        )
    return changed


def annotated_before(rating: Rating, frame: int) -> int | None:
    """Give the last frame before this one in which the person has set a box."""
    return max((at for at in _annotated(rating) if at < frame), default=None)


def _annotated(rating: Rating, region: str | None = None) -> list[int]:
    """Frames in which the person has drawn a region; with None, set any box."""
    if region is not None:
        return [
            at
            for at in rating.frames
            if isinstance(rating.value(at, "box", region), tuple)
        ]
    return [
        at
        for at in rating.frames
        if any(field == "box" for field, _ in rating.values(at))
    ]


def _around(rating: Rating, frame: int, region: str) -> tuple[int, int] | None:
    drawn = _annotated(rating, region)
    before = max((at for at in drawn if at <= frame), default=None)
    after = min((at for at in drawn if at > frame), default=None)
    return None if before is None or after is None else (before, after)
