"""What the recipes hear: librosa's own numbers of a real sound, cut and shaped as the networks take them."""

from __future__ import annotations

import numpy as np
import pytest

from genre_tagger.sound import spectral
from genre_tagger.sound.audio import load
from genre_tagger.sound.descriptors import NUMBERS, describe
from genre_tagger.training.recipes.inputs import InputSpec, draw_picture, picture_to_mfcc, resized, to_network
from genre_tagger.training.recipes.recipes import RECIPES

pytestmark = pytest.mark.slow  # librosa compiles itself
SR = 22_050
MEL = RECIPES["mel-cnn"].input_spec
MFCC = RECIPES["mfcc-cnn"].input_spec
STFT = RECIPES["stft-cnn"].input_spec
TABLE = RECIPES["features-mlp"].input_spec


@pytest.fixture
def y(media):
    """30 s: a real file, over and over, each time at another level."""
    sound = load(media("flac"), sr=SR)
    levels = np.repeat(np.linspace(0.2, 1, -(-30 * SR // len(sound))), len(sound))[: 30 * SR]
    return (np.resize(sound, 30 * SR) * levels).astype(np.float32)


def test_mfcc_are_librosas_of_each_segment(librosa, y):
    pieces = MFCC.pieces(y)
    assert (pieces.shape, pieces.dtype) == ((10, 130, 13), np.float32)
    for number, piece in enumerate(pieces):
        segment = y[number * 3 * SR : (number + 1) * 3 * SR]
        wanted = librosa.feature.mfcc(y=segment, sr=SR, n_mfcc=13, n_fft=2048, hop_length=512)
        np.testing.assert_array_equal(piece, wanted.T)


def test_six_segments_are_five_seconds_each(librosa, y):
    input_spec = RECIPES["mfcc-mlp"].with_segments(6).input_spec
    pieces = input_spec.pieces(y)
    assert pieces.shape == (6, 216, 13)
    np.testing.assert_array_equal(pieces[2], librosa.feature.mfcc(y=y[10 * SR : 15 * SR], sr=SR, n_mfcc=13).T)


def test_the_spectrogram_is_librosas_stft_in_db_up_to_4_khz(librosa):
    y = np.random.default_rng(0).normal(0, 0.1, 30 * 8_000).astype(np.float32)
    pieces = STFT.pieces(y)
    assert pieces.shape == (2, 256, 500)
    for number, piece in enumerate(pieces):
        spectrum = librosa.stft(y[number * 80_000 : number * 80_000 + 160_000], n_fft=512, hop_length=320)
        wanted = librosa.amplitude_to_db(np.abs(spectrum[1:257, :500]), ref=np.max)
        np.testing.assert_allclose(80 * (piece.astype(np.float64) - 1), wanted, atol=0.05)  # kept in 16 bits


def drawn(shares: np.ndarray) -> np.ndarray:
    """Mel bands by frames, 0…1 → the picture but its last column: a column is a mean of frames, one column earlier."""
    edges = np.linspace(0, shares.shape[1], 337).astype(int)
    columns = [shares[:, edges[k] : edges[k + 1]].mean(axis=1, dtype=np.float64) for k in range(1, 336)]
    return 255 * resized(np.stack(columns, axis=1), 218, 335)


def test_the_picture_is_librosas_mel_spectrogram_put_through_amplitude_to_db(librosa, y):
    picture = draw_picture(y, MEL)
    assert (picture.shape, picture.dtype) == ((218, 336), np.uint8)
    level = librosa.amplitude_to_db(librosa.feature.melspectrogram(y=y, sr=SR), ref=np.max)
    assert picture.max() <= 255
    np.testing.assert_allclose(picture[:, :335], drawn(1 + level / 80), atol=0.6)


def test_mfcc_from_a_picture_are_librosas_of_its_levels(librosa, y):
    input_spec = RECIPES["mfcc-cnn"].from_pictures().input_spec
    picture = draw_picture(y, input_spec)
    pieces = picture_to_mfcc(picture, input_spec)
    assert pieces.shape == (10, 33, 13) == (10, *input_spec.shape)
    level = resized(40 * (picture / 255 - 1) + 25, 128, 336)
    wanted = librosa.feature.mfcc(S=level, n_mfcc=13).T
    np.testing.assert_allclose(pieces[0], wanted[:33], rtol=1e-5, atol=1e-4)
    # With the range of 40 dB that pictures have, and the mean over the time that a column covers.
    fine = MFCC.pieces(y)[:, :, 1:].mean(axis=(0, 1))
    assert np.corrcoef(pieces[:, :, 1:].mean(axis=(0, 1)), fine)[0, 1] > 0.8


def test_the_table_is_librosas_and_the_programs_own_is_the_same(librosa, y):
    (row,) = TABLE.pieces(y)
    assert row.shape == (57,)
    by_name = dict(zip(NUMBERS, row.tolist(), strict=True))
    assert by_name["rolloff_mean"] == pytest.approx(librosa.feature.spectral_rolloff(y=y, sr=SR).mean())
    assert by_name["mfcc20_var"] == pytest.approx(librosa.feature.mfcc(y=y, sr=SR)[19].var())
    assert by_name["perceptr_var"] == pytest.approx(librosa.effects.hpss(y)[1].var())
    assert by_name["chroma_stft_var"] == pytest.approx(librosa.feature.chroma_stft(y=y, sr=SR).var())
    # The tempo is that of librosa's beats too: the program's own is compared with it where it is computed.
    own = describe(y, SR)
    for name in NUMBERS:
        # The mean of a waveform is next to nothing: it is compared as a part of the waveform's size.
        scale = float(np.std(y)) if name in ("harmony_mean", "perceptr_mean") else 0
        assert by_name[name] == pytest.approx(own[name], rel=1e-3, abs=1e-3 * scale + 1e-9), name


def test_what_was_measured_with_the_programs_own_numbers_holds_for_librosas(y):
    """The page about the recipes has figures from the time when the program's own numbers were used."""
    own = spectral.mfcc(spectral.stft_power(y[: 3 * SR]), SR, n_mfcc=13).T
    np.testing.assert_allclose(MFCC.pieces(y)[0], own, rtol=1e-3, atol=1e-3)
    power = spectral.mel(spectral.stft_power(y), SR)
    level = spectral.to_db(power, ref=float(power.max()), top_db=40.0)
    np.testing.assert_allclose(draw_picture(y, MEL)[:, :335], drawn(1 + level / 40), atol=1)


@pytest.mark.parametrize("name", RECIPES)
def test_sound_becomes_pieces_of_the_shape_the_network_takes(media, name):
    recipe = RECIPES[name]
    pieces = recipe.input_spec.of_file(media("flac"))
    values = to_network(pieces, recipe.input_spec.shape)
    assert values.shape[1:] == recipe.input_spec.shape
    assert np.isfinite(values).all()
    y = np.random.default_rng(0).normal(0, 0.1, 30 * recipe.input_spec.sr).astype(np.float32)
    expected = {"mfcc": 10, "stft": 2}.get(recipe.input_spec.kind, 1)
    if recipe.input_spec.kind != "features":
        assert len(recipe.input_spec.pieces(y)) == expected
        assert len(recipe.input_spec.pieces(y[:-400])) == expected  # clips of "30 s" are often a little shorter


@pytest.mark.parametrize("input_spec", [MFCC, MEL, STFT, TABLE, RECIPES["mfcc-cnn"].from_pictures().input_spec])
@pytest.mark.parametrize("seconds", [0.01, 30])
@pytest.mark.filterwarnings("ignore:Trying to estimate tuning")  # librosa says so of silence
def test_silence_has_finite_pieces_too(input_spec: InputSpec, seconds):
    values = to_network(input_spec.pieces(np.zeros(round(seconds * input_spec.sr), dtype=np.float32)), input_spec.shape)
    assert np.isfinite(values).all()


def test_segments_can_be_longer_for_mfcc_and_are_refused_elsewhere():
    assert RECIPES["mfcc-mlp"].with_segments(6).input_spec.shape == (216, 13)
    assert RECIPES["mfcc-mlp"].from_pictures().with_segments(6).input_spec.shape == (56, 13)
    with pytest.raises(ValueError, match="no segments"):
        RECIPES["mel-cnn"].with_segments(6)
