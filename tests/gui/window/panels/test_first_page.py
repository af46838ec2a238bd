"""The first page by itself: its choices, the music it counts, and that all of it can be read."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QBoxLayout, QLabel

from app.look import theme, words
from app.window.panels.first_page import FirstPage, MusicCount, music_folder


@pytest.fixture
def own_music(home):
    """The user's music folder: two files of music, one among the hidden, one that is none, and a link to itself."""
    folder = os.path.join(home, "Music")
    os.makedirs(os.path.join(folder, "an album"))
    os.mkdir(os.path.join(folder, ".hidden"))
    for name in ("one.mp3", os.path.join("an album", "two.FLAC"), os.path.join(".hidden", "three.ogg"), "cover.jpg"):
        with open(os.path.join(folder, name), "wb"):
            pass
    os.symlink(folder, os.path.join(folder, "an album", "again"))
    return folder


@pytest.fixture
def show(qtbot):
    """A function that shows the page as the window does, and gives the keyboard to it."""

    def show(width=1000, height=640):
        theme.apply("light")
        page = FirstPage()
        page.build()
        qtbot.addWidget(page)
        page.resize(width, height)
        page.show()
        page.setFocus()
        return page

    return show


@pytest.fixture
def font(qapp):
    """A function that has all text as large as a user may want it."""
    before = QApplication.font()

    def set_size(factor):
        larger = QFont(before)
        larger.setPointSizeF(before.pointSizeF() * factor)
        QApplication.setFont(larger)

    yield set_size
    QApplication.setFont(before)


def notes(page):
    return [card.note.text() for card in page.cards]


def test_the_three_choices_answer_to_the_keyboard_alone(show, own_music, qtbot):
    page = show()
    told = []
    page.folder_chosen.connect(told.append)
    page.add_asked.connect(lambda: told.append("another"))
    page.demo_asked.connect(lambda: told.append("demo"))
    for card in page.cards:
        assert page.focusWidget() is card
        qtbot.keyClick(card, Qt.Key.Key_Return)
        qtbot.keyClick(card, Qt.Key.Key_Tab)
    assert told == [own_music, "another", "demo"]


def test_a_click_on_any_word_of_a_choice_takes_it(show, own_music, qtbot):
    page = show()
    told = []
    page.demo_asked.connect(lambda: told.append("demo"))
    shown = [word for word in page.cards[2].findChildren(QLabel) if word.isVisible()]
    assert len(shown) > 2
    for word in shown:
        where = word.mapTo(page.window(), word.rect().center())
        assert page.window().childAt(where) is page.cards[2]
    qtbot.mouseClick(page.cards[2], Qt.MouseButton.LeftButton)
    assert told == ["demo"]


def test_the_music_folder_is_named_and_its_music_counted_in_the_background(show, own_music, qtbot):
    page = show()
    qtbot.waitUntil(lambda: notes(page)[0] == "2 music files", timeout=20_000)
    assert page.cards[0].accessibleName() == "My music folder"
    assert page.cards[0].accessibleDescription() == f"{own_music}. 2 music files"
    assert not page._looking.isActive()


def test_a_music_folder_that_is_not_there_cannot_be_chosen_and_the_keyboard_moves_on(show, home, qtbot):
    page = show()
    assert page.focusWidget() is page.cards[0]
    qtbot.waitUntil(lambda: not page.cards[0].isEnabled(), timeout=20_000)
    assert notes(page)[0] == "This folder is not there"
    assert page.focusWidget() is page.cards[1]


def test_a_home_that_is_called_the_music_folder_is_not_offered_as_one(home, show):
    config = os.environ["XDG_CONFIG_HOME"]
    os.makedirs(config, exist_ok=True)
    with open(os.path.join(config, "user-dirs.dirs"), "w", encoding="utf-8") as file:
        file.write('XDG_MUSIC_DIR="$HOME/"\n')
    assert music_folder() == ""
    page = show()
    assert [card.accessibleName() for card in page.cards] == ["Another folder…", "The demo library"]


def test_counting_ends_when_the_page_is_left_and_begins_again_when_it_comes_back(show, own_music, qtbot):
    page = show()
    count = page._count
    page.hide()
    assert count._stopped.is_set()
    assert not page._looking.isActive()
    page.show()
    qtbot.waitUntil(lambda: notes(page)[0] == "2 music files", timeout=20_000)


@pytest.mark.parametrize(
    ("files", "whole", "sentence"),
    [(0, True, "No music in it yet"), (1, True, "1 music file"), (99, True, "99 music files"),
     (1_249, True, f"About {words.number(1_200)} music files"),
     (20_990, False, f"More than {words.number(20_000)} music files"), (7, False, "More than 7 music files"),
     (0, False, "")],
)  # fmt: skip
def test_so_many_files_are_said_no_more_exactly_than_they_are_known(files, whole, sentence):
    count = MusicCount("")
    count.files, count.whole, count.over = files, whole, True
    assert count.sentence() == sentence


def test_what_is_dropped_is_awaited_in_words_too(show):
    page = show()
    page.show_drop(True)
    assert page.hint.text() == "Let go to add it."
    page.show_drop(False)
    assert page.hint.text() == "Or drop folders and files anywhere in this window."


@pytest.mark.parametrize(("width", "factor"), [(1000, 1.0), (420, 1.0), (900, 2.0), (680, 2.0)])
def test_every_word_can_be_read_in_a_narrow_window_and_in_a_font_of_twice_the_size(
    show, own_music, font, width, factor, qtbot
):
    font(factor)
    page = show(width, 400)
    page.show_way_back(True)
    page.cards[0].say("About 1,200 music files")
    qtbot.wait(50)
    right = page.viewport().width()
    assert page.widget().width() <= right
    for text in filter(QLabel.isVisible, page.findChildren(QLabel)):
        needed = text.heightForWidth(text.width()) if text.wordWrap() else text.sizeHint().height()
        assert text.height() >= needed, text.text()
        assert text.mapTo(page.widget(), text.rect().topRight()).x() <= right, text.text()
    below = page._promised.direction() == QBoxLayout.Direction.TopToBottom
    assert below == (width < 1000)


def test_in_a_low_window_the_keyboard_brings_each_choice_into_view(show, own_music, font, qtbot):
    font(2.0)
    page = show(700, 300)
    for card in page.cards:
        qtbot.waitUntil(lambda card=card: page.focusWidget() is card)
        seen = page.viewport().rect().contains(card.mapTo(page.viewport(), card.rect().center()))
        assert seen, card.accessibleName()
        qtbot.keyClick(card, Qt.Key.Key_Tab)
