"""A shelf: real music in a real library, and an empty target that it is copied to."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from genre_tagger import line
from genre_tagger.base.errors import FileFailure
from genre_tagger.library.library import Library
from genre_tagger.review.policy import Policy
from genre_tagger.sorting.copies.copy import Copied, copy
from genre_tagger.sorting.copies.manifest import NAME, SECOND
from genre_tagger.sorting.copies.plan import Action, Carry, Plan
from genre_tagger.sorting.copies.smaller import ORIGINALS, Smaller
from genre_tagger.sorting.pattern import Pattern
from genre_tagger.writing.fileops import FileOps
from genre_tagger.writing.tagging_process import Tagger


class Shelf:
    """The library and the target, and what is done with them."""

    def __init__(self, folder: Path, library: Library) -> None:
        self.library = library
        self.music, self.target = folder / "music", folder / "stick"
        self.music.mkdir()
        library.add_folder(str(self.music))

    def scan(self) -> None:
        for _ in line.scan_into(self.library, [str(self.music)]):
            pass

    def plan(
        self, pattern: str = "{genre}/{name}", *, carry: Carry = Carry.ALL, genres: Sequence[str] | None = None,
        delete: bool = False, smaller: Smaller = ORIGINALS,
    ) -> Plan:  # fmt: skip
        self.scan()
        wanted = line.wanted_copies(self.library, Policy(), genres=genres, carry=carry, smaller=smaller)
        return line.copy_plan(self.library, wanted, str(self.target), Pattern.parse(pattern), delete=delete)

    def copy(self, plan: Plan, files: FileOps | None = None) -> list[Copied | FileFailure]:
        return list(copy(plan, files=files or FileOps(), tagger=Tagger()))

    def there(self) -> dict[str, bytes]:
        """The files on the target but for the manifest, by their paths there."""
        paths = [path for path in self.target.rglob("*") if path.is_file() and path.name not in (NAME, SECOND)]
        return {str(path.relative_to(self.target)): path.read_bytes() for path in paths}

    def sources(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.music.iterdir())}


def actions(plan: Plan) -> dict[str, Action]:
    """What a plan does with each track, by the name of its file."""
    return {os.path.basename(step.wanted.track.path): step.action for step in plan.steps}


@pytest.fixture
def shelf(tmp_path) -> Iterator[Shelf]:
    with contextlib.closing(Library.open(str(tmp_path / "library.sqlite3"))) as library:
        yield Shelf(tmp_path, library)


@pytest.fixture
def full_shelf(shelf, media) -> Shelf:
    """Eight tracks: five of Jazz, one of them of Blues as well, one of Rock, two without a genre."""
    for name in ("mp3", "mp3-v23", "mp3-many", "flac", "m4a", "ogg", "mp3-nogenre", "wav"):
        shutil.move(media(name), shelf.music)
    return shelf


@pytest.fixture(scope="session")
def make_shelf() -> type[Shelf]:
    return Shelf


@pytest.fixture
def acted():
    return actions
