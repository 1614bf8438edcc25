"""The whole path with the bundled models, against the truth of the sample video."""

import numpy as np
import pandas as pd
import pytest

from napari_grimace.analysis import quick_look, score_frames, score_video
from napari_grimace.models import load_detector, load_scorer
from napari_grimace.phantom import sample_video
from napari_grimace.recording import (
    grimace_score,
    raters_of,
    validate_recording,
)
from napari_grimace.scales import EDGES
from napari_grimace.video import open_video

FRAMES = np.arange(15, 1800, 90)  # 20 frames


@pytest.fixture(scope="module")
def video():
    return sample_video()


@pytest.fixture(scope="module")
def truth(video):
    table = pd.read_csv(video.with_name("sample_truth.csv"), index_col="frame")
    return table.loc[FRAMES]


@pytest.fixture(scope="module")
def recording(video):
    return score_video(video, frames=FRAMES).load()


def agreement(recording, truth, region):
    """Intersection over union with the true boxes, NaN where there is none."""
    ours = recording["box"].isel(rater=0).sel(region=region).values
    true = truth[[f"{region}_{edge}" for edge in EDGES]].to_numpy()
    low, high = np.maximum(ours, true)[:, :2], np.minimum(ours, true)[:, 2:]
    shared = np.clip(high - low, 0, None).prod(axis=1)
    areas = [(box[:, 2:] - box[:, :2]).prod(axis=1) for box in (ours, true)]
    return shared / (areas[0] + areas[1] - shared)


def test_the_recording_is_valid_and_says_what_made_it(recording):
    validate_recording(recording)
    (rater,) = raters_of(recording)
    cards = load_detector().card, load_scorer("mgs-black").card
    assert rater.build == " + ".join(card.build for card in cards)


def test_faces_and_their_regions_are_where_they_are(recording, truth):
    overlap = agreement(recording, truth, "face")
    seen = truth["face_y_min"].notna().to_numpy()
    assert np.mean(np.nan_to_num(overlap)[seen] > 0.5) >= 0.7
    eyes = agreement(recording, truth, "orbital_left")
    assert np.nanmedian(eyes) > 0.3


def test_scores_are_allowed_levels_and_totals_follow(recording):
    score = recording["score"]
    assert set(np.unique(score.values[np.isfinite(score.values)])) <= {0, 1, 2}
    total = grimace_score(recording)
    assert total.notnull().any()
    assert float(total.max()) <= 8
    sums = recording["probability"].sum("level")
    np.testing.assert_allclose(sums.where(score.notnull(), 1), 1, atol=1e-3)


def test_pictures_of_the_same_frames_get_the_same_scores(video, recording):
    some = FRAMES[:3]
    pictures = score_frames(list(open_video(video).sel(frame=some).values))
    np.testing.assert_allclose(
        pictures["box"].values, recording["box"].values[:, :3], atol=0.5
    )
    np.testing.assert_array_equal(
        pictures["state"].values, recording["state"].values[:, :3]
    )


def test_the_quick_look_says_that_a_long_run_is_worth_it(video):
    look = quick_look(video, least=8)
    assert look.face_share >= 0.5
    assert look.quality["face_size"] > 50
