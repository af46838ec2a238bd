"""One playlist a genre, in a folder above or beside the music; what somebody else put there stays."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable
from dataclasses import dataclass

from genre_tagger.base.errors import FileFailure, TargetError
from genre_tagger.base.small_files import write_whole
from genre_tagger.library.tracks import Track
from genre_tagger.sorting.copies.manifest import Manifest, at, digest_of
from genre_tagger.sorting.names import folded, legal, numbered
from genre_tagger.sorting.playlists.files import EXTENSION, Entry, m3u8, unwritable


@dataclass(frozen=True, slots=True)
class Listed:
    """A playlist that is there.

    Attributes
    ----------
    genre, path : str
    tracks : int
        How many it names.
    written : bool
        Whether it had to be written; otherwise it was there already, byte for byte.
    """

    genre: str
    path: str
    tracks: int
    written: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A track that may stand in playlists: its genres, and its file as playlists name it, with ``/``."""

    track: Track
    genres: tuple[str, ...]
    path: str


def write_playlists(
    manifest: Manifest, placed: Iterable[Placed], *, remove: bool = False
) -> Generator[Listed | FileFailure]:
    """Write one playlist for each genre into the folder of a manifest.

    Parameters
    ----------
    manifest : Manifest
        It knows which playlists there are ours; it is written at the end.
    placed : iterable of Placed
        A track stands in the playlist of each of its genres, in the order of artists, albums and track numbers.
    remove : bool
        Whether to remove playlists that this program wrote, nobody changed, and that have no tracks any more.

    Yields
    ------
    Listed or FileFailure
        One per playlist, and one per track that cannot stand in any; stage ``"playlist"``.

    Raises
    ------
    TargetError
        If the manifest cannot be written.
    """
    members: dict[str, list[Placed]] = defaultdict(list)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for item in placed:
        if reason := unwritable(item.path):
            yield FileFailure(item.track.path, "playlist", reason)
            continue
        for genre in dict.fromkeys(item.genres):
            members[folded(genre)].append(item)
            spellings[folded(genre)][genre] += 1
    before, manifest.playlists = manifest.playlists, {}
    for key in sorted(members):
        genre = min(spellings[key], key=lambda spelt: (-spellings[key][spelt], spelt))
        yield _write(manifest, genre, sorted(members[key], key=_order), before)
    for name, digest in before.items():
        if name not in manifest.playlists:
            _leave_or_remove(manifest, name, digest, remove)
    try:
        manifest.write()
    except OSError as error:
        raise TargetError(
            f"The list of the playlists in {manifest.root} cannot be written: The system reported "
            f"“{error.strerror or error}”. The next run will write new ones beside those that are there."
        ) from error


def _write(manifest: Manifest, genre: str, items: list[Placed], before: dict[str, str]) -> Listed | FileFailure:
    entries = [Entry(item.path, item.track.length, item.track.artist, item.track.title) for item in items]
    content = m3u8(genre, entries)
    digest = hashlib.sha256(content).hexdigest()
    wanted = name = legal(genre, EXTENSION)
    number, taken = 2, {folded(other) for other in manifest.playlists}
    there = digest_of(at(manifest.root, name))
    while folded(name) in taken or (
        os.path.lexists(at(manifest.root, name)) and there not in (digest, before.get(name, digest))
    ):
        name, number = numbered(wanted, number), number + 1
        there = digest_of(at(manifest.root, name))
    path = at(manifest.root, name)
    try:
        if there != digest and manifest.renames:
            write_whole(path, content)
        elif there != digest:
            with open(path, "wb") as file:
                file.write(content)
    except OSError as error:
        reason = f"The playlist cannot be written: The system reported “{error.strerror or error}”."
        return FileFailure(path, "playlist", reason)
    manifest.playlists[name] = digest
    return Listed(genre, path, len(items), there != digest)


def _leave_or_remove(manifest: Manifest, name: str, digest: str, remove: bool) -> None:
    path = at(manifest.root, name)
    if digest_of(path) != digest:
        return  # gone, or somebody's own by now
    if remove:
        with contextlib.suppress(OSError):
            os.unlink(path)
            return
    manifest.playlists[name] = digest


def _order(item: Placed) -> tuple[str, str, int, str, str]:
    track = item.track
    return track.artist.casefold(), track.album.casefold(), track.track_number or 0, track.title.casefold(), item.path
