"""Words for people: lengths, shares, time left, and text from files that does no harm."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QLocale

from app.look import words


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
