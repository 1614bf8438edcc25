"""A small reference set of pictures that can be told apart, with known scores."""

import numpy as np

from napari_grimace.rating.picture_set import write_picture_set
from napari_grimace.recording import Change, Rater
from napari_grimace.scales import load_scale
from napari_grimace.teaching import open_reference

BLACK = load_scale("mgs-black")
RULE = {"min_pictures": 10, "kappa": 0.6, "icc": 0.75, "source": "fixed for this test"}


def truth_of(count, scale=BLACK, seed=0):
    """Scores (picture, unit): all levels of each unit about equally often."""
    rng = np.random.default_rng(seed)
    columns = [rng.permutation(np.resize(u.levels, count)) for u in scale.units]
    return np.stack(columns, axis=1).astype(float)


def picture_of(number):
    """Picture (y, x, rgb) of a number from 1: blocks in random colours."""
    blocks = np.random.default_rng(number).integers(0, 256, (4, 4, 3), np.uint8)
    return np.kron(blocks, np.ones((16, 16, 1), np.uint8))


def write_set(path, count=12, truth=None, scale=BLACK, rule=RULE):
    truth = truth_of(count, scale) if truth is None else truth
    made = write_picture_set(
        path,
        map(picture_of, range(1, len(truth) + 1)),
        kind="reference",
        title=f"Set {path.stem}",
        scale=scale,
        facts={"pass_rule": rule} if rule else {},
    )
    judge = Rater("truth", "truth", "consensus", scale=scale)
    with made.store.journal(judge) as journal:
        journal.commit_all(
            (
                frame,
                [
                    Change("score", unit, None, value)
                    for unit, value in zip(scale.unit_names, row.tolist(), strict=True)
                ],
                {},
            )
            for frame, row in enumerate(truth)
        )
    return open_reference(made.path)
