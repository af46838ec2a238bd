"""The player on real files, with Qt's media player and with the silent clock; no sound device is needed."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QObject

from app.sound.player.engine import Clock
from app.sound.player.player import Player, make
from helpers.decoders import bad_decoders
from helpers.files import open_files
from helpers.patience import LONG


@pytest.fixture
def song(tmp_path):
    """A function: seconds and a name → path of a quiet tone."""

    def write(seconds=1.0, name="song.wav"):
        path = os.path.join(str(tmp_path), name)
        tone = 0.01 * np.sin(2 * np.pi * 440 * np.arange(int(8000 * seconds)) / 8000)
        soundfile.write(path, tone, 8000)
        return path

    return write


@pytest.fixture
def silence(monkeypatch):
    """A computer without QtMultimedia."""
    monkeypatch.delitem(sys.modules, "app.sound.player.media", raising=False)
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)


@pytest.fixture
def player(qtbot):
    player = Player()
    player.set_volume(0.0)
    player.set_watched(True)
    yield player
    player.shut()
    qtbot.wait(20)


@pytest.fixture
def heard(player):
    """What the player tells: lists of the arguments, by signal."""
    told = {}
    for name in ("position_changed", "length_changed", "playing_changed", "track_changed", "failed", "noted", "limited",
                 "ended"):  # fmt: skip
        told[name] = []
        getattr(player, name).connect(lambda *args, name=name: told[name].append(args[0] if args else None))
    return told


# --- playing -----------------------------------------------------------------------------------------


def test_nothing_of_qt_multimedia_is_loaded_before_something_is_played():
    code = (
        "import sys\nimport app.sound.player.player, app.sound.player.bar, app.sound.player.playing\n"
        "player = app.sound.player.player.Player()\nplayer.load('/x.flac')\nplayer.seek(1)\n"
        "sys.exit('PySide6.QtMultimedia' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["mp3", "m4a", "wma", "ape"])
def test_a_file_plays_from_its_beginning_to_its_end(player, heard, media, wait_for, name):
    player.load(media(name))
    player.set_speed(2.0)
    player.play()
    wait_for(lambda: heard["ended"] or heard["failed"])
    assert heard["failed"] == []
    assert heard["playing_changed"] == [True, False]
    assert player.length == pytest.approx(1.0, abs=0.7)
    positions = heard["position_changed"]
    assert max(positions) > 0.8
    assert positions[-1] == player.position == 0.0


def test_the_playhead_moves_in_small_steps_and_never_backwards(player, heard, song, wait_for):
    player.load(song(2.0))
    player.play()
    wait_for(lambda: player.position > 1.5)
    moved = [at for at in heard["position_changed"] if 0.2 < at < 1.5]
    steps = [after - before for before, after in itertools.pairwise(moved)]
    assert len(moved) > 20
    assert min(steps) > -0.02
    assert np.median(steps) < 0.05


def test_a_pause_stays_where_it_is_and_stop_goes_to_the_beginning(player, song, wait_for, qtbot):
    player.load(song(5.0))
    player.play()
    wait_for(lambda: player.position > 0.2)
    player.pause()
    at = player.position
    qtbot.wait(150)
    assert player.position == pytest.approx(at, abs=0.03)
    assert not player.playing
    player.play()
    wait_for(lambda: player.position > at + 0.1)
    player.stop()
    assert (player.position, player.playing) == (0.0, False)
    qtbot.wait(100)
    assert player.position == 0.0


def test_playing_begins_where_one_has_gone_before(player, heard, song, wait_for):
    player.load(song(5.0), length=5.0)
    player.seek(3.0)
    assert player.position == 3.0
    player.play()
    wait_for(lambda: player.position > 3.2)
    assert min(heard["position_changed"][2:]) >= 3.0


def test_one_goes_on_and_back_but_not_out_of_the_track(player, song, wait_for):
    player.load(song(30.0))
    player.play()
    wait_for(lambda: player.length > 0)
    player.pause()
    player.seek(5.0)
    player.step(10.0)
    assert player.position == 15.0
    player.step(-20.0)
    assert player.position == 0.0
    player.step(100.0)
    assert player.position == pytest.approx(30.0)


def test_speed_and_volume_stay_within_their_bounds(player):
    for asked, given in ((3.0, 2.0), (0.1, 0.5), (1.25, 1.25)):
        player.set_speed(asked)
        assert player.speed == given
    for asked, given in ((1.2, 1.0), (-0.3, 0.0), (0.4, 0.4)):
        player.set_volume(asked)
        assert player.volume == given


def test_nothing_ticks_while_nobody_watches_or_nothing_plays(player, heard, song, wait_for, qtbot):
    player.load(song(5.0))
    assert not player._timer.isActive()
    player.play()
    wait_for(lambda: player.position > 0.1)
    assert player._timer.isActive()
    player.set_watched(False)
    assert not player._timer.isActive()
    told = len(heard["position_changed"])
    qtbot.wait(100)
    assert len(heard["position_changed"]) == told
    player.set_watched(True)
    assert player._timer.isActive()
    player.pause()
    assert not player._timer.isActive()


def test_the_last_of_many_tracks_asked_for_is_the_one_that_plays(player, heard, song, media, wait_for):
    files = [song(1.0 + n / 10, f"{n}.wav") for n in range(6)] + [media("broken"), media("flac")]
    for path in [*files * 3, files[2]]:
        player.load(path)
        player.play()
    wait_for(lambda: player.position > 0.1)
    assert player.path == files[2]
    assert player.length == pytest.approx(1.2, abs=0.01)
    assert heard["failed"] == []


# --- again and again ---------------------------------------------------------------------------------


@pytest.mark.parametrize("watched", [True, False])
def test_a_marked_part_is_played_again_and_again(player, heard, song, wait_for, watched):
    player.set_watched(watched)
    player.load(song(3.0))
    player.set_region((0.7, 0.4))
    player.set_looping(True)
    assert player.position == 0.4
    player.play()
    at = [player.position]

    def turned():
        at.append(player.position)
        return sum(after < before - 0.1 for before, after in itertools.pairwise(at)) >= 3

    wait_for(turned)
    assert min(at) + 0.02 >= 0.4
    # A machine that stumbles may turn late, but then it does turn.
    assert sum(each > 0.85 for each in at) < 0.2 * len(at)
    player.set_looping(False)
    wait_for(lambda: player.position > 0.9)
    assert heard["ended"] == []


def test_a_track_without_a_marked_part_is_repeated_whole(player, heard, song, wait_for):
    player.load(song(0.4))
    player.set_looping(True)
    player.play()
    at = [0.0]

    def turned():
        at.append(player.position)
        return sum(after < before - 0.1 for before, after in itertools.pairwise(at)) >= 2

    wait_for(turned)
    assert player.playing
    assert heard["ended"] == []


def test_another_track_has_no_marked_part(player, song):
    player.load(song())
    player.set_region((0.1, 0.5))
    player.load(song(name="other.wav"))
    assert player.region is None
    player.set_region((0.2, 0.21))
    assert player.region is None


# --- files that are written --------------------------------------------------------------------------


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
def test_a_file_that_is_let_go_is_closed_and_played_on_where_it_was(player, heard, song, wait_for, qtbot):
    path = song(5.0)
    player.load(path)
    player.play()
    wait_for(lambda: player.position > 0.3)
    assert path in open_files()
    player.let_go([path])
    at = player.position
    wait_for(lambda: path not in open_files())
    qtbot.wait(100)
    assert player.position == at
    player.take_back(path)
    wait_for(lambda: player.position > at + 0.1)
    assert path in open_files()
    assert heard["playing_changed"] == [True]


def test_what_is_asked_of_a_file_that_is_being_written_happens_afterwards(player, song, wait_for, qtbot):
    one, other, free = song(5.0), song(5.0, "other.wav"), song(5.0, "free.wav")
    player.let_go([one, other])
    player.load(one)
    player.play()
    player.seek(2.0)
    qtbot.wait(80)
    assert player.position == 2.0
    player.load(free)
    player.play()
    wait_for(lambda: player.position > 0.1)
    player.load(other)
    player.play()
    qtbot.wait(80)
    assert player.position == 0.0
    player.take_back()
    wait_for(lambda: player.position > 0.1)


def test_a_paused_track_is_paused_still_when_it_has_been_written(player, song, wait_for, qtbot):
    player.load(song(5.0))
    player.play()
    wait_for(lambda: player.position > 0.2)
    player.pause()
    player.let_go(None)
    at = player.position
    player.take_back()
    qtbot.wait(100)
    assert not player.playing
    assert player.position == pytest.approx(at, abs=0.02)


# --- what cannot be played ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["broken", "empty", "text"])
def test_a_file_without_readable_sound_says_so_and_the_next_one_plays(player, heard, media, song, wait_for, name):
    player.load(media(name))
    player.play()
    wait_for(lambda: heard["failed"])
    assert heard["failed"] == ["The sound in this file cannot be read."]
    assert heard["playing_changed"] == [True, False]
    player.load(song())
    player.play()
    wait_for(lambda: player.position > 0.1)
    assert len(heard["failed"]) == 1


def test_a_file_that_breaks_off_says_so_when_it_has_ended(player, heard, media, wait_for):
    player.load(media("truncated"))
    player.play()
    wait_for(lambda: heard["ended"])
    assert heard["noted"][-1] == "A part of this file cannot be read."
    assert heard["failed"] == []


def test_a_file_that_shows_no_sign_of_life_is_given_up(player, heard, tmp_path, wait_for, monkeypatch):
    monkeypatch.setattr("app.sound.player.media._PATIENCE_MS", 200)
    path = os.path.join(str(tmp_path), "text.flac")
    with open(path, "wb") as file:
        file.write(b"no sound at all")
    player.load(path)
    player.play()
    wait_for(lambda: heard["failed"])
    assert heard["failed"] == ["The sound in this file cannot be read."]
    assert not player.playing


def test_a_missing_file_says_so_and_plays_once_it_is_back(player, heard, song, wait_for):
    path = song()
    os.rename(path, path + ".away")
    player.load(path)
    player.play()
    wait_for(lambda: heard["failed"])
    assert heard["failed"] == ["Cannot be opened. Is the file still there?"]
    os.rename(path + ".away", path)
    player.play()
    wait_for(lambda: player.position > 0.1)


@pytest.mark.skipif(sys.platform != "linux", reason="only there names may be any bytes")
def test_a_file_whose_name_is_no_text_plays(player, heard, song, tmp_path, wait_for):
    path = os.path.join(str(tmp_path), "\udcff 100%25 #?é.wav")
    shutil.copyfile(song(), path)
    player.load(path)
    player.play()
    wait_for(lambda: player.position > 0.2)
    os.remove(path)
    player.stop()
    player.load(path)
    player.play()
    wait_for(lambda: heard["failed"])
    assert player.path == path


# --- without QtMultimedia ----------------------------------------------------------------------------


def test_without_qt_multimedia_the_position_moves_all_the_same(silence, player, heard, song, wait_for, qtbot):
    player.load(song(), length=0.5)
    player.play()
    assert len(heard["limited"]) == 1
    assert heard["limited"][0].startswith("There is no sound: the part of Qt that plays music cannot be loaded (")
    wait_for(lambda: player.position > 0.2)
    player.pause()
    at = player.position
    qtbot.wait(60)
    assert player.position == at
    player.seek(0.1)
    assert player.position == 0.1
    player.set_speed(2.0)
    player.play()
    wait_for(lambda: heard["ended"])
    player.load(song(name="other.wav"), length=0.2)
    player.play()
    wait_for(lambda: len(heard["ended"]) == 2)
    assert len(heard["limited"]) == 1
    assert player.position == 0.0


def test_the_silent_clock_repeats_a_marked_part_too(silence, player, song, wait_for):
    player.load(song(), length=2.0)
    player.set_region((0.5, 0.7))
    player.set_looping(True)
    player.play()
    at = [player.position]

    def turned():
        at.append(player.position)
        return sum(after < before for before, after in itertools.pairwise(at)) >= 2

    wait_for(turned)
    assert min(at) >= 0.5
    assert sum(each > 0.8 for each in at) < 0.2 * len(at)


def test_a_system_whose_media_player_does_not_work_has_the_silent_clock(qtbot, monkeypatch):
    from app.sound.player.media import Media

    monkeypatch.setattr(Media, "usable", lambda self: False)
    parent = QObject()
    engine, note = make(parent)
    assert isinstance(engine, Clock)
    assert note == "There is no sound: Qt finds nothing here that can play music. All else works."
    qtbot.wait(10)


def test_where_qt_multimedia_is_there_it_is_used(qapp):
    parent = QObject()
    engine, _ = make(parent)
    assert not isinstance(engine, Clock)


# --- what a process has decoded before ---------------------------------------------------------------


@pytest.fixture
def bad(monkeypatch, tmp_path):
    """A function: after how many seconds of sound decoding goes wrong, if a file is called so."""
    from genre_tagger.sound import audio
    from genre_tagger.sound.decoding.limits import Limits
    from genre_tagger.sound.decoding.processes import DecodingProcesses

    made = []
    monkeypatch.syspath_prepend(str(tmp_path))

    def after(seconds: int) -> None:
        limits = Limits(memory=256 << 20, processor=1.0, asleep=0.5)
        made.append(DecodingProcesses(bad_decoders(tmp_path, after=seconds), limits))
        monkeypatch.setattr(audio, "PROCESSES", made[-1])

    yield after
    for processes in made:
        processes.close()


@pytest.mark.parametrize(("name", "says"), [("abort", "crashed"), ("sleep", "stuck"), ("allocate", "memory")])
def test_what_brings_a_decoder_down_is_not_opened_by_the_player(player, heard, song, bad, qtbot, name, says):
    bad(2)
    player.load(song(40, f"{name}.wav"))
    player.play()
    qtbot.waitUntil(lambda: bool(heard["failed"]), timeout=LONG)
    assert says in heard["failed"][0]
    assert not player.playing
    assert player._engine._deck.media.source().isEmpty()
    player.load(song(1, "good.wav"))
    player.play()
    qtbot.waitUntil(lambda: bool(heard["ended"]), timeout=LONG)


def test_what_gets_a_decoder_stuck_later_is_played_up_to_there_and_not_beyond(player, heard, song, bad, qtbot):
    bad(25)
    player.load(song(40, "sleep.wav"))
    player.play()
    qtbot.waitUntil(lambda: heard["length_changed"][-1] == 40, timeout=LONG)
    player.seek(30)  # nobody knows yet what is there
    qtbot.waitUntil(lambda: bool(heard["failed"]), timeout=LONG)
    assert "stuck" in heard["failed"][0]
    assert max(heard["position_changed"]) <= 30


def test_a_place_that_was_not_decoded_yet_is_played_when_it_was(player, heard, song, bad, qtbot):
    bad(99)
    player.load(song(40, "good.wav"), start=30)
    player.play()
    qtbot.waitUntil(lambda: max(heard["position_changed"]) > 30.5, timeout=LONG)
    assert min(at for at in heard["position_changed"] if at) >= 30
