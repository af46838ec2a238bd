"""Where copies can go: drives that are plugged in, and phones that the desktop has mounted."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import NamedTuple

# Where systems mount what is plugged in.
_MOUNTED = ("/media/", "/run/media/", "/mnt/", "/Volumes/")


class Drive(NamedTuple):
    """A place: what it is called, and its folder."""

    name: str
    path: str


def drives() -> list[Drive]:
    """List the places that can be written to. Drives may be slow to answer: not for the window's thread."""
    from PySide6.QtCore import QStorageInfo

    found = []
    for volume in QStorageInfo.mountedVolumes():
        path = volume.rootPath()
        if path.startswith(_MOUNTED) and volume.isReady() and not volume.isReadOnly():
            found.append(Drive(volume.displayName() or os.path.basename(path), path))
    return [*found, *_phones()]


def _phones() -> list[Drive]:
    """Phones and cameras that gvfs has mounted: a folder for each storage in them."""
    found = []
    with contextlib.suppress(OSError, AttributeError):
        above = os.path.join(f"/run/user/{os.getuid()}", "gvfs")
        for phone in sorted(os.listdir(above)):
            if phone.startswith(("mtp:", "gphoto2:")):
                folder = os.path.join(above, phone)
                name = phone.partition("host=")[2].replace("_", " ").replace("%20", " ")
                for storage in sorted(os.listdir(folder)):
                    found.append(Drive(f"{name}: {storage}", os.path.join(folder, storage)))
    return found


def free(path: str) -> int | None:
    """Say how many bytes are free where a folder is or would be made; None where nobody can say."""
    place = path
    while place and not os.path.isdir(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    try:
        room = shutil.disk_usage(place)
    except (OSError, ValueError):
        return None
    return room.free if room.total else None
