"""A radio: it begins with its seeds, is as long as it is to be, and has no artist twice in a row."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.library.library import Library
from genre_tagger.review.sounds.similar import points_of
from genre_tagger.sorting.playlists.radio import Heard, programme, radio
from helpers.sounds import store

TRACKS = st.lists(st.tuples(st.sampled_from(["", "Anna", "anna", "Ben", "Cleo"]), st.floats(0, 900)), max_size=40)


@given(TRACKS, st.floats(0, 7200))
def test_no_two_neighbours_are_by_one_artist_and_none_comes_twice(rows, seconds):
    heard = {number: Heard(*row) for number, row in enumerate(rows)}
    made = programme([0, 1], range(len(rows)), heard, seconds)
    assert len(set(made.tracks)) == len(made.tracks)
    artists = [heard[track].artist.casefold() for track in made.tracks]
    assert all(one != other or not one for one, other in pairwise(artists))
    assert made.seconds == sum(heard[track].length for track in made.tracks)
    assert all(heard[track].length > 0 for track in made.tracks)
    if len(made.tracks) > 1:
        assert made.seconds <= seconds + 90


@given(st.integers(1, 300))
def test_with_enough_tracks_it_is_as_long_as_it_is_to_be(minutes):
    heard = {number: Heard(f"artist {number % 7}", 100 + number % 200) for number in range(1000)}
    made = programme([5], range(1000), heard, minutes * 60)
    assert made.tracks[0] == 5
    assert abs(made.seconds - minutes * 60) <= 90 or made.tracks == (5,)


def test_it_goes_on_with_what_sounds_like_its_seeds(tmp_path):
    kinds = ["Chanson", "Dub", "Jazz"] * 20
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        store(library, kinds)
        points = points_of(library, str(tmp_path / "cache"))
        first = next(library.tracks()).id
        made = radio(library, points, [first], 30)
        tracks = {track.id: track for track in library.tracks(ids=made.tracks)}
    assert made.tracks[0] == first
    assert 30 * 60 <= made.seconds <= 31.5 * 60
    kinds_heard = [kinds[int(tracks[track].path[-7:-4])] for track in made.tracks]
    assert kinds_heard.count("Chanson") >= 8
