"""What would be written into a track's file, and why: the user's policy, and the proposal that follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from genre_tagger.base.errors import FileStamp
from genre_tagger.base.genre_words import BETWEEN, joined
from genre_tagger.files.values import GENRE

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Prediction, Track


class Mode(StrEnum):
    """What becomes of the genres in the file when a new one is written."""

    FILL = "fill"
    ADD = "add"
    REPLACE = "replace"


class By(StrEnum):
    """What is judged: each track by itself, or the albums that they are of."""

    TRACK = "track"
    ALBUM = "album"
    AGREED = "agreed"  # the album where most of its tracks hear the same, else each track by itself

    @property
    def agreed(self) -> float | None:
        """The share, in 0…1, of an album's tracks that have to hear the same so that its vote counts."""
        return {By.TRACK: None, By.ALBUM: 0.0, By.AGREED: AGREEING}[self]


AGREEING = 0.5
"""The share of an album's tracks that agree when most of them do; chosen with ``benchmarks/albums.py``."""


class Action(StrEnum):
    """What is to become of a track."""

    WRITE = "write"  # the file gets the proposal's new genres
    SAME = "same"  # the file already has them
    KEEP = "keep"  # the file has genres, and the policy is to fill only empty ones
    REFUSED = "refused"  # no genre can be written into the file; `Proposal.refusal` says why
    UNSURE = "unsure"  # the model is less sure than the threshold
    NOTHING = "nothing"  # the model names no genre: no music, silence, too short
    REJECTED = "rejected"  # the user said no
    NONE = "none"  # no genre to write: the track is not classified, missing or broken


class Besides(NamedTuple):
    """What is written besides the genre of what is clearly heard.

    Attributes
    ----------
    kinds : tuple of str
        Of :data:`genre_tagger.review.names.more.KINDS`; none by default.
    field : str
        Where it goes: behind the genre, as further ones, or into one of :data:`genre_tagger.files.values.FIELDS`.
    most : int
        How many words a file gets at most, the clearest; at least 1.
    """

    kinds: tuple[str, ...] = ()
    field: str = GENRE
    most: int = 2


NOTHING_BESIDES = Besides()


@dataclass(frozen=True, slots=True)
class Policy:
    """When and how genres are written.

    Attributes
    ----------
    mode : Mode
        Fill only empty fields, add to the genres that are there, or replace them.
    threshold : float
        The least probability, in 0…1, at which the model's genre is written without being asked.
    spelling : mapping of str to str
        The word to write for a model's label, where it is to differ; with semicolons, several. It is tidied like
        genres that a person types; what is empty then, or the label itself, is left out.
    by : By
        Whether an album's tracks get the genre that they are heard to have together.
    besides : Besides
        What else that is heard is written whenever a genre is.
    """

    mode: Mode = Mode.FILL
    threshold: float = 0.5
    spelling: Mapping[str, str] = default(default_factory=dict)
    by: By = By.TRACK
    besides: Besides = NOTHING_BESIDES

    def __post_init__(self) -> None:
        """Tidy the words once, so that all questions get the same answer."""
        words = {label: BETWEEN.join(clean(word.split(";"))) for label, word in self.spelling.items()}
        differing = {label: word for label, word in words.items() if word not in ("", label)}
        object.__setattr__(self, "spelling", differing)

    def word(self, label: str) -> str:
        """Spell a label of the model as it is to be written; semicolons separate several words."""
        return self.spelling.get(label, label)

    def genres(self, label: str) -> tuple[str, ...]:
        """List the genres that are written for a label of the model."""
        return tuple(self.spelling[label].split(BETWEEN)) if label in self.spelling else (label,)

    def heard(self, track: Track) -> tuple[str | None, float | None]:
        """The genre to propose for a track, its own or its album's, and its probability in 0…1; None for none."""
        prediction, vote, agreed = track.prediction, track.vote, self.by.agreed
        if prediction is None or prediction.genre is None:
            return None, None
        if vote is not None and agreed is not None and vote.agree >= agreed:
            return vote.genre, vote.probability
        return prediction.genre, prediction.probability

    def words_of(self, prediction: Prediction) -> tuple[str, ...]:
        """List the genres that are written for what a model says of a track; none where it names none."""
        return () if prediction.genre is None else self.genres(prediction.genre)

    @property
    def further(self) -> tuple[tuple[str, ...], int]:
        """The kinds of what becomes further genres, and how many at most; no kinds where nothing does."""
        kinds, field, most = self.besides
        return (kinds if field == GENRE else (), most)

    def terms(self) -> dict[str, Any]:
        """Give this policy as arguments of :meth:`genre_tagger.library.library.Library.find`."""
        return {
            "mode": self.mode.value, "threshold": self.threshold, "spelling": self.spelling, "agreed": self.by.agreed,
            "further": self.further,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be written into one file.

    Attributes
    ----------
    old, new : tuple of str
        The genres the file has, and those it would have; equal unless `action` is ``WRITE`` or the user may
        still turn it into one (``UNSURE``, ``KEEP``, ``REJECTED`` and ``REFUSED`` show what would come).
    genre, probability : str, float or None
        The likeliest genre of the track, or of its album, as it would be spelt, and its probability in 0…1.
    refusal : str
        Why no genre can be written, where `action` is ``REFUSED``.
    unreviewed : bool
        Whether the new genres are the model's, with no word from a person: nothing is learned from them.
    field : str
        What is written: the genre, or words into one of :data:`genre_tagger.files.values.FIELDS`, which `old` and
        `new` are then.
    besides, into : tuple of str, str
        Words that are heard besides, and where they go: they are the last of `new` where that is the genre, and come
        behind what the file has in another field when the genre is written.
    """

    track_id: int
    path: str
    stamp: FileStamp
    old: tuple[str, ...]
    new: tuple[str, ...]
    genre: str | None
    probability: float | None
    action: Action
    refusal: str = ""
    unreviewed: bool = False
    field: str = GENRE
    besides: tuple[str, ...] = ()
    into: str = GENRE

    @property
    def ticked(self) -> bool:
        """Whether this is going to be written."""
        return self.action is Action.WRITE

    @property
    def unsaid(self) -> tuple[str, ...]:
        """Those of the new genres that are the model's in any case: what it hears besides."""
        return self.besides if self.into == GENRE else ()


def merge(old: Sequence[str], new: Sequence[str], mode: Mode) -> tuple[str, ...]:
    """Combine the genres a file has with new ones, in order and without repetition, however they are spelt.

    Case, spaces and hyphens do not count, and a genre may be one of several in a text that the file has.

    Examples
    --------
    >>> merge(("Rock",), ("rock", "Blues"), Mode.ADD)
    ('Rock', 'Blues')
    >>> merge(("Jazz; hip hop",), ("Hip-Hop", "Blues"), Mode.ADD)
    ('Jazz; hip hop', 'Blues')
    """
    if mode is Mode.FILL and old:
        return tuple(old)
    return joined(old if mode is Mode.ADD else (), new)


def clean(genres: Sequence[str]) -> tuple[str, ...]:
    """Tidy genres that a person typed: trimmed, on one line, not empty, not twice."""
    tidy = [" ".join("".join(c if c.isprintable() else " " for c in genre).split()) for genre in genres]
    return merge((), [genre for genre in tidy if genre], Mode.REPLACE)


def propose(track: Track, policy: Policy, genres: Sequence[str] | None = None) -> Proposal:
    """Decide what would be written into a track's file.

    What the user said goes before what the model says: a yes is written however unsure the model is and
    whatever the file has (in fill mode it then replaces it), and a genre of the user's own choice takes the place
    of the model's.

    Parameters
    ----------
    track : Track
    policy : Policy
    genres : sequence of str, optional
        Genres to take instead of the user's choice and the model's; then the policy alone decides.
    """
    decision = track.decision
    label, probability = policy.heard(track)
    best = None if label is None else policy.word(label)
    words: tuple[str, ...] = () if label is None else policy.genres(label)
    chosen = clean(genres) if genres is not None else decision.genres if decision else ()
    wanted, besides = chosen or words, _besides(track, policy)
    if wanted and policy.besides.field == GENRE:
        wanted, besides = joined(wanted, besides), joined(wanted, besides)[len(wanted) :]
    accepted = None if genres is not None or decision is None else decision.accepted
    said_yes = genres is None and (accepted is True or (accepted is None and bool(chosen)))

    mode = Mode.REPLACE if said_yes and policy.mode is Mode.FILL else policy.mode
    new = merge(track.genres, wanted, mode)
    sure = said_yes or bool(chosen) or probability is None or probability >= policy.threshold
    action = _action(track, policy, new, wanted, accepted, sure)
    if action is Action.KEEP:
        new = merge(track.genres, wanted, Mode.REPLACE)
    refusal = track.refusal if action is Action.REFUSED else ""
    return Proposal(
        track.id, track.path, track.stamp, track.genres, new, best, probability, action, refusal,
        unreviewed=genres is None and not said_yes, besides=besides, into=policy.besides.field,
    )  # fmt: skip


def _besides(track: Track, policy: Policy) -> tuple[str, ...]:
    kinds, _, most = policy.besides
    return track.prediction.besides(kinds, most) if kinds and track.prediction is not None else ()


def retag(track: Track, genres: Sequence[str]) -> Proposal:
    """Propose just these genres in the place of those that a track's file has, whatever the model or the user said.

    Parameters
    ----------
    track : Track
    genres : sequence of str
        None takes the file's genres away.
    """
    new, action = tuple(genres), Action.WRITE
    if track.missing or track.error_stage == "scan":
        action = Action.NONE
    elif new == track.genres:
        action = Action.SAME
    elif track.refusal:
        action = Action.REFUSED
    refusal = track.refusal if action is Action.REFUSED else ""
    return Proposal(track.id, track.path, track.stamp, track.genres, new, None, None, action, refusal)


def _action(
    track: Track,
    policy: Policy,
    new: tuple[str, ...],
    wanted: tuple[str, ...],
    accepted: bool | None,
    sure: bool,
) -> Action:
    if track.missing or track.error_stage == "scan":
        return Action.NONE
    if not wanted:
        return Action.NOTHING if _names_none(track) else Action.NONE
    if accepted is False:
        return Action.REJECTED
    if new == track.genres:
        keeps = policy.mode is Mode.FILL and merge((), wanted, Mode.REPLACE) != track.genres
        return Action.KEEP if keeps else Action.SAME
    if track.refusal:
        return Action.REFUSED
    if not sure:
        return Action.UNSURE
    return Action.WRITE


def _names_none(track: Track) -> bool:
    return track.prediction is not None and track.prediction.nothing is not None
