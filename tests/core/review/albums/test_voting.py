"""What the tracks of an album say together."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_tagger import line
from genre_tagger.files.values import Details
from genre_tagger.library.albums import Albums
from genre_tagger.library.finding import finder
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, NoGenre, Prediction, Vote, evened
from genre_tagger.review.albums.grouping import Album
from genre_tagger.review.albums.listing import judged_of
from genre_tagger.review.albums.voting import judge, pool, votes
from genre_tagger.review.policy import By, Policy
from helpers.albums import judged_together
from helpers.tracks import predicted, scanned


def heard(**shares):
    return dict(sorted(shares.items(), key=lambda one: -one[1]))


def best(pooled):
    return next(iter(pooled.items()))


def album(*tracks, compilation=False):
    return Album(("anna", "first"), "First", "Anna", None, compilation, 1, tracks)


def verdict(*tracks, compilation=False):
    heard = {number: ("m", track) for number, track in enumerate(tracks)}
    (judged,) = judge([album(*heard, compilation=compilation)], heard)
    return judged


SURE, LESS, OTHER = heard(Jazz=0.9, Blues=0.1), heard(Jazz=0.6, Blues=0.4), heard(Blues=0.95, Jazz=0.05)


def test_tracks_that_agree_are_together_surer_than_each_and_tracks_that_differ_less_sure():
    agreed, split = pool([LESS, LESS]), pool([SURE, SURE, OTHER])
    assert best(agreed)[0] == best(split)[0] == "Jazz"
    assert best(agreed)[1] > 0.6
    assert best(split)[1] < best(pool([SURE, SURE, LESS]))[1] < 1


def test_one_track_cannot_forbid_a_genre_to_its_album():
    assert best(pool([SURE] * 9 + [heard(Blues=1.0, Jazz=0.0)]))[0] == "Jazz"


def test_an_album_of_one_track_says_what_the_track_says_and_one_of_none_nothing():
    assert pool([LESS]) == pytest.approx(LESS)
    assert pool([]) == {}
    assert votes([verdict(SURE)]) == {}
    assert verdict().vote is None


def test_an_album_of_400_tracks_is_not_surer_than_its_tracks_are_independent():
    assert best(pool([LESS] * 400))[1] < 0.8  # three witnesses of 0.6


def test_the_track_that_sounds_different_is_named_and_the_most_different_first():
    judged = verdict(SURE, SURE, OTHER, LESS, heard(Blues=0.99, Jazz=0.01), SURE, SURE, SURE)
    assert (judged.genre, judged.agree, judged.heard) == ("Jazz", 6 / 8, 8)
    assert judged.outliers == (4, 2)


def test_a_compilation_has_no_vote_and_no_outliers():
    judged = verdict(SURE, SURE, OTHER, compilation=True)
    assert (judged.vote, judged.outliers) == (None, ())
    assert votes([judged]) == {}


def test_what_another_model_heard_has_no_part():
    (judged,) = judge([album(1, 2, 3)], {1: ("new", SURE), 2: ("old", OTHER), 3: ("new", SURE)})
    assert (judged.heard, judged.outliers, judged.agree) == (2, (), 1.0)
    assert judged.vote == votes([judged])[2]


# Of each track they add up to one, as a model's do.
_SHARES = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(
    lambda values: heard(**dict(zip(("Jazz", "Blues", "Rock"), evened(values), strict=True)))
)


@settings(max_examples=60)
@given(st.lists(_SHARES, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_pooled_probabilities_add_up_to_one_in_any_order_of_the_tracks(tracks, chance: random.Random):
    pooled = pool(tracks)
    assert pooled.keys() == {"Jazz", "Blues", "Rock"}
    assert sum(pooled.values()) == pytest.approx(1)
    assert list(pooled.values()) == sorted(pooled.values(), reverse=True)
    chance.shuffle(tracks)
    assert pool(tracks) == pytest.approx(pooled)


@settings(max_examples=60)
@given(_SHARES, st.integers(2, 12))
def test_tracks_that_all_say_the_same_have_their_album_say_it_too(track, number):
    judged = verdict(*[track] * number)
    assert (judged.outliers, judged.agree) == ((), 1.0)


@pytest.fixture
def library(tmp_path):
    with Library.open(str(tmp_path / "library.sqlite3")) as opened:
        yield opened


def said(path, **shares):
    return Prediction(path, "m", tuple(Candidate(*share) for share in heard(**shares).items()))


def test_the_library_keeps_what_albums_say_and_forgets_it_with_what_was_heard(library):
    for number, shares in enumerate([SURE, SURE, heard(Blues=0.6, Jazz=0.4)], start=1):
        path = f"/m/{number}.mp3"
        library.store(scanned(path, artist="Anna", album="First", number=number), said(path, **shares))
    library.store(scanned("/m/4.mp3", artist="Anna", album="First"), Prediction("/m/4.mp3", "m", nothing=NoGenre.SHORT))
    library.store(scanned("/m/single.mp3", artist="Anna"), predicted("/m/single.mp3", "Rock"))
    line.vote_into(library)
    (judged,) = judged_of(library, [2])
    assert judged.heard == 3
    vote = Vote("Jazz", judged.probability, 2 / 3)
    assert [track.vote for track in library.tracks()] == [vote, vote, vote, None, None]
    by_album = Policy(by=By.ALBUM)
    assert [proposal.genre for proposal in line.proposals(library, by_album)] == ["Jazz", "Jazz", "Jazz", None, "Rock"]
    assert list(library.find(proposed="Jazz", **by_album.terms())) == [1, 2, 3]
    assert list(library.find(proposed="Jazz")) == [1, 2]

    assert library.albums.unvoted() == []
    library.store(predicted("/m/1.mp3", "Disco"))
    assert next(library.tracks(ids=[1])).vote is None
    assert library.albums.unvoted() != []
    line.vote_into(library)
    assert next(library.tracks(ids=[1])).vote is not None


def test_what_changes_while_albums_vote_has_them_vote_again(library):
    for number in (1, 2):
        path = f"/m/{number}.mp3"
        library.store(scanned(path, artist="Anna", album="First", number=number), said(path, **SURE))
    line.vote_into(library)
    vote = next(library.tracks()).vote

    def meanwhile():
        yield [1], {1: vote}
        library.store(said("/m/2.mp3", Blues=0.9, Jazz=0.1))
        yield [2], {}

    library.albums.set_votes(meanwhile())
    assert [track.vote for track in library.tracks()] == [vote, None]
    assert library.albums.unvoted() != []


def test_among_some_genres_the_album_has_one_of_them_and_what_is_only_offered_is_never_its_genre(library):
    for number in (1, 2):
        path = f"/m/{number}.mp3"
        library.store(scanned(path, artist="Anna", album="First", number=number))
        shares = (Candidate("World", 0.5, only_offered=True), Candidate("Jazz", 0.3), Candidate("Blues", 0.2))
        library.store(Prediction(path, "m", shares))
    (judged,) = judged_together(library)
    assert (judged.genre, judged.outliers, judged.agree) == ("Jazz", (), 1.0)
    assert judged.probability < 0.5
    line.vote_into(library)
    library.among = ("Blues", "Rock")
    assert library.albums.unvoted() != []
    line.vote_into(library)
    assert [track.vote for track in library.tracks()] == [Vote("Blues", 1.0, 1.0)] * 2


def test_various_artists_are_judged_track_by_track(library):
    details = Details(album_artist="Various Artists")
    for number, genre in enumerate(["Jazz", "Blues"]):
        path = f"/m/{number}.mp3"
        library.store(scanned(path, artist=f"A{number}", album="Hits", details=details), predicted(path, genre, 0.9))
    line.vote_into(library)
    assert [proposal.genre for proposal in line.proposals(library, Policy(by=By.ALBUM))] == ["Jazz", "Blues"]


_TITLES = ("Hits", "hits (Disc 2)", "  Hits", "The Wall", "")
_GENRES = st.sampled_from(["Jazz", "Blues", "Rock"])
_TRACK = st.tuples(st.sampled_from(_TITLES), st.sampled_from(["Anna", "Bea"]), st.integers(0, 1), _GENRES)
_HAPPENS = st.tuples(
    st.integers(0, 7), st.sampled_from(["scan", "hear", "change", "nothing", "vanish", "move", "forget"]),
    st.one_of(st.none(), _TRACK),
)


def happen(library: Library, number: int, what: str, track: tuple[str, str, int, str]) -> None:
    path, (title, artist, folder, genre) = f"/m/{number % 2}/{number}.mp3", track
    if what in ("scan", "change"):
        details, changed = Details(album_artist=artist if number % 4 else "", compilation=folder == 1), what == "change"
        library.store(scanned(path, artist=artist, album=title, details=details, ino=number + 1, mtime_ns=1 + changed))
    elif what == "hear":
        library.store(predicted(path, genre, 0.5 + folder / 10))
    elif what == "nothing":
        library.store(Prediction(path, "m", nothing=NoGenre.SHORT))
    elif what == "vanish":
        library.mark_vanished([path])
    elif what == "move":
        library.move([(path, f"/m/{folder}/moved {number}.mp3")])
    else:
        library.remove_folder(f"/m/{folder}")


@settings(max_examples=15)
@given(
    tracks=st.lists(_TRACK, min_size=8, max_size=8), then=st.lists(_HAPPENS, min_size=2, max_size=5),
    large=st.booleans(),
)  # fmt: skip
def test_albums_that_vote_again_after_a_change_leave_the_votes_that_all_albums_together_would(
    tracks, then, large, tmp_path_factory
):
    path = str(tmp_path_factory.mktemp("votes") / "library.sqlite3")
    with pytest.MonkeyPatch.context() as patched, Library.open(path) as library:
        patched.setattr(finder, "_MANY", 0 if large else 30_000)
        for number, track in enumerate(tracks):
            for what in ("scan", "hear"):
                happen(library, number, what, track)
        for event in (None, *then):
            if event is not None:
                number, what, track = event
                happen(library, number, what, track or tracks[number])
            line.vote_into(library)
            assert library.albums.unvoted() == []
            expected = votes(judged_together(library))
            stored = {track.id: track.vote for track in library.tracks() if track.vote is not None}
            heard_in = {t.id for t in library.tracks() if t.prediction is not None and t.prediction.genre is not None}
            assert stored == {track: vote for track, vote in expected.items() if track in heard_in}


def test_whatever_changes_an_album_is_noticed(library):
    def store(number, album, **more):
        library.store(scanned(f"/m/{number}/a.mp3", artist="Anna", album=album, ino=number + 1, **more))

    def hear(number, genre="Jazz"):
        library.store(predicted(f"/m/{number}/a.mp3", genre))

    def all_vote():
        line.vote_into(library)
        assert library.albums.unvoted() == []

    for number, album in enumerate(["Hits", "Hits", "The Wall", "Silence"]):
        store(number, album)
    all_vote()
    for change, names in (
        (lambda: hear(0), ["Hits"]),
        (lambda: hear(0, "Rock"), ["Hits"]),
        (lambda: store(0, "Hits", mtime_ns=2), ["Hits"]),  # another sound, so what was heard is forgotten
        (lambda: store(0, "Hits", mtime_ns=2, genres=("Rock",)), []),
        (lambda: store(0, "Hits", mtime_ns=2, details=Details(year=1999)), ["Hits"]),
        (lambda: store(0, "Bits", mtime_ns=2), ["Bits", "Hits"]),
        (lambda: store(0, "", mtime_ns=2), ["Bits"]),
        (lambda: library.mark_vanished(["/m/1/a.mp3"]), ["Hits"]),
        (lambda: library.move([("/m/1/a.mp3", "/m/1/b.mp3")]), ["Hits"]),
        (lambda: library.remove_folder("/m/2"), ["The Wall"]),
        (lambda: (hear(3), store(3, "Hits"), hear(1)), ["Hits", "Silence"]),
    ):
        change()
        assert library.albums.unvoted() == names
        all_vote()


@pytest.mark.parametrize("large", [False, True])
def test_a_track_that_is_heard_has_only_its_own_album_vote(library, monkeypatch, large):
    monkeypatch.setattr(finder, "_MANY", 0 if large else 30_000)
    for number, album in enumerate(["The Wall", "The Wall (CD 2)", "The Walk", "Thelonious", "Hits"]):
        for track in (1, 2):
            path = f"/m/{number}/{track}.mp3"
            library.store(scanned(path, artist="Anna", album=album, number=track), predicted(path, "Jazz", 0.7))
    line.vote_into(library)
    asked, shares = [], Albums.shares
    monkeypatch.setattr(Albums, "shares", lambda albums, ids: asked.extend(ids) or shares(albums, ids))
    line.vote_into(library)
    assert asked == []
    library.store(predicted("/m/0/1.mp3", "Rock", 0.9))
    line.vote_into(library)
    assert asked == [1, 2, 3, 4]
