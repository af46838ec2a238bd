"""The stages of the line on a worker's side: listening goes by what the window wants at the moment."""

from __future__ import annotations

import shutil

import pytest

from app.jobs import stages
from app.jobs.work import Work
from genre_tagger import line
from genre_tagger.base.places import asset
from genre_tagger.files.tags import read_tags
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Prediction
from genre_tagger.review.policy import Policy

PIECE = ("Compilations", "Rooftop Tapes", "Side B", "04 Crate Nine.mp3")


@pytest.fixture
def songs(library_path, tmp_path) -> list[str]:
    """Eight copies of a piece, in the library."""
    folder = tmp_path / "songs"
    folder.mkdir()
    for number in range(8):
        shutil.copyfile(asset("resources", "demo", *PIECE), folder / f"{number}.mp3")
    with Library.open(library_path) as library:
        list(line.scan_into(library, [str(folder)]))
    return sorted(str(path) for path in folder.iterdir())


def heard(library_path: str, classifier: stages.Classifier, then=lambda: None) -> dict[str, Prediction]:
    """Listen to everything; `then` is called after the first track."""
    found = {}
    for outcome in stages.classifying(library_path, classifier):
        assert isinstance(outcome, Prediction)
        assert outcome.path not in found
        found[outcome.path] = outcome
        if len(found) == 1:
            then()
    return found


def test_other_windows_and_cores_are_used_from_the_next_track_on(library_path, songs, monkeypatch):
    monkeypatch.setattr(line, "_FLUSH_S", 0.0)  # each answer comes at once, not with those of a quarter of a second
    classifier = stages.Classifier(cores=1, windows=1)

    def change() -> None:
        classifier.cores, classifier.windows = 2, 0

    found = heard(library_path, classifier, change)
    assert sorted(found) == songs
    ways = [one.candidates for one in found.values()]
    assert len(set(ways)) == 2
    assert ways[0] != ways[-1]


@pytest.fixture
def work(qapp, library_path):
    found = Work(library_path)
    yield found
    assert found.stop(10)


@pytest.mark.parametrize("version", [3, 4])
def test_new_id3_tags_have_the_version_that_the_window_asks_for(library_path, media, work, wait_for, version):
    path = media("mp3-bare")
    with Library.open(library_path) as library:
        list(line.scan_into(library, [path]))
        wanted = list(line.proposals(library, Policy(), genres=["Tango", "Milonga"]))
    ended = []
    work.finished.connect(ended.append)
    work.write(wanted, keep_mtime=False, id3_version=version)
    wait_for(lambda: ended and work.queue.current is None)
    assert (ended[0].done, ended[0].failures) == (1, [])
    with open(path, "rb") as file:
        assert file.read(4) == b"ID3" + bytes([version])
    assert read_tags(path).genres == ("Tango", "Milonga")


def test_the_stage_uses_as_many_threads_as_it_is_told(library_path, songs, monkeypatch):
    asked = []
    real = line.classify

    def watched(tracks, model, *, workers, windows):
        asked.append((workers, windows))
        return real(tracks, model, workers=workers, windows=windows)

    monkeypatch.setattr(line, "classify", watched)
    for cores, windows in ((3, 2), (0, 0)):
        list(stages.classifying(library_path, stages.Classifier(cores=cores, windows=windows)))
    assert asked == [(3, 2), (None, None)]
