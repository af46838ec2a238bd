"""A model's card: what ``card.json`` says of the network beside it, checked field by field."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genre_tagger.base.errors import ModelError
from genre_tagger.library.tracks import QUADRANT, TagFact
from genre_tagger.model.features import FeatureSpec
from genre_tagger.model.guard import Guard
from genre_tagger.model.measured import Coverage, coverages

CARD = "card.json"
GENRES = "genres"
TAGS = "tags"
SOUNDS = "sounds"
MOODS = "moods"
EMBEDDING = "embedding"
_LARGEST_CARD = 1 << 20
# What of a card decides what the model answers; the rest is what is known about it. What came later counts only where
# it is there, so that older models keep their names.
_DECISIVE = ("labels", "features", "sha256", "temperature", "outputs", "tags", "tag_facts", "guard")
_LATER = ("only_offered", "moods", "temperature_slope")
# How likely one of the moods has to be to be worth mentioning.
_LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What ``card.json`` says of a model.

    Attributes
    ----------
    labels : tuple of str
        The genres as they are written into tags, in the order of the network's output. Required.
    spec : FeatureSpec
        What the network hears (``features`` in the file). Required.
    only_offered : frozenset of str
        The labels that are right too seldom to be proposed: they are shown among a track's genres, to be chosen.
    sha256 : str
        Digest of ``model.tflite`` in lower-case hexadecimal. Required.
    temperature : float
        The logits are divided by it before the softmax, so that probabilities mean what they say.
    temperature_slope : float
        How much the logarithm of the temperature grows with how sure an answer is.
    outputs : mapping of str to str
        ``"genres"``, ``"tags"``, ``"embedding"``, ``"moods"``, ``"sounds"`` → name of that output in the network's
        signature; may be left out when the signature uses these names, or has one output only.
    tags : tuple of TagFact
        The values in the ``"tags"`` output: their names (``tags`` in the file) and what is known of them
        (``tag_facts``).
    moods : tuple of TagFact
        The probabilities in the ``"moods"`` output: of each mood its name (``moods`` in the file); a track has one.
    guard : Guard or None
        What tells music from the rest; without one everything is taken for music.
    coverage : tuple of Coverage
        How many tracks were answered, and rightly, at some thresholds, by rising threshold.
    title, licence, training_data : str
        Words for the user.
    accuracy : float or None
        Share of right answers, 0…1, on tracks whose artists the network never heard.
    default : bool
        Whether this is the model to use when several are installed.
    raw : mapping
        Everything in the file, known here or not.
    """

    labels: tuple[str, ...]
    spec: FeatureSpec
    sha256: str
    only_offered: frozenset[str] = frozenset()
    temperature: float = 1.0
    temperature_slope: float = 0.0
    outputs: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[TagFact, ...] = ()
    moods: tuple[TagFact, ...] = ()
    guard: Guard | None = None
    coverage: tuple[Coverage, ...] = ()
    title: str = ""
    licence: str = ""
    training_data: str = ""
    accuracy: float | None = None
    default: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def from_json(cls, data: object) -> ModelCard:
        """Read a decoded card; raise :class:`ModelError` if a field is missing or makes no sense."""
        if not isinstance(data, Mapping):
            raise ModelError("The model's card is not a JSON object.")
        card = cls(
            labels=_words(data, "labels"),
            only_offered=frozenset(_words(data, "only_offered")),
            spec=FeatureSpec.from_json(data.get("features")),
            sha256=_typed(data, "sha256", str).lower(),
            temperature=_number(data, "temperature", 0.01, 100.0) or 1.0,
            temperature_slope=_number(data, "temperature_slope", -5.0, 5.0) or 0.0,
            outputs=_outputs(data),
            tags=_tags(data),
            moods=tuple(TagFact(mood, mood, QUADRANT, _LIKELY) for mood in _words(data, "moods")),
            guard=None if data.get("guard") is None else Guard.from_json(data["guard"]),
            coverage=coverages(data.get("measured")),
            title=_typed(data, "title", str),
            licence=_typed(data, "licence", str),
            training_data=_typed(data, "training_data", str),
            accuracy=_number(data, "accuracy", 0.0, 1.0),
            default=_typed(data, "default", bool),
            raw=dict(data),
        )
        if not card.labels or len(set(card.labels)) != len(card.labels):
            raise ModelError("The model's card names no genres, or one of them twice.")
        if not card.only_offered < {*card.labels}:
            raise ModelError("The model's card leaves no genre to propose, or offers one that it does not name.")
        if len(card.sha256) != 64:
            raise ModelError("The model's card has no SHA-256 of the model.")
        return card

    @property
    def proposed(self) -> tuple[str, ...]:
        """The labels that may be proposed, in their order."""
        return tuple(label for label in self.labels if label not in self.only_offered)

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that change when any answer of the model may change, and else stay the same."""
        parts = {name: self.raw.get(name) for name in _DECISIVE}
        parts |= {name: self.raw[name] for name in _LATER if name in self.raw}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]

    def coverage_among(self, genres: Sequence[str]) -> tuple[Coverage, ...]:
        """What was measured by threshold with these genres to choose from; all for none, nothing where it was not."""
        if not genres or {*self.labels} <= {*genres}:
            return self.coverage
        measured = self.raw.get("measured")
        return coverages(measured.get("gtzan_valid_of_ten")) if isinstance(measured, Mapping) else ()

    def name_in(self, folder: str) -> str:
        """Name the model in `folder` that has this card, as predictions of it are kept under."""
        return f"{os.path.basename(os.path.abspath(folder))}-{self.fingerprint}"

    @classmethod
    def read(cls, folder: str) -> ModelCard:
        """Read the card of the model in `folder`; raise :class:`ModelError` if it cannot be used."""
        text = read_file(os.path.join(folder, CARD), "card", _LARGEST_CARD)
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ModelError("The model's card is damaged: it is not valid JSON.") from error
        return cls.from_json(data)


def read_file(path: str, what: str, limit: int) -> bytes:
    """Read a file of a model that has at most `limit` bytes; raise :class:`ModelError` if it cannot be read."""
    try:
        with open(path, "rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise ModelError(f"The model's {what} ({os.path.basename(path)}) cannot be read: {reason}.") from error
    if len(content) > limit:
        raise ModelError(f"The model's {what} ({os.path.basename(path)}) is far too large to be one.")
    return content


def _typed(data: Mapping[str, Any], name: str, *kinds: type) -> Any:
    """The field `name`, which must be of the first of `kinds` (or any of them); its empty value when missing."""
    value = data.get(name, kinds[0]())
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise ModelError(f"The model's card has a value of the wrong kind: {name}.")
    return value


def _words(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    words = tuple(_typed(data, name, list))
    if len(words) > 1_000 or not all(isinstance(word, str) and word.strip() for word in words):
        raise ModelError(f"The model's card has an entry that is not a word: {name}.")
    return words


def _number(data: Mapping[str, Any], name: str, low: float, high: float) -> float | None:
    if data.get(name) is None:
        return None
    value = _typed(data, name, float, int)
    if not low <= value <= high:
        raise ModelError(f"The model's card has a number that makes no sense: {name} = {value!r}.")
    return float(value)


def _outputs(data: Mapping[str, Any]) -> dict[str, str]:
    outputs: dict[str, str] = _typed(data, "outputs", dict)
    if not all(isinstance(name, str) for name in outputs.values()) or (outputs and GENRES not in outputs):
        raise ModelError("The model's card does not say which output holds the genres.")
    return outputs


def _tags(data: Mapping[str, Any]) -> tuple[TagFact, ...]:
    """The tags in the order of the network's output, with what the card knows of them."""
    names = _words(data, "tags")
    known: dict[str, TagFact] = {}
    for entry in _typed(data, "tag_facts", list):
        if not isinstance(entry, Mapping):
            raise ModelError("The model's card has a tag that is not an object.")
        name, label = _typed(entry, "name", str), _typed(entry, "label", str)
        threshold, strong = (_number(entry, field, 0.0, 1.0) for field in ("threshold", "strong"))
        known[name] = TagFact(name, label or name, _typed(entry, "kind", str), threshold, strong)
    return tuple(known.get(name, TagFact(name, name)) for name in names)
