"""The players whose reading of genres is known: which places of each format they look at, and what they take there.

References
----------
Each player names its own in `source`. "Reported" is what people saw, "assumed" what a device of this kind does as far
as its specification says; the others were read in the player's own source or documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from genre_tagger.files.genre_places import Kind


class Take(Enum):
    """What is taken of several values."""

    FIRST = "first"
    LAST = "last"
    JOINED = "joined"
    FIRST_OF_LAST = "first of the last place"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one player reads the genre of one format.

    Attributes
    ----------
    kinds : tuple of Kind
        The places that are looked at, the one that goes first in front; none if the format is played and its tags are
        not read.
    take : Take
    together : bool
        Whether these places count as one, in the order of the file; else the first that says anything counts.
    hides : bool
        Whether a tag without a genre hides those behind it.
    numbers : bool
        Whether numbers stay numbers, as in "17"; else they get their names.
    versions : tuple of int
        Versions of ID3v2 that are read.
    """

    kinds: tuple[Kind, ...]
    take: Take = Take.FIRST
    together: bool = False
    hides: bool = False
    numbers: bool = False
    versions: tuple[int, ...] = (2, 3, 4)


@dataclass(frozen=True, slots=True)
class Player:
    """A player: its name, how it reads each container that it plays, and where that is known from.

    `sure` is false where it is reported or assumed.
    """

    key: str
    name: str
    source: str
    sure: bool
    readings: Mapping[str, Reading] = field(repr=False)


_ID3 = (Kind.ID3V2, Kind.ID3V1)
_APE = (Kind.APEV2, Kind.ID3V1)
_MP4 = (Kind.MP4, Kind.MP4_NUMBER)
_COMMENTS = Reading((Kind.COMMENTS,))
_LAST_COMMENT = Reading((Kind.COMMENTS,), Take.LAST)
_NOTHING = Reading(())

PLAYERS: tuple[Player, ...] = (
    Player(
        "android", "Android’s media store",
        "AOSP: MediaProvider ModernMediaScanner (one text a file); libstagefright id3/ID3.cpp (a text ends at the "
        "first NUL), MetaDataUtils.cpp (each GENRE comment replaces the one before), MPEG4Extractor.cpp (the last item "
        "counts, gnre as a number less one)",
        True,
        {
            "mp3": Reading(_ID3, hides=True, numbers=True),
            "mp4": Reading(_MP4, Take.LAST, together=True, numbers=True),
            "flac": _LAST_COMMENT, "vorbis": _LAST_COMMENT, "opus": _LAST_COMMENT, "wav": _NOTHING, "aac": _NOTHING,
        },
    ),
    Player(
        "apple", "iTunes and Apple Music",
        "mutagen-specs, “MP4” (iTunes 11.4: the first value of the last ©gen); ID3 as reported in many trackers "
        "(only the first of several values)",
        False,
        {
            "mp3": Reading(_ID3), "aac": Reading(_ID3), "aiff": Reading((Kind.ID3V2,)), "wav": Reading((Kind.ID3V2,)),
            "mp4": Reading(_MP4, Take.FIRST_OF_LAST),
        },
    ),
    Player(
        "explorer", "Windows Explorer",
        "Microsoft, System.Music.Genre (one genre of MP3, several of WMA); mutagen#559 and #207 (of WAV the INFO list "
        "alone); MP4 and FLAC as reported",
        False,
        {
            "mp3": Reading(_ID3), "mp4": Reading(_MP4), "asf": Reading((Kind.ASF,), Take.JOINED),
            "flac": Reading((Kind.COMMENTS,), Take.JOINED), "wav": Reading((Kind.INFO,)),
        },
    ),
    Player(
        "rhythmbox", "Rhythmbox",
        "Rhythmbox, metadata/rb-metadata-gst.c (the first value of GStreamer’s genre); GStreamer, id3demux, qtdemux, "
        "vorbistag, apedemux; INFO before ID3 in WAV is assumed",
        True,
        {
            "mp3": Reading(_ID3), "tta": Reading((Kind.ID3V2, *_APE)), "mp4": Reading(_MP4),
            "asf": Reading((Kind.ASF,)),
            **dict.fromkeys(("flac", "oggflac", "vorbis", "opus", "speex"), _COMMENTS),
            **dict.fromkeys(("wavpack", "ape", "musepack"), Reading(_APE)),
            "wav": Reading((Kind.INFO, Kind.ID3V2)), "aiff": Reading((Kind.ID3V2,)), "dsf": _NOTHING,
        },
    ),
    Player(
        "car", "Car radio (ID3v2.3 only)",
        "id3.org, “ID3 tag version 2.3.0” (a reader of version 3 need not read version 4) and ID3v1; assumed of "
        "devices that play MP3 alone",
        False,
        {"mp3": Reading(_ID3, versions=(2, 3))},
    ),
    Player(
        "vorbis", "Player of Vorbis comments only",
        "xiph.org, “Ogg Vorbis I format specification: comment field”; that it shows the first value is assumed",
        False,
        dict.fromkeys(("flac", "oggflac", "vorbis", "opus", "speex"), _COMMENTS),
    ),
)  # fmt: skip
"""All of them, in the order in which they are shown."""
