"""The columns of the table and the states of a track: one row of a table each."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QT_TRANSLATE_NOOP

from app.look import words
from genre_tagger.review.policy import Action, Proposal

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Track


class State(NamedTuple):
    """How a row stands: a mark, a word, and a colour of the theme, so that none is needed alone.

    `mark` names a drawing in :mod:`app.look.marks`; `quiet` rows show their proposal greyed.
    """

    mark: str
    text: object
    colour: str
    quiet: bool = True

    @property
    def name(self) -> str:
        """The word for it, translated."""
        return words.tr(str(self.text))


_STATES = {
    "write": State("check", QT_TRANSLATE_NOOP("words", "Will be written"), "accent", quiet=False),
    "same": State("equal", QT_TRANSLATE_NOOP("words", "Already has it"), "quiet"),
    "keep": State("pause", QT_TRANSLATE_NOOP("words", "Keeps its genre"), "quiet"),
    "refused": State("lock", QT_TRANSLATE_NOOP("words", "Cannot be written"), "warning"),
    "unsure": State("question", QT_TRANSLATE_NOOP("words", "Unsure"), "warning"),
    "not music": State("rest", QT_TRANSLATE_NOOP("words", "Not music"), "quiet"),
    "speech": State("bubble", QT_TRANSLATE_NOOP("words", "Speech"), "quiet"),
    "silent": State("ring", QT_TRANSLATE_NOOP("words", "Silent"), "quiet"),
    "short": State("short", QT_TRANSLATE_NOOP("words", "Too short"), "quiet"),
    "rejected": State("cross", QT_TRANSLATE_NOOP("words", "Declined"), "quiet"),
    "none": State("dots", QT_TRANSLATE_NOOP("words", "Not classified yet"), "quiet"),
    "error": State("alert", QT_TRANSLATE_NOOP("words", "Problem"), "warning"),
    "missing": State("slash", QT_TRANSLATE_NOOP("words", "File not found"), "warning"),
}


def state_of(track: Track, proposal: Proposal) -> State:
    """Tell how a row stands; what is wrong with the file goes first."""
    if track.missing:
        return _STATES["missing"]
    if track.error is not None:
        return _STATES["error"]
    if proposal.action is Action.NOTHING and track.prediction is not None and track.prediction.nothing is not None:
        return _STATES[track.prediction.nothing.value]
    return _STATES[proposal.action.value]


def _title(track: Track, proposal: Proposal) -> str:
    return words.one_line(track.title) or words.printable(os.path.basename(track.path))


def _genres(track: Track, proposal: Proposal) -> str:
    return words.genres(track.genres) if track.genres else ""


def _new_genres(track: Track, proposal: Proposal) -> str:
    return words.genres(proposal.new) if has_proposal(proposal) else ""


def has_proposal(proposal: Proposal) -> bool:
    """Whether there is a genre to show as proposed."""
    return proposal.action not in (Action.NONE, Action.NOTHING) or proposal.genre is not None


def _confidence(track: Track, proposal: Proposal) -> str:
    if track.decision is not None and track.decision.genres:
        return words.tr("your choice")
    return "" if proposal.probability is None else words.percent(proposal.probability)


def _mood(track: Track, proposal: Proposal) -> str:
    mood = track.prediction.mood if track.prediction is not None else None
    return words.one_line(words.mood(mood)) if mood is not None else ""


def _state(track: Track, proposal: Proposal) -> str:
    if track.error is not None and not track.missing:
        return words.one_line(track.error)
    if proposal.action is Action.REFUSED and not track.missing:
        return words.one_line(proposal.refusal)
    return state_of(track, proposal).name


class Column(NamedTuple):
    """One column: `sort` is the order that Library.find knows; `width` counts average letters."""

    key: str
    title: object
    width: int
    text: Callable[[Track, Proposal], str]
    sort: str | None = None
    right: bool = False
    visible: bool = True

    @property
    def name(self) -> str:
        """The title, translated."""
        return words.tr(str(self.title))


COLUMNS: tuple[Column, ...] = (
    Column("tick", QT_TRANSLATE_NOOP("words", "Write"), 6, lambda track, proposal: ""),
    Column("title", QT_TRANSLATE_NOOP("words", "Title"), 28, _title, "title"),
    Column("artist", QT_TRANSLATE_NOOP("words", "Artist"), 20, lambda t, p: words.one_line(t.artist), "artist"),
    Column("album", QT_TRANSLATE_NOOP("words", "Album"), 20, lambda t, p: words.one_line(t.album), "album"),
    Column(
        "number", QT_TRANSLATE_NOOP("words", "No."), 6,
        lambda t, p: "" if t.track_number is None else words.number(t.track_number),
        "track_number", right=True, visible=False,
    ),
    Column("genre", QT_TRANSLATE_NOOP("words", "Genre"), 15, _genres, "genres"),
    Column("proposal", QT_TRANSLATE_NOOP("words", "New genre"), 15, _new_genres, "proposal"),
    Column("confidence", QT_TRANSLATE_NOOP("words", "Confidence"), 16, _confidence, "confidence", right=True),
    Column("state", QT_TRANSLATE_NOOP("words", "State"), 23, _state),
    Column(
        "length", QT_TRANSLATE_NOOP("words", "Length"), 10,
        lambda t, p: words.length(t.length) if t.length else "", "length", right=True,
    ),
    Column("format", QT_TRANSLATE_NOOP("words", "Format"), 13, lambda t, p: words.one_line(t.format), "format"),
    Column(
        "path", QT_TRANSLATE_NOOP("words", "Folder"), 30,
        lambda t, p: words.printable(os.path.dirname(t.path)), "path",
    ),
    Column("mood", QT_TRANSLATE_NOOP("words", "Mood"), 20, _mood, visible=False),
)  # fmt: skip
INDEX: dict[str, int] = {column.key: number for number, column in enumerate(COLUMNS)}


class Row(NamedTuple):
    """What one row shows; made once, because Qt asks again and again."""

    track: Track
    proposal: Proposal
    state: State
    texts: tuple[str, ...]

    @property
    def quiet(self) -> bool:
        """Whether the proposal is shown greyed, because it is not going to be written."""
        return self.state.quiet and not self.proposal.ticked

    @classmethod
    def of(cls, track: Track, proposal: Proposal) -> Row:
        """Make the row of a track."""
        texts = tuple([column.text(track, proposal) for column in COLUMNS])
        return cls(track, proposal, state_of(track, proposal), texts)
