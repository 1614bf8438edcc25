"""Set up and run napari-grimace on a fresh machine; needs only Python 3.11 or newer.

    python3 .ci/start.py demo    install into .venv, then score the sample video
    python3 .ci/start.py test    install tox into .venv-tox, then run all tests

Each command that is run is printed first. Further words go on to the command:
`python3 .ci/start.py test -e lint` runs one environment of tox.ini.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WINDOWS = sys.platform == "win32"

# What a headless Debian or Ubuntu lacks. OpenCV needs the first group at import.
PACKAGES_TO_RUN = ["libgl1", "libglib2.0-0", "libxcb1"]
# Qt, a virtual screen and software OpenGL need these in the tests of the window.
PACKAGES_TO_TEST = [
    *PACKAGES_TO_RUN,
    "git",
    "xvfb",
    "xauth",
    "libgl1-mesa-dri",
    "libegl1",
    "libopengl0",
    "libdbus-1-3",
    "libfontconfig1",
    "libxkbcommon-x11-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-xinerama0",
    "libxcb-xkb1",
]


def main() -> None:
    """Do what the first word on the command line says."""
    jobs = {"demo": demo, "test": test}
    if len(sys.argv) < 2 or sys.argv[1] not in jobs:
        raise SystemExit(__doc__)
    if sys.version_info < (3, 11):  # noqa: UP036  (older Pythons do run this)
        raise SystemExit(
            f"napari-grimace needs Python 3.11 or newer; this is "
            f"{sys.version.split()[0]}. Run this line with a newer Python."
        )
    jobs[sys.argv[1]](sys.argv[2:])


def demo(arguments: list[str]) -> None:
    """Install the package with its window into .venv and score the sample video."""
    system_packages(PACKAGES_TO_RUN)
    python = environment(ROOT / ".venv")
    run([python, "-m", "uv", "pip", "install", "--python", python, f"{ROOT}[all]"])
    run([python, "-m", "napari_grimace", "demo", *arguments])


def test(arguments: list[str]) -> None:
    """Install tox, with uv underneath, into .venv-tox and run it."""
    system_packages(PACKAGES_TO_TEST)
    python = environment(ROOT / ".venv-tox")
    run(
        [python, "-m", "uv", "pip", "install", "-q", "--python", python, "tox-uv>=1.20"]
    )
    run([python, "-m", "tox", "run", *arguments], cwd=ROOT)


def environment(folder: Path) -> str:
    """Make a virtual environment that holds uv, unless it is there; give its Python.

    Debian's own Python comes without ensurepip; then the system's pip fills the
    environment, or the missing package is installed where that is allowed.
    """
    python = str(folder / ("Scripts/python.exe" if WINDOWS else "bin/python"))
    if Path(python).exists() and succeeds([python, "-m", "uv", "--version"]):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    base = [sys.executable, "-m", "venv", str(folder)]
    if not importlib.util.find_spec("ensurepip") and importlib.util.find_spec("pip"):
        run([*base, "--without-pip"])
        pip = [sys.executable, "-m", "pip", "--python", python]
    else:
        if not importlib.util.find_spec("ensurepip"):
            system_packages(["python3-venv"])
        run(base)
        pip = [python, "-m", "pip"]
    run([*pip, "install", "-q", "--disable-pip-version-check", "uv"])
    return python


def system_packages(names: list[str]) -> None:
    """Install Debian packages where that is possible, else say what is missing."""
    if not shutil.which("dpkg-query"):
        return
    missing = [name for name in names if not installed(name)]
    if not missing:
        return
    if os.geteuid() != 0:
        print(
            "These system packages are missing; if a step below fails, run: "
            f"sudo apt-get install -y {' '.join(missing)}",
            flush=True,
        )
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], env=quiet)
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    run([*install, *missing], env=quiet, stdout=subprocess.DEVNULL)


def installed(name: str) -> bool:
    """Tell whether a Debian package is installed."""
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.stdout.strip() == "installed"


def succeeds(command: list[str]) -> bool:
    """Tell whether a command ends well."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(command: list[str], **options: object) -> None:
    """Print a command, run it, and stop with its exit status if it fails."""
    print("+", " ".join(command), flush=True)
    status = subprocess.run(command, check=False, **options).returncode
    if status:
        raise SystemExit(status)


if __name__ == "__main__":
    main()
