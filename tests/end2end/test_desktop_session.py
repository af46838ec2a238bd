"""A session as a person has it, on an X server of its own: started from the menu, opened with, brought to the front."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import APP_ID
from app.desktop import instance

ROOT = Path(__file__).resolve().parents[2]
INSTALL = ROOT / "packaging" / "desktop" / "install.sh"
TOOLS = {
    "Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "xprop": "x11-utils", "gio": "libglib2.0-bin",
}  # fmt: skip
LONG_S = 60

pytestmark = pytest.mark.slow


def until(condition: Callable[[], object], what: str):
    deadline = time.monotonic() + LONG_S
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it did not come to that: {what}"
        time.sleep(0.05)
    return found


@pytest.fixture
def screen(home, monkeypatch) -> Iterator[None]:
    """An X server with a window manager; what is started goes there."""
    if missing := [f"{tool} (Debian's package {package})" for tool, package in TOOLS.items() if not shutil.which(tool)]:
        pytest.skip(f"not there: {', '.join(missing)}")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, pass_fds=[writing], **quiet)
    os.close(writing)
    with os.fdopen(reading) as numbers:
        monkeypatch.setenv("DISPLAY", f":{numbers.readline().strip()}")
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    for name in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "DESKTOP_STARTUP_ID", "XDG_ACTIVATION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    manager = subprocess.Popen(["openbox"], **quiet)
    until(lambda: "window id" in output("xprop", "-root", "_NET_SUPPORTING_WM_CHECK"), "a window manager")
    yield
    for process in (manager, server):
        process.terminate()
        process.wait()


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=LONG_S, check=False).stdout


def windows() -> list[str]:
    """The program's windows that are to be seen."""
    return output("xdotool", "search", "--onlyvisible", "--class", "^genre-tagger$").split()


def active() -> str:
    return output("xdotool", "getactivewindow").strip()


def library_of(window: str) -> str:
    """Which library a window has, by the process it belongs to."""
    number = output("xdotool", "getwindowpid", window).strip()
    words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    return os.path.basename(os.fsdecode(words[words.index(b"--library") + 1]))


@pytest.fixture
def menu(screen, home, tmp_path) -> Iterator[Callable[..., None]]:
    """A function that starts the program from its desktop entry, with files and a library; all end at the end."""
    program = tmp_path / "program"
    program.write_text(
        f'#!/bin/sh\ncd "{ROOT}"\nexec "{sys.executable}" -m app --library "{home}/$GT_LIBRARY.sqlite3" "$@" '
        f'2>>"{tmp_path}/complaints"\n'
    )
    program.chmod(0o755)
    prefix = tmp_path / "prefix"
    subprocess.run(["sh", INSTALL, "--prefix", prefix, "--program", program, "--no-refresh"], check=True)
    made = prefix / "share" / "applications" / f"{APP_ID}.desktop"

    def start(*paths: str, library: str = "one") -> None:
        subprocess.run(["gio", "launch", made, *paths], env={**os.environ, "GT_LIBRARY": library}, check=True)

    yield start
    for number in {output("xdotool", "getwindowpid", window).strip() for window in windows()} - {""}:
        os.kill(int(number), 15)
        until(lambda number=number: not os.path.exists(f"/proc/{number}"), "the end of the program")
    complaints = tmp_path / "complaints"
    assert not complaints.exists() or "Traceback" not in complaints.read_text()


def test_from_the_menu_to_the_front(menu, media, home):
    menu(media("flac", "song one.flac"))
    first = until(windows, "the first window")[0]
    until(lambda: active() == first, "the first window in front")
    properties = output("xprop", "-id", first)
    entry = (ROOT / "packaging" / "desktop" / f"{APP_ID}.desktop").read_text(encoding="utf-8")
    assert f'WM_CLASS(STRING) = "{(name := re.search("StartupWMClass=(.*)", entry)[1])}", "{name}"' in properties
    assert f'_GTK_APPLICATION_ID(UTF8_STRING) = "{APP_ID}"' in properties
    until(lambda: "Icon (16 x 16)" in output("xprop", "-id", first, "_NET_WM_ICON"), "the icon")
    until(lambda: os.path.exists(socket_of(home, "one")), "an ear for later starts")

    menu(library="other")
    other = until(lambda: set(windows()) - {first}, "a window of another library").pop()
    until(lambda: active() == other, "the other window in front")
    assert library_of(other) == "other.sqlite3"

    menu(media("mp3", "song two.mp3"))
    until(lambda: active() == first, "the first window in front again")
    assert set(windows()) == {first, other}

    output("xdotool", "windowminimize", first)
    until(lambda: active() != first, "the first window is gone")
    menu()
    until(lambda: active() == first, "the first window, large again")
    assert set(windows()) == {first, other}


def socket_of(home: str, library: str) -> str:
    name = instance._name(os.path.realpath(os.path.join(home, f"{library}.sqlite3")))
    return os.path.join(os.environ["XDG_RUNTIME_DIR"], "genre-tagger", name)
