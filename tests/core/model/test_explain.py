"""Why the model says so: what is found where the answer is known, and what removing it does to the real model."""

from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.model.card import GENRES, ModelCard
from genre_tagger.model.explain import Explanation, explain
from genre_tagger.model.features import LOG10_OF_10000, log_mel_patches, mel_frequencies, silence
from genre_tagger.model.network import GenreModel, default_model_folder

SPEC = ModelCard.read(default_model_folder()).spec
SR = SPEC.sr


@pytest.fixture(scope="module")
def shipped() -> GenreModel:
    return GenreModel.load(default_model_folder())


class Listener(GenreModel):
    """A model of which one knows what it hears: Jazz is power in some bands, Rock in others, at any time.

    Like the real one it evens out the level of each patch first.
    """

    def __init__(self, like: GenreModel, jazz: float, rock: float) -> None:
        super().__init__("listener", like.card, b"")
        middles = mel_frequencies(like.card.spec)[1:-1]
        self._jazz, self._rock = (np.abs(middles / pitch - 1) < 0.15 for pitch in (jazz, rock))

    def run(self, patches):
        level = 10.0**patches - 1 if SPEC.log == LOG10_OF_10000 else np.exp(5 * patches - 4.5) - 1e-5
        level /= level.mean(axis=(1, 2), keepdims=True) + 1e-3
        logits = np.zeros((len(patches), len(self.card.labels)), dtype=np.float32)
        for genre, bands in (("Jazz", self._jazz), ("Rock", self._rock)):
            logits[:, self.card.labels.index(genre)] = np.log1p(level[:, :, bands].mean(axis=(1, 2)))
        return {GENRES: logits}


def noise(seconds: float) -> np.ndarray:
    return (0.01 * np.random.default_rng(0).standard_normal(round(seconds * SR))).astype(np.float32)


def tone(seconds: float, pitch: float) -> np.ndarray:
    return (0.2 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * SR)) / SR)).astype(np.float32)


def song(seconds: float) -> np.ndarray:
    """A beat below, a melody above."""
    t = np.arange(round(seconds * SR)) / SR
    melody = np.sin(2 * np.pi * 440 * 2 ** (np.floor(t * 3) % 7 / 12) * t)
    beat = np.sin(2 * np.pi * 80 * t) * np.exp(-8 * (t % 0.5))
    return (0.2 * melody + 0.4 * beat).astype(np.float32) + noise(seconds)


def whole(y: np.ndarray, model: GenreModel, genre: str, **options) -> Explanation:
    *_, found = explain(y, model, genre, **options)
    assert found.done == 1
    return found


def strongest(found: Explanation) -> tuple[float, float, float, float]:
    """Lowest and highest frequency, first and last second, of the cell that speaks most for the genre."""
    group, cell = np.unravel_index(found.weights.argmax(), found.weights.shape)
    return (*found.frequencies[group : group + 2], *found.times[cell : cell + 2])


def test_the_band_that_makes_the_genre_is_found_and_the_one_against_it(shipped):
    jazz, rock = mel_frequencies(SPEC)[[SPEC.n_mels // 2, 9 * SPEC.n_mels // 10]].tolist()
    model = Listener(shipped, jazz, rock)
    y = noise(12) / 10 + (tone(12, jazz) + tone(12, rock)) / 20
    found = whole(y, model, "Jazz")
    rows = found.weights.mean(axis=1)
    low, high = found.frequencies[:-1], found.frequencies[1:]
    assert rows[(low <= jazz) & (high > jazz)] == rows.max() > 0.05
    assert rows[(low <= rock) & (high > rock)] == rows.min() < -0.05
    assert abs(rows[0]) < 0.35 * rows.max()
    np.testing.assert_allclose(whole(y, model, "Rock").weights.mean(axis=1).argmax(), rows.argmin())


@pytest.mark.parametrize(("begin", "pitch"), [(2.0, 1_500), (9.0, 1_500), (15.5, 1_500)])
def test_a_moment_is_found_where_it_is(shipped, begin, pitch):
    model = Listener(shipped, jazz=1_500, rock=4_200)
    y = noise(20)
    at = round(begin * SR)
    y[at : at + SR] += tone(1, pitch) / 20
    low, high, first, last = strongest(whole(y, model, "Jazz"))
    assert low * 0.7 < pitch < high * 1.4
    assert begin - 0.5 < (first + last) / 2 < begin + 1.5


def test_what_speaks_for_a_genre_is_what_the_real_model_misses_when_it_is_gone(shipped):
    """The best quarter of the cells is taken out, and the worst: the first must cost the genre more."""
    y = song(15)
    spec = shipped.card.spec
    patches = log_mel_patches(y, spec)[::2]  # one after the other, 6 s of cells apart
    genre = shipped.card.labels[int(shipped.predict(patches).argmax())]
    found = whole(y, shipped, genre)
    cell = np.arange(spec.patch_frames) * 12 // spec.patch_frames
    group = np.arange(spec.n_mels) * 12 // spec.n_mels
    lost = []
    for sign in (1, -1):
        odds = []
        for number, patch in enumerate(patches):
            weights = sign * found.weights[:, 12 * number : 12 * number + 12]
            gone = weights >= np.quantile(weights, 0.75)
            quiet = np.where(gone[group[np.newaxis, :], cell[:, np.newaxis]], silence(spec), patch)
            before, after = (shipped.predict(p[np.newaxis].astype(np.float32)) for p in (patch, quiet))
            chance = shipped.card.labels.index(genre)
            odds.append(np.log(before[chance] / (1 - before[chance])) - np.log(after[chance] / (1 - after[chance])))
        lost.append(np.mean(odds))
    assert lost[0] > lost[1] + 0.5


def test_the_grid_covers_what_was_heard(shipped):
    found = whole(song(6), shipped, "Rock", start=100.0)
    groups, cells = found.weights.shape
    assert found.frequencies.shape == (groups + 1,)
    assert found.times.shape == (cells + 1,)
    assert found.weights.dtype == np.float32
    assert np.isfinite(found.weights).all()
    assert found.frequencies[[0, -1]].tolist() == pytest.approx(mel_frequencies(SPEC)[[0, -1]].tolist())
    assert (np.diff(found.frequencies) > 0).all()
    np.testing.assert_allclose(np.diff(found.times), found.times[1] - found.times[0])
    assert found.times[0] == 100
    assert 104.4 < found.times[-1] <= 106.01


def test_it_comes_bit_by_bit_and_can_be_stopped(shipped):
    y = song(10)
    found = list(explain(y, shipped, "Pop"))
    done = [explanation.done for explanation in found]
    assert done == sorted(done)
    assert len(found) >= 5
    assert {explanation.weights.shape for explanation in found} == {found[0].weights.shape}
    half = next(explanation for explanation in found if explanation.done >= 0.55)
    assert half.weights.any(axis=0).mean() > 0.9  # every cell has been tried
    steps = explain(y, shipped, "Pop")
    next(steps)
    steps.close()
    assert next(steps, None) is None


def test_silence_says_nothing(shipped):
    y = np.concatenate([np.zeros(6 * SR, dtype=np.float32), song(4)])
    found = whole(y, shipped, "Rock")
    assert not found.weights[:, found.times[1:] < 4].any()
    assert found.weights[:, found.times[:-1] > 8].any()
    assert not whole(np.zeros(3 * SR, dtype=np.float32), shipped, "Rock").weights.any()


@pytest.mark.parametrize("seconds", [0.6, 1.7, 2.9])
def test_a_sound_shorter_than_a_patch_is_explained_as_long_as_it_lasts(shipped, seconds):
    found = whole(song(seconds), shipped, "Rock")
    assert seconds <= found.times[-1] < seconds + 0.3
    assert found.weights.any()


def test_too_little_sound_has_no_cells(shipped):
    found = whole(song(0.3), shipped, "Rock")
    assert found.weights.shape == (12, 0)
    assert found.times.tolist() == [0]


def test_a_genre_that_the_model_does_not_know_is_a_mistake(shipped):
    with pytest.raises(ValueError, match="not in"):
        next(explain(song(3), shipped, "Polka"))
