"""Bars that say what happened."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.look.notices import Notices

HOSTILE = "<b>x</b> & y\nz"


def test_a_notice_takes_the_place_of_an_older_one_on_its_subject(qtbot):
    notices = Notices()
    qtbot.addWidget(notices)
    notices.resize(600, 300)
    notices.show()
    done = []
    notices.say("a", "first")
    notices.say("b", "other")
    notices.say("a", HOSTILE, "Do it", lambda: done.append(1))
    assert [notice.text.text() for notice in notices.open()] == ["other", HOSTILE]
    qtbot.mouseClick(notices.open()[1].button, Qt.MouseButton.LeftButton)
    assert done == [1]
    qtbot.mouseClick(notices.open()[0].close_button, Qt.MouseButton.LeftButton)
    assert notices.open() == []
