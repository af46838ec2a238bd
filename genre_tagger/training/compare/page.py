"""What the page about the models says of the shipped model: its figures, written from its card."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from genre_tagger.base.small_files import write_whole

BEGIN = "<!-- The figures below are written from the card by genre-tagger-train compare. -->"
END = "<!-- The figures above are written from the card by genre-tagger-train compare. -->"
_WIDE = 118


def fill(page: str, card: Mapping[str, Any]) -> None:
    """Write the figures between the marks of a page; one without marks is left as it is.

    Parameters
    ----------
    page : str
        Markdown file.
    card : mapping
        A model's card, measured.
    """
    with open(page, encoding="utf-8") as file:
        text = file.read()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        return
    write_whole(page, f"{before}{BEGIN}\n\n{figures(card)}\n\n{END}{after}".encode(), sync=False)


def figures(card: Mapping[str, Any]) -> str:
    """All that was measured, in tables (Markdown), each with its target."""
    measured = card["measured"]
    parts = (_accuracy, _genres, _by_picture, _surest, _stored, _guard)
    return "\n\n".join(part(measured) for part in parts)


def _accuracy(measured: Mapping[str, Any]) -> str:
    low, high = measured["interval"]
    head = ("", "accuracy", "95 % interval", "macro F1", "right genre among the top 3", "expected calibration error")
    row = (
        "measured", _percent(measured["accuracy"], 1), f"{_percent(low, 1)} to {_percent(high, 1)}",
        f"{measured['macro_f1']:.2f}", _percent(measured["top3"], 1), f"{measured['ece']:.3f}",
    )  # fmt: skip
    without = measured["tracks"] - measured["answered"]
    chance = (
        f"{without} of them got no genre, because the guard heard no music; that counts as wrong. " if without else ""
    ) + (
        f"Were every probability true, so few tracks would show a calibration error of {measured['ece_by_chance']:.3f} "
        "by chance."
    )
    return f"{_table(head, row, ('wanted', '80 %', '', '', '95 %', '0.05'))}\n\n{_wrapped(chance)}"


def _genres(measured: Mapping[str, Any]) -> str:
    per_genre = measured["per_genre"]
    rows = [(name, *(str(genre[name]) for genre in per_genre.values())) for name in ("tracks", "right")]
    return _table(("genre", *per_genre), *rows)


def _by_picture(measured: Mapping[str, Any]) -> str:
    without_sound, with_sound = (measured["by_picture"][group] for group in ("without_sound", "with_sound"))
    low, high = without_sound["interval"]
    genres = {name: row for name, row in without_sound["per_genre"].items() if row["tracks"]}
    return _wrapped(
        f"Of {without_sound['tracks']} more valid tracks only a coarse picture of the sound is at hand. Asked by that, "
        f"the model is right for {_percent(without_sound['accuracy'])} of them ({_percent(low)} to {_percent(high)}; "
        f"top 3 {_percent(without_sound['top3'])}); for the {with_sound['tracks']} tracks above it would be right for "
        f"{_percent(with_sound['accuracy'])} by their pictures (top 3 {_percent(with_sound['top3'])}):"
    ) + "\n\n" + _genres({"per_genre": genres})


def _surest(measured: Mapping[str, Any]) -> str:
    steps = measured["selective"]
    return "What it is surest of is right more often (wanted: 92 % at 70 %):\n\n" + _table(
        ("tracks answered", *(_percent(step["coverage"]) for step in steps)),
        ("from a probability of", *(f"{step['threshold']:.2f}" for step in steps)),
        ("right among them", *(_percent(step["accuracy"]) for step in steps)),
    )


def _stored(measured: Mapping[str, Any]) -> str:
    ways = measured["robustness"]
    return "The same recording, stored otherwise (wanted: 97 %):\n\n" + _table(
        ("stored as", *(way["variant"] for way in ways)),
        ("same answer", *(_percent(way["same"], 1) for way in ways)),
        ("mean change of its probability", *(f"{way['shift']:.3f}" for way in ways)),
    )


def _guard(measured: Mapping[str, Any]) -> str:
    guard = measured["guard"]
    away = guard["turned_away"]
    some = ", ".join(f"{kind} {_percent(share)}" for kind, share in away.items() if share < 1)
    return _wrapped(
        f"The guard keeps {_percent(guard['music_kept'], 1)} of the {guard['tracks']} valid clips, "
        f"{_percent(guard['pictures_kept'], 1)} of the {guard['pictures']} tracks known by their pictures, and turns "
        f"away {_percent(sum(away.values()) / len(away), 1)} of sounds of {len(away)} kinds synthesised anew, "
        f"{guard['each']} of each: "
        + (f"all of every kind but {some}." if some else "all.")
    )


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def _table(head: Sequence[str], *rows: Sequence[str]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ("---",) * len(head), *rows))


def _wrapped(text: str) -> str:
    """Break lines, but not between a number and its sign."""
    return textwrap.fill(text.replace(" %", "\0%"), _WIDE, break_on_hyphens=False).replace("\0", " ")
