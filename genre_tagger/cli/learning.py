"""The command about a person's own genres, and what it says."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import Any

from genre_tagger.base.errors import LearnedError
from genre_tagger.base.genre_words import genre_key
from genre_tagger.cli import report
from genre_tagger.library.library import Library
from genre_tagger.review import lessons
from genre_tagger.review.learned import GenreReport, Learned, State, learned_path, load
from genre_tagger.review.policy import Policy


def learn(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """Do what ``learn`` asks for; returns the result for JSON, and in words."""
    tell_damage(library)
    keys = [key for key in map(genre_key, options.genres) if key]
    if options.action == "reset":
        lessons.reset(library, options.genres)
        if not keys:
            return _state(library) | {"genres": []}, (
                "What was learned is forgotten. Your decisions are kept; nothing is learned from them until "
                "“learn on”."
            )
    elif options.action in ("on", "off"):
        library.teaching.switch(keys or [""], options.action == "on")
    if options.action == "report" or library.teaching.wishes().nothing:
        learned = lessons.study(lessons.read(library, Policy()))
        if options.action == "off":
            library.teaching.take_answers_back()
    else:
        learned = lessons.relearn(library, Policy())
    return _state(library) | _result(learned), _words(learned, library)


def tell_damage(library: Library) -> None:
    """Say on standard error that what was learned cannot be read, if that is so."""
    try:
        load(learned_path(library.path))
    except LearnedError as error:
        print(f"genre-tagger-cli: {report.plain(str(error))}", file=sys.stderr)


def trust(options: argparse.Namespace, library: Library) -> tuple[dict[str, Any], str]:
    """Have the tags of genres be examples, or not any more, and learn anew; the result as of :func:`learn`."""
    keys = [key for key in map(genre_key, options.old) if key]
    known = {genre_key(genre) for genre, _ in library.genre_counts()}
    for genre in options.old:
        if genre_key(genre) not in known:
            text = f"No file of the library has the genre “{genre}”, so that its tags are no examples yet."
            print(f"genre-tagger-cli: {report.plain(text)}", file=sys.stderr)
    library.teaching.trust(keys, options.action == "trust")
    off = library.teaching.wishes().nothing
    learned = lessons.study(lessons.read(library, Policy())) if off else lessons.relearn(library, Policy())
    return _state(library) | _result(learned), _words(learned, library)


def _state(library: Library) -> dict[str, Any]:
    wishes = library.teaching.wishes()
    return {"on": not wishes.nothing, "trusted": sorted(wishes.trusted), "off": sorted(wishes.off)}


def _result(learned: Learned) -> dict[str, Any]:
    score = learned.score
    return {
        "model": learned.model,
        "judged": score.judged, "right_bundled": score.bundled, "right_learned": score.learned,
        "genres": [asdict(entry) for entry in learned.reports],
    }  # fmt: skip


def _words(learned: Learned, library: Library) -> str:
    lines = [sentence(entry) for entry in learned.reports]
    if not lines:
        lines = ["There are no examples yet: decide on tracks in the window, or trust the tags of a genre."]
    if learned.score.judged:
        judged, bundled, right = learned.score.judged, learned.score.bundled, learned.score.learned
        lines.append(
            f"Of {judged} examples, judged by what was learned from other artists, {right} are right; by the bundled "
            f"model alone {bundled}."
        )
    if library.teaching.wishes().nothing:
        lines.append("Learning is switched off, so the bundled model decides; “learn on” changes that.")
    return "\n".join(map(report.plain, lines))


def sentence(entry: GenreReport) -> str:
    """Say in a sentence what is known of a genre that is being learned.

    Examples
    --------
    >>> print(sentence(GenreReport("Chanson", 3, 2, 2)))
    Chanson: 3 examples; it needs 2 more.
    """
    examples = "1 example" if entry.examples == 1 else f"{entry.examples} examples"
    if entry.state is State.FEW:
        return f"{entry.name}: {examples}; it needs {entry.more} more."
    if entry.state is State.ONE:
        return f"{entry.name}: {examples}, all by one artist; it needs some by another, as nobody can tell else."
    heard = f"{examples}, right in {entry.right / entry.examples:.0%} ({entry.low:.0%}–{entry.high:.0%})"
    instead = f", most often called {entry.instead} instead" if entry.instead else ""
    if entry.state is State.ON:
        names = f"names {entry.would_name} of your untagged tracks from a probability of {entry.threshold:.0%}"
        return f"{entry.name}: {heard}, {names}."
    why = {
        State.OFF: "switched off",
        State.WORSE: "the bundled model decides, as this is no better",
        State.UNHEARD: f"not proposed, as it cannot be told apart well enough{instead}",
    }[entry.state]
    return f"{entry.name}: {heard}; {why}."
