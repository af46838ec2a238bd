"""What other programs say of files that were written: the same packets of sound, the same names, and the new genre."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import av
import pytest

from genre_tagger.base.errors import FileStamp
from genre_tagger.files.tags import read_tags
from genre_tagger.writing.journal import Change, Journal
from genre_tagger.writing.tagging_process import Tagger
from genre_tagger.writing.turn import Written
from genre_tagger.writing.write import write

DATA = Path(__file__).parents[2] / "data"
#: FFmpeg knows no OptimFROG, cannot decode our TAK, and takes the tag behind the last frame of both TAK and Monkey's
#: Audio for a part of it.
UNKNOWN, WITHOUT_SOUND, WITH_TAG = {"ofr.ofr"}, {"ofr.ofr", "tak.tak"}, {"ape.ape"}
UNKNOWN_TO_TAGLIB = {"ofr.ofr", "tak.tak", "dsf.dsf"}
ASK_TAGLIB = """
import json, sys, taglib
print(json.dumps({path: taglib.File(path).tags for path in sys.argv[1:]}))
"""
PYTHON_OF_THE_SYSTEM = "/usr/bin/python3"


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """All files of the tests into which a genre can be written: as they were, and written."""
    folder = tmp_path_factory.mktemp("opinions")
    pairs = []
    for entry in sorted(os.scandir(DATA), key=lambda entry: entry.name):
        with suppress(Exception):
            if not read_tags(entry.path).refusal:
                old, new = str(folder / f"old-{entry.name}"), str(folder / entry.name)
                shutil.copyfile(entry.path, old)
                shutil.copyfile(entry.path, new)
                pairs.append((old, new))
    changes = [Change(new, FileStamp.of(os.stat(new)), (), ("Reggae",)) for _, new in pairs]
    with Journal.open(str(folder / "undo.sqlite3")) as journal:
        outcomes = list(write(changes, journal, tagger=Tagger()))
    written = {outcome.path for outcome in outcomes if isinstance(outcome, Written)}
    assert len(written) > 20
    return [(old, new) for old, new in pairs if new in written]


def sound(path: str, *, decoded: bool) -> list[str]:
    """A digest of each packet of sound that FFmpeg finds in a file, or of what it decodes."""
    with av.open(path, metadata_errors="replace") as container:
        stream = container.streams.audio[0]
        if decoded:
            return [hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest() for frame in container.decode(stream)]
        return [hashlib.sha256(bytes(packet)).hexdigest() for packet in container.demux(stream)]


def test_ffmpeg_finds_the_same_packets_of_sound(pairs):
    for old, new in pairs:
        name = os.path.basename(new)
        if name not in WITHOUT_SOUND:
            before = sound(old, decoded=name in WITH_TAG)
            assert before, new
            assert sound(new, decoded=name in WITH_TAG) == before, new


def test_ffmpeg_shows_the_new_genre_and_the_old_names(pairs):
    def seen(path: str) -> dict[str, str]:
        with av.open(path, metadata_errors="replace") as container:
            parts = [container.metadata, *(stream.metadata for stream in container.streams)]
            return {key.lower(): text for part in parts for key, text in part.items()}

    for old, new in pairs:
        if os.path.basename(new) in UNKNOWN:
            continue
        before, after = seen(old), seen(new)
        assert after["genre"] == "Reggae", new
        names = ("title", "artist", "album")
        assert [after.get(name) for name in names if name in before] == [before[n] for n in names if n in before], new


def test_taglib_shows_the_new_genre_and_the_old_names(pairs):
    pairs = [(old, new) for old, new in pairs if os.path.basename(new) not in UNKNOWN_TO_TAGLIB]
    paths = [path for pair in pairs for path in pair]
    asked = [PYTHON_OF_THE_SYSTEM, "-c", ASK_TAGLIB, *paths]
    answer = None
    with suppress(OSError):
        answer = subprocess.run(asked, capture_output=True, check=False, env={"LC_ALL": "C.UTF-8"})
    if answer is None or b"No module named 'taglib'" in answer.stderr:
        pytest.skip("TagLib for the system's Python (python3-taglib) is not installed")
    told = json.loads(answer.stdout)
    for old, new in pairs:
        before, after = told[old], told[new]
        assert after.pop("GENRE") == ["Reggae"], new
        before.pop("GENRE", None)
        assert before.items() <= after.items(), new
