"""Videos and wishes that do not fit: the rest is scored, or why not is said."""

import numpy as np
import pytest
import xarray as xr
import zarr
from painted_animals import BrightnessScorer, SquareDetector, scene, write_video

from napari_grimace.analysis import score_video
from napari_grimace.errors import GrimaceWarning, ModelError, VideoError
from napari_grimace.recording import open_recording, validate_recording


def models():
    return {"detector": SquareDetector(), "scorer": BrightnessScorer()}


def scores(recording):
    return recording["score"].transpose("rater", "unit", "frame").values


@pytest.fixture
def store(tmp_path):
    """Twelve painted frames, one a chunk."""
    path = tmp_path / "cage.zarr"
    frames = np.stack([scene(number) for number in range(12)])
    zarr.create_array(str(path), data=frames, chunks=(1, *frames.shape[1:]))
    return path


def test_a_rate_above_the_videos_is_refused_before_work(painted_video, tmp_path):
    instruments = models()
    with pytest.raises(VideoError, match=r"above the 10 frames/s of cage 3\.mp4"):
        score_video(painted_video, rate=11, output=tmp_path, **instruments)
    assert instruments["detector"].seen == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "roi", [(0, 0, 121, 160), (-1, 0, 50, 50), (50, 10, 20, 60), (200, 200, 300, 300)]
)
def test_a_roi_outside_the_frame_is_refused_before_work(painted_video, tmp_path, roi):
    with pytest.raises(VideoError, match=r"cage 3\.mp4 \(y 0 to 120, x 0 to 160\)"):
        score_video(painted_video, roi=roi, output=tmp_path, **models())
    assert list(tmp_path.iterdir()) == []


def test_a_broken_chunk_costs_its_frames_and_no_others(store, tmp_path):
    whole = score_video(store, every=1, **models())
    chunk = store / "c/5/0/0/0"
    chunk.write_bytes(chunk.read_bytes()[:100])
    with pytest.warns(GrimaceWarning, match="1 of 12 frames"):
        score_video(store, every=1, output=tmp_path / "cage.grimace", **models())
    rest = open_recording(tmp_path / "cage.grimace")
    validate_recording(rest)
    assert rest["frame"].values.tolist() == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    np.testing.assert_array_equal(
        scores(rest), scores(whole.sel(frame=rest["frame"].values))
    )


def test_a_run_that_left_out_damaged_frames_ends_well_again(store, tmp_path):
    for number in (5, 9):
        chunk = store / f"c/{number}/0/0/0"
        chunk.write_bytes(chunk.read_bytes()[:100])
    output = tmp_path / "cage.grimace"
    with pytest.warns(GrimaceWarning, match="2 of 12 frames"):
        first = score_video(store, every=1, output=output, **models()).load()
    again = models()
    with pytest.warns(GrimaceWarning, match=r"2 of 12 frames of cage\.zarr .*position"):
        second = score_video(store, every=1, output=output, **again)
    assert again["detector"].seen == []
    xr.testing.assert_equal(second.load(), first)


def test_a_video_of_which_no_frame_can_be_read_is_an_error(store, tmp_path):
    for number in (5, 9):
        chunk = store / f"c/{number}/0/0/0"
        chunk.write_bytes(chunk.read_bytes()[:100])
    with pytest.raises(VideoError, match="position 5"):
        score_video(store, frames=[5, 9], output=tmp_path, **models())


def test_a_video_cut_short_is_scored_as_far_as_it_goes(tmp_path):
    path = write_video(tmp_path / "cut.mkv", (scene(number) for number in range(60)))
    whole = score_video(path, every=1, **models()).load()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.warns(GrimaceWarning, match=r"cut\.mkv is cut short"):
        part = score_video(path, every=1, **models())
    validate_recording(part)
    assert 15 < part.sizes["frame"] < 50
    np.testing.assert_array_equal(
        scores(part), scores(whole.sel(frame=part["frame"].values))
    )


@pytest.mark.parametrize("content", [b"", b"this is a text, not a video\n" * 50])
def test_what_is_no_video_leaves_nothing_behind(tmp_path, content):
    path = tmp_path / "notes.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoError, match=r"notes\.mp4"):
        score_video(path, output=tmp_path / "out", **models())
    assert not (tmp_path / "out").exists()


def test_a_missing_video_is_said(tmp_path):
    with pytest.raises(VideoError, match=r"gone\.mp4"):
        score_video(tmp_path / "gone.mp4", **models())


def test_a_scale_that_the_model_does_not_serve_is_refused(painted_video):
    scorer = BrightnessScorer()
    with pytest.raises(ModelError, match="rgs-no-whiskers"):
        score_video(
            painted_video, "rgs-no-whiskers", detector=SquareDetector(), scorer=scorer
        )
