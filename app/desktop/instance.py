"""One window for a library: a later start hands its paths to the one that is open, and ends.

The first start locks a file in the user's runtime folder; the system lets go of it however the process ends. Then it
listens at a local socket beside it, which only this user can reach. A later start finds the lock taken and sends what
it was started with. All of that needs neither Qt nor a window, so that the later start is over in a moment.
"""

from __future__ import annotations

import contextlib
import os
import stat
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QTimer
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

UNUSABLE = 3

# A window that is open answers at once; one that is just coming or going may take a while. Coming takes so long (ms).
_SETTLED_MS = 10_000
_PATIENCE_S = {b"open": 3.0, b"starting": 20.0, b"closing": 20.0}
_PAUSE_S = 0.05
_STATE_BYTES = 16
# A message is a length and then fields between NULs: the library, the desktop's token for coming to front, the paths.
_LENGTH = struct.Struct(">I")
_LARGEST = 16 << 20
_TAKEN, _OTHER = b"ok", b"no"
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
_TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")


class Instance:
    """The claim of this process on a library. Without a lock (no folder for it) it is as if nobody else were there."""

    def __init__(self, library: str, address: str | None = None, lock: int | None = None) -> None:
        self.library, self.address, self._lock = library, address, lock
        self._server: QLocalServer | None = None
        self._settling: QTimer | None = None
        # What was heard so far; None when it has been answered.
        self._talks: dict[QLocalSocket, bytearray | None] = {}

    def say(self, state: bytes) -> None:
        """Let later starts know how far this one is: starting, open or closing."""
        if self._lock is not None:
            # Where there is no room for a word, later starts have the patience for one that is just starting.
            with contextlib.suppress(OSError):
                os.lseek(self._lock, 0, os.SEEK_SET)
                os.write(self._lock, state.ljust(_STATE_BYTES))

    def listen(self, take: Callable[[list[str], str], object]) -> None:
        """Call `take` with the paths of each later start and the desktop's token for coming to the front."""
        if self.address is None:
            return
        from PySide6.QtCore import QTimer
        from PySide6.QtNetwork import QLocalServer

        # The lock says that nobody listens there; what is left is from a process that was killed.
        QLocalServer.removeServer(self.address)
        self._server = server = QLocalServer()
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(lambda: self._greet(take))
        if server.listen(self.address):
            self._settling = QTimer(server, interval=_SETTLED_MS, singleShot=True)
            self._settling.timeout.connect(lambda: self.say(b"open"))
            self._settling.start()
        elif self._lock is not None:
            # Who cannot be reached must not be in the way.
            os.close(self._lock)
            self._lock = None

    def close(self) -> None:
        """Take no more paths; the library stays claimed until the process ends."""
        self.say(b"closing")
        if self._settling is not None:
            self._settling.stop()
        if self._server is not None:
            self._server.close()
        for socket in self._talks:
            # It would tell of its end while it is taken apart.
            socket.blockSignals(True)
            socket.abort()
        self._talks.clear()

    def _greet(self, take: Callable[[list[str], str], object]) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            self._talks[socket] = bytearray()
            socket.readyRead.connect(lambda talk=socket: self._hear(talk, take))
            socket.disconnected.connect(lambda talk=socket: self._forget(talk))
            self._hear(socket, take)

    def _hear(self, socket: QLocalSocket, take: Callable[[list[str], str], object]) -> None:
        heard = self._talks.get(socket)
        if heard is None:
            return
        heard += bytes(socket.readAll().data())
        if len(heard) < _LENGTH.size:
            return
        (length,) = _LENGTH.unpack_from(heard)
        if length > _LARGEST:
            socket.abort()
            return
        if len(heard) < _LENGTH.size + length:
            return
        self._talks[socket] = None
        library, _, rest = bytes(heard[_LENGTH.size :]).partition(b"\0")
        token, *paths = map(os.fsdecode, rest.split(b"\0"))
        same = os.fsdecode(library) == self.library
        socket.write(_TAKEN if same else _OTHER)
        socket.disconnectFromServer()
        if same:
            take(paths, token)

    def _forget(self, socket: QLocalSocket) -> None:
        del self._talks[socket]
        socket.deleteLater()


def join(library: str, paths: Sequence[str] = ()) -> Instance | int:
    """Claim a library, or hand `paths` to the process that has it.

    Returns
    -------
    Instance or int
        The claim; or the exit status, when the paths were handed over (0) or nobody took them (3).
    """
    library = os.path.realpath(library)
    folder = _folder()
    if folder is None:
        return Instance(library)
    place = os.path.join(folder, _name(library))
    address = place if os.name != "nt" else os.path.basename(folder) + "-" + os.path.basename(place)
    began = time.monotonic()
    while True:
        taken = _take(place + ".lock")
        if taken is None:
            return Instance(library)
        lock, state = taken
        if lock is not None:
            instance = Instance(library, address, lock)
            instance.say(b"starting")
            return instance
        left = began + _PATIENCE_S.get(state, max(_PATIENCE_S.values())) - time.monotonic()
        answer = _send(address, library, paths, max(left, _PAUSE_S)) if state != b"closing" else b""
        if answer == _TAKEN:
            return 0
        if answer == _OTHER:
            return Instance(library)
        if left <= 0:
            _complain(library, state)
            return UNUSABLE
        time.sleep(_PAUSE_S)


def _name(library: str) -> str:
    """Name a library in a few letters; sockets have short paths. Who answers says which library it has."""
    path = os.fsencode(library)
    return f"{zlib.crc32(path):08x}{zlib.adler32(path):08x}"


def _folder() -> str | None:
    """Give a folder that is this user's alone, for locks and sockets; None when there is none."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime) and (folder := _own(os.path.join(runtime, "genre-tagger"))) is not None:
        return folder
    # In the folder for everybody's temporary files, ours is told apart by the user's number.
    number = f"-{os.getuid()}" if sys.platform != "win32" else ""
    try:
        return _own(os.path.join(tempfile.gettempdir(), f"genre-tagger{number}"))
    except OSError:
        return None


def _own(folder: str) -> str | None:
    """Make a folder, and give it when nobody else can write to it."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        found = os.lstat(folder)
    except OSError:
        return None
    if sys.platform == "win32":
        return folder
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    # Sockets with longer paths (104 bytes on macOS, 108 on Linux, less what Qt adds for a moment) cannot be made.
    return folder if mine and len(os.fsencode(folder)) < 70 else None


def _take(path: str) -> tuple[int | None, bytes] | None:
    """Lock a file; None when it cannot be made, (None, what its owner says) when another process has it."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError:
        return None
    try:
        if sys.platform == "win32":
            import msvcrt

            # Beyond what is said in the file: locked bytes cannot be read there.
            os.lseek(lock, 1 << 20, os.SEEK_SET)
            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass
    except OSError:
        # On a drive without locks everybody is first.
        if sys.platform != "win32":
            os.close(lock)
            return None
    else:
        return lock, b""
    os.lseek(lock, 0, os.SEEK_SET)
    state = os.read(lock, _STATE_BYTES).strip()
    os.close(lock)
    return None, state


def _send(address: str, library: str, paths: Sequence[str], patience: float) -> bytes:
    """Send paths to the process that listens at `address`, and give its answer; "" when there is none in time."""
    token = next((value for name in _TOKENS if (value := os.environ.get(name))), "")
    message = b"\0".join(os.fsencode(text) for text in (library, token, *map(os.path.abspath, paths)))
    packed = _LENGTH.pack(len(message)) + message
    try:
        if sys.platform == "win32":
            with open(rf"\\.\pipe\{address}", "r+b", buffering=0) as pipe:
                pipe.write(packed)
                return pipe.read(2)
        import socket

        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as talk:
            until = time.monotonic() + patience
            talk.settimeout(patience)
            talk.connect(address)
            talk.settimeout(max(until - time.monotonic(), _PAUSE_S))
            talk.sendall(packed)
            talk.settimeout(max(until - time.monotonic(), _PAUSE_S))
            return talk.recv(2)
    except OSError:
        return b""


def _complain(library: str, state: bytes) -> None:
    """Say why nothing opens: in the terminal, and where there is none in a window."""
    from app.look import words

    if state == b"closing":
        text = words.tr("Genre Tagger is just being closed and still finishes a file. Start it again in a moment.")
    else:
        text = words.tr(
            "Genre Tagger is open already with the library {}, but does not answer. Wait a moment and try again; "
            "if that does not help, end the other one and start anew. What it has written so far is safe."
        ).format(words.printable(library))
    if sys.stderr is not None:
        sys.stderr.write(f"genre-tagger: {text}\n")
        if sys.stderr.isatty():
            return
    if sys.platform in ("win32", "darwin") or any(map(os.environ.get, _SCREENS)):
        _show(text)


def _show(text: str) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication, QMessageBox

    from app.desktop import display

    with display.in_words():
        app = QApplication.instance() or QApplication(["genre-tagger"])
    app.setApplicationName("genre-tagger")
    box = QMessageBox(QMessageBox.Icon.Warning, "Genre Tagger", text)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.exec()
