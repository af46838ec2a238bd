"""What is asked about, in which order, and what is offered with it."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from genre_tagger.base.errors import FileFailure
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision, NoGenre, Prediction
from genre_tagger.model.strip import Strip
from genre_tagger.review.albums.grouping import group, lots
from genre_tagger.review.asking import queue as queue_module
from genre_tagger.review.asking.moment import telling_moment
from genre_tagger.review.asking.order import by_usefulness, density, directions
from genre_tagger.review.asking.queue import these_alike, waiting
from genre_tagger.review.asking.spot import Spots, interval
from genre_tagger.review.policy import Policy
from helpers.tracks import predicted, scanned


def heard(path, probability, vector=None):
    one = predicted(path, "Jazz", probability)
    embedding = None if vector is None else np.array(vector, dtype="<f2").tobytes()
    return Prediction(path, "m", one.candidates, embedding=embedding)


@pytest.fixture
def library(tmp_path):
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        yield library


def put(library, *probabilities, vectors=None):
    """Tracks 1, 2, … of which the model is so sure."""
    for number, probability in enumerate(probabilities):
        library.store(scanned(f"/m/{number}.mp3"))
        library.store(heard(f"/m/{number}.mp3", probability, None if vectors is None else vectors[number]))
    return list(range(1, len(probabilities) + 1))


def test_of_unsure_tracks_the_least_sure_come_first_and_decided_ones_not_at_all(library):
    ids = put(library, 0.4, 0.2, 0.9, 0.3)
    library.decide([4], Decision(False))
    queue = waiting(library, ids, Policy())
    assert [track for track in queue.ids if track not in queue.spots] == [2, 1]
    assert queue.sure == 1
    assert queue.spots == {3}


def on_albums(library):
    """Two albums, two of one name in different folders, a compilation and a track on none, all unsure but one."""
    names = [*[("Long", "Anna", "l")] * 4, ("Short", "Bert", "s"), *[("Hits", "", "a")] * 2, ("Hits", "", "b")]
    rows = [*names, *[("Mixed", artist, "m") for artist in ("Cora", "Dora", "Emma", "Fred")], ("", "Gil", "n")]
    for number, (album, artist, folder) in enumerate(rows):
        path = f"/m/{folder}/{number}.mp3"
        library.store(scanned(path, artist=artist, album=album, number=number + 1, ino=number + 1))
        library.store(heard(path, 0.9 if number == 3 else 0.3 + number / 100))
    return list(range(1, len(rows) + 1))


def test_albums_with_many_unsure_tracks_come_first_but_no_compilations(library):
    queue = waiting(library, on_albums(library), Policy(), albums=True)
    assert [track for track in queue.ids if track not in queue.spots] == [1, 2, 3, 6, 7, 5, 8, 9, 10, 11, 12, 13]
    assert queue.spots == {4}


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_albums_that_are_read_some_at_a_time_weigh_the_same_as_all_read_at_once(library, monkeypatch, size):
    ids = on_albums(library)
    uncertainty = {track: 1 / track for track in ids if track % 4}
    whole = {}
    for album in group(library.albums.rows()):
        asked = [track for track in album.tracks if track in uncertainty and not album.compilation]
        whole |= {track: uncertainty[track] * len(asked) for track in asked}
    monkeypatch.setattr(queue_module, "lots", partial(lots, size=size))
    assert queue_module._of_albums(library, uncertainty) == uncertainty | whole


def test_a_list_may_be_gone_through_whole_also_where_no_genre_was_heard(library):
    ids = put(library, 0.9, 0.2)
    library.store(scanned("/m/n.mp3"), Prediction("/m/n.mp3", "m", nothing=NoGenre.NOT_MUSIC))
    assert set(waiting(library, [*ids, 3], Policy(), everything=True).ids) == {1, 2, 3}
    assert waiting(library, ids[:1], Policy(), everything=True).ids == (1,)


def test_what_could_not_be_heard_is_gone_through_in_its_list_until_it_is_answered(library):
    ids = put(library, 0.9, 0.2)
    library.store(scanned("/m/broken.mp3"), FileFailure("/m/broken.mp3", "classify", "It cannot be decoded."))
    assert waiting(library, library.find(state="errors"), Policy(), everything=True).ids == (3,)
    library.decide([3], Decision(True, ("Jazz",)))
    assert set(waiting(library, [*ids, 3], Policy(), everything=True).ids) == {1, 2}


def test_a_library_without_anything_unsure_has_an_empty_queue_and_says_how_many_are_sure(library):
    queue = waiting(library, put(library, 0.9, 0.8), Policy())
    assert (queue.ids, queue.sure) == ((), 2)
    assert waiting(library, [], Policy()).ids == ()


def test_an_uncertain_track_among_many_alike_comes_before_a_lonely_one_and_its_likes_after_others():
    rng = np.random.default_rng(1)
    crowd = np.array([1.0, 0, 0]) + 0.05 * rng.normal(size=(8, 3))
    other = np.array([0, 1.0, 0]) + 0.05 * rng.normal(size=(5, 3))
    towards = directions(np.vstack([crowd, other, [[0, 0, -3.0]]]).astype(np.float16))
    order = by_usefulness(np.full(14, 0.6), towards).tolist()
    assert sorted(order) == list(range(14))
    assert order[0] < 8
    assert 8 <= order[1] < 13  # the first of the crowd has said enough of the others
    assert order[:2].count(13) == 0
    assert density(towards)[:8].min() > density(towards)[13]


def test_directions_and_order_of_nothing_are_nothing():
    assert directions(np.zeros((0, 0), np.float16)).shape == (0, 0)
    assert by_usefulness(np.zeros(0), np.zeros((0, 3), np.float32)).tolist() == []
    assert by_usefulness(np.ones(1), np.ones((1, 3), np.float32)).tolist() == [0]


def test_these_alike_are_of_the_queue_and_of_one_sound(library):
    vectors = [[1, 0.1, 0], [1, 0.1, 0.02], [1.05, 0.1, 0], [-1, 1, 0], [-1, -1, 0.3], [1, 0.09, 0.02]]
    ids = put(library, *[0.4] * 6, vectors=vectors)
    assert set(these_alike(library, 1, ids[:5], "m")) == {2, 3}
    assert these_alike(library, 1, ids, "another model") == []
    assert these_alike(library, 99, ids, "m") == []
    assert set(waiting(library, ids, Policy(), model="m").ids) == set(ids)


def strip(*likely, silent=()):
    """Two genres; how likely the first is in each second."""
    first = np.array(likely, dtype=np.float32)
    loud = np.array([number not in silent for number in range(len(likely))])
    shares = np.stack([first, 1 - first], axis=1)
    starts = np.arange(len(likely), dtype=np.float64)
    return Strip(starts, 1.0, 1.0, shares, loud, np.ones_like(loud), complete=True)


def test_one_listens_where_the_candidates_differ_most():
    assert telling_moment(strip(*[0.5] * 20, *[0.95] * 10, *[0.6] * 20)) == 20.0
    # Where it speaks clearly for the second as well; not where nothing is heard.
    assert telling_moment(strip(*[0.9] * 5, *[0.55] * 10, *[0.0] * 5, silent=range(5)), seconds=5) == 15.0
    assert telling_moment(strip(0.7, 0.7), seconds=10) == 0.0
    assert telling_moment(strip(0.7, 0.7, silent=(0, 1))) == 0.0


@pytest.mark.parametrize(
    ("right", "asked", "low", "high"), [(0, 0, 0, 1), (9, 10, 0.596, 0.982), (20, 20, 0.839, 1), (0, 5, 0, 0.434)]
)
def test_the_share_that_is_right_is_told_with_what_is_not_known_of_it(right, asked, low, high):
    assert interval(Spots(asked, right)) == pytest.approx((low, high), abs=0.001)
