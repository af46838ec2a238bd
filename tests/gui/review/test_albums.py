"""Albums in the window: one key gives an album its genre, a list shows what sounds different, the policy follows."""

from __future__ import annotations

import pytest

from genre_tagger.library.library import Library
from genre_tagger.review.policy import By
from helpers.mouse import draw
from helpers.patience import LONG
from helpers.tracks import predicted, scanned


@pytest.fixture
def two_albums(places):
    """An album of which one track differs, and one that nothing was heard in."""
    with Library.open(places.library) as library:
        for number, genre in enumerate(["Blues", "Blues", "Metal", "Blues"]):
            path = f"/music/First/{number}.flac"
            library.store(scanned(path, title=f"Song {number}", artist="Anna", album="First", number=number))
            library.store(predicted(path, genre, 0.95))
        library.store(scanned("/music/Second/0.flac", title="Silence", artist="Bea", album="Second", number=1))


def decided(places):
    with Library.open(places.library) as library:
        return {track.title: track.decision.genres for track in library.tracks() if track.decision}


def test_one_key_gives_the_album_its_genre_as_one_step_and_one_in_which_nothing_was_heard_is_a_sentence(
    open_window, two_albums, places, qtbot
):
    window = open_window()
    qtbot.waitUntil(lambda: window.tracks.model.rowCount() == 5, timeout=LONG)
    window.tracks.select([3])
    window.actions_by_id["album_genre"].trigger()
    everything = {f"Song {number}": ("Blues",) for number in range(4)}
    qtbot.waitUntil(lambda: decided(places) == everything, timeout=LONG)
    assert "4 tracks ticked: Blues" in window.statusBar().currentMessage()
    window.actions_by_id["undo"].trigger()
    qtbot.waitUntil(lambda: not decided(places), timeout=LONG)
    window.tracks.select([5])
    window.actions_by_id["album_genre"].trigger()
    qtbot.waitUntil(lambda: "No genre was heard" in window.statusBar().currentMessage(), timeout=LONG)
    assert not decided(places)


def test_the_list_of_albums_shows_what_sounds_different_and_gives_genres(
    open_window, two_albums, places, qtbot, monkeypatch
):
    window = open_window()
    qtbot.waitUntil(lambda: window.tracks.model.rowCount() == 5, timeout=LONG)
    window.actions_by_id["albums"].trigger()
    dialog = window.albums.dialog
    model = dialog.albums.model()
    qtbot.waitUntil(lambda: model.rowCount() == 2, timeout=LONG)
    first, second = ([model.index(row, column).data() for column in range(7)] for row in range(2))
    assert (first[0], first[1], first[2], first[3], first[5], first[6]) == ("First", "Anna", "4", "Blues", "75 %", "1")
    assert second[3:] == ["Not classified yet", "", "", ""]
    dragged = []
    monkeypatch.setattr("app.review.albums.drag", lambda ids, source: dragged.append(sorted(ids)))
    draw(dialog.albums, dialog.albums.visualRect(model.index(0, 0)).center())
    assert dragged == [[1, 2, 3, 4]]
    different = dialog.different.model()
    assert [different.index(0, column).data() for column in range(3)] == ["Song 2", "Metal", "95 %"]

    dialog.different.activated.emit(different.index(0, 0))
    qtbot.waitUntil(lambda: window.tracks.selected_ids() == [3], timeout=LONG)
    dialog.give.click()
    qtbot.waitUntil(lambda: len(decided(places)) == 4, timeout=LONG)
    qtbot.waitUntil(lambda: "4 tracks ticked" in dialog.told.accessibleName(), timeout=LONG)
    dialog.albums.selectRow(1)
    assert not dialog.give.isEnabled()
    dialog.close()
    assert window.albums.dialog is None


def test_by_album_the_table_shows_the_albums_genre(open_window, two_albums, qtbot):
    window = open_window()
    qtbot.waitUntil(lambda: window.tracks.model.rowCount() == 5, timeout=LONG)

    def proposed():
        proposals = [window.tracks.model.proposal_at(row) for row in range(4)]
        return [proposal and proposal.genre for proposal in proposals]

    qtbot.waitUntil(lambda: proposed() == ["Blues", "Blues", "Metal", "Blues"], timeout=LONG)
    bar = window.centre.policy_bar
    qtbot.waitUntil(bar.isVisible, timeout=LONG)
    bar.by.setCurrentIndex(bar.by.findData(By.ALBUM.value))
    qtbot.waitUntil(lambda: proposed() == ["Blues"] * 4, timeout=LONG)
