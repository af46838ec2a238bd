"""Tags of audio files: read all of them, write genres; the only importer of mutagen.

A genre lies in another field of each container; one table says where. Where a splice of our own can write it
(ID3, RIFF, APEv2, see :mod:`genre_tagger.files.splice.splice`) that does, elsewhere mutagen.
"""

from __future__ import annotations

import errno
import io
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TypeVar, cast

from mutagen import MutagenError
from mutagen.aac import AACInfo
from mutagen.asf import ASF
from mutagen.id3 import ID3
from mutagen.monkeysaudio import MonkeysAudio
from mutagen.mp3 import MPEGInfo
from mutagen.mp4 import MP4
from mutagen.musepack import Musepack
from mutagen.optimfrog import OptimFROG
from mutagen.tak import TAK
from mutagen.trueaudio import TrueAudioInfo
from mutagen.wavpack import WavPack

from genre_tagger.base.errors import RefusedError, TagError
from genre_tagger.files import values
from genre_tagger.files.beside import Fallback, Found, from_front, from_list, from_tail, id3_at, named, with_listed
from genre_tagger.files.glance.glance import glance
from genre_tagger.files.glance.head import SEPARATORS
from genre_tagger.files.proof.survey import require_provable
from genre_tagger.files.sniff import (
    EXTENSIONS,
    HEAD_BYTES,
    Behind,
    check_packets,
    extension,
    is_silent,
    recognise,
    sniff,
)
from genre_tagger.files.splice import fields, id3, ilst, riff, splice
from genre_tagger.files.splice.id3 import AS_USUAL, Id3Style
from genre_tagger.files.splice.rewrite import Edit, apply
from genre_tagger.files.values import NOTHING, Fields, Tags
from genre_tagger.files.verbatim import (
    Flac,
    OggFlac,
    Opus,
    Speex,
    Vorbis,
    Writer,
    holds,
    in_comments,
    read_field,
    write_asf,
    write_field,
    write_flac,
    write_mp4,
)

AUDIO_EXTENSIONS = frozenset(EXTENSIONS)
"""Extensions of audio files, lower case, without the dot."""

# What mutagen lets through on broken files, found by trying.
_BROKEN = (
    MutagenError, OSError, struct.error, EOFError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError,
    AssertionError, MemoryError, RecursionError, NotImplementedError,
)  # fmt: skip

_ROOM = 64  # bytes that a genre of usual length takes in MP4
_LARGEST_HEADER = 1 << 20
_DSF = struct.Struct("<20xQ28xI4xQ")  # where the tag is, samples a second, samples
_T = TypeVar("_T")
_CODECS = {"mp4a": "AAC", "alac": "ALAC", "flac": "FLAC", "opus": "Opus", "ac-3": "AC-3", "ec-3": "E-AC-3"}
_ANY = ("Genre",)  # stands for the genre that is not known yet when a file is looked at
_NO_FIELDS = "Files of this format have no field for this."
_OF_THIS_FORMAT = "Genres cannot be written into files of this format."
_VIDEO = "This is a video without sound."


def read_tags(path: str, file: BinaryIO | None = None) -> Tags:
    """Read the tags of an audio file, and find out whether a genre could be written into it.

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
    return _opened(path, file, lambda own: glance(path, own) or _looked_through(path, own))


def _looked_through(path: str, file: BinaryIO) -> Tags:
    return replace(_read(path, file, (";",)), refusal=_refusal(path, file, quick=True))


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
    separator = id3_separator.strip() or ";"

    def look(file: BinaryIO) -> Tags:
        usual = glance(path, file) if separator in SEPARATORS else None
        return usual or _read(path, file, (";", separator))

    return _opened(path, None, look).genres


def refusal(path: str, *, quick: bool = False) -> str:
    """Say why no genre can be written into a file, or nothing: for a dry run, and before each write.

    Parameters
    ----------
    path : str
        The file; all that writing would prove is looked at, but its sound is not read.
    quick : bool
        Whether to leave out what takes long in some formats, as :func:`read_tags` does.

    Returns
    -------
    str
        A sentence; empty if a genre can be written, as far as that is known before it is.

    Raises
    ------
    TagError
        If the file cannot be read.
    """

    def look(file: BinaryIO) -> str:
        return "" if quick and glance(path, file) else _refusal(path, file, quick=quick)

    return _opened(path, None, look)


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
    if any(not genre or genre != values.clean(genre) for genre in wanted):
        raise TagError(path, "A genre is empty, or has characters in it that cannot be stored in tags.")
    with _in_words(path, "written"), open(path, "r+b") as file:
        key, _ = recognise(path, file)
        writer = _CONTAINERS[key].writer if key is not None else None
        if writer is None:
            raise TagError(path, _OF_THIS_FORMAT)
        writer(path, file, wanted, style)
    if read_genres(path, id3_separator=style.separator) != wanted:
        raise TagError(path, "This genre cannot be stored in this file: it would be read back as something else.")


def read_words(path: str, field: str) -> tuple[str, ...]:
    """Read a field beside the genre, one of :data:`genre_tagger.files.values.FIELDS`.

    Raises
    ------
    TagError
        If the file cannot be read, or is of a format without the field.
    """

    def look(file: BinaryIO) -> tuple[str, ...]:
        key, begin = recognise(path, file)
        if key in fields.SPLICED:
            return fields.read(path, file, key, field)
        if key is None or not holds(key):
            raise RefusedError(path, _NO_FIELDS)
        return read_field(cast(BinaryIO, Behind(file, begin)) if begin else file, key, field)

    with _in_words(path, "read"):
        return _opened(path, None, look)


def field_refusal(path: str, field: str) -> str:
    """Say why a file, once it has a genre, cannot get words for a field beside it; "" if it can, as far as is known."""

    def look(file: BinaryIO) -> str:
        key, _ = recognise(path, file)
        if key in fields.SPLICED:
            return fields.lacking(path, file, key, field)
        return "" if key is not None and holds(key) else _NO_FIELDS

    try:
        return _opened(path, None, look)
    except TagError as error:
        return error.reason


def write_words(path: str, field: str, words: Sequence[str], style: Id3Style = AS_USUAL) -> None:
    """Write words into a field beside the genre of a private copy; the rest is as for :func:`write_genres`.

    Raises
    ------
    TagError
        If the file cannot be written with confidence, or does not give back what was written.
    """
    wanted = tuple(words)
    if any(not word or word != values.clean(word) for word in wanted):
        raise TagError(path, "A word is empty, or has characters in it that cannot be stored in tags.")
    with _in_words(path, "written"), open(path, "r+b") as file:
        key, _ = recognise(path, file)
        if key in fields.SPLICED:
            apply(file, fields.edits(path, file, key, field, wanted, style))
        elif key is not None and holds(key):
            write_field(path, file, key, field, wanted)
        else:
            raise TagError(path, _NO_FIELDS)
    if style.separator.join(read_words(path, field)) != style.separator.join(wanted):
        raise TagError(path, "This cannot be stored in this file: it would be read back as something else.")


@contextmanager
def _in_words(path: str, done: str) -> Iterator[None]:
    """Say in a sentence what keeps tags from being read or written."""
    try:
        yield
    except RefusedError as error:
        raise TagError(path, error.reason) from error
    except _BROKEN as error:
        reason = _system(error) or f"The tags of this file cannot be {done}; it may be damaged."
        raise TagError(path, reason) from error


def _opened(path: str, file: BinaryIO | None, look: Callable[[BinaryIO], _T]) -> _T:
    try:
        if file is not None:
            return look(file)
        with open(path, "rb") as own:
            return look(own)
    except OSError as error:
        raise TagError(path, _system(error) or "The file cannot be read.") from error


def _refusal(path: str, file: BinaryIO, *, quick: bool) -> str:
    file.seek(0)
    key, begin = recognise(path, file)
    container = _CONTAINERS[key] if key is not None else None
    if container is None or container.writer is None:
        return _OF_THIS_FORMAT
    if begin and key != "flac":
        return "The file begins with an ID3 tag, which does not belong there; a genre would be seen by nobody."
    try:
        if container.plan is not None:
            container.plan(path, file, _ANY, AS_USUAL)
        fixed = require_provable(path, file, quick=quick)
        if key == "mp4":
            return _refusal_of_mp4(ilst.read(file), fixed=fixed)
    except RefusedError as error:
        return error.reason
    return ""


def _refusal_of_mp4(found: ilst.Mp4Genres, *, fixed: bool) -> str:
    if found.elsewhere:
        return "The file has its genre in a place that is not written; it was left as it is."
    if fixed and found.room < _ROOM:
        return "This file is in fragments and has no room for a genre; its sound would have to move."
    return ""


def _read(path: str, file: BinaryIO, separators: Sequence[str]) -> Tags:
    file.seek(0)
    key, begin = recognise(path, file)
    if key is None:
        raise _unknown(path, file)
    container = _CONTAINERS[key]
    view = cast(BinaryIO, Behind(file, begin)) if begin else file
    view.seek(0)
    try:
        tags = container.reader(view).tags(container.name, separators)
    except _SilentError as error:
        raise TagError(path, _VIDEO) from error
    except _BROKEN as error:
        file.seek(0)
        if sniff(file.read(HEAD_BYTES), path) is None:
            raise _unknown(path, file) from error
        raise TagError(path, _system(error) or f"This {container.name} file is damaged.") from error
    for fallback in container.fallbacks:
        if not tags.is_complete:
            tags = values.filled(tags, *fallback(path, file, separators))
    return tags


def _unknown(path: str, file: BinaryIO) -> TagError:
    file.seek(0)
    head = file.read(_LARGEST_HEADER)
    if not head:
        return TagError(path, "The file is empty.")
    if is_silent(head):
        return TagError(path, _VIDEO)
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


# Readers: what the tags of each container say where its own kind of tag is.


_Reader = Callable[[BinaryIO], Found]


class _SilentError(Exception):
    """There is a picture, and no sound."""


def _by(reader: Callable[..., Any], fields: Callable[[Any], Fields]) -> _Reader:
    """Make a reader of one of mutagen's."""

    def read(file: BinaryIO) -> Found:
        loaded = reader(file)
        return Found(fields(loaded.tags) if loaded.tags is not None else NOTHING, float(loaded.info.length or 0.0))

    return read


def _behind_id3(info: Callable[[BinaryIO, int], Any]) -> _Reader:
    """Make a reader of files that begin with an ID3v2 tag; `info` reads what follows it."""

    def read(file: BinaryIO) -> Found:
        raw = id3_at(file, 0)
        fields, version = _id3_values(raw)
        file.seek(0)
        return Found(fields, float(info(file, len(raw)).length or 0.0), version)

    return read


def _dsf(file: BinaryIO) -> Found:
    pointer, rate, samples = _DSF.unpack(file.read(_DSF.size))
    fields, version = _id3_values(id3_at(file, pointer)) if pointer else (NOTHING, None)
    return Found(fields, samples / rate if rate else 0.0, version)


def _chunks(file: BinaryIO) -> Found:
    form = riff.look(file)
    if form is None or not form.named(b"fmt ", b"COMM"):
        raise ValueError("no description of the sound")
    tags = form.named(b"id3 ", b"ID3 ")
    fields, version = _id3_values(riff.content(file, tags[0])) if tags else (NOTHING, None)
    title, artist, album, track, genre, details = fields
    listed = from_list("", file, (";",))[1] if genre else ()
    fields = (title, artist, album, track, with_listed(genre, listed), details)
    return Found(fields, riff.length(file, form), version)


def _mp4(file: BinaryIO) -> Found:
    seen = ilst.read(file)
    if seen.tracks and not seen.sound:
        raise _SilentError
    file.seek(0)
    loaded = MP4(file)
    fields = values.mp4_fields(loaded.tags) if loaded.tags is not None else NOTHING
    title, artist, album, track, _, details = fields
    name = _CODECS.get(str(loaded.info.codec).partition(".")[0].lower(), "MP4")
    return Found((title, artist, album, track, seen.genres, details), float(loaded.info.length or 0.0), name=name)


def _asf(file: BinaryIO) -> Found:
    if is_silent(file.read(_LARGEST_HEADER)):
        raise _SilentError
    file.seek(0)
    loaded = ASF(file)
    title, artist, album, track, genre, details = values.asf_fields(loaded.tags)
    ids = named(values.genres_of([str(value) for value in loaded.tags.get("WM/GenreID", ())]))
    fields = (title, artist, album, track, with_listed(genre, ids), details)
    return Found(fields, float(loaded.info.length or 0.0))


def _musepack(file: BinaryIO) -> Musepack:
    # WORKAROUND: mutagen 1.48.1 goes round for ever where a packet's size leads back to itself.
    check_packets(file)
    return Musepack(file)


def _id3_values(raw: bytes) -> tuple[Fields, int | None]:
    """Values and version of an ID3v2 tag; where ours does not understand it to its last byte, as mutagen reads it."""
    tag = id3.parse(raw)
    if tag is not None and not tag.problems:
        return id3.fields(tag), tag.version
    with suppress(*_BROKEN):
        loaded = ID3(io.BytesIO(raw), load_v1=False, translate=False)
        return values.id3_fields(loaded), loaded.version[1]
    return NOTHING, None


_Plan = Callable[[str, BinaryIO, tuple[str, ...], Id3Style], list[Edit]]


def _edited(plan: _Plan) -> Writer:
    """Make the writer that carries out what a splice of our own plans."""

    def write(path: str, file: BinaryIO, genres: tuple[str, ...], style: Id3Style) -> None:
        apply(file, plan(path, file, genres, style))
        file.flush()

    return write


@dataclass(frozen=True, slots=True)
class _Container:
    """One container.

    Its name for people, who reads it, who writes its genres, where else its tags may be, and what plans a write without
    doing it.
    """

    name: str
    reader: _Reader
    writer: Writer | None
    fallbacks: tuple[Fallback, ...] = ()
    plan: _Plan | None = None


def _spliced(name: str, reader: _Reader, plan: _Plan, *fallbacks: Fallback) -> _Container:
    return _Container(name, reader, _edited(plan), fallbacks, plan)


def _ogg(name: str, reader: Callable[..., Any]) -> _Container:
    return _Container(name, _by(reader, values.comment_fields), in_comments(reader), _AROUND)


_AROUND = (from_front, from_tail)

_CONTAINERS = {
    "mp3": _spliced("MP3", _behind_id3(MPEGInfo), splice.front_edits, *_AROUND),
    "tta": _spliced("TTA", _behind_id3(TrueAudioInfo), splice.front_edits, *_AROUND),
    "aac": _Container("AAC", _behind_id3(lambda file, start: AACInfo(file)), None, _AROUND),
    "dsf": _spliced("DSF", _dsf, splice.dsf_edits),
    "wav": _spliced("WAV", _chunks, riff.edits, from_list),
    "aiff": _spliced("AIFF", _chunks, riff.edits, from_list),
    "flac": _Container("FLAC", _by(Flac, values.comment_fields), write_flac, _AROUND, splice.plan_beside_flac),
    "oggflac": _ogg("FLAC", OggFlac),
    "vorbis": _ogg("Vorbis", Vorbis),
    "opus": _ogg("Opus", Opus),
    "speex": _ogg("Speex", Speex),
    "mp4": _Container("MP4", _mp4, write_mp4),
    "asf": _Container("WMA", _asf, write_asf),
    "wavpack": _spliced("WavPack", _by(WavPack, values.ape_fields), splice.end_edits, *_AROUND),
    "ape": _spliced("Monkey's Audio", _by(MonkeysAudio, values.ape_fields), splice.end_edits, *_AROUND),
    "musepack": _spliced("Musepack", _by(_musepack, values.ape_fields), splice.end_edits, *_AROUND),
    "optimfrog": _spliced("OptimFROG", _by(OptimFROG, values.ape_fields), splice.end_edits, *_AROUND),
    "tak": _spliced("TAK", _by(TAK, values.ape_fields), splice.end_edits, *_AROUND),
}
