"""The rows of the comparison as two tables on the page about the models, and as plots beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from genre_tagger.base.small_files import write_whole
from genre_tagger.training.recipes import plots
from genre_tagger.training.recipes.trainer import Epoch

BEGIN = "<!-- The table below is written by genre-tagger-train compare. -->"
END = "<!-- The table above is written by genre-tagger-train compare. -->"

_HEAD = (
    "recipe", "numbers", "size", "ms", "reported", "LEAKY, by piece", "honest, by piece", "honest, by track",
    "of the 97 with sound", "macro F1", "top 3", "ECE", "what it was trained and measured on",
)  # fmt: skip


def write(page: str, folder: str, rows: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]] = ()) -> None:
    """Write the tables between the marks of a page (at its end, if it has none) and draw the plots.

    Parameters
    ----------
    page : str
        Markdown file; a new one is begun if there is none.
    folder : str
        Where the plots go, below the page's folder.
    rows, others : sequence of mapping
        What was measured on GTZAN and on AllMusic's clips, from
        :func:`genre_tagger.training.compare.compare.compare`.
    """
    parts = [BEGIN]
    if others:
        parts.append(independent(others))
    if rows:
        _draw(folder, rows)
        parts += [markdown(rows), _pictures(os.path.basename(folder))]
    before, after = _around(page)
    write_whole(page, (before + "\n\n".join([*parts, END]) + after).encode(), sync=False)


def independent(rows: Sequence[Mapping[str, Any]]) -> str:
    """What was measured on AllMusic's clips as a Markdown table."""
    head = ("recipe", "tracks", "right", "among three", "mean recall", "of the surest half", "calibration error")
    lines = [head, ("---",) * len(head)]
    for row in rows:
        half = next(step for step in row["selective"] if step["coverage"] == 0.5)
        recall = "–" if row["mean_recall"] is None else f"{row['mean_recall']:.2f}"
        lines.append((
            f"`{row['name']}`" if "passes" in row else f"**{row['name']}**", str(row["tracks"]), f"**{_share(row)}**",
            f"{100 * row['top3']:.0f} %", recall, f"{100 * half['accuracy']:.0f} %", f"{row['ece']:.2f}",
        ))  # fmt: skip
    told = "On AllMusic's clips, by networks that never met the artist:\n\n"
    return told + "\n".join("| " + " | ".join(line) + " |" for line in lines)


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a Markdown table."""
    lines = [_HEAD, ("---",) * len(_HEAD), *map(_cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    honest, sound, leaky = row["honest"], row["with_sound"], row["leaky"]
    return (
        f"`{row['name']}`" if row["reported"] else f"**{row['name']}**",
        f"{row['parameters'] or 0:,}",
        f"{row['bytes'] / 1e6:.2f} MB",
        f"{row['ms']:.2g}",
        row["reported"] or "–",
        f"{100 * leaky['accuracy']:.1f} %" if leaky else "–",
        f"{100 * honest['by_piece']:.1f} %" if "by_piece" in honest else "–",
        f"**{_share(honest)}**",
        _share(sound),
        f"{honest['macro_f1']:.2f}",
        f"{100 * honest['top3']:.0f} %",
        f"{honest['ece']:.2f}",
        f"{row['source']}; {honest['tracks']} tracks measured" + _training(row),
    )


def _training(row: Mapping[str, Any]) -> str:
    weights = row.get("weights", "random")
    began = f"; first weights {weights}" if weights != "random" else ""
    return began + (f"; {row['passes']} passes, the best {row['best_pass']}" if "passes" in row else "")


def _share(figures: Mapping[str, Any]) -> str:
    low, high = figures["interval"]
    return f"{100 * figures['accuracy']:.1f} % ({100 * low:.0f} to {100 * high:.0f})"


def _pictures(name: str) -> str:
    """The plots, and where the single tracks can be seen."""
    page = f"[All confusion matrices]({name}/matrices.html): a click on a number lists the tracks it counts.\n\n"
    return page + "\n".join(
        f"![{text}]({name}/{file}.png)\n"
        for file, text in (
            ("accuracy", "What was reported, what the leaky split gives, what is honest"),
            ("coverage", "Share of right answers among the surest tracks"),
            ("confusions", "Confusion matrices on the honest split: right genre by row, answer by column"),
            ("histories", "Share of right pieces over the passes, learned from and held out"),
        )
    ).rstrip()


def _draw(folder: str, rows: Sequence[Mapping[str, Any]]) -> None:
    bars = [
        {
            "name": row["name"],
            "reported": row["reported_accuracy"],
            "leaky": row["leaky"] and row["leaky"]["accuracy"],
            "honest": row["honest"]["accuracy"],
            "interval": row["honest"]["interval"],
        }
        for row in rows
    ]
    plots.accuracies(os.path.join(folder, "accuracy"), bars)
    plots.coverage(os.path.join(folder, "coverage"), {row["name"]: row["honest"]["selective"] for row in rows})
    matrices = [(row["name"], _matrix(row)) for row in rows]
    plots.sheet(os.path.join(folder, "confusions"), matrices, 3, (3.4, 3.4))
    curves = [(row["name"], _curve(row["history"])) for row in rows if "history" in row]
    if curves:
        plots.sheet(os.path.join(folder, "histories"), curves, 4, (2.6, 2.2))


def _matrix(row: Mapping[str, Any]) -> Any:
    counts, labels = np.array(row["honest"]["confusion"]), list(row["honest"]["per_genre"])
    return lambda axes: plots.draw_confusion(axes, counts, labels)


def _curve(history: Mapping[str, Any]) -> Any:
    epochs = [Epoch(**epoch) for epoch in history["epochs"]]
    return lambda axes: plots.draw_history(axes, epochs, history["best"], "accuracy")


def _around(page: str) -> tuple[str, str]:
    """The text of the page before and after the table."""
    try:
        with open(page, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return "# The known recipes\n\n", "\n"
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        return before, after
    return text.rstrip("\n") + "\n\n## The known recipes, measured here\n\n", "\n"
