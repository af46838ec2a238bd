"""The settings of the lanes: chosen in menus, drawn at once, kept for the next time."""

from __future__ import annotations

import os

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QMenu

from app.look import theme
from app.settings.settings import load, save
from app.sound.views.choices import WINDOWS, Choices, window_of
from app.sound.views.lanes import spectrogram
from app.sound.views.lanes.mfcc import kind_of
from app.sound.views.plot.header import LegendView, Ramp
from app.sound.views.plot.palettes import colours

SR = 22_050


@pytest.fixture
def choices():
    return Choices(lanes="spectrogram mfcc chroma curves")


@pytest.fixture
def tone(write_wav):
    """Three seconds of 1 kHz, half of full scale."""
    return write_wav(0.5 * np.sin(2 * np.pi * 1000 * np.arange(3 * SR) / SR), SR)


@pytest.fixture
def pick(settled, stack):
    """A function: lane and words on the way through its menu → that entry is taken."""

    def pick(lane, *way):
        menu = lane.menu()
        for step in way[:-1]:
            menu = entry(menu, step).menu()
        entry(menu, way[-1]).trigger()
        settled(stack)

    return pick


def entry(menu, text):
    found = [action for action in menu.actions() if action.text().replace("&", "").startswith(text)]
    assert len(found) == 1, [action.text() for action in menu.actions()]
    return found[0]


def leaves(menu):
    """All entries of a menu and of those below it that do something."""
    for action in menu.actions():
        if action.menu() is not None:
            yield from leaves(action.menu())
        elif not action.isSeparator():
            yield action


def test_every_setting_of_every_menu_can_be_taken(stack, draw, settled, tone):
    draw(tone)
    for id_ in ("spectrogram", "mfcc", "chroma", "curves"):
        lane = stack.lanes[id_]
        menu = QMenu()
        lane.fill_menu(menu)
        taken = list(leaves(menu))
        assert len(taken) > 4
        for action in taken:
            action.trigger()
        settled(stack)
        stack.grab()


def test_the_frequency_axis_is_chosen_in_the_menu_and_its_labels_follow(stack, draw, tone, pick, choices):
    draw(tone)
    lane = stack.lanes["spectrogram"]
    for words, name in (("Linear", "linear"), ("Logarithmic", "log"), ("Mel", "mel")):
        pick(lane, "Frequency axis", words)
        assert choices.spectrogram_scale == name
        assert lane.scale().name == name
        height = float(lane.scale().fraction(1000))
        loudest = lane.coarse.decibels.mean(axis=1).argmax() / lane.coarse.decibels.shape[0]
        assert loudest == pytest.approx(height, abs=0.03)


def test_levels_decide_which_colours_are_drawn_and_what_the_scale_says(stack, draw, tone, pick, choices):
    draw(tone)
    lane = stack.lanes["spectrogram"]
    pick(lane, "Colours", "Grey")
    pick(lane, "Levels", "Brightest from", "0 dB")
    pick(lane, "Levels", "Darkest up to", "−50 dB")
    assert spectrogram.chosen_levels(choices) == (-50, 0)
    assert lane.legend().text() == "−50 dB … 0 dB"
    # A sine of half of full scale is at −6 dB, which is 44/50 of the way up.
    image = lane.coarse.picture.image
    level = lane.coarse.decibels.max()
    assert level == pytest.approx(-7, abs=2)
    row = np.unravel_index(lane.coarse.decibels.argmax(), lane.coarse.decibels.shape)
    drawn = image.pixel(int(row[1]), image.height() - 1 - int(row[0]))
    assert drawn == colours("grey")[int((level + 50) * 255 / 50)]


def test_the_ends_of_the_range_never_meet(stack, draw, tone, pick, choices):
    draw(tone)
    lane = stack.lanes["spectrogram"]
    pick(lane, "Levels", "Darkest up to", "−50 dB")
    pick(lane, "Levels", "Brightest from", "−40 dB")
    assert spectrogram.chosen_levels(choices) == (-50, -40)
    pick(lane, "Levels", "Darkest up to", "−140 dB")
    assert spectrogram.chosen_levels(choices) == (-140, -40)
    pick(lane, "Levels", "As usual")
    assert spectrogram.chosen_levels(choices) == (-90, -10)


def test_a_quiet_track_is_given_its_own_range(stack, draw, write_wav, pick, choices):
    draw(write_wav(0.001 * np.random.default_rng(1).standard_normal(3 * SR), SR))
    pick(stack.lanes["spectrogram"], "Levels", "Fit to this track")
    low, high = spectrogram.chosen_levels(choices)
    assert high <= -60
    assert high - low == 70


def test_one_window_length_is_chosen_for_all_lanes(stack, draw, tone, pick, choices):
    draw(tone)
    pick(stack.lanes["mfcc"], "Window length", "8")
    assert choices.spectrogram_n_fft == 8192
    assert stack.sound.overview.n_fft == 8192
    assert stack.lanes["chroma"].grid().hop == 2048
    menu = stack.lanes["curves"].menu()
    windows = entry(menu, "Window length").menu().actions()
    assert [action.isChecked() for action in windows] == [n_fft == 8192 for n_fft in WINDOWS]
    assert "372 ms" in windows[-1].text()


def test_mfcc_have_as_many_rows_as_were_chosen(stack, draw, tone, pick):
    draw(tone)
    lane = stack.lanes["mfcc"]
    assert len(lane.names()) == 20
    pick(lane, "Number", "13")
    pick(lane, "With the 0th")
    assert lane.names() == [str(number) for number in range(1, 13)]
    assert (lane.fine or lane.coarse).values.shape[0] == 12
    assert lane.value_at(1.0, 0.01).startswith("MFCC 1  ·  ")
    pick(lane, "Draw", "Their change")
    assert lane.value_at(1.0, 0.01).startswith("Δ MFCC 1  ·  ")
    assert lane.value_at(1.0, 0.01).endswith("per frame")


def test_what_was_chosen_is_there_the_next_time(stack, draw, tone, pick, choices, tmp_path):
    draw(tone)
    pick(stack.lanes["mfcc"], "Number", "32")
    pick(stack.lanes["spectrogram"], "Colours", "Cividis")
    pick(stack.lanes["spectrogram"], "Curves over it", "Spectral rolloff")
    path = os.path.join(tmp_path, "views.json")
    save(choices, path)
    again = load(Choices, path)
    assert kind_of(again).count == 32
    assert again.spectrogram_palette == "cividis"
    assert again.spectrogram_curves == "rolloff"


def test_strange_choices_from_a_file_are_taken_as_the_usual_ones(stack, draw, tone, choices):
    choices.spectrogram_n_fft, choices.mfcc_count, choices.mfcc_delta = 3, -1, 77
    choices.spectrogram_floor, choices.spectrogram_ceiling = 50, -900
    choices.spectrogram_palette = choices.spectrogram_curves = choices.spectrogram_scale = choices.curves_shown = "???"
    draw(tone)
    assert window_of(choices) == 2048
    assert kind_of(choices).count == 20
    assert spectrogram.chosen_levels(choices) == (-90, -10)
    assert stack.lanes["spectrogram"].coarse is not None
    assert len(stack.lanes["curves"].curves()) == 5


def test_the_scale_of_colours_is_drawn_below_the_name_with_its_levels(qtbot):
    theme.apply("light")
    view = LegendView(lambda: Ramp(colours("grey"), "−90 dB", "−10 dB", ((0.5, "−50 dB"),)))
    qtbot.addWidget(view)
    view.resize(100, 150)
    view.renew()
    image = view.grab().toImage()
    top, bottom = QColor(image.pixel(4, 8)).lightness(), QColor(image.pixel(4, 138)).lightness()
    assert top > 240
    assert bottom < 15
    assert view.accessibleDescription() == "−90 dB … −10 dB"
    assert view.accessibleName()


def test_every_lane_says_in_two_sentences_what_one_sees(stack, draw, tone):
    draw(tone)
    for id_ in ("spectrogram", "mfcc", "chroma", "curves"):
        lane = stack.lanes[id_]
        assert 1 < lane.words().replace("(RMS)", "").count(". ") + 1 <= 3
        assert lane.canvas.accessibleName() == lane.title
        assert lane.what.accessibleName()
        assert lane.more.accessibleName()
        assert lane.unit()


def test_the_mouse_tells_time_place_and_value_with_units(stack, draw, tone):
    draw(tone)
    expected = {"spectrogram": " dB", "mfcc": "MFCC ", "chroma": "% of the strongest note", "curves": "kHz"}
    for id_, words in expected.items():
        lane = stack.lanes[id_]
        area = lane.canvas.area()
        place = QPointF(area.left() + area.width() / 2, area.top() + (0.05 if id_ == "curves" else 0.6) * area.height())
        lane.canvas._hover(place)
        assert lane.canvas.readout.startswith("0:01."), id_
        assert words in lane.canvas.readout, id_
