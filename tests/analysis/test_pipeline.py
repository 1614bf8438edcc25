"""The whole path on videos of which every frame's truth is known."""

import threading

import numpy as np
import pytest
import xarray as xr
from painted_animals import (
    FACE_SIZE,
    BrightnessScorer,
    SquareDetector,
    all_levels,
    paint,
    scene,
    write_video,
)

from napari_grimace.analysis import iter_score_video, score_frames, score_video
from napari_grimace.errors import GrimaceWarning, VideoError
from napari_grimace.recording import (
    NOT_FOUND,
    open_recording,
    raters_of,
    validate_recording,
)
from napari_grimace.recording.access import video_of
from napari_grimace.scales import load_scale
from napari_grimace.video import open_source, open_video


def models():
    return {"detector": SquareDetector(), "scorer": BrightnessScorer()}


def scored(video, **options):
    recording = score_video(video, **models() | options)
    validate_recording(recording)
    return recording


def check_truth(recording):
    """Every frame's face box and levels are those of the scene of that number."""
    one = recording.isel(rater=0)
    for frame in recording["frame"].values.tolist():
        y, x = frame % 30, (frame * 7) % 60
        box = one["box"].sel(frame=frame, region="face").values.tolist()
        assert box == [y, x, y + FACE_SIZE[0], x + FACE_SIZE[1]], frame
        level = frame % 3
        for unit in ("orbital", "ear", "whiskers"):
            assert one["score"].sel(frame=frame, unit=unit) == level, frame


def test_every_frame_has_its_own_boxes_and_scores(painted_video):
    recording = scored(painted_video, every=1)
    assert recording["frame"].values.tolist() == list(range(100))
    np.testing.assert_allclose(recording["time"], np.arange(100) / 10, atol=1e-6)
    check_truth(recording)


@pytest.mark.parametrize(
    ("choice", "frames", "sampling"),
    [
        ({"rate": 1}, range(0, 100, 10), "rate=1.0"),
        ({"rate": 0.5}, range(0, 100, 20), "rate=0.5"),
        ({"rate": 0.001}, [0], "rate=0.001"),
        ({"every": 7}, range(0, 100, 7), "every=7"),
        ({"count": 4}, [0, 25, 50, 75], "count=4"),
        ({"frames": [88, 3, 41]}, [3, 41, 88], "3 given frames"),
        ({}, range(0, 100, 10), "rate=1.0"),
    ],
)
def test_the_frames_asked_for_are_scored(painted_video, choice, frames, sampling):
    recording = scored(painted_video, **choice)
    assert recording["frame"].values.tolist() == list(frames)
    assert raters_of(recording)[0].sampling == sampling
    check_truth(recording)


def test_the_rater_is_named_after_all_that_decides_the_scores(painted_video):
    (rater,) = raters_of(scored(painted_video, count=1, setting="accurate"))
    assert rater.kind == "model"
    assert rater.build == "squares 1.0 (0badcafe) + brightness 1.0 (0badcafe)"
    assert rater.label == f"{rater.build} accurate mgs-black"
    assert rater.name == "squares + brightness"


def test_another_scale_gives_its_own_units(painted_video):
    scale = load_scale("rgs")
    recording = scored(painted_video, scale=scale, scorer=BrightnessScorer(scale))
    assert set(recording["unit"].values) == set(scale.unit_names)
    check_truth(recording)


@pytest.mark.parametrize("batch", [1, 3, 8, 64])
def test_the_batch_does_not_change_the_result(painted_video, batch):
    same = scored(painted_video, count=20, batch=batch)
    xr.testing.assert_equal(same, scored(painted_video, count=20))


def test_paths_sources_and_arrays_agree(painted_video):
    from_path = scored(painted_video, rate=2)
    xr.testing.assert_equal(from_path, scored(str(painted_video), rate=2))
    xr.testing.assert_equal(from_path, scored(open_video(painted_video), rate=2))
    with open_source(painted_video) as source:
        xr.testing.assert_equal(from_path, scored(source, rate=2))
        assert len(source[5]) == 120  # it stays open: it is the caller's


def test_pictures_and_video_frames_get_the_same_scores(painted_video):
    from_video = scored(painted_video, frames=range(5))
    images = open_video(painted_video)[:5].values
    from_pictures = score_frames(images, **models())
    for name in ("box", "score", "probability", "quality"):
        xr.testing.assert_equal(
            from_video[name].drop_vars(["time", "sampling"], errors="ignore"),
            from_pictures[name].drop_vars(
                ["time", "name", "sampling"], errors="ignore"
            ),
        )


def test_boxes_within_a_roi_are_in_pixels_of_the_full_frame(tmp_path):
    images = [paint(all_levels(1), corner=(25, 40))] * 5
    video = write_video(tmp_path / "roi.mp4", images)
    whole = scored(video, every=1)
    for roi in ((20, 30, 110, 140), (20.4, 30.2, 109.5, 139.9)):
        part = scored(video, every=1, roi=roi)
        xr.testing.assert_equal(part["box"], whole["box"])
    xr.testing.assert_equal(
        scored(open_video(video, roi=(20, 30, 110, 140)), every=1)["box"], whole["box"]
    )


@pytest.mark.parametrize("roi", [None, (10, 15, 118, 150)])
@pytest.mark.parametrize("lazy", [True, False])
def test_a_cropped_array_keeps_its_place_in_the_full_frame(tmp_path, roi, lazy):
    images = [paint(all_levels(1), corner=(25, 40))] * 3
    video = write_video(tmp_path / "crop.mp4", images)
    whole = scored(video, every=1)
    cropped = open_video(video, roi=roi).sel(y=slice(20, 109), x=slice(30, 139))
    recording = scored(cropped if lazy else cropped.load(), every=1)
    xr.testing.assert_equal(recording["box"], whole["box"])
    assert video_of(recording)["roi"] == [20, 30, 110, 140]


def test_an_array_from_a_netcdf_file_keeps_its_place(painted_video, tmp_path):
    part = open_video(painted_video, roi=(0, 0, 118, 158)).isel(frame=slice(1, 7))
    part.isel(y=slice(0, 100), x=slice(3, None)).to_netcdf(tmp_path / "part.nc")
    with xr.open_dataarray(tmp_path / "part.nc") as video:
        recording = scored(video, every=1)
    assert video_of(recording)["roi"] == [0, 3, 100, 158]
    assert recording["box"].sel(region="face", edge="x_min").values.tolist() == [
        [7 * number for number in range(1, 7)]
    ]


def test_an_array_without_pixel_numbers_begins_where_its_roi_does(painted_video):
    video = open_video(painted_video, roi=(0, 7, 118, 158)).isel(frame=slice(1, 7))
    whole = scored(painted_video, frames=range(1, 7))
    bare = scored(video.drop_vars(["y", "x"]), frames=range(1, 7))
    xr.testing.assert_equal(bare["box"], whole["box"])


@pytest.mark.parametrize(
    ("step", "words"), [(2, "0, 2, 4, ..."), (-1, "159, 158, 157, ...")]
)
def test_an_array_of_other_pixels_is_refused(painted_video, step, words):
    video = open_video(painted_video).isel(x=slice(None, None, step))
    with pytest.raises(VideoError, match=f"x coordinates of this array are {words}"):
        scored(video)
    with pytest.raises(VideoError, match="no pixels along x"):
        scored(open_video(painted_video).isel(x=slice(200, None)))


def test_a_roi_leaves_out_a_second_animal(tmp_path):
    shape = (120, 260)
    images = [paint(all_levels(1), corner=(20, 30), shape=shape, faces=2)] * 3
    video = write_video(tmp_path / "two.mp4", images)
    both = scored(video, every=1)
    assert both["face_count"].values.tolist() == [[2] * 3]
    assert both["flag"].values.all()
    right = scored(video, every=1, roi=(0, 125, 120, 260))
    assert right["face_count"].values.tolist() == [[1] * 3]
    assert not right["flag"].values.any()
    assert (right["box"].sel(region="face", edge="x_min") == 130).all()


def test_progress_ends_with_everything_done(painted_video):
    steps = list(iter_score_video(painted_video, count=20, batch=8, **models()))
    assert [step.done for step in steps] == [0, 8, 16, 20]
    assert {step.total for step in steps} == {20}
    assert [step.frame for step in steps] == [None, 35, 75, 95]
    assert "20 of 20 frames show a face" in steps[-1].message


def test_a_video_without_a_face_gives_a_valid_recording_and_a_warning(tmp_path):
    empty = write_video(tmp_path / "empty.mp4", [np.zeros((120, 160, 3), np.uint8)] * 6)
    with pytest.warns(GrimaceWarning, match=r"empty\.mp4: 0 of 6 frames show a face"):
        recording = score_video(empty, every=1, **models())
    validate_recording(recording)
    assert (recording["state"] == NOT_FOUND).all()
    assert recording["score"].isnull().all()
    assert recording["quality"].isnull().all()
    assert (recording["face_count"] == 0).all()


def test_frames_without_a_face_among_others_are_no_reason_to_warn(tmp_path):
    images = [scene(0), np.zeros((120, 160, 3), np.uint8), scene(2)]
    video = write_video(tmp_path / "some.mp4", images)
    recording = scored(video, every=1)
    assert recording["face_count"].values.tolist() == [[1, 0, 1]]


def test_a_folder_of_images_is_a_video_too(tmp_path):
    from PIL import Image

    for number in range(6):
        Image.fromarray(scene(number)).save(tmp_path / f"{number:03d}.png")
    check_truth(scored(tmp_path, every=1))


def test_a_converted_store_gives_the_same_frames_and_numbers(painted_video, tmp_path):
    from napari_grimace.video import convert_video

    store = tmp_path / "c.video.zarr"
    convert_video(painted_video, store, rate=1, lossless=True)
    from_store = scored(store, every=1)
    assert from_store["frame"].values.tolist() == list(range(0, 100, 10))
    check_truth(from_store)


@pytest.mark.parametrize("kept", [{"rate": 1}, {"rate": 0.2}])
@pytest.mark.parametrize("own", [10, 7])
def test_a_sampled_store_is_scored_as_it_is(tmp_path, own, kept):
    """Its file says the rate of the original; what counts is what it holds."""
    from napari_grimace.video import convert_video

    images = (scene(number) for number in range(90))
    video = write_video(tmp_path / "cage.mp4", images, rate=own)
    store = tmp_path / "c.video.zarr"
    convert_video(video, store, **kept, lossless=True)
    assert scored(store)["frame"].equals(scored(video, **kept)["frame"])
    assert scored(store, **kept)["frame"].equals(scored(video, **kept)["frame"])


def test_the_recording_lives_where_output_says(painted_video, tmp_path):
    for output, path in (
        (tmp_path / "folder", tmp_path / "folder" / "cage 3.grimace"),
        (tmp_path / "mine.grimace", tmp_path / "mine.grimace"),
    ):
        stored = scored(painted_video, output=output)
        assert path.is_dir()
        xr.testing.assert_equal(stored.load(), open_recording(path).load())
        xr.testing.assert_equal(stored, scored(painted_video))


def test_the_stored_recording_is_opened_lazily(painted_video, tmp_path):
    stored = scored(painted_video, output=tmp_path)
    assert stored["box"].chunks is not None


def test_subject_facts_are_kept(painted_video, tmp_path):
    from napari_grimace.recording import subject_of

    facts = {"species": "mouse", "strain": "C57BL/6J"}
    assert subject_of(scored(painted_video, count=1, subject=facts)) == facts
    stored = scored(painted_video, count=1, subject=facts, output=tmp_path)
    assert subject_of(stored) == facts


def test_no_thread_is_left_when_a_run_is_cancelled(painted_video):
    before = threading.active_count()
    run = iter_score_video(painted_video, every=1, batch=2, **models())
    for _ in range(3):
        next(run)
    run.close()
    assert threading.active_count() == before


def test_an_array_without_times_is_refused():
    frames = np.stack([scene(number) for number in range(3)])
    video = xr.DataArray(frames, dims=("frame", "y", "x", "rgb"))
    with pytest.raises(VideoError, match="no coordinate frame or time"):
        scored(video)


def test_help_shows_the_parameters_and_no_progress():
    import inspect

    parameters = inspect.signature(score_video).parameters
    assert list(parameters)[:3] == ["video", "scale", "rate"]
    assert "Yields" not in score_video.__doc__
    assert "Returns\n" in score_video.__doc__
    assert score_video.__name__ == "score_video"
