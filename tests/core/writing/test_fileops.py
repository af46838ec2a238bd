"""The writer's operations on real files."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path

import pytest

from genre_tagger.writing import fileops
from genre_tagger.writing.fileops import FileOps, reason_of


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.mp3"
    path.write_bytes(random.Random(1).randbytes(3_000_000))
    return path


def copied(song: Path) -> bytes:
    files = FileOps()
    target = song.with_name("copy")
    with files.open_read(str(song)) as source, files.create(str(target)) as copy:
        files.copy(source, copy)
    return target.read_bytes()


def test_a_copy_has_the_same_bytes(song: Path) -> None:
    assert copied(song) == song.read_bytes()


def test_a_copy_by_hand_has_the_same_bytes(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> int:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(fileops, "_clone", lambda *_: False)
    monkeypatch.setattr(os, "copy_file_range", unsupported)
    assert copied(song) == song.read_bytes()


def test_a_copy_begun_in_the_kernel_is_finished_by_hand(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.copy_file_range

    def stops_early(source: int, target: int, count: int, at: int, to: int) -> int:
        if at >= 1_000_000:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return real(source, target, 1_000_000, at, to)

    monkeypatch.setattr(os, "copy_file_range", stops_early)
    assert copied(song) == song.read_bytes()


def test_a_copy_that_would_fill_the_drive_is_refused_before_it_begins(
    song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = os.statvfs(song)
    full = os.statvfs_result((*free[:4], 300, *free[5:]))
    monkeypatch.setattr(os, "fstatvfs", lambda _: full)
    monkeypatch.setattr(fileops, "_clone", lambda *_: False)
    with pytest.raises(OSError, match="No space") as error:
        copied(song)
    assert "free space" in reason_of(error.value)
    assert song.with_name("copy").stat().st_size == 0


def test_a_copy_never_overwrites(song: Path) -> None:
    with pytest.raises(FileExistsError):
        FileOps().create(str(song))
    song.with_name("link").symlink_to(song)
    with pytest.raises(FileExistsError):
        FileOps().create(str(song.with_name("link")))


def test_reading_follows_no_link_and_waits_for_no_pipe(song: Path) -> None:
    song.with_name("link").symlink_to(song)
    os.mkfifo(song.with_name("pipe"))
    with pytest.raises(OSError, match="symbolic"):
        FileOps().open_read(str(song.with_name("link")))
    with FileOps().open_read(str(song.with_name("pipe"))) as pipe:
        assert pipe.read() == b""


def test_two_files_exchange_their_names_in_one_step(song: Path) -> None:
    other = song.with_name(os.fsdecode(b"caf\xe9"))
    other.write_bytes(b"other")
    numbers = song.stat().st_ino, other.stat().st_ino
    FileOps().exchange(str(song), str(other))
    assert (other.stat().st_ino, song.stat().st_ino) == numbers
    with pytest.raises(FileNotFoundError):
        FileOps().exchange(str(song), str(song.with_name("none")))


def test_metadata_is_that_of_the_original_alone(song: Path) -> None:
    copy = song.with_name("copy")
    copy.write_bytes(b"")
    song.chmod(0o751)
    os.utime(song, ns=(5 * 10**17, 10**18 + 1))
    try:
        os.setxattr(song, "user.rating", b"5")
        os.setxattr(copy, "user.stale", b"1")
    except OSError as error:
        pytest.skip(f"no extended attributes here: {error}")
    files = FileOps()
    with files.open_read(str(song)) as source, files.open_read(str(copy)) as target:
        files.copy_metadata(source, target, keep_mtime=True)
    assert copy.stat().st_mode == song.stat().st_mode
    assert copy.stat().st_mtime_ns == 10**18 + 1
    assert os.listxattr(copy) == ["user.rating"]


def test_an_access_list_is_copied(song: Path) -> None:
    copy = song.with_name("copy")
    copy.write_bytes(b"")
    # version 2; owner rw, user 1234 r, group r, mask r, others nothing: tag, rights, id, little-endian
    rows = [(1, 6, 0xFFFFFFFF), (2, 4, 1234), (4, 4, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF)]
    value = (2).to_bytes(4, "little") + b"".join(
        tag.to_bytes(2, "little") + rights.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, rights, who in rows
    )
    try:
        os.setxattr(song, "system.posix_acl_access", value)
    except OSError as error:
        pytest.skip(f"no access lists here: {error}")
    files = FileOps()
    with files.open_read(str(song)) as source, files.open_read(str(copy)) as target:
        files.copy_metadata(source, target, keep_mtime=False)
    assert os.getxattr(copy, "system.posix_acl_access") == value
    assert copy.stat().st_mode == song.stat().st_mode


@pytest.mark.parametrize("code", [errno.ENOENT, errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EIO, errno.ETIMEDOUT])
def test_every_error_of_the_system_becomes_a_sentence(code: int) -> None:
    reason = reason_of(OSError(code, os.strerror(code), "/music/secret name.mp3"))
    assert reason.endswith(".")
    assert "secret name" not in reason
