"""A scan passes over whole folders of unchanged files, and finds just what it would by asking of each file."""

from __future__ import annotations

import os
import random
import shutil

import pytest

from genre_tagger import line
from genre_tagger.files.scan import scan
from genre_tagger.files.values import ScannedTrack, Walked
from genre_tagger.library.finding import known as module
from genre_tagger.library.library import Library

NAMES = ("a.mp3", "a b.mp3", "b.MP3", "...c.mp3", "._d.mp3", "cover.jpg", "list.m3u", "é.mp3", "\udcff.mp3")


def grow(folder: str, dice: random.Random, sound: str, depth: int = 0) -> None:
    """Make files and folders of names that sort oddly."""
    os.makedirs(folder, exist_ok=True)
    for name in dice.sample(NAMES, dice.randrange(len(NAMES))):
        shutil.copyfile(sound, os.path.join(folder, name))
    for number in range(dice.randrange(12)):
        shutil.copyfile(sound, os.path.join(folder, f"{number:02}.mp3"))
    for name in dice.sample(("a", "a b", "b", "CD 1"), dice.randrange(4) if depth < 3 else 0):
        grow(os.path.join(folder, name), dice, sound, depth + 1)


def change(path: str, dice: random.Random, sound: str) -> None:
    happens = dice.randrange(6)
    if happens == 0:
        os.remove(path)
    elif happens == 1:
        os.utime(path, ns=(1, dice.randrange(10**9)))
    elif happens == 2:  # the same bytes and time at another place on the drive
        times = os.stat(path).st_atime_ns, os.stat(path).st_mtime_ns
        shutil.copyfile(path, path + ".new")
        os.utime(path + ".new", ns=times)
        os.replace(path + ".new", path)
    elif happens == 3:
        os.rename(path, path[:-4] + "moved.mp3")
    elif happens == 4:
        os.remove(path)
        os.mkdir(path)
    else:
        shutil.copyfile(sound, os.path.join(os.path.dirname(path), "new.mp3"))


def met(library: Library, music: str, *, quickly: bool) -> tuple[list[object], int, set[str], set[bytes]]:
    """What a scan reads, how many files it counts, what it misses, and what lies elsewhere on the drive."""
    known = library.known()
    outcomes = list(scan([music], known, known.unchanged if quickly else None))
    read = [outcome for outcome in outcomes if not isinstance(outcome, Walked)]
    files = sum(outcome.files for outcome in outcomes if isinstance(outcome, Walked))
    lists = {path for outcome in outcomes if isinstance(outcome, Walked) for path in outcome.playlists}
    return read, files, {*known.unseen([music]), *lists}, {name for _, _, name in known.elsewhere}


@pytest.mark.parametrize("seed", range(4))
def test_folder_by_folder_a_scan_finds_what_it_finds_file_by_file(tmp_path, media, monkeypatch, seed):
    for name, value in (("_LEAST", 2), ("_MOST", 8), ("_MANY", 3 * (seed % 2)), ("_MOST_OF_FOLDER", 16)):
        monkeypatch.setattr(module, name, value)
    dice, sound, music = random.Random(seed), media("mp3"), str(tmp_path / "music")
    grow(music, dice, sound)
    shutil.copyfile(sound, os.path.join(music, "first.mp3"))
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        hidden = os.path.join(music, "._d.mp3")
        for folders in ([music], [hidden] if os.path.exists(hidden) else [music]):
            list(line.scan_into(library, folders))
        assert not [o for o in met(library, music, quickly=True)[0] if isinstance(o, ScannedTrack)]
        for _ in range(4):
            paths = sorted(track.path for track in library.tracks() if os.path.isfile(track.path))
            for path in dice.sample(paths, min(len(paths), 4)):
                if os.path.isfile(path):
                    change(path, dice, sound)
            assert met(library, music, quickly=True) == met(library, music, quickly=False)
            list(line.scan_into(library, [music]))


def test_of_an_unchanged_folder_no_file_is_asked_for_by_itself(tmp_path, media, monkeypatch):
    music = tmp_path / "music"
    for number in range(30):
        (music / str(number % 3)).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(media("mp3"), music / str(number % 3) / f"{number}.mp3")
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        list(line.scan_into(library, [str(music)]))
        monkeypatch.setattr(module.Known, "__call__", lambda *_: pytest.fail("A file was asked for by itself."))
        assert sum(outcome.files for outcome in line.scan_into(library, [str(music)])) == 30
        assert not library.count_found(state="missing")
