"""Which device networks run on."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from napari_grimace.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator


def let_threads_sleep() -> None:
    """Have PyTorch's threads sleep while they wait; call this before it is imported.

    They otherwise burn the processor, which slows the threads that decode: with two
    cores shared, by a factor of ten.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def default_device() -> str:
    """Name of the best device at hand: `cuda`, `mps` or `cpu`."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def chosen_device(name: str) -> str:
    """Check a device's name; `auto` stands for `default_device`.

    Raises
    ------
    ModelError
        If there is no such device.
    """
    import torch

    if name == "auto":
        return default_device()
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ModelError(
            f"There is no device {name!r} here. Use 'auto', 'cpu', or on a machine "
            "that has one 'cuda' or 'mps'."
        ) from error
    return name


@contextmanager
def one_thread(device: str) -> Iterator[None]:
    """Within this block a CPU is used with one thread.

    The detector's network is small: on two threads it takes twice as long as on one,
    and keeps the decoder from its core.
    """
    import torch

    threads = torch.get_num_threads()
    if device == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
