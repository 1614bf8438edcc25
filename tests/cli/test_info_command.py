"""What ``info`` tells of videos and recordings."""

from pathlib import Path


def test_a_video(run, clip: Path) -> None:
    answer = run("info", clip)
    assert answer.exit_code == 0
    assert "160 x 120 px" in answer.stdout
    assert "frames: 20, 10 per second, 2.00 s" in answer.stdout
    assert "identity: " in answer.stdout


def test_a_recording(run, recording: Path) -> None:
    answer = run("info", recording)
    assert answer.exit_code == 0
    assert "recording of clip.mp4" in answer.stdout
    assert "strain: C57BL/6" in answer.stdout
    line = next(row for row in answer.stdout.splitlines() if "Anna" in row)
    cells = [cell.strip() for cell in line.strip("│┃|").split("│")]
    assert cells == ["Anna", "person", "mgs-black", "4", "75%", "4.00 of 8"]


def test_a_saved_recording(run, recording: Path) -> None:
    run("export", recording, recording.with_suffix(".nc"))
    run("export", recording, recording.with_suffix(".zarr"))
    for suffix in (".nc", ".zarr"):
        answer = run("info", recording.with_suffix(suffix))
        assert answer.exit_code == 0
        assert "recording of clip.mp4" in answer.stdout


def test_a_converted_video(run, clip: Path) -> None:
    assert run("convert", clip).exit_code == 0
    answer = run("info", clip.with_name("clip.video.zarr"))
    assert "frames: 20" in answer.stdout


def test_bad_files_are_told_and_the_others_shown(run, clip: Path) -> None:
    text = clip.with_name("notes.mp4")
    text.write_text("this is no video\n" * 50)
    answer = run("info", text, clip.with_name("missing.mp4"), clip)
    assert answer.exit_code == 1
    assert "error: notes.mp4: " in answer.stderr
    assert "error: missing.mp4: " in answer.stderr
    assert "frames: 20" in answer.stdout
