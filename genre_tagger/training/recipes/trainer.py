"""One trainer for all recipes: passes over the pieces, a checkpoint after each, early stopping; a kill costs a pass."""

from __future__ import annotations

import contextlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import ModelError
from genre_tagger.base.small_files import replacing, write_whole
from genre_tagger.training.recipes.examples import Examples, Ints
from genre_tagger.training.recipes.inputs import Floats, to_network

STATE = "state.json"
BEST = "best.keras"


@dataclass(frozen=True, slots=True)
class Settings:
    """How long and how carefully a network is trained.

    Attributes
    ----------
    epochs, batch : int
        Most passes over the training pieces, pieces a step.
    patience : int
        Passes without a better one after which training stops.
    calm : int
        Passes without a better one after which the learning rate is halved.
    seed : int
        Of shuffling and dropout.
    watch : {"loss", "accuracy"}
        Of the held-out pieces: what makes a pass the better one.
    """

    epochs: int
    batch: int = 32
    patience: int = 10
    calm: int = 4
    seed: int = 7
    watch: str = "loss"


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one pass gave: mean loss (nats) and share of right pieces, on training and held-out pieces."""

    number: int
    loss: float
    accuracy: float
    held_loss: float
    held_accuracy: float
    rate: float

    def worth(self, watch: str) -> tuple[float, float]:
        """What the best pass has most of."""
        return (self.held_accuracy, -self.held_loss) if watch == "accuracy" else (-self.held_loss, self.held_accuracy)


@dataclass(frozen=True, slots=True)
class State:
    """How far training has come; stored after each pass, together with the network.

    Attributes
    ----------
    epochs : tuple of Epoch
        All passes so far.
    best : int
        Number of the best pass so far, 0 before the first.
    reduced : int
        Number of the pass after which the learning rate was last halved.
    """

    epochs: tuple[Epoch, ...] = ()
    best: int = 0
    reduced: int = 0

    @property
    def passed(self) -> int:
        """How many passes are done."""
        return len(self.epochs)

    def finished(self, settings: Settings) -> bool:
        """Whether training has ended."""
        return self.passed >= settings.epochs or self.passed - self.best >= settings.patience

    def after(self, epoch: Epoch, settings: Settings) -> State:
        """The state after one more pass."""
        better = not self.best or epoch.worth(settings.watch) > self.epochs[self.best - 1].worth(settings.watch)
        best = epoch.number if better else self.best
        tired = epoch.number - max(best, self.reduced) >= settings.calm
        return State((*self.epochs, epoch), best, epoch.number if tired else self.reduced)


@dataclass(slots=True)
class Run:
    """The folder in which a network is trained.

    Parameters
    ----------
    folder : str
        Holds ``state.json``, the network after the last pass, and ``best.keras``.
    """

    folder: str
    state: State = field(default_factory=State)

    def resume(self) -> Any | None:
        """The network as it was after the last whole pass, or None to begin from the start.

        Raises
        ------
        ModelError
            If it was stored, and is damaged or gone.
        """
        path = os.path.join(self.folder, STATE)
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as file:
            stored = json.load(file)
        self.state = State(tuple(Epoch(**row) for row in stored["epochs"]), stored["best"], stored["reduced"])
        return _load(self._checkpoint(self.state.passed))

    def keep(self, network: Any, state: State) -> None:
        """Store network and state so that a kill at any moment leaves a pair that belongs together."""
        os.makedirs(self.folder, exist_ok=True)
        _save(network, self._checkpoint(state.passed))
        if state.best == state.passed:
            _save(network, os.path.join(self.folder, BEST))
        before, self.state = self.state, state
        write_json(os.path.join(self.folder, STATE), asdict(state))
        if before.passed:
            with contextlib.suppress(FileNotFoundError):
                os.remove(self._checkpoint(before.passed))

    def best(self) -> Any:
        """The network after the best pass."""
        return _load(os.path.join(self.folder, BEST))

    def _checkpoint(self, number: int) -> str:
        return os.path.join(self.folder, f"epoch-{number:04d}.keras")


def train(run: Run, network: Any, examples: Examples, settings: Settings) -> Iterator[Epoch]:
    """Train a compiled network on the training pieces, from where the run stopped; yield each pass when it is stored.

    Parameters
    ----------
    run : Run
        Where checkpoints go. When ``run.resume()`` gave a network, that is the one to pass.
    network : keras.Model
        Pieces → probabilities; changed in place. Compiled with :func:`compiled`.
    examples : Examples
        With training pieces; without held-out ones there is no early stopping.
    settings : Settings
        As at the start of the run.

    Yields
    ------
    Epoch
        Closing the generator stops training; what was yielded is kept.
    """
    train_rows, held_rows = examples.of("train"), examples.of("held")
    while not run.state.finished(settings):
        number = run.state.passed + 1
        _reseed(network, settings.seed, number)
        rate = float(network.optimizer.learning_rate)
        order = np.random.default_rng([settings.seed, number]).permutation(train_rows)
        loss, accuracy = _pass(network, examples, order, settings.batch)
        watched = judge(network, examples, held_rows) if len(held_rows) else (loss, accuracy)
        epoch = Epoch(number, loss, accuracy, *watched, rate)
        state = run.state.after(epoch, settings)
        if state.reduced == number:
            network.optimizer.learning_rate.assign(rate / 2)
        run.keep(network, state)
        yield epoch


def compiled(network: Any, rate: float) -> Any:
    """Compile a network for :func:`train`: Adam, cross-entropy."""
    import keras

    network.compile(
        optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return network


def predict(network: Any, pieces: NDArray[Any], batch: int = 64) -> Floats:
    """Probabilities of pieces as they are stored [shape=(pieces, labels)]."""
    shape = tuple(network.input_shape[1:])
    starts = range(0, len(pieces), batch)
    return np.concatenate([network.predict_on_batch(to_network(pieces[k : k + batch], shape)) for k in starts])


def judge(network: Any, examples: Examples, rows: Ints) -> tuple[float, float]:
    """Mean loss (nats) and share of right answers on some pieces."""
    answers, truth = predict(network, examples.pieces[rows]), examples.label[rows]
    chosen = np.maximum(answers[np.arange(len(rows)), truth], 1e-7)
    return float(-np.log(chosen).mean()), float(np.mean(answers.argmax(axis=1) == truth))


def _pass(network: Any, examples: Examples, order: Ints, batch: int) -> tuple[float, float]:
    """One pass; loss and accuracy are means over its pieces."""
    shape, label = tuple(network.input_shape[1:]), examples.label
    sums = np.zeros(2)
    for rows in batches(order, batch):
        network.reset_metrics()
        logs = network.train_on_batch(to_network(examples.pieces[rows], shape), label[rows], return_dict=True)
        sums += [float(logs["loss"]) * len(rows), float(logs["accuracy"]) * len(rows)]
    loss, accuracy = sums / len(order)
    return float(loss), float(accuracy)


def batches(order: Ints, size: int) -> list[Ints]:
    """Batches of `size`; a remainder of one would break batch norms and joins the batch before it."""
    edges = list(range(0, len(order), size))
    if len(edges) > 1 and len(order) - edges[-1] < 2:
        edges.pop()
    return [order[a:b] for a, b in zip(edges, [*edges[1:], len(order)], strict=True)]


def _reseed(network: Any, seed: int, number: int) -> None:
    """Make the dropout of a pass depend on the seed and its number alone, so that a resumed run is the same run."""
    for place, layer in enumerate(network._flatten_layers()):
        if (generator := getattr(layer, "seed_generator", None)) is not None:
            generator.state.assign([seed * 1000 + number, place])


def _load(path: str) -> Any:
    import keras

    try:
        return keras.models.load_model(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is damaged or gone. Begin the run again with --again.") from error


def _save(network: Any, path: str) -> None:
    with replacing(path, ending=".keras") as file:
        network.save(file.name)


def write_json(path: str, value: Any) -> None:
    """Write JSON whole or not at all. A file name that is no text is written as Python has it (``\\udc80``)."""
    text = json.dumps(value, indent=1, ensure_ascii=False) + "\n"
    write_whole(path, text.encode(errors="backslashreplace"), sync=False)
