"""New music in the window: which folders are watched, what comes is scanned and gathers in New, and what is said."""

from __future__ import annotations

import os
import threading
import time

import pytest

from app.jobs.counts import count
from app.jobs.state import Counted
from app.jobs.wishes import JobKind
from app.jobs.work import Work
from app.look.notices import Notices
from app.settings.dialog import FoldersPage
from app.settings.places import Places
from app.settings.store import SettingsStore
from app.sorting.watching.new_music import NewMusic
from app.sorting.watching.watcher import Watcher
from genre_tagger.base.watching.watch import Came, How, Watched, watch
from genre_tagger.files.scan import Music
from genre_tagger.library.library import Library
from genre_tagger.review import arrivals
from genre_tagger.review.policy import Policy
from helpers.patience import LONG


class Played:
    """A watch that tells what the test wants; also which folders it was asked for."""

    def __init__(self):
        self.asked, self.outcomes, self.running = [], [], 0
        self.lock = threading.Lock()

    def __call__(self, folders):
        self.asked.append(sorted(folders))
        return self._go()

    def _go(self):
        self.running += 1
        try:
            while True:
                with self.lock:
                    outcome = self.outcomes.pop(0) if self.outcomes else None
                if isinstance(outcome, Exception):
                    raise outcome
                yield outcome
                time.sleep(0.005)
        finally:
            self.running -= 1

    def tell(self, outcome):
        with self.lock:
            self.outcomes.append(outcome)


@pytest.fixture
def played():
    return Played()


@pytest.fixture
def folder(tmp_path, library_path):
    made = tmp_path / "music"
    made.mkdir()
    with Library.open(library_path) as library:
        library.add_folder(str(made))
        library.add_folder("/other")
    return str(made)


@pytest.fixture
def part(folder, played, queries, library_path, library_state, tmp_path, qtbot):
    notices, work = Notices(), Work(library_path, state_folder=str(tmp_path))
    qtbot.addWidget(notices)
    notices.show()
    settings = SettingsStore.open(str(tmp_path / "settings.json"))
    watcher = Watcher(watch=played)
    part = NewMusic(work, queries, work, library_state, settings, notices, watcher)
    part.notices, part.settings, part.work = notices, settings, work
    library_state.open(may_write=True)
    library_state.take_count(Counted(0, [], {}, [], ["/other", folder]))
    yield part
    part.stop()
    assert work.stop(10)


def test_nothing_is_watched_before_it_is_chosen_one_by_one_or_all(part, played, folder, qtbot, library_path):
    qtbot.wait(50)
    assert played.asked == []
    part.choose(folder, True)
    qtbot.waitUntil(lambda: played.asked == [[folder]], timeout=LONG)
    part.settings.set("watch_all", True)
    qtbot.waitUntil(lambda: played.asked[-1] == sorted(["/other", folder]), timeout=LONG)
    part.settings.set("watch_all", False)
    part.choose(folder, False)
    qtbot.waitUntil(lambda: played.running == 0, timeout=LONG)
    with Library.open(library_path) as library:
        assert arrivals.watched(library) == []


def test_what_was_chosen_is_watched_again_at_the_next_start(part, played, folder, queries, library_state, qtbot):
    part.choose(folder, True)
    qtbot.waitUntil(lambda: bool(played.asked), timeout=LONG)
    again = Played()
    second = NewMusic(part, queries, part.work, library_state, part.settings, part.notices, Watcher(watch=again))
    qtbot.waitUntil(lambda: again.asked == [[folder]], timeout=LONG)
    second.stop()


def test_what_comes_is_scanned_and_gathers_in_new(part, played, folder, media, library_path, qtbot):
    part.settings.set("watch_all", True)
    path = media("mp3", os.path.join("music", "a.mp3"))
    finished = []
    part.work.finished.connect(finished.append)
    played.tell(Came((path, os.path.join(folder, "gone.mp3"))))
    qtbot.waitUntil(lambda: bool(finished), timeout=LONG)
    with Library.open(library_path) as library:
        assert count(library, Policy()).states["new"] == 1
        assert [track.path for track in library.tracks()] == [path]
    played.tell(Came((path,)))  # as this program's own writes are told as well
    qtbot.wait(100)
    assert len(finished) == 1
    seen = []
    part.seen.connect(lambda: seen.append(True))
    part.clear()
    qtbot.waitUntil(lambda: bool(seen), timeout=LONG)
    with Library.open(library_path) as library:
        assert count(library, Policy()).states["new"] == 0


def test_what_comes_while_something_is_scanned_is_scanned_together_afterwards(part, folder, media, qtbot):
    paths = [media("mp3", os.path.join("music", f"{number}.mp3")) for number in range(4)]
    finished = []
    part.work.finished.connect(lambda tally: finished.append((tally.kind, tally.done)))
    for path in paths:
        part._arrive([path])
    qtbot.waitUntil(lambda: [done for kind, done in finished if kind is JobKind.SCAN] == [1, 3], timeout=LONG)


def test_the_limit_of_the_system_is_said_and_a_drive_that_is_gone_on_the_page(part, played, folder, qtbot, home):
    page = FoldersPage(Places.usual())
    qtbot.addWidget(page)
    page.show_folders(["/other", folder])
    part.offer(page)
    part.choose(folder, True)
    qtbot.waitUntil(lambda: bool(played.asked), timeout=LONG)
    played.tell(Watched(folder, How.LOOKED, limit=True))
    qtbot.waitUntil(lambda: bool(part.notices.open()), timeout=LONG)
    assert "fs.inotify.max_user_watches" in part.notices.open()[0].text.text()
    assert page.list.item(1).text().endswith("looked through every minute")
    played.tell(Watched(folder, How.GONE))
    qtbot.waitUntil(lambda: "not there at the moment" in page.list.item(1).text(), timeout=LONG)
    played.tell(Watched(folder, How.TOLD))
    qtbot.waitUntil(lambda: page.list.item(1).text().endswith("watched"), timeout=LONG)
    part.choose(folder, False)
    qtbot.waitUntil(lambda: part.notices.open() == [], timeout=LONG)


def test_a_fault_in_the_watch_is_said_and_it_can_be_begun_again(part, played, folder, qtbot, caplog):
    part.settings.set("watch_all", True)
    played.tell(RuntimeError("a fault"))
    qtbot.waitUntil(lambda: bool(part.notices.open()), timeout=LONG)
    caplog.clear()
    part.notices.open()[0].button.click()
    qtbot.waitUntil(lambda: len(played.asked) == 2, timeout=LONG)


def test_ticks_on_the_page_choose_folders_unless_all_are_watched(part, folder, qtbot, home):
    from PySide6.QtCore import Qt

    page = FoldersPage(Places.usual())
    qtbot.addWidget(page)
    page.show_folders(["/other", folder])
    part.offer(page)
    assert page.list.item(1).checkState() == Qt.CheckState.Unchecked
    page.list.item(1).setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: part.watcher.folders == [folder], timeout=LONG)
    part.settings.set("watch_all", True)
    assert page.list.item(0).checkState() == Qt.CheckState.Checked
    assert not page.list.item(0).flags() & Qt.ItemFlag.ItemIsUserCheckable


def test_the_real_watch_sees_a_file_that_is_copied_in(part, folder, media, qtbot):
    came = []
    watcher = Watcher(part, lambda folders: watch(folders, Music(), still=0.1))
    watcher.came.connect(came.extend)
    watcher.changed.connect(lambda way: ways.append(way.how))
    ways = []
    watcher.follow([folder])
    qtbot.waitUntil(lambda: bool(ways), timeout=LONG)
    path = media("flac", os.path.join("music", "b.flac"))
    qtbot.waitUntil(lambda: came == [path], timeout=LONG)
    watcher.stop()
