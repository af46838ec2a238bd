"""Colours for levels: 256 of them, from silent to loud."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyqtgraph as pg  # noqa: TID253 — this package is imported when the window has long been seen
from numpy.typing import NDArray

NAMES = ("magma", "inferno", "viridis")


@cache
def colours(name: str) -> NDArray[np.uint32]:
    """Give 256 colours 0xffRRGGBB."""
    table = pg.colormap.get(name if name in NAMES else NAMES[0]).getLookupTable(0.0, 1.0, 256, alpha=False)
    red, green, blue = table.astype(np.uint32).T
    return np.asarray(0xFF000000 | red << 16 | green << 8 | blue, dtype=np.uint32)
