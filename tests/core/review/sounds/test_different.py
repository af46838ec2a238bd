from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Decision, Prediction
from genre_tagger.review.policy import Policy
from genre_tagger.review.sounds.different import STEPS, Compared, comparing, last_compared
from genre_tagger.review.sounds.kept import kept_path
from helpers.sounds import store
from helpers.tracks import scanned

KINDS = ["Chanson", "Dub", "Jazz", "Rock"] * 12
WRONG = {2: "Dub", 7: "Jazz"}  # they sound like Jazz, and like Rock


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        store(library, KINDS, tagged=range(48), wrong=WRONG)
        yield library


def compared(library: Library) -> Compared:
    steps, done = comparing(library, Policy()), list[int]()
    while True:
        try:
            done.append(next(steps))
        except StopIteration as end:
            assert done == sorted(set(done))
            assert done[-1] <= STEPS
            result: Compared = end.value
            return result


def test_tracks_that_sound_different_come_first_with_both_names(library: Library) -> None:
    first, second = compared(library).doubted[:2]
    assert {(entry.track, entry.said, entry.heard) for entry in (first, second)} == {
        (3, "Dub", "Jazz"), (8, "Jazz", "Rock"),
    }  # fmt: skip


@pytest.mark.parametrize("said", [Decision(False), Decision(True, ("Jazz",)), Decision(None, ("Rock",))])
def test_what_somebody_decided_on_does_not_come_back(library: Library, said: Decision) -> None:
    library.steps.take("different", {3: said})
    assert 3 not in {entry.track for entry in compared(library).doubted}
    library.steps.take_back()
    assert 3 in {entry.track for entry in compared(library).doubted}


def test_a_cell_of_the_matrix_holds_the_tracks_that_it_counts(library: Library) -> None:
    found = compared(library)
    assert sum(tracks for tracks, _ in found.matrix.values()) == 48
    for (said, heard), (tracks, hours) in found.matrix.items():
        cell = found.cell(said, heard)
        assert len(cell) == tracks
        assert hours == pytest.approx(tracks * 180 / 3600)
        assert {genre for entry in cell for genre in found.genres[entry.track]} == {said}


def test_a_library_that_heard_nothing_has_nothing_to_compare(tmp_path: Path) -> None:
    with Library.open(str(tmp_path / "empty.sqlite3")) as empty:
        found = compared(empty)
    assert (found.doubted, found.matrix, found.audit.unjudged) == ((), {}, {})


def test_names_of_any_script_and_an_album_of_four_hundred_files_are_judged(library: Library) -> None:
    kinds = ["Jazz", "Rock"] * 200
    store(library, kinds, folder="/ألبوم 🎵", tagged=range(400), wrong={9: "ロック", 11: "ロック"} | {0: "Рок"})
    found = compared(library)
    assert len(found.audit.surprises) == 48 + 397
    assert found.audit.unjudged == {"ロック": 2, "Рок": 1}


def steps_of(library: Library) -> tuple[int, Compared]:
    steps, number = comparing(library, Policy()), 0
    while True:
        try:
            next(steps)
            number += 1
        except StopIteration as end:
            return number, end.value


def test_what_was_found_is_kept_until_tags_or_what_is_heard_change(library: Library) -> None:
    assert last_compared(library) is None
    first = compared(library)
    library.steps.take("different", {3: Decision(False)})
    number, again = steps_of(library)
    assert number == 1
    assert again.audit == first.audit
    assert 3 not in {entry.track for entry in again.doubted}
    with Library.open(library.path) as another_day:
        shown = last_compared(another_day)
    assert shown is not None
    assert (shown.audit, shown.doubted, shown.matrix) == (again.audit, again.doubted, again.matrix)
    (track,) = library.tracks(ids=[9])
    library.restamp(scanned(track.path, artist=track.artist, genres=("Dub",), ino=track.stamp.ino))
    number, changed = steps_of(library)
    assert number > 1
    assert {entry.track: entry.said for entry in changed.audit.surprises}[9] == "Dub"
    assert steps_of(library)[0] == 1
    library.store(Prediction(track.path, "model-1", (Candidate("Rock", 1.0),), embedding=b"\0" * 48))
    assert steps_of(library)[0] > 1


@pytest.mark.parametrize("damage", [b"", b"{}", b"\0" * 40, "cut", "names"])
def test_a_damaged_file_of_what_was_found_costs_nothing_but_time(library: Library, damage: bytes | str) -> None:
    first, path = compared(library), Path(kept_path(library.path))
    whole = path.read_bytes()
    path.write_bytes(
        whole[:-9] if damage == "cut" else whole.replace(b'"genres": ["Chanson"', b'"genres": []') if damage == "names"
        else damage  # type: ignore[arg-type]
    )  # fmt: skip
    assert damage == "names" or last_compared(library) is None
    number, again = steps_of(library)
    assert (number > 1, again.audit) == (True, first.audit)
    assert path.read_bytes() == whole


def test_where_it_cannot_be_kept_it_is_found_all_the_same(library: Library) -> None:
    Path(kept_path(library.path)).mkdir()
    assert compared(library).doubted


def test_looking_that_is_left_keeps_nothing(library: Library) -> None:
    steps = comparing(library, Policy())
    next(steps), next(steps)
    steps.close()
    assert not Path(kept_path(library.path)).exists()
