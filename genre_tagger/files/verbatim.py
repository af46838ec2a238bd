"""Genres in Vorbis comments, in items of MP4 and in attributes of WMA; every other entry stays as it is, byte for byte.

mutagen lays these files out, but writes down anew all that it has read: text that is none in UTF-8, an entry without a
name, a picture with a file name beside it would come out as something else. So the entries go around it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from mutagen._vorbis import VCommentDict
from mutagen.asf import ASF
from mutagen.flac import FLAC, VCFLACDict
from mutagen.mp4 import MP4, MP4FreeForm, MP4Tags
from mutagen.oggflac import OggFLAC, OggFLACVComment
from mutagen.oggopus import OggOpus, OggOpusVComment
from mutagen.oggspeex import OggSpeex, OggSpeexVComment
from mutagen.oggvorbis import OggVCommentDict, OggVorbis

from genre_tagger.base.errors import RefusedError
from genre_tagger.files.splice import id3, id3v1, splice
from genre_tagger.files.splice.id3 import Id3Style
from genre_tagger.files.splice.rewrite import apply
from genre_tagger.files.values import FIELDS, NAMES

Writer = Callable[[str, BinaryIO, tuple[str, ...], Id3Style], None]
"""Takes the path (for messages), the open file, the genres, and how ID3 tags are made."""


class _Comment(tuple[str, str]):
    """Key and value of a comment as people read them, and its bytes."""

    raw: bytes

    @classmethod
    def of(cls, raw: bytes) -> _Comment:
        key, equals, value = _decoded(raw).partition("=")
        comment = cls((key, value) if equals else ("", key))
        comment.raw = raw
        return comment


def _decoded(raw: bytes) -> str:
    """Text that should be UTF-8; programs of old wrote what their system had."""
    for codec in ("utf-8", "cp1252"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


class _Comments(VCommentDict):
    """Vorbis comments whose bytes are kept."""

    _vendor: bytes | None = None

    def load(self, fileobj: BinaryIO, errors: str = "replace", framing: bool = True) -> None:
        """Read them, as far as they are there; the proof refuses those that are cut off."""
        self._vendor = fileobj.read(_number(fileobj))
        self.vendor = _decoded(self._vendor)
        for _ in range(_number(fileobj)):
            self.append(_Comment.of(fileobj.read(_number(fileobj))))
        if framing and not (fileobj.read(1) or b"\0")[0] & 1:
            raise ValueError("the comments do not end where they should")

    def write(self, framing: bool = True) -> bytes:
        """Write them down as they were read."""
        written = io.BytesIO()
        raw = [getattr(pair, "raw", None) or "=".join(pair).encode() for pair in self]
        vendor = self.vendor.encode() if self._vendor is None else self._vendor
        written.write(len(vendor).to_bytes(4, "little") + vendor + len(raw).to_bytes(4, "little"))
        for comment in raw:
            written.write(len(comment).to_bytes(4, "little") + comment)
        return written.getvalue() + b"\1" * framing


def _number(file: BinaryIO) -> int:
    number = file.read(4)
    if len(number) < 4:
        raise ValueError("the comments are cut off")
    return int.from_bytes(number, "little")


class _FlacComments(VCFLACDict, _Comments):
    pass


class _VorbisComments(OggVCommentDict, _Comments):
    pass


class _OpusComments(OggOpusVComment, _Comments):
    pass


class _SpeexComments(OggSpeexVComment, _Comments):
    pass


class _OggFlacComments(OggFLACVComment, _Comments):
    pass


class Flac(FLAC):
    """FLAC."""

    METADATA_BLOCKS = [_FlacComments if kind is VCFLACDict else kind for kind in FLAC.METADATA_BLOCKS]  # noqa: RUF012


class Vorbis(OggVorbis):
    """Vorbis in Ogg."""

    _Tags = _VorbisComments


class Opus(OggOpus):
    """Opus in Ogg."""

    _Tags = _OpusComments


class Speex(OggSpeex):
    """Speex in Ogg."""

    _Tags = _SpeexComments


class OggFlac(OggFLAC):
    """FLAC in Ogg."""

    _Tags = _OggFlacComments


def in_comments(reader: Callable[..., Any]) -> Writer:
    """Make the writer of ``GENRE`` in Vorbis comments, once for each genre, in the place of the first there was."""

    def write(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
        loaded = _loaded(reader, file)
        _set_comments(loaded.tags, genres)
        _save(loaded, file)

    return write


def _set_comments(tags: Any, genres: Sequence[str], key: str = "GENRE") -> None:
    comments = list[tuple[str, str]]()
    rest: list[str] | None = list(genres)
    for comment in tags:
        if comment[0].upper() != key:
            comments.append(comment)
        elif rest is not None:
            comments += [(comment[0], genre) for genre in rest]
            rest = None
    tags[:] = comments + [(key, genre) for genre in rest or ()]


def write_flac(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
    """Write a FLAC file: its comments, or its ID3 tag where that is all it has; other tags with a genre follow."""
    loaded = _loaded(Flac, file)
    beside = splice.beside_flac(path, file, empty=not loaded.tags)
    keys = {key.upper() for key, _ in loaded.tags}
    if not beside.alone or "GENRE" in keys:
        if genres and keys.isdisjoint(("GENRE", *NAMES["comments"][:3])):
            pairs = zip(NAMES["comments"], beside.names.texts(), strict=True)
            loaded.tags += [(key, text) for key, text in pairs if text and key not in keys]
        _set_comments(loaded.tags, genres)
        _save(loaded, file)
    apply(file, splice.flac_edits(path, file, genres, style, front=beside.alone))
    file.flush()


class _Items(MP4Tags):
    """Items of MP4 of which all but the genres go back as they came: mutagen does that with those it cannot read."""

    _failed_atoms: dict[str, list[bytes]]

    def load(self, atoms: Any, fileobj: BinaryIO) -> None:
        """Read the genres, and keep the bytes of all others."""
        super().load(atoms, fileobj)
        read = {key: value for key, value in self.items() if key == "\xa9gen" or _is_free_genre(key)}
        self.clear()
        self.update(read)
        unread = self._failed_atoms
        self._failed_atoms = {}
        for atom in atoms.path(b"moov", b"udta", b"meta", b"ilst")[-1].children:
            key, data = atom.name.decode("latin-1"), atom.read(fileobj)[1]
            is_genre = atom.name in (b"\xa9gen", b"gnre") or (atom.name == b"----" and _names_genre(data))
            if not is_genre or data in unread.get(key, ()):
                self._failed_atoms.setdefault(key, []).append(data)


def _is_free_genre(key: str) -> bool:
    return key.startswith("----:") and key.rpartition(":")[2].lower() == "genre"


def _names_genre(content: bytes) -> bool:
    """Whether a free item is named "genre"."""
    return any(name == b"name" and data[4:].lower() == b"genre" for name, data in _boxes(content))


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(content):
        size = max(int.from_bytes(content[at : at + 4], "big"), 8)
        yield content[at + 4 : at + 8], content[at + 8 : at + size]
        at += size


class Mp4(MP4):
    """MP4."""

    MP4Tags = _Items


class _OneItem(MP4Tags):
    """Items of MP4 of which all go back as they came, but for those of one place."""

    place = ""
    _failed_atoms: dict[str, list[bytes]]

    def load(self, atoms: Any, fileobj: BinaryIO) -> None:
        """Keep the bytes of all others."""
        super().load(atoms, fileobj)
        self.clear()
        self._failed_atoms = {}
        for atom in atoms.path(b"moov", b"udta", b"meta", b"ilst")[-1].children:
            data = atom.read(fileobj)[1]
            if not self._is_there(atom.name, data):
                self._failed_atoms.setdefault(atom.name.decode("latin-1"), []).append(data)

    def _is_there(self, name: bytes, content: bytes) -> bool:
        if name != b"----":
            return name == self.place.encode("latin-1")
        wanted = self.place.rpartition(":")[2].lower().encode()
        named = any(box == b"name" and data[4:].lower() == wanted for box, data in _boxes(content))
        return self.place.startswith("----") and named


def write_mp4(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
    """Write ``©gen``; a free item of this name, which some programs prefer, follows where it is there."""
    loaded = _loaded(Mp4, file)
    free = [key for key in loaded.tags if _is_free_genre(key)]
    for key in ("\xa9gen", *free):
        loaded.tags.pop(key, None)
        if genres:
            loaded.tags[key] = [MP4FreeForm(genre.encode()) for genre in genres] if key in free else list(genres)
    _save(loaded, file)


def write_asf(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
    """Write ``WM/Genre``; ``WM/GenreID`` follows where it is there, as a number or a name, as it was."""
    loaded = _loaded(ASF, file)
    ids = [_id_like(str(old), genres) for old in loaded.tags.get("WM/GenreID", ())[:1]]
    for name, texts in (("WM/Genre", genres), ("WM/GenreID", tuple(filter(None, ids)))):
        if name in loaded.tags:
            del loaded.tags[name]
        if texts:
            loaded.tags[name] = list(texts)
    _save(loaded, file)


def _id_like(old: str, genres: Sequence[str]) -> str:
    """The first genre in the manner of an old ``WM/GenreID``: a number, one in brackets, or a name; "" for none."""
    digits = old.strip("()")
    if not digits.isdecimal():
        return genres[0] if genres else ""
    number = id3v1.genre_number(tuple(genres[:1]))
    return "" if number == id3v1.NO_GENRE else old.replace(digits, str(number))


_READERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "flac": ("comments", Flac), "oggflac": ("comments", OggFlac), "vorbis": ("comments", Vorbis),
    "opus": ("comments", Opus), "speex": ("comments", Speex), "mp4": ("mp4", MP4), "asf": ("asf", ASF),
}  # fmt: skip


def holds(container: str | None) -> bool:
    """Whether the fields of a container beside the genre are read and written here."""
    return container in _READERS


def read_field(file: BinaryIO, container: str, field: str) -> tuple[str, ...]:
    """Read the words of a field, one of :data:`genre_tagger.files.values.FIELDS`, as they stand."""
    kind, reader = _READERS[container]
    file.seek(0)
    tags = reader(file).tags
    found = [] if tags is None else tags.get(FIELDS[field][kind]) or []
    return tuple(bytes(word).decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in found)


def write_field(path: str, file: BinaryIO, container: str, field: str, words: Sequence[str]) -> None:
    """Write words into a field in the place of those that it has; without any, the field is removed.

    Raises
    ------
    RefusedError
        If the file has no tag yet: one that held nothing else would hide what older tags say.
    """
    kind, reader = _READERS[container]
    place = FIELDS[field][kind]
    if kind == "mp4":
        reader = type("Mp4", (MP4,), {"MP4Tags": type("Items", (_OneItem,), {"place": place})})
    loaded = _loaded(reader, file)
    if kind == "comments":
        if not loaded.tags:
            raise RefusedError(path, "The file has no tag with a field for this; give it a genre first.")
        _set_comments(loaded.tags, words, place)
    else:
        if place in loaded.tags:
            del loaded.tags[place]
        if words:
            free = place.startswith("----")
            loaded.tags[place] = [MP4FreeForm(word.encode()) for word in words] if free else list(words)
    _save(loaded, file)


def _loaded(reader: Callable[..., Any], file: BinaryIO) -> Any:
    file.seek(0)
    loaded = reader(file)
    if loaded.tags is None:
        loaded.add_tags()
    return loaded


def _save(loaded: Any, file: BinaryIO) -> None:
    file.seek(0)
    loaded.save(file, padding=_padding)


def _padding(info: Any) -> int:
    """Keep the size of the tag where its padding (in bytes, negative when too little) allows that."""
    return info.padding if info.padding >= 0 else id3.FRESH_PADDING
