"""Files on their way: an order in which every name is free, errors of the drive, and drives that go."""

from __future__ import annotations

import contextlib
import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.base.errors import FileFailure, TargetError
from genre_tagger.sorting.folders.carrying import Moved, Passage, in_order
from genre_tagger.sorting.folders.organise import organise, settle_moves, take_back
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.moves import Kind

NAMES = [f"{letter}{number}" for letter in "aAbB" for number in range(4)]


@given(st.permutations(NAMES), st.permutations(NAMES), st.integers(0, len(NAMES)))
def test_in_its_order_every_file_finds_its_name_free(here, there, count):
    """Any names exchanged among some files, in chains and circles, on a drive that knows case."""
    passages = [Passage(f"/m/{one}", f"/m/{other}") for one, other in zip(here[:count], there[:count], strict=True)]
    leaving = {passage.here for passage in passages}
    passages = [p for p in passages if p.there in leaving or p.there[3:] not in here]
    files = {passage.here: passage.here for passage in passages}
    for passage, turn in in_order(passages):
        source = f"via {passage.here}" if turn == "on" else passage.here
        target = f"via {passage.here}" if turn == "aside" else passage.there
        assert target not in files or (turn == "on" and target == source), (target, turn)
        files[target] = files.pop(source)
    assert files == {passage.there: passage.here for passage in passages}


class Failing(FileOps):
    """Real operations, of which one kind fails at its n-th call."""

    def __init__(self, name: str, at: int, code: int) -> None:
        self.name, self.at, self.code, self.count = name, at, code, 0

    def __getattribute__(self, name: str):
        get = super().__getattribute__
        if name == get("name"):
            self.count += 1
            if get("count") == get("at"):
                raise OSError(get("code"), os.strerror(get("code")))
        return get(name)


@pytest.fixture
def album(albums):
    for name in ("a", "b", "c"):
        albums.put(f"old/{name}.mp3")
    albums.put("old/cover.jpg", b"cover")
    albums.put("list.m3u8", b"old/a.mp3\nold/b.mp3\nold/c.mp3\n")
    return albums


def all_of(groups):
    return [outcome for group in groups for outcome in group]


@pytest.mark.parametrize(
    ("name", "at", "code", "across"),
    [
        ("stat", 6, errno.EIO, False), ("rename", 3, errno.EPERM, False), ("rename", 1, errno.EOPNOTSUPP, False),
        ("add_folder", 2, errno.EROFS, False), ("add_folder", 1, errno.ENOSPC, False),
        ("create", 2, errno.ENOSPC, True), ("copy", 2, errno.ENOSPC, True), ("copy", 1, errno.EIO, True),
        ("fsync", 2, errno.EIO, True), ("digest", 3, errno.EIO, True), ("rename", 2, errno.EOPNOTSUPP, True),
        ("unlink", 1, errno.EROFS, True),
    ],
)  # fmt: skip
def test_an_error_of_the_drive_is_told_and_loses_nothing(album, tmp_path, monkeypatch, name, at, code, across):
    """A phone that refuses renames, a drive that fills up in the middle, or one that is write-protected meanwhile."""
    if across:  # as if every folder beyond were another drive
        monkeypatch.setattr("genre_tagger.sorting.folders.carrying._device", lambda path: "/Jazz/" in path)
        monkeypatch.setattr("genre_tagger.sorting.folders.carrying.is_gone", lambda *_: False)
    before = album.there()
    plan = album.plan()
    outcomes = all_of(organise(plan, album.journal, files=Failing(name, at, code)))
    told = [outcome.reason for outcome in outcomes if isinstance(outcome, FileFailure)]
    assert told
    assert all(reason.endswith(".") for reason in told)
    music = sorted(data for path, data in album.there().items() if path.endswith((".mp3", ".jpg")))
    # Where a file cannot be removed after it was copied, both are there, whole.
    expected = sorted(data for path, data in before.items() if path.endswith((".mp3", ".jpg")))
    assert set(music) == set(expected)
    assert len(music) == len(expected) + (across and name == "unlink" and bool(told))
    list(settle_moves(album.journal, [str(album.music)]))
    assert not [path for path in album.there() if ".genre-tagger-" in path]
    for batch in album.journal.batches():
        all_of(take_back(batch.id, album.journal, [str(album.music)]))
    after = album.there()
    assert {path: after.get(path) for path in before} == before
    if not (across and name == "unlink"):
        assert after == before


def test_a_drive_that_goes_in_the_middle_is_said_and_the_rest_is_where_it_was(album, tmp_path, monkeypatch):
    monkeypatch.setattr("genre_tagger.sorting.folders.carrying._MOST_FILES", 1)
    before = album.there()
    root = tmp_path / "stick"
    root.mkdir()
    (root / "here").touch()
    groups = organise(album.plan("{name}", root), album.journal)
    next(groups)
    monkeypatch.setattr("genre_tagger.sorting.folders.carrying.is_gone", lambda error, path, device: "stick" in path)
    root.rename(tmp_path / "gone")
    (tmp_path / "stick").touch()  # nothing can be made where it was
    with pytest.raises(TargetError, match="not there any more"):
        all_of(groups)
    os.unlink(tmp_path / "stick")
    (tmp_path / "gone").rename(root)
    list(settle_moves(album.journal, [str(album.music), str(root)]))
    (batch,) = album.journal.batches()
    outcomes = all_of(take_back(batch.id, album.journal, [str(album.music), str(root)]))
    assert [outcome for outcome in outcomes if isinstance(outcome, FileFailure)] == []
    assert album.there() == before


def test_what_is_stopped_has_lists_that_name_what_moved_by_then(album, monkeypatch):
    monkeypatch.setattr("genre_tagger.sorting.folders.carrying._MOST_FILES", 1)
    before = album.there()
    with contextlib.closing(organise(album.plan(), album.journal)) as groups:
        (moved,) = next(groups)
    assert isinstance(moved, Moved)
    name = os.path.basename(moved.target)
    lines = (album.music / "list.m3u8").read_text().split()
    assert sorted(lines) == sorted({"a.mp3": "old/a.mp3", "b.mp3": "old/b.mp3", "c.mp3": "old/c.mp3"} and [
        *(f"old/{other}.mp3" for other in "abc" if f"{other}.mp3" != name),
        *("Jazz/Test", f"Tones/{name}"),
    ])  # fmt: skip
    assert [row.kind for row in album.journal.moves.of(moved.batch) if row.kind is Kind.MOVE] == [Kind.MOVE]
    all_of(take_back(moved.batch, album.journal, [str(album.music)]))
    assert album.there() == before
