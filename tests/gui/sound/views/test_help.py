"""What the help says of the views: every kind, in the lanes' own words, with a picture in both schemes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget

from app.jobs.loader import Loader
from app.look import theme
from app.sound.views.choices import Choices
from app.sound.views.drawn import Sound
from app.sound.views.help import ViewsDialog, chapters
from app.sound.views.plot.timeline import Timeline
from app.sound.views.stack import KINDS, Stack
from genre_tagger.base.places import asset
from helpers.patience import LONG


@pytest.fixture
def parent(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def dialog(parent):
    theme.apply("light")
    return ViewsDialog(parent)


@pytest.fixture
def stack(qtbot):
    loader = Loader()
    stack = Stack(Timeline(), Sound(loader), Choices())
    qtbot.addWidget(stack)
    yield stack
    assert loader.stop()


def shots(dialog):
    return [label for label in dialog.findChildren(QLabel) if not label.pixmap().isNull()]


def test_every_kind_of_lane_is_listed_in_the_words_of_the_lane_itself(dialog, stack):
    said = [label.text() for label in dialog.findChildren(QLabel)]
    for kind in KINDS:
        stack.show_lane(kind.id)
        lane = stack.lanes[kind.id]
        assert lane.title in said
        assert lane.words() in said
    assert {chapter.id for chapter in chapters()} == {kind.id for kind in KINDS} | {"why", "compare"}


def test_why_is_explained_as_the_spectrogram_does_when_it_is_shown(dialog, stack):
    stack.show_lane("spectrogram")
    stack.choices.why_shown = True
    (why,) = (chapter for chapter in chapters() if chapter.id == "why")
    assert stack.lanes["spectrogram"].words().endswith(why.text)


def test_each_view_is_told_of_in_two_sentences_as_plain_text(dialog):
    for chapter in chapters():
        assert chapter.text.endswith(".")
        assert chapter.text.count(". ") == 1, chapter.text
    assert {label.textFormat() for label in dialog.findChildren(QLabel) if label.text()} == {Qt.TextFormat.PlainText}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_view_has_a_small_picture_in_both_schemes(scheme):
    for chapter in chapters():
        path = str(asset("resources", "help", f"{chapter.id}-{scheme}.png"))
        image = QImage(path)
        assert not image.isNull(), path
        assert os.path.getsize(path) <= 60 << 10
        ground = image.pixelColor(2, image.height() - 2).lightness()
        assert ground > 200 if scheme == "light" else ground < 60, path


def test_the_pictures_follow_the_scheme_and_have_names(dialog):
    shown = shots(dialog)
    assert [shot.accessibleName() for shot in shown] == [f"Picture: {chapter.title}" for chapter in chapters()]
    before = [shot.pixmap().toImage().pixelColor(2, 2).lightness() for shot in shown]
    theme.apply("dark")
    after = [shot.pixmap().toImage().pixelColor(2, 2).lightness() for shot in shown]
    theme.apply("light")
    assert min(before) > 200
    assert max(after) < 60


def test_the_keyboard_scrolls_and_closes_it(qtbot, dialog):
    dialog.show()
    scroller = dialog.findChild(QScrollArea)
    qtbot.waitUntil(scroller.hasFocus)
    bar = scroller.verticalScrollBar()
    assert bar.maximum() > 0
    qtbot.keyClick(scroller, Qt.Key.Key_PageDown)
    assert bar.value() > 0
    assert scroller.horizontalScrollBar().maximum() == 0
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


# --- from the window, and not before it is asked for --------------------------------------------------------------


def test_the_help_of_the_views_opens_without_any_track(open_window, qtbot):
    window = open_window()
    opened = []

    def look():
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(20, look)
        else:
            opened.append(type(dialog).__name__)
            dialog.reject()

    look()
    window.actions_by_id["views_help"].trigger()
    qtbot.waitUntil(lambda: bool(opened), timeout=LONG)
    assert opened == ["ViewsDialog"]
    help_menu = window.menuBar().actions()[-1].menu()
    assert "views_help" in [action.objectName() for action in help_menu.actions()]


def test_neither_the_help_nor_its_views_are_imported_with_the_window():
    program = "import sys, app.window.main_window, app.sound.part; print([m for m in sys.modules if '.views' in m])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
