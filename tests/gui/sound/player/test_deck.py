"""Sound that begins and ends little by little: what is sent of real files has no jump, and nothing is held longer."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pytest
import soundfile

from app.sound.player.deck import _STEP_MS, _STEPS
from app.sound.player.player import Player
from helpers.files import open_files

_SR = 8000


@pytest.fixture
def song(tmp_path):
    """A function: name → path of a quiet tone of five seconds."""

    def write(name="song.wav"):
        path = os.path.join(str(tmp_path), name)
        soundfile.write(path, 0.01 * np.sin(2 * np.pi * 440 * np.arange(5 * _SR) / _SR), _SR)
        return path

    return write


@pytest.fixture
def player(qtbot):
    player = Player()
    player.set_gentle(True)
    yield player
    player.shut()
    qtbot.wait(20)


def begin(player, path, wait_for):
    """Play a file, and give the deck that it plays on and a list of the volumes that this will have."""
    player.load(path)
    player.play()
    wait_for(lambda: player.position > 0.1)
    volumes = []
    player._engine._deck.output.volumeChanged.connect(volumes.append)
    return player._engine._deck, volumes


def sent(path, volumes):
    """What goes to the loudspeakers of a file while its volume changes like this, a step at a time."""
    y, sr = soundfile.read(path)
    levels = np.repeat(volumes, round(sr * _STEP_MS / 1000))
    return y[: len(levels)] * levels


def largest_jump(y):
    return np.abs(np.diff(y)).max()


def test_what_played_fades_out_while_the_next_fades_in_and_no_jump_is_sent(player, song, wait_for):
    first, second = song(), song("second.flac")
    before, falling = begin(player, first, wait_for)
    player.load(second)
    after, rising = player._engine._deck, [player._engine._deck.output.volume()]
    after.output.volumeChanged.connect(rising.append)
    player.play()
    wait_for(lambda: player.position > 0.1)  # it does not wait for the other
    wait_for(lambda: before.is_free and rising[-1] == 1.0)
    assert after is not before
    assert (falling, rising) == (sorted(falling, reverse=True), [1.0, *sorted(rising[1:])])
    assert (falling[-1], rising[1]) == (0.0, 0.0)
    for path, volumes in ((first, [1.0, *falling]), (second, rising[1:])):
        y, _ = soundfile.read(path)
        assert len(volumes) >= _STEPS
        assert largest_jump(sent(path, volumes)) < largest_jump(y) + 1.1 * np.abs(y).max() / _STEPS
    # Both are there within a tenth of a second on a machine that keeps up.
    assert _STEPS * _STEP_MS <= 100


def test_a_pause_fades_out_and_one_goes_on_where_it_was(player, song, wait_for, qtbot):
    begin(player, song(), wait_for)
    before = player._engine._deck
    deck, volumes = begin(player, song("other.wav"), wait_for)
    wait_for(lambda: before.is_free and deck.output.volume() == 1.0)  # the first one's end is nobody's business
    volumes.clear()
    player.pause()
    at = player.position
    wait_for(lambda: deck.media.playbackState() == deck.media.PlaybackState.PausedState)
    assert volumes[-1] == 0.0
    assert max(a - b for a, b in itertools.pairwise([1.0, *volumes])) < 1.1 / _STEPS
    assert player.position == at
    player.play()
    wait_for(lambda: player.position > at + 0.1 and deck.output.volume() == 1.0)


def test_who_goes_on_at_once_hears_it_swell_again(player, song, wait_for):
    deck, volumes = begin(player, song(), wait_for)
    wait_for(lambda: deck.output.volume() == 1.0)
    player.pause()
    wait_for(lambda: volumes and volumes[-1] < 0.9)
    player.play()
    wait_for(lambda: deck.output.volume() == 1.0)
    at = player.position
    wait_for(lambda: player.position > at + 0.5)  # the pause was given up
    assert min(volumes) < 0.9


def test_a_change_of_loudness_while_it_plays_is_no_jump(player, song, wait_for):
    deck, volumes = begin(player, song(), wait_for)
    wait_for(lambda: deck.output.volume() == 1.0)
    volumes.clear()
    player.set_gain(0.5)
    wait_for(lambda: volumes and volumes[-1] == 0.5)
    assert len(volumes) >= _STEPS - 1


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_files_that_are_to_be_written_are_let_go_at_once_fading_or_not(player, song, wait_for):
    paths = [song(), song("second.wav")]
    decks = [begin(player, path, wait_for)[0] for path in paths]
    assert not decks[0].is_free
    player.let_go(paths)
    assert all(deck.is_free for deck in decks)
    wait_for(lambda: not set(paths) & set(open_files()))


def test_many_tracks_in_a_row_leave_nothing_behind(player, song, wait_for):
    paths = [song(f"{number}.wav") for number in range(4)]
    for path in paths * 3:
        begin(player, path, wait_for)
    wait_for(lambda: sum(not deck.is_free for deck in player._engine._decks) == 1)
    assert len(player._engine._decks) <= 5


def test_where_nobody_asked_for_it_nothing_fades(qtbot, song, wait_for):
    player = Player()
    deck, volumes = begin(player, song(), wait_for)
    player.pause()
    player.load(song("other.wav"))
    assert deck.is_free
    assert volumes == []
    player.shut()
    qtbot.wait(20)
