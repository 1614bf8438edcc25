"""Leafing through a video: exact frames, key frames in passing, reading ahead."""

import gc
import threading
import time
import weakref

import numpy as np
import pytest
from video_clips import digest, full_decode, write_clip

from napari_grimace.errors import GrimaceWarning, VideoError
from napari_grimace.video import BrowsedVideo, open_source

GOP = 35


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("browse") / "long.mp4"
    # Group of pictures of 35 frames: most are a long way from their key frame.
    return write_clip(path, gop=GOP, options={"x264-params": "scenecut=0"}, b_frames=2)


@pytest.fixture(scope="module")
def truth(clip):
    return full_decode(clip)[0]


@pytest.fixture
def video(clip):
    browsed = BrowsedVideo(open_source(clip))
    yield browsed
    browsed.close()


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not come"
        time.sleep(0.005)


def test_every_frame_is_exact_in_any_order(video, truth):
    order = np.random.default_rng(0).permutation(len(truth))
    for position in [*order, *range(len(truth)), *reversed(range(len(truth)))]:
        assert digest(video[int(position)]) == truth[position]


def test_it_is_an_array(video, truth):
    assert video.shape == (len(truth), 96, 128, 3)
    assert video.ndim == 4
    assert digest(video[-1]) == truth[-1]
    some = video[10:20:5, :8]
    assert some.shape == (2, 8, 128, 3)
    np.testing.assert_array_equal(some[1], video[15][:8])
    assert video[5:5].shape == (0, 96, 128, 3)
    with pytest.raises(VideoError, match="70 is not one"):
        video[70]


def test_while_leafing_the_key_frame_stands_in_and_the_frame_follows(video, truth):
    arrived = []
    video.arrived = arrived.append
    far = GOP + 20
    video.leafing = True
    assert digest(video[far]) == truth[GOP]
    until(lambda: arrived == [far])
    assert video.exact(far)
    assert digest(video[far]) == truth[far]
    video.leafing = False
    assert digest(video[GOP + 25]) == truth[GOP + 25]


def test_a_frame_near_its_key_frame_is_exact_while_leafing_too(video, truth):
    video.leafing = True
    assert digest(video[GOP + 3]) == truth[GOP + 3]


def test_what_comes_next_is_read_ahead(video, truth):
    _ = video[4]
    assert digest(video[5]) == truth[5]
    until(lambda: all(video.exact(position) for position in range(5, 30)))
    assert digest(video[29]) == truth[29]


def test_after_a_jump_nothing_is_read_ahead(video):
    _ = video[50]
    time.sleep(0.2)
    assert not video.exact(51)


def test_going_backwards_it_reads_backwards(video, truth):
    _ = video[60], video[59]
    until(lambda: all(video.exact(position) for position in range(40, 59)))
    assert digest(video[45]) == truth[45]


def test_memory_is_bounded(clip, truth):
    frame = 96 * 128 * 3
    video = BrowsedVideo(open_source(clip), cache_bytes=6 * frame)
    for position in (0, 30, 31, 60, 10, 9, 8):
        assert digest(video[position]) == truth[position]
        time.sleep(0.05)
    at_hand = sum(video.exact(position) for position in range(len(truth)))
    assert 1 <= at_hand <= 6
    video.close()


def test_closing_ends_its_thread_and_a_later_look_begins_anew(clip, truth):
    before = threading.active_count()
    video = BrowsedVideo(open_source(clip))
    _ = video[2], video[3]
    assert threading.active_count() > before
    video.close()
    assert threading.active_count() == before
    assert not video.exact(3)
    assert digest(video[4]) == truth[4]
    video.close()
    assert threading.active_count() == before


def test_pictures_cannot_be_written_to(video):
    with pytest.raises(ValueError, match="read-only"):
        video[3][0, 0, 0] = 7


def test_one_that_nobody_holds_goes_away(clip):
    before = threading.active_count()
    video = BrowsedVideo(open_source(clip))
    _ = video[2], video[3]
    gone = weakref.ref(video)
    del video
    gc.collect()
    until(lambda: gc.collect() is not None and gone() is None)
    until(lambda: threading.active_count() == before)


def test_images_have_no_key_frames(tmp_path):
    from PIL import Image

    for number in range(30):
        Image.new("RGB", (20, 10), (number, 0, 0)).save(tmp_path / f"{number}.png")
    video = BrowsedVideo(open_source(tmp_path))
    video.leafing = True
    assert video[29][0, 0, 0] == 29
    video.close()


def test_a_damaged_frame_is_black_and_told(clip, truth, monkeypatch):
    source = open_source(clip)
    read = type(source).__getitem__

    def damaged(self, position):
        if position == 7:
            raise VideoError("Frame 7 of long.mp4 is damaged")
        return read(self, position)

    monkeypatch.setattr(type(source), "__getitem__", damaged)
    video = BrowsedVideo(source)
    with pytest.warns(GrimaceWarning, match="Frame 7 of long.mp4 is damaged"):
        picture = video[7]
    assert not picture.any()
    assert video.damaged == {7: "Frame 7 of long.mp4 is damaged"}
    assert digest(video[8]) == truth[8]
    video.close()


def test_what_is_expected_is_read_and_what_is_awaited_still_comes(video, truth):
    came = []
    video.arrived = came.append
    video.leafing = True
    assert digest(video[GOP + 30]) == truth[GOP]
    video.expect(20)
    video.expect(len(video))  # there is none
    until(lambda: came == [GOP + 30] and video.exact(20))
    assert digest(video[GOP + 30]) == truth[GOP + 30]
    assert digest(video[20]) == truth[20]
    assert came == [GOP + 30]
