"""Tries out a finished bundle as a person would, on a display of its own, and fails loudly when anything is wrong.

It drops a folder on the window with the mouse, waits until it is classified, plays, writes, compares every file,
hands over a folder by a second start, undoes, compares byte for byte, closes, and starts once more; then the same line
with the command line. What goes on inside is read from the library's file and from the music itself.

Usage: python packaging/smoke.py BUNDLE [--picture FILE]          the folder that bundle.sh made
       python packaging/smoke.py --entry FILE [--picture FILE]    what an installed desktop entry starts
with a Python that has PySide6 and mutagen (.venv/bin/python): the drag comes from a small window of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import display
import mutagen
from display import Trouble, until
from trial import LONG_S, WINDOW, Trial, check, step

_MUSIC = (".mp3", ".m4a", ".flac", ".ogg", ".opus", ".wav", ".aiff")
#: What the bundle has to have loaded once something was played.
_LOADED = ("libffmpegmediaplugin.so", "libqxcb.so", "libavcodec.so.61", "libpywrap_litert_common.so", "libsndfile_")


def window_line(trial: Trial, picture: str) -> None:
    """Drop, classify, play, write, hand over, undo, close."""
    before = trial.sums()
    began = time.monotonic()
    window = trial.start()
    step(f"the window was there after {time.monotonic() - began:.1f} s, with an empty library")
    time.sleep(3)  # a person looks at it first
    _drop(trial, window)
    _classify(trial, sum(path.startswith(trial.music) and path.endswith(_MUSIC) for path in before))
    _play(trial, window)
    if picture:
        time.sleep(20)  # until the track is drawn in all detail
        colours = trial.hands.picture(picture, window)
        check(colours > 50, f"the picture shows nothing: {colours} colours")
        step(f"took {picture}")
    written = _write(trial, window, before)
    _hand_over(trial, window)
    _undo(trial, window, before, written)
    trial.close(window)
    step("closed; once more, with what it keeps")
    window = trial.start()
    time.sleep(3)
    trial.close(window)
    check(trial.sums() == before, "starting again has changed the music")


def _drop(trial: Trial, window: str) -> None:
    for attempt in range(3):
        trial.hands.drop(trial.music, window)
        try:
            until(lambda: trial.count("SELECT count(*) FROM folders"), 30, "the dropped folder")
        except Trouble:
            if attempt == 2:
                raise
        else:
            step("dropped a folder on it with the mouse")
            return


def _classify(trial: Trial, most: int) -> None:
    """Wait until all tracks are read and classified."""
    # One of them is broken on purpose; it may be a track with an error or none at all.
    until(lambda: trial.count("SELECT count(*) FROM tracks") >= most - 1, LONG_S, f"{most} tracks in the library")
    open_tracks = "SELECT count(*) FROM tracks WHERE error IS NULL AND id NOT IN (SELECT track FROM predictions)"
    until(lambda: not trial.count(open_tracks), LONG_S, "the model to classify them all")
    with_genre = trial.count("SELECT count(*) FROM predictions WHERE genre IS NOT NULL")
    check(with_genre >= 4, f"only {with_genre} tracks have a genre")
    failed = trial.count("SELECT count(*) FROM tracks WHERE error IS NOT NULL")
    check(failed <= 1, f"{failed} files failed, and only one is broken")
    step(f"{with_genre} tracks classified")


def _play(trial: Trial, window: str) -> None:
    """Play a track, and look at what the process has loaded, and where from."""
    trial.hands.keys(window, "alt+Next")
    pid = trial.hands.pid(window)
    until(lambda: all(any(name in path for path in _maps(pid)) for name in _LOADED), LONG_S, f"{_LOADED} in memory")
    time.sleep(2)
    trial.hands.keys(window, "alt+Next")
    mapped = _maps(pid)
    inside = {os.path.basename(path) for path in mapped if path.startswith(trial.folder)}
    for path in mapped:
        foreign = not path.startswith((trial.folder, "/usr/", "/lib", "/dev/", "/memfd:", "/SYSV", trial.root))
        check(not foreign, f"{path} is in memory, which is neither in the bundle nor of the system")
        twice = os.path.basename(path) in inside and not path.startswith(trial.folder)
        check(not twice, f"{path} is in memory beside the same library of the bundle")
    step(f"plays; {len(inside)} libraries of the bundle in memory, none from elsewhere but the system's")


def _maps(pid: int) -> set[str]:
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        paths = {line.split(maxsplit=5)[5].strip() for line in file if len(line.split()) > 5}
    return {path for path in paths if path.startswith("/") and (".so" in path)}


def _write(trial: Trial, window: str, before: dict[str, str]) -> list[str]:
    """Write the proposals, and check that the files hold exactly these."""
    trial.hands.keys(window, "ctrl+s")
    question = str(until(lambda: (trial.hands.windows("^Write genres") or [""])[0], 60, "the question before writing"))
    trial.hands.keys(question, "Return")
    until(lambda: trial.sums() != before, LONG_S, "a file to be written")
    journal = trial.library.replace(".sqlite3", "-undo.sqlite3")
    check(os.path.exists(journal), "there is no undo journal")
    after = _settled(trial)
    check(after.keys() == before.keys(), f"there are other files than before: {after.keys() ^ before.keys()}")
    changed = sorted(path for path in before if after[path] != before[path])
    for path in changed:
        genres = _genres(path)
        check(genres, f"{path} was written and has no genre")
        step(f"wrote {genres[0]} into {os.path.basename(path)}")
    return changed


def _genres(path: str) -> list[str]:
    """Read a file's genres with mutagen alone."""
    tags = mutagen.File(path, easy=True)
    if tags is None:
        return []
    return list(tags.get("genre") or getattr(tags.get("TCON"), "text", []))


def _settled(trial: Trial) -> dict[str, str]:
    """The checksums once nothing has changed for four seconds."""
    last, since = trial.sums(), time.monotonic()
    while time.monotonic() - since < 4:
        time.sleep(0.5)
        if (now := trial.sums()) != last:
            last, since = now, time.monotonic()
    return last


def _hand_over(trial: Trial, window: str) -> None:
    """A second start hands its folder to the first and ends."""
    tracks = trial.count("SELECT count(*) FROM tracks")
    second = subprocess.run([*trial.command, trial.more], env=trial.environment, timeout=120, capture_output=True)
    check(second.returncode == 0, f"a second start ended with status {second.returncode}: {second.stderr[-300:]!r}")
    until(lambda: trial.count("SELECT count(*) FROM tracks") > tracks, LONG_S, "the folder of the second start")
    check(len(trial.hands.windows(f"^{WINDOW}")) == 1, "a second start opened a second window")
    open_tracks = "SELECT count(*) FROM tracks WHERE error IS NULL AND id NOT IN (SELECT track FROM predictions)"
    until(lambda: not trial.count(open_tracks), LONG_S, "the model to classify them all")
    step("a second start handed its folder over")


def _undo(trial: Trial, window: str, before: dict[str, str], written: list[str]) -> None:
    trial.hands.keys(window, "ctrl+alt+z")
    time.sleep(2)
    for title in trial.hands.titles():  # it may ask
        if title.startswith("Undo"):
            trial.hands.keys(trial.hands.windows(f"^{title}")[0], "Return")
    until(lambda: trial.sums() == before, LONG_S, f"{len(written)} files to be again what they were")
    step(f"undone: {len(written)} files are byte for byte what they were")


def command_line(trial: Trial, cli: list[str]) -> None:
    """The same line without a window."""
    before = trial.sums()
    library = os.path.join(trial.root, "other.sqlite3")

    def run(*words: str, most: int = 0) -> str:
        command = [*cli, *words, "--library", library, "--quiet"]
        done = subprocess.run(command, env=trial.environment, capture_output=True, text=True, timeout=LONG_S)
        check(done.returncode <= most, f"{' '.join(words)} ended with {done.returncode}: {done.stderr[-400:]}")
        check("Traceback" not in done.stderr, done.stderr)
        return done.stdout

    run("scan", trial.music, most=1)
    run("classify", most=1)
    shown = json.loads(run("show", "--json"))
    check(len(shown["tracks"] if isinstance(shown, dict) else shown) >= 5, "show lists less than five tracks")
    run("write", "--threshold", "0.3")
    changed = [path for path, total in trial.sums().items() if total != before[path]]
    check(changed, "the command line has written nothing")
    run("undo")
    check(trial.sums() == before, "undo on the command line did not give back the same bytes")
    run("describe", trial.music, "--csv", os.path.join(trial.root, "features.csv"), most=1)
    step(f"genre-tagger-cli: scanned, classified, wrote {len(changed)} files, undid, described")


def portable(trial: Trial) -> None:
    """With a file named "portable" beside it, nothing is kept in the home."""
    with open(os.path.join(trial.folder, "portable"), "w"):
        pass
    home = os.path.join(trial.root, "another home")
    os.makedirs(home)
    away = {name: value for name, value in trial.environment.items() if not name.startswith("XDG_")}
    trial.environment = away | {"HOME": home, "XDG_RUNTIME_DIR": trial.environment["XDG_RUNTIME_DIR"]}
    window = trial.start()
    time.sleep(3)
    trial.close(window)
    data = os.path.join(trial.folder, "Genre Tagger data")
    names = [name for _folder, _below, names in os.walk(data) for name in names]
    check("library.sqlite3" in names, f"a portable start keeps no library in {data}: {names}")
    strays = [name for _folder, _below, names in os.walk(home) for name in names]
    check(not strays, f"a portable start has left in the home: {strays}")
    step("portable: everything is kept beside it, nothing in the home")


def lay_out(trial: Trial) -> None:
    """Music to try it on: the demo library of the bundle itself."""
    assets = os.path.join(trial.folder, "_internal", "app", "resources", "demo")
    shutil.copytree(assets, trial.music)
    os.makedirs(trial.more)
    piece = next(path for path in _files(assets) if path.endswith(".m4a"))
    shutil.copy(piece, trial.more)


def _files(folder: str) -> Iterator[str]:
    for where, _below, names in os.walk(folder):
        yield from (os.path.join(where, name) for name in names)


def environment(root: str, shown: str) -> dict[str, str]:
    """A home that has never seen the program, and nothing of the Python that runs this."""
    passed_on = ("PATH", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME", "DBUS_SESSION_BUS_ADDRESS")
    variables = {name: os.environ[name] for name in passed_on if name in os.environ}
    path = [part for part in variables.get("PATH", "/usr/bin:/bin").split(":") if "venv" not in part]
    runtime = os.path.join(root, "run")
    os.makedirs(runtime, mode=0o700)
    home = os.path.join(root, "home")
    os.makedirs(home)
    variables |= {"DISPLAY": shown, "HOME": home, "XDG_RUNTIME_DIR": runtime, "PATH": ":".join(path)}
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        variables[f"XDG_{name}_HOME"] = os.path.join(home, name.lower())
    return {"LANG": "C.UTF-8"} | variables


def of_entry(path: str) -> list[str]:
    """The command of a desktop entry, without its codes."""
    with open(path, encoding="utf-8") as file:
        line = next(line for line in file if line.startswith("Exec="))
    return [word for word in shlex.split(line.removeprefix("Exec=").strip()) if not word.startswith("%")]


def main() -> int:
    """Try the bundle named on the command line; 1 when it does not do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("bundle", nargs="?", help="the folder that bundle.sh made")
    which.add_argument("--entry", help="a desktop entry that is installed")
    parser.add_argument("--picture", default="", help="save a picture of the screen here")
    options = parser.parse_args()
    if not os.environ.get("SMOKE_BUS") and shutil.which("dbus-run-session"):
        # A session bus of its own, as a desktop has.
        os.environ["SMOKE_BUS"] = "1"
        os.execvp("dbus-run-session", ["dbus-run-session", "--", sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory(prefix="smoke-", ignore_cleanup_errors=True) as root, display.display() as shown:
        trial = None
        try:
            if options.entry:
                command = of_entry(options.entry)
                folder = os.path.dirname(os.path.realpath(shutil.which(command[0]) or command[0]))
                cli = [f"{command[0]}-cli"]
            else:
                # It can lie anywhere and be moved.
                folder = os.path.join(root, "a place with spaces, ü and %", "Genre Tagger")
                shutil.copytree(options.bundle, folder, symlinks=True)
                command, cli = [os.path.join(folder, "genre-tagger")], [os.path.join(folder, "genre-tagger-cli")]
            trial = Trial(root, command, folder, environment(root, shown))
            lay_out(trial)
            window_line(trial, options.picture)
            command_line(trial, cli)
            if not options.entry:
                portable(trial)
        except Trouble as trouble:
            print(f"smoke: FAILED: {trouble}", file=sys.stderr)
            if trial is not None:
                print(f"smoke: windows to be seen: {trial.hands.titles()}", file=sys.stderr)
                trial.hands.picture(options.picture or os.path.join(tempfile.gettempdir(), "smoke-failed.png"))
                if os.path.exists(trial.errors):
                    print(f"smoke: it said: {trial.said()[-2000:]}", file=sys.stderr)
            return 1
        finally:
            if trial is not None:
                trial.end()
    step("all is well")
    return 0


if __name__ == "__main__":
    sys.exit(main())
