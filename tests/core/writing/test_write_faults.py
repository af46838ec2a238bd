"""A crash, or an error of the drive, at every single operation of a write and of an undo."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.journal import Change, Journal, State
from genre_tagger.writing.settle import settle
from genre_tagger.writing.tagging_process import Tagger
from genre_tagger.writing.write import Undone, Written, undo, write
from helpers.files import digest

Media = Callable[..., str]
FORMATS = ["mp3", "m4a", "flac", "ogg", "opus", "wav"]
CODES = [errno.EIO, errno.ENOSPC, errno.EACCES]
OPERATIONS = [name for name in vars(FileOps) if not name.startswith("_")]


class Crash(BaseException):
    """The moment of a kill or a power cut; nothing of the process runs after it."""


class FaultyOps(FileOps):
    """Real operations, of which the n-th fails, before or after it had its effect, and perhaps all that follow."""

    def __init__(self, at: int, fault: BaseException, *, after: bool = False, lasting: bool = False) -> None:
        self.at, self.fault, self.after, self.lasting = at, fault, after, lasting
        self.count = 0


def _faulty(name: str) -> Callable[..., Any]:
    real = getattr(FileOps, name)

    def operation(self: FaultyOps, *args: Any, **options: Any) -> Any:
        self.count += 1
        hit = self.count == self.at
        if (hit and not self.after) or (self.lasting and self.count > self.at):
            raise self.fault
        result = real(self, *args, **options)
        if hit:
            if name in ("open_read", "create"):
                result.close()
            raise self.fault
        return result

    return operation


for _name in OPERATIONS:
    setattr(FaultyOps, _name, _faulty(_name))


class NoExchange(FileOps):
    """A drive that cannot exchange two names in one step."""

    def exchange(self, path: str, other: str) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")


class FaultyNoExchange(FaultyOps):
    """Faults on such a drive."""


def _unsupported(self: FaultyNoExchange, path: str, other: str) -> None:
    raise OSError(errno.EOPNOTSUPP, "Operation not supported")


FaultyNoExchange.exchange = _unsupported


class Song:
    """One file, its journal, and what it was."""

    def __init__(self, path: str, journal: Journal) -> None:
        self.path = path
        self.journal = journal
        self.before = self.digest()

    def digest(self) -> bytes:
        return digest(self.path)

    def write(self, files: FileOps | None = None) -> Written | FileFailure:
        wish = Change(self.path, FileStamp.of(os.stat(self.path)), (), ("Pop", "Hip-Hop"))
        (outcome,) = write([wish], self.journal, files=files or FileOps(), tagger=Tagger())
        return outcome

    def undo(self, files: FileOps | None = None) -> Undone | FileFailure:
        batch = self.journal.batches()[-1].id
        (outcome,) = undo(batch, self.journal, files=files or FileOps(), tagger=Tagger())
        return outcome

    def leftovers(self) -> list[str]:
        return [name for name in os.listdir(os.path.dirname(self.path)) if name.startswith(".genre-tagger")]

    def require_settled(self) -> None:
        """After settling: nothing left behind, nothing open, whole content, and the journal tells which."""
        list(settle(self.journal))
        assert self.leftovers() == []
        assert self.journal.unsettled() == []
        stamp = FileStamp.of(os.stat(self.path))
        assert list(settle(self.journal)) == []
        assert FileStamp.of(os.stat(self.path)) == stamp
        assert self.digest() == (self.after if self.is_written() else self.before)

    @property
    def after(self) -> bytes:
        entries = [entry for batch in self.journal.batches() for entry in self.journal.entries(batch.id)]
        return entries[-1].after or b""

    def is_written(self) -> bool:
        batches = self.journal.batches()
        return bool(batches) and self.journal.entries(batches[-1].id)[-1].state is State.DONE

    def set_back(self) -> None:
        if self.is_written():
            assert isinstance(self.undo(), Undone)
        assert self.digest() == self.before
        assert self.leftovers() == []


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of flushes to a real drive would take minutes."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def song(request: pytest.FixtureRequest, media: Media, tmp_path: Path) -> Iterator[Song]:
    with Journal.open(str(tmp_path / "journal" / "undo.sqlite3")) as journal:
        yield Song(media(request.param, f"music/song.{request.param}"), journal)


def every_point(attempt: Callable[[int], FaultyOps]) -> int:
    """Call with 1, 2, … until the run had fewer operations than that; returns how many there were."""
    for n in range(1, 200):
        if attempt(n).count < n:
            return n - 1
    raise AssertionError("a run without end")


@pytest.mark.parametrize(("song", "after"), [*((name, False) for name in FORMATS), ("m4a", True)], indirect=["song"])
def test_a_crash_at_any_point_of_a_write_leaves_the_old_or_the_new_file(song: Song, after: bool) -> None:
    def attempt(n: int) -> FaultyOps:
        files = FaultyOps(n, Crash(), after=after, lasting=True)
        with contextlib.suppress(Crash):
            song.write(files)
        song.require_settled()
        song.set_back()
        return files

    assert every_point(attempt) >= 20


@pytest.mark.parametrize(("song", "after"), [*((name, False) for name in FORMATS), ("m4a", True)], indirect=["song"])
def test_a_crash_at_any_point_of_an_undo_leaves_the_old_or_the_new_file(song: Song, after: bool) -> None:
    def attempt(n: int) -> FaultyOps:
        assert isinstance(song.write(), Written)
        files = FaultyOps(n, Crash(), after=after, lasting=True)
        with contextlib.suppress(Crash):
            song.undo(files)
        song.require_settled()
        song.set_back()
        return files

    assert every_point(attempt) >= 15


@pytest.mark.parametrize("song", ["flac"], indirect=True)
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_point_of_settling_is_settled_by_the_next(song: Song, after: bool) -> None:
    for moment in range(9, 30, 3):

        def attempt(n: int, moment: int = moment) -> FaultyOps:
            with contextlib.suppress(Crash):
                song.write(FaultyOps(moment, Crash(), after=True, lasting=True))
            files = FaultyOps(n, Crash(), after=after, lasting=True)
            with contextlib.suppress(Crash):
                list(settle(song.journal, files=files))
            song.require_settled()
            song.set_back()
            return files

        every_point(attempt)


@pytest.mark.parametrize("song", FORMATS, indirect=True)
@pytest.mark.parametrize(("after", "lasting"), [(False, False), (True, False), (False, True)])
def test_an_error_at_any_point_of_a_write_is_a_sentence_and_harms_nothing(
    song: Song, after: bool, lasting: bool, request: pytest.FixtureRequest
) -> None:
    first = FORMATS.index(request.node.callspec.params["song"])

    def attempt(n: int) -> FaultyOps:
        code = CODES[(first + n) % 3]  # six formats: every error comes at every point in two of them
        files = FaultyOps(n, OSError(code, os.strerror(code)), after=after, lasting=lasting)
        outcome = song.write(files)
        if isinstance(outcome, FileFailure):
            assert outcome.stage == "write"
            assert outcome.reason.endswith(".")
            if not lasting:
                assert song.digest() == song.before
        song.require_settled()
        assert song.is_written() is isinstance(outcome, Written) or lasting
        song.set_back()
        return files

    assert every_point(attempt) >= 20


@pytest.mark.parametrize("song", FORMATS, indirect=True)
@pytest.mark.parametrize("lasting", [False, True])
def test_an_error_at_any_point_of_an_undo_is_a_sentence_and_harms_nothing(song: Song, lasting: bool) -> None:
    def attempt(n: int) -> FaultyOps:
        assert isinstance(song.write(), Written)
        files = FaultyOps(n, OSError(errno.EIO, "Input/output error"), lasting=lasting)
        outcome = song.undo(files)
        song.require_settled()
        assert song.is_written() is isinstance(outcome, FileFailure) or lasting
        song.set_back()
        return files

    assert every_point(attempt) >= 15


@pytest.mark.parametrize("song", ["flac"], indirect=True)
def test_an_undo_right_after_a_write_on_a_failing_drive_leaves_nothing_behind(song: Song) -> None:
    def attempt(n: int) -> FaultyOps:
        files = FaultyOps(n, OSError(errno.EIO, "Input/output error"), lasting=True)
        song.write(files)
        for batch in song.journal.batches():
            list(undo(batch.id, song.journal, files=files, tagger=Tagger()))
            list(undo(batch.id, song.journal, tagger=Tagger()))
        song.require_settled()
        song.set_back()
        return files

    assert every_point(attempt) >= 20


@pytest.mark.parametrize("song", ["mp3"], indirect=True)
def test_where_names_cannot_be_exchanged_two_renames_do_it_as_safely(song: Song) -> None:
    assert isinstance(song.write(NoExchange()), Written)
    assert song.leftovers() == []
    assert isinstance(song.undo(NoExchange()), Undone)
    assert song.digest() == song.before

    for fault in (Crash(), OSError(errno.EIO, "Input/output error")):
        for after in (False, True):

            def attempt(n: int, fault: BaseException = fault, after: bool = after) -> FaultyOps:
                files = FaultyNoExchange(n, fault, after=after, lasting=isinstance(fault, Crash))
                with contextlib.suppress(Crash):
                    song.write(files)
                assert os.path.exists(song.path)
                song.require_settled()
                song.set_back()
                return files

            assert every_point(attempt) >= 20


class NoLinks(NoExchange):
    """A drive that knows neither exchange nor second names, such as exFAT."""

    def link(self, path: str, name: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize("song", ["mp3"], indirect=True)
def test_a_drive_that_can_do_neither_is_refused(song: Song) -> None:
    outcome = song.write(NoLinks())
    assert isinstance(outcome, FileFailure)
    assert "cannot exchange" in outcome.reason
    song.require_settled()
    assert song.digest() == song.before


# --- another program writes the same file ------------------------------------------------------------------------


class Meddler(FileOps):
    """Another program that changes the file just before, or just after, it is exchanged."""

    def __init__(self, path: str, moment: str, *, rename: bool) -> None:
        self.path, self.moment, self.rename = path, moment, rename
        self.theirs = b"what another program wrote"
        self.open_before = open(path, "r+b")

    def meddle(self) -> None:
        if self.rename:
            Path(self.path + ".new").write_bytes(self.theirs)
            os.replace(self.path + ".new", self.path)
        else:
            self.open_before.truncate()
            self.open_before.write(self.theirs)
            self.open_before.truncate()
        self.open_before.close()

    def exchange(self, path: str, other: str) -> None:
        if self.moment == "before":
            self.moment = ""
            self.meddle()
        super().exchange(path, other)
        if self.moment == "after":
            self.moment = ""
            self.meddle()


@pytest.mark.parametrize("song", ["mp3"], indirect=True)
@pytest.mark.parametrize(("moment", "rename"), [("before", False), ("before", True), ("after", False)])
def test_what_another_program_writes_meanwhile_is_kept(song: Song, moment: str, rename: bool) -> None:
    files = Meddler(song.path, moment, rename=rename)
    outcome = song.write(files)
    files.open_before.close()
    assert isinstance(outcome, FileFailure)
    assert "Another program" in outcome.reason
    assert Path(song.path).read_bytes() == files.theirs
    assert song.leftovers() == []
    assert song.journal.batches() == []
    assert song.journal.unsettled() == []


@pytest.mark.parametrize("song", ["mp3"], indirect=True)
def test_a_file_put_in_place_right_after_the_exchange_stays_there(song: Song) -> None:
    """The user's new file replaced ours: it stays, and the original goes as it would have anyway."""
    files = Meddler(song.path, "after", rename=True)
    song.write(files)
    files.open_before.close()
    assert Path(song.path).read_bytes() == files.theirs
    list(settle(song.journal))
    assert song.leftovers() == []
    assert Path(song.path).read_bytes() == files.theirs


@pytest.mark.parametrize("song", ["mp3"], indirect=True)
def test_what_another_program_wrote_during_a_crash_is_kept(song: Song) -> None:
    class Killed(Meddler):
        def sync_folder(self, folder: str) -> None:
            raise Crash

        def unlink(self, path: str) -> None:
            raise Crash

    files = Killed(song.path, "after", rename=False)
    with pytest.raises(Crash):
        song.write(files)
    (outcome,) = settle(song.journal)
    assert isinstance(outcome, FileFailure)
    assert "its version was kept" in outcome.reason
    assert Path(song.path).read_bytes() == files.theirs
    assert song.leftovers() == []


@pytest.mark.parametrize("song", ["mp3"], indirect=True)
def test_a_file_that_is_promised_to_be_kept_is_there_after_the_next_start(song: Song) -> None:
    class Disturbed(Meddler):
        def sync_folder(self, folder: str) -> None:
            if self.moment:
                self.moment = ""
                self.meddle()
                raise OSError(errno.EIO, "Input/output error")
            super().sync_folder(folder)

    files = Disturbed(song.path, "while syncing", rename=True)
    outcome = song.write(files)
    assert isinstance(outcome, FileFailure)
    (kept,) = song.leftovers()
    assert outcome.reason.endswith(f"is kept as {kept}.")
    (settled,) = settle(song.journal)
    assert isinstance(settled, FileFailure)
    assert settled.reason == outcome.reason
    assert hashlib.sha256(Path(song.path).with_name(kept).read_bytes()).digest() == song.before
    assert Path(song.path).read_bytes() == files.theirs
    assert list(settle(song.journal)) == []
    assert song.leftovers() == [kept]


@pytest.mark.parametrize("song", ["flac"], indirect=True)
def test_a_drive_that_is_not_there_is_settled_when_it_is_back(song: Song) -> None:
    with pytest.raises(Crash):
        song.write(FaultyOps(18, Crash(), lasting=True))
    assert song.leftovers()
    folder = os.path.dirname(song.path)
    os.rename(folder, folder + "-unplugged")
    (outcome,) = settle(song.journal)
    assert isinstance(outcome, FileFailure)
    assert "next time" in outcome.reason
    os.rename(folder + "-unplugged", folder)
    song.require_settled()
