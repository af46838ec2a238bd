"""What the program writes into files by itself is nothing that it learns from, whatever becomes of it later."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from genre_tagger import line
from genre_tagger.base.genre_words import genre_key
from genre_tagger.files.tags import read_genres
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Decision, Prediction
from genre_tagger.review import lessons
from genre_tagger.review.names.changes import retagged
from genre_tagger.review.policy import Policy, Proposal
from genre_tagger.writing.journal import Journal


@dataclass
class Desk:
    """Two files without a genre in a library that hears Dub in both, and what is done with them."""

    library: Library
    journal: Journal
    paths: list[str]

    def write(self, proposals: Iterator[Proposal]) -> list[tuple[str, ...]]:
        """Write, and give the genres of the files then."""
        for _ in line.write_into(self.library, self.journal, list(proposals)):
            pass
        return [read_genres(path) for path in self.paths]

    def examples(self, *trusted: str) -> list[tuple[str, ...]]:
        self.library.teaching.trust(map(genre_key, trusted), True)
        return list(lessons.read(self.library, Policy()).examples.values())


@pytest.fixture
def desk(home: str, media: Callable[..., str], tmp_path) -> Iterator[Desk]:
    paths = [media("mp3-nogenre", f"music/{number}.mp3") for number in range(2)]
    with (
        Library.open(os.path.join(home, "library.sqlite3")) as library,
        Journal.open(os.path.join(home, "undo.sqlite3")) as journal,
    ):
        for _ in line.scan_into(library, [os.path.dirname(paths[0])]):
            pass
        desk = Desk(library, journal, paths)
        for number, path in enumerate(paths):
            vector = bytes([number, 60, 0, 60])
            library.store(Prediction(path, "m", (Candidate("Dub", 0.9), Candidate("Jazz", 0.1)), embedding=vector))
        yield desk


def test_what_was_written_as_it_was_proposed_is_no_example(desk):
    desk.library.decide([2], Decision(True))
    assert desk.write(line.proposals(desk.library, Policy())) == [("Dub",), ("Dub",)]
    assert desk.examples("Dub") == [("Dub",)]  # of the one that was agreed to
    desk.library.decide([2], None)
    assert desk.examples() == [("Dub",)]


def test_nor_is_it_after_a_merge_and_an_undo(desk):
    desk.write(line.proposals(desk.library, Policy(), paths=desk.paths[:1]))
    desk.write(retagged(desk.library, lambda genres: tuple("Dubstep" for _ in genres), ["Dub"]))
    assert desk.examples("Dub", "Dubstep") == []
    for _ in line.undo_into(desk.library, desk.journal, [desk.journal.batches()[-1].id]):
        pass
    assert read_genres(desk.paths[0]) == ("Dub",)
    assert desk.examples() == []
