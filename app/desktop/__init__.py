"""The program as a part of the desktop: what it tells other programs over D-Bus, and what it takes from them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.main_window import MainWindow


def join(window: MainWindow) -> None:
    """Join a window that is alive with the desktop, where that has a bus; to be called once it is to be seen."""
    if sys.platform in ("win32", "darwin"):
        return
    try:
        from app.desktop.presence import Presence  # not before the window is seen
    except ImportError:
        # Qt without D-Bus: everything else works.
        return
    Presence(window)
