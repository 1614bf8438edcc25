"""Fixtures that all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# As the command line does: tests share the processor with each other.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# How long an example takes says nothing on a machine that others use too.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real videos and ratings; tests that need it skip without it."""
    if not _REAL_DATA.is_dir():
        pytest.skip("the folder of real recordings (../shared/data) is not here")
    return _REAL_DATA
