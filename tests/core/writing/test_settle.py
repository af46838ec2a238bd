"""What a kill or a power cut may have made of a file, and what settling makes of that."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.journal import Change, Entry, Journal, State
from genre_tagger.writing.settle import Settled, settle
from genre_tagger.writing.swap import aside_of, kept_of
from genre_tagger.writing.tagging_process import Tagger
from genre_tagger.writing.write import write
from helpers.files import digest

Media = Callable[..., str]


class Killed(BaseException):
    """The moment at which the program ends."""


class KilledAtRename(FileOps):
    """A drive with neither exchange nor second names, and a kill just before the rename."""

    def exchange(self, path: str, other: str) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    def link(self, path: str, name: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    def replace(self, path: str, other: str) -> None:
        raise Killed

    def unlink(self, path: str) -> None:
        raise Killed


class KilledInPlace(FileOps):
    """A kill after the first bytes were changed."""

    def overwrite(self, target: object, start: int, piece: bytes) -> None:
        super().overwrite(target, start, piece[: max(1, len(piece) // 2)])
        raise Killed

    def unlink(self, path: str) -> None:
        raise Killed


class Interrupted:
    """A file whose write was interrupted, and where its parts are."""

    def __init__(self, path: str, journal: Journal, files: FileOps) -> None:
        self.path, self.journal, self.before = path, journal, digest(path)
        wish = Change(path, FileStamp.of(os.stat(path)), (), ("Pop",))
        with pytest.raises(Killed):
            list(write([wish], journal, files=files, tagger=Tagger()))
        self.entry: Entry = journal.unsettled()[0]
        assert self.entry.temp is not None
        self.temp, self.kept = self.entry.temp, kept_of(self.entry.temp, journal.spare)
        self.folder = os.path.dirname(path)

    def settle(self) -> Settled | FileFailure:
        (outcome,) = settle(self.journal)
        assert list(settle(self.journal)) == []
        return outcome

    def state(self) -> State:
        return self.journal.entry(self.entry.id).state

    def others(self) -> list[str]:
        """What lies beside the file and in the folder for whole files."""
        return [name for name in [*os.listdir(self.folder), *os.listdir(self.journal.spare)] if name[0] == "."]


@pytest.fixture
def journal(home: str) -> Iterator[Journal]:
    with Journal.open(os.path.join(home, "undo.sqlite3")) as opened:
        yield opened


@pytest.fixture
def renamed(media: Media, journal: Journal) -> Interrupted:
    return Interrupted(media("mp3", "music/song.mp3"), journal, KilledAtRename())


@pytest.fixture
def in_place(media: Media, journal: Journal) -> Interrupted:
    path = media("mp3", "music/song.mp3")
    os.link(path, path + ".second")
    return Interrupted(path, journal, KilledInPlace())


def test_a_file_that_the_drive_has_lost_gets_the_proven_copy(renamed: Interrupted) -> None:
    os.unlink(renamed.path)
    assert renamed.settle() == Settled(renamed.path, renamed.entry.batch, State.DONE)
    assert digest(renamed.path) == renamed.entry.made
    assert renamed.others() == []


@pytest.mark.parametrize("torn", [b"", b"what is left of it"])
def test_a_file_that_the_drive_has_lost_with_its_copy_gets_what_it_was(renamed: Interrupted, torn: bytes) -> None:
    os.unlink(renamed.temp)
    Path(renamed.path).write_bytes(torn)
    outcome = renamed.settle()
    assert digest(renamed.path) == renamed.before
    assert renamed.state() is State.FAILED
    if torn:
        (damaged,) = renamed.others()
        assert Path(renamed.folder, damaged).read_bytes() == torn
        assert isinstance(outcome, FileFailure)
        assert outcome.reason.endswith(f"is kept as {damaged}.")
    else:
        assert renamed.others() == []
        assert isinstance(outcome, Settled)


def test_a_file_that_is_gone_with_all_that_could_replace_it_is_said(renamed: Interrupted) -> None:
    for path in (renamed.path, renamed.temp):
        os.unlink(path)
    Path(renamed.kept).write_bytes(b"cut off")
    outcome = renamed.settle()
    assert isinstance(outcome, FileFailure)
    assert renamed.kept in outcome.reason
    assert Path(renamed.kept).read_bytes() == b"cut off"


def test_what_another_program_has_put_there_since_is_kept(renamed: Interrupted, media: Media) -> None:
    theirs = media("mp3-many", "theirs.mp3")
    shutil.copyfile(theirs, renamed.path)
    outcome = renamed.settle()
    assert isinstance(outcome, FileFailure)
    assert "its version was kept" in outcome.reason
    assert digest(renamed.path) == digest(theirs)
    assert renamed.others() == []


def test_two_names_for_one_place_are_not_touched_for_that_would_free_it(renamed: Interrupted) -> None:
    shutil.copyfile(renamed.temp, renamed.path)
    outcome = renamed.settle()
    assert isinstance(outcome, FileFailure)
    assert "have the drive checked" in outcome.reason
    assert renamed.state() is State.DONE
    assert renamed.others() == [os.path.basename(renamed.temp)]


def test_a_kill_before_the_old_file_was_kept_whole_leaves_it(renamed: Interrupted) -> None:
    Path(renamed.kept).write_bytes(Path(renamed.kept).read_bytes()[:100])
    assert renamed.settle() == Settled(renamed.path, renamed.entry.batch, State.FAILED)
    assert digest(renamed.path) == renamed.before
    assert renamed.others() == []


def test_a_file_that_made_room_gets_its_name_back(renamed: Interrupted) -> None:
    os.rename(renamed.path, aside_of(renamed.temp))
    assert renamed.settle() == Settled(renamed.path, renamed.entry.batch, State.FAILED)
    assert digest(renamed.path) == renamed.before
    assert renamed.others() == []


def test_a_file_that_made_room_goes_when_the_new_one_is_there(renamed: Interrupted) -> None:
    os.rename(renamed.path, aside_of(renamed.temp))
    os.rename(renamed.temp, renamed.path)
    assert renamed.settle() == Settled(renamed.path, renamed.entry.batch, State.DONE)
    assert digest(renamed.path) == renamed.entry.made
    assert renamed.others() == []


def test_a_file_that_made_room_and_was_written_by_another_program_comes_back(
    renamed: Interrupted, media: Media
) -> None:
    theirs = media("mp3-many", "theirs.mp3")
    os.rename(renamed.path, aside_of(renamed.temp))
    shutil.copyfile(theirs, aside_of(renamed.temp))
    os.rename(renamed.temp, renamed.path)
    outcome = renamed.settle()
    assert isinstance(outcome, FileFailure)
    assert "its version was kept" in outcome.reason
    assert digest(renamed.path) == digest(theirs)
    assert renamed.others() == []


def test_a_file_that_made_room_stays_beside_one_that_nobody_knows(renamed: Interrupted, media: Media) -> None:
    theirs, mine = media("mp3-many", "theirs.mp3"), aside_of(renamed.temp)
    os.rename(renamed.path, mine)
    shutil.copyfile(media("flac"), mine)
    shutil.copyfile(theirs, renamed.path)
    assert isinstance(renamed.settle(), FileFailure)
    assert digest(renamed.path) == digest(theirs)
    assert renamed.others() == [os.path.basename(mine)]


def test_bytes_that_were_all_changed_stay_changed(in_place: Interrupted) -> None:
    shutil.copyfile(in_place.temp, in_place.path)
    assert in_place.settle() == Settled(in_place.path, in_place.entry.batch, State.DONE)
    assert digest(in_place.path) == in_place.entry.made
    assert in_place.others() == []


def test_bytes_that_were_changed_by_half_are_changed_back(in_place: Interrupted) -> None:
    assert digest(in_place.path) not in (in_place.before, in_place.entry.made)
    assert in_place.settle() == Settled(in_place.path, in_place.entry.batch, State.FAILED)
    assert digest(in_place.path) == in_place.before
    assert os.path.samefile(in_place.path, in_place.path + ".second")
    assert in_place.others() == []


@pytest.mark.parametrize("where", ["in the sound", "in the tag", "at the end"])
def test_a_file_that_was_changed_besides_is_left_as_it_is(in_place: Interrupted, where: str) -> None:
    content = bytearray(Path(in_place.path).read_bytes())
    new = Path(in_place.temp).read_bytes()
    at = {"in the sound": len(content) - 200, "in the tag": new.index(b"Pop"), "at the end": len(content) - 1}[where]
    content[at] ^= 0x55
    Path(in_place.path).write_bytes(bytes(content) + (b"more" if where == "at the end" else b""))
    theirs = digest(in_place.path)
    outcome = in_place.settle()
    assert isinstance(outcome, FileFailure)
    assert "its version was kept" in outcome.reason
    assert digest(in_place.path) == theirs
    assert in_place.others() == []


def test_a_file_that_is_missing_after_a_change_in_place_can_be_had_from_what_was_kept(in_place: Interrupted) -> None:
    os.unlink(in_place.path)
    outcome = in_place.settle()
    assert isinstance(outcome, FileFailure)
    assert in_place.kept in outcome.reason
    assert digest(in_place.kept) == in_place.before


def test_a_drive_of_which_only_the_empty_folder_is_there_is_waited_for(
    renamed: Interrupted, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = renamed.folder + " on the drive"
    os.rename(renamed.folder, away)
    os.mkdir(renamed.folder)

    class Elsewhere(FileOps):
        """Sees the folder on another drive than the file was on."""

        def stat(self, path: str) -> os.stat_result:
            seen = list(super().stat(path))
            seen[2] += 1
            return os.stat_result(seen)

    (outcome,) = settle(renamed.journal, files=Elsewhere())
    assert isinstance(outcome, FileFailure)
    assert "next time" in outcome.reason
    assert renamed.state() is State.READY
    os.rmdir(renamed.folder)
    os.rename(away, renamed.folder)
    assert renamed.settle() == Settled(renamed.path, renamed.entry.batch, State.FAILED)
    assert hashlib.sha256(Path(renamed.path).read_bytes()).digest() == renamed.before


def test_copies_of_other_programs_are_left_alone(renamed: Interrupted) -> None:
    other = os.path.join(renamed.folder, ".genre-tagger-0123456789abcdef.tmp.mp3")
    Path(other).write_bytes(b"of another library")
    renamed.settle()
    assert renamed.others() == [os.path.basename(other)]


# --- after an exchange -------------------------------------------------------------------------------------------


class KilledAfterExchange(FileOps):
    """A kill right after the files were exchanged."""

    def sync_folder(self, folder: str) -> None:
        raise Killed

    def unlink(self, path: str) -> None:
        raise Killed


@pytest.fixture
def exchanged(media: Media, journal: Journal) -> Interrupted:
    os.makedirs(journal.spare)
    return Interrupted(media("mp3", "music/song.mp3"), journal, KilledAfterExchange())


def test_a_batch_that_was_interrupted_is_unfinished_until_it_is_settled(exchanged: Interrupted) -> None:
    assert exchanged.journal.batches()[0].state == "unfinished"
    assert exchanged.settle() == Settled(exchanged.path, exchanged.entry.batch, State.DONE)
    assert exchanged.journal.batches()[0].state == "written"
    assert exchanged.others() == []


def test_a_file_that_was_removed_after_the_exchange_can_be_had_from_what_was_kept(exchanged: Interrupted) -> None:
    os.unlink(exchanged.path)
    outcome = exchanged.settle()
    assert isinstance(outcome, FileFailure)
    assert outcome.reason.endswith(f"is kept as {os.path.basename(exchanged.temp)}.")
    assert digest(exchanged.temp) == exchanged.before


def test_a_copy_that_another_program_has_changed_is_kept(exchanged: Interrupted) -> None:
    os.replace(exchanged.temp, exchanged.path)
    Path(exchanged.temp).write_bytes(b"of another program")
    outcome = exchanged.settle()
    assert isinstance(outcome, FileFailure)
    assert "another program changed is kept" in outcome.reason
    assert digest(exchanged.path) == exchanged.before
    assert Path(exchanged.temp).read_bytes() == b"of another program"


def test_what_is_written_into_the_copy_while_it_is_taken_back_is_kept(exchanged: Interrupted) -> None:
    class Meddled(FileOps):
        def exchange(self, path: str, other: str) -> None:
            super().exchange(path, other)
            Path(path).write_bytes(b"once more")

    Path(exchanged.temp).write_bytes(b"of another program")
    (outcome,) = settle(exchanged.journal, files=Meddled())
    assert isinstance(outcome, FileFailure)
    assert Path(exchanged.path).read_bytes() == b"of another program"
    assert Path(exchanged.temp).read_bytes() == b"once more"


def test_a_folder_in_the_place_of_a_file_is_left_there(exchanged: Interrupted) -> None:
    os.unlink(exchanged.path)
    os.mkdir(exchanged.path)
    exchanged.settle()
    assert os.path.isdir(exchanged.path)


def test_a_file_that_cannot_be_looked_at_stays_open(exchanged: Interrupted) -> None:
    class Failing(FileOps):
        def open_read(self, path: str) -> object:
            raise OSError(errno.EIO, "Input/output error")

    (outcome,) = settle(exchanged.journal, files=Failing())
    assert isinstance(outcome, FileFailure)
    assert "(Input/output error); this is tried again next time." in outcome.reason
    assert exchanged.settle() == Settled(exchanged.path, exchanged.entry.batch, State.DONE)
