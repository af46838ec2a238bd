"""Tags of audio files: read all of them, write genres; the only importer of mutagen.

A genre lies in another field of each container; one table says where. Where a splice of our own can write it
(ID3, RIFF, APEv2, see :mod:`genre_tagger.files.splice.splice`) that does, elsewhere mutagen.
"""

from __future__ import annotations

import errno
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from mutagen import MutagenError
from mutagen.aac import AAC
from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2
from mutagen.asf import ASF
from mutagen.dsf import DSF
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.monkeysaudio import MonkeysAudio
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.musepack import Musepack
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis
from mutagen.optimfrog import OptimFROG
from mutagen.tak import TAK
from mutagen.trueaudio import TrueAudio
from mutagen.wave import WAVE
from mutagen.wavpack import WavPack

from genre_tagger.base.errors import RefusedError, TagError
from genre_tagger.files.sniff import EXTENSIONS, HEAD_BYTES, check_packets, extension, recognise, sniff
from genre_tagger.files.splice import id3v1, riff, splice
from genre_tagger.files.splice.id3 import AS_USUAL, FRESH_PADDING, Id3Style
from genre_tagger.files.values import (
    Fields,
    Tags,
    ape_fields,
    asf_fields,
    clean,
    comment_fields,
    filled,
    genres_of,
    id3_fields,
    join,
    mp4_fields,
    number,
)

Writer = Callable[[str, BinaryIO, tuple[str, ...], Id3Style], None]
"""Takes the path (for messages), the open private copy, the genres, and how ID3 tags are made."""


def comment_writer(reader: Callable[..., Any]) -> Writer:
    """Make the writer of ``GENRE`` in Vorbis comments, once for each genre, in the place of the first there was."""

    def write(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
        loaded = _loaded(reader, file)
        comments = list[tuple[str, str]]()
        left: list[str] | None = list(genres)
        for key, value in loaded.tags:
            if key.upper() != "GENRE":
                comments.append((key, value))
            elif left is not None:
                comments += [(key, genre) for genre in left]
                left = None
        loaded.tags[:] = comments + [("GENRE", genre) for genre in left or ()]
        _save(loaded, file)

    return write


def item_writer(reader: Callable[..., Any], name: str) -> Writer:
    """Make the writer of one named item that takes a list of values (MP4, ASF)."""

    def write(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
        loaded = _loaded(reader, file)
        if genres:
            loaded.tags[name] = list(genres)
        elif name in loaded.tags:
            del loaded.tags[name]
        _save(loaded, file)

    return write


def write_front(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
    """Write MP3 and TTA (see :func:`genre_tagger.files.splice.splice.write_front`)."""
    splice.write_front(path, file, genres, style)


def write_end(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
    """Write files that end with an APEv2 tag (see :func:`genre_tagger.files.splice.splice.write_end`)."""
    splice.write_end(path, file, genres)


def write_dsf(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
    """Write DSF (see :func:`genre_tagger.files.splice.splice.write_dsf`)."""
    splice.write_dsf(path, file, genres, style)


def write_riff(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
    """Write WAV and AIFF (see :func:`genre_tagger.files.splice.riff.write_genres`)."""
    riff.write_genres(path, file, genres, style)


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
    return info.padding if info.padding >= 0 else FRESH_PADDING


__all__ = ["AUDIO_EXTENSIONS", "Tags", "read_genres", "read_tags", "sniff", "write_genres"]

AUDIO_EXTENSIONS = frozenset(EXTENSIONS)
"""Extensions of audio files, lower case, without the dot."""

# What mutagen lets through on broken files, found by trying.
_BROKEN = (
    MutagenError, OSError, struct.error, EOFError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError,
    AssertionError, MemoryError, RecursionError, NotImplementedError,
)  # fmt: skip

_TAIL = 160  # an ID3v1 tag, and the foot of an APEv2 tag before it
_LONGEST = 10.0 * 366 * 24 * 3600  # seconds; more is a lie
_CODECS = {"mp4a": "AAC", "alac": "ALAC", "flac": "FLAC", "opus": "Opus", "ac-3": "AC-3", "ec-3": "E-AC-3"}


def read_tags(path: str, file: BinaryIO | None = None) -> Tags:
    """Read the tags of an audio file.

    Parameters
    ----------
    path : str
        The file.
    file : BinaryIO, optional
        The same file, open for reading and at its start.

    Raises
    ------
    TagError
        If it is no audio file that is known here, is damaged, or cannot be read.
    """
    return _opened(path, file, (";",))


def read_genres(path: str, *, id3_separator: str = "; ") -> tuple[str, ...]:
    """Read only the genres of a file.

    Parameters
    ----------
    path : str
        The file.
    id3_separator : str
        What may stand between several genres in one text (ID3 before 2.4, RIFF INFO), beside a semicolon.

    Raises
    ------
    TagError
        As :func:`read_tags` does.
    """
    return _opened(path, None, (";", id3_separator.strip() or ";")).genres


def write_genres(path: str, genres: Sequence[str], style: Id3Style = AS_USUAL) -> None:
    """Write genres into a private copy of a file, in place; nothing else in it is meant to change.

    Parameters
    ----------
    path : str
        The copy. After an error it is of no use any more.
    genres : sequence of str
        Without any, the genre is removed.
    style : Id3Style
        Version of a new ID3 tag, and what stands between several genres where there is one text for all.

    Raises
    ------
    TagError
        If the file cannot be written with confidence, or does not give back what was written.
    """
    wanted = tuple(genres)
    if any(not genre or genre != clean(genre) for genre in wanted):
        raise TagError(path, "A genre is empty, or has characters in it that cannot be stored in tags.")
    try:
        with open(path, "r+b") as file:
            key = recognise(path, file)
            writer = _CONTAINERS[key].writer if key is not None else None
            if writer is None:
                raise TagError(path, "Genres cannot be written into files of this format.")
            writer(path, file, wanted, style)
    except RefusedError as error:
        raise TagError(path, error.reason) from error
    except _BROKEN as error:
        reason = _system(error) or "The tags of this file cannot be written; it may be damaged."
        raise TagError(path, reason) from error
    if read_genres(path, id3_separator=style.separator) != wanted:
        raise TagError(path, "This genre cannot be stored in this file: it would be read back as something else.")


def _opened(path: str, file: BinaryIO | None, separators: Sequence[str]) -> Tags:
    try:
        if file is not None:
            return _read(path, file, separators)
        with open(path, "rb") as own:
            return _read(path, own, separators)
    except OSError as error:
        raise TagError(path, _system(error) or "The file cannot be read.") from error


def _read(path: str, file: BinaryIO, separators: Sequence[str]) -> Tags:
    key = recognise(path, file)
    if key is None:
        raise _unknown(path, file)
    container = _CONTAINERS[key]
    file.seek(0)
    try:
        loaded = container.reader(file, **container.options)
        values = container.fields(loaded.tags) if loaded.tags is not None else None
        title, artist, album, track, genre = values or ((), (), (), None, ())
        # Before 2.4 an ID3 frame has one text for all genres.
        joined = container.fields is id3_fields and values is not None and loaded.tags.version < (2, 4)
        genres = genres_of(genre, separators if joined else ())
        name = container.name if container.name != "MP4" else _codec(loaded)
        tags = Tags(join(title), join(artist), join(album), number(track), genres, _length(loaded), name)
    except _BROKEN as error:
        file.seek(0)
        if sniff(file.read(HEAD_BYTES), path) is None:
            raise _unknown(path, file) from error
        reason = _system(error) or f"This {container.name} file is damaged{_detail(error)}."
        raise TagError(path, reason) from error
    if container.fallback is not None and not (tags.title and tags.artist and tags.album and tags.genres):
        return container.fallback(path, file, tags, separators)
    return tags


def _length(loaded: Any) -> float:
    length = float(loaded.info.length or 0.0)
    return length if math.isfinite(length) and 0.0 <= length <= _LONGEST else 0.0


def _codec(loaded: Any) -> str:
    return _CODECS.get(str(loaded.info.codec).partition(".")[0].lower(), "MP4")


def _unknown(path: str, file: BinaryIO) -> TagError:
    if file.seek(0, 2) == 0:
        return TagError(path, "The file is empty.")
    claimed = EXTENSIONS.get(extension(path))
    if claimed is None:
        return TagError(path, "This is not an audio file of a known format.")
    return TagError(path, f"This is not the {_CONTAINERS[claimed].name} file that its name says, or it is damaged.")


def _system(error: BaseException | None) -> str:
    """What the system says, if it is at the bottom of this."""
    while error is not None:
        # EINVAL comes of seeking by a wrong length, not from the drive.
        if isinstance(error, OSError) and error.strerror and error.errno != errno.EINVAL:
            return f"The system reported “{error.strerror}” for this file."
        error = error.__cause__ or error.__context__
    return ""


def _detail(error: BaseException) -> str:
    """What mutagen says, if it fits into a sentence."""
    text = clean(str(error)).rstrip(".")
    return f" ({text})" if 0 < len(text) <= 80 and "<" not in text else ""


# Fallbacks: what another tag of the same file says where the first one says nothing.


def _from_tail(path: str, file: BinaryIO, tags: Tags, separators: Sequence[str]) -> Tags:
    """APEv2 and ID3v1 at the end of a file; raw AAC has all of its tags from here."""
    file.seek(max(file.seek(0, 2) - _TAIL, 0))
    tail = file.read(_TAIL)
    if tags.format == "AAC":
        tags = _filled_by(file, tags, ID3, id3_fields, load_v1=False)
    if b"APETAGEX" in tail:
        tags = _filled_by(file, tags, APEv2, ape_fields)
    if (old := id3v1.parse(tail)) is not None:
        tags = filled(tags, old.title, old.artist, old.album, old.track, (old.genre,) if old.genre else ())
    return tags


def _from_info(path: str, file: BinaryIO, tags: Tags, separators: Sequence[str]) -> Tags:
    """INFO list of a WAV file."""
    texts = riff.info_texts(path, file)
    title, artist, album, genre = (texts.get(name, "") for name in ("INAM", "IART", "IPRD", "IGNR"))
    return filled(tags, title, artist, album, texts.get("ITRK"), genres_of([genre], separators))


def _filled_by(
    file: BinaryIO, tags: Tags, reader: Callable[..., Any], fields: Callable[[Any], Fields], **options: bool
) -> Tags:
    file.seek(0)
    with suppress(*_BROKEN):
        title, artist, album, track, genre = fields(reader(file, **options))
        return filled(tags, join(title), join(artist), join(album), track, genres_of(genre))
    return tags


_Fallback = Callable[[str, BinaryIO, Tags, Sequence[str]], Tags]


@dataclass(frozen=True, slots=True)
class _Container:
    """One container: its name for people, who reads it, where its values are, and who writes its genres."""

    name: str
    reader: Callable[..., Any]
    fields: Callable[[Any], Fields]
    writer: Writer | None
    fallback: _Fallback | None = None
    options: Mapping[str, bool] = field(default_factory=dict)


def _musepack(file: BinaryIO) -> Musepack:
    # WORKAROUND: mutagen 1.48.1 goes round for ever where a packet's size leads back to itself.
    check_packets(file)
    return Musepack(file)


_OWN_V1 = {"load_v1": False}  # mutagen takes "TAG" for ID3v1 at 124 to 128 bytes before the end

_CONTAINERS = {
    "mp3": _Container("MP3", MP3, id3_fields, write_front, _from_tail, _OWN_V1),
    "tta": _Container("TTA", TrueAudio, id3_fields, write_front, _from_tail, _OWN_V1),
    "aac": _Container("AAC", AAC, id3_fields, None, _from_tail),
    "dsf": _Container("DSF", DSF, id3_fields, write_dsf, None, _OWN_V1),
    "wav": _Container("WAV", WAVE, id3_fields, write_riff, _from_info, _OWN_V1),
    "aiff": _Container("AIFF", AIFF, id3_fields, write_riff, None, _OWN_V1),
    "flac": _Container("FLAC", FLAC, comment_fields, comment_writer(FLAC)),
    "oggflac": _Container("FLAC", OggFLAC, comment_fields, comment_writer(OggFLAC)),
    "vorbis": _Container("Vorbis", OggVorbis, comment_fields, comment_writer(OggVorbis)),
    "opus": _Container("Opus", OggOpus, comment_fields, comment_writer(OggOpus)),
    "speex": _Container("Speex", OggSpeex, comment_fields, comment_writer(OggSpeex)),
    "mp4": _Container("MP4", MP4, mp4_fields, item_writer(MP4, "\xa9gen")),
    "asf": _Container("WMA", ASF, asf_fields, item_writer(ASF, "WM/Genre")),
    "wavpack": _Container("WavPack", WavPack, ape_fields, write_end),
    "ape": _Container("Monkey's Audio", MonkeysAudio, ape_fields, write_end),
    "musepack": _Container("Musepack", _musepack, ape_fields, write_end),
    "optimfrog": _Container("OptimFROG", OptimFROG, ape_fields, write_end),
    "tak": _Container("TAK", TAK, ape_fields, write_end),
}
