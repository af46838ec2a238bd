"""Small files, written whole or not at all; and JSON files that say which version of their form they have.

What cannot be written raises :class:`OSError`; :func:`why_not` sorts these, for callers that tell the user.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from collections.abc import Iterator
from enum import Enum, auto
from typing import Any, BinaryIO

#: The end of the name of a file while it is being written, before the ending that its writer asks for.
PARTIAL = ".part"


class WhyNot(Enum):
    """Why a file could not be written."""

    FULL = auto()
    FORBIDDEN = auto()
    NO_FOLDER = auto()
    IS_FOLDER = auto()
    OTHER = auto()


_REASONS = {
    errno.ENOSPC: WhyNot.FULL,
    errno.EDQUOT: WhyNot.FULL,
    errno.EACCES: WhyNot.FORBIDDEN,
    errno.EPERM: WhyNot.FORBIDDEN,
    errno.EROFS: WhyNot.FORBIDDEN,
    errno.ENOENT: WhyNot.NO_FOLDER,
    errno.EISDIR: WhyNot.IS_FOLDER,
}


def why_not(error: OSError) -> WhyNot:
    """Sort the error of a file that could not be written."""
    return _REASONS.get(error.errno or 0, WhyNot.OTHER)


@contextlib.contextmanager
def replacing(path: str, *, ending: str = "", sync: bool = False) -> Iterator[BinaryIO]:
    """Write a file that exists as a whole when the block ends, or not at all when it fails.

    Parameters
    ----------
    path : str
        The file; an existing one is replaced at the end, and stays as it is if anything goes wrong. Where it is a
        link, the file that it points to is replaced.
    ending : str
        What the name must end with until then, for a writer that takes names and looks at them: it is in ``file.name``.
    sync : bool
        Wait until the drive has it, so that it outlives even a power cut.

    Yields
    ------
    file
        Open for writing bytes.

    Raises
    ------
    OSError
        If it cannot be written; ``filename`` is `path` then.
    """
    target = os.path.realpath(path)
    # The name is new each time, so that two threads do not meet, nor what a killed program has left.
    partial = f"{target}.{os.urandom(4).hex()}{PARTIAL}{ending}"
    try:
        with open(partial, "xb") as file:
            yield file
            file.flush()
            if sync:
                os.fsync(file.fileno())
        os.replace(partial, target)
    except OSError as error:
        if error.filename in (None, partial):
            error.filename = path
        raise
    finally:
        with contextlib.suppress(OSError):
            os.unlink(partial)


def write_whole(path: str, content: bytes, *, sync: bool = True) -> None:
    """Write a file as a whole or not at all; see :func:`replacing`."""
    with replacing(path, sync=sync) as file:
        file.write(content)


def probe(path: str) -> None:
    """Raise :class:`OSError` now if a file could not be written to `path` later; nothing is left behind."""
    target = os.path.realpath(path)
    if os.path.isdir(target):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    partial = f"{target}.{os.urandom(4).hex()}{PARTIAL}"
    try:
        with open(partial, "xb"):
            pass
        os.unlink(partial)
    except OSError as error:
        error.filename = path
        raise


def name_aside(path: str, why: str) -> str:
    """Find a free name for a file that is to be moved aside: its own with `why` and the time behind it."""
    aside = f"{path}.{why}-{time.strftime('%Y%m%d-%H%M%S')}"
    free, number = aside, 2
    while os.path.lexists(free):
        free, number = f"{aside}-{number}", number + 1
    return free


# --- JSON in a known form ----------------------------------------------------------------------------


def library_file(folder: str, what: str, library_path: str) -> str:
    """Name the JSON file in `folder` about a library; the same one by whichever path the library is reached."""
    import hashlib  # not before the window is seen

    name = hashlib.sha256(os.fsencode(os.path.realpath(library_path))).hexdigest()[:12]
    return os.path.join(folder, f"{what}-{name}.json")


def read_json(path: str, version: int) -> dict[str, Any]:
    """Read what :func:`write_json` wrote in this version; a missing or strange file, or another version, is empty."""
    try:
        with open(path, encoding="ascii") as file:
            stored = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return stored if isinstance(stored, dict) and stored.get("version") == version else {}


def write_json(path: str, version: int, stored: dict[str, Any] | None) -> None:
    """Write values to a file, whose folder is made if need be; None removes the file.

    Raises
    ------
    OSError
        If that is impossible; an existing file is unchanged then.
    """
    if stored is None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_whole(path, _encoded(version, stored))


def write_directly(path: str, version: int, stored: dict[str, Any]) -> None:
    """Write the same into the very file, where nothing can be renamed; an error or a kill leaves a part of it.

    Raises
    ------
    OSError
    """
    with open(path, "wb") as file:
        file.write(_encoded(version, stored))
        file.flush()
        os.fsync(file.fileno())


def _encoded(version: int, stored: dict[str, Any]) -> bytes:
    # ASCII, so that names of files that are no text are read again byte for byte.
    return json.dumps({"version": version} | stored).encode("ascii")
