"""Recordings and sample sheets for tests, made from a seed."""

import csv
from pathlib import Path

import numpy as np

from napari_grimace.recording import Rater, RecordingStore, rater_block
from napari_grimace.recording.schema import NOT_FOUND, NOT_RATED, SCORED
from napari_grimace.scales import load_scale

BLACK = load_scale("mgs-black")
VIDEO = {"source": "mouse é.mp4", "frame_rate": 30.0, "frame_count": 1_000_000}


def person(label="Anna", scale=BLACK, **facts):
    return Rater(label, label, "person", scale=scale, **facts)


def model(build="1", scale=BLACK):
    return Rater(
        f"nets {build} {scale.name}",
        "nets",
        "model",
        scale=scale,
        build=f"nets {build}",
    )


def random_scores(rng, count, scale=BLACK, missing=0.15):
    """Scores (frame, unit) of which some are missing, and states."""
    score = np.stack([rng.choice(unit.levels, count) for unit in scale.units], axis=-1)
    state = np.full(score.shape, SCORED)
    state[rng.random(score.shape) < missing] = NOT_FOUND
    state[rng.random(count) < 0.05] = NOT_RATED
    return np.where(state == SCORED, score, np.nan), state


def random_block(rater, frames, seed=0, *, faces=True):
    """A recording of one rater, one frame a second."""
    rng = np.random.default_rng(seed)
    frames = np.asarray(frames)
    score, state = random_scores(rng, len(frames), rater.scale)
    count = np.where(rng.random(len(frames)) < 0.1, 2, 1) if faces else None
    return rater_block(
        rater, frames, frames / 30, score=score, state=state, face_count=count
    )


def write_recording(path, *blocks, video=None):
    """A recording's folder with the given recordings of one rater each."""
    from napari_grimace.recording import raters_of

    store = RecordingStore.create(path, {**VIDEO, **(video or {})})
    for block in blocks:
        (rater,) = raters_of(block)
        store.add_rater(rater)
        store.append(rater.label, block)
    return Path(path)


def write_csv(path, *rows, delimiter=",", encoding="utf-8"):
    with Path(path).open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return Path(path)


def write_xlsx(path, *rows):
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return Path(path)
