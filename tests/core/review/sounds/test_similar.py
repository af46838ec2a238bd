from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genre_tagger.library.library import Library
from genre_tagger.review.sounds import similar
from helpers.sounds import heard, store

KINDS = ["Chanson", "Dub", "Jazz"] * 20
SOUNDS = heard(KINDS, KINDS, apart=2.0)
IDS = SOUNDS.ids * 7


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = similar.points_path(str(tmp_path / "cache"), str(tmp_path / "library.sqlite3"))
    similar.make(path, "model 1", IDS, SOUNDS.values)
    return path


def _read(path: str, stamp: str = "model 1") -> similar.Alike:
    points = similar.read(path, stamp)
    assert points is not None
    return points


def test_the_nearest_tracks_are_those_of_its_kind_and_not_itself(path: str) -> None:
    near = _read(path).near([int(IDS[1])], 10)
    assert len(near) == 10
    assert int(IDS[1]) not in {track for track, _ in near}
    assert sum(KINDS[track // 7 - 1] == "Dub" for track, _ in near) >= 9
    assert [alike for _, alike in near] == sorted((alike for _, alike in near), reverse=True)


def test_more_like_several_tracks_is_near_their_middle(path: str) -> None:
    near = _read(path).near([int(IDS[1]), int(IDS[4]), int(IDS[7])], 10)
    assert sum(KINDS[track // 7 - 1] == "Dub" for track, _ in near) == 10


@example([169, 175], 59)  # the first is not there, and the second comes next
@given(st.lists(st.integers(-5, 500), max_size=6), st.integers(-1, 80))
def test_any_tracks_and_any_number_can_be_asked_for(
    tmp_path_factory: pytest.TempPathFactory, ids: list[int], count: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / "asked"
    path = similar.points_path(str(folder), "library")
    if not Path(path).exists():
        similar.make(path, "model 1", IDS, SOUNDS.values)
    near = _read(path).near(ids, count)
    known = set(ids) & set(IDS.tolist())
    assert len(near) == (min(max(count, 0), 60 - len(known)) if known else 0)
    assert known.isdisjoint(track for track, _ in near)


def test_points_made_from_something_else_are_not_taken(path: str) -> None:
    assert similar.read(path, "model 2") is None
    assert similar.read(path + "x", "model 1") is None


def test_a_damaged_file_is_not_taken(path: str) -> None:
    content = Path(path).read_bytes()
    for broken in (b"", content[:-1], b"x" + content, b"[1]".ljust(4_096)):
        Path(path).write_bytes(broken)
        assert similar.read(path, "model 1") is None


def test_a_library_without_sound_has_no_points(tmp_path: Path) -> None:
    path = str(tmp_path / "points")
    similar.make(path, "model 1", IDS[:0], np.zeros((0, 0), dtype=np.float16))
    assert similar.read(path, "model 1") is None


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        yield library


def test_alike_is_made_once_and_again_when_something_was_heard(library: Library, tmp_path: Path) -> None:
    store(library, KINDS[:48])
    cache = str(tmp_path / "cache")
    points = similar.points_of(library, cache)
    assert points is not None
    assert len(points.ids) == 48
    assert sum(KINDS[track - 1] == "Chanson" for track, _ in points.near([1], 8)) >= 7
    (file,) = Path(cache).iterdir()
    made = file.stat().st_mtime_ns
    similar.points_of(library, cache)
    assert file.stat().st_mtime_ns == made
    store(library, KINDS[:4], folder="/later")
    again = similar.points_of(library, cache)
    assert again is not None
    assert len(again.ids) == 52


def test_a_library_that_heard_nothing_has_nothing_alike(library: Library, tmp_path: Path) -> None:
    assert similar.points_of(library, str(tmp_path)) is None


def test_a_damaged_copy_is_made_anew_from_the_library(library: Library, tmp_path: Path) -> None:
    store(library, KINDS[:12])
    points = similar.points_of(library, str(tmp_path))
    assert points is not None
    near = points.near([1])
    (file,) = tmp_path.glob("alike-*.bin")
    Path(tmp_path / "damaged").write_bytes(file.read_bytes()[:5_000])
    Path(tmp_path / "damaged").rename(file)
    again = similar.points_of(library, str(tmp_path))
    assert again is not None
    assert again.near([1]) == near
