"""The smaller parts of the window: words, colours, drops, problems, questions, history."""

from __future__ import annotations

import os
from urllib.parse import quote

import pytest
from PySide6.QtCore import QLocale, QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel, QMainWindow, QPushButton

from app.dialogs.history import HistoryDialog
from app.dialogs.write import WriteDialog, summary
from app.look import theme, words
from app.look.notices import Notices
from app.look.widgets import ElidedLabel
from app.table.failures import FailuresView
from app.window.actions import CONTEXT, MENUS, ROWS, Actions
from app.window.panels import drops
from app.window.panels.progress_bar import ProgressPart
from genre_tagger.base.errors import FileFailure, FileStamp
from genre_tagger.review.policy import Action, Proposal
from genre_tagger.writing.journal import Batch

HOSTILE = "<b>x</b> & y\nz"
# The offscreen platform says so of every window that has a least size.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def proposal(number, new, old=()):
    return Proposal(number, f"/m/{number}.mp3", FileStamp(1, 1, 1, 1), old, new, new[0], 0.9, Action.WRITE)


# --- words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.6, "1:00"), (545, "9:05"), (3600, "1:00:00"), (36061, "10:01:01")],
)
def test_a_length_is_written_as_players_do(seconds, text):
    assert words.length(seconds) == text


def test_no_model_is_ever_certain():
    assert (words.percent(0.999), words.percent(1.0), words.percent(0.004)) == ("99 %", "99 %", "0 %")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3, "less than a minute left"), (70, "about a minute left"), (600, "about 10 minutes left"),
     (3560, "about 59 minutes left"), (3590, "about an hour left"), (3700, "about an hour left"),
     (7300, "about 2 hours left"), (9000, "about 2.5 hours left")],
)  # fmt: skip
def test_time_left_is_said_no_more_exactly_than_it_is_known(seconds, text):
    assert words.time_left(seconds) == text


def test_halves_of_hours_are_written_the_way_of_the_country():
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German))
    try:
        assert words.time_left(9000) == "about 2,5 hours left"
    finally:
        QLocale.setDefault(before)


def test_text_from_files_becomes_one_harmless_line():
    assert words.one_line("a\r\nb\u202ec\x1bd\u2028e") == "a  bc d e"
    assert words.menu_text("R&B\n") == "R&&B"
    assert words.printable("/m/\udcff.mp3") == "/m/\N{REPLACEMENT CHARACTER}.mp3"
    assert words.plain_tooltip("<b>x</b>") == "<qt>&lt;b&gt;x&lt;/b&gt;</qt>"


# --- colours -----------------------------------------------------------------------------------------


def luminance(name):
    parts = [part / 255 for part in QColor(name).getRgb()[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("c", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_every_text_can_be_read_on_its_ground(c):
    grounds = (c.window, c.base, c.raised, c.hover, c.selected)
    pairs = [(text, ground) for text in (c.text, c.quiet) for ground in grounds]
    pairs += [(c.accent, c.base), (c.accent, c.window), (c.on_accent, c.accent), (c.text, c.notice)]
    pairs += [(c.warning, c.base), (c.warning, c.window)]
    assert {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 4.5} == {}


def test_icons_take_the_colour_they_are_asked_for(qapp):
    image = theme.picture("write", 20, "#ff0000", 2.0).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    assert image.width() == 40
    solid = {QColor(image.pixel(x, y)).name() for x in range(40) for y in range(40) if image.pixel(x, y) >> 24 == 255}
    assert solid == {"#ff0000"}


def test_every_action_finds_its_icon(qapp):
    icons = os.listdir(str(theme.asset("resources", "icons")))
    assert {row.icon for row in ROWS if row.icon and f"{row.icon}.svg" not in icons} == set()


def test_every_entry_of_a_menu_is_an_action_and_no_two_share_their_keys(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    made = Actions(window, {}, {})
    named = [name for _, ids in MENUS for name in ids] + list(CONTEXT)
    plain = [name for name in named if isinstance(name, str) and not name.startswith("table.")]
    assert [name for name in plain if name not in made.by_id] == []
    keys = [keys for _, keys in made.in_words()]
    assert len(keys) == len(set(keys))


# --- drops -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/a b/ü&#?%.mp3", "/x/\udcff\udcfe.mp3", "/new\nline.mp3"])
def test_a_dropped_path_keeps_every_byte(path):
    data = QMimeData()
    data.setUrls([QUrl.fromEncoded(b"file://" + quote(os.fsencode(path)).encode("ascii"))])
    assert drops.paths_in(data) == [path]


def test_what_is_no_local_file_is_not_taken():
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.mp3")])
    assert drops.paths_in(data) == []
    data = QMimeData()
    data.setText("/music")
    assert drops.paths_in(data) == []


# --- pages and dialogs -------------------------------------------------------------------------------


def test_problems_can_be_tried_again_one_by_one_or_all(qtbot):
    view = FailuresView()
    view.build()
    qtbot.addWidget(view)
    failures = [FileFailure(f"/m/{HOSTILE}{n}.mp3", "write", "The disk is full.") for n in range(3)]
    asked = []
    view.retry_asked.connect(asked.append)
    view.show_failures(failures)
    assert not view.retry.isEnabled()
    view.table.selectRow(1)
    qtbot.mouseClick(view.retry, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(view.retry_all, Qt.MouseButton.LeftButton)
    assert asked == [[failures[1]], failures]
    assert "\n" not in view.model.index(0, 0).data()


def test_the_question_before_writing_shows_each_change_and_counts_the_genres(qtbot):
    proposals = [proposal(1, ("Jazz",)), proposal(2, ("Jazz",), ("Pop",)), proposal(3, ("Rock", "Pop"), ("Pop",))]
    dialog = WriteDialog(proposals, True)
    qtbot.addWidget(dialog)
    assert summary(proposals).split() == ["Jazz", "2", "·", "Rock", "1"]
    assert dialog.write_button.text() == "Write 3 files"
    assert dialog.keep_mtime
    assert {label.textFormat() for label in dialog.findChildren(QLabel) if label.text()} == {Qt.TextFormat.PlainText}


def test_the_history_offers_to_undo_what_is_not_undone(qtbot):
    dialog = HistoryDialog([Batch(1, 1e9, 5, 5, "undone"), Batch(2, 2e9, 5, 1, "partly undone")])
    qtbot.addWidget(dialog)
    asked = []
    dialog.undo_asked.connect(asked.append)
    undo = [button for button in dialog.findChildren(QPushButton) if button.text() == "Undo this"]
    assert len(undo) == 1
    qtbot.mouseClick(undo[0], Qt.MouseButton.LeftButton)
    assert [batch.id for batch in asked] == [2]
    assert not undo[0].isEnabled()


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


def test_progress_says_how_far_it_is_and_stops_once(qtbot):
    part = ProgressPart()
    qtbot.addWidget(part)
    part.begin("Listening")
    part.advance("Listening", 3, 10, 75.0)
    assert part.text.text() == "Listening 3 of 10 · about a minute left"
    asked = []
    part.cancel_asked.connect(lambda: asked.append(1))
    qtbot.mouseClick(part.cancel, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(part.cancel, Qt.MouseButton.LeftButton)
    part.advance("Listening", 4, 10, 75.0)
    assert (asked, part.text.text()) == ([1], "Stopping…")


def test_a_long_name_is_cut_and_whole_in_its_tooltip(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.set_text("A very long <i>name</i> of a track")
    assert label.text().endswith("…")
    assert label.toolTip() == "<qt>A very long &lt;i&gt;name&lt;/i&gt; of a track</qt>"
