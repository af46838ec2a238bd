from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from app.look import genre_colours, theme


@pytest.fixture(autouse=True)
def _as_before(qapp):
    yield
    genre_colours.take({}, [])


def test_a_genre_has_the_colour_that_was_picked_by_any_word_for_it_and_else_one_of_its_own():
    before = genre_colours.colour_of("Dub")
    genre_colours.take({"Dub": "#123456", "Dub Reggae": "#123456"}, [])
    assert genre_colours.colour_of("dub") == genre_colours.colour_of("Dub-Reggae; Jazz") == "#123456"
    assert genre_colours.automatic("Dub") == before
    assert genre_colours.colour_of("ジャズ") in genre_colours.COLOURS


def test_a_genre_of_the_model_has_the_colour_of_the_strip_however_it_is_spelt():
    genre_colours.take({"Jazz": "#00ff00"}, [("Blues",), ("Hip-Hop", "Rap"), ("Jazz",)])
    assert genre_colours.colour_of("Rap") == genre_colours.colour_of("hip hop") == genre_colours.at(1)
    assert genre_colours.along(["Blues", "Hip-Hop", "Jazz"]) == [genre_colours.at(0), genre_colours.at(1), "#00ff00"]
    assert genre_colours.at(99) == genre_colours.GREY


def test_a_change_is_told_once_and_no_change_never():
    told = []
    genre_colours.changes().changed.connect(lambda: told.append(1))
    for _ in range(2):
        genre_colours.take({"Dub": "#123456"}, [("Jazz",)])
    assert told == [1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_colour_that_is_lost_on_its_ground_gets_an_edge(scheme):
    theme.apply(scheme)
    ground = QColor(theme.colours().base)
    assert genre_colours.edge(ground).name() == theme.colours().quiet
    assert genre_colours.edge(QColor("#ce3e05")).name() == "#ce3e05"
    theme.apply("light")
