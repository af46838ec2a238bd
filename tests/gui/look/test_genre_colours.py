from __future__ import annotations

from itertools import combinations

import numpy as np
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


# What the eye makes of linear red, green and blue: with normal sight, and without one kind of cone (Machado 2009).
SIGHTS = {
    "normal": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def oklab(colour, sight):
    shade = QColor(colour)
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
             for part in (shade.redF(), shade.greenF(), shade.blueF())]  # fmt: skip
    cones = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
             [0.0883024619, 0.2817188376, 0.6299787005]]  # fmt: skip
    lab = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
           [0.0259040371, 0.7827717662, -0.8086757660]]  # fmt: skip
    return np.array(lab) @ np.cbrt(np.array(cones) @ np.clip(np.array(sight) @ light, 0, 1))


@pytest.mark.parametrize("sight", SIGHTS)
def test_any_two_colours_are_told_apart(sight):
    seen = [oklab(colour, SIGHTS[sight]) for colour in genre_colours.COLOURS]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2)) > 0.0995
