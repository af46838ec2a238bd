"""One part of a path made legal on every drive that music is carried on, and no two names that such a drive confuses.

The rules are those of FAT, exFAT, Windows, Android and POSIX together, because a stick goes from one to the other.

References
----------
Android's ``FileUtils.buildValidFatFilename``; Microsoft, "Naming Files, Paths, and Namespaces"; the exFAT
specification, section 7.7.3; Unicode 15, section 3.13 (canonical caseless matching).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_BYTES = 255
"""Bytes of UTF-8 in one part, as Android counts; it then has no more UTF-16 units than that either."""

INSTEAD = "_"
"""Stands where a character was that some drive does not take."""

_FORBIDDEN = frozenset('"*/:<>?\\|\x7f')
_LONGEST_EXTENSION = 16  # bytes; a longer one is no audio format's
# Characters without width that Unicode does not call format characters.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"]
    + [f"{device}{digit}" for device in ("com", "lpt") for digit in "0123456789¹²³"]
)
# FAT gives every long name a short one of this form; a long name of this form may open another file.
_SHORT_ALIAS = re.compile(r"[^.~]{1,6}~\d{1,6}(\.[^.]{0,3})?", re.IGNORECASE)
_NUMBERED = re.compile(r"(?P<stem>.*) \((?P<number>\d+)\)", re.DOTALL)

TAKEN = "Another track has the same name, or one that differs only in case or accents' form."
FOREIGN = "A file of this name is there already, and this program did not put it there."


def legal(text: str, extension: str = "") -> str:
    """Make a text the name of a file or folder that every drive takes.

    Parameters
    ----------
    text : str
        What it is to say, such as a title; it may hold anything.
    extension : str
        What the name ends with, with its dot; characters that are no ASCII letters, digits or ``+-_`` are dropped.

    Returns
    -------
    str
        In NFC, at most 255 bytes, never empty; the same for what is legal already.

    Examples
    --------
    >>> legal("AC/DC: Live?", ".mp3")
    'AC_DC_ Live_.mp3'
    >>> legal("CON"), legal(".."), legal("So what...")
    ('CON_', '_', 'So what')
    """
    ending = _extension(extension)
    stem = _tidy("".join(map(_character, unicodedata.normalize("NFC", text))))
    stem = _tidy(_cut(stem, MOST_BYTES - len(ending.encode()) - len(INSTEAD))) or INSTEAD
    return _not_reserved(stem, ending)


def folded(name: str) -> str:
    """Fold a name so that two names which some drive takes for the same are equal.

    Upper case first, as exFAT compares (it makes the dotless ı an I), then Unicode's canonical caseless matching.
    """
    decomposed = unicodedata.normalize("NFD", name).upper()
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", decomposed).casefold())


def numbered(name: str, number: int) -> str:
    """Add a number to a legal name, before its extension; the name is shortened if need be."""
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem or _extension(dot + extension) != dot + extension:
        stem, dot, extension = name, "", ""
    mark = f" ({number})"
    room = MOST_BYTES - len((mark + dot + extension).encode())
    return (_tidy(_cut(stem, room)) or INSTEAD) + mark + dot + extension


def _character(char: str) -> str:
    if char.isspace():
        return " "
    category = unicodedata.category(char)
    if category == "Cf" or char in _UNSEEN:
        return ""
    unusable = char in _FORBIDDEN or category in ("Cc", "Cs") or ord(char) & 0xFFFE == 0xFFFE
    return INSTEAD if unusable or 0xFDD0 <= ord(char) <= 0xFDEF else char


def _tidy(text: str) -> str:
    """Take away what Windows drops at the end, and the dots that hide a file at the beginning."""
    # What is dropped between two characters may have kept them from being one.
    return unicodedata.normalize("NFC", " ".join(text.split())).strip(". ")


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")


def _extension(extension: str) -> str:
    kept = "".join(c for c in extension if c.isascii() and (c.isalnum() or c in "+-_"))[:_LONGEST_EXTENSION]
    return f".{kept}" if kept else ""


def _not_reserved(stem: str, ending: str) -> str:
    first, dot, rest = stem.partition(".")
    if first.rstrip().lower() in _RESERVED:
        stem = first.rstrip() + INSTEAD + dot + rest
    if _SHORT_ALIAS.fullmatch(stem + ending):
        stem = stem.replace("~", "-")
    return stem + ending


@dataclass
class Names:
    """The names in one target folder and below it: who has which, and why somebody did not get the wanted one.

    Paths are relative to the target, with ``/`` between their parts.

    Parameters
    ----------
    foreign : iterable of str
        Files that are there and stay there.
    folders : iterable of str
        Folders that are there; a new one that a drive would take for the same is spelt like them.
    """

    foreign: Iterable[str] = ()
    folders: Iterable[str] = ()
    _spelling: dict[str, str] = field(default_factory=dict)  # folded path of a folder → its path
    _files: dict[str, str] = field(default_factory=dict)  # folded path of a file → why it is not to be had

    def __post_init__(self) -> None:
        """Take down what is there."""
        for path in sorted(self.foreign):
            self._files[folded(path)] = FOREIGN
        for path in sorted(self.folders):
            self._spelling.setdefault(folded(path), path)

    def folder(self, path: str) -> str:
        """Find the spelling of a folder: that of one which is there or was asked for before, or its own."""
        there = ""
        for part in path.split("/") if path else ():
            wanted, number = f"{there}/{part}" if there else part, 2
            free = wanted
            while folded(free) in self._files:  # a file stands there
                head, _, tail = wanted.rpartition("/")
                free, number = (f"{head}/" if head else "") + numbered(tail, number), number + 1
            there = self._spelling.setdefault(folded(free), free)
        return there

    def take(self, path: str) -> tuple[str, str]:
        """Take a name for a file, whose folder's spelling is settled.

        Returns
        -------
        path, reason : str
            The name that is now taken, and in a sentence why it is not the wanted one; "" where it is.
        """
        folder, slash, name = path.rpartition("/")
        free, number, reason = path, 2, ""
        while folded(free) in self._files or folded(free) in self._spelling:
            reason = reason or self._files.get(folded(free), TAKEN)
            free, number = folder + slash + numbered(name, number), number + 1
        self._files[folded(free)] = TAKEN
        return free, reason


def resolve(wanted: Mapping[str, str], names: Names, held: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Give every source a name of its own, the same ones however the sources are ordered.

    Parameters
    ----------
    wanted : mapping of str to str
        By source, the path that it would like, relative to the target.
    names : Names
        What is taken already.
    held : mapping of str to str
        By source, the path that it has there from an earlier time. It keeps that if it is the wanted one, or the
        wanted one with a number.

    Returns
    -------
    dict
        By source, its path and the reason why it is not the wanted one ("" where it is).
    """
    spelt = {}
    for source in sorted(wanted, key=lambda source: (wanted[source], source)):
        folder, slash, name = wanted[source].rpartition("/")
        spelt[source] = names.folder(folder) + slash + name
    resolved = {}
    keeping = [source for source in spelt if _keeps(spelt[source], held.get(source, ""))]
    for source in sorted(keeping, key=lambda source: (held[source], source)):
        path, reason = names.take(held[source])
        resolved[source] = path, reason or ("" if path == spelt[source] else TAKEN)
    for source in sorted(spelt.keys() - resolved.keys(), key=lambda source: (spelt[source], source)):
        resolved[source] = names.take(spelt[source])
    return resolved


def _keeps(wanted: str, held: str) -> bool:
    if held == wanted:
        return True
    folder, _, name = held.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    found = _NUMBERED.fullmatch(stem if dot else name)
    if found is None or folder != wanted.rpartition("/")[0]:
        return False
    return numbered(wanted.rpartition("/")[2], int(found["number"])) == name
