"""A genre model: ``model.tflite`` and the card that says what it is, run by LiteRT."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import ModelError
from genre_tagger.base.places import asset
from genre_tagger.base.stderr import only_our_words
from genre_tagger.model.card import CARD, EMBEDDING, GENRES, MOODS, SOUNDS, TAGS, ModelCard, read_file
from genre_tagger.model.features import silence
from genre_tagger.model.guard import is_speech, numbers

NETWORK = "model.tflite"
_LARGEST_NETWORK = 1 << 29


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a model makes of a track.

    Attributes
    ----------
    music : bool
        Whether it is music at all; when not, the rest is None.
    genres : ndarray [shape=(labels,)] or None
        Probabilities in 0…1 that sum to 1, in the order of ``card.labels``.
    tags : ndarray [shape=(tags,)] or None
        Each 0…1, in the order of ``card.tags``; None when the model has none.
    moods : ndarray [shape=(moods,)] or None
        Probabilities in 0…1 that sum to 1, in the order of ``card.moods``; None when the model has none.
    embedding : ndarray [shape=(values,)] or None
        What the network heard before it put it into words; None when the model does not give it.
    speech : bool
        Whether it is no music because somebody talks, also with music below.
    """

    music: bool
    genres: NDArray[np.float64] | None = None
    tags: NDArray[np.float64] | None = None
    moods: NDArray[np.float64] | None = None
    embedding: NDArray[np.float32] | None = None
    speech: bool = False


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Turn logits into probabilities, ``exp(z / T) / Σ exp(z / T)``.

    Parameters
    ----------
    logits : ndarray [shape=(..., labels)]
        Any numbers.
    temperature : float
        Above 0; above 1 it flattens the answer.

    Returns
    -------
    ndarray [shape=(..., labels)]
        In 0…1; they sum to 1 over the labels.
    """
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    weights = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def tempered(logits: NDArray[np.floating], temperature: float, slope: float) -> NDArray[np.float64]:
    """Probabilities that say how often they are right, by a temperature that depends on how sure an answer is.

    Answers that are sure are sure too often, and unsure ones are right more often than they say: no temperature mends
    both. The order of the labels stays.

    Parameters
    ----------
    logits : ndarray [shape=(..., labels)]
        Any numbers.
    temperature : float
        Of an answer whose highest probability would be one half at this temperature.
    slope : float
        How much the logarithm of the temperature grows from a probability of 0 to 1; 0 for one temperature.

    Returns
    -------
    ndarray [shape=(..., labels)]
        In 0…1; they sum to 1 over the labels.
    """
    shares = softmax(logits, temperature)
    if not slope:
        return shares
    sure = shares.max(axis=-1, keepdims=True) - 0.5
    return softmax(np.asarray(logits, dtype=np.float64) / np.exp(slope * sure), temperature)


def mean_sigmoid(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean probability in 0…1 of each tag [shape=(tags,)], from its logits in some patches [shape=(patches, tags)]."""
    return np.asarray((1 / (1 + np.exp(-logits.astype(np.float64)))).mean(axis=0))


class GenreModel:
    """A model that can be asked; load one with :meth:`load`.

    May be used by several threads at once: LiteRT's interpreters are not thread-safe, so each thread has its
    own, made at its first question and gone with the thread. They run on one core each and let go of the GIL.

    Attributes
    ----------
    name : str
        Stable identity: the folder's name and the card's fingerprint. What was answered by another one, even by the
        same network with another guard, is asked again.
    card : ModelCard
        What the model says of itself.
    """

    def __init__(self, name: str, card: ModelCard, network: bytes) -> None:
        self.name = name
        self.card = card
        self._network = network
        self._local = threading.local()

    @classmethod
    def load(cls, folder: str) -> GenreModel:
        """Load the model in `folder`, which has ``model.tflite`` and ``card.json``, and try it once.

        Raises
        ------
        ModelError
            If a file is missing, unreadable or makes no sense; if the network is not the one its card was
            written for (its SHA-256 is compared before LiteRT sees it); if its shapes do not fit the card.
        """
        try:
            return cls._load(folder)
        except ModelError as error:
            raise ModelError(f"{error} Its folder is {folder}.") from error

    @classmethod
    def _load(cls, folder: str) -> GenreModel:
        card = ModelCard.read(folder)
        network = read_file(os.path.join(folder, NETWORK), "network", _LARGEST_NETWORK)
        if hashlib.sha256(network).hexdigest() != card.sha256:
            raise ModelError("The model was changed or damaged: it does not match its card. It was not opened.")
        model = cls(card.name_in(folder), card, network)
        with only_our_words():  # LiteRT writes once a process that it has begun
            model._try_once()
        return model

    def predict(self, patches: NDArray[np.float32]) -> NDArray[np.float64]:
        """Say how likely each genre is for one track.

        Parameters
        ----------
        patches : ndarray [shape=(patches, frames, bands)]
            At least one patch of the track, as :func:`~genre_tagger.model.features.log_mel_patches` cuts them.

        Returns
        -------
        ndarray [shape=(labels,)]
            Probabilities in 0…1 that sum to 1, in the order of ``card.labels``: the mean over the patches of the
            logits, :func:`tempered` as the card says. Of patches that overlap by half only every second is asked
            about: that is nearly all of the sound, at half the cost.
        """
        return self._mean_softmax(self.run(self._thinned(patches))[GENRES])

    def judge(self, patches: NDArray[np.float32]) -> Judgement:
        """Say whether one track is music, and if so, its genres and tags.

        Takes what :meth:`predict` takes. The tags are the means over the same patches of the sigmoids of their logits,
        the moods the softmax of their mean logits, the embedding is the mean of theirs.
        """
        found = self.run(self._thinned(patches))
        if not self.is_music(patches, found):
            return Judgement(music=False, speech=is_speech(found[SOUNDS]))
        tags = None
        if TAGS in found and self.card.tags:
            tags = mean_sigmoid(found[TAGS])
        embedding = found[EMBEDDING].mean(axis=0, dtype=np.float32) if EMBEDDING in found else None
        moods = softmax(found[MOODS].mean(axis=0, dtype=np.float64)) if MOODS in found and self.card.moods else None
        return Judgement(True, self._mean_softmax(found[GENRES]), tags, moods, embedding)

    def is_music(self, patches: NDArray[np.float32], answers: Mapping[str, NDArray[np.float32]]) -> bool:
        """Say whether patches of one sound are music, by what :meth:`run` answered about them or some of them."""
        guard = self.card.guard
        return guard is None or bool(guard.passes(numbers(patches, answers[SOUNDS], self.card.spec)))

    def _thinned(self, patches: NDArray[np.float32]) -> NDArray[np.float32]:
        spec = self.card.spec
        return patches[::2] if 2 * spec.patch_hop <= spec.patch_frames else patches

    def _mean_softmax(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Probabilities from the logits of some patches [shape=(patches, labels)]."""
        return self.shares(logits.mean(axis=0, dtype=np.float64))

    def shares(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities of the genres from their logits [shape=(..., labels)], as the card says."""
        return tempered(logits, self.card.temperature, self.card.temperature_slope)

    def run(self, patches: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Give every output that the card names, patch by patch.

        Takes what :meth:`predict` takes and returns a dict of arrays [shape=(patches, values)]: ``"genres"``
        (logits) always, ``"tags"``, ``"embedding"`` and ``"sounds"`` where the model has them.
        """
        spec = self.card.spec
        if patches.ndim != 3 or not len(patches) or patches.shape[1:] != (spec.patch_frames, spec.n_mels):
            raise ValueError(f"patches have shape {patches.shape}, not (n, {spec.patch_frames}, {spec.n_mels})")
        runner, input_name, names = self._of_this_thread()
        found = runner(**{input_name: patches})
        return {output: found[name] for output, name in names.items()}

    def _of_this_thread(self) -> tuple[Any, str, dict[str, str]]:
        """The calling thread's signature runner, the name of its input, and the outputs' names in it."""
        if not hasattr(self._local, "runner"):
            from ai_edge_litert.interpreter import Interpreter

            interpreter = Interpreter(model_content=self._network, num_threads=1)
            runner = interpreter.get_signature_runner()
            (input_name,) = runner.get_input_details()
            found = list(runner.get_output_details())
            implied = {GENRES: found[0]} if len(found) == 1 else {name: name for name in found}
            outputs = dict(self.card.outputs) or implied
            self._local.runner = runner, input_name, outputs
        return self._local.runner  # type: ignore[no-any-return]

    def _require_shape(self) -> None:
        """Raise ValueError if the network was made for patches of another shape: some would take these all the same."""
        runner, input_name, _ = self._of_this_thread()
        made_for = runner.get_input_details()[input_name]["shape_signature"].tolist()
        asked = [-1, self.card.spec.patch_frames, self.card.spec.n_mels]
        if len(made_for) != 3 or any(-1 != made != size for made, size in zip(made_for, asked, strict=True)):
            raise ValueError(f"the network takes patches of shape {made_for}, not {asked}")

    def _try_once(self) -> None:
        """Ask network and guard about two patches of silence and look at the answer's shape."""
        spec = self.card.spec
        nothing = np.full((2, spec.patch_frames, spec.n_mels), silence(spec), dtype=np.float32)
        try:
            self._require_shape()
            found = self.run(nothing)
            genres, embedding = found[GENRES], found.get(EMBEDDING)
            self.is_music(nothing, found)
        except (ValueError, RuntimeError, ArithmeticError, LookupError) as error:
            raise ModelError("The model cannot be run: it does not fit its card or this program.") from error
        if genres.shape != (2, len(self.card.labels)) or not np.isfinite(genres).all():
            raise ModelError("The model does not give one number for each genre that its card names.")
        for output, named, what in ((TAGS, self.card.tags, "tag"), (MOODS, self.card.moods, "mood")):
            if named and output in found and found[output].shape != (2, len(named)):
                raise ModelError(f"The model does not give one number for each {what} that its card names.")
        if embedding is not None and (embedding.ndim != 2 or not np.isfinite(embedding).all()):
            raise ModelError("The model does not give one row of numbers as its embedding.")


def default_model_folder() -> str:
    """Find the model that the program ships.

    Returns
    -------
    str
        The only model folder, or the one whose card says that it is the default.

    Raises
    ------
    ModelError
        If there is none, or several and none says so.
    """
    root = str(asset("models"))
    names = sorted(os.listdir(root)) if os.path.isdir(root) else []
    folders = [os.path.join(root, name) for name in names if os.path.isfile(os.path.join(root, name, CARD))]
    if len(folders) == 1:
        return folders[0]
    for folder in folders:
        with contextlib.suppress(ModelError):
            if ModelCard.read(folder).default:
                return folder
    raise ModelError("The program came without its genre model; please install it anew.")
