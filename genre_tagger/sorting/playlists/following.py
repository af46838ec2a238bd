"""Playlists and cue sheets that follow files which moved: only what names these is changed, all else byte for byte.

Every kind of list is cut into the spans of bytes that name files, and what is between them stays as it is.
"""

from __future__ import annotations

import contextlib
import html
import os
import re
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from genre_tagger.base.errors import FileError
from genre_tagger.files.scan import PLAYLISTS
from genre_tagger.files.sniff import extension
from genre_tagger.sorting.playlists.drive_root import named
from genre_tagger.sorting.playlists.files import contents, first_reading

LISTS = PLAYLISTS | {"cue"}
"""Extensions, without the dot, of what names files and follows them."""

_LINE = re.compile(rb"[^\r\n]+")
_PLS = re.compile(rb"(?i)^([ \t]*file\d+[ \t]*=[ \t]*)([^\r\n]*)", re.MULTILINE)
_CUE = re.compile(rb'(?i)^([ \t]*FILE[ \t]+)(?:"([^"\r\n]*)"|([^\s"]+))(?=[ \t]+\w+[ \t]*\r?$)', re.MULTILINE)
_XSPF = re.compile(rb"(<(?:\w+:)?location\b[^>]*>\s*)([^<]*?)(?=\s*</)")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a list names a file: its bytes from `start` to `end`, and what they say as a path or an address."""

    start: int
    end: int
    text: str
    encode: Callable[[str], bytes]


def references(path: str, data: bytes) -> list[Reference]:
    """Find where a list names files.

    Parameters
    ----------
    path : str
        The list; its extension says the kind.
    data : bytes
        Its content; not UTF-16, see :func:`followed`.
    """
    kind = extension(path)
    if kind == "xspf":
        return [_reference(match, 2, _unescaped, _escaped) for match in _XSPF.finditer(data) if match[2]]
    spans = {"pls": _PLS, "cue": _CUE}.get(kind)
    if spans is None:
        return list(_of_m3u(data))
    return [
        _reference(match, group, _decoded, _encoder(match[group]))
        for match in spans.finditer(data)
        for group in range(2, (match.re.groups or 2) + 1)
        if match[group]
    ]


def _of_m3u(data: bytes) -> Iterator[Reference]:
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    for match in _LINE.finditer(data, start):
        line = match[0].strip(b" \t")
        if line and not line.startswith(b"#"):
            at = match.start() + match[0].index(line)
            yield Reference(at, at + len(line), _decoded(line), _encoder(line))


def _reference(
    match: re.Match[bytes], group: int, decode: Callable[[bytes], str], encode: Callable[[str], bytes]
) -> Reference:
    return Reference(match.start(group), match.end(group), decode(match[group]), encode)


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _encoder(raw: bytes) -> Callable[[str], bytes]:
    """Write as it was written: in the old alphabet of western Europe where that is what it is."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        with contextlib.suppress(UnicodeDecodeError):
            raw.decode("cp1252")
            return _in_western
    return lambda text: text.encode("utf-8", "surrogateescape")


def _in_western(text: str) -> bytes:
    has_bytes = any("\udc80" <= character <= "\udcff" for character in text)  # a name that is no UTF-8 itself
    return os.fsencode(text) if has_bytes else text.encode("cp1252")


def _unescaped(raw: bytes) -> str:
    text = html.unescape(raw.decode("utf-8", "surrogateescape"))
    return text if "://" in text else os.fsdecode(urllib.parse.unquote_to_bytes(text))


def _escaped(text: str) -> bytes:
    quoted = text if "://" in text else urllib.parse.quote(os.fsencode(text))
    return html.escape(quoted, quote=False).encode("ascii")


# --- where a reference leads, and where it is to lead ----------------------------------------------------


def leads_to(reference: Reference, folder: str, known: Callable[[str], bool] = os.path.lexists) -> str | None:
    """Find the file that a reference in a list in `folder` means; None for an address on a network.

    Of several readings, the first that is `known` counts.
    """
    text = reference.text
    if "://" in text:
        scheme, _, rest = text.partition("://")
        host, _, below = rest.partition("/")
        if scheme.lower() != "file" or host not in ("", "localhost"):
            return None
        text = os.fsdecode(urllib.parse.unquote_to_bytes("/" + below))
    return first_reading(folder, text, known)


def _said_anew(old: str, meant: str, path: str, folder: str) -> str:
    """Name a file in the way in which `old` names the one that was meant."""
    if "://" in old:
        return "file://" + urllib.parse.quote(os.fsencode(path))
    backslashes = "\\" in old and "/" not in old
    if not old.startswith(("/", "\\")):
        text = os.path.relpath(path, folder)
    elif os.path.normpath(old.replace("\\", "/")) == meant:
        text = path
    else:
        text = named(path, folder, from_root=True)
    if text[0] in "#~ \t\ufeff" or (":" in text.partition("/")[0] and not text.startswith("/")):
        text = f"./{text}"
    return text.replace("/", "\\") if backslashes else text


def followed(path: str, data: bytes, moved: Mapping[str, str], *, before: str = "") -> tuple[bytes, int, list[str]]:
    """Have a list name files by their new places.

    Parameters
    ----------
    path : str
        Where the list is now.
    data : bytes
        Its content.
    moved : mapping of str to str
        Where each file that moved is now, by where it was.
    before : str, optional
        Where the list was when its relative paths were right; where it is by default.

    Returns
    -------
    data, count, told : bytes, int, list of str
        The new content; how many names of files in it are others; and which could not be written in its alphabet, and
        stayed as they were.
    """
    if data.startswith(_UTF16):
        text = data.decode("utf-16").encode("utf-8", "surrogatepass")
        new, count, told = followed(path, text, moved, before=before)
        order = "utf-16-le" if data.startswith(_UTF16[0]) else "utf-16-be"
        return (data[:2] + new.decode("utf-8", "surrogatepass").encode(order) if count else data), count, told
    folder, origin = os.path.dirname(path), os.path.dirname(before or path)
    pieces, at, count, told = list[bytes](), 0, 0, list[str]()
    for reference in references(path, data):
        meant = leads_to(reference, origin, lambda there: there in moved or os.path.lexists(there))
        if meant is None or not (meant in moved or os.path.lexists(meant)):
            continue  # it leads nowhere that could be followed
        place = moved.get(meant, meant)
        if place == leads_to(reference, folder, place.__eq__):
            continue
        try:
            new = reference.encode(_said_anew(reference.text, meant, place, folder))
        except (UnicodeError, FileError):
            told.append(reference.text)
            continue
        pieces += [data[at : reference.start], new]
        at, count = reference.end, count + 1
    return b"".join([*pieces, data[at:]]), count, told


def naming(lists: Iterable[str], moved: Mapping[str, str], *, keep: bool = False) -> dict[str, int]:
    """Count in each list how many names of files will be others once these have moved; reads, and changes nothing.

    With `keep` the files stay as well, and only lists that get a copy themselves are looked at.
    """
    counts = {}
    for path in lists:
        if keep and path not in moved:
            continue
        with contextlib.suppress(FileError, UnicodeError):
            if count := followed(moved.get(path, path), contents(path), moved, before=path)[1]:
                counts[path] = count
    return counts
