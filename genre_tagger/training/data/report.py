"""Progress for the person who trains: one line at a time on standard error."""

from __future__ import annotations

import sys
import time


def say(text: str) -> None:
    """Print a line with the time of day.

    Parameters
    ----------
    text : str
        What is done or has been measured.
    """
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
