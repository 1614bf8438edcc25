"""``score``: what it leaves, going on, going past bad videos, and bad options.

The models here have learned nothing; nothing depends on what they answer.
"""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from napari_grimace import open_recording
from napari_grimace.analysis.batches import Analyser, Rows
from napari_grimace.recording import SCORED

FRAMES = ["--every", "4"]


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_it_leaves(run, clip: Path, models: list[str], tmp_path: Path) -> None:
    out = tmp_path / "results"
    extras = ["--zip", "--xlsx", "--overlay"]
    answer = run("score", clip, *FRAMES, *models, "--output", out, *extras)
    assert answer.exit_code == 0, answer.output
    ends = ("csv", "png", "xlsx", "zip", "mp4")
    assert files_in(out) == {
        "clip.grimace",
        "clip_grimace_columns.txt",
        *(f"clip_grimace.{end}" for end in ends),
    }
    recording = open_recording(out / "clip.grimace")
    np.testing.assert_array_equal(recording["frame"], range(0, 20, 4))
    table = pd.read_csv(out / "clip_grimace.csv")
    assert table["Frame"].tolist() == [0, 4, 8, 12, 16]
    assert table["Model build"].str.startswith("untrained-detector 1 (").all()
    assert (table["Trained on"] == "nothing at all").all()
    line = next(row for row in answer.stdout.splitlines() if "clip.mp4" in row)
    assert "5" in line
    assert str(out / "clip.grimace") in line
    assert "trained on nothing at all" in answer.stdout


def test_beside_the_video_by_default(run, clip: Path, models: list[str]) -> None:
    assert run("score", clip, *FRAMES, *models).exit_code == 0
    assert {"clip.mp4", "clip.grimace", "clip_grimace.csv"} <= files_in(clip.parent)


def test_frames_with_several_faces_are_left_out_and_told(
    run,
    clip: Path,
    models: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = Analyser.rows

    def with_faces(self: Analyser, *pictures: Any) -> Rows:
        """All units scored 0, in frames with 0, 1, 2, 3 and 4 faces."""
        rows = found(self, *pictures)
        score, state = np.zeros_like(rows.score), np.full_like(rows.state, SCORED)
        count = np.arange(len(rows))
        return replace(rows, score=score, state=state, face_count=count)

    monkeypatch.setattr(Analyser, "rows", with_faces)
    answer = run("score", clip, *FRAMES, *models)
    assert answer.exit_code == 0, answer.output
    assert "clip.grimace: 3 of 5 frames have no total because" in answer.stdout
    table = pd.read_csv(clip.with_name("clip_grimace.csv"))
    assert table["Total"].notna().tolist() == [True, True, False, False, False]
    place = clip.with_suffix(".grimace")
    assert f"export {place} scores.csv --several-faces" in answer.stdout
    assert "3 of 5 frames have no total" in run("info", place).stdout
    outputs = [tmp_path / f"all.{kind}" for kind in ("csv", "zip", "png", "mp4")]
    answer = run("export", place, *outputs, "--several-faces")
    assert answer.exit_code == 0, answer.output
    assert pd.read_csv(outputs[0])["Total"].tolist() == [0] * 5
    words = (tmp_path / "all_columns.txt").read_text("utf-8")
    assert "are included, by choice" in words


def test_bad_videos_do_not_stop_the_others(
    run, clip: Path, models: list[str], tmp_path: Path
) -> None:
    empty, text = tmp_path / "empty.mp4", tmp_path / "text.mp4"
    empty.write_bytes(b"")
    text.write_text("frame,score\n" * 100)
    missing, cut = tmp_path / "missing.mp4", tmp_path / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[:1500])
    out = tmp_path / "out"
    bad = [empty, text, missing, cut]
    answer = run("score", *bad, clip, *FRAMES, *models, "--output", out)
    assert answer.exit_code == 1
    for video in bad:
        assert f"error: {video.name}: " in answer.stderr
        assert f"{video.stem}.grimace" not in files_in(out)
    assert answer.stdout.count("failed") == 4
    assert "clip.grimace" in files_in(out)


def test_two_videos_never_share_a_recording(
    run, clip: Path, models: list[str], tmp_path: Path
) -> None:
    other = tmp_path / "b" / "clip.mp4"
    other.parent.mkdir()
    other.write_bytes(clip.read_bytes() + b"\0" * 64)
    out = tmp_path / "out"
    answer = run("score", clip, clip, other, *FRAMES, *models, "--output", out)
    assert answer.exit_code == 1
    assert "on its own, with another --output" in answer.stderr
    assert answer.stdout.count("clip.grimace") == 1


def test_a_recording_of_another_video_is_kept(
    run, clip: Path, models: list[str], tmp_path: Path
) -> None:
    assert run("score", clip, *FRAMES, *models).exit_code == 0
    other = tmp_path / "b" / "clip.mp4"
    other.parent.mkdir()
    other.write_bytes(clip.read_bytes() + b"\0" * 64)
    before = open_recording(clip.with_suffix(".grimace")).load()
    answer = run("score", other, *FRAMES, *models, "-o", clip.with_suffix(".grimace"))
    assert answer.exit_code == 1
    assert "error: clip.mp4: " in answer.stderr
    after = open_recording(clip.with_suffix(".grimace")).load()
    assert after.identical(before)


def test_again_goes_on_unless_told_not_to(run, clip: Path, models: list[str]) -> None:
    assert run("score", clip, "--frames", "0-3", *models).exit_code == 0
    answer = run("score", clip, "--frames", "0-7", *models)
    assert answer.exit_code == 0
    assert "clip.mp4: 4 of 8" in answer.stderr
    assert open_recording(clip.with_suffix(".grimace")).sizes["frame"] == 8
    answer = run("score", clip, "--frames", "0-9", *models, "--no-resume")
    assert answer.exit_code == 1
    assert open_recording(clip.with_suffix(".grimace")).sizes["frame"] == 8


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rate", "50"], "10"),
        (["--roi", "0,0,500,500"], "clip.mp4"),
        (["--frames", "0,99"], "99"),
    ],
)
def test_what_does_not_fit_the_video(
    run, clip: Path, models: list[str], options: list[str], words: str
) -> None:
    answer = run("score", clip, *models, *options)
    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: clip.mp4: ")
    assert words in answer.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--scale", "mgs-pink"], "mgs-black"),
        (["--scale", "mgs"], "rgs"),  # not served by these models
        (["--device", "abacus"], "abacus"),
    ],
)
def test_what_no_model_serves(
    run, clip: Path, models: list[str], options: list[str], words: str
) -> None:
    answer = run("score", clip, *models, *options)
    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: ")
    assert words in answer.stderr


@pytest.mark.parametrize(
    "options",
    [["--rate", "1", "--count", "3"], ["--roi", "1,2"], ["--frames", "x"], []],
)
def test_wrong_usage_is_told_with_status_2(run, clip: Path, options: list[str]) -> None:
    words = [clip, *options] if options else []
    assert run("score", *words).exit_code == 2


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """A folder that this user, be it root, may not write to."""
    if sys.platform == "win32":
        pytest.skip("folders are not made read-only by their mode on Windows")
    if os.geteuid() == 0:
        folder = Path("/sys/kernel")  # not even root writes there
        if not folder.is_dir():
            pytest.skip("root may write everywhere on this system")
        return folder
    folder = tmp_path / "read_only"
    folder.mkdir(mode=0o555)
    return folder


def test_a_read_only_folder(
    run, clip: Path, models: list[str], read_only: Path, recording: Path
) -> None:
    answer = run("score", clip, *FRAMES, *models, "--output", read_only)
    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: clip.mp4: ")
    assert str(read_only) in answer.stderr
    answer = run("export", recording, read_only / "scores.csv")
    assert answer.exit_code == 1
    assert "another folder" in answer.stderr
    assert "Traceback" not in answer.output


LIMITED = """
import resource, sys
sys.dont_write_bytecode = True  # Python would leave cut-off files in its caches
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.argv[1:] = sys.argv[2:]
from napari_grimace.cli import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on file sizes there")
@pytest.mark.parametrize(
    ("name", "limit"),
    [("s.csv", 200), ("s.zip", 900), ("s.png", 900), ("s.mp4", 900), ("s.xlsx", 4000)],
)
def test_a_full_disk(recording: Path, tmp_path: Path, name: str, limit: int) -> None:
    """The system refuses to make files longer than so many bytes."""
    command = [sys.executable, "-c", LIMITED, limit, "export", recording, name]
    answer = subprocess.run(
        list(map(str, command)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert "make room" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not {n for n in files_in(tmp_path) if "s." in n and n.startswith((".", "s"))}


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_a_stopped_run_goes_on(
    run, clip: Path, models: list[str], tmp_path: Path
) -> None:
    command = [sys.executable, "-u", "-m", "napari_grimace", "score", clip, *models]
    # Slow enough that the signal comes before the end.
    command += ["--frames", "0-15", "--batch", "1", "--setting", "accurate"]
    with subprocess.Popen(
        list(map(str, command)),
        stderr=subprocess.PIPE,
        text=True,
        # Jobs in the background of a shell ignore this signal, and so would the child.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "clip.mp4: 2 of 16" in line:
                process.send_signal(signal.SIGINT)
                break
        said = process.stderr.read()
    assert process.returncode == 130
    assert "stopped; run again to go on" in said
    assert "Traceback" not in said
    done = open_recording(clip.with_suffix(".grimace")).sizes["frame"]
    assert 1 <= done < 16
    answer = run(*command[4:])
    assert answer.exit_code == 0
    assert f"clip.mp4: {done} of 16" in answer.stderr
    assert open_recording(clip.with_suffix(".grimace")).sizes["frame"] == 16
