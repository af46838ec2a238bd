"""All features of the selected tracks: from the table on the screen into a table on the disk."""

from __future__ import annotations

import csv
import os

import numpy as np
import pytest
import soundfile

from app.dialogs import saving
from app.dialogs.features import Missing
from app.jobs.wishes import JobKind
from genre_tagger.sound.descriptors import COLUMNS, describe_file
from helpers.patience import LONG


@pytest.fixture
def save_as(monkeypatch):
    """A function: path → that is what the next dialog is answered with."""
    return lambda path: monkeypatch.setattr(saving.Place, "ask", lambda *_: str(path))


@pytest.fixture
def select(settled, track_id, qtbot):
    """A function: window and names → these rows are selected."""

    def select(window, *names):
        settled(window)
        window.tracks.select([track_id(window, name) for name in names])
        qtbot.waitUntil(window.actions_by_id["save_features"].isEnabled, timeout=LONG)

    return select


@pytest.fixture
def ended(qtbot):
    """A function: window → waits until the table is done with, and gives how it went."""

    def ended(window, act):
        found = []
        window.work.finished.connect(lambda tally: found.append(tally) if tally.kind is JobKind.DESCRIBE else None)
        act()
        qtbot.waitUntil(lambda: bool(found), timeout=LONG)
        return found[0]

    return ended


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_features_of_the_selected_tracks_are_saved_in_the_order_of_the_rows(
    open_window, music, select, save_as, ended, tmp_path
):
    window = open_window([music])
    assert not window.actions_by_id["save_features"].isEnabled()
    select(window, "d.flac", "a.mp3")
    action = window.actions_by_id["save_features"]
    target = tmp_path / "table.csv"
    save_as(target)
    tally = ended(window, action.trigger)
    assert (tally.done, tally.failures, tally.error) == (2, [], None)
    rows = read(target)
    assert tuple(rows[0]) == COLUMNS
    assert {row["filename"] for row in rows} == {"a.mp3", "d.flac"}
    named = {row["filename"]: row for row in rows}
    wanted = describe_file(os.path.join(music, "d.flac"))
    for name, value in wanted.numbers.items():
        np.testing.assert_allclose(float(named["d.flac"][name]), value, rtol=1e-3, atol=1e-3)
    assert named["d.flac"]["label"] == "Jazz"
    assert "2 tracks" in window.statusBar().currentMessage()
    assert action.isEnabled()


def test_files_that_cannot_be_read_are_named_and_the_others_are_saved(
    open_window, music, select, save_as, ended, tmp_path, notice_texts
):
    window = open_window([music])
    select(window, "b.wav", "e.mp3")
    save_as(tmp_path / "table.csv")
    tally = ended(window, window.actions_by_id["save_features"].trigger)
    assert len(tally.failures) == 1
    assert [row["filename"] for row in read(tmp_path / "table.csv")] == ["b.wav"]
    assert any("Left out: 1 file that could not be read." in text for text in notice_texts(window))
    listed = Missing(tally.failures, window)
    assert listed.model.text(listed.model.rows[0], 0) == "e.mp3"
    assert listed.model.text(listed.model.rows[0], 2)


def test_what_was_computed_for_a_folder_that_is_gone_can_be_saved_elsewhere(
    open_window, music, select, save_as, ended, tmp_path
):
    window = open_window([music])
    select(window, "b.wav")
    save_as(tmp_path / "gone" / "table.csv")
    tally = ended(window, window.actions_by_id["save_features"].trigger)
    assert "not there any more" in tally.error
    (notice,) = [one for one in window.centre.notices.open() if one.property("subject") == "describe"]
    save_as(tmp_path / "table.csv")
    tally = ended(window, notice.button.click)
    assert tally.error is None
    assert len(read(tmp_path / "table.csv")) == 1


def test_stopping_saves_nothing_but_offers_what_there_is(
    open_window, settled, select, save_as, ended, tmp_path, shown_names
):
    folder = tmp_path / "many"
    folder.mkdir()
    noise = np.random.default_rng(0).normal(0, 0.1, 22_050 * 20).astype(np.float32)
    for number in range(12):
        soundfile.write(str(folder / f"{number:02}.wav"), noise, 22_050)
    window = open_window([str(folder)])
    settled(window)
    select(window, *shown_names(window))
    save_as(tmp_path / "table.csv")

    def stop_early():
        window.actions_by_id["save_features"].trigger()
        window.work.outcomes.connect(
            lambda wish, _: window.work.queue.cancel_current() if wish.kind is JobKind.DESCRIBE else None
        )

    tally = ended(window, stop_early)
    assert tally.cancelled
    assert not (tmp_path / "table.csv").exists()
    (notice,) = [one for one in window.centre.notices.open() if one.property("subject") == "describe"]
    assert "of 12 tracks" in notice.text.text()
    tally = ended(window, notice.button.click)
    assert 1 <= len(read(tmp_path / "table.csv")) < 12
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]
