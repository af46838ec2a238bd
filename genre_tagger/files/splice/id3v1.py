"""ID3v1: the 128 bytes at the very end of a file, and the numbers that it has for genres."""

from __future__ import annotations

import re
from dataclasses import dataclass

from genre_tagger.files.values import Names, year_of

SIZE = 128
NO_GENRE = 255

# 0–79 are of the standard, 80–191 are the extensions of Winamp.
GENRES = tuple(
    """
    Blues|Classic Rock|Country|Dance|Disco|Funk|Grunge|Hip-Hop|Jazz|Metal|New Age|Oldies|Other|Pop|R&B|Rap|
    Reggae|Rock|Techno|Industrial|Alternative|Ska|Death Metal|Pranks|Soundtrack|Euro-Techno|Ambient|Trip-Hop|
    Vocal|Jazz+Funk|Fusion|Trance|Classical|Instrumental|Acid|House|Game|Sound Clip|Gospel|Noise|Alt. Rock|Bass|
    Soul|Punk|Space|Meditative|Instrumental Pop|Instrumental Rock|Ethnic|Gothic|Darkwave|Techno-Industrial|
    Electronic|Pop-Folk|Eurodance|Dream|Southern Rock|Comedy|Cult|Gangsta Rap|Top 40|Christian Rap|Pop/Funk|
    Jungle|Native American|Cabaret|New Wave|Psychedelic|Rave|Showtunes|Trailer|Lo-Fi|Tribal|Acid Punk|Acid Jazz|
    Polka|Retro|Musical|Rock & Roll|Hard Rock|Folk|Folk-Rock|National Folk|Swing|Fast-Fusion|Bebop|Latin|Revival|
    Celtic|Bluegrass|Avantgarde|Gothic Rock|Progressive Rock|Psychedelic Rock|Symphonic Rock|Slow Rock|Big Band|
    Chorus|Easy Listening|Acoustic|Humour|Speech|Chanson|Opera|Chamber Music|Sonata|Symphony|Booty Bass|Primus|
    Porn Groove|Satire|Slow Jam|Club|Tango|Samba|Folklore|Ballad|Power Ballad|Rhythmic Soul|Freestyle|Duet|
    Punk Rock|Drum Solo|A Cappella|Euro-House|Dance Hall|Goa|Drum & Bass|Club-House|Hardcore|Terror|Indie|
    BritPop|Afro-Punk|Polsk Punk|Beat|Christian Gangsta Rap|Heavy Metal|Black Metal|Crossover|
    Contemporary Christian|Christian Rock|Merengue|Salsa|Thrash Metal|Anime|JPop|Synthpop|Abstract|Art Rock|
    Baroque|Bhangra|Big Beat|Breakbeat|Chillout|Downtempo|Dub|EBM|Eclectic|Electro|Electroclash|Emo|Experimental|
    Garage|Global|IDM|Illbient|Industro-Goth|Jam Band|Krautrock|Leftfield|Lounge|Math Rock|New Romantic|
    Nu-Breakz|Post-Punk|Post-Rock|Psytrance|Shoegaze|Space Rock|Trop Rock|World Music|Neoclassical|Audiobook|
    Audio Theatre|Neue Deutsche Welle|Podcast|Indie Rock|G-Funk|Dubstep|Garage Rock|Psybient
    """.replace("\n", "").split("|")
)  # fmt: skip
GENRES = tuple(" ".join(name.split()) for name in GENRES)
_NUMBERS = {name.casefold(): number for number, name in enumerate(GENRES)}
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")
_WORDS = {"RX": "Remix", "CR": "Cover"}
_REFERENCES = re.compile(r"(?:\((?:[0-9]{1,9}|RX|CR)\))+")


@dataclass(frozen=True, slots=True)
class Id3v1:
    """What an ID3v1 tag says; `genre` is "" where its number names none."""

    names: Names
    genre: str


def find(tail: bytes, *, strict: bool = False) -> bool:
    """Whether a file that ends with these bytes has an ID3v1 tag.

    "TAG" has to stand exactly 128 bytes before the end, and must not be a part of an APEv2 tag's "APETAGEX".

    Parameters
    ----------
    tail : bytes
        The last bytes of the file, 131 or more where it has them.
    strict : bool
        Whether what follows must be texts: for formats that seldom have such a tag, and whose sound may hold these
        letters by chance.
    """
    tag = tail[-SIZE:]
    if len(tail) < SIZE or tag[:3] != b"TAG" or tail[-SIZE - 3 :][:8] == b"APETAGEX":
        return False
    return not strict or not any(_CONTROL.search(tag[start : start + 30].partition(b"\0")[0]) for start in (3, 33, 63))


def parse(tail: bytes, *, strict: bool = False) -> Id3v1 | None:
    """Read the ID3v1 tag of a file that ends with these bytes, if it has one; see :func:`find`."""
    if not find(tail, strict=strict):
        return None
    tag = tail[-SIZE:]
    title, artist, album = (_text(tag[start : start + 30]) for start in (3, 33, 63))
    # Version 1.1 took the last two bytes of the comment for a zero and the track.
    numbered = tag[125] == 0 and tag[126] > 0
    track, comment = (str(tag[126]), tag[97:125]) if numbered else ("", tag[97:127])
    year = year_of(_text(tag[93:97]))
    return Id3v1(Names(title, artist, album, track, year, _text(comment)), genre_name(tag[127]))


def genre_name(number: int) -> str:
    """The genre that a number stands for; "" for 255 and all others that stand for none."""
    return GENRES[number] if 0 <= number < len(GENRES) else ""


def by_number(text: str) -> tuple[str, ...] | None:
    """Read the genre text of an ID3v2 tag that refers to numbers, as in "17", "(17)", "(4)Eurodisco" or "RX".

    Returns
    -------
    tuple of str or None
        The names, without numbers that stand for none; None if the text refers to no number.

    Examples
    --------
    >>> by_number("(4)(255)Eurodisco")
    ('Disco', 'Eurodisco')
    """
    if text in _WORDS:
        return (_WORDS[text],)
    if text.isascii() and text.isdigit():
        return tuple(filter(None, [genre_name(int(text))])) if len(text) <= 3 else None
    match = _REFERENCES.match(text)
    if match is None:
        return (text[1:],) if text.startswith("((") else None
    parts = [_WORDS.get(part) or genre_name(int(part)) for part in match[0][1:-1].split(")(")]
    rest = text[match.end() :]
    parts.append(rest[1:] if rest.startswith("((") else rest)
    return tuple(dict.fromkeys(part for part in parts if part))


def genre_number(genres: tuple[str, ...]) -> int:
    """The number of the first of these genres that ID3v1 has one for; 255 otherwise.

    Examples
    --------
    >>> genre_number(("Chillwave", "hip-hop"))
    7
    """
    return next((number for genre in genres if (number := _NUMBERS.get(genre.casefold())) is not None), NO_GENRE)


def _text(data: bytes) -> str:
    text = data.partition(b"\0")[0]
    try:
        return text.decode("utf-8").strip()  # many programs write that, against the letter of it
    except UnicodeDecodeError:
        return text.decode("latin-1").strip()
