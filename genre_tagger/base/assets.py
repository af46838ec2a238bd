"""Shipped files (models, icons, demo library), found alike in a checkout, a wheel and a bundle."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

_PACKAGE_OF = {"models": "genre_tagger", "resources": "app"}


def asset(kind: str, *parts: str) -> Path:
    """Find a shipped file or folder.

    Parameters
    ----------
    kind : {"models", "resources"}
        The top-level folder; inside a wheel or bundle it lies in a package.
    *parts : str
        Path below it.

    Returns
    -------
    Path
        The path, whether it exists or not.

    Raises
    ------
    KeyError
        If `kind` is not one of the two folders.
    """
    return _root(kind).joinpath(*parts)


@cache
def _root(kind: str) -> Path:
    package = Path(str(files(_PACKAGE_OF[kind])))
    inside = package / kind
    return inside if inside.is_dir() else package.parent / kind
