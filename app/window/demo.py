"""The demo library: a copy of it, so that it can be written to and the shipped one stays as it is."""

from __future__ import annotations

import os
import shutil

from genre_tagger.base.assets import asset
from genre_tagger.base.errors import LibraryError


def copy_demo(target: str) -> None:
    """Copy the demo library, unless it is there already; it is there whole or not at all."""
    if os.path.isdir(target):
        return
    partial = f"{target}.part"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        source = str(asset("resources", "demo"))
        for folder, _, names in os.walk(source):
            below = os.path.join(partial, os.path.relpath(folder, source))
            os.makedirs(below)
            for name in names:
                shutil.copy2(os.path.join(folder, name), os.path.join(below, name))
        os.rename(partial, target)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise LibraryError(f"The demo library could not be copied to {target} ({error.strerror}).") from error
