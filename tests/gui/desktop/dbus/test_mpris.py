"""The player as other programs have it: by playerctl, by dbus-send and by Qt on a real session bus."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ElementTree

import pytest
from PySide6.QtCore import QObject, Slot
from PySide6.QtDBus import QDBusMessage

from app import APP_ID
from app.desktop.dbus.mpris import NAME, PATH, Mpris, described
from app.desktop.dbus.remote import MIME_TYPES, PLAYER, ROOT, ROWS, Remote
from app.jobs.wishes import JobKind

_PROPERTIES = "org.freedesktop.DBus.Properties"


@pytest.fixture
def remote(window):
    return Remote(window, window.sound.player, window.sound.playing)


@pytest.fixture
def bus(open_bus, session):
    return open_bus(session)


@pytest.fixture
def served(bus, remote):
    mpris = Mpris(bus, remote)
    assert mpris.start()
    yield mpris
    bus.close()


@pytest.fixture
def control(served, run):
    """A function: words after playerctl → what it says."""
    return lambda *words: run("playerctl", f"--player={NAME.rpartition('.')[2]}", *words)


@pytest.fixture
def send(served, run):
    """A function: interface, method and typed arguments → what dbus-send says, on one line."""

    def send(interface, method, *arguments):
        said = run("dbus-send", "--session", "--print-reply=literal", f"--dest={NAME}", PATH, f"{interface}.{method}",
                   *arguments)  # fmt: skip
        return " ".join(said.split())

    return send


@pytest.fixture
def row_of(window):
    """A function: name of a file → row of its track."""

    def row_of(name):
        model = window.tracks.model
        return next(row for row in range(3) if os.path.basename(model.track_at(row).path) == name)

    return row_of


@pytest.fixture
def at(window, row_of, until):
    """A function that has the player stand at a file, and gives its track."""

    def at(name):
        track = window.tracks.model.track_at(row_of(name))
        window.tracks.select([track.id])
        window.sound.playing.play_track(track)
        until(lambda: window.sound.player.path == track.path)
        window.sound.player.pause()
        window.sound.player.seek(0.0)
        return track

    return at


def test_playerctl_plays_pauses_goes_on_and_stops(control, window, at, until):
    player = window.sound.player
    at("second.flac")
    assert control("status") == "Stopped"
    control("play")
    until(lambda: player.playing)
    assert control("status") == "Playing"
    control("play")
    assert player.playing
    control("position", "12.5")
    control("pause")
    until(lambda: not player.playing)
    assert control("status") == "Paused"
    assert 12.0 < float(control("position")) < 20.0
    control("pause")
    assert not player.playing
    control("play-pause")
    until(lambda: player.playing)
    control("stop")
    until(lambda: not player.playing)
    assert control("status") == "Stopped"
    assert player.position == 0


def test_playerctl_goes_through_the_rows(control, window, row_of, at, until):
    names = sorted(["first.flac", "second.flac", "third.flac"], key=row_of)
    at(names[0])
    control("next")
    until(lambda: os.path.basename(window.sound.player.path) == names[1])
    control("previous")
    until(lambda: os.path.basename(window.sound.player.path) == names[0])


def test_playerctl_reads_what_is_known_of_the_track(control, at):
    track = at("third.flac")
    said = {key: control("metadata", key) for key in ("title", "artist", "album", "xesam:genre", "xesam:url")}
    assert said == {
        "title": track.title, "artist": track.artist, "album": track.album, "xesam:genre": "Jazz",
        "xesam:url": f"file://{track.path}",
    }  # fmt: skip
    assert control("metadata", "mpris:trackid").strip("'").endswith(f"/track/{track.id}")


def test_volume_rate_and_repetition_are_changed_from_outside(control, send, window):
    player = window.sound.player
    control("volume", "0.25")
    assert player.volume == 0.25
    assert float(control("volume")) == 0.25
    control("loop", "Track")
    assert player.looping
    assert window.actions_by_id["play_loop"].isChecked()
    assert control("loop") == "Track"
    control("loop", "None")
    assert not player.looping
    assert send(_PROPERTIES, "Set", f"string:{PLAYER}", "string:Rate", "variant:double:1.5") == ""
    assert player.speed == 1.5
    send(_PROPERTIES, "Set", f"string:{PLAYER}", "string:Rate", "variant:double:100")
    assert player.speed == 2.0
    send(_PROPERTIES, "Set", f"string:{PLAYER}", "string:Volume", "variant:double:-3")
    assert player.volume == 0.0


def test_a_rate_of_nothing_is_a_pause(send, window, at, until):
    at("second.flac")
    window.sound.player.play()
    send(_PROPERTIES, "Set", f"string:{PLAYER}", "string:Rate", "variant:double:0")
    until(lambda: not window.sound.player.playing)
    assert window.sound.player.speed == 1.0


def test_values_have_the_types_of_the_specification(send, at):
    track = at("second.flac")
    said = send(_PROPERTIES, "GetAll", f"string:{PLAYER}")
    for part in (
        f"mpris:trackid variant /io/github/genre_tagger/GenreTagger/track/{track.id} ",
        "mpris:length variant int64 30000000", "Position variant int64 0", "Rate variant double 1",
        "MinimumRate variant double 0.5", "CanSeek variant boolean true", "PlaybackStatus variant Stopped",
    ):  # fmt: skip
        assert part in said
    root = send(_PROPERTIES, "GetAll", f"string:{ROOT}")
    assert "DesktopEntry variant io.github.genre_tagger.GenreTagger )" in root
    assert "SupportedUriSchemes variant array [ file ]" in root


def test_seeking_moves_by_microseconds_and_beyond_the_end_is_the_next_track(send, window, at, row_of, until):
    player = window.sound.player
    track = at("second.flac")
    send(PLAYER, "Seek", "int64:5000000")
    assert player.position == pytest.approx(5.0, abs=0.2)
    send(PLAYER, "Seek", "int64:-90000000")
    assert player.position == pytest.approx(0.0, abs=0.2)
    place = f"objpath:/io/github/genre_tagger/GenreTagger/track/{track.id}"
    send(PLAYER, "SetPosition", place, "int64:7000000")
    assert player.position == pytest.approx(7.0, abs=0.2)
    for wrong in (("objpath:/another", "int64:1000000"), (place, "int64:-1"), (place, "int64:31000000")):
        send(PLAYER, "SetPosition", *wrong)
    assert player.position == pytest.approx(7.0, abs=0.2)
    if row_of("second.flac") < 2:
        send(PLAYER, "Seek", "int64:60000000")
        until(lambda: player.path != track.path)


_WRONG = (
    (PLAYER, "Nonsense", (), "UnknownMethod"),
    (PLAYER, "Seek", ("string:far",), "UnknownMethod"),
    (PLAYER, "OpenUri", ("string:http://example.org/a.mp3",), "InvalidArgs"),
    (_PROPERTIES, "Get", (f"string:{PLAYER}", "string:Colour"), "UnknownProperty"),
    (_PROPERTIES, "Get", ("string:a.b", "string:Volume"), "UnknownInterface"),
    (_PROPERTIES, "GetAll", ("string:a.b",), "UnknownInterface"),
    (_PROPERTIES, "Set", (f"string:{PLAYER}", "string:Position", "variant:int64:5"), "PropertyReadOnly"),
    (_PROPERTIES, "Set", (f"string:{PLAYER}", "string:Volume", "variant:string:loud"), "InvalidArgs"),
    (_PROPERTIES, "Set", (f"string:{PLAYER}", "string:Volume", "variant:boolean:true"), "InvalidArgs"),
    (_PROPERTIES, "Set", (f"string:{PLAYER}", "string:LoopStatus", "variant:string:Playlist"), "InvalidArgs"),
)


def test_what_makes_no_sense_is_answered_with_an_error(send):
    for interface, method, arguments, error in _WRONG:
        assert send(interface, method, *arguments).startswith(f"Error org.freedesktop.DBus.Error.{error}: ")


class _Ear(QObject):
    def __init__(self):
        super().__init__()
        self.heard = []

    @Slot(QDBusMessage)
    def hear(self, message):
        self.heard.append(message.arguments())


def test_changes_are_told_and_jumps_of_the_playhead(served, bus, open_bus, session, window, at, until):
    other, changes, jumps = open_bus(session), _Ear(), _Ear()
    other.subscribe(PATH, _PROPERTIES, "PropertiesChanged", changes, "hear(QDBusMessage)")
    other.subscribe(PATH, PLAYER, "Seeked", jumps, "hear(QDBusMessage)")
    at("second.flac")
    until(lambda: changes.heard)
    window.sound.player.seek(20.0)
    until(lambda: [20_000_000] in jumps.heard)
    assert all(told[0] == PLAYER for told in changes.heard)
    told = len(jumps.heard)
    window.sound.player.seek(20.2)
    window.sound.player.set_volume(0.5)
    before = len(changes.heard)
    until(lambda: len(changes.heard) > before)
    assert len(jumps.heard) == told


def test_the_second_window_has_a_name_of_its_own(served, open_bus, session, remote, ask, connect):
    second = Mpris(open_bus(session), remote)
    assert second.start()
    place = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
    names = ask(connect(session), *place, "ListNames").arguments()[0]
    assert {NAME, f"{NAME}.instance{os.getpid()}"} <= set(names)


def test_a_file_is_opened_by_its_address_also_when_it_is_new(control, window, song, until):
    player = window.sound.player
    known = window.tracks.model.track_at(0).path
    control("open", f"file://{known}")
    until(lambda: player.path == known)
    new = song("elsewhere/Größe & 50 %.flac")
    control("open", f"file://{os.path.dirname(new)}/Gr%C3%B6%C3%9Fe%20%26%2050%20%25.flac")
    until(lambda: player.path == new)
    assert window.sound.playing.track.path == new


def test_what_is_no_music_is_not_looked_for_for_ever(control, window, remote, media, until):
    scans, playing = [], window.sound.player.path
    window.work.finished.connect(lambda tally: scans.append(tally) if tally.kind is JobKind.SCAN else None)
    control("open", f"file://{media('text')}")
    until(lambda: scans and not remote._opening)
    assert len(scans) == 1
    assert window.sound.player.path == playing


def test_raise_and_quit_do_what_they_say(send, window, until):
    window.showMinimized()
    send(ROOT, "Raise")
    until(lambda: not window.isMinimized())
    send(ROOT, "Quit")
    until(lambda: not window.isVisible())


def test_what_is_described_is_what_there_is():
    for interface in (ROOT, PLAYER):
        node = ElementTree.fromstring(described(interface))
        rows = {row.name: row for row in ROWS if row.interface == interface}
        found = {each.get("name"): (each.get("type"), each.get("access")) for each in node.iter("property")}
        assert found == {name: (row.kind, "readwrite" if row.write else "read") for name, row in rows.items()}


def test_the_types_of_files_are_those_of_the_desktop_entry():
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))
    entry = os.path.join(root, "packaging", "desktop", f"{APP_ID}.desktop")
    with open(entry) as file:
        line = next(line for line in file if line.startswith("MimeType="))
    assert set(line.strip().removeprefix("MimeType=").split(";")) - {"", "inode/directory"} == set(MIME_TYPES)
