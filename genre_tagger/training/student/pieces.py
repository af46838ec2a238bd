"""The pieces that training patches are drawn from, and how often each.

Sounds of the training clips and of freely licensed music, the same once more through a lossy codec at a low bit
rate, and the tracks of which only a picture is at hand: their coarse spectrum with the fine grain of a real one.
The teacher labels whatever is drawn, so none of it has to be true to the recording it came from.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from genre_tagger.base.small_files import replacing
from genre_tagger.model.features import FeatureSpec, log_mel
from genre_tagger.sound.audio import load
from genre_tagger.training.data import tracks
from genre_tagger.training.data.plan import Plan
from genre_tagger.training.data.report import say
from genre_tagger.training.student import teacher
from genre_tagger.training.student.augment import running_mean
from genre_tagger.training.student.teacher import EMBEDDING, Labelled

Array = NDArray[np.float32]
LONGEST = 240.0  # seconds taken of a piece
# How often a drawn patch comes from each group.
SHARES = {"clips": 0.40, "music": 0.12, "coded": 0.15, "pictures": 0.33}
_GRAIN_FRAMES = 6  # about one column of a picture


@dataclass(frozen=True, slots=True)
class Codec:
    """A way to lose what a codec loses: libsndfile's names, the rate it wants and its compression, 1 = most."""

    format: str
    subtype: str
    sr: int
    level: float


CODECS = (
    Codec("MP3", "MPEG_LAYER_III", 44_100, 0.85),
    Codec("OGG", "VORBIS", 22_050, 0.9),
    Codec("OGG", "OPUS", 48_000, 0.9),
)


def spectra(paths: Sequence[str], spec: FeatureSpec, cache: str, *, coded: bool = False) -> list[Array]:
    """Log-mel spectra of pieces, computed once and kept.

    Parameters
    ----------
    paths : sequence of str
        Sound files; no more than four minutes of each are taken.
    spec : FeatureSpec
        The features.
    cache : str
        An ``.npz`` file in the work folder.
    coded : bool
        Send each through one of :data:`CODECS` first, in turn.

    Returns
    -------
    list of ndarray [shape=(n, bands)]
        One for each piece, in order.
    """
    keys = [f"{number:04d} {os.path.basename(path)}" for number, path in enumerate(paths)]
    if not os.path.exists(cache):
        say(f"computing the spectra of {len(paths)} pieces")
        arrays = {}
        for number, (key, path) in enumerate(zip(keys, paths, strict=True)):
            y = load(path, sr=spec.sr, seconds=LONGEST)
            arrays[key] = log_mel(through(y, spec.sr, CODECS[number % len(CODECS)]) if coded else y, spec)
        with replacing(cache) as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
    with np.load(cache, allow_pickle=False) as stored:
        return [stored[key] for key in keys]


def through(y: Array, sr: int, codec: Codec) -> Array:
    """What is left of a sound [shape=(n,)] at `sr` Hz after a lossy codec, at the same rate."""
    there = soxr.resample(y, sr, codec.sr)
    there *= min(1.0, 0.98 / (float(np.abs(there).max(initial=0)) + 1e-9))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "coded." + codec.format.lower())
        with soundfile.SoundFile(
            path, "w", codec.sr, 1, codec.subtype, format=codec.format, compression_level=codec.level
        ) as file:
            for start in range(0, len(there), codec.sr):  # libsndfile's Opus encoder dislikes long blocks
                file.write(there[start : start + codec.sr])
        return load(path, sr=sr)


def grained(
    images: Mapping[str, NDArray[np.uint8]], weights: NDArray[np.float64], grain: Sequence[Array],
    spec: FeatureSpec, *, seed: int,
) -> list[Array]:  # fmt: skip
    """Spectra of pictures, each with the fine grain in time of a real spectrum drawn at random.

    Parameters
    ----------
    images : mapping of str to ndarray [shape=(rows, columns)]
        Track → mel picture.
    weights : ndarray
        The map from :func:`genre_tagger.training.student.pieces.fit_pictures`.
    grain : sequence of ndarray [shape=(n, bands)]
        Real log-mel spectra.
    spec : FeatureSpec
        The features.
    seed : int
        Of the choice of the grain.

    Returns
    -------
    list of ndarray [shape=(n, bands)]
        One for each picture.
    """
    rng = np.random.default_rng([seed, 1])
    found = []
    for image in images.values():
        coarse = to_log_mel(image, weights, spec)
        real = grain[int(rng.integers(len(grain)))]
        fine = real - running_mean(real, _GRAIN_FRAMES)
        found.append(np.maximum(coarse + np.resize(fine, coarse.shape), 0).astype(np.float32))
    return found


def drawing_weights(genres: Sequence[int], music: int, images: int) -> NDArray[np.float64]:
    """How likely each piece is drawn: by the shares of the groups, rare genres more often among the clips.

    Parameters
    ----------
    genres : sequence of int
        Genre index of each clip.
    music, images : int
        Number of unlabelled pieces and of pictures.

    Returns
    -------
    ndarray [shape=(2 * (len(genres) + music) + images,)]
        For clips, music, coded clips, coded music, pictures. Sums to 1; a clip's weight goes with one over the root
        of its genre's number of clips.
    """
    clips = 1 / np.sqrt(np.bincount(genres)[np.asarray(genres)])
    clips, pieces = clips / clips.sum(), np.full(music, 1 / max(music, 1))
    coded = np.concatenate([clips * 0.8, pieces * 0.2])
    groups = (clips, pieces, coded, np.full(images, 1 / max(images, 1)))
    joined = np.concatenate([share * group for share, group in zip(SHARES.values(), groups, strict=True)])
    return np.asarray(joined / joined.sum())


SECONDS = 30.0
_TAG_HOP = 61
_PENALTY = 10.0


def labelled_pictures(
    pictures: Mapping[str, NDArray[np.uint8]],
    weights: NDArray[np.float64],
    tags: Mapping[str, NDArray[np.float64]],
    spec: FeatureSpec,
) -> Labelled:
    """Patches of every track that has a picture and stored tags.

    Parameters
    ----------
    pictures : mapping of str to ndarray [shape=(rows, columns)]
        Track → mel picture of 30 s.
    weights : ndarray
        The map from :func:`fit`.
    tags : mapping of str to ndarray [shape=(patches, 50)]
        Track → the teacher's tag logits, 61 frames apart.
    spec : FeatureSpec
        What the spectra are.

    Returns
    -------
    Labelled
        The embedding is not known (NaN).
    """
    patches, rows = [], []
    for name, answers in tags.items():
        if name in pictures:
            spectrum = to_log_mel(pictures[name], weights, spec)
            starts = [k * _TAG_HOP for k in range(len(answers)) if k * _TAG_HOP + spec.patch_frames <= len(spectrum)]
            patches += [spectrum[start : start + spec.patch_frames].astype(np.float16) for start in starts]
            rows.append(answers[: len(starts)])
    unknown = np.full((len(patches), EMBEDDING), np.nan, dtype=np.float32)
    return Labelled(np.stack(patches), np.concatenate(rows).astype(np.float32), unknown)


def fit_pictures(pictures: list[NDArray[np.uint8]], spectra: list[Array], spec: FeatureSpec) -> NDArray[np.float64]:
    """Learn the map from picture columns to log-mel by ridge regression.

    Parameters
    ----------
    pictures : list of ndarray [shape=(rows, columns)]
        Mel pictures.
    spectra : list of ndarray [shape=(n, bands)]
        Log-mel spectra of the same tracks.
    spec : FeatureSpec
        What the spectra are.

    Returns
    -------
    ndarray [shape=(3 * rows + 1, bands)]
        For the columns given by a track's picture, see :func:`to_log_mel`.
    """
    columns = np.concatenate([_columns(picture) for picture in pictures]).astype(np.float64)
    count = pictures[0].shape[1]
    targets = np.concatenate([_per_column(spectrum, count, spec) for spectrum in spectra]).astype(np.float64)
    square = columns.T @ columns + _PENALTY * np.eye(columns.shape[1])
    return np.asarray(np.linalg.solve(square, columns.T @ targets))


def to_log_mel(picture: NDArray[np.uint8], weights: NDArray[np.float64], spec: FeatureSpec) -> Array:
    """Log-mel spectrum [shape=(n, bands)] of the 30 s of a picture, interpolated between its columns."""
    coarse = np.maximum(_columns(picture) @ weights, 0)
    frames = 1 + int(SECONDS * spec.sr) // spec.hop_length
    at = np.arange(frames) * spec.hop_length / spec.sr / SECONDS * len(coarse) - 0.5
    low = np.clip(np.floor(at).astype(np.int64), 0, len(coarse) - 2)
    share = np.clip(at - low, 0, 1)[:, None]
    return np.asarray(coarse[low] * (1 - share) + coarse[low + 1] * share, dtype=np.float32)


def _columns(picture: NDArray[np.uint8]) -> Array:
    """Each column with the two before it, in 0…1, and a constant [shape=(columns, 3 * rows + 1)].

    The pictures' margin was cut a little deep: what sounds now is seen about one column earlier.
    """
    count = picture.shape[1]
    padded = np.pad(picture.astype(np.float32) / 255, ((0, 0), (2, 0)), mode="edge")
    shifted = [padded[:, lag : lag + count] for lag in range(3)]
    return np.concatenate([*shifted, np.ones((1, count), dtype=np.float32)]).T


def _per_column(spectrum: Array, count: int, spec: FeatureSpec) -> Array:
    """Mean of the frames under each of `count` columns of 30 s; the last frame stands in for missing ones."""
    frames = SECONDS * spec.sr / spec.hop_length
    edges = np.linspace(0, frames, count + 1).astype(np.int64)
    missing = max(0, int(edges[-1]) + 1 - len(spectrum))
    spectrum = np.pad(spectrum, ((0, missing), (0, 0)), mode="edge")
    return np.stack([spectrum[a : max(b, a + 1)].mean(axis=0) for a, b in pairwise(edges)])


def everything(plan: Plan) -> tuple[list[Array], NDArray[np.float64]]:
    """Everything that patches are drawn from.

    Parameters
    ----------
    plan : Plan
        Its work folder keeps what takes long to compute.

    Returns
    -------
    spectra : list of ndarray [shape=(n, bands)]
        Log-mel spectra of whole pieces.
    weights : ndarray [shape=(len(spectra),)]
        How likely each is drawn; they sum to 1.
    """
    heard = recorded_spectra(plan)
    coded = spectra(_paths(plan), plan.spec, plan.kept("coded", ".npz"), coded=True)
    drawn = grained(images(plan, "train"), picture_map(plan), heard, plan.spec, seed=plan.seed)
    genres = [clip.genre for clip in plan.data.clips("train")]
    return [*heard, *coded, *drawn], drawing_weights(genres, len(plan.data.music()), len(drawn))


def recorded_spectra(plan: Plan) -> list[Array]:
    """Spectra [shape=(n, bands)] of the training clips, then of the unlabelled music."""
    return spectra(_paths(plan), plan.spec, plan.kept("spectra", ".npz"))


def _paths(plan: Plan) -> list[str]:
    return [clip.path for clip in plan.data.clips("train")] + plan.data.music()


def images(plan: Plan, split: str) -> dict[str, NDArray[np.uint8]]:
    """Pictures [shape=(218, 336)] of the tracks of one split whose sound is not at hand."""
    heard = {clip.name for clip in plan.data.clips(split)}
    return {name: image for name, image in plan.data.pictures(split).items() if name not in heard}


def picture_map(plan: Plan) -> NDArray[np.float64]:
    """The map from pictures to spectra, learned on the training clips that have both."""
    drawn = plan.data.pictures("train")
    both = [
        (drawn[clip.name], spectrum)
        for clip, spectrum in zip(plan.data.clips("train"), recorded_spectra(plan), strict=False)
        if clip.name in drawn
    ]
    return fit_pictures([image for image, _ in both], [spectrum for _, spectrum in both], plan.spec)


def with_stored_tags(plan: Plan) -> teacher.Labelled:
    """Patches of all training tracks from their pictures alone, with the teacher's stored tags."""
    return labelled_pictures(plan.data.pictures("train"), picture_map(plan), plan.data.patch_tags(), plan.spec)


def seen(plan: Plan, split: str) -> dict[str, Array]:
    """Patches [shape=(n, frames, bands)] of the tracks of one split from their pictures, as the network is asked."""
    weights = picture_map(plan)
    return {
        name: tracks.cut(to_log_mel(image, weights, plan.spec), plan.spec)
        for name, image in plan.data.pictures(split).items()
    }
