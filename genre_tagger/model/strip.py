"""What the model hears along a whole track: its probabilities patch by patch, in bounded memory."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.cache import Cache
from genre_tagger.model.card import GENRES
from genre_tagger.model.features import SHORTEST_SECONDS, FeatureSpec, log_mel, log_mel_patches
from genre_tagger.model.network import GenreModel
from genre_tagger.sound.audio import glimpses, mono_blocks
from genre_tagger.sound.decoders import is_silent, mixed, resampled

Answers = dict[str, NDArray[np.float32]]
# Patches asked about at once, and fewer when they lie farther apart: as much sound waits as they span.
_BATCH = 16
# Patches that the guard judges together, 13 s of sound: a sentence with its pauses, a few bars of music.
_TOGETHER = 8
# A longer track (s) is skimmed before it is heard.
_LONG = 150.0


@dataclass(frozen=True, slots=True)
class Strip:
    """The model's answers along a track, one column for each patch.

    Attributes
    ----------
    starts : ndarray [shape=(columns,)]
        Where each column's patch begins, in seconds; equally far apart.
    step : float
        How far apart, in seconds.
    seconds : float
        Length of a patch in seconds. Patches overlap where `step` is shorter, and leave gaps where it is longer.
    probabilities : ndarray [shape=(columns, labels)], float32
        In the order of the model's labels; each column sums to 1.
    loud : ndarray [shape=(columns,)], bool
        False where there is silence, about which the model says something all the same.
    music : ndarray [shape=(columns,)], bool
        False where the model's guard takes a dozen seconds of sound for speech, noise or an animal; likewise.
    complete : bool
        Whether this is the whole track.
    """

    starts: NDArray[np.float64]
    step: float
    seconds: float
    probabilities: NDArray[np.float32]
    loud: NDArray[np.bool_]
    music: NDArray[np.bool_]
    complete: bool

    @property
    def heard(self) -> NDArray[np.bool_]:
        """Where what the model says means something [shape=(columns,)]: there is sound, and it is music."""
        return self.loud & self.music

    def among(self, chosen: NDArray[np.bool_]) -> Strip:
        """Choose among some labels alone [shape=(labels,)]: the others get 0, and each column sums to 1 again."""
        if chosen.all():
            return self
        kept = np.where(chosen, self.probabilities, np.float32(0))
        return replace(self, probabilities=kept / np.maximum(kept.sum(axis=1, keepdims=True), np.float32(1e-9)))


def along(path: str, model: GenreModel, *, most: int = 1500) -> Generator[Strip]:
    """Ask the model about a whole track, from its beginning to its real end.

    The patches are cut as for classifying. When there are more than `most`, every other one is dropped and the
    steps become twice as wide, so that neither memory nor the number of columns grows with the length.

    Parameters
    ----------
    path : str
        The file.
    model : GenreModel
        The model to ask.
    most : int
        The largest number of columns, at least 2.

    Yields
    ------
    Strip
        What is known so far, again and again; the last one is complete. Without columns when the file has too
        little sound. Closing the generator cancels.

    Raises
    ------
    DecodeError
        If the file cannot be read or contains no sound.
    """
    spec = model.card.spec
    columns = _Columns(model, max(most, 2))
    count = 0
    with contextlib.closing(mono_blocks(path, sr=spec.sr)) as blocks:
        for mel, power in _frames(blocks, spec):
            count += len(mel)
            columns.add(mel, power)
            while columns.ready():
                columns.ask()
                yield columns.strip(complete=False)
    if count > SHORTEST_SECONDS * spec.sr / spec.hop_length:
        columns.finish()
    yield columns.strip(complete=True)


def skim(path: str, model: GenreModel, *, count: int = 16, within: float | None = None) -> Generator[Strip]:
    """Ask the model about a few patches all over a track, long before :func:`along` is through.

    Parameters
    ----------
    path : str
        The file.
    model : GenreModel
        The model to ask.
    count : int
        How many columns in the end, a power of two.
    within : float, optional
        How much of the track from its beginning on is looked at, in seconds; all of it without.

    Yields
    ------
    Strip
        With 4 columns, 8 and so on to `count`, equally far apart; not complete. The guard judges them all together:
        one patch is too little for it, and whether a part of the track is no music only :func:`along` can tell.
        Nothing where the file is short or cannot be searched, or where its header does not tell the truth about its
        length.
    """
    spec = model.card.spec
    seconds = spec.patch_frames * spec.hop_length / spec.sr
    found: list[tuple[float, NDArray[np.float32], bool]] = []
    with contextlib.closing(glimpses(path, count=count, seconds=seconds, within=within)) as excerpts:
        for excerpt in excerpts:
            y = np.concatenate([*resampled([mixed(excerpt.y.T)], excerpt.sr, spec.sr), np.empty(0, dtype=np.float32)])
            patches = log_mel_patches(y, spec)
            if not len(patches):
                return
            found.append((excerpt.start, patches[0], not is_silent(np.square(y).mean())))
            if len(found) >= 4 and len(found) & (len(found) - 1) == 0:
                yield _scattered(found, model)


def kept_or_heard(path: str, model: GenreModel, length: float, cache: Cache | None) -> Iterator[Strip]:
    """Give what the model hears along a track: from the cache, or else of a long track coarsely first.

    Parameters
    ----------
    path : str
        The file.
    model : GenreModel
        The model to ask.
    length : float
        Length of the track in seconds, as far as is known.
    cache : Cache or None
        Where the finished strip is kept for the next time.

    Yields
    ------
    Strip
        As :func:`skim` and then :func:`along` do, or the one that was kept.

    Raises
    ------
    DecodeError
        If the file cannot be read or contains no sound.
    """
    kind = f"strip {model.name}"
    kept = _kept(cache.get(path, kind) if cache is not None else None, len(model.card.labels))
    if kept is not None:
        yield kept
        return
    stamp = cache.stamp(path) if cache is not None else None
    if length > _LONG:
        yield from skim(path, model)
    for strip in along(path, model):
        if cache is not None and strip.complete:
            cache.put(path, kind, _arrays(strip), stamp=stamp)
        yield strip


def _arrays(strip: Strip) -> dict[str, NDArray[np.generic]]:
    return {
        "probabilities": strip.probabilities, "loud": strip.loud, "music": strip.music, "starts": strip.starts,
        "times": np.array([strip.step, strip.seconds]),
    }  # fmt: skip


def _kept(arrays: dict[str, NDArray[np.generic]] | None, labels: int) -> Strip | None:
    """Read a strip from the cache; None if there is none, or a strange one."""
    if arrays is None or set(arrays) != {"probabilities", "loud", "music", "starts", "times"}:
        return None
    starts, probabilities, loud, music = (arrays[name] for name in ("starts", "probabilities", "loud", "music"))
    fits = probabilities.shape == (len(starts), labels) and loud.shape == music.shape == starts.shape
    if not fits or loud.dtype != np.bool_ or music.dtype != np.bool_ or arrays["times"].shape != (2,):
        return None
    step, seconds = map(float, arrays["times"])
    return Strip(
        starts.astype(np.float64), step, seconds, probabilities.astype(np.float32), loud.astype(np.bool_),
        music.astype(np.bool_), complete=True,
    )  # fmt: skip


def _scattered(found: Sequence[tuple[float, NDArray[np.float32], bool]], model: GenreModel) -> Strip:
    """Make a strip of single patches, from where each begins and whether there is sound."""
    spec = model.card.spec
    frame = spec.hop_length / spec.sr
    in_order = sorted(found, key=lambda one: one[0])
    starts = np.array([start for start, _, _ in in_order])
    patches = np.stack([patch for _, patch, _ in in_order])
    answers = model.run(patches)
    return Strip(
        starts=starts,
        step=float(starts[1] - starts[0]),
        seconds=spec.patch_frames * frame,
        probabilities=model.shares(answers[GENRES]).astype(np.float32),
        loud=np.array([loud for _, _, loud in in_order]),
        music=np.full(len(starts), model.is_music(patches, answers)),
        complete=False,
    )


def _frames(
    blocks: Iterable[NDArray[np.float32]], spec: FeatureSpec
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield the log-mel spectrogram of a stream [shape=(n, bands)] and the power of its frames [shape=(n,)].

    Together they are what :func:`~genre_tagger.model.features.log_mel` gives for the whole.
    """
    beyond = np.zeros(spec.n_fft // 2, dtype=np.float32)
    plain = replace(spec, preemphasis=0.0)
    # The sound as it is, for its power, and after pre-emphasis, as the model hears it.
    waiting = heard = beyond
    before, last = beyond[:0], False
    upcoming = iter(blocks)
    while not last:
        block = next(upcoming, None)
        last = block is None
        sound = beyond if block is None else block
        waiting = np.concatenate([waiting, sound])
        heard = np.concatenate([heard, *_emphasised(before, block, spec)])
        before = sound[-1:] if len(sound) else before
        count = 1 + (len(heard) - spec.n_fft) // spec.hop_length
        if count < 1:
            continue
        done = count * spec.hop_length
        power = np.square(waiting[:done]).reshape(count, -1).mean(axis=1)
        yield log_mel(heard[: done - spec.hop_length + spec.n_fft], plain, center=False), power
        waiting, heard = waiting[done:], heard[done:]


def _emphasised(
    before: NDArray[np.float32], block: NDArray[np.float32] | None, spec: FeatureSpec
) -> Iterator[NDArray[np.float32]]:
    """Yield a block as the model hears it, behind a sample or none; the block None is what is beyond the end."""
    if not spec.preemphasis:
        yield np.zeros(spec.n_fft // 2, dtype=np.float32) if block is None else block
    elif block is None:
        yield np.zeros(spec.n_fft // 2 + len(before), dtype=np.float32)
    else:
        joined = np.concatenate([before, block])
        yield joined[1:] - np.float32(spec.preemphasis) * joined[:-1]


class _Columns:
    """Columns of a strip that is growing, and the frames that are waiting to become some."""

    def __init__(self, model: GenreModel, most: int) -> None:
        spec = model.card.spec
        self._model, self._spec, self._most = model, spec, most
        self._step = spec.patch_hop
        self._first = 0  # the frame that `_mel` begins with
        self._mel = np.empty((0, spec.n_mels), dtype=np.float32)
        self._power = np.empty(0, dtype=np.float32)
        self._logits = np.empty((0, len(model.card.labels)), dtype=np.float32)
        self._loud = np.empty(0, dtype=np.bool_)
        self._music = np.empty(0, dtype=np.bool_)
        self._before: tuple[NDArray[np.float32], Answers] | None = None  # the patches answered last, and how

    def add(self, mel: NDArray[np.float32], power: NDArray[np.float32]) -> None:
        """Take the next frames; those before the next patch are let go."""
        self._mel = np.concatenate([self._mel, mel])
        self._power = np.concatenate([self._power, power])
        gone = min(self._ahead(), len(self._mel))
        self._mel, self._power = self._mel[gone:], self._power[gone:]
        self._first += gone

    def ready(self) -> bool:
        """Whether a batch of patches can be cut."""
        return self._whole() >= self._batch()

    def ask(self) -> None:
        """Ask the model about the next batch."""
        self._ask(self._batch())

    def finish(self) -> None:
        """Ask about what is left; a track shorter than a patch is repeated until it fills one."""
        if left := self._whole():
            self._ask(left)
        elif not len(self._logits):
            shape = (1, self._spec.patch_frames, self._spec.n_mels)
            self._answer(np.resize(self._mel, shape), self._power[np.newaxis])

    def _batch(self) -> int:
        return max(1, _BATCH * self._spec.patch_hop // self._step)

    def _ahead(self) -> int:
        """How many frames of those that are there lie before the next patch."""
        return len(self._logits) * self._step - self._first

    def _whole(self) -> int:
        """How many patches can be cut from the frames that are there."""
        return max(0, 1 + (len(self._mel) - self._ahead() - self._spec.patch_frames) // self._step)

    def _ask(self, count: int) -> None:
        starts = self._ahead() + self._step * np.arange(count)
        at = starts[:, np.newaxis] + np.arange(self._spec.patch_frames)
        self._answer(self._mel[at], self._power[at])

    def _answer(self, patches: NDArray[np.float32], power: NDArray[np.float32]) -> None:
        answers = self._model.run(patches)
        self._logits = np.concatenate([self._logits, answers[GENRES]])
        self._loud = np.concatenate([self._loud, ~is_silent(power.mean(axis=1))])
        for start in range(0, len(patches), _TOGETHER):
            some = slice(start, start + _TOGETHER)
            is_music = self._is_music(patches[some], {name: said[some] for name, said in answers.items()})
            self._music = np.concatenate([self._music, np.full(len(patches[some]), is_music)])
        while len(self._logits) > self._most:
            self._logits, self._loud, self._music = self._logits[::2], self._loud[::2], self._music[::2]
            self._step *= 2

    def _is_music(self, patches: NDArray[np.float32], answers: Answers) -> bool:
        """Judge these patches, together with some of those before when they are few."""
        if self._before is not None and len(patches) < _TOGETHER:
            earlier, said = self._before
            kept = slice(max(0, len(earlier) + len(patches) - _TOGETHER), None)
            patches = np.concatenate([earlier[kept], patches])
            answers = {name: np.concatenate([said[name][kept], answers[name]]) for name in answers}
        self._before = patches, answers
        return self._model.is_music(patches, answers)

    def strip(self, *, complete: bool) -> Strip:
        """Give what is known so far."""
        frame = self._spec.hop_length / self._spec.sr
        return Strip(
            starts=np.arange(len(self._logits), dtype=np.float64) * (self._step * frame),
            step=self._step * frame,
            seconds=self._spec.patch_frames * frame,
            probabilities=self._model.shares(self._logits).astype(np.float32),
            loud=self._loud,
            music=self._music,
            complete=complete,
        )
