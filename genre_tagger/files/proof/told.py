"""What a file's older tags say, which its first tag of another kind says as well from its first genre on.

Most programs look at one kind of tag alone, so a new one that held nothing but the genre would hide title and artist.
The proof lets a tag without genre and names come to say what the older tags say: all of that, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from genre_tagger.files.proof.source import Proof
from genre_tagger.files.values import NAMES

Told = tuple[str, str, str, str, str, str]
"""Title, artist, album, track, year, comment; "" for what is not said."""

NOTHING: Told = ("", "", "", "", "", "")

CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_YEAR = 4
_Entry = TypeVar("_Entry")


def told(kind: str, texts: Mapping[str, str]) -> Told:
    """Pick what every kind of tag can say out of texts by name, lower case; `kind` is a row of ``NAMES``."""
    title, artist, album, track, year, comment = (texts.get(name.lower(), "").strip() for name in NAMES[kind])
    digits = year[:_YEAR]
    known = len(digits) == _YEAR and digits.isascii() and digits.isdigit()
    return title, artist, album, track, digits if known else "", comment


def either(first: Told, second: Told) -> Told:
    """The first, and the second where that says nothing."""
    title, artist, album, track, year, comment = (one or other for one, other in zip(first, second, strict=True))
    return title, artist, album, track, year, comment


def of_id3v1(tag: bytes) -> Told:
    """What the 128 bytes of an ID3v1 tag say."""
    version_1_1 = tag[125] == 0 and tag[126] != 0
    ends = {"title": (3, 33), "artist": (33, 63), "album": (63, 93), "date": (93, 97)}
    texts = {name: _old_text(tag[start:end]) for name, (start, end) in ends.items()}
    texts["comment"] = _old_text(tag[97 : 125 if version_1_1 else 127])
    texts["tracknumber"] = str(tag[126]) if version_1_1 else ""
    return told("comments", texts)


def _old_text(data: bytes) -> str:
    text = data.split(b"\0")[0]
    try:
        return text.decode().strip()
    except UnicodeDecodeError:
        return text.decode("latin-1").strip()


def frame_text(name: bytes, flags: bytes, content: bytes) -> str | None:
    """The text of an ID3v2 text frame, or of a comment without description; None of another or an unusual one."""
    if flags.strip(b"\0") or not content or content[0] >= len(CODECS):
        return None
    body = content[1:]
    if name in (b"COM", b"COMM"):
        body = body[3:]
    try:
        text = body.decode(CODECS[content[0]])
    except UnicodeDecodeError:
        return None
    if name in (b"COM", b"COMM"):
        description, _, text = text.partition("\0")
        if description.strip("\ufeff"):
            return None
    return text.strip("\0\ufeff")


def keep_told(
    proof: Proof,
    said: Told,
    names: Sequence[bytes],
    entries: Iterable[_Entry],
    *,
    name_of: Callable[[_Entry], bytes],
    text_of: Callable[[_Entry], str | None],
    has_genre: bool,
) -> list[_Entry]:
    """Add to what must survive whether a tag says what the older tags say; give back what else is in it.

    Parameters
    ----------
    proof : Proof
        Gets one fact, which is the same for a tag that is to say it with its first genre and one that does.
    said : Told
        What the older tags say.
    names : sequence of bytes
        How the tag names that, in the order of `said`.
    entries : iterable
        What is in the tag beside the genre; none if there is no tag.
    name_of, text_of : callable
        Give name and text of an entry.
    has_genre : bool
        Whether the tag has a genre.

    Returns
    -------
    list
        The entries that do not say it once more.
    """
    entries = list(entries)
    there = {name_of(entry) for entry in entries}
    owed = {name: text for name, text in zip(names, said, strict=True) if text}
    will_say = not has_genre and there.isdisjoint(names[:3])
    proof.keep("as the older tags", bytes([will_say or owed.keys() <= there]))
    return [entry for entry in entries if name_of(entry) not in owed or text_of(entry) != owed[name_of(entry)]]
