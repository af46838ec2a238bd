"""Where files lie: the program's own data (beside it, or where the system has such files), and what is shipped with it.

Window and command line ask here, so that both open the same library.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import platformdirs

NAME = "genre-tagger"
#: The folder beside the program that holds everything in portable mode, and the file that asks for that mode.
PORTABLE_FOLDER = "Genre Tagger data"
PORTABLE_FILE = "portable"

_VARIABLE = "GENRE_TAGGER_"
_NO = ("", "0", "no", "false", "off")
# The packages that hold the shipped folders in a wheel or bundle.
_PACKAGE_OF = {"models": "genre_tagger", "resources": "app"}


@dataclass(frozen=True, slots=True)
class Homes:
    """Folders of the program's own data.

    Attributes
    ----------
    data, config, state, cache : str
        Folders of the library and its undo journal, of the settings, of how the window was left, and of what can
        be computed again. They need not exist yet.
    portable : bool
        Whether all four lie beside the program.
    problem : str
        Why they do not lie there although that was asked for, as a sentence for the user; else empty.
    """

    data: str
    config: str
    state: str
    cache: str
    portable: bool = False
    problem: str = ""


def absolute(path: str) -> str:
    """Make a path that a person gave absolute; ``~`` is their home."""
    return os.path.abspath(os.path.expanduser(path))


def named(what: str) -> str | None:
    """Give the path that the environment variable ``GENRE_TAGGER_<WHAT>`` names, or None where it names none."""
    value = os.environ.get(_VARIABLE + what.upper(), "")
    return absolute(value) if value else None


def program_folder() -> str | None:
    """Give the folder that the program lies in: a bundle's, or the checkout; None for an installed package."""
    if getattr(sys, "frozen", False):
        folder = os.path.dirname(os.path.realpath(sys.executable))
        inside_app = os.path.join(".app", "Contents", "MacOS")
        # On macOS the bundle is a folder that looks like a file; beside it is outside of it.
        return os.path.dirname(folder.removesuffix(inside_app)) if folder.endswith(inside_app) else folder
    checkout = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return checkout if os.path.isfile(os.path.join(checkout, "pyproject.toml")) else None


def wants_portable() -> bool:
    """Tell whether ``GENRE_TAGGER_PORTABLE``, or a file ``portable`` beside the program, asks for portable mode."""
    value = os.environ.get(_VARIABLE + "PORTABLE")
    if value is not None:
        return value.strip().lower() not in _NO
    beside = program_folder()
    return beside is not None and os.path.isfile(os.path.join(beside, PORTABLE_FILE))


def homes(portable: bool | None = None) -> Homes:
    """Give the folders of the program's own data.

    Parameters
    ----------
    portable : bool, optional
        Whether to keep everything beside the program; by default as :func:`wants_portable` says. Where nothing can
        be kept there, the usual folders are taken and `Homes.problem` says why.
    """
    if not (wants_portable() if portable is None else portable):
        return _usual()
    beside = program_folder()
    if beside is None:
        return _usual("This copy of the program is installed for the whole system and has no folder of its own.")
    import tempfile  # slow to import, and nearly every start does without

    folder = os.path.join(beside, PORTABLE_FOLDER)
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return _usual(f"Nothing can be kept in {folder} ({error.strerror}).")
    return Homes(folder, folder, os.path.join(folder, "state"), os.path.join(folder, "cache"), portable=True)


def _usual(problem: str = "") -> Homes:
    sentence = f"{problem} Library and settings are therefore those in your home folder." if problem else ""
    return Homes(
        platformdirs.user_data_dir(NAME, appauthor=False),
        platformdirs.user_config_dir(NAME, appauthor=False),
        platformdirs.user_state_dir(NAME, appauthor=False),
        platformdirs.user_cache_dir(NAME, appauthor=False),
        problem=sentence,
    )


def library_path(folders: Homes | None = None) -> str:
    """Give the library that window and command line share: ``GENRE_TAGGER_LIBRARY``, or the one in the data folder."""
    return named("library") or os.path.join((folders or homes()).data, "library.sqlite3")


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
