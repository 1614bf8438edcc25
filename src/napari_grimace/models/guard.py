"""Import ultralytics without its side effects.

On import ultralytics asks name servers whether it is online, writes a settings file,
switches off OpenCV's threads, asks for one OpenMP thread, replaces `torch.save`, adds
warning filters and changes how arrays are printed. None of that is for a library to
do to its host: it is told to stay offline, its settings go to a temporary folder, and
the rest is put back.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUIET = {"YOLO_OFFLINE": "true", "YOLO_VERBOSE": "false"}


@contextmanager
def quiet_ultralytics() -> Iterator[None]:
    """Within this block ultralytics can be imported; what it changes is put back.

    But for torch's printing, which then has its defaults.
    """
    if "ultralytics" in sys.modules:
        yield
        return
    import cv2
    import numpy as np
    import torch

    environment = dict(os.environ)
    threads = cv2.getNumThreads()
    save = torch.save
    printing = np.get_printoptions()
    os.environ.update(_QUIET)
    if "YOLO_CONFIG_DIR" not in environment:
        os.environ["YOLO_CONFIG_DIR"] = _settings_folder()
    try:
        with warnings.catch_warnings():
            yield
    finally:
        _restore(environment)
        cv2.setNumThreads(threads)
        torch.save = save
        np.set_printoptions(**printing)
        torch.set_printoptions(profile="default", linewidth=80)  # type: ignore[no-untyped-call]


def _restore(environment: dict[str, str]) -> None:
    """Put variables back one by one: other threads may read them meanwhile."""
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    for name, value in environment.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _settings_folder() -> str:
    folder = tempfile.mkdtemp(prefix="napari-grimace-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
