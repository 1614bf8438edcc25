"""The quick look against videos of which the shares are known."""

import numpy as np
import pytest
from painted_animals import (
    BrightnessScorer,
    SquareDetector,
    all_levels,
    paint,
    write_video,
)

from napari_grimace.analysis import iter_quick_look, quick_look
from napari_grimace.analysis.look import wilson
from napari_grimace.errors import GrimaceWarning


def models():
    return {"detector": SquareDetector(), "scorer": BrightnessScorer()}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """40 frames: half with all units, a quarter with eyes only, a quarter empty."""
    whole = paint(all_levels(1))
    eyes = paint({"orbital_left": 0, "orbital_right": 0})
    empty = np.zeros_like(whole)
    path = tmp_path_factory.mktemp("look") / "mixed.mp4"
    return write_video(path, [whole, whole, eyes, empty] * 10)


def test_shares_are_those_of_the_video(mixed):
    look = quick_look(mixed, least=40, **models())
    assert look.frames == 40
    assert look.face_share == 0.75
    assert look.scored_share == 0.5
    assert look.several_faces_share == 0
    assert look.quality["face_size"] == pytest.approx(np.sqrt(80 * 90))
    assert look.recording.sizes["frame"] == 40


def test_a_face_without_parts_does_not_spoil_the_medians(tmp_path):
    whole, bare = paint(all_levels(1)), paint()
    video = write_video(tmp_path / "bare.mp4", [whole, whole, bare])
    mixed = quick_look(video, **models())
    alone = quick_look(write_video(tmp_path / "w.mp4", [whole] * 2), **models())
    assert mixed.quality["frontality"] == alone.quality["frontality"]
    only = quick_look(write_video(tmp_path / "b.mp4", [bare] * 2), **models())
    assert np.isnan(only.quality["frontality"])
    assert only.quality["face_size"] == pytest.approx(np.sqrt(80 * 90))


def test_frames_with_several_faces_have_no_total(tmp_path):
    one = paint(all_levels(1), shape=(120, 260))
    two = paint(all_levels(1), shape=(120, 260), faces=2)
    look = quick_look(write_video(tmp_path / "t.mp4", [one, two] * 5), **models())
    assert look.several_faces_share == look.scored_share == 0.5
    assert look.face_share == 1


def test_a_short_video_still_gives_a_handful(mixed):
    assert quick_look(mixed, **models()).frames == 20
    assert quick_look(mixed, least=500, **models()).frames == 40
    assert quick_look(mixed, rate=8, least=1, **models()).frames == 32


def test_it_says_what_it_found_in_words(mixed):
    said = str(quick_look(mixed, least=40, **models()))
    assert "40 frames: a face in 75%" in said
    assert "50% (35% to 65%" in said


def test_a_roi_and_the_default_rate_are_taken(mixed):
    look = quick_look(mixed, roi=(0, 0, 118, 158), **models())
    assert look.frames == 20


def test_nothing_seen_is_a_result_too(tmp_path):
    empty = write_video(tmp_path / "e.mp4", [np.zeros((120, 160, 3), np.uint8)] * 5)
    with pytest.warns(GrimaceWarning, match="0 of 5 frames"):
        look = quick_look(empty, **models())
    assert look.face_share == look.scored_share == 0
    assert np.isnan(look.quality["sharpness"])


def test_it_yields_progress_and_can_be_closed(mixed):
    run = iter_quick_look(mixed, **models())
    assert next(run).total == 20
    run.close()


def test_wilson_limits_are_the_textbook_ones():
    # Newcombe 1998, Stat Med 17:857, table I: 81 of 263, and 0 of 20.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
