"""Playlists as files: M3U8 written so that phones read it; M3U, M3U8, PLS and XSPF read, whoever wrote them.

Every line of an M3U that does not begin with ``#`` is a path to Android, which knows neither a byte order mark nor
percent signs; others want the first line to be ``#EXTM3U``. What is written here is read by all of them.
"""

from __future__ import annotations

import configparser
import os
import posixpath
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from genre_tagger.base.errors import FileError, FileFailure
from genre_tagger.files.scan import PLAYLISTS
from genre_tagger.files.sniff import extension
from genre_tagger.sorting.playlists.drive_root import root_of

EXTENSION = ".m3u8"
_LARGEST = 16 << 20  # bytes; a longer one is no list of music
_XSPF = "{http://xspf.org/ns/0/}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a playlist.

    Attributes
    ----------
    path : str
        The file, relative to the playlist's folder or from the root of its drive, with ``/`` between its parts.
    length : float
        Seconds; 0.0 if it is not known.
    artist, title : str
        Either may be empty.
    """

    path: str
    length: float = 0.0
    artist: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist that was read.

    Attributes
    ----------
    name : str
        As it calls itself, or as its file is called.
    files : tuple of str
        The files it names, absolute, in its order; they need not be there.
    told : tuple of FileFailure
        What it names that is not among them, and why; stage ``"playlist"``.
    """

    name: str
    files: tuple[str, ...]
    told: tuple[FileFailure, ...]


def m3u8(name: str, entries: Iterable[Entry]) -> bytes:
    """Write a playlist.

    Parameters
    ----------
    name : str
        What it is called.
    entries : iterable of Entry
        Those for which :func:`unwritable` knows no reason.

    Returns
    -------
    bytes
        UTF-8 without a byte order mark.

    Raises
    ------
    ValueError
        If an entry cannot stand in a playlist.
    """
    lines = ["#EXTM3U", f"#PLAYLIST:{_one_line(name)}"]
    for entry in entries:
        if reason := unwritable(entry.path):
            raise ValueError(reason)
        seconds = round(entry.length) if entry.length > 0 else -1
        title = entry.title or posixpath.splitext(posixpath.basename(entry.path))[0]  # as players show such a file
        said = " - ".join(text for text in (_one_line(entry.artist), _one_line(title)) if text)
        lines += [f"#EXTINF:{seconds},{said}", _marked(entry.path)]
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def unwritable(path: str) -> str:
    """Say in a sentence why a path cannot stand in a playlist; "" where it can."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "The file's name is not valid text (UTF-8), so no playlist can name it. Please rename the file."
    if len(path.splitlines()) != 1 or "\0" in path or path != path.rstrip():
        return "The file's name has a line break in it or ends with a space, so no playlist can name it."
    if "\\" in path:
        return "There is a backslash in the file's path, which phones take for the end of a folder's name."
    return ""


def _marked(path: str) -> str:
    """Put ``./`` before what would be taken for a remark, an address or a drive, or lose its first space."""
    first = path.partition("/")[0]
    return f"./{path}" if path[0] in "#~" or path[0].isspace() or ":" in first or path[0] == "\ufeff" else path


def _one_line(text: str) -> str:
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


# --- reading -------------------------------------------------------------------------------------------


def read(path: str, within: Sequence[str]) -> Playlist:
    """Read a playlist of any known kind.

    Parameters
    ----------
    path : str
        The file; its extension says the kind.
    within : sequence of str
        The folders in which music may lie. What leads anywhere else is told, not followed.

    Raises
    ------
    FileError
        If it cannot be read as a whole.
    """
    kind = extension(path)
    if kind not in PLAYLISTS:
        raise FileError(path, "This is not a playlist of a known kind (M3U, M3U8, PLS, XSPF).")
    data = contents(path)
    if kind == "xspf":
        name, named = _xspf(path, data)
    else:
        lines = _lines(data)
        name, named = _pls(path, lines) if kind == "pls" else _m3u(lines)
    files: list[str] = []
    told: list[FileFailure] = []
    folder = os.path.dirname(os.path.abspath(path))
    roots = [os.path.realpath(root) for root in within]
    for entry in named:
        resolved = _resolved(folder, entry)
        if resolved is None:
            told.append(FileFailure(entry, "playlist", "This is an address on a network, not a file."))
        elif not any(_lies_in(resolved, root) for root in roots):
            told.append(FileFailure(entry, "playlist", "This leads out of your music folders; it was passed over."))
        else:
            files.append(resolved)
    return Playlist(name or os.path.splitext(os.path.basename(path))[0], tuple(files), tuple(told))


def contents(path: str) -> bytes:
    """Read a list as a whole.

    Raises
    ------
    FileError
        If it cannot be read, or is too large for a list.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise FileError(path, f"The playlist cannot be read: {error.strerror or error}.") from error
    if len(data) > _LARGEST:
        raise FileError(path, "This is too large for a playlist.")
    return data


def _lines(data: bytes) -> list[str]:
    """Cut into lines, in whatever the playlist is written; paths in UTF-8 come back byte for byte."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    return [line.strip(" \t") for line in text.replace("\r", "\n").split("\n") if line.strip()]


def _m3u(lines: Sequence[str]) -> tuple[str, list[str]]:
    names = [line.partition(":")[2].strip() for line in lines if line.upper().startswith("#PLAYLIST:")]
    return names[0] if names else "", [line for line in lines if not line.startswith("#")]


def _pls(path: str, lines: Sequence[str]) -> tuple[str, list[str]]:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=(";", "#"))
    try:
        parser.read_string("\n".join(lines))
        section = next((name for name in parser.sections() if name.lower() == "playlist"), None)
        found = dict(parser.items(section)) if section is not None else {}
    except configparser.Error as error:
        raise FileError(path, "This PLS playlist is damaged.") from error
    numbers = {int(key[4:]): value for key, value in found.items() if key.startswith("file") and key[4:].isdecimal()}
    return found.get("x-gnome-title", ""), [numbers[number] for number in sorted(numbers) if numbers[number]]


def _xspf(path: str, data: bytes) -> tuple[str, list[str]]:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # could be made to fill all memory
        raise FileError(path, "This XSPF playlist defines words of its own, which playlists do not need.")
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise FileError(path, "This XSPF playlist is damaged.") from error
    locations = [track.findtext(f"{_XSPF}location") or "" for track in root.iter(f"{_XSPF}track")]
    return (root.findtext(f"{_XSPF}title") or "").strip(), [
        _unquoted(text.strip()) for text in locations if text.strip()
    ]


def _unquoted(location: str) -> str:
    """An XSPF names files by addresses; one that has no scheme is a path all the same, with percent signs."""
    scheme = urllib.parse.urlsplit(location).scheme if "://" in location else ""
    return location if scheme else os.fsdecode(urllib.parse.unquote_to_bytes(location))


def _resolved(folder: str, entry: str) -> str | None:
    """Find the file that an entry means; None for an address on a network."""
    if "://" in entry:
        scheme, _, rest = entry.partition("://")
        if scheme.lower() != "file":
            return None
        host, _, below = rest.partition("/")
        if host not in ("", "localhost"):
            return None
        entry = os.fsdecode(urllib.parse.unquote_to_bytes("/" + below))
    return first_reading(folder, entry, os.path.lexists)


def first_reading(folder: str, entry: str, known: Callable[[str], bool]) -> str:
    """Find the file that an entry means in a folder: the first of its readings that is known, else the first of all.

    A path with ``/`` before it is one from the root of the folder's drive where it is none of this computer.
    """
    texts = list(spellings(entry))
    paths = [os.path.normpath(os.path.join(folder, text)) for text in texts]
    for path in paths:
        if known(path):
            return path
    for text in texts:
        if text.startswith(("/", "\\")):
            path = os.path.normpath(os.path.join(root_of(folder), text.lstrip("/\\")))
            if known(path):
                return path
    return paths[0]


def spellings(entry: str) -> Iterator[str]:
    """Yield the readings of an entry: as it stands; as Windows writes it; and in the old alphabet of western Europe."""
    entry = entry.replace("\0", "")
    texts = [entry]
    data = os.fsencode(entry)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        texts.append(data.decode("cp1252", "replace"))
    for text in texts:
        yield text
        if "\\" in text:
            yield text.replace("\\", "/")


def _lies_in(path: str, root: str) -> bool:
    """Whether a path, with its links followed, is or lies below a folder."""
    real = os.path.realpath(path)
    return real == root or real.startswith(os.path.join(root, ""))
