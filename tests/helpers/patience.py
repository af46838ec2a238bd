"""How long a test waits for what will come: long enough for a slow machine that does other things beside."""

from __future__ import annotations

LONG = 20_000  #: milliseconds
