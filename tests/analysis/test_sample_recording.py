"""The sample recording that ships: by the bundled models, with the truth beside it."""

import csv

import numpy as np
import pytest

from napari_grimace.analysis import score_video
from napari_grimace.analysis.sample import RATE, SCALE, TRUTH
from napari_grimace.models import list_models
from napari_grimace.phantom import sample_video
from napari_grimace.recording import open_recording, raters_of


@pytest.fixture(scope="module")
def recording():
    return open_recording(sample_video().with_suffix(".grimace"), check=True)


def test_it_is_by_the_models_that_ship(recording):
    model, truth = raters_of(recording)
    builds = {card.kind: card.build for card in list_models()}
    assert model.build == f"{builds['detector']} + {builds['scorer']}"
    assert model.scale.name == truth.scale.name == SCALE
    assert model.trained_on == "rendered faces"
    assert recording.sizes["frame"] == 60 * RATE


def test_it_tells_no_place_of_the_machine_that_made_it(recording):
    assert "source_path" not in recording.attrs


def test_the_models_score_the_same_again(recording):
    model = recording["rater"].values[0]
    frames = [0, 360, 900]
    again = score_video(sample_video(), SCALE, frames=frames).isel(rater=0)
    kept = recording.sel(rater=model, frame=frames)
    np.testing.assert_allclose(again["box"], kept["box"], atol=1)
    np.testing.assert_allclose(again["probability"], kept["probability"], atol=0.02)


def test_the_truth_is_what_was_drawn(recording):
    table = sample_video().with_name("sample_truth.csv")
    with table.open(newline="") as file:
        drawn = {int(row["frame"]): row for row in csv.DictReader(file)}
    truth = recording.sel(rater=TRUTH)
    for frame in recording["frame"].values.tolist():
        row, told = drawn[frame], truth.sel(frame=frame)
        for region in recording["region"].values.tolist():
            edges = [row[f"{region}_{edge}"] for edge in told["edge"].values]
            expected = [float(edge) if edge else np.nan for edge in edges]
            np.testing.assert_array_equal(told["box"].sel(region=region), expected)
        sides = [row[f"orbital_{side}_level"] for side in ("left", "right")]
        seen = [int(level) for level in sides if level]
        score = float(told["score"].sel(unit="orbital"))
        if not seen:
            assert np.isnan(score)
        elif len(set(seen)) == 1:
            assert score == seen[0]
        else:
            assert score in seen
        nose = row["nose_intensity"]
        expected = 2.0 * (float(nose) >= 0.5) if nose else np.nan
        np.testing.assert_equal(float(told["score"].sel(unit="nose")), expected)
