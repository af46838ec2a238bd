from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_tagger.model.features import FeatureSpec, log_mel
from genre_tagger.training.data.data import GENRES, LABELS, DataFolder, genre_index, logit
from genre_tagger.training.student import augment, head, pieces, teacher

TRAIN = ["blues.00001", "blues.00002", "rock.00001", "rock.00002"]
VALID = ["rock.00003", "jazz.00001"]


@pytest.fixture
def folder(tmp_path):
    """A data folder in miniature: lists, artists, tags, and audio of half of the tracks."""
    gtzan = tmp_path / "gtzan"
    for below in ("splits", "teacher", "audio/train/blues", "audio/valid/rock"):
        (gtzan / below).mkdir(parents=True)
    for split, names in (("train", TRAIN), ("valid", VALID)):
        lines = "".join(f"{name.split('.')[0]}/{name}.wav\n" for name in names)
        (gtzan / "splits" / f"{split}_filtered.txt").write_text(lines)
    artists = ["blues.00001,train,4", "blues.00002,train,4", "rock.00001,train,", "rock.00002,train,"]
    artists += ["rock.00003,valid,9", "jazz.00001,valid,"]
    (gtzan / "splits" / "artists_train_valid.csv").write_text("track,split,artist\n" + "\n".join(artists) + "\n")
    for path in ("train/blues/blues.00002.ogg", "valid/rock/rock.00003.ogg"):
        (gtzan / "audio" / path).touch()
    ids = np.repeat([f"{name.split('.')[0]}/{name}.au" for name in TRAIN], 2)
    stored = np.linspace(0.1, 0.9, 8)[:, None].repeat(50, axis=1).astype(np.float32)
    np.savez(gtzan / "teacher" / "taggrams_train.npz", X=stored, IDS=ids, Y=np.zeros(8))
    return DataFolder(str(tmp_path))


@pytest.fixture
def tone():
    """Log-mel of 400 frames with a different level in each band and each frame."""
    rng = np.random.default_rng(1)
    return rng.uniform(0, 5, (400, 96)).astype(np.float32)


def test_labels_stand_in_the_order_of_gtzans_names():
    assert list(GENRES) == sorted(GENRES)
    assert LABELS[genre_index("hiphop.00042")] == "Hip-Hop"


def test_clips_are_those_of_the_list_whose_audio_is_there(folder):
    assert [(clip.name, clip.genre, clip.artist) for clip in folder.clips("train")] == [("blues.00002", 0, 4)]
    assert [clip.name for clip in folder.clips("valid")] == ["rock.00003"]
    assert all(os.path.exists(clip.path) for clip in folder.clips("valid"))


def test_a_track_of_an_unknown_artist_is_a_group_of_its_own(folder):
    artists = folder.artists()
    assert artists["blues.00001"] == artists["blues.00002"]
    unknown = [artists[name] for name in ("rock.00001", "rock.00002", "jazz.00001")]
    assert len(set(unknown)) == 3
    assert all(artist < 0 for artist in unknown)


def test_stored_tags_are_averaged_per_track_as_logits(folder):
    tags = folder.taggrams()
    assert tags.names == tuple(TRAIN)
    assert tags.genres.tolist() == [0, 0, 9, 9]
    stored = np.linspace(0.1, 0.9, 8)
    assert tags.logits[1] == pytest.approx(np.full(50, logit(stored[2:4]).mean()), abs=1e-5)


def test_logits_stay_finite_at_the_ends():
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()


def test_an_artist_in_both_lists_is_noticed(folder):
    assert folder.artists_are_apart()
    path = os.path.join(folder.root, "gtzan", "splits", "artists_train_valid.csv")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("rock.00003,valid,9", "rock.00003,valid,4"))
    assert not folder.artists_are_apart()


@given(st.lists(st.integers(-20, 20), min_size=10, max_size=120), st.integers(2, 6), st.integers(0, 5))
def test_no_artist_stands_in_two_folds(artists, count, seed):
    artists = np.array(artists)
    fold = head.folds(artists, count, seed)
    assert all(len(set(fold[artists == artist])) == 1 for artist in artists)
    assert ((fold >= 0) & (fold < count)).all()


def test_folds_are_of_about_the_same_size():
    artists = np.repeat(np.arange(50), 4)
    sizes = np.bincount(head.folds(artists, 5, 0))
    assert sizes.tolist() == [40] * 5


def test_the_same_seed_deals_the_same_folds():
    artists = np.arange(30)
    assert (head.folds(artists, 5, 3) == head.folds(artists, 5, 3)).all()
    assert (head.folds(artists, 5, 3) != head.folds(artists, 5, 4)).any()


@pytest.fixture
def rows():
    """Three genres that two of fifty tags tell apart, four tracks an artist."""
    rng = np.random.default_rng(2)
    genres = np.arange(120) // 4 % 3
    logits = rng.normal(0, 1, (120, 50))
    logits[:, 0] += 6 * (genres == 0)
    logits[:, 1] += 6 * (genres == 1)
    return head.Rows(logits, genres, np.arange(120) // 4, np.ones(120))


def test_the_head_learns_what_tells_genres_apart(rows):
    manner, losses = head.choose(rows, 3)
    weights, bias = head.fit(rows, 3, manner)
    assert (np.argmax(rows.tags @ weights + bias, axis=1) == rows.genres).mean() > 0.95
    assert losses[manner] == min(losses.values())


def test_a_genre_without_a_track_is_never_answered(rows):
    weights, bias = head.fit(rows, 5, head.Manner(0.2))
    assert weights.shape == (50, 5)
    assert np.argmax(rows.tags @ weights + bias, axis=1).max() == 2


def test_a_head_is_judged_on_artists_it_did_not_learn_from(rows):
    """With the answer of each artist written into a column of its own, only a leak could profit from it."""
    told = head.Rows(np.zeros((120, 50)), rows.genres, rows.artists, rows.weights)
    told.tags[np.arange(120), rows.artists] = 1
    logits = head.held_out(told, 3, head.Manner(0.1), head.folds(told.artists, 5, 0))
    assert (logits.argmax(axis=1) == told.genres).mean() < 0.6


def test_a_tag_that_cannot_be_heard_reliably_counts_less(rows):
    """Two tags say the same; one of them is noisy when the head is asked."""
    rows.tags[:, 2] = rows.tags[:, 0]
    noise = np.zeros((50, 50))
    noise[2, 2] = 25.0
    alike, _ = head.fit(rows, 3, head.Manner(0.05))
    wary, _ = head.fit(rows, 3, head.Manner(0.05), noise)
    assert np.abs(alike[2]).max() == pytest.approx(np.abs(alike[0]).max(), rel=1e-3)
    assert np.abs(wary[2]).max() < 0.3 * np.abs(wary[0]).max()


def test_genres_have_the_same_chance_however_often_they_were_heard(rows):
    weights, bias = head.fit(rows, 3, head.Manner(0.2))
    rare = head.Rows(rows.tags, rows.genres, rows.artists, np.where(rows.genres == 0, 0.01, 1.0))
    again, other = head.fit(rare, 3, head.Manner(0.2))
    both = [rows.tags @ w + b for w, b in ((weights, bias), (again, other))]
    assert (both[0].argmax(axis=1) == both[1].argmax(axis=1)).mean() > 0.95


def test_the_own_tag_of_a_genre_speaks_for_it_and_for_no_other(rows):
    own = np.zeros((50, 3))
    own[7, 2] = 1  # a tag that says nothing here
    plain, offset = head.fit(rows, 3, head.Manner(0.2), own=own)
    believing, other = head.fit(rows, 3, head.Manner(0.2, 3.0), own=own)
    risen = (believing - plain) * rows.tags.std(axis=0)[:, None]
    assert risen[7] == pytest.approx([0, 0, 3], abs=1e-3)
    assert np.delete(risen, 7, axis=0) == pytest.approx(np.zeros((49, 3)), abs=1e-9)
    # In the mean over the genres it changes nothing.
    means = np.stack([rows.tags[rows.genres == genre].mean(axis=0) for genre in range(3)])
    assert (means @ (believing - plain) + other - offset).mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-3)


def test_what_is_believed_is_chosen_by_artists_not_learned_from(rows):
    telling, misleading = np.zeros((50, 3)), np.zeros((50, 3))
    telling[[0, 1], [0, 1]] = 1
    misleading[[0, 1], [1, 0]] = 1
    few = rows[np.isin(rows.artists, range(9))]
    assert head.choose(few, 3, own=telling)[0].belief > 0
    assert head.choose(rows, 3, own=misleading)[0].belief == 0
    assert {manner.belief for manner in head.choose(rows, 3)[1]} == {0.0}


def test_nine_of_the_ten_genres_have_a_tag_of_their_own():
    own = head.own_tags(LABELS, teacher.TAGS)
    assert own.sum(axis=0).tolist() == [float(label != "Reggae") for label in LABELS]
    assert own[teacher.TAGS.index("jazz"), LABELS.index("Jazz")] == 1


def test_power_and_logarithm_undo_each_other(tone):
    assert augment.to_log(augment.to_power(tone)) == pytest.approx(tone, abs=1e-4)


def test_a_crop_at_normal_speed_is_a_stretch_of_the_piece(tone):
    piece = augment.crop(tone, 187, np.random.default_rng(0))
    starts = [start for start in range(400 - 187 + 1) if (tone[start : start + 187] == piece).all()]
    assert len(starts) == 1


def test_a_crop_of_a_short_piece_repeats_it(tone):
    assert augment.crop(tone[:50], 187, np.random.default_rng(0)).shape == (187, 96)


def test_a_faster_crop_walks_through_more_of_the_piece():
    ramp = np.arange(400, dtype=np.float32)[:, None].repeat(3, axis=1)
    piece = augment.crop(ramp, 100, np.random.default_rng(0), rate=1.25)
    assert np.diff(piece[:, 0]) == pytest.approx(np.full(99, 1.25), abs=1e-3)


def test_shifting_by_whole_bands_moves_the_spectrum(tone):
    shifted = augment.shift_bands(tone, 2.0)
    assert shifted[:, 2:] == pytest.approx(tone[:, :-2], abs=1e-5)


def test_a_mixture_is_never_quieter_than_its_first_sound(tone):
    power = augment.to_power(tone)
    mixed = augment.mixture(power, power[::-1], np.random.default_rng(0))
    assert (mixed >= power).all()
    assert mixed.mean() <= power.mean() * (1 + 10**0.3) * 1.001


@pytest.fixture
def still():
    """Mel power that never changes."""
    return np.full((187, 96), 2.0, dtype=np.float32)


@pytest.fixture
def clicks():
    """Mel power of a click every twenty frames."""
    power = np.full((187, 96), 0.1, dtype=np.float32)
    power[5::20] = 1.0
    return power


def test_a_splice_is_the_first_sound_below_and_the_second_above(still, clicks):
    for seed in range(20):
        changes = augment.splice(still, clicks, np.random.default_rng(seed)).std(axis=0)
        assert (np.diff(changes) >= 0).all()
        assert changes[-1] > 4 * changes[0]


def test_an_exchange_keeps_the_slow_course_of_one_sound_and_the_beat_of_the_other(still, clicks):
    both = augment.exchange(still, clicks)
    assert both[45].min() > 5 * both[55].max()
    assert both.mean() == pytest.approx(2.0, rel=0.1)
    assert augment.exchange(clicks, np.zeros_like(still)).max() == 0


def test_a_running_mean_is_centred_and_does_not_run_round_the_ends():
    values = np.zeros((20, 2), dtype=np.float32)
    values[0], values[10] = 6.0, 6.0
    assert np.flatnonzero(augment.running_mean(values, 3)[:, 0]).tolist() == [0, 1, 9, 10, 11]
    assert np.flatnonzero(augment.running_mean(values, 6)[:, 0]).tolist() == [0, 1, 2, 7, 8, 9, 10, 11, 12]
    assert augment.running_mean(values, 3)[10] == pytest.approx([2.0, 2.0])


def test_equalising_changes_bands_and_not_their_course_in_time(tone):
    power = augment.to_power(tone) + 1e-3
    gains = augment.equalise(power, np.random.default_rng(1)) / power
    assert gains == pytest.approx(np.broadcast_to(gains[:1], gains.shape), rel=1e-3)
    assert gains[0].max() / gains[0].min() > 1.2


def test_contrast_sets_loud_and_faint_moments_further_apart_or_closer(clicks):
    less, same, more = (augment.contrast(clicks, exponent) for exponent in (0.7, 1.0, 1.3))
    assert same == pytest.approx(clicks, rel=1e-4)
    assert less[5, 0] / less[6, 0] == pytest.approx(10**0.7, rel=1e-3)
    assert more[5, 0] / more[6, 0] == pytest.approx(10**1.3, rel=1e-3)


def test_examples_are_patches_and_the_same_for_the_same_seed(tone):
    weights = np.array([0.5, 0.5])
    first, again = (
        [augment.example([tone, tone[::-1]], weights, 187, rng) for _ in range(20)]
        for rng in (np.random.default_rng(5), np.random.default_rng(5))
    )
    assert all(patch.shape == (187, 96) and patch.dtype == np.float32 for patch in first)
    assert all(np.isfinite(patch).all() and (patch >= 0).all() for patch in first)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))


def test_rare_genres_are_drawn_more_often_than_their_share_and_every_group_keeps_its_own():
    weights = pieces.drawing_weights([0] * 16 + [1], music=2, images=5)
    assert weights.sum() == pytest.approx(1)
    assert weights[16] == pytest.approx(4 * weights[0])
    assert weights[17:19].sum() == pytest.approx(pieces.SHARES["music"])
    assert len(weights) == 2 * 19 + 5
    assert weights[-5:].sum() == pytest.approx(pieces.SHARES["pictures"])


class Parrot:
    """Stands for the teacher network: says something that depends on the patch alone."""

    def predict(self, patches, **_):
        loudness = patches.mean(axis=(1, 2))[:, None]
        return tuple(loudness.repeat(width, axis=1) for width in (50, 200))


def test_labelling_goes_on_where_it_was_stopped_and_gives_the_same(tone, tmp_path, capsys):
    weights = np.array([1.0])
    once, twice = str(tmp_path / "once"), str(tmp_path / "twice")
    teacher.write_shards(once, teacher.SHARD + 1, [tone], weights, Parrot(), seed=3)
    teacher.write_shards(twice, teacher.SHARD, [tone], weights, Parrot(), seed=3)
    capsys.readouterr()
    teacher.write_shards(twice, teacher.SHARD + 1, [tone], weights, Parrot(), seed=3)
    assert capsys.readouterr().err.count("labelled") == 1
    first, second = (teacher.read_shards(folder, teacher.SHARD + 1) for folder in (once, twice))
    assert first.patches.shape == (2 * teacher.SHARD, 187, 96)
    assert (first.patches == second.patches).all()
    assert first.tags[:, 0] == pytest.approx(first.patches.astype(np.float32).mean(axis=(1, 2)), abs=1e-3)


@pytest.fixture
def seen_and_heard():
    """Three tracks of 30 s whose pictures show every fourth band's level, and one with a picture alone."""
    spec = FeatureSpec()
    rng = np.random.default_rng(3)
    spectra, drawn = {}, {}
    for name in ("a", "b", "c", "d"):
        levels = rng.uniform(0, 1, (336, 8)).repeat(12, axis=1)
        columns = np.minimum(np.arange(1876) * 336 // 1875, 335)
        spectra[name] = (4 * levels[columns]).astype(np.float32)
        early = np.pad(levels, ((0, 1), (0, 0)), mode="edge")[1:]  # pictures run ahead by a column
        drawn[name] = np.round(255 * early[:, ::4].T).astype(np.uint8)
    return drawn, spectra, spec


def test_pictures_become_spectra_close_to_what_was_heard(seen_and_heard):
    drawn, spectra, spec = seen_and_heard
    weights = pieces.fit_pictures([drawn[name] for name in "abc"], [spectra[name] for name in "abc"], spec)
    guessed = pieces.to_log_mel(drawn["d"], weights, spec)
    assert guessed.shape == (1876, 96)
    assert np.corrcoef(guessed.ravel(), spectra["d"].ravel())[0, 1] > 0.8


def test_patches_from_pictures_carry_the_stored_tags_and_no_embedding(seen_and_heard):
    drawn, spectra, spec = seen_and_heard
    del spectra["d"]
    tags = {"d": np.arange(28 * 50, dtype=np.float64).reshape(28, 50), "unseen": np.zeros((28, 50))}
    weights = pieces.fit_pictures([drawn[name] for name in "abc"], [spectra[name] for name in "abc"], spec)
    found = pieces.labelled_pictures(drawn, weights, tags, spec)
    assert found.patches.shape == (28, 187, 96)
    assert (found.tags == tags["d"]).all()
    assert np.isnan(found.embedding).all()


def test_a_picture_gets_the_grain_of_a_real_sound_and_keeps_its_own_shape(seen_and_heard):
    drawn, spectra, spec = seen_and_heard
    weights = pieces.fit_pictures([drawn[name] for name in "abc"], [spectra[name] for name in "abc"], spec)
    rough = np.random.default_rng(1).uniform(0, 4, (1876, 96)).astype(np.float32)
    (found,) = pieces.grained({"d": drawn["d"]}, weights, [rough], spec, seed=1)
    plain = pieces.to_log_mel(drawn["d"], weights, spec)
    assert found.shape == plain.shape
    assert (found >= 0).all()
    assert np.abs(np.diff(found, axis=0)).mean() > 3 * np.abs(np.diff(plain, axis=0)).mean()
    kept = [np.corrcoef(found.mean(axis=0), plain.mean(axis=0))[0, 1], np.abs(found - plain).mean()]
    assert kept[0] > 0.95
    assert kept[1] < 2


@pytest.mark.parametrize("codec", pieces.CODECS, ids=lambda codec: codec.subtype)
def test_a_codec_keeps_the_length_and_loses_a_little(codec):
    rng = np.random.default_rng(0)
    t = np.arange(3 * 16_000) / 16_000
    y = (0.3 * np.sin(2 * np.pi * 440 * t) + 0.1 * rng.normal(size=t.size)).astype(np.float32)
    there = pieces.through(y, 16_000, codec)
    assert abs(len(there) - len(y)) < 0.1 * 16_000
    before, after = (log_mel(sound[: 2 * 16_000], FeatureSpec()) for sound in (y, there))
    difference = np.abs(before[10:100] - after[10:100]).mean()
    assert 0.005 < difference < 1
