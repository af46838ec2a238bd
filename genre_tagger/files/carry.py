"""What a smaller copy takes over from its original: names, numbers, cover and loudness, from any kind of tag to three.

Beside `tags.py` the other importer of mutagen. It writes only into files that this program has just made.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import mutagen
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, COMM, ID3, TXXX, USLT, Frames
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm
from mutagen.oggopus import OggOpus

from genre_tagger.base.errors import TagError
from genre_tagger.files import tags

_FRONT = 3  # the type of a picture that is the front cover
_LARGEST = 16 << 20  # bytes; a larger picture is no cover
_ITUNES = "----:com.apple.iTunes:"
_GAINS = ("replaygain_track_gain", "replaygain_track_peak", "replaygain_album_gain", "replaygain_album_peak")
_NOT_WRITTEN = "The tags of this file could not be given to its smaller copy."

# What mutagen lets through at broken tags.
_BROKEN = (mutagen.MutagenError, struct.error, ValueError, TypeError, LookupError, AttributeError, EOFError)


class _Places(NamedTuple):
    """Where each kind of tag keeps a field."""

    comments: str
    id3: str
    mp4: str
    ape: str


_FIELDS: Mapping[str, _Places] = {
    "title": _Places("title", "TIT2", "\xa9nam", "Title"),
    "artist": _Places("artist", "TPE1", "\xa9ART", "Artist"),
    "album": _Places("album", "TALB", "\xa9alb", "Album"),
    "albumartist": _Places("albumartist", "TPE2", "aART", "Album Artist"),
    "track": _Places("tracknumber", "TRCK", "trkn", "Track"),
    "disc": _Places("discnumber", "TPOS", "disk", "Disc"),
    "date": _Places("date", "TDRC", "\xa9day", "Year"),
    "composer": _Places("composer", "TCOM", "\xa9wrt", "Composer"),
    "comment": _Places("comment", "COMM", "\xa9cmt", "Comment"),
    "lyrics": _Places("lyrics", "USLT", "\xa9lyr", "Lyrics"),
    "compilation": _Places("compilation", "TCMP", "cpil", "Compilation"),
    "artistsort": _Places("artistsort", "TSOP", "soar", "ArtistSort"),
    "albumartistsort": _Places("albumartistsort", "TSO2", "soaa", "AlbumArtistSort"),
    "albumsort": _Places("albumsort", "TSOA", "soal", "AlbumSort"),
    **{name: _Places(name, f"TXXX:{name}", _ITUNES + name, name) for name in _GAINS},
}
_NUMBERS = {"track": "tracktotal|totaltracks", "disc": "disctotal|totaldiscs"}


@dataclass
class _Carried:
    """Values by field, each in at least one text, and the cover."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    cover: Picture | None = None

    def put(self, name: str, values: Sequence[object]) -> None:
        texts = [text for text in (str(value).strip().replace("\0", " ") for value in values) if text]
        if texts:
            self.texts.setdefault(name, texts)


def carry(source: str, made: str, *, id3_version: int = 4) -> None:
    """Give a file that was just made what the tags of its original say, but for the genre.

    Parameters
    ----------
    source : str
        The original; it is only read.
    made : str
        An MP3, M4A or Opus file without tags.
    id3_version : int
        4 or 3, that of the tag of an MP3 file.

    Raises
    ------
    TagError
        If one cannot be read or the other not be written.
    """
    try:
        carried = _read(source)
        kind = made.rpartition(".")[2].lower()
        if kind == "mp3":
            _write_id3(made, carried, id3_version)
        elif kind == "opus":
            _write_opus(made, carried)
        else:
            _write_mp4(made, carried)
    except _BROKEN as error:
        raise TagError(source, _NOT_WRITTEN) from error


def to_id3v23(path: str) -> None:
    """Turn the ID3 tag of an MP3 file into version 2.3, which old players read; one without a tag stays so.

    Raises
    ------
    TagError
        If that is impossible.
    """
    try:
        tag = ID3(path)
        if tag.version[:2] != (2, 3):
            tag.update_to_v23()
            tag.save(path, v1=1, v2_version=3, v23_sep="; ")
    except mutagen.id3.ID3NoHeaderError:
        return
    except _BROKEN as error:
        raise TagError(path, "The tag of this file cannot be turned into ID3v2.3.") from error


# --- reading -------------------------------------------------------------------------------------------------


def _read(source: str) -> _Carried:
    carried = _Carried()
    with suppress(mutagen.MutagenError):
        opened = mutagen.File(source)
        tag = opened.tags if opened is not None else None
        if isinstance(tag, ID3):
            _from_id3(tag, carried)
        elif isinstance(opened, MP4) and tag is not None:
            _from_mp4(tag, carried)
        elif isinstance(tag, APEv2):
            _from_ape(tag, carried)
        elif tag is not None:
            _from_comments(opened, tag, carried)
    # What lies elsewhere, such as in a WAV file's INFO, is read as everywhere else in this program.
    said = tags.read_tags(source)
    for name, value in (("title", said.title), ("artist", said.artist), ("album", said.album)):
        carried.put(name, [value])
    carried.put("track", [said.track_number or ""])
    return carried


def _from_comments(opened: Any, tag: Any, carried: _Carried) -> None:
    for name, places in _FIELDS.items():
        carried.put(name, tag.get(places.comments) or [])
    for name, totals in _NUMBERS.items():
        total = next((tag[each][0] for each in totals.split("|") if each in tag), "")
        if total and name in carried.texts and "/" not in carried.texts[name][0]:
            carried.texts[name] = [f"{carried.texts[name][0]}/{total}"]
    pictures = list(opened.pictures) if isinstance(opened, FLAC) else []
    for text in tag.get("metadata_block_picture") or []:
        with suppress(ValueError, mutagen.MutagenError, struct.error):
            pictures.append(Picture(base64.b64decode(text)))
    carried.cover = _front(pictures)


def _from_id3(tag: ID3, carried: _Carried) -> None:
    for name, places in _FIELDS.items():
        if name in _GAINS:
            frames = [frame for frame in tag.getall("TXXX") if frame.desc.lower() == name]
        else:
            frames = tag.getall(places.id3)
        if frames:
            text = frames[0].text
            carried.put(name, [text] if isinstance(text, str) else text)
    carried.cover = _front([_picture(frame.data, frame.mime, frame.type) for frame in tag.getall("APIC")])


def _from_mp4(tag: Any, carried: _Carried) -> None:
    by_case = {key.lower(): key for key in tag}
    for name, places in _FIELDS.items():
        values = tag.get(by_case.get(places.mp4.lower(), places.mp4))
        if name in _NUMBERS:
            carried.put(name, [f"{number}/{total}" if total else number for number, total in values or [] if number])
        elif name == "compilation":
            carried.put(name, ["1"] if values else [])
        else:
            carried.put(name, [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values or []])
    covers = tag.get("covr") or []
    kinds = {MP4Cover.FORMAT_PNG: "image/png"}
    carried.cover = _front([_picture(bytes(c), kinds.get(c.imageformat, "image/jpeg"), _FRONT) for c in covers])


def _from_ape(tag: APEv2, carried: _Carried) -> None:
    for name, places in _FIELDS.items():
        if places.ape in tag and tag[places.ape].kind == mutagen.apev2.TEXT:
            carried.put(name, list(tag[places.ape]))
    if "Cover Art (Front)" in tag:
        data = tag["Cover Art (Front)"].value.partition(b"\0")[2]
        mime = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
        carried.cover = _front([_picture(data, mime, _FRONT)])


def _picture(data: bytes, mime: str, kind: int) -> Picture:
    picture = Picture()
    picture.data, picture.mime, picture.type = data, mime, kind
    return picture


def _front(pictures: Sequence[Picture]) -> Picture | None:
    """The front cover, or what is most likely to be it."""
    usable = [picture for picture in pictures if 0 < len(picture.data) <= _LARGEST and picture.mime != "-->"]
    return next((picture for picture in usable if picture.type == _FRONT), usable[0] if usable else None)


# --- writing -------------------------------------------------------------------------------------------------


def _write_id3(made: str, carried: _Carried, version: int) -> None:
    tag = ID3()
    for name, texts in carried.texts.items():
        place = _FIELDS[name].id3
        if name in _GAINS:
            tag.add(TXXX(encoding=3, desc=name, text=texts))
        elif place in ("COMM", "USLT"):
            made_of = COMM if place == "COMM" else USLT
            tag.add(made_of(encoding=3, lang="XXX", desc="", text="\n".join(texts)))
        else:
            tag.add(Frames[place](encoding=3, text=texts))
    if (cover := carried.cover) is not None:
        tag.add(APIC(encoding=0, mime=cover.mime, type=_FRONT, desc="", data=cover.data))
    if version == 3:
        tag.update_to_v23()
    tag.save(made, v1=0, v2_version=version, v23_sep="; ")


def _write_opus(made: str, carried: _Carried) -> None:
    file = OggOpus(made)
    for name, texts in carried.texts.items():
        if name not in _GAINS:
            file.tags[_FIELDS[name].comments] = texts
    # RFC 7845 has gains of its own: Q7.8 numbers, to 5 LU less than those of ReplayGain.
    for name, place in (("replaygain_track_gain", "R128_TRACK_GAIN"), ("replaygain_album_gain", "R128_ALBUM_GAIN")):
        with suppress(LookupError, ValueError):
            gain = float(carried.texts[name][0].lower().removesuffix("db").strip())
            file.tags[place] = str(round(max(-128.0, min(gain - 5, 127.99)) * 256))
    if (cover := carried.cover) is not None:
        cover.type = _FRONT
        file.tags["metadata_block_picture"] = base64.b64encode(cover.write()).decode("ascii")
    file.save()


def _write_mp4(made: str, carried: _Carried) -> None:
    file = MP4(made)
    if file.tags is None:
        file.add_tags()
    for name, texts in carried.texts.items():
        place = _FIELDS[name].mp4
        if name in _NUMBERS:
            numbers = [int(part) if part.strip().isdecimal() else 0 for part in f"{texts[0]}/".split("/")[:2]]
            file.tags[place] = [tuple(min(number, 65_535) for number in numbers)]
        elif name == "compilation":
            file.tags[place] = texts[0] not in ("", "0")
        elif name in _GAINS:
            file.tags[place] = [MP4FreeForm(text.encode()) for text in texts]
        else:
            file.tags[place] = texts
    if (cover := carried.cover) is not None:
        kind = MP4Cover.FORMAT_PNG if cover.mime == "image/png" else MP4Cover.FORMAT_JPEG
        file.tags["covr"] = [MP4Cover(cover.data, kind)]
    file.save()
