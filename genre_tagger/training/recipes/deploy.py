"""A trained recipe as a folder that runs without TensorFlow: ``model.tflite``, ``card.json``, and the Keras network."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from genre_tagger.base.errors import ModelError
from genre_tagger.training.recipes import runs, trainer
from genre_tagger.training.recipes.inputs import Array, Floats, InputSpec, to_network
from genre_tagger.training.student import export


@dataclass(frozen=True, slots=True)
class RecipeModel:
    """A recipe's network on LiteRT.

    Attributes
    ----------
    card : mapping
        Contents of ``card.json``.
    labels : tuple of str
        In the order of the answers.
    input_spec : InputSpec
        What a piece is.
    network : bytes
        The flat buffer; it takes one piece at a time.
    """

    card: Mapping[str, Any]
    labels: tuple[str, ...]
    input_spec: InputSpec
    network: bytes

    @classmethod
    def load(cls, folder: str) -> RecipeModel:
        """Load a folder that :func:`export_recipe` wrote; raise :class:`ModelError` if it is not whole."""
        try:
            card = export.read_card(folder)
            with open(os.path.join(folder, "model.tflite"), "rb") as file:
                network = file.read()
        except (OSError, ValueError) as error:
            raise ModelError(f"The model in {folder} cannot be read: {error}.") from error
        if hashlib.sha256(network).hexdigest() != card.get("sha256"):
            raise ModelError(f"The model in {folder} was changed or damaged: it does not match its card.")
        input_spec = InputSpec.from_json(card.get("input"))
        return cls(card, tuple(map(str, card.get("labels", ()))), input_spec, network)

    def run(self, pieces: Array) -> Floats:
        """Probabilities of each piece [shape=(pieces, labels)], on one core."""
        return run_litert(self.network, pieces, self.input_spec.shape)


def to_litert(network: Any) -> bytes:
    """Convert a network to a LiteRT flat buffer that takes one piece at a time.

    The fixed batch is what the converter needs for LSTM layers, whose loop it cannot unroll otherwise.
    """
    import keras
    import tensorflow as tf

    piece = keras.Input(batch_shape=(1, *network.input_shape[1:]), name="piece")
    fixed = keras.Model(piece, {"genres": network(piece)})
    converted: bytes = tf.lite.TFLiteConverter.from_keras_model(fixed).convert()
    return converted


def run_litert(network: bytes, pieces: Array, shape: tuple[int, ...]) -> Floats:
    """Run a flat buffer from :func:`to_litert` on one core [shape=(pieces, labels)]."""
    runner = _runner(network)
    return np.concatenate([runner(piece=piece[None])["genres"] for piece in to_network(pieces, shape)])


def milliseconds(network: bytes, pieces: Array, shape: tuple[int, ...], rounds: int = 15) -> float:
    """How long the pieces of one track take on one core, in ms, see :func:`least_milliseconds`."""
    runner, values = _runner(network), to_network(pieces, shape)
    return least_milliseconds(lambda: [runner(piece=piece[None]) for piece in values], rounds)


def least_milliseconds(work: Callable[[], object], rounds: int = 15) -> float:
    """Processor time that some work takes this thread, in ms, the least of some rounds.

    Other programs on the machine do not count, nor do the threads of TensorFlow in this one.
    """
    best = float("inf")
    for _ in range(rounds):
        start = time.thread_time()
        work()
        best = min(best, time.thread_time() - start)
    return 1000 * best


def _runner(network: bytes) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(model_content=network, num_threads=1).get_signature_runner()


def export_run(run: str, folder: str) -> dict[str, Any]:
    """Write the best network of a finished run as a model folder.

    Parameters
    ----------
    run : str
        The run's folder.
    folder : str
        The model's folder.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    ModelError
        If the run is not finished.
    ParityError
        See :func:`export_recipe`.
    """
    try:
        with open(os.path.join(run, runs.RESULT), encoding="utf-8") as file:
            facts = json.load(file)
        with np.load(os.path.join(run, runs.SAMPLE), allow_pickle=False) as sample:
            pieces = sample["pieces"]
    except OSError as error:
        raise ModelError(f"{run} holds no finished run: {error}.") from error
    return export_recipe(trainer.Run(run).best(), folder, facts, pieces)


def export_recipe(network: Any, folder: str, facts: Mapping[str, Any], pieces: Array) -> dict[str, Any]:
    """Write a trained recipe as a model folder, after comparing it with the Keras network.

    Parameters
    ----------
    network : keras.Model
        Trained.
    folder : str
        ``model.tflite``, ``model.keras`` and ``card.json`` go here.
    facts : mapping
        What ``result.json`` of the run says: recipe, labels, input, data, seed, measurements.
    pieces : ndarray [shape=(pieces, …)]
        Of real recordings.

    Returns
    -------
    dict
        The card.

    Raises
    ------
    ParityError
        If an answer differs by 1e-4 or more; nothing is written then.
    """
    flat_buffer = to_litert(network)
    shape = tuple(network.input_shape[1:])
    answers = run_litert(flat_buffer, pieces, shape), trainer.predict(network, pieces)
    difference = export.checked(float(np.abs(answers[0] - answers[1]).max()))
    facts_of_card = {key: value for key, value in facts.items() if key != "fingerprint"}
    card = {**facts_of_card, "parity": difference, "versions": export.versions()}
    export.write_folder(folder, network, flat_buffer, card)
    return export.read_card(folder)
