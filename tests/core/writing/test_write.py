"""Writing genres and undoing it, with real files of every format."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from genre_tagger.base.errors import FileFailure, FileStamp, LibraryError
from genre_tagger.files.splice.id3 import AS_USUAL, Id3Style
from genre_tagger.files.tags import read_genres
from genre_tagger.writing import swap, tagging_process
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.journal import Change, Journal, State
from genre_tagger.writing.settle import settle
from genre_tagger.writing.tagging_process import Tagger, Taggers
from genre_tagger.writing.turn import Undone, Written
from genre_tagger.writing.write import foresee, undo, write
from helpers.files import digest

Media = Callable[..., str]
AsSomebody = Callable[[], contextlib.AbstractContextManager[str]]
REFUSED = {"m4a-fragmented", "ogg-chained"}


@pytest.fixture
def journal(home: str) -> Iterator[Journal]:
    with Journal.open(os.path.join(home, "undo.sqlite3")) as opened:
        yield opened


def wish(path: str, *genres: str) -> Change:
    return Change(path, FileStamp.of(os.stat(path)), (), genres)


def one_write(path: str, journal: Journal, *genres: str, **options: object) -> Written | FileFailure:
    (outcome,) = write([wish(path, *(genres or ("Reggae",)))], journal, tagger=Tagger(), **options)
    return outcome


def one_undo(batch: int, journal: Journal, **options: object) -> Undone | FileFailure:
    (outcome,) = undo(batch, journal, tagger=Tagger(), **options)
    return outcome


def refusal(outcome: object) -> str:
    assert isinstance(outcome, FileFailure), outcome
    return outcome.reason


def leftovers(folder: str | Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".genre-tagger")]


def test_every_format_is_written_and_undone_to_the_same_bytes(
    media: Media, media_name: str, journal: Journal, tmp_path: Path
) -> None:
    path = media(media_name)
    before, genres = digest(path), read_genres(path)
    outcome = one_write(path, journal, "Hip-Hop", "Jazz")
    if media_name in REFUSED:
        assert isinstance(outcome, FileFailure)
        assert digest(path) == before
        return
    assert isinstance(outcome, Written), outcome
    assert (outcome.old, outcome.new) == (genres, ("Hip-Hop", "Jazz"))
    assert outcome.track.stamp == FileStamp.of(os.stat(path))
    assert outcome.track.tags.genres == read_genres(path) == ("Hip-Hop", "Jazz")
    assert digest(path) != before
    assert outcome.batch is not None
    (entry,) = journal.entries(outcome.batch)
    assert len(journal.delta(entry.id)) < 15_000
    undone = one_undo(outcome.batch, journal)
    assert isinstance(undone, Undone), undone
    assert undone.identical
    assert undone.genres == undone.track.tags.genres == genres
    assert digest(path) == before
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("name", ["broken", "text", "empty"])
def test_broken_files_are_refused_and_left_alone(name: str, media: Media, journal: Journal, tmp_path: Path) -> None:
    path = media(name)
    before = digest(path)
    assert refusal(one_write(path, journal))
    assert digest(path) == before
    assert not leftovers(tmp_path)
    assert journal.batches() == []


def test_a_batch_goes_through_a_process_of_its_own_and_can_be_undone_after_a_restart(media: Media, home: str) -> None:
    paths = [media(name) for name in ("mp3", "flac", "broken", "m4a")]
    before = [digest(path) for path in paths]
    with Journal.open(os.path.join(home, "undo.sqlite3")) as journal:
        outcomes = list(write([wish(path, "Blues") for path in paths], journal))
        assert [type(outcome) for outcome in outcomes] == [Written, Written, FileFailure, Written]
    with Journal.open(os.path.join(home, "undo.sqlite3")) as journal:
        (batch,) = journal.batches()
        assert (batch.files, batch.undone, batch.state) == (3, 0, "written")
        assert [entry.new for entry in journal.entries(batch.id)] == [("Blues",)] * 3
        assert list(settle(journal)) == []
        assert all(isinstance(outcome, Undone) for outcome in undo(batch.id, journal))
        assert journal.batches()[0].state == "undone"
    assert [digest(path) for path in paths] == before


def test_a_file_that_holds_the_genre_already_is_not_touched(media: Media, journal: Journal) -> None:
    path = media("mp3")
    stamp = FileStamp.of(os.stat(path))
    outcome = one_write(path, journal, "Jazz")
    assert isinstance(outcome, Written)
    assert (outcome.batch, outcome.old, outcome.new) == (None, ("Jazz",), ("Jazz",))
    assert FileStamp.of(os.stat(path)) == stamp
    assert journal.batches() == []


def test_undoing_twice_does_nothing_more(media: Media, journal: Journal) -> None:
    outcome = one_write(media("flac"), journal)
    assert isinstance(outcome, Written)
    assert outcome.batch
    assert isinstance(one_undo(outcome.batch, journal), Undone)
    assert list(undo(outcome.batch, journal, tagger=Tagger())) == []


def test_single_files_of_a_batch_can_be_undone(media: Media, journal: Journal) -> None:
    paths = [media("flac"), media("flac"), media("flac")]
    before = digest(paths[0])
    list(write([wish(path, "Pop") for path in paths], journal, tagger=Tagger()))
    (batch,) = journal.batches()
    (undone,) = undo(batch.id, journal, paths=[paths[1]], tagger=Tagger())
    assert undone.path == paths[1]
    assert [digest(path) == before for path in paths] == [False, True, False]
    (batch,) = journal.batches()
    assert (batch.undone, batch.state) == (1, "partly undone")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_writes_of_one_file_are_undone_whatever_the_order_asked_for(
    order: tuple[int, ...], media: Media, journal: Journal
) -> None:
    path = media("mp3")
    before = digest(path)
    batches = [written.batch for written in (one_write(path, journal, genre) for genre in ("Pop", "Rock", "Metal"))
               if isinstance(written, Written)]  # fmt: skip
    left = [batches[n] for n in order]
    for _ in range(3):  # a later write has to be undone before an earlier one; nothing is lost by asking too early
        left = [batch for batch in left if isinstance(one_undo(batch or 0, journal), FileFailure)]
    assert left == []
    assert digest(path) == before


def test_undo_after_another_change_sets_only_the_genre_back(media: Media, journal: Journal) -> None:
    path = media("mp3")
    written = one_write(path, journal)
    assert isinstance(written, Written)
    with open(path, "r+b") as file:  # somebody corrects the artist
        content = file.read().replace(b"Genre Tagger", b"Gerne Tagger", 1)
        file.seek(0)
        file.write(content)
    undone = one_undo(written.batch or 0, journal)
    assert isinstance(undone, Undone), undone
    assert not undone.identical
    assert undone.track.tags.genres == ("Jazz",)
    assert undone.track.tags.artist == "Gerne Tagger"


def test_undo_leaves_a_genre_alone_that_was_changed_since(media: Media, journal: Journal) -> None:
    path = media("flac")
    written = one_write(path, journal, "Pop")
    assert isinstance(written, Written)
    Tagger().tag(path, ("Classical",), AS_USUAL)
    changed = digest(path)
    assert "changed once more" in refusal(one_undo(written.batch or 0, journal))
    assert digest(path) == changed
    assert journal.batches()[0].undone == 0


def test_undo_of_a_file_that_was_restored_by_hand_only_takes_note(media: Media, journal: Journal) -> None:
    path = media("flac")
    content = Path(path).read_bytes()
    written = one_write(path, journal)
    assert isinstance(written, Written)
    Path(path).write_bytes(content)
    stamp = FileStamp.of(os.stat(path))
    undone = one_undo(written.batch or 0, journal)
    assert isinstance(undone, Undone)
    assert undone.identical
    assert FileStamp.of(os.stat(path)) == stamp


def test_a_file_that_was_moved_is_undone_where_it_is_now(media: Media, journal: Journal, tmp_path: Path) -> None:
    path = media("m4a")
    before = digest(path)
    written = one_write(path, journal)
    assert isinstance(written, Written)
    moved = str(tmp_path / "elsewhere.m4a")
    os.rename(path, moved)
    assert "not there any more" in refusal(one_undo(written.batch or 0, journal))
    undone = one_undo(written.batch or 0, journal, locate=lambda entry: {path: moved}[entry.path])
    assert isinstance(undone, Undone)
    assert undone.path == moved
    assert digest(moved) == before


def test_a_damaged_record_never_reaches_the_file(media: Media, journal: Journal, tmp_path: Path) -> None:
    path = media("flac")
    written = one_write(path, journal)
    assert isinstance(written, Written)
    after = digest(path)
    with contextlib.closing(sqlite3.connect(journal.path)) as connection, connection:
        connection.execute("UPDATE files SET delta = substr(delta, 1, length(delta) - 3)")
    assert "damaged" in refusal(one_undo(written.batch or 0, journal))
    assert digest(path) == after
    assert not leftovers(tmp_path)


# --- what is refused ------------------------------------------------------------------------------------------


def test_a_file_changed_since_the_scan_is_refused(media: Media, journal: Journal) -> None:
    path = media("mp3")
    stale = wish(path, "Pop")
    os.utime(path, ns=(1, 1))
    (outcome,) = write([stale], journal, tagger=Tagger())
    assert "scan again" in refusal(outcome)


def test_a_file_with_two_names_stays_one_file_and_is_undone(media: Media, journal: Journal, tmp_path: Path) -> None:
    path, second = media("mp3"), tmp_path / "second.mp3"
    os.link(path, second)
    before = digest(path)
    written = one_write(path, journal, "Pop")
    assert isinstance(written, Written)
    assert os.path.samefile(path, second)
    assert read_genres(str(second)) == ("Pop",)
    assert isinstance(one_undo(written.batch or 0, journal), Undone)
    assert os.path.samefile(path, second)
    assert digest(str(second)) == before
    assert os.listdir(journal.spare) == []


def test_a_file_with_two_names_that_would_have_to_grow_is_refused(
    media: Media, journal: Journal, tmp_path: Path
) -> None:
    path = media("mp3-bare")
    os.link(path, tmp_path / "second.mp3")
    before = digest(path)
    assert "several names (hard links)" in refusal(one_write(path, journal))
    assert digest(path) == before
    assert journal.batches() == []
    assert not leftovers(tmp_path)
    assert os.listdir(journal.spare) == []


def test_what_is_no_regular_file_is_refused(journal: Journal, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "folder.mp3").mkdir()
    assert "regular file" in refusal(one_write(str(tmp_path / "pipe.mp3"), journal))
    assert "regular file" in refusal(one_write(str(tmp_path / "folder.mp3"), journal))


def test_a_missing_file_and_a_circle_of_links_are_failures(media: Media, journal: Journal, tmp_path: Path) -> None:
    path = media("mp3")
    gone = wish(path, "Pop")
    os.unlink(path)
    os.symlink("b.mp3", tmp_path / "a.mp3")
    os.symlink("a.mp3", tmp_path / "b.mp3")
    circle = dataclasses.replace(gone, path=str(tmp_path / "a.mp3"))
    missing, endless = write([gone, circle], journal, tagger=Tagger())
    assert "not there any more" in refusal(missing)
    assert "circle" in refusal(endless)


def test_a_read_only_file_is_refused(media: Media, journal: Journal, as_somebody: AsSomebody) -> None:
    content = Path(media("mp3")).read_bytes()
    with as_somebody() as folder:
        path = os.path.join(folder, "song.mp3")
        Path(path).write_bytes(content)
        os.chmod(path, 0o444)
        assert "no permission" in refusal(one_write(path, journal))
        assert Path(path).read_bytes() == content
        assert os.listdir(folder) == ["song.mp3"]


@pytest.mark.parametrize(("name", "fits"), [("mp3", True), ("mp3-bare", False)])
def test_in_a_folder_that_takes_no_new_file_a_genre_is_written_where_it_has_room(
    name: str, fits: bool, media: Media, as_somebody: AsSomebody
) -> None:
    content = Path(media(name)).read_bytes()
    with as_somebody() as folder, Journal.open(os.path.join(folder, "library", "undo.sqlite3")) as journal:
        path = os.path.join(folder, "music", "song.mp3")
        os.mkdir(os.path.dirname(path))
        Path(path).write_bytes(content)
        number = os.stat(path).st_ino
        os.chmod(os.path.dirname(path), 0o555)
        outcome = one_write(path, journal, "Pop")
        if fits:
            assert read_genres(path) == ("Pop",)
            assert isinstance(one_undo(journal.batches()[0].id, journal), Undone)
        else:
            assert "Nothing can be added to this file's folder" in refusal(outcome)
        assert Path(path).read_bytes() == content
        assert os.stat(path).st_ino == number
        assert os.listdir(os.path.dirname(path)) == ["song.mp3"]
        os.chmod(os.path.dirname(path), 0o755)


def test_a_file_of_another_owner_is_refused_rather_than_taken_over(
    media: Media, journal: Journal, as_somebody: AsSomebody
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a file of another owner")
    content = Path(media("mp3")).read_bytes()
    with as_somebody() as folder:
        path = os.path.join(folder, "song.mp3")
        os.seteuid(0)
        Path(path).write_bytes(content)
        os.chmod(path, 0o666)
        os.seteuid(65534)
        assert "no permission" in refusal(one_write(path, journal))
        assert os.stat(path).st_uid == 0
        assert os.listdir(folder) == ["song.mp3"]


class FullDrive(FileOps):
    """A drive without space for another copy, and one that fills up while copying."""

    def copy(self, source: object, target: object) -> None:
        target.write(b"a first piece")
        raise OSError(28, "No space left on device")


def test_a_full_drive_is_a_sentence_and_leaves_nothing(media: Media, journal: Journal, tmp_path: Path) -> None:
    path = media("flac")
    before = digest(path)
    assert "free space" in refusal(one_write(path, journal, files=FullDrive()))
    assert digest(path) == before
    assert not leftovers(tmp_path)


class Careless(Tagger):
    """A tagger that loses a byte of sound."""

    def tag(self, path: str, genres: tuple[str, ...], style: Id3Style, *, field: str = "genre") -> None:
        super().tag(path, genres, style, field=field)
        with open(path, "r+b") as file:
            file.seek(os.path.getsize(path) * 2 // 3)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 0xFF]))


@pytest.mark.parametrize("held", [0, swap._HELD])
@pytest.mark.parametrize("name", ["mp3", "flac", "m4a-fast", "ogg", "wav"])
def test_a_tagger_that_harms_the_sound_is_found_out(
    name: str, held: int, media: Media, journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "_HELD", held)
    path = media(name)
    before = digest(path)
    (outcome,) = write([wish(path, "Pop")], journal, tagger=Careless())
    assert refusal(outcome)
    assert digest(path) == before
    assert not leftovers(tmp_path)


def test_a_tagger_that_harms_the_sound_when_a_genre_is_set_back_is_found_out(media: Media, journal: Journal) -> None:
    path = media("mp3")
    written = one_write(path, journal)
    assert isinstance(written, Written)
    changed = Path(path).read_bytes().replace(b"Genre Tagger", b"Gerne Tagger", 1)
    Path(path).write_bytes(changed)
    before = digest(path)
    (outcome,) = undo(written.batch or 0, journal, tagger=Careless())
    assert "more than the genre" in refusal(outcome)
    assert digest(path) == before


# --- what is kept ---------------------------------------------------------------------------------------------


def test_a_link_stays_a_link_and_its_target_is_written(media: Media, journal: Journal, tmp_path: Path) -> None:
    path = media("mp3")
    (tmp_path / "links").mkdir()
    link = str(tmp_path / "links" / "song.mp3")
    os.symlink("../mp3.mp3", link)
    assert isinstance(one_write(link, journal, "Pop"), Written)
    assert os.readlink(link) == "../mp3.mp3"
    assert read_genres(path) == ("Pop",)


@pytest.mark.parametrize("name", [os.fsdecode(b"caf\xe9.mp3"), "a\nb.mp3", "é" * 125 + ".mp3", "\u202egnos.mp3"])
def test_odd_names_are_written_and_undone(name: str, media: Media, journal: Journal) -> None:
    path = media("mp3", name)
    before = digest(path)
    written = one_write(path, journal)
    assert isinstance(written, Written), written
    undone = one_undo(written.batch or 0, journal)
    assert isinstance(undone, Undone)
    assert undone.path == path
    assert digest(path) == before


def test_rights_and_attributes_stay(media: Media, journal: Journal) -> None:
    path = media("mp3")
    os.chmod(path, 0o640)
    try:
        os.setxattr(path, "user.rating", b"5")
    except OSError as error:
        pytest.skip(f"no extended attributes here: {error}")
    if os.geteuid() == 0:
        os.chown(path, 1234, 4321)
    before = os.stat(path)
    assert isinstance(one_write(path, journal), Written)
    after = os.stat(path)
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert os.getxattr(path, "user.rating") == b"5"


@pytest.mark.parametrize("keep", [True, False])
def test_the_time_of_modification_is_kept_only_when_asked(keep: bool, media: Media, journal: Journal) -> None:
    path = media("mp3")
    os.utime(path, ns=(10**18, 10**18 + 123_456_789))
    assert isinstance(one_write(path, journal, keep_mtime=keep), Written)
    assert (os.stat(path).st_mtime_ns == 10**18 + 123_456_789) is keep


# --- the journal's file ---------------------------------------------------------------------------------------


def test_a_damaged_journal_is_an_error_and_stays_where_it_is(home: str) -> None:
    path = Path(home) / "undo.sqlite3"
    path.write_bytes(b"SQLite format 3\0" + b"rubbish" * 1000)
    with pytest.raises(LibraryError, match="damaged"):
        Journal.open(str(path))
    assert path.read_bytes().endswith(b"rubbish")


def test_a_damaged_page_is_found_when_the_journal_is_opened(home: str, media: Media) -> None:
    path = os.path.join(home, "undo.sqlite3")
    with Journal.open(path) as journal:
        list(write([wish(media("flac"), "Pop") for _ in range(3)], journal, tagger=Tagger()))
    content = bytearray(Path(path).read_bytes())
    content[2 * 4096 : 2 * 4096 + 100] = b"\xee" * 100
    Path(path).write_bytes(content)
    with pytest.raises(LibraryError, match="damaged"):
        Journal.open(path)


def test_a_journal_of_a_newer_version_is_not_touched(home: str) -> None:
    path = os.path.join(home, "undo.sqlite3")
    Journal.open(path).close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryError, match="newer version"):
        Journal.open(path)


def test_another_kind_of_file_is_not_taken_for_a_journal(home: str) -> None:
    path = os.path.join(home, "other.sqlite3")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE photos (id)")
    with pytest.raises(LibraryError, match="not an undo journal"):
        Journal.open(path)
    with pytest.raises(LibraryError, match="cannot be"):
        Journal.open(home)


def test_a_commit_is_flushed_to_the_drive(journal: Journal) -> None:
    connection = journal._connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (3,)


@pytest.mark.parametrize("step", ["intend", "ready", "conclude"])
def test_a_journal_that_cannot_be_written_stops_everything_before_harm(
    step: str, media: Media, journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = media("flac")
    before = digest(path)

    def refuse(*_: object, **__: object) -> None:
        raise LibraryError("The undo journal cannot be used (disk full).")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, step, refuse)
        with pytest.raises(LibraryError, match="disk full"):
            one_write(path, journal)
    assert not leftovers(tmp_path)
    list(settle(journal))
    if step == "conclude":  # the file had been exchanged; the journal learns of it when it settles
        assert read_genres(path) == ("Reggae",)
        (batch,) = journal.batches()
        assert [entry.state for entry in journal.entries(batch.id)] == [State.DONE]
        one_undo(batch.id, journal)
    assert digest(path) == before


def test_stopping_between_two_files_keeps_what_was_written(media: Media, journal: Journal, tmp_path: Path) -> None:
    paths = [media("flac"), media("flac")]
    before = digest(paths[0])
    run = write([wish(path, "Pop") for path in paths], journal)
    assert isinstance(next(run), Written)
    run.close()
    assert digest(paths[1]) == before
    assert journal.batches()[0].files == 1
    assert journal.unsettled() == []
    assert not leftovers(tmp_path)


# --- what is known before ----------------------------------------------------------------------------------------


def test_what_a_write_would_refuse_is_foreseen_in_the_same_words(
    media: Media, journal: Journal, tmp_path: Path
) -> None:
    path = media("mp3")
    good, stale = wish(path, "Pop"), wish(path, "Pop")
    assert foresee(good) is None
    os.utime(path, ns=(1, 1))
    for change in (
        stale,
        wish(media("ogg-chained"), "Pop"),
        dataclasses.replace(good, path=str(tmp_path / "none.mp3")),
    ):
        (outcome,) = write([change], journal, tagger=Tagger())
        assert foresee(change) == outcome


def test_a_second_tagger_is_started_only_when_the_first_is_busy_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagging_process, "_LONG_S", 0.01)
    taggers = Taggers(Tagger, 2)
    with taggers.lent() as first:
        pass
    with taggers.lent() as again:
        assert again is first
        with taggers.lent() as second:
            assert second is not first
    with taggers.lent() as one, taggers.lent() as other:
        assert {one, other} == {first, second}
    taggers.close()
