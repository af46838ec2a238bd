"""What was agreed to and is not done: kept, narrowed to what is left, and gone on with."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from app.jobs import queue, stages
from app.jobs.unfinished import Unfinished
from app.jobs.wishes import JobKind, Task
from app.jobs.work import Work
from genre_tagger import line
from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.files.tags import read_genres
from genre_tagger.library.library import Library
from genre_tagger.review.policy import Action, Proposal
from genre_tagger.writing.journal import Journal

COUNT = 6


def proposal(path, number=1, genres=("Polka",)):
    stamp = FileStamp(1, number, 2**40, 1_700_000_000_123_456_789)
    return Proposal(number, path, stamp, (), genres, None, None, Action.WRITE)


@pytest.fixture
def journal(library_path):
    with Journal.open(line.journal_path(library_path)) as journal:
        yield journal


@pytest.fixture
def library(library_path):
    with Library.open(library_path) as library:
        yield library


@pytest.fixture
def state(tmp_path):
    return str(tmp_path / "state")


@pytest.fixture
def read(state, library_path, library, journal):
    """A function: what a new session finds."""
    return lambda: Unfinished(state, library_path).read(library, journal)


@pytest.fixture
def songs(media, tmp_path, library):
    """Files in the library, and what would write a genre into each."""
    for number in range(COUNT):
        media("wav", os.path.join("music", f"{number}.wav"))
    for _ in line.scan_into(library, [str(tmp_path / "music")]):
        pass
    return [
        Proposal(track.id, track.path, track.stamp, (), ("Polka",), None, None, Action.WRITE)
        for track in library.tracks()
    ]


@pytest.fixture
def work(qapp, library_path, state, wait_for):
    """A function: the jobs of one session, with the library open; what is left over is stopped at the end."""
    sessions = []

    def begin():
        work = Work(library_path, state_folder=state)
        sessions.append(work)
        opened = []
        work.opened.connect(opened.append)
        work.open()
        wait_for(lambda: opened and work.queue.current is None)
        return work, opened[0].tasks

    yield begin
    for one in sessions:
        assert one.stop(10)
        one.deleteLater()
    # Now and here; otherwise the garbage collector may do it in the thread of the next test's jobs.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def written(songs):
    return [song.path for song in songs if read_genres(song.path) == song.new]


@pytest.fixture
def hold(monkeypatch):
    """A function: the jobs of a session take the file after so many in hand only when they are told to end."""

    def hold(work, count):
        def politely(outcomes):
            for number, outcome in enumerate(outcomes, 1):
                yield outcome
                if number == count and (job := work.queue.current):
                    job._halted.wait(30)

        monkeypatch.setattr(queue, "politely", politely)

    return hold


def is_held(work, count):
    job = work.queue.current
    return job.done + len(job._ready) == count


@pytest.fixture
def leave_after(hold, wait_for):
    """A function: begin something in a session, and end that when so many files are done and one is in hand."""

    def leave(work, count, begin):
        done = []
        work.outcomes.connect(lambda wish, batch: done.extend(batch) if wish.changes_files else None)
        hold(work, count)
        begin()
        wait_for(lambda: is_held(work, count))
        assert work.stop(10)
        return done

    return leave


# --- the file ---------------------------------------------------------------------------------------------


def test_a_task_comes_back_as_it_was_with_names_that_are_no_text(read, state, library_path, library, scanned_odd):
    unfinished = Unfinished(state, library_path)
    besides = replace(proposal(scanned_odd), besides=("Happy",), into="mood")
    task = Task(JobKind.WRITE, [besides], {"keep_mtime": True, "id3_version": 3})
    unfinished.add(task)
    unfinished.keep(task)
    unfinished.save()
    (found,) = read()
    assert (found.proposals[0].path, found.proposals[0].stamp) == (scanned_odd, task.proposals[0].stamp)
    assert (found.proposals[0].new, found.options, found.goes_on) == (("Polka",), task.options, True)
    assert (found.proposals[0].besides, found.proposals[0].into) == (("Happy",), "mood")


@pytest.fixture
def scanned_odd(media, library):
    path = media("flac", os.fsdecode(b"caf\xe9.flac"))
    for _ in line.scan_into(library, [path]):
        pass
    return path


def test_what_nobody_keeps_is_offered_only(read, state, library_path, songs):
    unfinished = Unfinished(state, library_path)
    unfinished.add(Task(JobKind.WRITE, songs))
    unfinished.save()
    (found,) = read()
    assert not found.goes_on
    assert found.remaining == COUNT


def test_what_is_done_or_dropped_leaves_no_file(state, library_path, songs):
    unfinished = Unfinished(state, library_path)
    done, dropped = Task(JobKind.WRITE, songs), Task(JobKind.UNDO, batch=1, files=3)
    for task in (done, dropped):
        unfinished.add(task)
    unfinished.save()
    assert os.path.exists(unfinished.path)
    done.done = COUNT
    unfinished.keep(done)
    unfinished.end(done)
    unfinished.drop(dropped)
    unfinished.save()
    assert os.listdir(state) == []


def test_files_that_are_unknown_or_have_the_genre_by_now_are_passed_over(read, state, library_path, library, songs):
    unfinished = Unfinished(state, library_path)
    unfinished.add(Task(JobKind.WRITE, [*songs, proposal("/gone/away.wav", 99)]))
    unfinished.save()
    with Journal.open(line.journal_path(library_path)) as journal:
        for outcome in line.write_into(library, journal, songs[:2]):
            assert not isinstance(outcome, FileFailure)
    (found,) = read()
    assert [one.path for one in found.proposals] == [song.path for song in songs[2:]]


def test_an_undo_that_is_done_is_not_offered_again(read, state, library_path):
    unfinished = Unfinished(state, library_path)
    unfinished.add(Task(JobKind.UNDO, batch=7, files=3))
    unfinished.save()
    assert read() == []


@pytest.mark.parametrize(
    "strange",
    [
        "", "no JSON", "[1]", '{"version": 2, "tasks": []}', '{"version": 1}', '{"version": 1, "tasks": [1, {}]}',
        '{"version": 1, "tasks": [{"kind": "write", "goes on": true, "options": {}, "files": [["x"]]}]}',
        '{"version": 1, "tasks": [{"kind": "write", "goes on": true, "options": [], "files": []}]}',
        '{"version": 1, "tasks": [{"kind": "undo", "goes on": true, "batch": "1"}]}',
        '{"version": 1, "tasks": [{"kind": "undo", "goes on": 1, "batch": 1}]}',
    ],
)  # fmt: skip
def test_a_strange_file_says_nothing(read, state, library_path, strange):
    os.mkdir(state)
    Path(Unfinished(state, library_path).path).write_text(strange)
    assert read() == []


def test_each_library_has_its_own(state, library_path, tmp_path, songs):
    unfinished = Unfinished(state, library_path)
    unfinished.add(Task(JobKind.WRITE, songs))
    unfinished.save()
    other = str(tmp_path / "other.sqlite3")
    with Library.open(other) as library, Journal.open(line.journal_path(other)) as journal:
        assert Unfinished(state, other).read(library, journal) == []


# --- sessions ---------------------------------------------------------------------------------------------


def test_a_write_that_is_left_goes_on_with_exactly_the_rest(work, songs, leave_after, wait_for):
    first, tasks = work()
    assert tasks == []
    done = leave_after(first, 2, lambda: first.write(songs, keep_mtime=True))
    assert len(written(songs)) == len(done) == 3

    second, (task,) = work()
    assert task.goes_on
    assert [one.path for one in task.proposals] == [song.path for song in songs[len(done) :]]
    assert task.options == {"keep_mtime": True, "id3_version": 4}
    second.go_on(task)
    wait_for(lambda: second.queue.current is None)
    assert written(songs) == [song.path for song in songs]
    assert second.stop(10)
    assert work()[1] == []


def test_what_went_on_is_undone_together_with_what_was_before(work, songs, leave_after, wait_for, journal):
    before = [Path(song.path).read_bytes() for song in songs]
    first, _ = work()
    leave_after(first, 2, lambda: first.write(songs, keep_mtime=False))
    second, (task,) = work()
    second.go_on(task)
    wait_for(lambda: second.queue.current is None)
    (batch,) = journal.batches()
    assert batch.files == COUNT
    second.undo(batch.id, batch.files)
    wait_for(lambda: second.queue.current is None)
    assert [Path(song.path).read_bytes() for song in songs] == before


def test_what_goes_on_after_the_first_part_was_taken_back_is_a_write_of_its_own(work, songs, leave_after, journal):
    first, _ = work()
    leave_after(first, 2, lambda: first.write(songs, keep_mtime=False))
    (batch,) = journal.batches()
    with Library.open(first._path) as library:
        for _ in line.undo_into(library, journal, [batch.id]):
            pass
    _, (task,) = work()
    assert task.batch is None


def test_what_goes_on_by_itself_does_so_once_only_whatever_happens(work, songs, leave_after, read):
    first, _ = work()
    leave_after(first, 2, lambda: first.write(songs, keep_mtime=False))
    (once,) = read()
    assert once.goes_on
    (twice,) = read()
    assert not twice.goes_on


def test_what_waits_behind_another_job_goes_on_too(work, songs, leave_after):
    first, _ = work()

    def begin():
        first.write(songs[:4], keep_mtime=False)
        first.write(songs[4:], keep_mtime=False)

    leave_after(first, 1, begin)
    _, tasks = work()
    assert len(tasks) == 2
    assert [one.path for one in tasks[1].proposals] == [song.path for song in songs[4:]]


def test_what_was_cancelled_does_not_come_back(work, songs, hold, wait_for, state):
    first, _ = work()
    hold(first, 1)
    first.write(songs, keep_mtime=False)
    wait_for(lambda: is_held(first, 1))
    first.queue.cancel_current()
    assert first.stop(10)
    assert len(written(songs)) == 2
    assert work()[1] == []
    assert not [name for name in os.listdir(state) if name.startswith("unfinished")]


def test_a_file_that_was_changed_meanwhile_is_refused(work, songs, leave_after, wait_for):
    first, _ = work()
    leave_after(first, 1, lambda: first.write(songs, keep_mtime=False))
    changed = songs[-1].path
    with open(changed, "ab") as file:
        file.write(b"somebody else was here")
    second, (task,) = work()
    failures = []
    second.finished.connect(lambda tally: failures.extend(tally.failures))
    second.go_on(task)
    wait_for(lambda: second.queue.current is None)
    assert [failure.path for failure in failures] == [changed]
    assert len(written(songs)) == COUNT - 1


def test_an_undo_that_is_left_goes_on_until_every_byte_is_back(work, songs, leave_after, wait_for, digest):
    before = [digest(song.path) for song in songs]
    first, _ = work()
    first.write(songs, keep_mtime=False)
    wait_for(lambda: first.queue.current is None)
    done = leave_after(first, 1, lambda: first.undo(1, COUNT))
    assert len(done) == 2
    second, (task,) = work()
    assert (task.kind, task.goes_on, task.remaining) == (JobKind.UNDO, True, COUNT - len(done))
    second.go_on(task)
    wait_for(lambda: second.queue.current is None)
    assert [digest(song.path) for song in songs] == before


@pytest.fixture
def digest():
    return lambda path: Path(path).read_bytes()


def test_a_write_takes_place_even_where_nothing_can_be_kept(work, songs, wait_for, state):
    Path(state).write_text("in the way")
    first, _ = work()
    first.write(songs, keep_mtime=False)
    wait_for(lambda: first.queue.current is None)
    assert len(written(songs)) == COUNT


def test_the_list_is_on_the_drive_before_the_first_file_is_touched(songs, library_path, state):
    os.unlink(songs[0].path)
    unfinished, task = Unfinished(state, library_path), Task(JobKind.WRITE, songs)
    unfinished.add(task)
    assert not os.path.exists(unfinished.path)
    outcomes = stages.writing(library_path, task, unfinished)
    assert isinstance(next(outcomes), FileFailure)
    (stored,) = json.loads(Path(unfinished.path).read_text())["tasks"]
    assert ([file[0] for file in stored["files"]], stored["goes on"]) == ([song.path for song in songs], False)
    outcomes.close()


def test_what_a_crash_left_is_offered_without_the_files_that_were_reached(work, songs, hold, wait_for, state, tmp_path):
    first, _ = work()
    hold(first, 2)
    first.write(songs, keep_mtime=False)
    wait_for(lambda: is_held(first, 2))
    shutil.copytree(state, tmp_path / "as it was")
    assert first.stop(10)
    shutil.rmtree(state)
    os.rename(tmp_path / "as it was", state)
    _, (task,) = work()
    assert not task.goes_on
    assert {one.path for one in task.proposals} == {song.path for song in songs} - set(written(songs))
