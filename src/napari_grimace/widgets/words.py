"""A frame's boxes and scores in words, for the readout."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.scales.scoring import band_of
from napari_grimace.widgets.facts import neighbours
from napari_grimace.widgets.paint import INK, SEVERITY, level_of

if TYPE_CHECKING:
    from napari_grimace.exchange import RaterPass
    from napari_grimace.widgets.facts import FrameFacts, UnitFacts
    from napari_grimace.widgets.view import RecordingView

READER_ASKED = "(napari asks once for the reader: choose Grimace)"
NOTHING_OPEN = (
    "No recording is open. Drag a recording (NAME.grimace) into the window "
    f"{READER_ASKED}, or score a video: Plugins &gt; Grimace &gt; Score a recording."
)
NOTHING_READ = "Reading the recording ..."
NOTHING_SCORED = "No frame is scored yet."
NOT_BEGUN = "Give your name in the widget Rate, and press Start."
NO_CURVE = "In a blind set no curve is drawn."
OUTSIDE = "Outside the video of this recording."
_STATES = {
    "not_rated": "not rated",
    "not_scorable": "not scorable",
    "region_not_found": "not seen",
}
Selected = tuple[str, str, str]  # unit, side, and the colour of links


def why_nothing(view: RecordingView | None) -> str:
    """Tell why there are no scores to show, as rich text."""
    if view is None:
        return NOTHING_OPEN
    if not view.ended:
        return NOTHING_READ
    if view.blind is not None and not view.problem:
        return NOT_BEGUN
    return escape(view.problem) or NOTHING_SCORED


def frame_words(
    done: RaterPass,
    frame: int,
    facts: FrameFacts | None,
    compared: FrameFacts | None = None,
    *,
    time: float = np.nan,
    previewing: bool = False,
    problem: str = "",
    selected: tuple[str, str] | None = None,
    blind: bool = False,
    link_colour: str = "",
) -> str:
    """Tell of a frame, as rich text.

    Parameters
    ----------
    done
        What the shown rater did.
    frame
        Number of the frame.
    facts, compared
        What the shown and the compared rater found in it; None if they did not work
        on it.
    time
        Its presentation time in s, if it is known.
    previewing
        Whether a key frame stands in for the frame just now.
    problem
        Why the frame cannot be shown.
    selected
        Unit and side that a person is about to score: units and sides are then links,
        ``UNIT/SIDE``.
    blind
        Whether it is a picture of a blind set, which has a number from 1 and no time.
    link_colour
        Of links, as ``#rrggbb``; Qt's own, blue, if nothing is said.
    """
    parts = [_heading(frame, np.nan if blind else time, facts, blind=blind)]
    if problem:
        parts.append(escape(problem))
    elif previewing:
        parts.append("<i>loading the exact frame ...</i>")
    if facts is None:
        parts.append("not rated" if blind else _not_analysed(done, frame))
    else:
        parts += [
            _total(done, facts, compared),
            _units(facts, compared, selected and (*selected, link_colour)),
            _found(facts, done),
        ]
    parts.append(f"<small>{escape(done.made_by)}</small>")
    return "<br>".join(part for part in parts if part)


def _heading(frame: int, time: float, facts: FrameFacts | None, *, blind: bool) -> str:
    if facts and np.isfinite(facts.time) and not blind:
        time = facts.time
    when = f", {time:.2f} s" if np.isfinite(time) else ""
    which = f"picture {frame + 1}" if blind else f"frame {frame}"
    flag = ", flagged" if facts and facts.flagged else ""
    sure = ", confirmed" if facts and facts.confirmed else ""
    note = f"<br><i>{escape(facts.note)}</i>" if facts and facts.note else ""
    return f"<b>{which}{when}{flag}{sure}</b>{note}"


def _not_analysed(done: RaterPass, frame: int) -> str:
    before, after = neighbours(done.frames, frame)
    near = [str(number) for number in (before, after) if number is not None]
    if not near:
        return "not analysed; no frame is analysed yet"
    return f"not analysed; the nearest that are: {' and '.join(near)}"


def _total(done: RaterPass, facts: FrameFacts, compared: FrameFacts | None) -> str:
    text = f"<span style='font-size:x-large'>{total_words(done, facts)}</span>"
    if compared is not None:
        other = f"{compared.total:g}" if np.isfinite(compared.total) else "none"
        text += f" &nbsp; compared: {other}"
    return text


def total_words(done: RaterPass, facts: FrameFacts) -> str:
    """Tell the total and the grimace state, or why there is none."""
    scale = done.scale
    if np.isfinite(facts.total):
        bands = [band.name for band in scale.bands]
        band = int(band_of(np.array([facts.total]), scale)[0])
        state = f": {bands[band]}" if band >= 0 else ""
        rescaled = " (rescaled)" if done.rescaled else ""
        return f"total {facts.total:.3g} of {scale.max_total:g}{rescaled}{state}"
    if facts.several_faces:
        return "no total: several faces"
    return f"no total: {facts.units_scored} of {scale.min_units} units needed"


def _units(
    facts: FrameFacts,
    compared: FrameFacts | None,
    selected: Selected | None,
) -> str:
    others = {unit.name: unit for unit in compared.units} if compared else {}
    heads = ["unit", "score", "sides", "p(0) p(1) p(2)"]
    heads += ["compared"] if compared else []
    rows = [_row([f"<small>{head}</small>" for head in heads])]
    for unit in facts.units:
        cells = [
            _title(unit, selected),
            _score(unit),
            _sides(unit, selected),
            _probabilities(unit),
        ]
        if compared:
            cells.append(_score(others[unit.name]) if unit.name in others else "")
        rows.append(_row(cells))
    return f"<table cellspacing=0 cellpadding=3>{''.join(rows)}</table>"


def _row(cells: list[str]) -> str:
    cell = "<td style='white-space:nowrap'>{}</td>"
    return "<tr>" + "".join(map(cell.format, cells)) + "</tr>"


def _score(unit: UnitFacts) -> str:
    if np.isnan(unit.score):
        return state_words(unit.state)
    return score_mark(unit.score)


def state_words(state: str) -> str:
    """Tell why a unit has no score, as rich text."""
    return f"<i>{_STATES.get(state, state)}</i>"


def score_mark(score: float) -> str:
    """Write a score on its colour, as rich text."""
    level = level_of(score)
    colour = INK[level]
    return (
        f"<span style='background-color:{SEVERITY[level]};color:{colour}'>"
        f"&nbsp;<b>{score:g}</b>&nbsp;</span>"
    )


def _title(unit: UnitFacts, selected: Selected | None) -> str:
    if selected is None:
        return escape(unit.title)
    here = selected[:2] == (unit.name, "")
    return _link(unit.name, escape(unit.title), selected[2], here=here)


def _sides(unit: UnitFacts, selected: Selected | None) -> str:
    if len(unit.regions) < 2:
        return ""
    told = []
    for region in unit.regions:
        score = unit.sides.get(region, np.nan)
        words = "-" if np.isnan(score) else f"{score:g}"
        if selected is not None:
            side = region.rpartition("_")[2]
            here = selected[:2] == (unit.name, region)
            target = f"{unit.name}/{region}"
            words = _link(target, f"{side} {words}", selected[2], here=here)
        told.append(words)
    return " / ".join(told)


def _link(target: str, words: str, colour: str, *, here: bool) -> str:
    marked = f"▸&nbsp;<b>{words}</b>" if here else words
    # The colours of napari's themes are in no palette that rich text could name.
    style = f" style='color:{colour}'" if colour else ""
    return f"<a{style} href='{target}'>{marked}</a>"


def _probabilities(unit: UnitFacts) -> str:
    return "&nbsp; ".join(
        f"{unit.probabilities[level]:.2f}" if level in unit.probabilities else "-"
        for level in (0, 1, 2)
        if unit.probabilities
    )


def _found(facts: FrameFacts, done: RaterPass) -> str:
    told = [f"{name} {value:.3g}" for name, value in facts.quality.items()]
    if not facts.boxes and done.rater.kind == "model":  # people need draw no boxes
        return "no face found"
    return f"<small>quality: {escape(', '.join(told))}</small>" if told else ""
