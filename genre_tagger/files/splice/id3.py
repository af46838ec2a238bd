"""ID3v2.2, 2.3 and 2.4 tags byte by byte: parse one, and splice another genre into it.

Only the genre frame (``TCON``, in 2.2 ``TCO``) and the padding are ever written anew; every other frame is
copied as it stands, in its place. A tag that says nothing of the track yet also gets what the file's older tags say.
A tag that is not understood to its last byte has `problems` and is refused.

References
----------
id3.org: "ID3 tag version 2.2.0", "2.3.0", "2.4.0 - Main Structure" and "- Native Frames".
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from genre_tagger.base.errors import RefusedError
from genre_tagger.base.genre_words import genre_key, genre_keys
from genre_tagger.files import values
from genre_tagger.files.sniff import id3_size, syncsafe
from genre_tagger.files.splice import extended
from genre_tagger.files.values import NAMES, NATIVE, Details, Fields, Names, year_of

HEADER_BYTES = 10
FRESH_PADDING = 1024
"""Bytes of padding that a tag gets when it has to grow."""

_LARGEST = 1 << 28
_UNSYNCHRONISED, _EXTENDED, _EXPERIMENTAL, _FOOTER = 0x80, 0x40, 0x20, 0x10
_KNOWN_FLAGS = {
    2: _UNSYNCHRONISED,
    3: _UNSYNCHRONISED | _EXTENDED | _EXPERIMENTAL,
    4: _UNSYNCHRONISED | _EXTENDED | _EXPERIMENTAL,
}
_GENRE = {2: b"TCO", 3: b"TCON", 4: b"TCON"}
_NAMES = {version: tuple(name.encode() for name in NAMES[f"id3v2.{version}"]) for version in (2, 3, 4)}
_KIND = {2: "id3v2.2", 3: "id3v2", 4: "id3v2"}
_DETAILS = {kind: {name.split(":")[0].encode() for name in NATIVE[kind]} for kind in _KIND.values()}
_COMMENT = (b"COM", b"COMM")
_FREE = (b"TXX", b"TXXX")
_ENCRYPTED = {3: 0x40, 4: 0x04}
_COMPRESSED = {3: 0x80, 4: 0x08}
_LONGEST_TEXT = 1 << 20
_CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_STUFFED = re.compile(rb"\xff\x00")
_BADLY_STUFFED = re.compile(rb"\xff(?:[\xe0-\xff]|\Z)")
_NEEDS_STUFFING = re.compile(rb"\xff(?=[\x00\xe0-\xff]|\Z)")
_NAME = re.compile(rb"[A-Z][A-Z0-9]{2}[A-Z0-9 \0]?")  # iTunes has put names of 2.2 into 2.3: "TSA ", "TS2\0"
_LOOKS_NUMERIC = re.compile(r"\(\(|\((?:\d+|RX|CR)\)")


@dataclass(frozen=True, slots=True)
class Id3Style:
    """What the user may choose of ID3 tags.

    Attributes
    ----------
    version : {4, 3}
        Of a tag that is made anew: 2.4 or 2.3. A tag that is there keeps its version.
    separator : str
        Put between several genres where there is one text for all: in tags before 2.4, and in RIFF INFO.
    everywhere : bool
        Whether every tag of the file is to say it, also where the genre that is read is that already; a WAV file then
        gets both its tags, and the new one says what the other does.
    """

    version: int = 4
    separator: str = "; "
    everywhere: bool = False

    def __post_init__(self) -> None:
        """Refuse versions that are not written."""
        if self.version not in (3, 4):
            raise ValueError(f"New ID3 tags are of version 2.3 or 2.4, not 2.{self.version}.")


AS_USUAL = Id3Style()
"""Version 2.4."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its name, its flag bytes (none in 2.2), and all of its bytes as they stand in the file."""

    id: bytes
    flags: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Id3Tag:
    """An ID3v2 tag taken apart.

    Attributes
    ----------
    version : int
        2, 3 or 4 (or what else the header says; then it is a problem).
    flags : int
        The header's flag byte.
    size : int
        Length that the tag states, in bytes, with its header and footer.
    frames : tuple of Frame
        In order; empty when there are problems.
    padding : int
        Zero bytes after the last frame.
    plain_sizes : bool
        Whether this is a 2.4 tag with sizes of eight bits a byte, as some versions of iTunes wrote them.
    extended : bytes
        The extended header in front of the frames, if there is one.
    problems : tuple of str
        Sentences about what keeps the tag from being changed with proof; empty for a tag that is fine.
    """

    version: int
    flags: int
    size: int
    frames: tuple[Frame, ...] = ()
    padding: int = 0
    plain_sizes: bool = False
    extended: bytes = b""
    problems: tuple[str, ...] = ()

    @property
    def silent(self) -> bool:
        """Whether the tag has no genre, and names neither title nor artist nor album."""
        return not any(frame.id in _NAMES[self.version][:3] or _is_genre(self, frame) for frame in self.frames)


def parse(data: bytes) -> Id3Tag | None:
    """Take a tag apart.

    Parameters
    ----------
    data : bytes
        Begins with the tag; what follows it may be there, and is not looked at.

    Returns
    -------
    Id3Tag or None
        None if no ID3v2 tag begins here. Never raises: what is wrong is in `problems`.
    """
    size = id3_size(data[:HEADER_BYTES])
    if not size:
        return None
    version, flags = data[3], data[5]
    problems = _problems_of_header(data[:HEADER_BYTES])
    if len(data) < size:
        problems.append("The ID3 tag states a size beyond the end of the file.")
    if problems:
        return Id3Tag(version, flags, size, problems=tuple(problems))
    body = data[HEADER_BYTES:size]
    stuffed = version < 4 and bool(flags & _UNSYNCHRONISED)
    if stuffed and _BADLY_STUFFED.search(body):
        return Id3Tag(version, flags, size, problems=("The ID3 tag is damaged (unsynchronisation).",))
    if not (version > 2 and flags & _EXTENDED):
        return _parse_body(body, version, flags, stuffed)
    length = 0 if stuffed else extended.size(version, body)
    if not length:
        return Id3Tag(version, flags, size, problems=("The ID3 tag has an extended header that is not written.",))
    tag = replace(_parse_body(body[length:], version, flags, stuffed), size=size, extended=body[:length])
    if not extended.is_right(version, body[:length], body[length : len(body) - tag.padding], tag.padding):
        return replace(tag, problems=(*tag.problems, "The checksum of the ID3 tag is wrong."))
    return tag


def texts(tag: Id3Tag) -> tuple[tuple[str, ...] | None, ...]:
    """Read title, artist, album, track, year, (no comment,) and genre as they stand in a tag's frames.

    Numbers of genres are not resolved, and one text may name several.

    Returns
    -------
    tuple of (tuple of str or None)
        Also of frames that are grouped or compressed; None for one that is there and cannot be read.
    """
    found = named_texts(tag, (*_NAMES[tag.version][:5], _GENRE[tag.version]))
    genres = found[-1]
    if genres is None:
        return found
    there = genre_keys(genres)
    return *found[:-1], (*genres, *(text for text in free_genres(tag) if genre_key(text) not in there))


def genre_texts(tag: Id3Tag) -> tuple[str, ...] | None:
    """The texts of the genre frame alone, as they stand; empty without one, None where it cannot be read."""
    return named_texts(tag, (_GENRE[tag.version],))[0]


def free_genres(tag: Id3Tag) -> tuple[str, ...]:
    """The texts of the frames that programs name as they like, where the name is "genre"."""
    return tuple(
        text for frame in tag.frames if _is_free(tag, frame) for text in _split(_content(tag, frame) or b"")[1:]
    )


def named_texts(tag: Id3Tag, names: Sequence[bytes]) -> tuple[tuple[str, ...] | None, ...]:
    """The texts of the frames with these names; None for one that is there and cannot be read."""
    found = dict[bytes, tuple[str, ...] | None]()
    for frame in tag.frames:
        if frame.id in names:
            before, content = found.get(frame.id, ()), _content(tag, frame)
            if before is None or content is None or content[:1] > bytes([len(_CODECS) - 1]):
                found[frame.id] = None
            else:
                found[frame.id] = (*before, *_split(content))
    return tuple(found.get(name, ()) for name in names)


def fields(tag: Id3Tag) -> Fields:
    """Take the values from a tag's frames; what cannot be read says nothing."""
    title, artist, album, track, _, genre = (said or () for said in texts(tag))
    return title, artist, album, track[0] if track else None, genre, details(tag)


def _is_genre(tag: Id3Tag, frame: Frame) -> bool:
    return frame.id == _GENRE[tag.version] or _is_free(tag, frame)


def _is_free(tag: Id3Tag, frame: Frame) -> bool:
    """Whether a frame is one of those that programs may name as they like, and is named "genre"."""
    if frame.id not in _FREE or frame.flags.strip(b"\0"):
        return False
    parts = _split(_content(tag, frame) or b"")
    return len(parts) > 1 and parts[0].strip("\ufeff").casefold() == "genre"


def names(tag: Id3Tag) -> Names:
    """What the frames of a tag say that every kind of tag can say."""
    title, artist, album, track, year, _ = ("; ".join(values or ()).strip() for values in texts(tag))
    return Names(title, artist, album, track, year_of(year), _comment(tag))


def details(tag: Id3Tag) -> Details:
    """Read what the frames of a tag say of album and work."""
    kind = _KIND[tag.version]
    wanted = _DETAILS[kind]
    found = dict[str, list[str]]()
    for frame in tag.frames:
        if frame.id in wanted:
            name, parts = frame.id.decode(), _split(_content(tag, frame) or b"")
            if frame.id in _FREE and parts:
                name += ":" + parts.pop(0).strip("\ufeff").upper()
            found.setdefault(name, []).extend(parts)
    return values.details(kind, found.get)


def _comment(tag: Id3Tag) -> str:
    """The first comment that has no description; programs put numbers of their own into those that have one."""
    for frame in tag.frames:
        content = _content(tag, frame) if frame.id in _COMMENT else None
        if content and content[0] < len(_CODECS):
            text = content[4:].decode(_CODECS[content[0]], "replace")
            description, _, comment = text.partition("\0")
            if not description.strip("\ufeff"):
                return "; ".join(filter(None, comment.strip("\0\ufeff").split("\0"))).strip()
    return ""


def _split(content: bytes) -> list[str]:
    text = content[1:].decode(_CODECS[content[0]], "replace") if content and content[0] < len(_CODECS) else ""
    return [part for part in text.split("\0") if part.strip("\ufeff")]


def _content(tag: Id3Tag, frame: Frame) -> bytes | None:
    """What a frame holds behind its header, its group, and its length before it was compressed; None if encrypted."""
    raw = _STUFFED.sub(b"\xff", frame.raw) if tag.version < 4 and tag.flags & _UNSYNCHRONISED else frame.raw
    if tag.version == 2:
        return raw[6:]
    content, flags = raw[10:], frame.flags[1]
    if flags & _ENCRYPTED[tag.version]:
        return None
    if tag.version == 3:
        content = content[4 * bool(flags & 0x80) + bool(flags & 0x20) :]
    else:
        content = content[bool(flags & 0x40) + 4 * bool(flags & 0x01) :]
        if flags & 0x02 or tag.flags & _UNSYNCHRONISED:
            content = _STUFFED.sub(b"\xff", content)
    if not flags & _COMPRESSED[tag.version]:
        return content
    try:
        return zlib.decompressobj().decompress(content, _LONGEST_TEXT)
    except zlib.error:
        return None


def splice(
    path: str,
    data: bytes,
    genres: Sequence[str],
    style: Id3Style = AS_USUAL,
    names: Names | None = None,
    *,
    padded: bool = True,
) -> bytes:
    """Give a tag other genres.

    Parameters
    ----------
    path : str
        For messages.
    data : bytes
        The whole tag, or nothing for a new one.
    genres : sequence of str
        Without any, the genre frame is removed.
    style : Id3Style
        Version of a new tag, and what stands between several genres before 2.4.
    names : Names, optional
        What the other tags of the file say. A tag that is :attr:`Id3Tag.silent` gets it with its first genre.
    padded : bool
        Whether there may be zero bytes behind the last frame.

    Returns
    -------
    bytes
        The new tag; as long as the old one wherever its padding has room for the change.

    Raises
    ------
    RefusedError
        If the tag is not understood to its last byte, or the genre frame is encrypted or becomes too large.
    """
    if not data:
        content = b"".join(_told(style.version, genres, names)) + genre_frame(style.version, genres, style.separator)
        if not content:
            return b""
        padding = FRESH_PADDING * padded
        return _header(style.version, 0, 0, len(content) + padding) + content + bytes(padding)
    tag = parse(data)
    if tag is None or tag.problems or tag.size != len(data):
        raise RefusedError(path, tag.problems[0] if tag and tag.problems else "The ID3 tag is damaged.")
    there = {frame.id for frame in tag.frames}
    told = [frame for frame in _told(tag.version, genres, names) if frame[: len(_GENRE[tag.version])] not in there]
    frames = [*(told if tag.silent else ()), genre_frame(tag.version, genres, style.separator)]
    if tag.plain_sizes and any(len(frame) >= HEADER_BYTES + 0x80 for frame in frames):
        raise RefusedError(path, "The ID3 tag states its sizes in an unusual way; a genre this long cannot be written.")
    frames = [stuffed(tag, frame) for frame in frames]
    return rebuilt(path, data, tag, b"".join(_replaced(path, tag, b"".join(frames))), padded=padded)


def rebuilt(path: str, data: bytes, tag: Id3Tag, content: bytes, *, padded: bool = True) -> bytes:
    """Make a tag of the bytes of its frames, in the place of `data`; as long as that wherever there is room.

    Raises
    ------
    RefusedError
        If the tag would become too large.
    """
    padding = (len(data) - HEADER_BYTES - len(tag.extended) - len(content)) * padded
    if padding < 0:
        padding = FRESH_PADDING
    if len(tag.extended) + len(content) + padding >= _LARGEST:
        raise RefusedError(path, "The ID3 tag would become too large.")
    front = extended.renewed(tag.version, tag.extended, content, padding) if tag.extended else b""
    return _header(tag.version, data[4], tag.flags, len(front + content) + padding) + front + content + bytes(padding)


def stuffed(tag: Id3Tag, frame: bytes) -> bytes:
    """A frame as it stands in a tag: with its bytes kept from looking like sound, where the tag asks for that."""
    return _NEEDS_STUFFING.sub(b"\xff\x00", frame) if tag.version < 4 and tag.flags & _UNSYNCHRONISED else frame


def genre_frame(version: int, genres: Sequence[str], separator: str) -> bytes:
    """Make the genre frame: text, never numbers; empty without genres.

    2.4: one UTF-8 frame with the genres separated by NUL. Before: one text, Latin-1 if that can say it,
    else UTF-16 with a byte order mark.
    """
    if not genres:
        return b""
    texts = ["(" + genre if _LOOKS_NUMERIC.match(genre) else genre for genre in genres]
    return text_frame(version, _GENRE[version], ("\0" if version == 4 else separator).join(texts))


def _told(version: int, genres: Sequence[str], names: Names | None) -> list[bytes]:
    """Make the frames of what other tags say, for a tag that gets genres."""
    if names is None or not genres:
        return []
    pairs = zip(_NAMES[version], names.texts(), strict=True)
    return [text_frame(version, name, text) for name, text in pairs if text]


def text_frame(version: int, name: bytes, text: str) -> bytes:
    """Make a text frame, or a comment without a description, of a name of that version."""
    comment = name in _COMMENT
    if version == 4:
        content = b"\x03" + (b"eng\0" if comment else b"") + text.encode("utf-8")
        return name + _to_syncsafe(len(content)) + b"\0\0" + content
    try:
        content = b"\x00" + (b"eng\0" if comment else b"") + text.encode("latin-1")
    except UnicodeEncodeError:
        content = b"\x01" + (b"eng\xff\xfe\0\0" if comment else b"") + b"\xff\xfe" + text.encode("utf-16-le")
    if version == 3:
        return name + len(content).to_bytes(4, "big") + b"\0\0" + content
    return name + len(content).to_bytes(3, "big") + content


def _problems_of_header(head: bytes) -> list[str]:
    version, flags, problems = head[3], head[5], []
    if version not in _GENRE:
        return [f"ID3v2.{version} tags are not known."]
    if any(byte & 0x80 for byte in head[6:10]):
        problems.append("The header of the ID3 tag is damaged.")
    if version == 4 and flags & _FOOTER:
        problems.append("The ID3 tag has a footer, which is not written.")
    if flags & ~_KNOWN_FLAGS[version] and not problems:
        problems.append("The ID3 tag has flags that are not known.")
    return problems


def _parse_body(body: bytes, version: int, flags: int, stuffed: bool) -> Id3Tag:
    plain = _STUFFED.sub(b"\xff", body) if stuffed else body
    bounds = _walk(plain, version, plain_sizes=version < 4)
    plain_sizes = False
    if version == 4 and bounds is None:
        bounds, plain_sizes = _walk(plain, version, plain_sizes=True), True
    elif version == 4 and len(_walk(plain, version, plain_sizes=True) or ()) > len(bounds or ()):
        bounds = None  # the sizes can be read in two ways
    size = HEADER_BYTES + len(body)
    if bounds is None:
        return Id3Tag(version, flags, size, problems=("The ID3 tag is damaged or states a wrong size.",))
    if stuffed:
        # A stuffing byte belongs to the 0xFF before it, so bounds lie behind it.
        points = [match.start() + 1 - number for number, match in enumerate(_STUFFED.finditer(body))]
        bounds = [bound + bisect_right(points, bound) for bound in bounds]
    named = len(_GENRE[version])
    frames = []
    for start, end in pairwise(bounds):
        raw = body[start:end]
        frames.append(Frame(raw[:named], _STUFFED.sub(b"\xff", raw)[8:10] if version > 2 else b"", raw))
    return Id3Tag(version, flags, size, tuple(frames), len(body) - bounds[-1], plain_sizes)


def _walk(body: bytes, version: int, *, plain_sizes: bool) -> list[int] | None:
    """Where each frame begins and the last one ends; None where something is neither frame nor padding."""
    named = len(_GENRE[version])
    header = 6 if version == 2 else 10
    at, bounds = 0, [0]
    while at < len(body) and body[at]:
        sized = body[at + named : at + 2 * named]
        if at + header > len(body) or not _NAME.fullmatch(body[at : at + named]):
            return None
        if not plain_sizes and any(byte & 0x80 for byte in sized):
            return None
        at += header + (int.from_bytes(sized, "big") if plain_sizes else syncsafe(sized))
        if at > len(body):
            return None
        bounds.append(at)
    return None if body.count(0, at) < len(body) - at else bounds


def _replaced(path: str, tag: Id3Tag, frame: bytes) -> list[bytes]:
    """All frames with the genre in the place of the first genre there was, else at the end."""
    pieces, done = [], False
    for old in tag.frames:
        if not _is_genre(tag, old):
            pieces.append(old.raw)
            continue
        if tag.version > 2 and old.flags[1] & _ENCRYPTED[tag.version]:
            raise RefusedError(path, "The genre in the ID3 tag is encrypted.")
        if texts(tag)[-1] is None:
            raise RefusedError(path, "The file has a genre that cannot be read; it was left as it is.")
        if not done:
            pieces.append(frame)
            done = True
    return pieces if done else [*pieces, frame]


def _header(version: int, revision: int, flags: int, size: int) -> bytes:
    return bytes((*b"ID3", version, revision, flags)) + _to_syncsafe(size)


def _to_syncsafe(value: int) -> bytes:
    return bytes(value >> shift & 0x7F for shift in (21, 14, 7, 0))
