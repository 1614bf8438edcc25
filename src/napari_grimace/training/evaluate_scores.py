"""Measure scores on held-out renders, from the picture to the total.

Boxes are the detector's own here, so that what is reported is what a user gets. Drawn
units follow an animal's latent pain loosely, as real ones do: the separation that true
scores reach is given beside, since no scorer can do better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_grimace.models.units import combine
from napari_grimace.phantom.scene import SPECIES
from napari_grimace.scales import load_scale
from napari_grimace.scales.regions import LEVELS, REGIONS
from napari_grimace.scales.scoring import total
from napari_grimace.training.evaluate import main_animal
from napari_grimace.training.measures import area_under_curve
from napari_grimace.training.renders import FRAMING, read_shard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_grimace.models.protocols import Detector, Scorer, Setting
    from napari_grimace.scales import Scale

    Graded = tuple[NDArray[np.uint8], NDArray[np.float32], bool]

_CLOSE = [name for name, _ in FRAMING].index("crop")
_FEWEST = 3


def graded_pictures(paths: Sequence[Path], scale: Scale) -> Iterator[Graded]:
    """Close renders of the scale's species.

    Yields
    ------
    tuple
        Image (y, x, rgb); true scores (unit,) in the scale's order, the sides' mean,
        NaN where the unit is not to be seen; whether the animal is in pain.
    """
    for path in paths:
        shard = read_shard(path)
        for index in np.flatnonzero(shard.framing == _CLOSE).tolist():
            rows = main_animal(shard, shard.rows(index))
            ours = shard.species[rows] == SPECIES.index(scale.species)
            if not len(rows) or not ours.all():
                continue
            level = dict(
                zip(shard.region[rows].tolist(), shard.level[rows], strict=True)
            )
            true = [
                [level.get(REGIONS.index(region), np.nan) for region in unit.regions]
                for unit in scale.units
            ]
            score = np.array([_mean(sides) for sides in true], np.float32)
            yield shard.picture(index), score, bool(shard.in_pain[rows[0]])


def _mean(values: Sequence[float]) -> float:
    seen = [value for value in values if not np.isnan(value)]
    return float(np.mean(seen)) if seen else np.nan


def measure_scores(
    detector: Detector,
    scorer: Scorer,
    scale: str | Scale,
    paths: Sequence[Path],
    setting: Setting = "fast",
) -> dict[str, float]:
    """How well scores and totals of held-out renders tell pain, and follow the truth.

    Parameters
    ----------
    detector, scorer
        The models.
    scale
        Scale that the scorer scores on.
    paths
        Shards of renders that were not trained on.
    setting
        As for `Detector.detect`.

    Returns
    -------
    dict
        Number of pictures; share with a total (from at least three units); chance
        that a picture of an animal in pain has the higher orbital score and the
        higher total (`_pain_auc`), and the same for the true scores; rank correlation
        of totals with true totals.
    """
    scale = load_scale(scale)
    found, expected, true, in_pain = [], [], [], []
    for image, score, pain in graded_pictures(paths, scale):
        box = detector.detect([image], setting).box
        units = combine(scorer.score([image], box), scale)
        found.append(units.unit_score[0])
        expected.append(np.nan_to_num(units.unit_probability[0]) @ np.array(LEVELS))
        true.append(score)
        in_pain.append(pain)
    return _summary(
        scale, np.array(found), np.array(expected), np.array(true), np.array(in_pain)
    )


def _summary(
    scale: Scale,
    found: NDArray[np.float32],
    expected: NDArray[np.float64],
    true: NDArray[np.float32],
    in_pain: NDArray[np.bool_],
) -> dict[str, float]:
    from scipy.stats import spearmanr

    totals = total(found, scale, min_units=_FEWEST)
    wanted = total(true, scale, min_units=_FEWEST)
    eye = scale.unit_names.index("orbital")
    seen = np.isfinite(found[:, eye]) & np.isfinite(true[:, eye])
    both = np.isfinite(totals) & np.isfinite(wanted)
    measures = {
        "images": float(len(in_pain)),
        "with_total": float(np.isfinite(totals).mean()),
        "orbital_pain_auc": _told(expected[seen, eye], in_pain[seen]),
        "orbital_true_pain_auc": _told(true[seen, eye], in_pain[seen]),
        "total_pain_auc": _told(totals[both], in_pain[both]),
        "total_true_pain_auc": _told(wanted[both], in_pain[both]),
    }
    if both.sum() > _FEWEST:
        follows = spearmanr(totals[both], wanted[both]).statistic
        measures["total_rank_correlation"] = float(follows)
    return {n: round(v, 4) for n, v in measures.items() if np.isfinite(v)}


def _told(value: NDArray[np.floating], in_pain: NDArray[np.bool_]) -> float:
    """Area under the curve; NaN where all or none are in pain."""
    if in_pain.all() or not in_pain.any():
        return np.nan
    return area_under_curve(value, in_pain)
