"""ID3v1: the 128 bytes at the very end of a file, and the numbers that it has for genres."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Id3v1:
    """What an ID3v1 tag says; `genre` is "" where its number names none."""

    title: str
    artist: str
    album: str
    track: int | None
    genre: str


def find(tail: bytes) -> bool:
    """Whether a file that ends with these bytes has an ID3v1 tag.

    "TAG" has to stand exactly 128 bytes before the end, and must not be a part of an APEv2 tag's "APETAGEX".

    Parameters
    ----------
    tail : bytes
        The last bytes of the file, 131 or more where it has them.
    """
    return tail[-SIZE:][:3] == b"TAG" and len(tail) >= SIZE and tail[-SIZE - 3 :][:8] != b"APETAGEX"


def parse(tail: bytes) -> Id3v1 | None:
    """Read the ID3v1 tag of a file that ends with these bytes, if it has one."""
    if not find(tail):
        return None
    tag = tail[-SIZE:]
    title, artist, album = (_text(tag[start : start + 30]) for start in (3, 33, 63))
    track = tag[126] if tag[125] == 0 and tag[126] else None
    number = tag[127]
    return Id3v1(title, artist, album, track, GENRES[number] if number < len(GENRES) else "")


def genre_number(genres: tuple[str, ...]) -> int:
    """The number of the first of these genres that ID3v1 has one for; 255 otherwise.

    Examples
    --------
    >>> genre_number(("Chillwave", "hip-hop"))
    7
    """
    return next((number for genre in genres if (number := _NUMBERS.get(genre.casefold())) is not None), NO_GENRE)


def _text(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("latin-1").strip()
