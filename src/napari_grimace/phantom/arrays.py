"""Short names for the arrays that pictures and surfaces are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.floating[Any]]
"""Single precision wherever there is one value per pixel."""
Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]


def floats(values: ArrayLike) -> Floats:
    """Convert to single precision, without a copy where it is that already."""
    return np.asarray(values, np.float32)
