"""The box to tick, seen in both schemes, as large as the text, and answering as any check box; and the cut label."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFont

from app.look import theme
from app.look.widgets import ElidedLabel, TickBox


@pytest.fixture
def box(qtbot):
    theme.apply("light")
    box = TickBox("&Keep it")
    qtbot.addWidget(box)
    box.show()
    yield box
    theme.apply("light")


def contrast(one: QColor, other: QColor) -> float:
    def luminance(colour):
        parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_outline_of_an_empty_box_stands_out_from_its_ground(box, scheme):
    theme.apply(scheme)
    box.resize(box.sizeHint())
    picture = box.grab().toImage()
    ground = picture.pixelColor(picture.width() // 2, 0)
    line = [picture.pixelColor(x, picture.height() // 2) for x in range(box.sizeHint().height())]
    assert max(contrast(one, ground) for one in line) > 3


def test_a_tick_is_told_by_more_than_colour(box):
    box.resize(box.sizeHint())
    empty = box.grab().toImage()
    box.setChecked(True)
    ticked = box.grab().toImage()
    middle = QPoint(box.height() // 2, box.height() // 2)
    inside = {ticked.pixelColor(middle + QPoint(x, y)).name() for x in range(-5, 6) for y in range(-5, 6)}
    assert empty != ticked
    assert theme.LIGHT.accent in inside
    assert len(inside) > 1


def test_box_words_and_space_all_switch_it(box, qtbot):
    for at in (QPoint(6, box.height() // 2), QPoint(box.width() - 4, box.height() // 2)):
        before = box.isChecked()
        qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=at)
        assert box.isChecked() != before
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert box.isChecked()


def test_it_grows_with_the_text(box):
    before = box.sizeHint()
    font = QFont(box.font())
    font.setPointSizeF(2 * font.pointSizeF())
    box.setFont(font)
    assert box.sizeHint().height() > 1.5 * before.height()
    assert box.sizeHint().width() > 1.5 * before.width()


def test_a_long_name_is_cut_and_whole_in_its_tooltip(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.set_text("A very long <i>name</i> of a track")
    assert label.text().endswith("…")
    assert label.toolTip() == "<qt>A very long &lt;i&gt;name&lt;/i&gt; of a track</qt>"
