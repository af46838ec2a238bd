"""Confusion matrices as a page of their own, without scripts: a click on a cell lists the tracks that are in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from numpy.typing import NDArray

from genre_tagger.base.small_files import write_whole

Cells = Mapping[str, Mapping[str, Sequence[str]]]
_STYLE = """\
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { border: 1px solid #8884; min-width: 1.9em; text-align: center; padding: 0; font-weight: normal; }
th[scope=row] { text-align: right; padding: 0 .5em; white-space: nowrap; }
thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; padding: .4em 0; }
td a { display: block; color: inherit; text-decoration: none; padding: .15em .2em; }
td a:hover, td a:focus { outline: 2px solid; }
td.right { box-shadow: inset 0 0 0 1px currentcolor; }
td.strong { color: #fff; }
.tracks { display: none; scroll-margin-top: 40vh; border-left: 3px solid #2a6fb0; padding-left: .8em; }
.tracks:target { display: block; }"""
_HEAD = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Confusion matrices</title>
<style>
{style}
</style>
<h1>Confusion matrices</h1>
<p>Written by <code>genre-tagger-train compare</code>. The right genre by row, the answer by column; the shade is the
share of the row. Every track was asked about by a network that never met its artist. Click a number to see which
tracks it counts.</p>
"""
_DARK = 0.85
_NO_ANSWER = "no answer"


def cells(
    names: Sequence[str], truth: Sequence[int] | NDArray[Any], said: Sequence[int] | NDArray[Any], labels: Sequence[str]
) -> dict[str, dict[str, list[str]]]:
    """The tracks in each cell of a confusion matrix.

    Parameters
    ----------
    names : sequence of str
        Of the tracks.
    truth, said : sequence of int
        Right label and answer of each, as indices; -1 for no answer.
    labels : sequence of str

    Returns
    -------
    dict
        Right label → answer ("" for none) → names; cells without tracks are left out.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for name, right, answer in sorted(zip(names, map(int, truth), map(int, said), strict=True)):
        said_label = labels[answer] if answer >= 0 else ""
        found.setdefault(labels[right], {}).setdefault(said_label, []).append(name)
    return found


def write(path: str, matrices: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Write the page.

    Parameters
    ----------
    path : str
        HTML file.
    matrices : sequence of (str, mapping)
        Of each its title, and its figures: ``tracks``, ``accuracy``, ``interval``, ``per_genre``, ``confusion``, and
        ``cells`` (:func:`cells`); without these the tracks are counted and not named.
    """
    parts = [_HEAD.format(style=_STYLE)]
    for number, (title, figures) in enumerate(matrices, 1):
        parts.extend(_section(f"m{number}", title, figures))
    write_whole(path, ("\n".join(parts) + "\n").encode(errors="backslashreplace"), sync=False)


def _section(key: str, title: str, figures: Mapping[str, Any]) -> Iterator[str]:
    labels, named = list(figures["per_genre"]), figures.get("cells")
    counts = _counts(labels, figures)
    yield f"<h2>{escape(title)}</h2>\n<p>{escape(_told(figures, sum(map(sum, counts))))}</p>"
    columns = [*labels, _NO_ANSWER] if any(row[-1] for row in counts) else labels
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    yield f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>"
    for at, (label, row) in enumerate(zip(labels, counts, strict=True)):
        if sum(row):
            shown = "".join(_cell(f"{key}-{at}-{to}", row, at, to, named is not None) for to in range(len(columns)))
            yield f'<tr><th scope="row">{escape(label)} ({sum(row)})</th>{shown}</tr>'
    yield "</tbody></table>"
    yield from _lists(key, labels, named or {})


def _told(figures: Mapping[str, Any], shown: int) -> str:
    """How many are right, and what the matrix does not show."""
    low, high = figures["interval"]
    share = f"{100 * figures['accuracy']:.1f} % of {figures['tracks']} tracks are right"
    told = f"{share} ({100 * low:.0f} to {100 * high:.0f} %)."
    if shown < figures["tracks"]:
        told += f" {figures['tracks'] - shown} want none of these genres; they count as wrong and are not shown."
    if "cells" not in figures:
        told += " They were counted and not named."
    return told


def _counts(labels: Sequence[str], figures: Mapping[str, Any]) -> list[list[int]]:
    """Rows of the matrix, with those that got no answer at the end."""
    support = [figures["per_genre"][label]["tracks"] for label in labels]
    return [[*row, tracks - sum(row)] for row, tracks in zip(figures["confusion"], support, strict=True)]


def _cell(key: str, row: Sequence[int], at: int, to: int, linked: bool) -> str:
    count = row[to]
    kind = " ".join(("right",) * (at == to) + ("strong",) * (count > _DARK * sum(row)))
    share = count / sum(row)
    shade = f' style="background: rgb(42 111 176 / {share:.2f})"' if count else ""
    inside = (f'<a href="#{key}">{count}</a>' if linked else str(count)) if count else ""
    return f'<td class="{kind}"{shade}>{inside}</td>' if kind else f"<td{shade}>{inside}</td>"


def _lists(key: str, labels: Sequence[str], named: Cells) -> Iterator[str]:
    for at, label in enumerate(labels):
        for to, answer in enumerate((*labels, "")):
            names = named.get(label, {}).get(answer, ())
            if names:
                called = "right" if answer == label else f"called {answer}" if answer else _NO_ANSWER
                told = f"{len(names)} of {label}, {called}: {', '.join(names)}"
                yield f'<p class="tracks" id="{key}-{at}-{to}">{escape(told)}</p>'
