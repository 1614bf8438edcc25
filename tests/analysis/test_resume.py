"""Runs that are cancelled, killed or refused by the disk lose nothing and go on."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from painted_animals import (
    BrightnessScorer,
    SquareDetector,
    all_levels,
    paint,
    write_video,
)

from napari_grimace.analysis import iter_score_video, score_video
from napari_grimace.analysis.pipeline import Writer
from napari_grimace.errors import RecordingError
from napari_grimace.recording import (
    RecordingStore,
    open_recording,
    raters_of,
    validate_recording,
)
from napari_grimace.scales import load_scale


def models():
    return {"detector": SquareDetector(), "scorer": BrightnessScorer()}


def same(one, other):
    """Equal but for the moment of creation and the order of sampling."""
    xr.testing.assert_equal(one.load(), other.load())


def test_a_cancelled_run_leaves_what_it_scored_and_goes_on(painted_video, tmp_path):
    run = iter_score_video(painted_video, every=1, batch=8, output=tmp_path, **models())
    for step in run:
        if step.done == 40:
            break
    run.close()
    store = tmp_path / "cage 3.grimace"
    half = open_recording(store)
    validate_recording(half)
    assert half["frame"].values.tolist() == list(range(40))
    again = models()
    steps = list(
        iter_score_video(painted_video, every=1, batch=8, output=tmp_path, **again)
    )
    assert steps[0].done == 40
    assert steps[-1].done == steps[-1].total == 100
    assert sum(again["detector"].seen) == 60
    same(open_recording(store), score_video(painted_video, every=1, **models()))


def test_a_finished_run_has_nothing_left_to_do(painted_video, tmp_path):
    first = score_video(painted_video, output=tmp_path, **models()).load()
    again = models()
    same(first, score_video(painted_video, output=tmp_path, **again))
    assert again["detector"].seen == []


def test_a_finer_sampling_scores_only_what_is_missing(painted_video, tmp_path):
    score_video(painted_video, rate=1, output=tmp_path, **models())
    finer = models()
    recording = score_video(painted_video, rate=2, output=tmp_path, **finer)
    assert sum(finer["detector"].seen) == 10
    assert recording["frame"].values.tolist() == list(range(0, 100, 5))
    whole = score_video(painted_video, rate=2, **models())
    same(recording.drop_vars("sampling"), whole.drop_vars("sampling"))
    assert raters_of(recording)[0].sampling == "rate=1.0; rate=2.0"


def test_another_scale_is_another_rater_of_the_same_recording(painted_video, tmp_path):
    score_video(painted_video, output=tmp_path, **models())
    scale = load_scale("rgs")
    both = score_video(
        painted_video,
        scale,
        output=tmp_path,
        detector=SquareDetector(),
        scorer=BrightnessScorer(scale),
    )
    validate_recording(both)
    assert [rater.scale.name for rater in raters_of(both)] == ["mgs-black", "rgs"]


def test_without_resume_frames_that_are_there_are_an_error(painted_video, tmp_path):
    score_video(painted_video, output=tmp_path, **models())
    with pytest.raises(RecordingError, match="choose another output"):
        score_video(painted_video, output=tmp_path, resume=False, **models())


def test_a_recording_of_another_video_is_refused(painted_video, tmp_path):
    other = write_video(tmp_path / "other.mp4", [paint(all_levels(1))] * 5)
    output = tmp_path / "r.grimace"
    before = score_video(painted_video, output=output, **models()).load()
    detector = SquareDetector()
    with pytest.raises(RecordingError, match="another video"):
        score_video(
            other, every=1, output=output, detector=detector, scorer=BrightnessScorer()
        )
    assert detector.seen == []
    same(open_recording(output), before)


def test_a_recording_of_another_region_is_refused(painted_video, tmp_path):
    output = tmp_path / "r.grimace"
    score_video(painted_video, output=output, roi=(0, 0, 110, 155), **models())
    with pytest.raises(RecordingError, match="another region"):
        score_video(painted_video, output=output, **models())


def test_an_error_midway_keeps_what_was_scored(painted_video, tmp_path):
    class Failing(SquareDetector):
        def detect(self, images, setting="fast"):
            if sum(self.seen) >= 48:
                raise ValueError("the network stumbled")
            return super().detect(images, setting)

    with pytest.raises(ValueError, match="stumbled"):
        score_video(
            painted_video,
            every=1,
            output=tmp_path,
            detector=Failing(),
            scorer=BrightnessScorer(),
        )
    store = RecordingStore.open(tmp_path / "cage 3.grimace")
    (rater,) = store.raters
    assert store.frames(rater.label).tolist() == list(range(48))
    whole = score_video(painted_video, every=1, output=tmp_path, **models())
    same(whole, score_video(painted_video, every=1, **models()))


KILLED = """
import sys, time
sys.path.insert(0, sys.argv[1])
from painted_animals import BrightnessScorer, SquareDetector
from napari_grimace.analysis import iter_score_video, sinks

class Slow(SquareDetector):
    def detect(self, images, setting="fast"):
        time.sleep(0.02)
        return super().detect(images, setting)

sinks.BLOCK = 8  # so that some blocks are written before the kill
run = iter_score_video(
    sys.argv[2], every=1, batch=4, output=sys.argv[3], detector=Slow(),
    scorer=BrightnessScorer(),
)
for step in run:
    print(step.done, flush=True)
"""


def test_a_killed_run_goes_on_where_it_stopped(painted_video, tmp_path):
    here = str(Path(__file__).parent)
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED, here, str(painted_video), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in run.stdout:
        if int(line) >= 44:
            run.kill()
            break
    run.wait()
    run.stdout.close()
    path = tmp_path / "cage 3.grimace"
    half = open_recording(path)
    validate_recording(half)
    done = half.sizes["frame"]
    assert 40 <= done < 100
    again = models()
    whole = score_video(painted_video, every=1, output=tmp_path, **again)
    assert sum(again["detector"].seen) == 100 - done
    same(whole, score_video(painted_video, every=1, **models()))


def test_output_below_a_file_is_refused_before_work(painted_video, tmp_path):
    (tmp_path / "file").write_text("here already")
    detector = SquareDetector()
    with pytest.raises(RecordingError, match="cannot be written"):
        score_video(
            painted_video,
            output=tmp_path / "file" / "r.grimace",
            detector=detector,
            scorer=BrightnessScorer(),
        )
    assert detector.seen == []


def test_a_folder_that_is_no_recording_is_left_alone(painted_video, tmp_path):
    folder = tmp_path / "thesis.grimace"
    folder.mkdir()
    (folder / "chapter.txt").write_text("precious")
    with pytest.raises(RecordingError, match="not a recording's folder"):
        score_video(painted_video, output=folder, **models())
    assert (folder / "chapter.txt").read_text() == "precious"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="folders cannot be made read-only for this user",
)
def test_a_read_only_folder_is_refused_before_work(painted_video, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    with pytest.raises(RecordingError, match="may write to"):
        score_video(painted_video, output=folder, **models())


SMALL_DISK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from painted_animals import BrightnessScorer, SquareDetector
from napari_grimace.analysis import iter_score_video
from napari_grimace.errors import GrimaceError

filler = Path(sys.argv[3], "something else")

def fill():
    with filler.open("wb", buffering=0) as file:
        while file.write(bytes(1024)):
            pass

try:
    for step in iter_score_video(
        sys.argv[2], every=1, output=sys.argv[3], detector=SquareDetector(),
        scorer=BrightnessScorer(),
    ):
        if step.done == 64 and "fill" in sys.argv:
            try:
                fill()
            except OSError:
                print("the disk is full now")
except GrimaceError as error:
    print("GrimaceError:", error)
filler.unlink(missing_ok=True)
"""


def on_small_disk(video, folder, tmp_path, options, *words):
    """Score onto a small disk of its own; gives what was said and what is there."""
    here = str(Path(__file__).parent)
    script = tmp_path / "run.py"
    script.write_text(SMALL_DISK)
    command = (
        f"mount -t tmpfs -o {options} none '{folder}' && "
        f"'{sys.executable}' '{script}' '{here}' '{video}' '{folder}' "
        f"{' '.join(words)}; "
        f"mkdir -p '{tmp_path}/kept' && cp -r '{folder}/.' '{tmp_path}/kept'"
    )
    run = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", command],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in run.stderr or "mount" in run.stderr:
        pytest.skip("this machine does not let users mount a small disk")
    return run.stdout


@pytest.fixture
def disk(tmp_path):
    if sys.platform != "linux":
        pytest.skip("a small disk is made by Linux's unshare")
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


def test_a_full_disk_is_said_and_nothing_is_lost(painted_video, disk, tmp_path):
    said = on_small_disk(painted_video, disk, tmp_path, "size=1m", "fill")
    assert "the disk is full now" in said
    assert "GrimaceError" in said
    assert "The 64 frames before are kept. Free some space" in said
    kept = tmp_path / "kept" / "cage 3.grimace"
    saved = open_recording(kept)
    validate_recording(saved)
    assert saved["frame"].values.tolist() == list(range(64))
    whole = score_video(painted_video, every=1, output=kept, **models())
    same(whole, score_video(painted_video, every=1, **models()))


def test_a_disk_too_small_to_begin_is_said(painted_video, disk, tmp_path):
    said = on_small_disk(painted_video, disk, tmp_path, "size=8k")
    assert "GrimaceError" in said
    assert "Free some space" in said


def test_a_read_only_disk_is_refused(painted_video, disk, tmp_path):
    said = on_small_disk(painted_video, disk, tmp_path, "ro")
    assert "may write to" in said


def test_blocks_are_written_every_ten_seconds_or_64_frames():
    from napari_grimace.analysis import sinks

    class Counting:
        def __init__(self):
            self.blocks = []

        def append(self, rows):
            self.blocks.append(len(rows))

    from napari_grimace.analysis.batches import Analyser

    analyser = Analyser(SquareDetector(), BrightnessScorer(), load_scale("mgs-black"))
    rows = analyser.rows(np.arange(8), np.arange(8) / 10, [paint({})] * 8)
    sink = Counting()
    with Writer(sink) as writer:
        for _ in range(9):
            writer.add(rows)
        assert sink.blocks == [64]
        writer.written = time.monotonic() - sinks.SECONDS - 1
        writer.add(rows)
        assert sink.blocks == [64, 16]
        writer.add(rows)
    assert sink.blocks == [64, 16, 8]
