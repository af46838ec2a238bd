"""A library and a stick over a long time: each run brings them in step and harms nobody's file."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_tagger.base.errors import FileFailure
from genre_tagger.files.tags import write_genres
from genre_tagger.library.library import Library
from genre_tagger.sorting.copies.plan import CHANGED_THERE, OUT_OF_REACH, Action
from genre_tagger.sorting.names import folded

SOURCE = Path(__file__).parents[2] / "data" / "mp3.mp3"
NAMES = st.sampled_from(["a", "A", "b", "é", "E\u0301", "c (2)"])
GENRES = st.sampled_from(["Jazz", "JAZZ", "Blues", "Rock"])
PATTERNS = st.sampled_from(["{name}", "{genre}/{name}", "{title}", "{genre}/{title}"])
EVENTS = st.one_of(
    st.tuples(st.just("add"), NAMES, st.integers(0, 2)),
    st.tuples(st.just("remove"), NAMES),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("genre"), NAMES, GENRES),
    st.tuples(st.just("by hand"), NAMES, NAMES, st.booleans()),
    st.tuples(st.just("edit"), st.integers(0, 9)),
    st.tuples(st.just("lose"), st.integers(0, 9)),
    st.tuples(st.just("run"), PATTERNS, st.one_of(st.none(), st.lists(GENRES, max_size=2)), st.booleans()),
)


class World:
    """A shelf, and what on its target is somebody else's."""

    def __init__(self, shelf) -> None:
        self.shelf = shelf
        self.theirs: dict[str, bytes] = {}

    def song(self, name: str) -> Path:
        return self.shelf.music / f"{name}.mp3"

    def happen(self, kind: str, *what) -> None:
        getattr(self, "_" + kind.replace(" ", "_"))(*what)

    def _add(self, name: str, sound: int) -> None:
        self.song(name).write_bytes(SOURCE.read_bytes() + bytes([sound]) * (16 + sound))

    def _remove(self, name: str) -> None:
        self.song(name).unlink(missing_ok=True)

    def _rename(self, name: str, other: str) -> None:
        if self.song(name).exists():
            os.replace(self.song(name), self.song(other))

    def _genre(self, name: str, genre: str) -> None:
        if self.song(name).exists():
            write_genres(str(self.song(name)), (genre,))

    def _by_hand(self, folder: str, name: str, same: bool) -> None:
        path = f"{folder}/{name}.mp3"
        if path in self.shelf.there() or (self.shelf.target / folder).is_file():
            return
        sound = self.song(name).read_bytes() if same and self.song(name).exists() else b"theirs"
        (self.shelf.target / folder).mkdir(parents=True, exist_ok=True)
        (self.shelf.target / path).write_bytes(sound)
        self.theirs[path] = sound

    def _edit(self, number: int) -> None:
        for path in sorted(self.shelf.there())[number : number + 1]:
            self.theirs[path] = b"edited" + bytes([number])
            (self.shelf.target / path).write_bytes(self.theirs[path])

    def _lose(self, number: int) -> None:
        for path in sorted(self.shelf.there())[number : number + 1]:
            (self.shelf.target / path).unlink()
            self.theirs.pop(path, None)

    def _run(self, pattern: str, genres: list[str] | None, delete: bool) -> None:
        plan = self.shelf.plan(pattern, genres=genres, delete=delete)
        outcomes = self.shelf.copy(plan)
        failures = {o.reason for o in outcomes if isinstance(o, FileFailure)}
        assert failures <= {CHANGED_THERE, OUT_OF_REACH}
        there = self.shelf.there()
        assert {path: there.get(path) for path in self.theirs} == self.theirs
        for step in plan.steps:
            assert there[step.path] == Path(step.wanted.track.path).read_bytes()
        ours = [folded(path) for path in there if path not in self.theirs]
        assert len(set(ours)) == len(ours)
        assert not set(ours) & {folded(path) for path in self.theirs}
        if delete and OUT_OF_REACH not in failures:
            assert set(there) == {step.path for step in plan.steps} | set(self.theirs)
        again = self.shelf.plan(pattern, genres=genres, delete=delete)
        assert again.count(Action.KEEP) == len(again.steps) == len(plan.steps)
        assert again.deletes == ()


@pytest.mark.slow
@settings(max_examples=40)
@given(events=st.lists(EVENTS, min_size=3, max_size=25))
def test_whatever_happens_the_stick_comes_in_step_and_what_is_not_ours_stays(tmp_path_factory, make_shelf, events):
    folder = tmp_path_factory.mktemp("world")
    with contextlib.closing(Library.open(str(folder / "library.sqlite3"))) as library:
        world = World(make_shelf(folder, library))
        for event in events:
            world.happen(*event)
        world.happen("run", "{genre}/{name}", None, True)
