"""The settings in the window: what is chosen counts at once, wherever it is chosen."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import mutagen.id3
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from app.dialogs.write import WriteDialog
from app.look import theme
from app.settings.dialog import FoldersPage
from app.settings.places import Places
from app.table.columns import INDEX
from genre_tagger.base.genre_words import TEN
from genre_tagger.files.scan import scan_file
from genre_tagger.files.tags import read_genres, read_words, write_genres
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Prediction, TagFact, TagValues
from genre_tagger.model.card import ModelCard
from genre_tagger.model.network import default_model_folder
from genre_tagger.review.policy import Mode
from helpers.files import digest
from helpers.patience import LONG
from helpers.tracks import predicted, scanned


@pytest.fixture
def opened(open_window):
    """A window without a library, and its open settings."""
    window = open_window()
    window.actions_by_id["settings"].trigger()
    return window, window.preferences.dialog


def test_the_menu_opens_one_dialog_that_goes_with_the_window(opened):
    window, dialog = opened
    assert window.actions_by_id["settings"].shortcut().toString() == "Ctrl+,"
    window.actions_by_id["settings"].trigger()
    assert window.preferences.dialog is dialog
    assert dialog.isVisible()
    window.close()
    assert not dialog.isVisible()
    assert window.preferences.dialog is None


def test_a_word_typed_just_before_the_window_is_closed_is_kept(opened, qtbot, open_window):
    window, dialog = opened
    field = dialog.rows["spelling"].control.fields["Disco"]
    field.setFocus()
    qtbot.keyClicks(field, "Dance")
    window.close()
    assert open_window().state.now.policy.spelling == {"Disco": "Dance"}


def test_closed_and_opened_again_it_shows_what_was_chosen_meanwhile(opened):
    window, dialog = opened
    dialog.go(3)
    dialog.close()
    window.actions_by_id["scheme_dark"].trigger()
    window.actions_by_id["settings"].trigger()
    assert window.preferences.dialog is not dialog
    assert window.preferences.dialog.stack.currentIndex() == 3
    assert window.preferences.dialog.rows["scheme"].control.part.currentData() == "dark"


def test_policy_bar_and_dialog_say_the_same(opened):
    window, dialog = opened
    bar, rows = window.centre.policy_bar, dialog.rows
    bar.build()
    rows["threshold"].control.part.setValue(71)
    rows["mode"].control.part.setCurrentIndex(1)
    assert (bar.threshold.value(), bar.sure.text(), bar.mode.currentData()) == (71, "71 % sure", "add")
    rows["by"].control.part.setCurrentIndex(1)
    policy = window.state.now.policy
    assert (policy.mode.value, policy.threshold, policy.by.value) == bar.rules()
    bar.threshold.setValue(30)
    bar.mode.setCurrentIndex(2)
    assert rows["threshold"].control.part.value() == 30
    assert rows["mode"].control.part.currentData() == "replace"
    assert window.state.now.policy.mode is Mode.REPLACE


def test_a_step_of_the_policy_bar_keeps_the_words(opened):
    window, _ = opened
    window.settings.set("spelling", {"Jazz": "Swing"})
    window.centre.policy_bar.build()
    window.centre.policy_bar.threshold.setValue(12)
    assert window.state.now.policy.spelling == {"Jazz": "Swing"}


def test_menu_and_dialog_show_the_same_colours(opened):
    window, dialog = opened
    box = dialog.rows["scheme"].control.part
    box.setCurrentIndex(box.findData("dark"))
    assert window.palette().window().color().name() == theme.DARK.window
    assert window.actions_by_id["scheme_dark"].isChecked()
    window.actions_by_id["scheme_light"].trigger()
    assert box.currentData() == "light"
    assert dialog.palette().window().color().name() == theme.LIGHT.window


def test_playback_is_the_same_in_menu_player_and_dialog(opened):
    window, dialog = opened
    for name in ("play_selected", "play_on", "keep_playing"):
        box, action = dialog.rows[name].control.box, window.actions_by_id[name]
        box.click()
        assert action.isChecked() == box.isChecked() == getattr(window.settings.settings, name)
        action.trigger()
        assert action.isChecked() == box.isChecked() == getattr(window.settings.settings, name)
    dialog.rows["volume"].control.part.setValue(40)
    assert window.sound.player.volume == pytest.approx(0.4)
    window.actions_by_id["louder"].trigger()
    assert dialog.rows["volume"].control.part.value() == 45


def test_muting_is_no_setting(opened):
    window, _ = opened
    window.actions_by_id["mute"].trigger()
    assert window.sound.player.volume == 0
    assert window.settings.settings.volume == 0.8
    window.actions_by_id["mute"].trigger()
    assert window.sound.player.volume == pytest.approx(0.8)


def test_the_listener_hears_with_what_was_chosen_now_and_at_the_next_start(opened, open_window):
    window, dialog = opened
    dialog.rows["windows"].control.part.setCurrentIndex(2)
    window.settings.set("cores", 1)
    assert (window.work.classifier.windows, window.work.classifier.cores) == (2, 1)
    window.close()
    again = open_window()
    assert (again.work.classifier.windows, again.work.classifier.cores) == (2, 1)


def test_words_and_version_of_new_tags_are_those_that_were_chosen(open_window, settled, music, agree):
    window = open_window([music])
    settled(window)
    window.settings.set("threshold", 0.0)
    heard = {genre: f"My {genre}; More" for genre in ModelCard.read(default_model_folder()).labels}
    window.settings.set("spelling", heard)
    window.settings.set("id3_version", 3)
    settled(window)
    agree(window)
    genres = read_genres(os.path.join(music, "c.mp3"))
    assert genres[0].startswith("My ")
    assert genres[-1].endswith("More")
    assert mutagen.id3.ID3(os.path.join(music, "c.mp3"), translate=False).version == (2, 3, 0)
    assert mutagen.id3.ID3(os.path.join(music, "a.mp3"), translate=False).version == (2, 4, 0)  # had a tag


def test_the_question_before_writing_knows_the_date_setting_and_changes_it(open_window, settled, music, qtbot):
    window = open_window([music])
    window.settings.set("threshold", 0.0)
    window.settings.set("keep_mtime", True)
    settled(window)
    seen = []

    def answer():
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, WriteDialog):
            seen.append(dialog.keep_mtime)
            dialog._box.click()
            dialog.reject()
            timer.stop()

    timer = QTimer(interval=20)
    timer.timeout.connect(answer)
    timer.start()
    window.actions_by_id["write"].trigger()
    qtbot.waitUntil(lambda: not timer.isActive(), timeout=LONG)
    qtbot.waitUntil(lambda: not window.settings.settings.keep_mtime, timeout=LONG)
    assert seen == [True]


def test_a_folder_is_removed_from_the_dialog(opened, settled, music, qtbot):
    window, dialog = opened
    page = dialog.findChild(FoldersPage)
    assert page.list.count() == 0
    window.commands.add([music])
    settled(window)
    qtbot.waitUntil(lambda: page.list.count() == 1, timeout=LONG)
    dialog.list.setCurrentRow(dialog.list.count() - 1)
    assert page.list.item(0).text() == music

    def answer():
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            next(one for one in box.findChildren(QPushButton) if "Forget" in one.text()).click()
            timer.stop()

    timer = QTimer(interval=20)
    timer.timeout.connect(answer)
    timer.start()
    page.remove_button.click()
    qtbot.waitUntil(lambda: page.list.count() == 0, timeout=LONG)
    qtbot.waitUntil(lambda: not window.tracks.model.ids(), timeout=LONG)
    assert len(os.listdir(music)) == 5


def test_a_newer_settings_file_is_kept_and_the_window_says_where(open_window, places, notice_texts):
    os.makedirs(os.path.dirname(places.settings))
    with open(places.settings, "w", encoding="utf-8") as file:
        json.dump({"version": 99, "scheme": "dark"}, file)
    window = open_window()
    (kept,) = [name for name in os.listdir(os.path.dirname(places.settings)) if ".newer-" in name]
    assert any(kept in text for text in notice_texts(window))
    window.settings.set("mode", "add")
    window.close()
    assert sorted(os.listdir(os.path.dirname(places.settings))) == ["settings.json", kept]
    again = open_window()
    assert again.settings.settings.mode == "add"
    assert not [text for text in notice_texts(again) if "settings" in text]


def test_settings_that_cannot_be_saved_are_said_in_a_bar(open_window, places, qtbot, caplog):
    window = open_window()
    os.makedirs(places.settings)
    window.settings.set("mode", "add")
    bars = window.centre.notices
    qtbot.waitUntil(lambda: any(places.settings in one.text.text() for one in bars.open()), timeout=LONG)
    os.rmdir(places.settings)
    window.settings.set("mode", "replace")
    qtbot.waitUntil(lambda: not any(places.settings in one.text.text() for one in bars.open()), timeout=LONG)
    os.unlink(places.settings)
    os.makedirs(places.settings)
    window.settings.set("mode", "fill")
    window.close()
    assert places.settings in caplog.text


def test_where_portable_mode_is_impossible_the_window_says_so(open_window, places, notice_texts):
    told = Places(places.library, places.settings, places.window, problem="Nothing can be kept there.")
    assert "Nothing can be kept there." in notice_texts(open_window(places=told))


def test_moods_go_along_with_every_write_and_back_with_it(open_window, places, settled, media, agree):
    path = media("mp3-v23")
    write_genres(path, ())
    facts = (TagFact("happy", "Happy", "mood", 0.3), TagFact("sad", "Sad", "mood", 0.3))
    with Library.open(places.library) as library:
        library.store(scan_file(path))
        heard = predicted(path, "Disco", model="m")
        library.store(replace(heard, tag_values=TagValues.of(facts, (0.8, 0.1))))
    before = digest(path)
    window = open_window()
    settled(window)
    window.settings.set("besides", "mood")
    window.settings.set("besides_field", "mood")
    agree(window)
    settled(window)
    assert (read_genres(path), read_words(path, "mood")) == (("Disco",), ("Happy",))
    window.actions_by_id["undo_write"].trigger()
    settled(window)
    assert digest(path) == before
    window.settings.set("besides_field", "genre")
    settled(window)
    row = window.tracks.model.index(0, INDEX["proposal"])
    assert row.data() == "Disco; Happy"


def test_who_wants_the_ten_has_them_at_once_and_all_again(open_window, places, settled, qtbot, monkeypatch):
    monkeypatch.setattr("app.window.outcomes.MANY", 1)  # so many that what comes of them is kept
    heard = (Candidate("Electronic", 0.7), Candidate("Rock", 0.2), Candidate("Jazz", 0.1))
    with Library.open(places.library) as library:
        library.store(scanned("/music/a.mp3"), Prediction("/music/a.mp3", "m", heard))
    window = open_window()
    settled(window)
    index = window.tracks.model.index(0, INDEX["proposal"])
    qtbot.waitUntil(lambda: index.data() == "Electronic", timeout=LONG)
    window.centre.view.select_rows([0])
    window.settings.set("among", "ten")
    qtbot.waitUntil(lambda: index.data() == "Rock", timeout=LONG)
    qtbot.waitUntil(lambda: window.details.candidates.buttons[0].text() == "Rock", timeout=LONG)
    assert not window.details.candidates.buttons[2].isVisible()
    assert window.work.classifier.among == TEN
    qtbot.waitUntil(lambda: not window.work.kinds(), timeout=LONG)
    with Library.open(places.library) as library:
        library.among = TEN
        assert library.unprepared() == 0
    window.settings.reset("among")
    qtbot.waitUntil(lambda: index.data() == "Electronic", timeout=LONG)
