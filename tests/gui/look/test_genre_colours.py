from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from app.look import genre_colours, theme
from app.look.genre_colours import COLOURS, ink_on
from genre_tagger.model.card import ModelCard
from genre_tagger.model.network import default_model_folder

# Machado, Oliveira and Fernandes, 2009: severe protanomaly, deuteranomaly and tritanomaly, on linear RGB.
_SIGHTS = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(name):
    value = np.array(QColor(name).getRgbF()[:3])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    lms = np.array([
        [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ])  # fmt: skip
    lab = np.array([
        [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ])  # fmt: skip
    return lab @ np.cbrt(lms @ np.clip(rgb, 0, 1))


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


@pytest.mark.parametrize("sight", list(_SIGHTS))
def test_any_two_of_the_colours_are_told_apart_and_every_genre_has_one(sight):
    seen = [oklab(np.asarray(_SIGHTS[sight]) @ linear(name)) for name in COLOURS]
    assert len(COLOURS) >= len(ModelCard.read(default_model_folder()).proposed)
    for number, one in enumerate(seen):
        for other in seen[:number]:
            assert np.linalg.norm(one - other) > 0.1
    for ground in (theme.LIGHT.base, theme.DARK.base):
        assert all(np.linalg.norm(oklab(linear(name)) - oklab(linear(ground))) > 0.1 for name in COLOURS)


@pytest.mark.parametrize("name", COLOURS)
def test_a_name_can_be_read_in_its_colour(name):
    def luminance(colour):
        return float(np.dot([0.2126, 0.7152, 0.0722], linear(colour)))

    text, ground = luminance(ink_on(QColor(name))), luminance(name)
    assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 4.5
