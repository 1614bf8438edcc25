"""Speed of detecting and scoring, in frames a minute and as ratios of one run."""

import time

import numpy as np
import pytest

from napari_grimace.models import load_detector, load_scorer

BATCH = 8


@pytest.fixture(scope="module")
def frames():
    """Full HD frames, each with one face."""
    cv2 = pytest.importorskip("cv2")
    from napari_grimace.phantom import random_render

    pictures = [
        random_render(900 + i, (270, 480), framing="scene").image for i in range(BATCH)
    ]
    return [np.asarray(cv2.resize(picture, (1920, 1080))) for picture in pictures]


def seconds(call, repeats=5):
    call()
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def test_fast_pipeline_stage(benchmark, frames):
    detector, scorer = load_detector(device="cpu"), load_scorer("mgs", device="cpu")

    def both():
        found = detector.detect(frames)
        return scorer.score(frames, found.box)

    benchmark(both)
    fast = seconds(lambda: detector.detect(frames))
    accurate = seconds(lambda: detector.detect(frames, "accurate"), 2)
    boxes = detector.detect(frames).box
    scoring = seconds(lambda: scorer.score(frames, boxes))
    benchmark.extra_info.update(
        detector_ms_per_frame=1e3 * fast / BATCH,
        accurate_to_fast=accurate / fast,
        scoring_to_fast=scoring / fast,
        frames_per_minute=60 * BATCH / (fast + scoring),
    )
