"""What the page about the models says of the shipped one's figures, from its card."""

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
    """All that was measured, in tables (Markdown), each with what was wanted; independent music first."""
    measured = card["measured"]
    parts = (_accuracy, _genres, _surest, _stored, _guard)
    return "\n\n".join(part(measured) for part in parts)


def _accuracy(measured: Mapping[str, Any]) -> str:
    """One row for each kind of music, and the moods."""
    head = ("measured on", "tracks", "right", "95 % interval", "wanted", "among three", "calibration error")
    kinds = (
        ("AllMusic's clips", measured, "72 %"), ("Magnatune's clips", measured["magnatune"], "78 %"),
        ("GTZAN, valid: any genre", measured["gtzan_valid"], ""),
        ("GTZAN, valid: the likeliest of its ten", measured["gtzan_valid_of_ten"], "82 %"),
    )  # fmt: skip
    rows = [
        (name, str(row["tracks"]), _percent(row["accuracy"], 1), _between(row), wanted, _percent(row["top3"], 1),
         f"{row['ece']:.3f}") for name, row, wanted in kinds
    ]  # fmt: skip
    mood = measured["moods"]
    rows.append(("mood, one of four", str(mood["tracks"]), _percent(mood["accuracy"], 1), _between(mood), "65 %", "",
                 f"{mood['ece']:.3f}"))  # fmt: skip
    return _table(head, *rows)


def _between(row: Mapping[str, Any]) -> str:
    low, high = row["interval"]
    return f"{_percent(low, 1)} to {_percent(high, 1)}"


def _genres(measured: Mapping[str, Any]) -> str:
    found = measured["recall"]
    rows = [(name, *(str(genre[name]) for genre in found.values())) for name in ("tracks", "right")]
    mean = f"{measured['mean_recall']:.2f} (wanted: 0.65)"
    told = f"Of AllMusic's tracks that have one genre alone; mean over the genres with five tracks and more {mean}:"
    return f"{told}\n\n{_table(('genre', *found), *rows)}"


def _surest(measured: Mapping[str, Any]) -> str:
    steps = measured["selective"]
    return "What it is surest of is right more often (wanted: 86 % at 70 %, 93 % at 50 %):\n\n" + _table(
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
    found = measured["guard"]
    away = found["turned_away"]
    some = ", ".join(f"{kind} {_percent(share)}" for kind, share in away.items() if share < 1)
    return _wrapped(
        f"The guard keeps {_percent(found['music_kept'], 1)} of the {found['tracks']} valid clips, and turns away "
        f"{_percent(sum(away.values()) / len(away), 1)} of sounds of {len(away)} kinds synthesised anew, "
        f"{found['each']} of each: "
        + (f"all of every kind but {some}." if some else "all.")
    )


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def _table(head: Sequence[str], *rows: Sequence[str]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ("---",) * len(head), *rows))


def _wrapped(text: str) -> str:
    """Break lines, but not between a number and its sign."""
    return textwrap.fill(text.replace(" %", "\0%"), _WIDE, break_on_hyphens=False).replace("\0", " ")
