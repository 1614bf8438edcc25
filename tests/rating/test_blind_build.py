"""Blind sets: the right frames, in random order, that tell nothing."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from blind_samples import (
    FRAMES,
    NAMES,
    face_of,
    make_recordings,
    picture_of,
)
from PIL import Image
from test_picture_set import png_chunks

from napari_grimace.errors import GrimaceWarning, RecordingError
from napari_grimace.phantom import sample_video
from napari_grimace.rating import (
    BlindSpec,
    build_blind_set,
    iter_build_blind_set,
    open_blind_set,
    read_key,
)
from napari_grimace.rating.blind_order import APART, shuffled
from napari_grimace.recording import Change, RecordingStore
from napari_grimace.scales import load_scale
from napari_grimace.video import open_video

EXACT = {"size": 48, "margin": 0.25}


def build(folder, recordings, **spec):
    made = build_blind_set(folder / "a.blind", recordings, BlindSpec(**EXACT, **spec))
    return made, read_key(folder / "a.blindkey.json")


def test_each_picture_shows_the_frame_that_the_key_tells(tmp_path: Path) -> None:
    recordings = make_recordings(tmp_path)
    made, key = build(tmp_path, recordings, per_recording=6, repeats=0.5, seed=3)
    assert made.count == 18 + 9
    assert key.hash == made.hash
    assert [each.path for each in key.recordings] == list(map(str, recordings))
    shown = open_video(made.pictures).values
    for each in key.pictures:
        truth = picture_of(each.recording, each.frame)
        np.testing.assert_array_equal(shown[each.picture - 1], truth)
        face = face_of(each.recording, each.frame)
        assert each.crop == tuple(face + np.array([-8, -8, 8, 8]))
        assert each.seconds == each.frame


def test_recordings_are_mixed_and_repeats_are_well_apart(tmp_path: Path) -> None:
    made, key = build(
        tmp_path, make_recordings(tmp_path), per_recording=10, repeats=0.2
    )
    assert Counter(each.recording for each in key.pictures if each.showing == 1) == {
        0: 10,
        1: 10,
        2: 10,
    }
    again = [each for each in key.pictures if each.showing == 2]
    assert len(again) == 6
    for each in again:
        (first,) = [
            other
            for other in key.pictures
            if (other.recording, other.frame) == (each.recording, each.frame)
            and other.showing == 1
        ]
        assert first.picture + APART < each.picture
    order = [each.recording for each in key.pictures]
    assert order != sorted(order)
    assert [each.picture for each in key.pictures] == list(range(1, made.count + 1))


def test_a_seed_makes_the_same_set_and_another_seed_another(tmp_path: Path) -> None:
    recordings = make_recordings(tmp_path)
    made = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        spec = BlindSpec(**EXACT, per_recording=5, repeats=0.2, seed=seed)
        made[name] = build_blind_set(tmp_path / f"{name}.blind", recordings, spec)
    assert made["a"].hash == made["b"].hash != made["c"].hash


def test_a_set_tells_nothing_of_its_recordings(tmp_path: Path) -> None:
    recordings = make_recordings(tmp_path)
    made, key = build(tmp_path, recordings, per_recording=5, repeats=0.2)
    files = [file for file in made.path.rglob("*") if file.is_file()]
    secret = [*NAMES, "videos", "cfa", "nets", "painful", str(tmp_path)]
    for file in files:
        inside = str(file.relative_to(made.path)).lower()
        content = file.read_bytes().lower()
        if file.suffix == ".png":
            assert set(png_chunks(file.read_bytes())) == {b"IHDR", b"IDAT", b"IEND"}
            content = b""  # pixels
        for word in secret:
            assert word.lower() not in inside
            assert word.lower().encode() not in content
    told = json.loads((made.path / "set.json").read_text("utf-8"))
    assert told["facts"] == {}
    assert set(told) == {
        *("kind", "version", "title", "scale", "pictures", "size", "made"),
        *("hash", "software", "facts"),
    }
    assert len({file.stat().st_mtime_ns for file in made.pictures.iterdir()}) == 1
    text = (tmp_path / "a.blindkey.json").read_text("utf-8")
    assert all(name in text for name in NAMES)
    assert len(key.pictures) == made.count


def test_frames_that_are_not_fit_are_not_taken(tmp_path: Path) -> None:
    fit = [{1, 5, 9, 30}, {2}, {7, 8}]
    recordings = make_recordings(tmp_path, fit=fit)
    with pytest.warns(GrimaceWarning) as told:
        _, key = build(tmp_path, recordings, per_recording=4, sharpest=1)
    for index, frames in enumerate(fit):
        taken = {each.frame for each in key.pictures if each.recording == index}
        assert taken == frames
    assert sorted(str(each.message) for each in told) == [
        f"{NAMES[1]}.grimace: only 1 of 4 frames are fit for rating.",
        f"{NAMES[2]}.grimace: only 2 of 4 frames are fit for rating.",
    ]


def test_one_facing_frame_per_bin_and_empty_bins_are_told(tmp_path: Path) -> None:
    fit = [{1, 5, 31}, range(FRAMES)]
    recordings = make_recordings(tmp_path, 2, fit=fit)
    with pytest.warns(GrimaceWarning, match=r"saline-m07.*0:10-0:20 \(0\), 0:20-0:30"):
        _, key = build(tmp_path, recordings, bin_seconds=10)
    assert key.recordings[0].empty == ((10.0, 20.0, 0), (20.0, 30.0, 0))
    assert key.recordings[1].empty == ()
    taken = [each.frame for each in key.pictures if each.recording == 0]
    assert sorted(frame // 10 for frame in taken) == [0, 3]
    taken = [each.frame for each in key.pictures if each.recording == 1]
    assert sorted(frame // 10 for frame in taken) == [0, 1, 2, 3]


def test_several_frames_per_bin(tmp_path: Path) -> None:
    fit = [{1, 5, 6, 31}]
    recordings = make_recordings(tmp_path, 1, fit=fit)
    with pytest.warns(GrimaceWarning, match="fewer fit frames than asked for"):
        _, key = build(tmp_path, recordings, per_bin=2, bin_seconds=20, sharpest=1)
    taken = sorted(each.frame for each in key.pictures)
    assert len(taken) == 3
    assert taken[-1] == 31
    assert set(taken) <= fit[0]
    assert key.recordings[0].empty == ((20.0, 40.0, 1),)


def test_the_box_in_force_is_cropped(tmp_path: Path) -> None:
    (path,) = make_recordings(tmp_path, 1, fit=[{4, 6}])
    ben = RecordingStore.open(path)
    rater = open_blind_rater("Ben")
    with ben.journal(rater) as writer:
        writer.commit(4, [Change("box", "face", None, (20.0, 30.0, 52.0, 62.0))])
        writer.commit(6, [Change("box", "face", None, "region_not_found")])
    with pytest.warns(GrimaceWarning, match="only 1 of 2"):
        made, key = build(tmp_path, [path], per_recording=2, sharpest=1)
    (only,) = key.pictures
    assert (only.frame, only.crop) == (4, (12.0, 22.0, 60.0, 70.0))
    frame = open_video(path.with_suffix("")).sel(frame=4).values
    np.testing.assert_array_equal(open_video(made.pictures)[0], frame[12:60, 22:70])


def open_blind_rater(name):
    from napari_grimace.recording import Rater

    return Rater(name, name, "person", scale=load_scale("mgs-black"))


def test_the_shipped_sample(tmp_path: Path) -> None:
    recording = sample_video().with_name("sample.grimace")
    made, key = build(tmp_path, [recording], per_recording=4)
    video = open_video(sample_video())
    for each in key.pictures:
        y_min, x_min, y_max, x_max = each.crop
        frame = Image.fromarray(video.sel(frame=each.frame).values)
        # Another filter, on the same square: the same picture within its blur.
        square = frame.crop(tuple(map(round, (x_min, y_min, x_max, y_max))))
        truth = np.asarray(square.resize((48, 48), Image.Resampling.BOX), float)
        shown = np.asarray(Image.open(made.picture(each.picture)), float)
        inside = truth.any(axis=-1)  # what is outside is black here, grey there
        assert np.abs(shown - truth)[inside].mean() < 8
        assert each.seconds == pytest.approx(each.frame / 30, abs=1e-3)


def test_nothing_is_left_where_a_set_cannot_be_made(tmp_path: Path) -> None:
    recordings = make_recordings(tmp_path, 2, fit=[range(40), ()])
    before = set(tmp_path.iterdir())
    with pytest.raises(RecordingError, match=r"CFA-m12\.grimace: no frame is fit"):
        build(tmp_path, recordings, per_recording=2)
    (tmp_path / "videos" / NAMES[0]).rename(tmp_path / "videos" / "moved")
    with pytest.raises(RecordingError, match="neither where it was scored nor"):
        build(tmp_path, recordings[:1], per_recording=2)
    assert set(tmp_path.iterdir()) == before


def test_a_cancelled_build_leaves_nothing(tmp_path: Path) -> None:
    recordings = make_recordings(tmp_path, 2)
    before = set(tmp_path.iterdir())
    work = iter_build_blind_set(tmp_path / "a.blind", recordings, BlindSpec(per_bin=4))
    steps = [next(work) for _ in range(3)]
    assert [(step.done, step.total) for step in steps] == [(1, 8), (2, 8), (3, 8)]
    work.close()
    assert set(tmp_path.iterdir()) == before


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    recordings = make_recordings(tmp_path, 1)
    spec = BlindSpec(**EXACT, per_recording=2)
    path = tmp_path / "a.blind"
    with pytest.raises(RecordingError, match="at least one recording"):
        build_blind_set(path, [], spec)
    with pytest.raises(RecordingError, match="given twice"):
        build_blind_set(path, recordings * 2, spec)
    with pytest.raises(RecordingError, match="lies in the set"):
        build_blind_set(path, recordings, spec, path / "key.json")
    with pytest.raises(RecordingError, match=r"NAME\.blind"):
        build_blind_set(tmp_path / "a", recordings, spec)
    with pytest.raises(RecordingError, match="there is no such folder"):
        build_blind_set(path, recordings, spec, tmp_path / "none" / "key.json")
    (tmp_path / "key.json").write_text("mine")
    with pytest.raises(RecordingError, match="another set's key"):
        build_blind_set(path, recordings, spec, tmp_path / "key.json")
    assert (tmp_path / "key.json").read_text() == "mine"
    assert not path.exists()
    with pytest.raises(RecordingError, match=r"not both; size is 0.*; repeats is 2"):
        BlindSpec(per_recording=1, per_bin=1, size=0, repeats=2)


def test_recordings_of_several_scales_need_a_choice(tmp_path: Path) -> None:
    one = make_recordings(tmp_path / "one", 1)
    other = make_recordings(tmp_path / "other", 2, scale=load_scale("mgs"))[1:]
    with pytest.raises(RecordingError, match=r"'mgs-black'.*'mgs'"):
        build(tmp_path, [*one, *other], per_recording=2)
    made, _ = build(tmp_path, [*one, *other], per_recording=2, scale="mgs")
    assert made.scale == load_scale("mgs")


def test_only_blind_sets_are_opened_as_such(tmp_path: Path) -> None:
    made, _ = build(tmp_path, make_recordings(tmp_path, 1), per_recording=2, title="é")
    assert open_blind_set(made.path, check=True) == made
    assert made.title == "é"
    told = json.loads((made.path / "set.json").read_text("utf-8"))
    (made.path / "set.json").write_text(json.dumps({**told, "kind": "reference"}))
    with pytest.raises(RecordingError, match="is a reference set"):
        open_blind_set(made.path)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 12, 60])
@pytest.mark.parametrize("repeats", [0, 0.3, 1])
def test_every_order_is_whole_and_repeats_are_apart(count: int, repeats) -> None:
    for seed in range(10):
        order = shuffled(count, repeats, seed)
        assert len(order) == count + round(repeats * count)
        assert {index for index, showing in order if showing == 1} == set(range(count))
        places = {}
        for place, (index, showing) in enumerate(order):
            if showing == 2:
                between = place - places[index] - 1
                assert between >= min(APART, count // 2)
            places[index] = place


def test_firsts_and_repeats_lie_anywhere() -> None:
    """Over many seeds each picture comes first equally often (within 5 sigma)."""
    first = Counter(shuffled(5, 0.4, seed)[0][0] for seed in range(1000))
    assert set(first) == set(range(5))
    assert all(
        abs(count - 200) < 5 * np.sqrt(1000 * 0.2 * 0.8) for count in first.values()
    )
