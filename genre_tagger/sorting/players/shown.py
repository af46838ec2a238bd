"""What each player will show as the genre of a file, whether they agree, and what would make them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from genre_tagger.base.genre_words import BETWEEN, genre_key
from genre_tagger.files.beside import named
from genre_tagger.files.genre_places import GenrePlace, GenrePlaces, Kind
from genre_tagger.files.splice import id3v1
from genre_tagger.files.values import genres_of
from genre_tagger.sorting.players.known import PLAYERS, Player, Reading, Take

_NUMBERED = (Kind.ID3V1, Kind.MP4_NUMBER)
_NEW = {
    "mp3": GenrePlace(Kind.ID3V2, (), 4), "tta": GenrePlace(Kind.ID3V2, (), 4), "dsf": GenrePlace(Kind.ID3V2, (), 4),
    "aiff": GenrePlace(Kind.ID3V2, (), 4), "mp4": GenrePlace(Kind.MP4, ()), "asf": GenrePlace(Kind.ASF, ()),
    **dict.fromkeys(("flac", "oggflac", "vorbis", "opus", "speex"), GenrePlace(Kind.COMMENTS, ())),
    **dict.fromkeys(("wavpack", "ape", "musepack", "optimfrog", "tak"), GenrePlace(Kind.APEV2, ())),
}  # fmt: skip


class Silence(Enum):
    """Why a player shows no genre of a file, whatever is written into it as a genre."""

    FORMAT = "does not play files of this format"
    TAGS = "plays this format and reads no genre from it"
    VERSION = "cannot read ID3v2.4 tags"


@dataclass(frozen=True, slots=True)
class Shown:
    """What one player shows: a text, empty for none; `silence` says why it could not show any."""

    player: Player
    genre: str = ""
    silence: Silence | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the players make of a file.

    Attributes
    ----------
    places : GenrePlaces
    shown : tuple of Shown
        One for each player, in the order of :data:`genre_tagger.sorting.players.known.PLAYERS`.
    """

    places: GenrePlaces
    shown: tuple[Shown, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The different texts that are shown, most often first; "" where a player that could show one shows none."""
        counted = Counter(shown.genre for shown in self.shown if shown.silence is None)
        return tuple(text for text, _ in counted.most_common())

    @property
    def agree(self) -> bool:
        """Whether all players that read this format show the same, however it is spelt."""
        return len({genre_key(text) for text in self.texts}) <= 1


def verdict(places: GenrePlaces, players: Sequence[Player] = PLAYERS) -> Verdict:
    """Say what players show of a file.

    Parameters
    ----------
    places : GenrePlaces
        Where the file has genres.
    players : sequence of Player
    """
    return Verdict(places, tuple(_shown(player, places) for player in players))


def _shown(player: Player, places: GenrePlaces) -> Shown:
    reading = player.readings.get(places.container)
    if reading is None:
        return Shown(player, silence=Silence.FORMAT)
    if not reading.kinds:
        return Shown(player, silence=Silence.TAGS)
    there = places.of(*reading.kinds)
    if there and all(place.version and place.version not in reading.versions for place in there):
        return Shown(player, silence=Silence.VERSION)
    return Shown(player, " ".join(_taken(reading, places).split()))


def _taken(reading: Reading, places: GenrePlaces) -> str:
    def read(place: GenrePlace) -> list[str]:
        return _values(place, numbers=reading.numbers)

    there = [place for place in places.of(*reading.kinds) if not place.version or place.version in reading.versions]
    if reading.together:
        return _one([text for place in there for text in read(place)], reading.take)
    for kind in reading.kinds:
        of_kind = [place for place in there if place.kind is kind]
        if reading.take is Take.FIRST_OF_LAST:
            of_kind = of_kind[-1:]
        texts = [text for place in of_kind for text in read(place)]
        if texts or (of_kind and reading.hides):
            return _one(texts, reading.take)
    return ""


def _values(place: GenrePlace, *, numbers: bool) -> list[str]:
    if not numbers and place.kind in _NUMBERED:
        return [name for text in place.values if (name := id3v1.genre_name(int(text)))]
    texts = genres_of(place.values)
    if place.kind is Kind.ID3V2 and not numbers:
        return list(named(texts))
    return list(texts)


def _one(texts: Sequence[str], take: Take) -> str:
    if not texts:
        return ""
    if take is Take.JOINED:
        return BETWEEN.join(texts)
    return texts[-1] if take is Take.LAST else texts[0]


def strays(found: Verdict) -> list[GenrePlace]:
    """List the places that hold another genre than the players show, where these agree: other programs look there."""
    if not found.agree or not found.texts:
        return []
    said = {genre_key(text) for text in found.texts if text}
    if not said:
        return [place for place in found.places.places if place.values]
    return [
        place for place in found.places.places
        if (texts := _values(place, numbers=False)) and said.isdisjoint(map(genre_key, texts))
    ]  # fmt: skip


def choices(found: Verdict, known: Iterable[str] = ()) -> list[str]:
    """List the genres that all could show: those of the library first, then what stands in any place of the file."""
    texts = [*known, *found.texts, *(text for place in found.places.places for text in _values(place, numbers=False))]
    single = [part.strip() for text in texts for part in text.split(BETWEEN.strip())]
    first: dict[str, str] = {}
    for text in single:
        if text and id3v1.by_number(text) is None:
            first.setdefault(genre_key(text), text)
    return list(first.values())


def mended(found: Verdict, genre: str) -> Verdict:
    """Say what the players would show after this one genre was written into the file.

    Every tag that holds a genre then holds this one; no tag of another kind is made where one is there, but for WAV.
    """
    places = found.places
    after = [_rewritten(place, genre) for place in places.places if place.kind not in _GO]
    written = any(place.values for place in after if place.kind is not Kind.ID3V1)
    if places.container == "wav":
        version = next((place.version for place in places.of(Kind.ID3V2)), 4)
        after = [GenrePlace(Kind.ID3V2, (genre,), version), GenrePlace(Kind.INFO, (genre,))]
    elif not written and (new := _NEW.get(places.container)) is not None:
        after = [GenrePlace(new.kind, (genre,), new.version), *after]
    return verdict(GenrePlaces(places.path, places.container, tuple(after)), [shown.player for shown in found.shown])


_GO = (Kind.ID3V2_FREE, Kind.MP4_NUMBER)  # what stood there is said by the usual place afterwards


def _rewritten(place: GenrePlace, genre: str) -> GenrePlace:
    if place.kind is Kind.ID3V1:
        number = id3v1.genre_number((genre,))
        return GenrePlace(Kind.ID3V1, () if number == id3v1.NO_GENRE else (str(number),))
    beside = place.kind in (Kind.APEV2, Kind.MP4_FREE, Kind.MP4_OTHER)
    return place if beside and not place.values else GenrePlace(place.kind, (genre,), place.version)
