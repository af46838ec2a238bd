"""Tracks as a model might have heard them: points around the middle of each genre, by several artists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Prediction
from genre_tagger.review.folds import together
from genre_tagger.review.learning import Heard
from helpers.tracks import scanned

LABELS = ("Jazz", "Rock")


def heard(kinds: list[str], artists: list[str], *, seed: int = 0, apart: float = 1.2) -> Heard:
    """Tracks of some kinds; the bundled model knows Jazz and Rock alone, and finds the others one or the other."""
    rng = np.random.default_rng(seed)
    names = sorted({*kinds, *LABELS})
    middle = {kind: np.random.default_rng(number).normal(size=24) for number, kind in enumerate(names)}
    values = np.array([apart * middle[kind] + rng.normal(size=24) for kind in kinds], dtype=np.float16)
    return Heard("model-1", np.arange(1, len(kinds) + 1), values, bundled(kinds, rng), LABELS, together(artists))


def bundled(kinds: list[str], rng: np.random.Generator) -> NDArray[np.float32]:
    """Probabilities of Jazz and Rock: sure of its own genres, and of a coin for others."""
    jazz = [0.95 if kind == "Jazz" else 0.05 if kind == "Rock" else rng.choice([0.3, 0.7]) for kind in kinds]
    return np.array([[chance, 1 - chance] for chance in jazz], dtype=np.float32)


def store(
    library: Library, kinds: list[str], *, folder: str = "/music", tagged: Iterable[int] = (),
    wrong: Mapping[int, str] = MappingProxyType({}),
) -> None:  # fmt: skip
    """Put tracks of some kinds, four an artist, into a library, as scanned and heard.

    `tagged` ones have their genre in the file, and `wrong` ones another, by row.
    """
    sounds = heard(kinds, kinds, seed=len(folder), apart=2.0)
    have, outcomes = set(tagged), []
    for row, kind in enumerate(kinds):
        path = f"{folder}/{row:03}.mp3"
        genres = (wrong.get(row, kind),) if row in have or row in wrong else ()
        chances = sorted(zip(sounds.bundled[row].tolist(), LABELS, strict=True), reverse=True)
        candidates = tuple(Candidate(label, chance) for chance, label in chances)
        vector = sounds.values[row].astype("<f2").tobytes()
        outcomes.append(scanned(path, artist=f"artist {row // 4}", genres=genres, length=180.0))
        outcomes.append(Prediction(path, sounds.model, candidates, embedding=vector))
    library.store(*outcomes)
