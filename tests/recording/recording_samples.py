"""Recordings for tests, made from a seed."""

import numpy as np

from napari_grimace.recording import Rater, rater_block
from napari_grimace.recording.join import join_raters
from napari_grimace.recording.schema import NOT_FOUND, NOT_RATED, NOT_SCORABLE, SCORED
from napari_grimace.scales import load_scale

VIDEO = {
    "source": "mouse é.mp4",
    "source_path": "videos/mouse é.mp4",
    "source_size": 123_456,
    "identity": "0123abcd" * 4,
    "frame_rate": 29.97,
    "frame_count": 1_000_000,
    "roi": [0, 10, 480, 640],
}
SUBJECT = {"species": "mouse", "strain": "C57BL/6", "age": 12.5, "notes": {"ü": None}}
BLACK = load_scale("mgs-black")


def person(label="Anna", scale=BLACK, **facts):
    return Rater(label, label, "person", scale=scale, **facts)


def model(label="unit nets 1", scale=BLACK, **facts):
    return Rater(label, "unit nets", "model", scale=scale, build="1 (abcd)", **facts)


def random_block(
    rater, frames, seed=0, measures=("sharpness", "exposure"), video=VIDEO
):
    """A valid block in which everything that may be missing is so here and there."""
    rng = np.random.default_rng(seed)
    frames = np.asarray(frames, np.int64)
    count, regions, units = len(frames), len(rater.scale.regions), rater.scale.units
    corner = rng.uniform(0, 500, (count, regions, 2))
    box = np.concatenate([corner, corner + rng.uniform(0, 99, corner.shape)], axis=-1)
    confidence = rng.uniform(0, 1, (count, regions))
    confidence[rng.random(confidence.shape) < 0.2] = np.nan
    absent = rng.random((count, regions)) < 0.3
    box[absent] = confidence[absent] = np.nan
    state = rng.choice(
        [NOT_RATED, SCORED, NOT_SCORABLE, NOT_FOUND],
        (count, len(units)),
        p=[0.1, 0.7, 0.1, 0.1],
    )
    levels = np.stack([rng.choice(unit.levels, count) for unit in units], axis=-1)
    kept = rng.random((count, regions)) < 0.5
    return rater_block(
        rater,
        frames,
        np.where(rng.random(count) < 0.1, np.nan, frames / 29.97),
        box=box,
        box_confidence=confidence,
        score=np.where(state == SCORED, levels, np.nan),
        state=state,
        probability=np.stack(
            [_distribution(rng, count, unit.levels) for unit in units], axis=1
        ),
        region_score=np.where(kept, rng.integers(0, 3, (count, regions)), np.nan),
        flag=rng.random(count) < 0.2,
        confirmed=rng.random(count) < 0.2,
        quality={name: rng.normal(size=count) for name in measures},
        face_count=np.where(rng.random(count) < 0.2, np.nan, rng.integers(0, 3, count)),
        video=video,
        subject=SUBJECT,
    )


def random_recording(raters, frames, seed=0):
    """A recording in which every rater saw some of the frames."""
    rng = np.random.default_rng(seed)
    blocks = []
    for i, rater in enumerate(raters):
        seen = np.sort(rng.permutation(frames)[: rng.integers(0, len(frames) + 1)])
        blocks.append(random_block(rater, seen, seed=seed + i))
    return join_raters(blocks, blocks[0].attrs)


def _distribution(rng, count, levels):
    values = np.full((count, 3), np.nan)
    values[:, list(levels)] = rng.dirichlet(np.ones(len(levels)), count)
    values[rng.random(count) < 0.3] = np.nan
    return values
