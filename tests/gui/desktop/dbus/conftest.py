"""What the tests of D-Bus share: private buses of their own, services on them, and a window with three songs."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess

import numpy as np
import pytest
import shiboken6
import soundfile
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusUnixFileDescriptor

from app.desktop.dbus.bus import Bus
from app.desktop.dbus.values import exported
from app.look import theme
from app.settings.places import Places
from app.window.main_window import MainWindow
from genre_tagger.files.scan import scan
from genre_tagger.files.values import ScannedTrack
from genre_tagger.library.library import Library
from helpers.patience import LONG

#: What has the commands that tests run, as Debian names it.
_PACKAGES = {"playerctl": "playerctl", "dbus-send": "dbus"}
# Like the usual one, but it starts no services, and listens where the test says.
_RULES = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>{}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>"""
_names = itertools.count()


@pytest.fixture(autouse=True)
def _no_bus_of_this_computer(monkeypatch, home):
    """No test reaches the buses of the computer it runs on."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={home}/none")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={home}/none")


@pytest.fixture
def start_bus(_homes, home):
    """A function that starts a message bus and gives its address and its process; they end with the test."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("dbus-daemon is not installed (Debian: dbus)")
    running = []

    def start(listen=f"unix:dir={_homes}"):
        rules = os.path.join(home, f"bus-{next(_names)}.conf")
        with open(rules, "w") as file:
            file.write(_RULES.format(listen))
        command = ["dbus-daemon", "--nofork", "--nopidfile", "--print-address", f"--config-file={rules}"]
        # It complains of a limit that only an administrator may raise.
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        running.append(process)
        return process.stdout.readline().strip(), process

    yield start
    for process in running:
        process.terminate()
        process.wait()
        process.stdout.close()


@pytest.fixture
def session(start_bus, monkeypatch):
    """The address of a session bus."""
    address, _ = start_bus()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    return address


@pytest.fixture
def system(start_bus, monkeypatch):
    """The address of a system bus."""
    address, _ = start_bus()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
    return address


@pytest.fixture
def until(qtbot):
    """A function that turns the event loop until a condition holds."""
    return lambda condition: qtbot.waitUntil(lambda: bool(condition()), timeout=LONG)


@pytest.fixture
def connect():
    """A function that connects somebody else to a bus."""
    names = []

    def connect(address):
        names.append(f"test-{next(_names)}")
        connection = QDBusConnection.connectToBus(address, names[-1])
        assert connection.isConnected()
        return connection

    yield connect
    for name in names:
        QDBusConnection.disconnectFromBus(name)


@pytest.fixture
def open_bus(until):
    """A function that connects the program to a bus."""
    opened = []

    def open_(address):
        bus = Bus(address)
        opened.append(bus)
        bus.open()
        until(lambda: bus.connection)
        return bus

    yield open_
    for bus in opened:
        bus.close()


@pytest.fixture
def run(until):
    """A function that runs a program that talks to this process, and gives what it says; errors are told as well."""

    def run(*command):
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed (Debian: {_PACKAGES[command[0]]})")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        until(lambda: process.poll() is not None)
        with process.stdout:
            return process.stdout.read().strip()

    return run


@pytest.fixture
def ask(until):
    """A function that calls a method as somebody else, and gives the answer as a message."""

    def ask(connection, service, path, interface, method, *arguments):
        message = QDBusMessage.createMethodCall(service, path, interface, method)
        message.setArguments(arguments)
        call = connection.asyncCall(message, LONG)
        until(call.isFinished)
        return call.reply()

    return ask


# --- services ----------------------------------------------------------------------------------------


@exported("org.freedesktop.Notifications")
class Notifications(QObject):
    """Shows nothing, but knows what it would show."""

    ActionInvoked = Signal("uint", str)
    ActivationToken = Signal("uint", str)
    NotificationClosed = Signal("uint", "uint")

    def __init__(self, able=("body", "body-markup", "actions")):
        super().__init__()
        self.able, self.shown = [*able], []

    @Slot(result="QStringList")
    def GetCapabilities(self):
        return self.able

    @Slot(str, "uint", str, str, str, "QStringList", "QVariantMap", int, result="uint")
    def Notify(self, name, replaced, icon, title, body, actions, hints, wait):
        self.shown.append(
            {"name": name, "replaced": replaced, "icon": icon, "title": title, "body": body, "actions": actions,
             "hints": hints, "wait": wait}
        )  # fmt: skip
        return replaced or 40 + len(self.shown)


@exported("org.freedesktop.login1.Manager")
class Login(QObject):
    """Holds off sleep until the file it gives away is closed."""

    def __init__(self):
        super().__init__()
        self.asked, self._files = [], []

    @Slot(str, str, str, str, QDBusMessage)
    def Inhibit(self, what, who, why, mode, message):
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        message.setDelayedReply(True)
        reply = message.createReply()
        reply.setArguments([QDBusUnixFileDescriptor(writing)])
        os.close(writing)
        self.connection.send(reply)
        self.asked.append((what, who, why, mode))
        self._files.append(reading)

    def held(self):
        """Count who still holds a file open."""
        count = 0
        for file in self._files:
            try:
                count += os.read(file, 1) != b""
            except BlockingIOError:
                count += 1
        return count

    def close(self):
        for file in self._files:
            os.close(file)


@exported("org.gnome.SessionManager")
class SessionManager(QObject):
    """Holds off sleep until who asked for it leaves the bus."""

    def __init__(self):
        super().__init__()
        self.asked, self.callers = [], []

    @Slot(str, "uint", str, "uint", QDBusMessage, result="uint")
    def Inhibit(self, who, window, why, flags, message):
        self.asked.append((who, window, why, flags))
        self.callers.append(message.service())
        return 7

    def held(self):
        there = self.connection.interface()
        return sum(there.isServiceRegistered(caller).value() for caller in self.callers)


@exported("org.freedesktop.PowerManagement.Inhibit")
class PowerManagement(SessionManager):
    @Slot(str, str, QDBusMessage, result="uint")
    def Inhibit(self, who, why, message):
        self.asked.append((who, why))
        self.callers.append(message.service())
        return 8


_SERVICES = {
    Notifications: ("org.freedesktop.Notifications", "/org/freedesktop/Notifications"),
    Login: ("org.freedesktop.login1", "/org/freedesktop/login1"),
    SessionManager: ("org.gnome.SessionManager", "/org/gnome/SessionManager"),
    PowerManagement: ("org.freedesktop.PowerManagement", "/org/freedesktop/PowerManagement/Inhibit"),
}


@pytest.fixture
def serve(connect):
    """A function that puts a service on a bus."""
    served = []

    def serve(address, service):
        name, path = _SERVICES[type(service)]
        service.connection = connect(address)
        served.append(service)
        assert service.connection.registerObject(path, service, QDBusConnection.RegisterOption.ExportAllContents)
        assert service.connection.registerService(name)
        return service

    yield serve
    for service in served:
        if isinstance(service, Login):
            service.close()
        bury(service, _SERVICES[type(service)][1])


def bury(service, path):
    """Do away with a service before its connection goes; Qt's thread and ours must not do so at the same time."""
    service.connection.unregisterObject(path)
    shiboken6.delete(service)


@pytest.fixture(name="bury")
def _bury():
    return bury


@pytest.fixture
def services():
    """The kinds of services there are."""
    return {kind.__name__: kind for kind in _SERVICES}


# --- a window ----------------------------------------------------------------------------------------


@pytest.fixture
def song(tmp_path):
    """A function: name and seconds → path of a quiet tone without tags."""

    def write(name, seconds=2.0):
        path = os.path.join(str(tmp_path), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        tone = 0.01 * np.sin(2 * np.pi * 440 * np.arange(int(8000 * seconds)) / 8000)
        with open(os.fsencode(path), "wb") as file:
            soundfile.write(file, tone, 8000, format="FLAC")
        return path

    return write


@pytest.fixture
def window(qtbot, song, media, home, until):
    """A window with three songs in its library, which listens to none of them."""
    # A model that is not there keeps it from listening.
    places = Places.usual(model=os.path.join(home, "none"))
    os.makedirs(os.path.dirname(places.library), exist_ok=True)
    folder = os.path.dirname(song("music/first.flac"))
    song("music/second.flac", 30.0)
    media("flac", "music/third.flac")
    with Library.open(places.library) as library:
        library.store(*(found for found in scan([folder]) if isinstance(found, ScannedTrack)))
    theme.apply("light")
    window = MainWindow(places)
    window.show()
    window.start()
    until(lambda: window.state.now.opened and len(window.tracks.model.ids()) == 3)
    window.sound.player.set_volume(0.0)
    yield window
    window.leave()
    window.deleteLater()
