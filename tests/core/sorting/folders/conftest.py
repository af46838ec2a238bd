"""Albums: music of two genres in folders of albums, with what lies beside it, in a real library with a journal."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from genre_tagger import line
from genre_tagger.base.errors import FileFailure
from genre_tagger.library.library import Library
from genre_tagger.review.policy import Policy
from genre_tagger.sorting.folders.carrying import Moved
from genre_tagger.sorting.folders.in_step import organise_into, plan_folders, take_back_into
from genre_tagger.sorting.folders.plan import FolderPlan
from genre_tagger.sorting.pattern import Pattern
from genre_tagger.writing.journal import Journal

DATA = Path(__file__).parents[3] / "data"


class Albums:
    """The music folder, its library and its journal, and what is done with them."""

    def __init__(self, folder: Path, library: Library, journal: Journal) -> None:
        self.library, self.journal, self.music = library, journal, folder / "music"
        self.music.mkdir()
        library.add_folder(str(self.music))

    def put(self, path: str, data: bytes | str = "mp3") -> Path:
        """Put a file into the music folder: a piece of real music by name, or these bytes."""
        target = self.music / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, bytes):
            target.write_bytes(data)
        else:
            shutil.copyfile(DATA / {"mp3": "mp3.mp3", "rock": "mp3-v23.mp3", "none": "mp3-bare.mp3"}[data], target)
        return target

    def scan(self) -> None:
        for _ in line.scan_into(self.library, self.library.folders()):
            pass

    def plan(
        self, pattern: str = "{genre}/{album}/{name}", root: Path | None = None, *, keep: bool = False,
        paths: Sequence[str] | None = None,
    ) -> FolderPlan:  # fmt: skip
        self.scan()
        wanted = line.wanted_copies(self.library, Policy(), paths=paths)
        return plan_folders(self.library, wanted, str(root or self.music), Pattern.parse(pattern), keep=keep)

    def organise(self, plan: FolderPlan) -> list[Moved | FileFailure]:
        return list(organise_into(self.library, self.journal, plan))

    def undo(self) -> list[Moved | FileFailure]:
        """Take the newest batch back."""
        return list(take_back_into(self.library, self.journal, self.journal.batches()[-1].id))

    def there(self, root: Path | None = None) -> dict[str, bytes | int]:
        """All that is below a folder: files with their bytes, folders with their rights."""
        root = root or self.music
        return {
            str(path.relative_to(root)): path.stat().st_mode if path.is_dir() else path.read_bytes()
            for path in sorted(root.rglob("*"))
        }

    def files(self) -> list[str]:
        return [path for path, content in self.there().items() if isinstance(content, bytes)]

    def tracks(self) -> dict[int, str]:
        """Where the library has its tracks, by their ids."""
        tracks = self.library.tracks(best_only=True)
        return {track.id: os.path.relpath(track.path, self.music) for track in tracks if not track.missing}


@pytest.fixture
def make_albums() -> Callable[[Path], contextlib.AbstractContextManager[Albums]]:
    @contextlib.contextmanager
    def make(folder: Path) -> Iterator[Albums]:
        path = str(folder / "library.sqlite3")
        with (
            contextlib.closing(Library.open(path)) as library,
            contextlib.closing(Journal.open(line.journal_path(path))) as journal,
        ):
            yield Albums(folder, library, journal)

    return make


@pytest.fixture
def albums(make_albums, tmp_path) -> Iterator[Albums]:
    with make_albums(tmp_path) as made:
        yield made
