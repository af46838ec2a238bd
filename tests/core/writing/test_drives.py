"""Drives as people have them: real file systems in image files where root may mount them, and facts about drives."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from genre_tagger.base.errors import FileFailure, FileStamp, Waiting
from genre_tagger.files.tags import read_genres
from genre_tagger.writing.drives import Drive, is_gone, is_same, kind_of
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.journal import Change, Journal
from genre_tagger.writing.settle import settle
from genre_tagger.writing.tagging_process import Tagger
from genre_tagger.writing.turn import Undone, Written
from genre_tagger.writing.write import undo, write
from helpers.drives import Plugged

Media = Callable[..., str]
FORMATS = ["mp3", "m4a", "flac", "ogg", "opus", "wav-tagged", "wv", "wma"]


@pytest.fixture
def journal(home: str) -> Iterator[Journal]:
    with Journal.open(os.path.join(home, "undo.sqlite3")) as opened:
        yield opened


def digest(path: str) -> bytes:
    return hashlib.sha256(Path(path).read_bytes()).digest()


def wish(path: str, *genres: str) -> Change:
    return Change(path, FileStamp.of(os.stat(path)), read_genres(path), genres)


def put(drive: Plugged, media: Media, *names: str) -> list[str]:
    return [shutil.copyfile(path, os.path.join(drive.root, os.path.basename(path))) for path in map(media, names)]


def leftovers(drive: Plugged) -> list[str]:
    return [name for name in os.listdir(drive.root) if name.startswith(".")]


def test_all_formats_are_written_undone_and_are_the_same_after_the_drive_was_pulled_out(
    drive: Plugged, media: Media, journal: Journal
) -> None:
    paths = put(drive, media, *FORMATS)
    before = [digest(path) for path in paths]
    changes = [wish(path, "Hip-Hop", "Jazz") for path in paths]
    drive.pull()
    assert drive.plug()  # the numbers of files are others now on drives that have none of their own
    outcomes = list(write(changes, journal))
    assert [type(outcome) for outcome in outcomes] == [Written] * len(paths), outcomes
    drive.pull()
    assert drive.plug()
    assert [read_genres(path) for path in paths] == [("Hip-Hop", "Jazz")] * len(paths)
    assert leftovers(drive) == []
    undone = list(undo(journal.batches()[0].id, journal))
    assert all(isinstance(outcome, Undone) and outcome.identical for outcome in undone), undone
    drive.pull()
    assert drive.plug()
    assert [digest(path) for path in paths] == before
    assert leftovers(drive) == []
    assert journal.unsettled() == []
    assert not os.path.isdir(journal.spare) or os.listdir(journal.spare) == []


def test_a_time_of_modification_is_kept_as_well_as_the_drive_can(
    drive: Plugged, media: Media, journal: Journal
) -> None:
    (path,) = put(drive, media, "mp3")
    os.utime(path, ns=(10**18, 10**18))
    (written,) = write([wish(path, "Pop")], journal, keep_mtime=True, tagger=Tagger())
    assert isinstance(written, Written)
    assert os.stat(path).st_mtime_ns == 10**18


def test_names_that_differ_in_case_alone_are_one_file_where_the_drive_takes_them_for_one(
    drive: Plugged, media: Media, journal: Journal
) -> None:
    (path,) = put(drive, media, "mp3")
    other = os.path.join(drive.root, "MP3.MP3")
    if not os.path.exists(other):
        pytest.skip("this drive tells them apart")
    before = digest(path)
    outcomes = list(write([wish(path, "Pop"), wish(other, "Pop")], journal))
    assert [type(outcome) for outcome in outcomes] == [Written, Written]
    assert journal.batches()[0].files == 1
    assert isinstance(outcomes[1], Written)
    assert outcomes[1].track.tags.genres == ("Pop",)
    list(undo(journal.batches()[0].id, journal, tagger=Tagger()))
    assert digest(other) == before


@pytest.mark.parametrize("name", ["Who Are You?.mp3", "AC:DC.mp3"])
def test_a_name_that_such_a_drive_cannot_have_is_a_sentence(
    name: str, drive: Plugged, media: Media, journal: Journal
) -> None:
    change = wish(*put(drive, media, "mp3"), "Pop")
    path = os.path.join(drive.root, name)
    (outcome,) = write([Change(path, change.stamp, (), ("Pop",))], journal, tagger=Tagger())
    assert isinstance(outcome, FileFailure)
    if Drive.WINDOWS in kind_of(drive.root):
        assert f"A name with “{'?' if '?' in name else ':'}” cannot be on this kind of drive" in outcome.reason
    else:
        assert "not there any more" in outcome.reason


def test_a_full_drive_is_a_sentence_and_leaves_the_file(drive: Plugged, media: Media, journal: Journal) -> None:
    (path,) = put(drive, media, "mp3")
    before = digest(path)
    change = wish(path, "Pop")
    full = os.path.join(drive.root, "full")
    # ENOSPC, or EPERM from a driver that knows no better
    for piece in (1 << 20, 4096):
        with open(full, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(piece)):
                pass
    (outcome,) = write([change], journal, tagger=Tagger())
    assert isinstance(outcome, FileFailure)
    if os.statvfs(drive.root).f_blocks:  # one driver tells neither its size nor why it takes nothing
        assert "space" in outcome.reason
    assert digest(path) == before
    assert leftovers(drive) == []


def test_a_drive_that_vanishes_makes_the_batch_wait_and_go_on(drive: Plugged, media: Media, journal: Journal) -> None:
    paths = put(drive, media, "mp3", "flac", "m4a", "ogg")
    before = [digest(path) for path in paths]
    changes = [wish(path, "Pop") for path in paths]
    with contextlib.closing(write(changes, journal, patience=60, tagger=Tagger())) as run:
        assert isinstance(next(run), Written)
        drive.pull()
        waiting = next(run)
        assert isinstance(waiting, Waiting)
        assert waiting.path == paths[1]
        assert "not there any more" in waiting.reason
        assert isinstance(next(run), Waiting)
        assert drive.plug()
        outcomes = list(run)
    assert [type(outcome) for outcome in outcomes] == [Written] * 3, outcomes
    assert [read_genres(path) for path in paths] == [("Pop",)] * 4
    assert leftovers(drive) == []
    assert journal.unsettled() == []
    assert all(isinstance(outcome, Undone) for outcome in undo(journal.batches()[0].id, journal))
    assert [digest(path) for path in paths] == before


def test_a_drive_that_stays_away_fails_its_files_and_is_settled_later(
    drive: Plugged, media: Media, journal: Journal
) -> None:
    paths = put(drive, media, "mp3", "flac")
    before = [digest(path) for path in paths]

    class Pulled(FileOps):
        """Pulled out when a copy is to take its file's place."""

        def replace(self, path: str, other: str) -> None:
            drive.pull()
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        def exchange(self, path: str, other: str) -> None:
            self.replace(path, other)

        def open_read(self, path: str):
            opened.append(super().open_read(path))
            return opened[-1]

    opened: list = []
    run = write([wish(path, "Pop") for path in paths], journal, files=Pulled(), tagger=Tagger())
    try:
        outcomes = list(run)
    except subprocess.CalledProcessError:  # a file is open: this drive is not let go
        pytest.skip("the drive is held while a file on it is open")
    assert [type(outcome) for outcome in outcomes] == [FileFailure] * 2
    assert journal.unsettled()
    assert all(isinstance(outcome, FileFailure) for outcome in settle(journal))
    assert drive.plug()
    list(settle(journal))
    assert journal.unsettled() == []
    assert leftovers(drive) == []
    assert [digest(path) for path in paths] == before


# --- what is told of a drive, without one ------------------------------------------------------------------------


def test_times_on_a_coarse_clock_may_differ_by_two_seconds_and_others_not_at_all() -> None:
    def stamp(mtime_ns: int, ino: int = 1, size: int = 5) -> FileStamp:
        return FileStamp(1, ino, size, mtime_ns)

    whole = 10**18
    assert is_same(stamp(whole), stamp(whole, ino=2))
    assert is_same(stamp(whole + 1_230_000_000), stamp(whole))
    assert not is_same(stamp(whole), stamp(whole + 2_000_000_001))
    assert not is_same(stamp(whole), stamp(whole, size=6))
    assert not is_same(stamp(whole + 1), stamp(whole + 2))
    assert not is_same(stamp(whole + 1), stamp(whole + 1, ino=2))


def test_a_removed_folder_is_no_vanished_drive(tmp_path: Path) -> None:
    device = os.stat(tmp_path).st_dev
    gone = OSError(errno.ENOENT, "gone")
    assert not is_gone(gone, str(tmp_path / "album" / "song.mp3"), device)
    assert is_gone(gone, str(tmp_path / "album" / "song.mp3"), device + 1)
    assert not is_gone(OSError(errno.EIO, "EIO"), str(tmp_path / "song.mp3"), device)
    assert not is_gone(OSError(errno.ENOSPC, "full"), str(tmp_path / "album" / "song.mp3"), device)


def test_a_drive_whose_number_the_system_does_not_know_any_more_was_pulled_out(tmp_path: Path) -> None:
    if not os.path.isdir("/sys/dev/block"):
        pytest.skip("this system does not list its drives")
    assert is_gone(OSError(errno.EIO, "EIO"), str(tmp_path / "song.mp3"), os.makedev(4000, 77))
