"""Pictures of training and of what came of it, each with its numbers as JSON beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from genre_tagger.training.recipes.trainer import Epoch

_DPI = 80
_BLUE, _ORANGE, _GREY = "#1f6fb4", "#d9701e", "#777777"


def history(stem: str, title: str, epochs: Sequence[Epoch], best: int) -> None:
    """Draw loss and accuracy over the passes.

    Parameters
    ----------
    stem : str
        Path without suffix; ``.png`` and ``.json`` are written.
    title : str
        Above the picture.
    epochs : sequence of Epoch
        All passes.
    best : int
        Number of the one whose weights were kept.
    """
    from dataclasses import asdict

    figure, axes = _figure(7.0, 2.8, 1, 2)
    draw_history(axes[0, 0], epochs, best, "loss")
    draw_history(axes[0, 1], epochs, best, "accuracy")
    figure.suptitle(title)
    _save(figure, stem, {"title": title, "best": best, "epochs": [asdict(epoch) for epoch in epochs]})


def draw_history(axes: Any, epochs: Sequence[Epoch], best: int, what: str) -> None:
    """Draw one curve pair, training and held-out."""
    numbers = [epoch.number for epoch in epochs]
    axes.plot(numbers, [getattr(epoch, what) for epoch in epochs], color=_BLUE, label="learned from")
    axes.plot(numbers, [getattr(epoch, f"held_{what}") for epoch in epochs], color=_ORANGE, ls="--", label="held out")
    axes.axvline(best, color=_GREY, lw=0.8)
    axes.set(xlabel="pass", ylabel="loss in nats" if what == "loss" else "share right")
    axes.legend(fontsize="small")


def confusion(stem: str, title: str, table: NDArray[np.int64], labels: Sequence[str]) -> None:
    """Draw a confusion matrix [shape=(labels, labels)]: right label (row), answer (column), counts in the cells."""
    size = 1.6 + 0.34 * len(labels)
    figure, axes = _figure(size + 0.4, size, 1, 1)
    draw_confusion(axes[0, 0], table, labels)
    axes[0, 0].set_title(title)
    _save(figure, stem, {"title": title, "labels": list(labels), "rows_are_truth": table.tolist()})


def draw_confusion(axes: Any, table: NDArray[np.int64], labels: Sequence[str]) -> None:
    """Draw one matrix; a cell's shade is its share of the row."""
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(table):
        if count:
            colour = "white" if shares[row, column] > 0.6 else "black"
            axes.text(column, row, str(count), ha="center", va="center", fontsize=6, color=colour)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=7)
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    axes.set(xlabel="answer", ylabel="right")


def accuracies(stem: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Draw what was reported, what the leaky split gives here, and what is honest.

    Parameters
    ----------
    stem : str
        Path without suffix.
    rows : sequence of mapping
        ``name``, ``reported`` (or None), ``leaky`` (or None), ``honest`` and its ``interval``.
    """
    figure, axes = _figure(7.5, 0.9 + 0.45 * len(rows), 1, 1)
    place = np.arange(len(rows))[::-1]
    for shift, key, colour, text in (
        (0.27, "reported", "#bbbbbb", "reported"), (0, "leaky", "#e8b48a", "LEAKY split, here"),
        (-0.27, "honest", _BLUE, "honest split, here"),
    ):  # fmt: skip
        values = [row[key] or 0 for row in rows]
        axes[0, 0].barh(place + shift, values, 0.25, color=colour, label=text)
    for at, row in zip(place, rows, strict=True):
        axes[0, 0].plot(row["interval"], [at - 0.27] * 2, color="black", lw=1)
    axes[0, 0].set_yticks(place, [row["name"] for row in rows])
    axes[0, 0].set(xlim=(0, 1), xlabel="share right (line: 95 % interval)")
    # Above the bars, which may be as long as the picture is wide.
    axes[0, 0].legend(fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    _save(figure, stem, {"rows": [dict(row) for row in rows]})


def coverage(stem: str, rows: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """Draw share right over share answered, one line a model; rows as in the ``selective`` part of a summary."""
    figure, axes = _figure(6.0, 3.6, 1, 1)
    styles = ("-", "--", ":", "-.")
    for number, (name, points) in enumerate(rows.items()):
        shares, right = [p["coverage"] for p in points], [p["accuracy"] for p in points]
        axes[0, 0].plot(shares, right, styles[number % 4], marker="o", ms=3, label=name)
    axes[0, 0].set(xlabel="share of tracks answered, the surest first", ylabel="share right", ylim=(0, 1))
    axes[0, 0].legend(fontsize="x-small", ncols=2)
    _save(figure, stem, {"rows": {name: [dict(point) for point in points] for name, points in rows.items()}})


def sheet(stem: str, drawings: Sequence[tuple[str, Any]], columns: int, cell: tuple[float, float]) -> None:
    """Draw several pictures on one sheet: (title, function of the axes) each; only ``.png`` is written."""
    rows = -(-len(drawings) // columns)
    figure, axes = _figure(cell[0] * columns, cell[1] * rows, rows, columns)
    for place in axes.flat[len(drawings) :]:
        place.set_axis_off()
    for place, (title, draw) in zip(axes.flat, drawings, strict=False):
        draw(place)
        place.set_title(title, fontsize=9)
    _save(figure, stem, None)


def _figure(width: float, height: float, rows: int, columns: int) -> tuple[Any, Any]:
    # Figure with its own canvas: pyplot would keep every figure, and look for a window.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)


def _save(figure: Any, stem: str, numbers: object) -> None:
    from genre_tagger.training.recipes.trainer import write_json

    figure.savefig(stem + ".png", metadata={"Software": None})
    if numbers is not None:
        write_json(stem + ".json", numbers)
