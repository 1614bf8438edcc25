"""The copy of the video: same frames and times, drawn where the boxes are."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import xarray as xr

from napari_grimace.errors import ExportError, RecordingError
from napari_grimace.exchange import iter_write_overlay, write_overlay
from napari_grimace.video import open_source, open_video

Make = Callable[..., xr.Dataset]

FACE_TOP, FACE_LEFT, FACE_BOTTOM = 20, 40, 100


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


def differs(picture: np.ndarray, shade: int) -> np.ndarray:
    return np.abs(picture.astype(int) - shade).max(axis=-1) > 30


def test_same_frames_at_the_same_times(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    write_overlay(one_rater_recording(), clip, tmp_path / "drawn.mp4")
    copy, source = open_source(tmp_path / "drawn.mp4"), open_source(clip)
    assert copy.shape == source.shape
    np.testing.assert_allclose(copy.times, source.times, atol=1e-4)
    copy.close()
    source.close()


def test_boxes_are_drawn_at_their_edges_and_nowhere_else(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    write_overlay(one_rater_recording(), clip, tmp_path / "drawn.mp4")
    picture = decoded(tmp_path / "drawn.mp4")[5]
    drawn = differs(picture, 40 + 4 * 5)
    left_edge = drawn[FACE_TOP + 30 : FACE_BOTTOM - 10, FACE_LEFT : FACE_LEFT + 2]
    assert left_edge.any(axis=1).mean() > 0.9
    assert not drawn[40:85, :36].any()  # left of the face
    assert not drawn[40:85, 128:].any()  # right of it


def test_frames_between_show_the_last_boxes_for_a_while_only(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    def has_edge(picture: np.ndarray) -> bool:
        column = picture[FACE_TOP + 30 : FACE_BOTTOM - 10, FACE_LEFT].astype(int)
        return bool(np.mean(column[:, 0] - column[:, 2]) > 15)  # yellow on grey

    write_overlay(one_rater_recording(), clip, tmp_path / "drawn.mp4", hold=0.21)
    pictures = decoded(tmp_path / "drawn.mp4")
    shown = [has_edge(picture) for picture in pictures]
    assert shown == [number % 5 <= 2 for number in range(40)]


@pytest.mark.parametrize("cropped_by", ["roi", "slices"])
def test_odd_sizes_grow_by_a_pixel(
    one_rater_recording: Make, clip: Path, tmp_path: Path, cropped_by: str
) -> None:
    if cropped_by == "roi":
        video = open_video(clip, roi=(10, 20, 111, 131))
    else:
        video = open_video(clip).isel(y=slice(10, 111), x=slice(20, 131))
    write_overlay(one_rater_recording(), video, tmp_path / "drawn.mp4")
    picture = decoded(tmp_path / "drawn.mp4")[5]
    assert picture.shape == (102, 112, 3)
    # The boxes move with the picture: the face begins at y = 10, x = 20 of it.
    drawn = differs(picture, 40 + 4 * 5)
    assert drawn[60:80, 20:22].any(axis=1).mean() > 0.9


def test_the_file_says_what_made_the_scores(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    write_overlay(one_rater_recording(), clip, tmp_path / "drawn.mp4")
    with av.open(str(tmp_path / "drawn.mp4")) as file:
        assert file.metadata["comment"] == "scale mgs-black, scored by Anna (person)"


def test_a_file_that_cannot_be_opened_is_told(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match=r"nowhere: .* choose a folder that is there"):
        write_overlay(one_rater_recording(), clip, tmp_path / "nowhere" / "drawn.mp4")


def test_the_video_itself_is_never_replaced(
    one_rater_recording: Make, clip: Path
) -> None:
    before = clip.read_bytes()
    with pytest.raises(ExportError, match="is the video itself"):
        write_overlay(one_rater_recording(), clip, clip)
    assert clip.read_bytes() == before


def test_closing_and_wrong_videos_leave_nothing_behind(
    one_rater_recording: Make, clip: Path, tmp_path: Path
) -> None:
    work = iter_write_overlay(one_rater_recording(), clip, tmp_path / "drawn.mp4")
    assert next(work).total == 40
    work.close()
    recording = one_rater_recording()
    recording.attrs["identity"] = "another"
    with pytest.raises(RecordingError, match="not the video of this recording"):
        write_overlay(recording, clip, tmp_path / "drawn.mp4")
    assert list(tmp_path.iterdir()) == []
