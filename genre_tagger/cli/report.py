"""Values of the line as the command line prints them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from unicodedata import category

from genre_tagger.base.errors import FileFailure
from genre_tagger.library.tracks import STYLE, Prediction, Track
from genre_tagger.model.card import ModelCard
from genre_tagger.model.measured import Figures, Rate, figures
from genre_tagger.review.policy import Policy, propose
from genre_tagger.sorting.folders.carrying import Moved
from genre_tagger.sound.descriptors import Described
from genre_tagger.writing.journal import Batch
from genre_tagger.writing.turn import Undone

_ACTING = ("Cc", "Cf", "Zl", "Zp")  # control characters, invisible marks, ends of lines and paragraphs


def track(row: Track) -> dict[str, Any]:
    """A track as JSON; `decision` is what the user said, `proposal` what ``write`` would do by itself."""
    prediction = row.prediction
    candidates = prediction.candidates if prediction else ()
    nothing = prediction.nothing if prediction else None
    mood = prediction.mood if prediction else None
    decision, proposal = row.decision, propose(row, Policy())
    return {
        "path": row.path,
        "title": row.title, "artist": row.artist, "album": row.album, "track_number": row.track_number,
        "genres": row.genres, "length": row.length, "format": row.format,
        "candidates": [
            {"genre": c.genre, "probability": c.probability, "only_offered": c.only_offered} for c in candidates
        ],
        "styles": prediction.styles if prediction else (),
        "tags": tags(prediction),
        "mood": mood and {"name": mood.fact.label, "probability": round(mood.value, 4)},
        "no_genre": nothing and {"why": nothing, "sentence": nothing.sentence},
        "decision": decision and {"accepted": decision.accepted, "genres": decision.genres},
        "proposal": {"action": proposal.action, "genres": proposal.new},
        "missing": row.missing, "error": row.error, "refusal": row.refusal or None,
    }  # fmt: skip


def plain(text: str) -> str:
    """Write out what would act on a terminal instead of being seen: line ends, escapes, marks of direction.

    Bytes that are no UTF-8 stay what they are, for the next program.

    Examples
    --------
    >>> print(plain("two\\nlines"))
    two\\nlines
    """
    if text.isprintable():
        return text
    return "".join(c.encode("unicode_escape").decode() if category(c) in _ACTING else c for c in text)


def undone(outcome: Undone | Moved) -> dict[str, Any]:
    """A file that was set back, or brought back to where it was, as JSON."""
    if isinstance(outcome, Moved):
        return {"path": outcome.target, "from": outcome.path}
    return {"path": outcome.path, "genres": outcome.genres, "identical": outcome.identical}


def guess(track: Track) -> str:
    """What the model makes of a track, or why it says nothing."""
    if track.missing:
        return "The file is not there any more."
    if track.error:
        return track.error
    prediction = track.prediction
    if prediction is None:
        return "not classified"
    if prediction.nothing is not None:
        return prediction.nothing.sentence
    styles = f" (also {', '.join(prediction.styles)})" if prediction.styles else ""
    mood = f", {prediction.mood.fact.label} {prediction.mood.value:.0%}" if prediction.mood else ""
    return f"{prediction.genre} {prediction.probability or 0:.0%}{styles}{mood}"


def tags(prediction: Prediction | None) -> list[dict[str, Any]]:
    """The model's tags as JSON, the strongest first; `clear` are those worth mentioning."""
    tag_values = prediction.tag_values if prediction else None
    return [
        {"name": tag.fact.name, "kind": tag.fact.kind or None, "value": round(tag.value, 4), "clear": tag.clear}
        for tag in (tag_values.tags if tag_values else ())
    ]


def described(row: Described) -> dict[str, Any]:
    """A row of the table as JSON."""
    return {"path": row.path, "length": row.length, **row.numbers, "label": row.label}


def failures(found: Sequence[FileFailure]) -> list[dict[str, str]]:
    """Failures as JSON."""
    return [{"path": f.path, "stage": f.stage, "reason": f.reason} for f in found]


def files(number: int) -> str:
    """A number of files, in words."""
    return "1 file" if number == 1 else f"{number} files"


def when(batch: Batch) -> str:
    """When a batch was written, with the time zone."""
    return datetime.fromtimestamp(batch.started).astimezone().isoformat(timespec="seconds")


def card(found: ModelCard) -> dict[str, Any]:
    """A model's card as JSON: all that it says, but for the numbers of its guard."""
    return {**found.raw, "guard": found.guard is not None}


def card_in_words(found: ModelCard) -> str:
    """A model's card for people: first how often it is right about music from elsewhere, and how far that is known."""
    measured = found.raw.get("measured")
    known = figures(measured)
    lines = [found.title or "A model without a name", f"Genres: {', '.join(found.proposed)}"]
    offered = [label for label in found.labels if label in found.only_offered]
    if offered:
        lines.append(f"Offered to be chosen, never proposed, as it is too often wrong: {', '.join(offered)}")
    if known is not None and known.accuracy is not None:
        lines += _how_good(known, measured.get("on") if isinstance(measured, Mapping) else "")
    lines += [
        f"  from {one.threshold:.0%} sure: {one.share:.0%} of the tracks get a genre, {one.right:.0%} of these right"
        for one in found.coverage
        if one.share > 0 and round(100 * one.threshold) % 10 == 0
    ]
    lines += [f"Moods: {', '.join(fact.label for fact in found.moods)}"] if found.moods else []
    styles = [fact.label for fact in found.tags if fact.kind == STYLE and fact.threshold is not None]
    lines += [f"Styles it may offer besides: {', '.join(styles)}"] if styles else []
    more = (found.raw.get("limits"), found.training_data, f"Licence: {found.licence}" if found.licence else "")
    return "\n".join([*lines, *(text for text in more if isinstance(text, str) and text)])


_ELSEWHERE = {
    "magnatune": "Clips of Magnatune's artists",
    "gtzan_valid_of_ten": "GTZAN's clips, the likeliest of its ten genres",
    "gtzan_valid": "GTZAN's clips, any genre",
    "moods": "The mood, one of four",
}


def _how_good(known: Figures, on: object) -> list[str]:
    lines = [f"Right on {known.accuracy:.0%} of {known.tracks} tracks by artists it had never heard{_between(known)}."]
    lines += [f"  measured on: {on}"] if isinstance(on, str) and on else []
    lines += [f"  {name}: {right} of {tracks}" for name, tracks, right in known.genres]
    return lines + [
        f"{_ELSEWHERE[name]}: right on {rate.accuracy:.0%} of {rate.tracks}{_between(rate)}."
        for name, rate in known.elsewhere.items()
    ]


def _between(rate: Rate) -> str:
    known = rate.low is not None and rate.high is not None
    return f" (95 % interval {rate.low:.0%} to {rate.high:.0%})" if known else ""
