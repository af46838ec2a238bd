"""Piles of tracks, which the database keeps by itself, and what is decided about many tracks at once."""

from __future__ import annotations

import random
import sqlite3

import pytest

from genre_tagger.base.errors import LibraryError
from genre_tagger.library import schema
from genre_tagger.library.finding.among import Taught
from genre_tagger.library.library import Library
from genre_tagger.library.teaching import Answer
from genre_tagger.library.tracks import Candidate, Decision, Prediction, TagFact, TagValues, Vote
from genre_tagger.review.policy import Besides, By, Mode, Policy, propose
from helpers.tracks import predicted, scanned

PATHS = [f"/m/{number}.mp3" for number in range(12)]


def fill(library: Library) -> None:
    for number, path in enumerate(PATHS):
        library.store(scanned(path, genres=("Rock",) * (number % 2), ino=number + 1))
        library.store(predicted(path, "Jazz", 0.3 + 0.05 * number))


@pytest.fixture
def library(tmp_path):
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        fill(library)
        yield library


def piles_of(path: str) -> list[tuple]:
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT k.*, group_concat(g.track) FROM piles k JOIN piled g ON g.pile = k.id GROUP BY k.id")
        return sorted(tuple(row[1:]) for row in rows)


def test_an_older_library_is_put_on_piles_by_steps_and_goes_on_after_an_interruption(tmp_path, monkeypatch, library):
    from genre_tagger.library import piles

    path, version = str(tmp_path / "older.sqlite3"), schema.MIGRATIONS.index(piles.SCHEMA)
    db = schema.connect(path, schema.MIGRATIONS[:version])
    db.execute("ATTACH ? AS newer", (library.path,))
    for table in ("tracks", "predictions"):
        columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
        db.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}")
    db.close()
    monkeypatch.setattr(piles, "_STEP", 5)
    with Library.open(path) as older:
        assert older.unprepared() == 2 * 12  # to be put on piles, and to have their clear tags kept
        assert older.count() == len(older.find(state="proposed", mode="replace", threshold=0.0)) == 12
        assert next(older.prepare()) == 5
    with Library.open(path) as older:
        assert older.unprepared() == 7 + 12
        older.decide([1, 12], Decision(False))
        assert sum(older.prepare()) == 7 + 12
        library.decide([1, 12], Decision(False))
        assert (older.unprepared(), older.genre_counts()) == (0, [("", 6), ("Rock", 6)])
        assert older.count_found(state="unsure") == len(older.find(state="unsure")) == 1
    assert piles_of(path) == piles_of(library.path)


@pytest.mark.parametrize("mode", Mode)
def test_what_is_decided_alike_is_what_is_decided_one_by_one(library, tmp_path, mode):
    from app.table.decisions import ticking

    policy = Policy(mode, 0.5)
    library.decide([3], Decision(True, ("Blues",)))
    library.decide([4], Decision(False))
    for wanted in (True, False, True):
        change, tracks = ticking(policy, wanted), {track.id: track for track in library.tracks()}
        expected = {track.id: change(track) for track in tracks.values()}
        said = library.decide_alike(tracks, change, policy.threshold)
        assert {track.id: track.decision for track in library.tracks()} == expected
        changed = {track: said_before for said_before, ids in said.items() for track in ids}
        assert changed == {i: track.decision for i, track in tracks.items() if track.decision != expected[i]}
        assert library.count_found(state="proposed", mode=mode) == len(library.find(state="proposed", mode=mode))
        proposals = [propose(track, policy) for track in library.tracks()]
        assert library.count_found(state="proposed", mode=mode) == sum(proposal.ticked for proposal in proposals)


def test_a_decision_about_many_is_taken_back_as_a_whole(library, monkeypatch):
    monkeypatch.setattr("genre_tagger.library.library._SEVERAL", 3)
    before = piles_of(library.path)
    ids = list(library.find())
    library.decide(ids, Decision(True, ("Blues", "Folk")))
    assert {track.decision for track in library.tracks()} == {Decision(True, ("Blues", "Folk"))}
    assert library.count_found(state="proposed") == 12
    library.decide(ids, None)
    assert {track.decision for track in library.tracks()} == {None}
    assert piles_of(library.path) == before


def test_many_end_up_on_the_piles_that_they_would_be_put_on_one_by_one(tmp_path, monkeypatch):
    dice, names = random.Random(4), [str(tmp_path / f"{name}.sqlite3") for name in ("at-once", "each")]
    with Library.open(names[0]) as at_once, Library.open(names[1]) as each:
        for library in (at_once, each):
            for number, path in enumerate(PATHS):
                library.store(scanned(path, ino=number + 1), predicted(path, "Jazz", 0.3 + number // 6 / 2))
        for _ in range(25):
            some = dice.sample(range(1, 13), dice.choice((1, 3, 6, 12)))
            said = dice.choice((None, Decision(True), Decision(False), Decision(None, ("Blues",))))
            for library, several in ((at_once, 0), (each, 100)):
                monkeypatch.setattr("genre_tagger.library.library._SEVERAL", several)
                library.decide([*some, *some[:1], 99], said)
            assert piles_of(names[0]) == piles_of(names[1])
            assert list(at_once.tracks()) == list(each.tracks())


FACTS = tuple(TagFact(label, label, "mood", 0.5) for label in ("Happy", "Sad", "Rock"))


@pytest.mark.parametrize(
    "how",
    [
        {"threshold": 0.555}, {"by": By.ALBUM}, {"among": ("Jazz", "Rock")}, {"besides": Besides(("mood",), most=1)},
        {"besides": Besides(("mood", "style")), "mode": Mode.ADD, "by": By.ALBUM, "among": ("Jazz", "Rock")},
    ],
)  # fmt: skip
def test_so_is_what_is_decided_where_shares_or_thresholds_are_finer_than_piles(library, how):
    from app.table.decisions import ticking

    for number, path in enumerate(PATHS):
        shares = (Candidate("Blues", 0.5), Candidate("Jazz", 0.3), Candidate("Rock", number / 60))
        values = TagValues.of(FACTS, (number % 3 / 2, number % 2, 1.0))
        library.store(Prediction(path, "m", shares, tag_values=values))
        if number % 4 == 0:
            library.store(scanned(path, genres=("Sad", "Jazz"), ino=number + 1))
    library.albums.set_votes([(None, {track: Vote("Pop", 0.3 + track / 20, 0.9) for track in range(1, 9)})])
    library.among, policy = how.pop("among", ()), Policy(**{"threshold": 0.5, **how})
    library.decide([3], Decision(True, ("Blues",)))
    for wanted in (False, True):
        change, tracks = ticking(policy, wanted), {track.id: track for track in library.tracks()}
        expected = {track.id: change(track) for track in tracks.values()}
        said = library.decide_alike(tracks, change, policy.threshold, policy.by.agreed, policy.further)
        assert {track.id: track.decision for track in library.tracks()} == expected
        changed = {track: said_before for said_before, ids in said.items() for track in ids}
        assert changed == {i: track.decision for i, track in tracks.items() if track.decision != expected[i]}
        assert changed


def test_what_is_read_by_some_genres_is_kept_and_follows(library, tmp_path):
    def answers() -> list[object]:
        found = [list(library.find(state=state)) for state in ("proposed", "unsure")]
        orders = [list(library.find(order=order)) for order in ("confidence", "proposal")]
        return [found, orders, list(library.find(proposed="Rock")), list(library.tracks(best_only=True))]

    def hear(path: str, blues: float, rock: float) -> None:
        shares = (Candidate("Blues", blues), Candidate("Rock", rock), Candidate("Jazz", 0.1))
        library.store(Prediction(path, "m", shares))

    for number, path in enumerate(PATHS):
        hear(path, 0.5, number / 60)
    for genres in (("Jazz", "Rock"), ("Rock", "Blues")):
        library.among = genres
        assert library.unprepared() == 12
        before = answers()
        assert sum(library.prepare()) == 12
        assert (library.unprepared(), answers()) == (0, before)
    hear(PATHS[0], 0.1, 0.8)
    library.store(scanned(PATHS[1], ino=2, mtime_ns=77))
    assert library.unprepared() == 1
    kept = answers()
    library._db.execute("DELETE FROM among_of")
    assert answers() == kept
    library.among = ()
    assert library.unprepared() == 0


def test_answers_to_many_tracks_at_once_put_them_where_answers_one_by_one_do(tmp_path, monkeypatch, library):
    answers = [Answer(number, f"G{number % 3}", number / 20, f'[["G{number % 3}", {number / 20}]]')
               for number in range(1, 11)]  # fmt: skip
    library.decide([4], Decision(True))  # keeps what it has
    with Library.open(str(tmp_path / "other.sqlite3")) as other:
        fill(other)
        other.decide([4], Decision(True))
        for one in answers:
            other.teaching.answer([one], [], Taught())
        monkeypatch.setattr("genre_tagger.library.piles._FEW", 3)
        library.teaching.answer(answers, [], Taught())
        assert piles_of(library.path) == piles_of(other.path)
        for number in (2, 3, 7):
            other.teaching.answer([], [number], Taught())
        library.teaching.answer([], [2, 3, 7], Taught())
        assert piles_of(library.path) == piles_of(other.path)
        library.decide([1], Decision(False))
        assert piles_of(library.path) != piles_of(other.path), "the triggers are at work again"


def test_answers_that_cannot_be_stored_leave_the_piles_at_work(monkeypatch, library):
    monkeypatch.setattr("genre_tagger.library.piles._FEW", 3)
    before = piles_of(library.path)
    with pytest.raises(LibraryError):
        library.teaching.answer([Answer(n, "G", 0.5, "[]") for n in (1, 2, 3, 10**30)], [], Taught())
    assert piles_of(library.path) == before
    library.decide([1], Decision(False))
    assert piles_of(library.path) != before
