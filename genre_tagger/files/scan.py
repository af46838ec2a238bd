"""From folders to tracks: walk, recognise audio files by extension and content, read their tags."""

from __future__ import annotations

import os
import re
import stat as stat_module
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial

from genre_tagger.base.ahead import Ahead, Entry, PassOver
from genre_tagger.base.errors import FileError, FileFailure, FileStamp, TagError
from genre_tagger.files.sniff import extension, sniff
from genre_tagger.files.tags import AUDIO_EXTENSIONS, read_tags
from genre_tagger.files.values import ScannedTrack, Walked

HEAD_BYTES = 64
_STRETCH = 500
_KIND = 0o170000

_HIDDEN = "This hidden folder was passed over. Add it by itself to scan it."
_BESIDE = "This is no music but what macOS notes of the file with the rest of its name; it was passed over."
_IRREGULAR = "This is not a regular file; it was left alone."
_OWN = "This is a copy that Genre Tagger was writing when it was interrupted; it was passed over."
_NO_MUSIC = ("._", ".genre-tagger-")
_IN_HIDING = re.compile(r"\.([^\W\d]|[@~#$])")  # as ".git" and ".@__thumb" do, and ".38 Special" does not

# Files that lie beside music and are never looked into.
_BYSTANDERS = frozenset(
    """
    jpg jpeg png gif bmp webp tif tiff svg pdf txt md nfo log cue m3u m3u8 pls xspf asx xml html htm
    json csv ini db sqlite sqlite3 py zip rar 7z gz xz bz2 tar doc docx odt lrc srt sub url lnk exe dll
    so torrent sfv md5 ffp accurip par2 mid midi avi mkv mov wmv webm mpg mpeg vob iso bin tmp part
    crdownload lock license
    """.split()
)

PLAYLISTS = frozenset("m3u m3u8 pls xspf".split())
"""Extensions of the playlists that a scan tells of."""


def _never(path: str, stat: os.stat_result) -> bool:
    return False


def scan(
    folders: Iterable[str], is_current: Callable[[str, os.stat_result], bool] = _never,
    pass_over: PassOver | None = None,
) -> Generator[ScannedTrack | FileFailure | Walked]:  # fmt: skip
    """Walk folders and read the tags of every audio file in them.

    Symbolic links are followed; a folder met twice by (dev, ino) is walked once, so loops end. A name may begin with a
    dot and be music, as "...Baby One More Time.mp3" is. What is passed over although it may seem to be music is
    reported: the files that macOS puts beside others, and hidden folders; so is a folder that cannot be read.

    Parameters
    ----------
    folders : iterable of str
        Folders or single files. A file named here is looked at whatever its extension is.
    is_current : callable
        Called with path and stat of each candidate; true when its tags need not be read again.
    pass_over : callable, optional
        Asked before, for a whole folder at once: gives what is to be looked at, and how many files are not.

    Yields
    ------
    ScannedTrack or FileFailure or Walked
        One for each audio file that is not current, and one for each folder that could not be read (stage "scan")
        or is hidden, and for each file that only looks like music (stage "hidden"); Walked after every few hundred
        entries.
    """
    visited: set[tuple[int, int]] = set()
    for folder in folders:
        path = os.path.abspath(folder)
        try:
            stat = os.stat(path)
        except OSError as error:
            yield FileFailure(path, "scan", _sentence(error))
            continue
        if stat_module.S_ISDIR(stat.st_mode):
            yield from _walk(path, stat, is_current, visited, pass_over)
        else:
            yield from _look_at(path, stat, is_current)


def refusal(path: str) -> str | None:
    """Say why there can be no music at a path, or None: it is a folder, or a file that a scan would look into."""
    try:
        mode = os.stat(path).st_mode
        if stat_module.S_ISDIR(mode) or extension(path) in AUDIO_EXTENSIONS:
            return None
        if stat_module.S_ISREG(mode):
            with open(path, "rb") as file:
                if sniff(file.read(HEAD_BYTES), path) is not None:
                    return None
    except FileNotFoundError:
        return "Nothing is there by that name."
    except OSError as error:
        return _sentence(error)
    return "Only folders and music files can be added."


class Music:
    """What a watch looks for in folders: what a scan would, by the same rules."""

    def folder_passed_over(self, name: str) -> bool:
        """Say whether a folder of this name is hidden."""
        return _IN_HIDING.match(name) is not None

    def file_wanted(self, path: str) -> bool:
        """Say whether a file is music by its name; one that this program or another is about to rename is not."""
        return extension(path) in AUDIO_EXTENSIONS and not os.path.basename(path).startswith(_NO_MUSIC)

    def stamps(self, folder: str) -> Iterator[tuple[str, tuple[int, int]] | None]:
        """Give path, size and time of change (ns) of all files that a scan would look into; None at times."""
        met = list[tuple[str, tuple[int, int]]]()

        def meet(path: str, stat: os.stat_result) -> bool:
            met.append((path, (stat.st_size, stat.st_mtime_ns)))
            return True

        for _ in scan([folder], meet):
            yield from met
            met.clear()
            yield None


def scan_file(path: str) -> ScannedTrack:
    """Read one file.

    Raises
    ------
    FileError
        If it cannot be read or is not an audio file.
    """
    try:
        stat = os.stat(path)
        if not stat_module.S_ISREG(stat.st_mode):
            raise FileError(path, "This is not a regular file.")
        return ScannedTrack(path, FileStamp.of(stat), read_tags(path))
    except OSError as error:
        raise FileError(path, _sentence(error)) from error


def _walk(
    top: str,
    stat: os.stat_result,
    is_current: Callable[[str, os.stat_result], bool],
    visited: set[tuple[int, int]],
    pass_over: PassOver | None,
) -> Generator[ScannedTrack | FileFailure | Walked]:
    """Walk with a stack of our own: recursion would end at a thousand nested folders."""
    stack = [(top, (stat.st_dev, stat.st_ino))]
    ahead: Ahead[ScannedTrack | FileFailure | Walked] = Ahead(_BYSTANDERS, PLAYLISTS, pass_over)
    passed = 0
    with ahead:
        while stack:
            if ahead.is_worth_it:
                ahead.begin([folder for folder, _ in stack[: -ahead.FOLDERS - 1 : -1]])
            folder, identity = stack.pop()
            listed = ahead.listed(folder)
            if identity in visited:
                continue
            visited.add(identity)
            if isinstance(listed, OSError):
                yield from ahead.then(FileFailure(folder, "scan", _sentence(listed, folder=True)))
                continue
            below: list[tuple[str, tuple[int, int]]] = []
            passed += listed.passed
            if passed > _STRETCH:
                yield from ahead.then(Walked(folder, passed))
                passed = 0
            for start in range(0, len(listed.entries), _STRETCH):
                files, lists = 0, list[str]()
                for entry in listed.entries[start : start + _STRETCH]:
                    path, name, suffix, found = entry
                    if found is None:
                        lists += [path] * (name[0] != ".")
                        continue
                    if suffix in AUDIO_EXTENSIONS and not isinstance(found, OSError):
                        files += 1
                        if found.st_mode & _KIND == stat_module.S_IFREG and name[0] != ".":
                            if not is_current(path, found):
                                yield from ahead.read(partial(_read, path, found, True))
                            continue
                    yield from _met(entry, is_current, below, ahead)
                yield from ahead.then(Walked(folder, files + passed, tuple(lists)))
                passed = 0
            stack.extend(reversed(below))
        yield from ahead.then(Walked(top, passed)) if passed else ()
        yield from ahead.rest()


def _met(
    entry: Entry,
    is_current: Callable[[str, os.stat_result], bool],
    below: list[tuple[str, tuple[int, int]]],
    ahead: Ahead[ScannedTrack | FileFailure | Walked],
) -> Iterator[ScannedTrack | FileFailure | Walked]:
    """Look at what stands in a folder; what cannot be passed over at once is read, when its turn comes."""
    path, name, suffix, found = entry
    assert found is not None
    if isinstance(found, OSError):
        yield from ahead.then(FileFailure(path, "scan", _sentence(found)))
    elif stat_module.S_ISDIR(found.st_mode):
        if _IN_HIDING.match(name):
            yield from ahead.then(FileFailure(path, "hidden", _HIDDEN))
        else:
            below.append((path, (found.st_dev, found.st_ino)))
    elif name[0] == "." and (suffix not in AUDIO_EXTENSIONS or name.startswith(_NO_MUSIC)):
        for failure in _passed_over(path, name, suffix):
            yield from ahead.then(failure)
    elif not stat_module.S_ISREG(found.st_mode):
        if suffix in AUDIO_EXTENSIONS:
            yield from ahead.then(FileFailure(path, "scan", _IRREGULAR))
    elif not is_current(path, found):
        yield from ahead.read(partial(_read, path, found, suffix in AUDIO_EXTENSIONS))


def _passed_over(path: str, name: str, suffix: str) -> Iterator[FileFailure]:
    """Name a hidden file that only looks like music; of others nobody expects to hear."""
    if suffix in AUDIO_EXTENSIONS:
        yield FileFailure(path, "hidden", _BESIDE if name.startswith(_NO_MUSIC[0]) else _OWN)


def _look_at(
    path: str, stat: os.stat_result, is_current: Callable[[str, os.stat_result], bool]
) -> Iterator[ScannedTrack | FileFailure]:
    """Look at a file that was named by itself, whatever its extension is."""
    claims_audio = extension(path) in AUDIO_EXTENSIONS
    if not stat_module.S_ISREG(stat.st_mode):
        if claims_audio:
            yield FileFailure(path, "scan", _IRREGULAR)
    elif not is_current(path, stat) and (outcome := _read(path, stat, claims_audio)) is not None:
        yield outcome


def _read(path: str, stat: os.stat_result, claims_audio: bool) -> ScannedTrack | FileFailure | None:
    """Read a file's tags; None where it is no music and does not claim to be."""
    try:
        # One look into the file serves both recognition and reading.
        with open(path, "rb") as file:
            if not claims_audio:
                if sniff(file.read(HEAD_BYTES), path) is None:
                    return None
                file.seek(0)
            return ScannedTrack(path, FileStamp.of(stat), read_tags(path, file))
    except TagError as error:
        return FileFailure(path, "scan", error.reason, FileStamp.of(stat))
    except OSError as error:
        return FileFailure(path, "scan", _sentence(error), FileStamp.of(stat)) if claims_audio else None


def _sentence(error: OSError, *, folder: bool = False) -> str:
    thing = "folder" if folder else "file"
    if isinstance(error, FileNotFoundError):
        return "This is not there any more. If it was moved, add its new folder."
    if isinstance(error, PermissionError):
        return f"You have no permission to read this {thing}. Change its permissions and retry."
    return f"This {thing} could not be read ({error.strerror or error})."
