"""What several tracks have in common, and changes that leave each its other genres."""

from __future__ import annotations

import pytest

from genre_tagger.library.tracks import Decision
from genre_tagger.review.policy import Mode, Policy, propose
from genre_tagger.review.several import Shared, changed, genres_to_be, in_common
from helpers import tracks
from helpers.tracks import predicted


def track(*genres, said=None, heard=None):
    return tracks.track(genres=genres, decision=said, prediction=predicted("/a", heard, 0.9) if heard else None)


CHOSEN = Decision(True, ("Rock", "Live"))


@pytest.mark.parametrize(
    ("one", "policy", "genres"),
    [
        (track("Pop", heard="Jazz"), Policy(), ("Pop",)),
        (track(heard="Jazz"), Policy(), ("Jazz",)),
        (track(heard="Jazz"), Policy(threshold=0.95), ()),
        (track("Pop", heard="Jazz"), Policy(Mode.ADD), ("Pop", "Jazz")),
        (track("Pop", said=CHOSEN), Policy(), ("Rock", "Live")),
        (track("Pop", said=Decision(False), heard="Jazz"), Policy(Mode.REPLACE), ("Pop",)),
    ],
)
def test_a_track_is_to_have_what_is_written_or_what_it_has(one, policy, genres):
    assert genres_to_be(one, policy) == genres


def test_in_common_is_what_all_have_however_it_is_spelt():
    said = Decision(True, ("ROCK", "Hip Hop"))
    shelf = [track("Hip-Hop", "Rock", "Live"), track("rock", "hip hop"), track(said=said)]
    assert in_common(shelf, Policy()).genres == ("Hip-Hop", "Rock")
    assert in_common([*shelf, track()], Policy()).genres == ()
    assert in_common([], Policy()) == Shared()


def test_in_common_can_be_looked_for_piece_by_piece():
    shelf = [track("Rock", "Live", "Pop"), track("Pop", "Rock"), track("Rock")]
    whole, shared = in_common(shelf, Policy(Mode.ADD)), None
    for one in shelf:
        shared = in_common([one], Policy(Mode.ADD), shared)
    assert shared == whole
    assert whole == Shared(("Rock",), frozenset({"rock", "live", "pop"}))


def test_what_is_looked_for_in_vain_is_not_looked_for_in_all():
    looked = []

    def shelf():
        for one in (track("Rock"), track("Pop"), track("Rock")):
            looked.append(one)
            yield one

    assert in_common(shelf(), Policy()).genres == ()
    assert len(looked) == 2


def test_a_genre_is_added_to_and_taken_from_what_each_has():
    one = track("Pop", said=CHOSEN)
    assert changed(one, Policy(), add=("Soul",), remove=("rock",)) == Decision(True, ("Live", "Soul"))
    assert changed(one, Policy(), add=("live",)) is one.decision
    assert changed(one, Policy(), remove=("Soul",)) is one.decision
    kept = track("Pop", "Rock")
    after = propose(tracks.track(genres=kept.genres, decision=changed(kept, Policy(), remove=("Rock",))), Policy())
    assert (after.ticked, after.new) == (True, ("Pop",))


def test_no_track_is_left_without_a_genre_it_has():
    only = track("Pop")
    assert changed(only, Policy(), remove=("Pop",)) is None
    # What was only proposed can be taken away: then the file keeps what it has, be it nothing.
    assert changed(track(heard="Jazz"), Policy(), remove=("Jazz",)) == Decision(False)
    assert changed(track("Pop", said=Decision(True, ("Rock",))), Policy(), remove=("Rock",)) == Decision(False)
