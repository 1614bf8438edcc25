"""The command line as a whole: help, version, errors, warnings, Ctrl+C, code pages."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from napari_grimace.cli.console import follow, guarded
from napari_grimace.errors import GrimaceError, GrimaceWarning
from napari_grimace.progress import Progress

COMMANDS = ["demo", "score", "convert", "info", "models", "export", "rate", "recording"]
COMMANDS += ["teach", "train"]


def real_run(
    *words: object, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "napari_grimace", *map(str, words)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **(env or {})},
        check=False,
    )


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv[1:] = ['--help']\n"
        "from napari_grimace.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, *sys.modules, sep=' mod:')"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert all(f" {name} " in answer.stdout for name in COMMANDS)
    loaded = {word.removeprefix("mod:") for word in answer.stdout.split()}
    assert "typer" in loaded
    heavy = {"numpy", "torch", "av", "xarray", "pandas", "matplotlib", "PIL"}
    assert not loaded & heavy


def test_every_command_explains_itself(run) -> None:
    for name in COMMANDS:
        assert run(name, "--help").exit_code == 0
    assert "checkpoint" in run("train", "renders", "--help").output.lower()


def test_version(run) -> None:
    answer = run("--version")
    assert answer.exit_code == 0
    assert answer.stdout.startswith("napari-grimace ")


def test_python_m_does_the_same() -> None:
    answer = real_run("--version")
    assert answer.returncode == 0
    assert answer.stdout.startswith("napari-grimace ")


def test_an_error_is_one_message_without_a_traceback(tmp_path: Path) -> None:
    answer = real_run("info", tmp_path / "missing.mp4")
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: missing.mp4: ")
    assert "Traceback" not in answer.stderr


def test_code_pages_that_lack_characters_do_no_harm(tmp_path: Path) -> None:
    empty = tmp_path / "Mäuse-小鼠.mp4"
    empty.write_bytes(b"")
    answer = real_run("info", empty, env={"PYTHONIOENCODING": "cp1252"})
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert "??.mp4" in answer.stderr
    assert real_run("--help", env={"PYTHONIOENCODING": "ascii"}).returncode == 0


def invoke(action):
    app = typer.Typer()
    app.command()(guarded(action))
    return CliRunner().invoke(app, [])


def test_ctrl_c_says_that_it_can_go_on() -> None:
    def action() -> None:
        raise KeyboardInterrupt

    answer = invoke(action)
    assert answer.exit_code == 130
    assert answer.stderr == "stopped; run again to go on\n"


def test_ctrl_c_closes_the_work_under_way() -> None:
    closed = []

    def work():
        try:
            yield Progress(1, 10)
            raise KeyboardInterrupt
        finally:
            closed.append(True)

    answer = invoke(lambda: follow(work(), "scoring"))
    assert answer.exit_code == 130
    assert closed == [True]


def test_errors_of_the_system_say_what_to_do() -> None:
    import errno

    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "scores.csv")

    def forbidden() -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "scores.csv")

    for action, words in [(full, "make room"), (forbidden, "another folder")]:
        answer = invoke(action)
        assert answer.exit_code == 1
        assert answer.stderr.startswith("error: scores.csv: ")
        assert words in answer.stderr


def test_markup_in_messages_is_shown_as_it_is() -> None:
    def action() -> None:
        raise GrimaceError("mouse [red].mp4 is [/broken]")

    assert invoke(action).stderr == "error: mouse [red].mp4 is [/broken]\n"


def test_warnings_are_one_line() -> None:
    def action() -> None:
        warnings.warn("short of\n  memory", GrimaceWarning, stacklevel=1)

    answer = invoke(action)
    assert answer.exit_code == 0
    assert answer.stderr == "warning: short of memory\n"


def test_other_warnings_stay_as_they_are() -> None:
    def action() -> None:
        with pytest.warns(UserWarning, match="odd"):
            warnings.warn("odd", UserWarning, stacklevel=1)

    assert invoke(action).exit_code == 0


def test_progress_without_a_terminal_is_a_line_for_each_tenth() -> None:
    def work():
        for done in range(101):
            yield Progress(done, 100)
        return "result"

    results = []
    answer = invoke(lambda: results.append(follow(work(), "clip.mp4")))
    assert results == ["result"]
    assert len(answer.stderr.splitlines()) == 11
    assert "clip.mp4: 50 of 100" in answer.stderr
