from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from genre_tagger.library.library import Library
from genre_tagger.review.albums import listing as module
from genre_tagger.review.albums.listing import judged_lots, listing
from helpers.albums import judged_together
from helpers.tracks import predicted, scanned


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        yield library


def fill(library: Library, albums: int, tracks: int, name: str = "Album {}") -> None:
    for number in range(albums):
        paths = [f"/music/{number}/{track:03}.mp3" for track in range(tracks)]
        library.store(*(
            scanned(path, artist=f"Artist {number % 7}", album=name.format(number), number=track + 1)
            for track, path in enumerate(paths)
        ))  # fmt: skip
        library.store(*(predicted(path, ("Jazz", "Rock")[number % 2], 0.9) for path in paths))


def test_the_first_albums_come_at_once_and_all_pieces_are_what_is_judged_altogether(library: Library) -> None:
    fill(library, 900, 2)
    pieces = list(listing(library))
    assert 20 <= len(pieces[0]) <= 40
    assert len(pieces) > 2
    found = [verdict for piece in pieces for verdict in piece]
    assert sorted(found, key=repr) == sorted(judged_together(library), key=repr)


def test_an_album_of_four_hundred_files_is_one_album(library: Library) -> None:
    fill(library, 2, 400, "السمفونيات {}")
    first, second = sorted((verdict for piece in listing(library) for verdict in piece), key=lambda v: v.album.name)
    assert [len(verdict.album.tracks) for verdict in (first, second)] == [400, 400]
    assert (first.genre, second.genre) == ("Jazz", "Rock")
    assert first.agree == second.agree == 1.0


def test_an_empty_library_has_no_albums(library: Library) -> None:
    assert [verdict for piece in listing(library) for verdict in piece] == []


def test_lot_by_lot_albums_are_those_that_are_judged_altogether(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(library, 30, 4)
    monkeypatch.setattr(module, "lots", lambda names, lots=module.lots: lots(names, size=20))
    by_lots = list(judged_lots(library))
    assert [len(ids) for ids, _ in by_lots] == [20] * 6
    expected = judged_together(library)
    assert sorted((v for _, verdicts in by_lots for v in verdicts), key=repr) == sorted(expected, key=repr)
    assert sorted((v for piece in listing(library) for v in piece), key=repr) == sorted(expected, key=repr)
    some = {v.album.name for _, verdicts in judged_lots(library, ["ALBUM 3 (Disc 2)"]) for v in verdicts}
    assert some == {"Album 3"}
