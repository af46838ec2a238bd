from __future__ import annotations

import os
from array import array

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from app.table import track_model
from app.table.columns import COLUMNS, INDEX
from app.table.track_model import TrackModel
from genre_tagger.base.errors import FileStamp
from genre_tagger.library.tracks import Candidate, Decision, NoGenre, Prediction, Track
from genre_tagger.review.policy import Action, Mode, Policy
from helpers.tracks import track

Role = Qt.ItemDataRole


def a_track(number: int = 1, **changes) -> Track:
    plain = {
        "id": number, "path": f"/music/album/{number:02} song.flac", "title": f"Song {number}",
        "track_number": number, "stamp": FileStamp(1, number, 1000, 1),
    }  # fmt: skip
    return track(**(plain | changes))


def said(genre: str = "Jazz", probability: float = 0.83) -> Prediction:
    return Prediction("", "model", (Candidate(genre, probability),))


@pytest.fixture
def model(library_state):
    model = TrackModel(library_state)
    # Watches every signal and answer from here on, and warns, which fails the test, where a view would be misled.
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    yield model
    tester.deleteLater()


def fill(model: TrackModel, *tracks: Track) -> None:
    model.set_order(array("q", [track.id for track in tracks]), tracks)


def text(model: TrackModel, key: str, row: int = 0, role: int = Role.DisplayRole):
    return model.index(row, INDEX[key]).data(role)


def test_every_column_shows_its_text(model):
    fill(model, a_track(7, genres=("Rock", "Blues"), prediction=said()))
    shown = {column.key: text(model, column.key) for column in COLUMNS}
    assert shown == {
        "tick": "", "title": "Song 7", "artist": "Anna", "album": "First", "number": "7", "genre": "Rock; Blues",
        "mood": "",
        "proposal": "Jazz", "confidence": "83 %", "state": "Keeps its genre", "length": "1:01", "format": "FLAC",
        "path": "/music/album",
    }  # fmt: skip


def test_a_track_without_a_title_shows_its_file_name_even_when_that_is_no_text(model):
    path = os.fsdecode(b"/music/\xe4 song\n.mp3")
    fill(model, a_track(title="", path=path))
    assert text(model, "title") == "\N{REPLACEMENT CHARACTER} song .mp3"
    assert text(model, "title").encode()


def test_text_from_a_file_is_on_one_line_and_never_taken_for_html(model):
    fill(model, a_track(title="<b>x</b>\nnext", artist="a\u202eb"))
    assert text(model, "title") == "<b>x</b> next"
    assert text(model, "artist") == "ab"


@pytest.mark.parametrize(
    ("changes", "state", "ticked"),
    [
        ({"prediction": said()}, "Will be written", Qt.CheckState.Checked),
        ({"prediction": said(), "genres": ("Jazz",)}, "Already has it", None),
        ({"prediction": said(), "genres": ("Rock",)}, "Keeps its genre", Qt.CheckState.Unchecked),
        ({"prediction": said("Jazz", 0.2)}, "Unsure", Qt.CheckState.Unchecked),
        ({"prediction": said(), "decision": Decision(False)}, "Declined", Qt.CheckState.Unchecked),
        (
            {"prediction": said(), "refusal": "Genres cannot be written into it."},
            "Genres cannot be written into it.",
            None,
        ),
        ({"prediction": said(), "genres": ("Jazz",), "refusal": "No."}, "Already has it", None),
        ({}, "Not classified yet", None),
        ({"prediction": said(), "missing": True}, "File not found", None),
        ({"error": "This is no audio file.", "error_stage": "scan"}, "This is no audio file.", None),
        ({"decision": Decision(True, ("Swing",))}, "Will be written", Qt.CheckState.Checked),
    ],
)
def test_each_state_has_a_word_of_its_own_and_a_tick_where_there_is_a_choice(model, changes, state, ticked):
    fill(model, a_track(**changes))
    assert text(model, "state") == state
    assert text(model, "tick", role=Role.CheckStateRole) == ticked
    checkable = bool(model.index(0, INDEX["tick"]).flags() & Qt.ItemFlag.ItemIsUserCheckable)
    assert checkable == (ticked is not None)


def test_states_differ_in_their_marks_and_not_only_in_colour():
    from app.table.columns import _STATES

    assert len({state.mark for state in _STATES.values()}) == len(_STATES) == len(Action) + 5
    assert {action.value for action in Action} - {"nothing"} | set(NoGenre) <= _STATES.keys()


def test_a_screen_reader_hears_what_the_cells_draw(model):
    fill(model, a_track(prediction=said()))
    assert text(model, "proposal", role=Role.AccessibleTextRole) == "Jazz, 83 %, Will be written"
    assert text(model, "tick", role=Role.AccessibleTextRole) == "Will be written"
    header = model.headerData(INDEX["tick"], Qt.Orientation.Horizontal, Role.AccessibleTextRole)
    assert header == "Write"


def test_rows_that_are_not_loaded_are_empty_and_asked_for_once(model):
    asked = []
    model.rows_wanted.connect(lambda: asked.append(True))
    model.set_order(array("q", [5, 6, 7]))
    assert text(model, "title") is None
    assert text(model, "title", 2) is None
    assert asked == [True]
    assert model.unloaded(0, 10) == [5, 6, 7]
    model.upsert([a_track(5), a_track(7)], asked=[5, 6, 7])
    assert [text(model, "title", row) for row in range(3)] == ["Song 5", None, "Song 7"]
    assert model.unloaded(0, 10) == []
    assert asked == [True]


def test_a_changed_track_changes_only_its_row(model):
    fill(model, a_track(1), a_track(2), a_track(3))
    changed = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row(), last.column())))
    model.upsert([a_track(2, title="New")])
    assert changed == [(1, 1, len(COLUMNS) - 1)]
    assert text(model, "title", 1) == "New"


def test_another_policy_changes_the_proposals(model, library_state):
    fill(model, a_track(genres=("Rock",), prediction=said("Hip-Hop", 0.6)))
    assert model.proposal_at(0).action is Action.KEEP
    library_state.take_policy(Policy(Mode.ADD, 0.5, {"Hip-Hop": "Hip Hop"}))
    assert text(model, "proposal") == "Rock; Hip Hop"
    assert text(model, "tick", role=Role.CheckStateRole) == Qt.CheckState.Checked
    library_state.take_policy(Policy(Mode.REPLACE, 0.9))
    assert text(model, "state") == "Unsure"


def test_rows_and_ids_and_paths_are_found(model):
    fill(model, a_track(9), a_track(3))
    assert model.row_of(3) == 1
    assert model.row_of(4) is None
    assert list(model.ids()) == [9, 3]
    assert model.held(["/music/album/03 song.flac", "/elsewhere.mp3"]) == [3]
    fill(model, a_track(3), a_track(9))
    assert model.row_of(3) == 0


def test_memory_is_bounded_and_the_newest_tracks_stay(model, monkeypatch):
    monkeypatch.setattr(track_model, "KEPT", 10)
    model.set_order(array("q", range(100)))
    for start in range(0, 100, 5):
        model.upsert([a_track(number) for number in range(start, start + 5)])
    held = [row for row in range(100) if model.track_at(row) is not None]
    assert held == list(range(90, 100))
    assert model.held(f"/music/album/{number:02} song.flac" for number in range(100)) == held


def test_a_tick_is_asked_for_and_not_taken(model):
    fill(model, a_track(4, prediction=said()), a_track(5))
    asked = []
    model.tick_wanted.connect(lambda *tick: asked.append(tick))
    assert model.setData(model.index(0, INDEX["tick"]), Qt.CheckState.Unchecked, Role.CheckStateRole)
    assert not model.setData(model.index(1, INDEX["tick"]), Qt.CheckState.Checked, Role.CheckStateRole)
    assert asked == [(4, False)]
    assert text(model, "tick", role=Role.CheckStateRole) == Qt.CheckState.Checked


def test_typed_genres_are_cleaned_and_asked_for_unless_nothing_changed(model):
    fill(model, a_track(4, prediction=said()))
    asked = []
    model.genres_wanted.connect(lambda *genres: asked.append(genres))
    cell = model.index(0, INDEX["proposal"])
    assert cell.data(Role.EditRole) == "Jazz"
    assert cell.flags() & Qt.ItemFlag.ItemIsEditable
    for typed in ("Jazz", " Jazz ;", "Rock ;; Blues; rock\n", ""):
        model.setData(cell, typed, Role.EditRole)
    assert asked == [(4, ("Rock", "Blues")), (4, ())]
