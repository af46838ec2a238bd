"""Every operation on a music file that the writer knows, one method each, so that a test can make any of them fail."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import stat
import sys
from typing import BinaryIO

if sys.platform != "win32":
    import fcntl

_FICLONE = 0x40049409
_RENAME_EXCHANGE = 2
_AT_FDCWD = -100
_PIECE = 1 << 20  # bytes read or copied at a time
_SPARE = 1 << 20  # bytes that must stay free beside a copy
_OWN_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)

UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EPERM})
_UNSETTABLE = frozenset({errno.EPERM, errno.EACCES, errno.EOPNOTSUPP})

_GONE = "The file is not there any more; nothing was written."
_NOT_ALLOWED = "You have no permission to change this file or its folder; it was left as it is."
_REASONS = {
    errno.ENOENT: _GONE,
    errno.ENOTDIR: _GONE,
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: "The drive is read-only; the file was left as it is.",
    errno.ENOSPC: "There is not enough free space on the drive for a safe copy; the file was left as it is.",
    errno.EDQUOT: "Your share of the drive's space is used up; the file was left as it is.",
    errno.EFBIG: "The copy would become too large for the drive; the file was left as it is.",
    errno.EIO: "The drive reported an error; the file was left as it is. Please check the drive.",
    errno.ELOOP: "The link leads in a circle; nothing was written.",
    errno.ENAMETOOLONG: "The folder's path is too long for a safe copy; the file was left as it is.",
    errno.EOPNOTSUPP: "This drive cannot exchange two files safely; the file was left as it is.",
}


def reason_of(error: OSError) -> str:
    """Say in a plain sentence why the system refused (the path is not named)."""
    known = _REASONS.get(error.errno or 0)
    return known or f"The system reported “{error.strerror or error}”; the file was left as it is."


class FileOps:
    """The operations of the writer on music files and their copies.

    Each method is one step that can fail with :class:`OSError`. Nothing here opens a music file for
    writing: only :meth:`create`, which makes a file that was not there, gives a writable one.
    """

    def resolve(self, path: str) -> str:
        """Follow symbolic links to the file itself."""
        return os.path.realpath(path, strict=True)

    def stat(self, path: str) -> os.stat_result:
        """Look at a file, not at what a link points to."""
        return os.lstat(path)

    def require_writable(self, path: str) -> None:
        """Raise EACCES or EROFS when the user could not change this file in this folder."""
        folder = os.path.dirname(path)
        for place in (path, folder):
            if os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
                continue
            read_only = hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY
            code = errno.EROFS if read_only else errno.EACCES
            raise OSError(code, os.strerror(code), place)

    def open_read(self, path: str) -> BinaryIO:
        """Open for reading; a link or a device in the file's place is not followed or waited for."""
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _OWN_FLAGS)
        return os.fdopen(descriptor, "rb")

    def create(self, path: str) -> BinaryIO:
        """Make a new file that nobody else can read; a file that is there is an error."""
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _OWN_FLAGS, 0o600), "w+b")

    def copy(self, source: BinaryIO, target: BinaryIO) -> None:
        """Copy the content: shared blocks where the drive can, else inside the kernel, else by hand."""
        if _clone(source, target):
            return
        room = os.fstatvfs(target.fileno()) if hasattr(os, "fstatvfs") else None
        size = os.fstat(source.fileno()).st_size
        if room is not None and room.f_blocks and room.f_bavail * room.f_frsize < size + _SPARE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        _copy_in_kernel(source, target)
        while piece := source.read(_PIECE):
            target.write(piece)
        target.flush()

    def write(self, target: BinaryIO, piece: bytes) -> None:
        """Append to a file made by :meth:`create`."""
        target.write(piece)

    def digest(self, file: BinaryIO) -> bytes:
        """Hash the whole content (SHA-256)."""
        file.seek(0)
        digest = hashlib.sha256()
        while piece := file.read(_PIECE):
            digest.update(piece)
        return digest.digest()

    def copy_metadata(self, source: BinaryIO, target: BinaryIO, *, keep_mtime: bool) -> None:
        """Copy owner, extended attributes with ACLs, mode and (by option) times.

        An attribute that only the system may set (a security label) is left to the system.
        """
        seen = os.fstat(source.fileno())
        made = os.fstat(target.fileno())
        if hasattr(os, "fchown") and (seen.st_uid, seen.st_gid) != (made.st_uid, made.st_gid):
            os.fchown(target.fileno(), seen.st_uid, seen.st_gid)
        if sys.platform == "linux":
            _copy_attributes(source.fileno(), target.fileno())
        os.chmod(target.fileno() if os.chmod in os.supports_fd else target.name, stat.S_IMODE(seen.st_mode))
        if keep_mtime:
            times = (seen.st_atime_ns, seen.st_mtime_ns)
            os.utime(target.fileno() if os.utime in os.supports_fd else target.name, ns=times)

    def fsync(self, file: BinaryIO) -> None:
        """Wait until the file's content and metadata are on the drive."""
        os.fsync(file.fileno())

    def exchange(self, path: str, other: str) -> None:
        """Give two files each other's name in one step; EOPNOTSUPP where the system cannot."""
        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
        if rename is None:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), path)
        names = os.fsencode(path), os.fsencode(other)
        if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], ctypes.c_uint(_RENAME_EXCHANGE)) != 0:
            code = ctypes.get_errno()
            code = errno.EOPNOTSUPP if code in (errno.ENOSYS, errno.EINVAL) else code
            raise OSError(code, os.strerror(code), path)

    def link(self, path: str, name: str) -> None:
        """Give a file a second name."""
        os.link(path, name, follow_symlinks=False)

    def replace(self, path: str, other: str) -> None:
        """Rename over another file in one step."""
        os.replace(path, other)

    def sync_folder(self, folder: str) -> None:
        """Wait until the folder's names are on the drive."""
        if sys.platform == "win32":
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sync_drive(self, folder: str) -> None:
        """Wait until all that was written to a drive is there; EOPNOTSUPP where one cannot ask for that."""
        sync = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None) if sys.platform == "linux" else None
        if sync is None:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), folder)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if sync(descriptor) != 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), folder)
        finally:
            os.close(descriptor)

    def unlink(self, path: str) -> None:
        """Remove a file."""
        os.unlink(path)


def _clone(source: BinaryIO, target: BinaryIO) -> bool:
    if sys.platform != "linux":
        return False
    try:
        fcntl.ioctl(target.fileno(), _FICLONE, source.fileno())
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        return False
    return True


def _copy_in_kernel(source: BinaryIO, target: BinaryIO) -> None:
    """Copy as far as the kernel does it; both files stand behind what was copied afterwards."""
    if not hasattr(os, "copy_file_range"):
        return
    done = 0
    try:
        while count := os.copy_file_range(source.fileno(), target.fileno(), 64 * _PIECE, done, done):
            done += count
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
    source.seek(done)
    target.seek(done)


def _copy_attributes(source: int, target: int) -> None:
    if sys.platform != "linux":
        return
    try:
        wanted = set(os.listxattr(source))
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        return
    for name in set(os.listxattr(target)) - wanted:
        if name.startswith(("user.", "system.posix_acl")):  # inherited from the folder; the original has none
            os.removexattr(target, name)
    for name in wanted:
        try:
            value = os.getxattr(source, name)
            if value != _attribute(target, name):
                os.setxattr(target, name, value)
        except OSError as error:
            if not (name.startswith(("security.", "trusted.")) and error.errno in _UNSETTABLE):
                raise


def _attribute(descriptor: int, name: str) -> bytes | None:
    try:
        return os.getxattr(descriptor, name) if sys.platform == "linux" else None
    except OSError as error:
        if error.errno == errno.ENODATA:
            return None
        raise
