"""Which tracks are an album."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genre_tagger.library.tracks import AlbumRow
from genre_tagger.review.albums.grouping import group, lots


def row(number, path, album="First", artist="Anna", by="", disc=None, track=None, year=None, compilation=0):
    return AlbumRow(number, path, artist, album, by, disc, track, year, compilation)


def numbers(albums):
    return [album.tracks for album in albums]


def test_an_album_is_its_artist_and_its_name_wherever_its_tracks_lie_and_however_they_are_spelt():
    (album,) = group([
        row(1, "/m/a/2.mp3", "First", by="Anna", track=2, year=1999),
        row(2, "/m/b/1.flac", "first ", by="ANNA", track=1, year=1999),
        row(3, "/m/b/3.flac", "First", by="Anna", track=3),
    ])  # fmt: skip
    assert (album.name, album.artist, album.year, album.compilation, album.tracks) == (
        "First", "Anna", 1999, False, (2, 1, 3),
    )  # fmt: skip


def test_dealt_into_lots_tracks_make_the_same_albums():
    dice = random.Random(1)
    names = ("First", "first [CD 2]", "FIRST (Disc 1)", "Second", "Sécond", "Second disc 3", "Unknown", "Third")
    rows = [
        row(i, f"/m/{dice.choice('abc')}/{i}.mp3", dice.choice(names), dice.choice(("Anna", "Bea")),
            dice.choice(("", "Anna", "VA")), track=dice.randrange(4))
        for i in range(200)
    ]  # fmt: skip
    dealt = list(lots(((one.id, one.album) for one in rows), size=30))
    assert len(dealt) > 2
    assert sorted(track for lot in dealt for track in lot) == list(range(200))
    apart = [album for lot in dealt for album in group([rows[track] for track in lot])]
    assert sorted(apart, key=lambda album: album.key) == sorted(group(rows), key=lambda album: album.key)


def test_without_an_album_artist_it_is_the_folder_and_guests_make_no_other_album():
    rows = [row(i, f"/m/x/{i}.mp3", artist=f"Anna feat. Guest {i}", track=i) for i in (1, 2, 3)]
    rows += [row(9, "/m/y/9.mp3", track=1)]
    albums = group(rows)
    assert sorted(numbers(albums)) == [(1, 2, 3), (9,)]
    assert not any(album.compilation for album in albums)


def test_a_track_without_album_artist_goes_with_its_folder():
    rows = [row(1, "/m/x/1.mp3", by="Anna", track=1), row(2, "/m/x/2.mp3", track=2), row(3, "/m/z/3.mp3", track=3)]
    assert sorted(numbers(group(rows))) == [(1, 2), (3,)]


@pytest.mark.parametrize(
    ("places", "name"),
    [
        ([("/m/Wall/CD1/1.mp3", "The Wall"), ("/m/Wall/CD 2/1.mp3", "The Wall")], "The Wall"),
        ([("/m/Wall/1.mp3", "The Wall (Disc 1)"), ("/m/Wall/1b.mp3", "The Wall (disc 2: Later)")], "The Wall"),
        ([("/m/Wall [Disc 1]/1.mp3", "The Wall"), ("/m/Wall [Disc 2]/1.mp3", "The Wall")], "The Wall"),
        ([("/m/Wall/Disk 1 - A/1.mp3", "The Wall, CD1"), ("/m/Wall/Disk 2 - B/1.mp3", "The Wall, CD2")], "The Wall"),
    ],
)  # fmt: skip
def test_a_set_of_discs_is_one_album_and_in_order(places, name):
    rows = [row(i, path, album, track=1) for i, (path, album) in enumerate(places, start=1)]
    (album,) = group(reversed(rows))
    assert (album.name, album.discs, album.tracks) == (name, 2, (1, 2))


def test_disc_numbers_go_before_track_numbers():
    rows = [row(1, "/m/a", disc=2, track=1), row(2, "/m/b", disc=1, track=2), row(3, "/m/c", disc=1, track=1)]
    assert numbers(group(rows)) == [(3, 2, 1)]


@pytest.mark.parametrize("name", ["Various Artists", "VA", "Verschiedene Künstler", "various"])
def test_various_artists_are_a_compilation_however_they_are_called(name):
    (album,) = group([row(i, f"/m/{i}.mp3", artist=f"A{i}", by=name, track=i) for i in (1, 2)])
    assert album.compilation
    assert album.artist == name


def test_many_artists_in_a_folder_without_an_album_artist_are_a_compilation():
    (album,) = group([row(i, f"/m/{i}.mp3", artist=f"A{i}", track=i) for i in range(1, 6)])
    assert (album.compilation, album.artist) == (True, "")


def test_a_best_of_that_calls_itself_a_compilation_is_still_of_one_artist():
    (album,) = group([row(i, f"/m/{i}.mp3", by="Anna", track=i, compilation=1) for i in (1, 2, 3)])
    assert not album.compilation
    (album,) = group([row(i, f"/m/{i}.mp3", artist=f"A{i % 2}", track=i, compilation=1) for i in (1, 2, 3)])
    assert album.compilation


def test_albums_of_one_name_in_one_folder_are_told_apart_by_what_clashes():
    rows = [row(10 * a + i, f"/m/{a}{i}.mp3", "Best of", f"Artist {a}", track=i) for a in (1, 2) for i in (1, 2, 3)]
    assert sorted(numbers(group(rows))) == [(11, 12, 13), (21, 22, 23)]


def test_a_double_sampler_without_disc_numbers_stays_one_album():
    rows = [row(10 * a + i, f"/m/{a}{i}.mp3", "Hits", f"Artist {a}{i}", track=i) for a in (1, 2) for i in (1, 2, 3)]
    (album,) = group(rows)
    assert album.compilation


def test_albums_of_one_artist_and_name_from_different_years_are_two_and_copies_are_one():
    def weezer(folder, year, first):
        return [row(first + i, f"/m/{folder}/{i}", "Weezer", by="Weezer", track=i, year=year) for i in (1, 2)]

    albums = group(weezer("blue", 1994, 10) + weezer("green", 2001, 20))
    assert [(album.year, album.tracks) for album in albums] == [(1994, (11, 12)), (2001, (21, 22))]
    (album,) = group(weezer("flac", 1994, 10) + weezer("mp3", 1994, 20))
    assert len(album.tracks) == 4


@pytest.mark.parametrize("name", ["Unknown Album", "Unbekanntes Album", "[non-album tracks]", " "])
def test_no_album_is_no_album(name):
    assert group([row(1, "/m/1.mp3", name), row(2, "/m/2.mp3", name)]) == []


def test_a_name_that_is_nothing_but_a_disc_is_kept():
    (album,) = group([row(1, "/m/x/1.mp3", "CD 1")])
    assert album.name == "CD 1"


def test_an_album_of_400_files_is_an_album():
    (album,) = group([row(i, f"/m/{i:03}.mp3", by="Anna", track=i) for i in range(1, 401)])
    assert album.tracks == tuple(range(1, 401))


_WORDS = st.sampled_from(["", "First", "first", "Second (Disc 2)", "VA", "音楽", "Ωmega", "CD 1", "Various Artists"])
_ROWS = st.lists(
    st.builds(
        row, st.just(0), st.sampled_from(["/m/a/x", "/m/b/x", "/m/a/CD1/x", "/m/a/CD2/x"]), album=_WORDS, artist=_WORDS,
        by=_WORDS, disc=st.none() | st.integers(1, 3), track=st.none() | st.integers(1, 4),
        year=st.none() | st.integers(1990, 1992), compilation=st.integers(0, 1),
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=60)
@given(_ROWS, st.randoms(use_true_random=False))
def test_each_track_is_in_one_album_at_most_and_the_order_of_the_rows_does_not_matter(rows, chance: random.Random):
    rows = [one._replace(id=i, path=f"{one.path}{i}") for i, one in enumerate(rows)]
    albums = group(rows)
    there = [track for album in albums for track in album.tracks]
    assert len(there) == len(set(there))
    assert set(there) == {one.id for one in rows if one.album}
    assert len({album.key for album in albums}) == len(albums)
    chance.shuffle(rows)
    assert group(rows) == albums
