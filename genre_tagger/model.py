"""A genre model: ``model.tflite`` and the card that says what it is, run by LiteRT."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.assets import asset
from genre_tagger.errors import ModelError
from genre_tagger.features import FeatureSpec

CARD = "card.json"
NETWORK = "model.tflite"
GENRES = "genres"
_LARGEST_CARD = 1 << 20
_LARGEST_NETWORK = 1 << 29


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What ``card.json`` says of a model.

    Attributes
    ----------
    labels : tuple of str
        The genres as they are written into tags, in the order of the network's output. Required.
    spec : FeatureSpec
        What the network hears (``features`` in the file). Required.
    sha256 : str
        Digest of ``model.tflite`` in lower-case hexadecimal. Required.
    temperature : float
        The logits are divided by it before the softmax, so that probabilities mean what they say.
    outputs : mapping of str to str
        ``"genres"``, ``"tags"``, ``"embedding"`` → name of that output in the network's signature; may be
        left out when the signature uses these names, or has one output only.
    tags : tuple of str
        Names of the values in the ``"tags"`` output.
    title, licence, training_data : str
        Words for the user.
    accuracy : float or None
        Share of right answers, 0…1, on tracks whose artists the network never heard.
    default : bool
        Whether this is the model to use when several are installed.
    raw : mapping
        Everything in the file, known here or not.
    """

    labels: tuple[str, ...]
    spec: FeatureSpec
    sha256: str
    temperature: float = 1.0
    outputs: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    title: str = ""
    licence: str = ""
    training_data: str = ""
    accuracy: float | None = None
    default: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_json(cls, data: object) -> ModelCard:
        """Read a decoded card; raise :class:`ModelError` if a field is missing or makes no sense."""
        if not isinstance(data, Mapping):
            raise ModelError("The model's card is not a JSON object.")
        card = cls(
            labels=_words(data, "labels"),
            spec=FeatureSpec.from_json(data.get("features")),
            sha256=_typed(data, "sha256", str).lower(),
            temperature=_number(data, "temperature", 0.01, 100.0) or 1.0,
            outputs=_outputs(data),
            tags=_words(data, "tags"),
            title=_typed(data, "title", str),
            licence=_typed(data, "licence", str),
            training_data=_typed(data, "training_data", str),
            accuracy=_number(data, "accuracy", 0.0, 1.0),
            default=_typed(data, "default", bool),
            raw=dict(data),
        )
        if not card.labels or len(set(card.labels)) != len(card.labels):
            raise ModelError("The model's card names no genres, or one of them twice.")
        if len(card.sha256) != 64:
            raise ModelError("The model's card has no SHA-256 of the model.")
        return card

    @classmethod
    def read(cls, folder: str) -> ModelCard:
        """Read the card of the model in `folder`; raise :class:`ModelError` if it cannot be used."""
        text = _read(os.path.join(folder, CARD), "card", _LARGEST_CARD)
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ModelError("The model's card is damaged: it is not valid JSON.") from error
        return cls.from_json(data)


class GenreModel:
    """A model that can be asked; load one with :meth:`load`.

    May be used by several threads at once: LiteRT's interpreters are not thread-safe, so each thread has its
    own, made at its first question and gone with the thread. They run on one core each and let go of the GIL.

    Attributes
    ----------
    name : str
        Stable identity: the folder's name and the first eight digits of the network's SHA-256.
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
        card = ModelCard.read(folder)
        network = _read(os.path.join(folder, NETWORK), "network", _LARGEST_NETWORK)
        if hashlib.sha256(network).hexdigest() != card.sha256:
            raise ModelError("The model was changed or damaged: it does not match its card. It was not opened.")
        model = cls(f"{os.path.basename(os.path.abspath(folder))}-{card.sha256[:8]}", card, network)
        with _quiet_first_start():
            model._try_once()
        return model

    def predict(self, patches: NDArray[np.float32]) -> NDArray[np.float64]:
        """Say how likely each genre is for one track.

        Parameters
        ----------
        patches : ndarray [shape=(patches, frames, bands)]
            At least one patch of the track, as :func:`~genre_tagger.features.log_mel_patches` cuts them.

        Returns
        -------
        ndarray [shape=(labels,)]
            Probabilities in 0…1 that sum to 1, in the order of ``card.labels``: the softmax of the mean over
            the patches of the logits, divided by the card's temperature.
        """
        logits = self.run(patches)[GENRES].mean(axis=0, dtype=np.float64) / self.card.temperature
        weights = np.exp(logits - np.max(logits))
        return np.asarray(weights / weights.sum())

    def run(self, patches: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Give every output that the card names, patch by patch.

        Takes what :meth:`predict` takes and returns a dict of arrays [shape=(patches, values)]: ``"genres"``
        (logits) always, ``"tags"`` and ``"embedding"`` where the model has them.
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

    def _try_once(self) -> None:
        """Ask about two patches of silence and look at the answer's shape."""
        spec = self.card.spec
        try:
            genres = self.run(np.zeros((2, spec.patch_frames, spec.n_mels), dtype=np.float32))[GENRES]
        except (ValueError, RuntimeError, KeyError) as error:
            raise ModelError("The model cannot be run: it does not fit its card or this program.") from error
        if genres.shape != (2, len(self.card.labels)) or not np.isfinite(genres).all():
            raise ModelError("The model does not give one number for each genre that its card names.")


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
    raise ModelError("No genre model is installed with the program; classifying is switched off.")


@contextlib.contextmanager
def _quiet_first_start() -> Iterator[None]:
    """Keep LiteRT's "INFO: Created TensorFlow Lite XNNPACK delegate" off the terminal.

    It comes once a process, straight from C++ to descriptor 2, and LiteRT has no switch for it from Python.
    Whatever else is written meanwhile is passed on.
    """
    try:
        kept = os.dup(2)
    except OSError:  # a program without a terminal may have no descriptor 2
        yield
        return
    with tempfile.TemporaryFile() as aside:
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(aside.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            aside.seek(0)
            for line in aside:
                if not line.startswith(b"INFO: "):
                    os.write(2, line)


def _read(path: str, what: str, limit: int) -> bytes:
    """Read a file of the model that has at most `limit` bytes."""
    try:
        with open(path, "rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise ModelError(f"The model's {what} ({os.path.basename(path)}) cannot be read: {reason}.") from error
    if len(content) > limit:
        raise ModelError(f"The model's {what} ({os.path.basename(path)}) is far too large to be one.")
    return content


def _typed(data: Mapping[str, Any], name: str, *kinds: type) -> Any:
    """The field `name`, which must be of the first of `kinds` (or any of them); its empty value when missing."""
    value = data.get(name, kinds[0]())
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise ModelError(f"The model's card has a value of the wrong kind: {name}.")
    return value


def _words(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    words = tuple(_typed(data, name, list))
    if len(words) > 1_000 or not all(isinstance(word, str) and word.strip() for word in words):
        raise ModelError(f"The model's card has an entry that is not a word: {name}.")
    return words


def _number(data: Mapping[str, Any], name: str, low: float, high: float) -> float | None:
    if data.get(name) is None:
        return None
    value = _typed(data, name, float, int)
    if not low <= value <= high:
        raise ModelError(f"The model's card has a number that makes no sense: {name} = {value!r}.")
    return float(value)


def _outputs(data: Mapping[str, Any]) -> dict[str, str]:
    outputs: dict[str, str] = _typed(data, "outputs", dict)
    if not all(isinstance(name, str) for name in outputs.values()) or (outputs and GENRES not in outputs):
        raise ModelError("The model's card does not say which output holds the genres.")
    return outputs
