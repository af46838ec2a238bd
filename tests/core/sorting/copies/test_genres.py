"""Which genres copies have: what is offered to copy is what the copies are sorted by."""

from __future__ import annotations

from collections import Counter

import pytest

from genre_tagger import line
from genre_tagger.files.tags import read_genres, write_genres
from genre_tagger.library.tracks import Decision
from genre_tagger.review.policy import Mode, Policy
from genre_tagger.sorting.copies.genres import genres_in_copies
from genre_tagger.sorting.copies.plan import Carry


@pytest.mark.parametrize("mode", list(Mode))
def test_genres_are_counted_as_copies_get_them(full_shelf, mode):
    full_shelf.scan()
    policy, tracks = Policy(mode=mode), list(full_shelf.library.tracks())
    assert dict(genres_in_copies(full_shelf.library, policy)) == {"Blues": 1, "Jazz": 5, "Rock": 1}
    without = [track.id for track in tracks if not track.genres]
    full_shelf.library.decide(without[:1], Decision(True, ("Tango",)))
    rock = next(track.id for track in tracks if track.genres == ("Rock",))
    full_shelf.library.decide([rock], Decision(True, ("Dub",)))
    has = Counter(genre for item in line.wanted_copies(full_shelf.library, policy) for genre in item.genres)
    assert dict(genres_in_copies(full_shelf.library, policy)) == dict(has)
    assert has["Tango"] == 1


def test_a_copy_carries_what_its_genre_is_a_kind_of_and_lies_there(full_shelf):
    write_genres(str(full_shelf.music / "flac.flac"), ("Bebop", "Deep House"))
    full_shelf.copy(full_shelf.plan("{genre}/{name}", carry=Carry.PARENT, genres=["Bebop"]))
    assert list(full_shelf.there()) == ["Jazz/flac.flac"]
    assert read_genres(str(full_shelf.target / "Jazz" / "flac.flac")) == ("Jazz",)
    full_shelf.copy(full_shelf.plan("{genre}/{name}", carry=Carry.PARENT, genres=["Electronic"]))
    assert list(full_shelf.there()) == ["Jazz/flac.flac"], "the second genre counts as well"
