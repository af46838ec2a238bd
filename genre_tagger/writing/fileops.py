"""Every operation on a music file that the writer knows, one method each, so that a test can make any of them fail."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import io
import os
import stat
import sys
from io import BufferedReader
from typing import BinaryIO, cast

from genre_tagger.writing.drives import Drive, kind_of, system_call

if sys.platform != "win32":
    import fcntl

_FICLONE = 0x40049409
_RENAME_NOREPLACE, _RENAME_EXCHANGE = 1, 2
_AT_FDCWD = -100
_PIECE = 1 << 20  # bytes read or copied at a time
_CLOSE = 1 << 18  # bytes of each of two files that are compared while the processor has them at hand
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
    errno.EOPNOTSUPP: "This drive or device cannot put one file in the place of another (phones and cameras cannot); "
    "the file was left as it is. Copy it to a disk, write the genre there, and copy it back.",
    errno.EILSEQ: "The file's name cannot be on this drive; nothing was written.",
    errno.ENODEV: "The drive is not there any more; the file was left as it is.",
    errno.ENXIO: "The drive is not there any more; the file was left as it is.",
    errno.ENOTCONN: "The drive is not there any more; the file was left as it is.",
    errno.ESTALE: "The drive is not there any more; the file was left as it is.",
    errno.EHOSTDOWN: "The computer that has the drive does not answer; the file was left as it is.",
    errno.ETIMEDOUT: "The computer that has the drive does not answer; the file was left as it is.",
    errno.EBUSY: "Another program holds this file; it was left as it is.",
    errno.ETXTBSY: "Another program holds this file; it was left as it is.",
}


def reason_of(error: OSError) -> str:
    """Say in a plain sentence why the system refused (the path is not named)."""
    known = _REASONS.get(error.errno or 0)
    return known or f"The system reported “{error.strerror or error}”; the file was left as it is."


class FileOps:
    """The operations of the writer on music files and their copies.

    Each method is one step that can fail with :class:`OSError`. Two give a file that can be written:
    :meth:`create`, which makes one that was not there, and :meth:`open_write`, for the files that must stay the
    very ones they are.
    """

    def resolve(self, path: str) -> str:
        """Follow symbolic links to the file itself; where case does not count, to its name as the drive has it."""
        target = os.path.realpath(path, strict=True)
        folder, name = os.path.split(target)
        if Drive.WINDOWS in kind_of(folder):
            names = os.listdir(folder)
            alike = [] if name in names else [other for other in names if other.casefold() == name.casefold()]
            target = os.path.join(folder, alike[0]) if alike else target
        return target

    def stat(self, path: str) -> os.stat_result:
        """Look at a file, not at what a link points to."""
        return os.lstat(path)

    def require_writable(self, path: str) -> None:
        """Raise EACCES or EROFS when the user could not change this file."""
        if not self.can_write(path):
            read_only = hasattr(os, "statvfs") and os.statvfs(os.path.dirname(path)).f_flag & os.ST_RDONLY
            code = errno.EROFS if read_only else errno.EACCES
            raise OSError(code, os.strerror(code), path)

    def can_write(self, path: str) -> bool:
        """Whether the user may change a file, or what is in a folder."""
        return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)

    def open_read(self, path: str) -> BinaryIO:
        """Open for reading; a link or a device in the file's place is not followed or waited for."""
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _OWN_FLAGS)
        return os.fdopen(descriptor, "rb")

    def open_write(self, path: str) -> BinaryIO:
        """Open for changing bytes in place; a link in the file's place is not followed."""
        return os.fdopen(os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0) | _OWN_FLAGS), "r+b", buffering=0)

    def overwrite(self, target: BinaryIO, start: int, piece: bytes) -> None:
        """Put bytes in the place of as many others."""
        target.seek(start)
        while piece:
            piece = piece[target.write(piece) :]

    def create(self, path: str) -> BinaryIO:
        """Make a new file that nobody else can read; a file that is there is an error."""
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _OWN_FLAGS, 0o600), "w+b")

    def copy(self, source: BinaryIO, target: BinaryIO, *, spare: int = _SPARE) -> None:
        """Copy the content: shared blocks where the drive can, else inside the kernel, else by hand.

        Where so many bytes would not stay free beside it, ENOSPC comes before anything is written.
        """
        if _clone(source, target):
            return
        room = os.fstatvfs(target.fileno()) if hasattr(os, "fstatvfs") else None
        size = os.fstat(source.fileno()).st_size
        if room is not None and room.f_blocks and room.f_bavail * room.f_frsize < size + spare:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        source.seek(0)
        _copy_in_kernel(source, target)
        while piece := source.read(_PIECE):
            target.write(piece)
        target.flush()

    def write(self, target: BinaryIO, piece: bytes) -> None:
        """Append to a file made by :meth:`create`."""
        target.write(piece)

    def read(self, file: BinaryIO) -> bytes:
        """Read the whole content."""
        file.seek(0)
        return file.read()

    def equals(self, file: BinaryIO, content: bytes) -> bool:
        """Whether the whole content is this."""
        file.seek(0)
        at = 0
        while piece := file.read(_PIECE >> 2):
            if not content.startswith(piece, at):
                return False
            at += len(piece)
        return at == len(content)

    def digest_of_same(self, file: BinaryIO, other: BinaryIO) -> bytes | None:
        """Hash the whole content (SHA-256) of two files that have the same; None where they differ."""
        file.seek(0)
        other.seek(0)
        digest = hashlib.sha256()
        piece, opposite = bytearray(_CLOSE), bytearray(_CLOSE)
        reading, beside = cast("BufferedReader", file), cast("BufferedReader", other)
        while count := reading.readinto(piece):
            if beside.readinto(opposite) != count or piece != opposite:
                return None
            digest.update(memoryview(piece)[:count])
        return None if other.read(1) else digest.digest()

    def digest(self, file: BinaryIO) -> bytes:
        """Hash the whole content (SHA-256)."""
        if isinstance(file, io.BytesIO):
            return hashlib.sha256(file.getvalue()).digest()
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
        mode = stat.S_IMODE(seen.st_mode)
        if mode != stat.S_IMODE(os.fstat(target.fileno()).st_mode):  # a drive without rights gives all the same
            os.chmod(target.fileno() if os.chmod in os.supports_fd else target.name, mode)
        if keep_mtime:
            self.set_times(target, seen.st_atime_ns, seen.st_mtime_ns)

    def set_times(self, target: BinaryIO, atime_ns: int, mtime_ns: int) -> None:
        """Set when a file was read and changed last."""
        os.utime(target.fileno() if os.utime in os.supports_fd else target.name, ns=(atime_ns, mtime_ns))

    def fsync(self, file: BinaryIO) -> None:
        """Wait until the file's content and metadata are on the drive."""
        os.fsync(file.fileno())

    def forget(self, file: BinaryIO) -> None:
        """Have what is read next come from the drive, not from memory."""
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def exchange(self, path: str, other: str) -> None:
        """Give two files each other's name in one step.

        EOPNOTSUPP where the system cannot, and where a power cut could leave one file with both names.
        """
        if Drive.TORN in kind_of(os.path.dirname(path)):
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), path)
        _rename(path, other, _RENAME_EXCHANGE)

    def link(self, path: str, name: str) -> None:
        """Give a file a second name; EOPNOTSUPP where that is not to be relied on."""
        if kind_of(os.path.dirname(path)) & (Drive.TORN | Drive.FOREIGN):
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), path)
        os.link(path, name, follow_symlinks=False)

    def replace(self, path: str, other: str) -> None:
        """Rename over another file in one step."""
        os.replace(path, other)

    def rename(self, path: str, name: str) -> None:
        """Give a file a name that no file has; EEXIST where one has it."""
        if os.path.lexists(name):
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), name)
        try:
            _rename(path, name, _RENAME_NOREPLACE)
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            os.rename(path, name)  # nothing tells here of a file that came in this very moment

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
        sync = system_call("syncfs")
        if sync is None:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), folder)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if sync(descriptor) != 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), folder)
        finally:
            os.close(descriptor)

    def make_folder(self, path: str) -> None:
        """Make a folder for nobody else, unless it is there."""
        os.makedirs(path, mode=0o700, exist_ok=True)

    def add_folder(self, path: str) -> None:
        """Make a folder as the user makes folders; EEXIST where there is something."""
        os.mkdir(path)

    def remove_folder(self, path: str) -> None:
        """Remove a folder in which nothing is; ENOTEMPTY where there is something."""
        os.rmdir(path)

    def unlink(self, path: str) -> None:
        """Remove a file."""
        os.unlink(path)


def _rename(path: str, name: str, how: int) -> None:
    """Rename in one step in a way of Linux's own; EOPNOTSUPP where the system or the drive does not know it."""
    rename = system_call("renameat2")
    if rename is None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), path)
    names = os.fsencode(path), os.fsencode(name)
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], ctypes.c_uint(how)) != 0:
        code = ctypes.get_errno()
        code = errno.EOPNOTSUPP if code in (errno.ENOSYS, errno.EINVAL) else code
        raise OSError(code, os.strerror(code), path)


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
