from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from app.review.genres.form import GenreForm
from genre_tagger.review.names.genre_list import OwnGenre
from genre_tagger.review.names.standing import Standing

DUB = Standing("Dub", "Reggae", ("Dub Reggae",), "#123456", listed=True)


@pytest.fixture
def form(qtbot):
    form = GenreForm()
    qtbot.addWidget(form)
    form.show_genre(DUB, ["Dub", "Reggae", "World"])
    form.show()
    form.told = []
    form.changed.connect(lambda *said: form.told.append(said))
    return form


def test_a_genre_gets_another_name_kind_words_and_colour(form):
    form.name.setText("Dub Music")
    form.name.editingFinished.emit()
    form.show_genre(DUB, ["Dub", "Reggae", "World"])
    form.name.setText("Dub")
    form.parents.setCurrentText("World")
    form.parents.activated.emit(1)
    form.parents.setCurrentText("Reggae")
    form.aliases.setText("Dub Reggae; ダブ ;")
    form.aliases.editingFinished.emit()
    form.aliases.setText("Dub Reggae")
    form.take_colour(QColor("#abcdef"))
    form.automatic.click()
    assert form.told == [
        ("Dub", OwnGenre("Dub Music", "Reggae", ("Dub Reggae",), "#123456")),
        ("Dub", OwnGenre("Dub", "World", ("Dub Reggae",), "#123456")),
        ("Dub", OwnGenre("Dub", "Reggae", ("Dub Reggae", "ダブ"), "#123456")),
        ("Dub", OwnGenre("Dub", "Reggae", ("Dub Reggae",), "#abcdef")),
        ("Dub", OwnGenre("Dub", "Reggae", ("Dub Reggae",))),
    ]


def test_what_is_the_same_asks_for_nothing(form):
    form.name.editingFinished.emit()
    form.take_colour(QColor())
    assert form.told == []
    assert [form.parents.itemText(row) for row in range(form.parents.count())] == ["", "Reggae", "World"]


def test_what_is_being_typed_stays_when_the_library_changes(form, qtbot):
    form.activateWindow()
    form.name.setFocus()
    qtbot.waitUntil(form.name.hasFocus)
    QTest.keyClicks(form.name, " Mus")
    form.show_genre(DUB._replace(tracks=9), ["Dub"])
    assert form.name.text() == "Dub Mus"
    form.show_genre(Standing("Zouk"), [])
    assert (form.name.text(), form.remove.isEnabled(), form.forget.isEnabled()) == ("Zouk", False, False)


def test_without_a_genre_there_is_nothing_to_change(form):
    form.show_genre(None, [])
    assert not form.isEnabled()
    assert form.worth.text().startswith("Choose a genre")
