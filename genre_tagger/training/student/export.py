"""From the Keras network to the shipped folder: model.tflite, model.keras, card.json."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import GenreTaggerError
from genre_tagger.base.small_files import replacing, write_whole
from genre_tagger.model.network import softmax
from genre_tagger.training.data import taxonomy
from genre_tagger.training.data.plan import Plan
from genre_tagger.training.student import teacher
from genre_tagger.training.student.hearing import SPEC
from genre_tagger.training.student.network import Ask, answering

PARITY = 1e-4
"""By so much no output may differ between the Keras network and the converted one."""
_PACKAGES = ("tensorflow_cpu", "tensorflow", "keras", "numpy", "scipy", "ai-edge-litert")


class ParityError(GenreTaggerError):
    """The converted network does not say what the trained one says."""


def to_litert(model: Any) -> bytes:
    """Convert the network to a LiteRT flat buffer with one signature and a free batch size.

    Parameters
    ----------
    model : keras.Model
        From :func:`genre_tagger.training.student.network.build`, trained.

    Returns
    -------
    bytes
        Contents of ``model.tflite``; signature ``serving_default``: ``patches`` [shape=(n, frames,
        bands), dtype=float32] → every output of the network by its name.
    """
    import tensorflow as tf

    converted: bytes = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    return converted


def asking(flat_buffer: bytes) -> Ask:
    """A flat buffer as the program runs it, on one core.

    Parameters
    ----------
    flat_buffer : bytes
        From :func:`to_litert`.

    Returns
    -------
    callable
        Log-mel patches [shape=(n, frames, bands)] → all outputs [shape=(n, ...)] by name.
    """
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_content=flat_buffer, num_threads=1).get_signature_runner()
    return lambda patches: runner(patches=np.ascontiguousarray(patches, dtype=np.float32))


def largest_difference(model: Any, flat_buffer: bytes, sounds: Iterable[NDArray[np.float32]]) -> float:
    """Largest absolute difference of any answer between Keras and LiteRT on the same sounds.

    Answers are probabilities, where the network gives logits: a head of hundreds of weights makes of the last digit of
    its inputs more than it makes of any probability.

    Parameters
    ----------
    model : keras.Model
        What was converted.
    flat_buffer : bytes
        What came of it.
    sounds : iterable of ndarray [shape=(n, frames, bands)]
        Log-mel patches of each.

    Raises
    ------
    ParityError
        If it is 1e-4 or more.
    """
    trained, converted = answering(model), asking(flat_buffer)

    def difference(patches: NDArray[np.float32]) -> float:
        ours, theirs = _as_said(trained(patches)), _as_said(converted(patches))
        return max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)

    return checked(float(np.max([difference(patches) for patches in sounds])))


def _as_said(outputs: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[Any]]:
    """Outputs with their logits as probabilities, and the embedding at length 1, as it is compared."""
    ways: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
        "genres": softmax, "moods": softmax, "sounds": np.exp, "tags": _sigmoid, "classes": _sigmoid,
        "embedding": lambda known: np.asarray(known / np.linalg.norm(known, axis=1, keepdims=True)),
    }  # fmt: skip
    return {name: ways[name](values) for name, values in outputs.items()}


def _sigmoid(logits: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(1 / (1 + np.exp(-logits)))


def checked(difference: float) -> float:
    """The same difference; raise :class:`ParityError` if it is 1e-4 or more, or no number."""
    if not difference < PARITY:
        raise ParityError(f"Converted and trained network differ by {difference:.2e}; nothing was written.")
    return difference


def write_folder(folder: str, model: Any, flat_buffer: bytes, card: Mapping[str, Any]) -> None:
    """Write the shipped folder; the card's ``sha256`` and ``size`` are those of the flat buffer.

    Parameters
    ----------
    folder : str
        Such as ``models/two-teachers-cnn``.
    model : keras.Model
        Stored beside the flat buffer, without its optimizer.
    flat_buffer : bytes
        From :func:`to_litert`.
    card : mapping
        Everything else the card says.
    """
    os.makedirs(folder, exist_ok=True)
    write_whole(os.path.join(folder, "model.tflite"), flat_buffer, sync=False)
    with replacing(os.path.join(folder, "model.keras"), ending=".keras") as file:
        model.save(file.name, include_optimizer=False)
    write_card(folder, {**card, "sha256": hashlib.sha256(flat_buffer).hexdigest(), "size": len(flat_buffer)})


def write_card(folder: str, card: Mapping[str, Any]) -> None:
    """Write ``card.json``, whole or not at all; short lists on one line each."""
    text = _json(card) + "\n"
    write_whole(os.path.join(folder, "card.json"), text.encode(errors="backslashreplace"), sync=False)


def publish(finished: str, folder: str) -> None:
    """Put a finished model where it belongs: each file whole or not at all, the card last."""
    os.makedirs(folder, exist_ok=True)
    for name in ("model.keras", "model.tflite", "card.json"):
        with open(os.path.join(finished, name), "rb") as source, replacing(os.path.join(folder, name)) as file:
            shutil.copyfileobj(source, file)


def read_card(folder: str) -> dict[str, Any]:
    """Read ``card.json`` as it stands, with the fields that the program does not need."""
    with open(os.path.join(folder, "card.json"), encoding="utf-8") as file:
        card: dict[str, Any] = json.load(file)
    return card


def _json(value: Any, indent: str = "") -> str:
    """JSON that people can read: whatever fits on a line of 100 characters stands on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(flat) <= 100 or not isinstance(value, Mapping | Sequence) or isinstance(value, str):
        return flat
    deeper = indent + "  "
    if isinstance(value, Mapping):
        items = [f"{deeper}{json.dumps(key)}: {_json(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _json(item, deeper) for item in value) + f"\n{indent}]"


def versions() -> dict[str, str]:
    """Versions of Python and of the packages a result depends on."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except ImportError:
            continue
    return found


_CREDITS = [
    "First weights and teacher: mn04_as by Florian Schmid (EfficientAT), MIT licence; taught on AudioSet.",
    "Teacher: musicnn (MSD_musicnn) by Jordi Pons and Xavier Serra, Music Technology Group, Universitat Pompeu "
    "Fabra; ISC licence. Its weights are not part of this model.",
    "musicnn_keras by Elio Quinton, ISC licence.",
    "GTZAN: G. Tzanetakis and P. Cook, 2002. Split without faults and shared artists: C. Kereliuk, B. L. Sturm "
    "and J. Larsen, 2015.",
    "Clips with AllMusic's genres and moods: R. Panda, R. Malheiro and R. P. Paiva, 2018. Magnatune clips: A. "
    "Aljanaki, F. Wiering and R. C. Veltkamp (Emotify), 2015.",
    "Unlabelled music: Kevin MacLeod (CC BY 3.0).",
]
_TRAINING_DATA = (
    "A network of mn04's shape, begun from its weights; its upper half learned, on patches of 830 labelled clips (474 "
    "with AllMusic's genres, 192 of Magnatune, 164 of GTZAN) and some free music, to answer at one level what mn04 "
    "answers at any, and to say musicnn's 50 tags. The heads for genres and moods are linear maps of what it "
    "then knows, learned from these clips. What tells music from other sounds learned from these and from "
    "synthesised sounds, tunes and readers."
)
_LIMITS = (
    "Pop, Rock, Metal and Disco are told apart by GTZAN and Magnatune alone: AllMusic's editors call all of them "
    "Pop/Rock. Genres with few clips are offered as candidates and not proposed, because the folds do not bear them "
    "out. Most of the music is Western."
)


# Every second patch of 3 s, half of which overlaps the next, ends here; what comes after it nobody is asked about.
_WINDOW_SECONDS = 9.0
# What the four quadrants of the labelled clips are called, in their order.
_MOODS = ("happy and lively", "tense and fierce", "sad and dark", "calm and content")


def card_facts(only_offered: Sequence[str], plan: Plan, settings: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of the card that are known before the model is measured.

    Parameters
    ----------
    only_offered : sequence of str
        The genres that are too often wrong to be proposed.
    plan : Plan
        What is built.
    settings : mapping
        Whatever else the result depends on.

    Returns
    -------
    dict
        Ready for JSON.
    """
    outputs = ("genres", "tags", "embedding", "moods", "sounds")
    return {
        "title": "Two teachers' CNN",
        "default": True,
        "labels": list(taxonomy.LABELS),
        "only_offered": list(only_offered),
        "features": replace(SPEC, window_seconds=_WINDOW_SECONDS).to_json(),
        "outputs": {name: name for name in outputs},
        "temperature": 1.0,
        "licence": "GPL-3.0-or-later",
        "training_data": _TRAINING_DATA,
        "limits": _LIMITS,
        "credits": _CREDITS,
        "split": "artists of AllMusic's and Magnatune's clips in five nested folds; GTZAN: Kereliuk, Sturm and Larsen",
        "settings": {"patches": plan.patches, "epochs": plan.epochs, "seed": plan.seed, **settings},
        "command": plan.command,
        "versions": versions(),
        "tags": [*teacher.TAGS, *(style.label for style in taxonomy.STYLES)],
        "moods": list(_MOODS),
    }
