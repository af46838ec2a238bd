"""What the filter line offers while one types, and what it says it does not understand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.look.notices import Notice, Notices
from app.look.widgets import FilterField
from app.sorting.filter_help import FilterHelp, offers

KNOWN = {"genre": ["Jazz", "Acid Jazz", "Hip Hop"], "mood": ["calm"]}


@pytest.mark.parametrize(
    ("text", "place", "offered"),
    [
        ("", 0, []),
        ("g", 0, []),
        ("ge", 0, ["genre:"]),
        ("blue -LE", 6, ["length:"]),
        ("(tr", 1, ["track:"]),
        ("genre:ja", 0, ["genre:Jazz", 'genre:"Acid Jazz"']),
        ('genre:"hip h', 0, ['genre:"Hip Hop"']),
        ("a genre:jazz", 2, ["genre:Jazz", 'genre:"Acid Jazz"']),
        ("genre:Jazz", 0, ['genre:"Acid Jazz"']),
        ("is:un", 0, ["is:unsure", "is:unheard"]),
        ("length:", 0, ["length:>10:00"]),
        ("mood:", 0, ["mood:calm"]),
        ("mood:calm ", 10, []),
        ('"ge', 0, []),
        ('"a b" ge', 6, ["genre:"]),
    ],
)
def test_offers_fit_what_is_being_typed(text, place, offered):
    assert offers(text, KNOWN) == (place, offered)


@pytest.fixture
def field(qtbot):
    field = FilterField()
    qtbot.addWidget(field)
    field.show()
    return field


@pytest.fixture
def notices(qtbot):
    notices = Notices()
    qtbot.addWidget(notices)
    notices.show()
    return notices


def test_an_offer_that_is_taken_stands_in_the_line_and_the_rest_stays(field, notices, qtbot):
    help_ = FilterHelp(field, notices)
    help_.offers.know_genres(["Jazz", "Hip Hop", ""])
    qtbot.keyClicks(field, "blue  train")
    field.setCursorPosition(5)
    qtbot.keyClicks(field, "ge")
    assert help_.offers.popup.isVisible()
    qtbot.keyClick(help_.offers.popup, Qt.Key.Key_Down)
    qtbot.keyClick(help_.offers.popup, Qt.Key.Key_Return)
    assert field.text() == "blue genre:train"
    qtbot.keyClicks(field, "hip")
    qtbot.keyClick(help_.offers.popup, Qt.Key.Key_Down)
    qtbot.keyClick(help_.offers.popup, Qt.Key.Key_Return)
    assert field.text() == 'blue genre:"Hip Hop" train'
    assert not help_.offers.popup.isVisible()


def test_what_is_not_understood_is_said_after_a_pause_and_no_longer_than_it_is_true(field, notices, qtbot):
    help_ = FilterHelp(field, notices)
    help_._pause.setInterval(0)
    field.setText("gener:jazz")
    qtbot.waitUntil(lambda: len(notices.open()) == 1)
    assert "Did you mean genre:?" in notices.findChild(Notice).text.text()
    field.setText("genre:jazz")
    assert notices.open() == []
