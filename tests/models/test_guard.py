"""Importing ultralytics changes nothing but ultralytics."""

import json
import subprocess
import sys

_PROBE = """
import json, os, pathlib, socket, warnings
import cv2, numpy, torch

def refused(*_, **__):
    raise AssertionError("the network was asked for")

socket.getaddrinfo = refused
socket.socket.connect = refused

def state():
    return {
        "environment": dict(os.environ),
        "opencv": cv2.getNumThreads(),
        "torch": torch.get_num_threads(),
        "save": id(torch.save),
        "printing": {k: str(v) for k, v in numpy.get_printoptions().items()},
        "filters": [str(f) for f in warnings.filters],
        "home": sorted(str(p) for p in pathlib.Path.home().rglob("*")),
    }

from napari_grimace.models.yolo import build_network
import pathlib
before = state()
build_network(7)
import ultralytics.utils
after = state()
changed = [key for key in before if before[key] != after[key]]
sync = str(ultralytics.utils.SETTINGS_FILE)
online = ultralytics.utils.ONLINE
print(json.dumps({"changed": changed, "settings": sync, "online": online}))
"""


def test_ultralytics_is_imported_without_side_effects(tmp_path):
    import os

    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    home |= {"XDG_CONFIG_HOME": str(tmp_path / ".config")}
    plain = {k: v for k, v in os.environ.items() if not k.startswith("YOLO_")}
    ran = subprocess.run(
        [sys.executable, "-c", _PROBE],
        env=plain | home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["changed"] == []
    assert not told["online"]
    assert str(tmp_path) not in told["settings"]
    assert not list(tmp_path.iterdir())
