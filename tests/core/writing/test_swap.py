"""What is found out while one file is put in another's place, in each of the three ways."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.files.tags import read_genres
from genre_tagger.writing import swap
from genre_tagger.writing.drives import Drive
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.journal import Change, Journal
from genre_tagger.writing.settle import settle
from genre_tagger.writing.swap import finish_exchange
from genre_tagger.writing.tagging_process import Look, Tagger
from genre_tagger.writing.turn import Undone, Written
from genre_tagger.writing.write import undo, write
from helpers.files import digest

Media = Callable[..., str]


class NoLinks(FileOps):
    """A drive with neither exchange nor second names."""

    def exchange(self, path: str, other: str) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    def link(self, path: str, name: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")


class Meddling(Tagger):
    """A tagger during whose work another program does something to the file."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        self.meddle = meddle

    def tag(self, path: str, genres: tuple[str, ...], style: Id3Style, *, field: str = "genre") -> None:
        super().tag(path, genres, style, field=field)
        self.meddle()


@pytest.fixture
def journal(home: str) -> Iterator[Journal]:
    with Journal.open(os.path.join(home, "undo.sqlite3")) as opened:
        yield opened


@pytest.fixture
def path(media: Media) -> str:
    return media("mp3", "music/song.mp3")


@pytest.fixture
def linked(path: str) -> str:
    os.link(path, path + ".second")
    return path


def one_write(path: str, journal: Journal, **options: object) -> Written | FileFailure:
    change = Change(path, FileStamp.of(os.stat(path)), (), ("Pop",))
    (outcome,) = write([change], journal, **{"tagger": Tagger(), **options})
    return outcome


def require_refused(outcome: Written | FileFailure, words: str, path: str, journal: Journal, content: bytes) -> None:
    assert isinstance(outcome, FileFailure), outcome
    assert words in outcome.reason
    assert Path(path).read_bytes() == content
    kept = os.listdir(journal.spare) if os.path.isdir(journal.spare) else []
    assert [name for name in [*os.listdir(os.path.dirname(path)), *kept] if name[0] == "."] == []
    assert journal.unsettled() == []


def changed(path: str, *, secretly: bool = False) -> bytes:
    """Change a byte in the middle of a file, perhaps so that size and times are as before; returns its content."""
    seen = os.stat(path)
    content = bytearray(Path(path).read_bytes())
    content[len(content) // 2] ^= 0x55
    with open(path, "r+b") as file:
        file.write(content)
    if secretly:
        os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    return bytes(content)


@pytest.mark.parametrize("name", ["mp3", "m4a", "flac"])
@pytest.mark.parametrize("files", [FileOps(), NoLinks()])
def test_a_file_too_large_to_be_held_is_written_and_undone_all_the_same(
    name: str, files: FileOps, media: Media, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "_HELD", 0)
    path = media(name)
    before = digest(path)
    written = one_write(path, journal, files=files)
    assert isinstance(written, Written)
    assert read_genres(path) == ("Pop",)
    (undone,) = undo(written.batch or 0, journal, files=files, tagger=Tagger())
    assert isinstance(undone, Undone)
    assert undone.identical
    assert digest(path) == before


def test_a_file_that_is_changed_after_it_was_looked_at_is_not_copied(path: str, journal: Journal) -> None:
    class Slow(Tagger):
        def look(self, path: str, *, copy: bool = False, field: str = "genre") -> Look:
            seen = super().look(path, copy=copy, field=field)
            changed(path)
            return seen

    outcome = one_write(path, journal, tagger=Slow())
    require_refused(outcome, "changed since it was scanned", path, journal, Path(path).read_bytes())


def test_a_file_that_is_changed_while_its_copy_is_tagged_is_not_replaced(path: str, journal: Journal) -> None:
    outcome = one_write(path, journal, tagger=Meddling(lambda: os.utime(path, ns=(1, 1))))
    require_refused(outcome, "changed since it was scanned", path, journal, Path(path).read_bytes())


def test_a_file_that_is_changed_just_before_it_is_replaced_stays(path: str, journal: Journal) -> None:
    class Late(FileOps):
        def fsync(self, file: BinaryIO) -> None:
            super().fsync(file)
            os.utime(path, ns=(1, 1))

    outcome = one_write(path, journal, files=Late())
    require_refused(outcome, "Another program", path, journal, Path(path).read_bytes())


def test_a_time_that_comes_late_is_no_change_where_times_do(
    path: str, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "kind_of", lambda _: Drive.TORN | Drive.WINDOWS)
    late = Meddling(lambda: os.utime(path, ns=(10**18, 10**18)))
    assert isinstance(one_write(path, journal, files=NoLinks(), tagger=late), Written)


@pytest.mark.parametrize("kind", [FileOps, NoLinks])
def test_a_change_that_neither_size_nor_time_shows_is_found_out(
    kind: type[FileOps], path: str, journal: Journal
) -> None:
    contents: list[bytes] = []

    class Secret(Tagger):
        def look(self, name: str, *, copy: bool = False, field: str = "genre") -> Look:
            seen = super().look(name, copy=copy, field=field)
            if copy:
                contents.append(changed(path, secretly=True))
            return seen

    outcome = one_write(path, journal, files=kind(), tagger=Secret())
    require_refused(outcome, "Another program", path, journal, contents[0])


@pytest.mark.parametrize("kind", [Drive.TORN, Drive.TORN | Drive.SHARED])
def test_what_a_drive_makes_of_a_file_is_read_again_from_it(
    kind: Drive, path: str, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "kind_of", lambda _: kind)

    class Faulty(NoLinks):
        """Damages what has just taken a file's place, once."""

        damaged = False

        def forget(self, file: BinaryIO) -> None:
            if not Faulty.damaged:
                Faulty.damaged = True
                changed(path)

    before = Path(path).read_bytes()
    outcome = one_write(path, journal, files=Faulty())
    require_refused(outcome, "The drive reported an error", path, journal, before)


def test_a_time_of_modification_is_kept_by_a_rename_and_in_place(path: str, journal: Journal) -> None:
    os.utime(path, ns=(10**18, 10**18))
    assert isinstance(one_write(path, journal, files=NoLinks(), keep_mtime=True), Written)
    assert os.stat(path).st_mtime_ns == 10**18
    list(undo(1, journal, keep_mtime=True, tagger=Tagger()))
    os.link(path, path + ".second")
    assert isinstance(one_write(path, journal, keep_mtime=True), Written)
    assert os.stat(path).st_mtime_ns == 10**18


# --- in place ----------------------------------------------------------------------------------------------------


def test_no_byte_of_the_sound_is_changed_in_place(linked: str, journal: Journal) -> None:
    class Mistaken(Tagger):
        """Takes the whole file for sound."""

        def look(self, path: str, *, copy: bool = False, field: str = "genre") -> Look:
            return replace(super().look(path, copy=copy, field=field), places=((0, os.path.getsize(path)),), unread=0)

    before = Path(linked).read_bytes()
    outcome = one_write(linked, journal, tagger=Mistaken())
    require_refused(outcome, "several names (hard links)", linked, journal, before)


def test_a_file_that_changes_at_the_last_moment_is_not_written_into(linked: str, journal: Journal) -> None:
    class Late(FileOps):
        def open_write(self, path: str) -> BinaryIO:
            changed(path)
            return super().open_write(path)

    outcome = one_write(linked, journal, files=Late())
    require_refused(outcome, "Another program", linked, journal, Path(linked).read_bytes())


def test_bytes_that_were_written_amiss_are_changed_back(linked: str, journal: Journal) -> None:
    class Amiss(FileOps):
        times = 0

        def overwrite(self, target: BinaryIO, start: int, piece: bytes) -> None:
            Amiss.times += 1
            super().overwrite(target, start, bytes(len(piece)) if Amiss.times == 1 else piece)

    before = Path(linked).read_bytes()
    outcome = one_write(linked, journal, files=Amiss())
    require_refused(outcome, "Another program", linked, journal, before)


def test_bytes_that_cannot_be_changed_back_at_once_are_changed_back_by_settling(linked: str, journal: Journal) -> None:
    class Failing(FileOps):
        def fsync(self, file: BinaryIO) -> None:
            if file.name == linked:
                raise OSError(errno.EIO, "Input/output error")
            super().fsync(file)

        def open_write(self, path: str) -> BinaryIO:
            return open(path, "r+b", buffering=0)

    before = Path(linked).read_bytes()
    outcome = one_write(linked, journal, files=Failing())
    assert isinstance(outcome, FileFailure)
    assert "put back when the drive is well again" in outcome.reason
    assert journal.unsettled()
    list(settle(journal))
    assert Path(linked).read_bytes() == before
    assert journal.unsettled() == []


def test_three_files_where_an_exchange_has_at_most_two_are_left_alone(tmp_path: Path) -> None:
    names = ["temp", "target", "temp.old"]
    for name in names:
        (tmp_path / name).write_text(name)
    finish_exchange(str(tmp_path / "temp"), str(tmp_path / "target"), FileOps())
    assert [(tmp_path / name).read_text() for name in names] == names
