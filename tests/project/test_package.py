"""The package as a whole: what importing it loads, and what it names."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import napari_grimace

HEAVY = [
    "cv2",
    "dask",
    "magicgui",
    "matplotlib",
    "napari",
    "pandas",
    "qtpy",
    "scipy",
    "seaborn",
    "statsmodels",
    "torch",
    "torchvision",
    "transformers",
    "ultralytics",
    "xarray",
    "zarr",
]


def modules_after(statement: str) -> set[str]:
    """Names of the top-level modules that a fresh Python holds after a statement."""
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in answer.stdout.split()}


@pytest.mark.parametrize(
    "statement",
    [
        "import napari_grimace",
        "import napari_grimace.cli",
        "import napari_grimace.video, napari_grimace.recording, napari_grimace.models",
        "import napari_grimace.analysis, napari_grimace.exchange",
        "import napari_grimace.widgets",
        "import napari_grimace.rating, napari_grimace.teaching, napari_grimace.study",
        "import napari_grimace.stats",
        "import napari_grimace.scales, napari_grimace.phantom, napari_grimace.training",
    ],
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    assert modules_after(statement).isdisjoint(HEAVY)


def test_discovery_of_the_plugin_loads_nothing_heavy() -> None:
    loaded = modules_after(
        "from npe2 import PluginManager\n"
        "manager = PluginManager.instance()\n"
        "manager.discover()\n"
        "assert manager.get_manifest('napari-grimace').contributions.widgets\n"
        "assert not any(name.startswith('napari_grimace.') for name in sys.modules)"
    )
    assert loaded.isdisjoint(HEAVY)


def test_the_library_needs_no_window() -> None:
    rooms = ["analysis", "exchange", "models", "phantom"]
    rooms += ["rating", "recording", "scales", "stats", "study", "teaching"]
    rooms += ["training", "video"]
    statement = "import napari_grimace as g\n" + "\n".join(
        f"for name in g.{room}.__all__: getattr(g.{room}, name)" for room in rooms
    )
    loaded = modules_after(statement)
    assert "xarray" in loaded
    assert loaded.isdisjoint(["napari", "qtpy", "PyQt6", "PySide6", "magicgui"])


FLOORS = [
    ["scales"],
    ["video", "recording", "models", "phantom"],
    ["exchange", "stats", "study", "training"],
    ["analysis"],
    ["rating"],
    ["teaching"],
    ["widgets", "cli"],
]
"""Rooms of the house; each imports from those below it, and from its neighbours."""


def rooms_imported(file: Path) -> set[str]:
    """Names of the rooms that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{name}" for name in names]
        parts = [name.split(".") for name in names]
        found |= {p[1] for p in parts if p[0] == "napari_grimace" and len(p) > 1}
    return found


def test_imports_run_downwards() -> None:
    package = Path(napari_grimace.__file__).parent
    floor = {room: i for i, rooms in enumerate(FLOORS) for room in rooms}
    wrong = [
        f"{room}/{file.name} imports {other}"
        for room, level in floor.items()
        for file in (package / room).glob("**/*.py")
        for other in rooms_imported(file)
        if floor.get(other, -1) > level
    ]
    assert set(floor) <= {path.name for path in package.iterdir()}
    assert wrong == []


def test_public_names_can_be_used() -> None:
    for name in napari_grimace.__all__:
        assert getattr(napari_grimace, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = napari_grimace.nonsense
