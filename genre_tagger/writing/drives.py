"""What a drive is: whether its renames survive a power cut, how fine its clock is, and whether it is there at all."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from enum import Flag, auto
from functools import cache
from typing import Any

from genre_tagger.base.errors import FileStamp


class Drive(Flag):
    """What has to be known of a drive before a file on it is replaced.

    Attributes
    ----------
    TORN
        A power cut in the middle of a rename may leave both names, or none; names have no second ones worth having.
    FOREIGN
        A program of its own serves it; what that program makes of a rename nobody can tell.
    SHARED
        A rename over a file that anybody has open fails, and marks that file to be deleted all the same.
    WINDOWS
        Some characters cannot be in its names, and names that differ in case alone are one.
    """

    PLAIN = 0
    TORN = auto()
    FOREIGN = auto()
    SHARED = auto()
    WINDOWS = auto()


# Linux's numbers for kinds of file systems (statfs(2), linux/magic.h).
_KINDS = {
    0x4D44: Drive.TORN | Drive.WINDOWS,  # FAT
    0x2011BAB0: Drive.TORN | Drive.WINDOWS,  # exFAT
    0x5346544E: Drive.TORN | Drive.WINDOWS,  # NTFS
    0x7366746E: Drive.TORN | Drive.WINDOWS,  # NTFS, the newer driver
    0x517B: Drive.TORN | Drive.SHARED | Drive.WINDOWS,  # SMB
    0xFF534D42: Drive.TORN | Drive.SHARED | Drive.WINDOWS,  # CIFS
    0xFE534D42: Drive.TORN | Drive.SHARED | Drive.WINDOWS,  # SMB 2 and 3
    0x65735546: Drive.FOREIGN | Drive.WINDOWS,  # FUSE, which serves exFAT and NTFS as well
}
_Facts = ctypes.c_long * 128  # more than any system's struct statfs takes

COARSEST_NS = 2_000_000_000
"""How far apart two times may be that one moment was given, on the drive with the coarsest clock there is (FAT)."""

_FINE_NS = 10_000_000  # exFAT's clock; times that are no multiple of it come from a finer one

_DEAD = frozenset(
    {
        errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOTCONN, errno.ESTALE, errno.EHOSTDOWN, errno.EHOSTUNREACH,
        errno.ENETDOWN, errno.ENETUNREACH, errno.ETIMEDOUT, errno.ECONNABORTED, errno.ECONNRESET, errno.EROFS,
    }
)  # fmt: skip
_AWAY = frozenset({errno.ENOENT, errno.ENOTDIR})
_FORBIDDEN = '<>:"|?*\\'


@cache
def system_call(name: str) -> Any:
    """A function of the C library, which tells its errors by :func:`ctypes.get_errno`; None where it has none."""
    return getattr(ctypes.CDLL(None, use_errno=True), name, None) if sys.platform == "linux" else None


def kind_of(folder: str) -> Drive:
    """Ask the system what kind of drive a folder is on; PLAIN where it does not tell."""
    statfs = system_call("statfs")
    if statfs is None or ctypes.sizeof(ctypes.c_long) != 8:
        return Drive.PLAIN
    facts = _Facts()
    if statfs(os.fsencode(folder), facts) != 0:
        return Drive.PLAIN
    return _KINDS.get(facts[0] & 0xFFFFFFFF, Drive.PLAIN)


def is_same(scanned: FileStamp, now: FileStamp) -> bool:
    """Whether two looks may have seen the same content, as far as a drive with a coarse clock tells.

    Such drives give a file another number, and sometimes another time, whenever they are plugged in.
    """
    if scanned == now:
        return True
    coarse = any(stamp.mtime_ns % _FINE_NS == 0 for stamp in (scanned, now))
    return coarse and scanned.size == now.size and abs(scanned.mtime_ns - now.mtime_ns) <= COARSEST_NS


def forbidden_in(path: str) -> str:
    """The first character of a file's name that FAT, exFAT and Windows do not know in names; empty when none."""
    name = os.path.basename(path)
    return next((character for character in name if character in _FORBIDDEN), "")


def is_gone(error: OSError, target: str, device: int) -> bool:
    """Whether an error came because the drive itself is not there any more.

    Parameters
    ----------
    error : OSError
        What the system said.
    target : str
        The file in hand.
    device : int
        The number of the drive (``st_dev``) on which it was seen last.
    """
    if error.errno in _AWAY:
        return not is_there(target, device)
    return error.errno in _DEAD and (not is_there(target, device) or _is_pulled(device))


def is_there(target: str, device: int) -> bool:
    """Whether the drive of a file can be reached.

    Where a drive was, an empty folder may stay, or none; and another number does not make it another drive.
    """
    folder = os.path.dirname(target)
    while True:
        try:
            with os.scandir(folder) as entries:
                has_files = next(entries, None) is not None
            return os.stat(folder).st_dev == device or (has_files and folder == os.path.dirname(target))
        except OSError as error:
            above = os.path.dirname(folder)
            if error.errno not in _AWAY or above == folder:
                return error.errno not in _DEAD | _AWAY
            folder = above


def _is_pulled(device: int) -> bool:
    """Whether a drive was pulled out while the system still shows its folders."""
    blocks = "/sys/dev/block"
    number = f"{os.major(device)}:{os.minor(device)}"
    return bool(os.major(device)) and os.path.isdir(blocks) and not os.path.exists(os.path.join(blocks, number))
