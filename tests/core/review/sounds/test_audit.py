from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.review.sounds.audit import audit
from helpers.sounds import heard

KINDS = ["Chanson", "Dub", "Jazz", "Rock"] * 25
ARTISTS = [f"artist {number // 5}" for number in range(100)]
SOUNDS = heard(KINDS, ARTISTS)


def _swapped(share: float = 0.05) -> tuple[list[tuple[str, ...]], set[int]]:
    rng = np.random.default_rng(5)
    rows = {int(row) for row in rng.permutation(100)[: int(share * 100)]}
    others = {row: str(rng.choice([kind for kind in set(KINDS) if kind != KINDS[row]])) for row in rows}
    return [(others.get(row, kind),) for row, kind in enumerate(KINDS)], {int(SOUNDS.ids[row]) for row in rows}


def test_most_of_what_surprises_most_are_tracks_whose_genre_was_swapped() -> None:
    said, swapped = _swapped()
    first = audit(SOUNDS, said).surprises[:5]
    assert len({entry.track for entry in first} & swapped) >= 3
    assert [entry.surprise for entry in first] == sorted((entry.surprise for entry in first), reverse=True)


def test_both_names_are_given_for_a_track() -> None:
    said: list[tuple[str, ...]] = [(kind,) for kind in KINDS]
    said[2] = ("Dub",)  # it is Jazz
    worst = audit(SOUNDS, said).surprises[0]
    assert (worst.track, worst.said, worst.heard) == (3, "Dub", "Jazz")
    assert worst.surprise > 2
    assert 0.5 < worst.probability <= 1


def test_an_artist_who_is_wrong_throughout_is_found_out_by_the_others() -> None:
    said = [("Dub",) if artist == "artist 3" else (kind,) for kind, artist in zip(KINDS, ARTISTS, strict=True)]
    wrong = {row + 1 for row, kind in enumerate(KINDS) if ARTISTS[row] == "artist 3" and kind != "Dub"}
    assert len(wrong & {entry.track for entry in audit(SOUNDS, said).surprises[:4]}) >= 3


def test_genres_that_nobody_can_judge_are_named_and_left_alone() -> None:
    said: list[tuple[str, ...]] = [(kind,) for kind in KINDS]
    said[0] = said[4] = ("Polka",)
    said[8] = ()
    found = audit(SOUNDS, said)
    assert found.unjudged == {"Polka": 2}
    assert {1, 5, 9}.isdisjoint(entry.track for entry in found.surprises)


def test_genres_of_the_bundled_model_are_judged_from_the_first_track_on() -> None:
    said = [("Rock",) if row in (2, 3) else () for row in range(len(KINDS))]  # one is Jazz, one is Rock
    first, second = audit(SOUNDS, said).surprises
    assert (first.track, first.heard) == (3, "Jazz")
    assert first.surprise > second.surprise


@pytest.mark.parametrize("said", [[() for _ in KINDS], [("Polka",)] + [()] * 99])
def test_without_anything_to_judge_the_list_is_empty(said: list[tuple[str, ...]]) -> None:
    assert audit(SOUNDS, said).surprises == ()


def test_the_matrix_counts_tracks_and_hours() -> None:
    said, _ = _swapped()
    found = audit(SOUNDS, said)
    matrix = found.matrix({int(track): 360.0 for track in SOUNDS.ids})
    assert sum(tracks for tracks, _ in matrix.values()) == 100
    assert sum(hours for _, hours in matrix.values()) == pytest.approx(10)
