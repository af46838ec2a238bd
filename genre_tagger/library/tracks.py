"""The values that the library stores: tracks, what a model says of them, and what the user decided."""

from __future__ import annotations

import json
import struct
from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from genre_tagger.base.errors import FileStamp
from genre_tagger.files.values import NO_DETAILS, Details

STYLE = "style"
QUADRANT = "quadrant"
"""The kind of the four moods of which a track has one: lively or quiet, bright or dark."""


@dataclass(frozen=True, slots=True)
class Track:
    """A row of the library.

    `length` is in seconds; `error` is a sentence or None; `refusal` says why no genre can be written, as far as a scan
    finds that out, and is empty for nearly all files.
    """

    id: int
    path: str
    title: str
    artist: str
    album: str
    track_number: int | None
    genres: tuple[str, ...]
    length: float
    format: str
    stamp: FileStamp
    missing: bool
    error: str | None
    error_stage: str | None
    prediction: Prediction | None
    decision: Decision | None
    refusal: str = ""
    details: Details = NO_DETAILS
    vote: Vote | None = None


class Vote(NamedTuple):
    """What the tracks of an album say together, kept with each of them that a genre was heard in.

    `probability` is in 0…1; `agree` is the share of these tracks in which the genre is the likeliest by themselves.
    Compilations have none, nor have tracks without an album; see :mod:`genre_tagger.review.albums.voting`.
    """

    genre: str
    probability: float
    agree: float


class AlbumRow(NamedTuple):
    """What is needed of a track to put it into its album; see :mod:`genre_tagger.review.albums.grouping`."""

    id: int
    path: str
    artist: str
    album: str
    album_artist: str
    disc: int | None
    track_number: int | None
    year: int | None
    compilation: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What the user said: yes, no or nothing yet; and the genres of their own choice, if any."""

    accepted: bool | None = None
    genres: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedList:
    """A filter that was saved under a name, with the icon that marks it; its tracks are those that fit now."""

    name: str
    rule: str
    icon: str = "list"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model named `model` says of a track.

    Attributes
    ----------
    candidates : tuple of Candidate
        All its genres, the likeliest first; empty when it names none. Alone the likeliest that may be proposed, where
        no more was asked of the library.
    nothing : NoGenre or None
        Why it names none.
    tag_values : TagValues or None
        Styles, moods, eras and voices, where the model has them.
    length : float
        Seconds that the track has, as far as listening has told; 0 where it has not. The library keeps it with the
        track and not here.
    embedding : bytes or None
        What the model heard before it put it into words: half-precision floats, little-endian, their mean over the
        track; None where the model has none. The library keeps it apart: it is asked for many tracks at once, and no
        track brings it along.
    learned : bool
        Whether the answer was learned from the person's own examples; see :mod:`genre_tagger.review.lessons`.
    bundled : str or None
        What the model itself would propose then.
    """

    path: str
    model: str
    candidates: tuple[Candidate, ...] = ()
    nothing: NoGenre | None = None
    tag_values: TagValues | None = None
    length: float = field(default=0.0, compare=False)
    embedding: bytes | None = field(default=None, compare=False, repr=False)
    learned: bool = False
    bundled: str | None = None

    @property
    def genre(self) -> str | None:
        """The likeliest genre of those that may be proposed."""
        best = self._best
        return best.genre if best is not None else None

    @property
    def probability(self) -> float | None:
        """The probability of :attr:`genre`, in 0…1."""
        best = self._best
        return best.probability if best is not None else None

    @property
    def _best(self) -> Candidate | None:
        return next((candidate for candidate in self.candidates if not candidate.only_offered), None)

    def among(self, genres: Collection[str]) -> Prediction:
        """Choose among some genres alone: their probabilities are evened out, so that they sum to 1 again.

        Parameters
        ----------
        genres : collection of str
            Labels of the model. Where it names none of them, the prediction stays as it is.
        """
        kept = [candidate for candidate in self.candidates if candidate.genre in genres]
        if not kept or len(kept) == len(self.candidates):
            return self
        shares = evened([candidate.probability for candidate in kept])
        candidates = (replace(one, probability=share) for one, share in zip(kept, shares, strict=True))
        return replace(self, candidates=tuple(candidates))

    @property
    def styles(self) -> tuple[str, ...]:
        """Styles worth offering beside the genres, as they would be written into a file; the strongest first."""
        if self.tag_values is None:
            return ()
        genres = [candidate.genre for candidate in self.candidates]
        return tuple(tag.fact.label for tag in self.tag_values.styles(genres))

    def besides(self, kinds: Sequence[str], most: int) -> tuple[str, ...]:
        """Up to `most` words of some kinds that are clearly heard beside the genre, the clearest first."""
        if self.genre is None or self.tag_values is None:
            return ()
        genres = [candidate.genre for candidate in self.candidates]
        return tuple(tag.fact.label for tag in self.tag_values.words(*kinds, besides=genres)[:most])

    @property
    def mood(self) -> Tag | None:
        """The likeliest of the model's quadrants of mood, where it has some; its value is its probability."""
        return self.tag_values.mood if self.tag_values is not None else None

    @property
    def strong_style(self) -> str | None:
        """The style that is one of the strongest things to say of the track, if there is one."""
        if self.tag_values is None:
            return None
        genres = [candidate.genre for candidate in self.candidates]
        return next((tag.fact.label for tag in self.tag_values.styles(genres) if tag.strong), None)


def evened(shares: Sequence[float]) -> list[float]:
    """Shares of a whole [each 0…1] as shares of their sum; zeros stay."""
    total = sum(shares)
    return [share / total if total else 0.0 for share in shares]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A genre and how likely the model finds it, in 0…1.

    One that is `only_offered` is too often wrong to be proposed; a person may choose it.
    """

    genre: str
    probability: float
    only_offered: bool = False


class NoGenre(StrEnum):
    """Why a track that was classified has no genre."""

    NOT_MUSIC = "not music"
    SPEECH = "speech"
    SILENT = "silent"
    SHORT = "short"

    @property
    def sentence(self) -> str:
        """What to say to a person."""
        return _SENTENCES[self]


_SENTENCES = {
    NoGenre.NOT_MUSIC: "This sounds like noise, an animal or something else rather than music, so no genre is "
    "proposed. Choose one yourself if you know better.",
    NoGenre.SPEECH: "This sounds like somebody talking, as in an audiobook or a podcast, so no genre is proposed. "
    "Choose one yourself if you know better.",
    NoGenre.SILENT: "This is silent, so no genre is proposed.",
    NoGenre.SHORT: "This has less than 3 seconds of sound, too little to hear a genre in. Choose one yourself if you "
    "like.",
}


@dataclass(frozen=True, slots=True)
class TagFact:
    """One of a model's tags, as its card describes it.

    Attributes
    ----------
    name : str
        As the model calls it.
    label : str
        As a person would write it; a style's may be written into a file.
    kind : str
        ``"style"``, ``"ten"`` (one of the genres says it already), ``"mood"``, ``"era"``, ``"voice"``,
        ``"instrument"``, ``"quadrant"`` (the values of these are probabilities that sum to 1), or "" when the card does
        not say.
    threshold, strong : float or None
        The values, in 0…1, from which on the tag is worth mentioning and is one of a track's strongest; None for never.
    """

    name: str
    label: str
    kind: str = ""
    threshold: float | None = None
    strong: float | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that a track has: its value in 0…1, and whether it is clear or even strong."""

    fact: TagFact
    value: float

    @property
    def clear(self) -> bool:
        """Whether it is worth mentioning."""
        return self.fact.threshold is not None and self.value >= self.fact.threshold

    @property
    def strong(self) -> bool:
        """Whether it is one of the strongest things to say of the track."""
        return self.fact.strong is not None and self.value >= self.fact.strong


@dataclass(frozen=True, slots=True)
class TagValues:
    """The values of a model's tags for one track; small, because a table holds thousands.

    Attributes
    ----------
    facts : tuple of TagFact
        The model's tags; the tracks of one model share it.
    packed : bytes
        Their values, two bytes each.
    """

    facts: tuple[TagFact, ...]
    packed: bytes

    @classmethod
    def of(cls, facts: tuple[TagFact, ...], values: Sequence[float]) -> TagValues:
        """Take values in 0…1, in the order of `facts`."""
        return cls(facts, struct.pack(f"<{len(facts)}e", *values))

    @property
    def tags(self) -> tuple[Tag, ...]:
        """All tags, the strongest first."""
        values = struct.unpack(f"<{len(self.facts)}e", self.packed)
        pairs = zip(self.facts, values, strict=True)
        return tuple(sorted((Tag(fact, value) for fact, value in pairs), key=lambda tag: -tag.value))

    @property
    def mood(self) -> Tag | None:
        """The likeliest quadrant of mood, where there are some."""
        places = _quadrants(self.facts)
        values = [struct.unpack_from("<e", self.packed, 2 * place)[0] for place in places]
        return Tag(self.facts[places[values.index(max(values))]], max(values)) if values else None

    def styles(self, besides: Sequence[str] = ()) -> tuple[Tag, ...]:
        """The styles worth mentioning that are not among the genres `besides`, the strongest first."""
        return self.words(STYLE, besides=besides)

    def words(self, *kinds: str, besides: Sequence[str] = ()) -> tuple[Tag, ...]:
        """The tags of some kinds worth mentioning, the clearest first; no label twice."""
        folded = {genre.casefold() for genre in besides}
        clear = []
        for tag in sorted((tag for tag in self.tags if tag.clear and tag.fact.kind in kinds), key=_clearness):
            if tag.fact.label.casefold() not in folded:
                clear.append(tag)
                folded.add(tag.fact.label.casefold())
        return tuple(clear)


@lru_cache(maxsize=8)  # asked for every row of a table
def _quadrants(facts: tuple[TagFact, ...]) -> tuple[int, ...]:
    return tuple(place for place, fact in enumerate(facts) if fact.kind == QUADRANT)


def _clearness(tag: Tag) -> float:
    """Key that sorts tags: styles by their value, and the others by how far it lies above their threshold."""
    return -tag.value if tag.fact.kind == STYLE else -tag.value / max(tag.fact.threshold or 1.0, 1e-6)


def facts_to_json(facts: Sequence[TagFact]) -> str:
    """Write facts as the library keeps them."""
    return json.dumps([astuple(fact) for fact in facts], ensure_ascii=False)


@lru_cache(maxsize=32)
def facts_from_json(text: str) -> tuple[TagFact, ...]:
    """Read what :func:`facts_to_json` wrote; the same text gives the same facts."""
    return tuple(TagFact(*fields) for fields in json.loads(text))
