"""What keeps a window from being shown, in a sentence: Qt itself would end in a crash or a traceback."""

from __future__ import annotations

import builtins
import contextlib
import os
import sys
from collections.abc import Iterator

#: The exit status where there is no window to be had; that of the command line for what cannot be used.
STATUS = 3


def look() -> None:
    """Leave with a sentence where there is no display, or where Qt lacks a library of the system."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(map(os.environ.get, variables)):
        _leave("There is no display here.")
    try:
        import PySide6.QtSvg
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        _leave(f"A library of the system is missing ({error}). Install it with the system's packages.")
    _import_as_usual()


def _import_as_usual() -> None:
    """Have modules imported by Python itself again.

    PySide6 puts a function of its own before that, which reads the source of each module that is imported, for the
    sake of `from __feature__ import snake_case`. Nobody says that here, and it takes longer than many an import.
    """
    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """Say in a sentence why Qt cannot begin, where it would only abort; to be had around the application's making."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    heard: list[str] = []

    def hear(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind == QtMsgType.QtFatalMsg:
            _leave(_reason(heard), at_once=True)
        heard.append(text)
        if before is not None:
            before(kind, context, text)

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
        if before is None:
            _tell(heard)


def _reason(heard: list[str]) -> str:
    told = " ".join(heard)
    if "connect to display" in told:
        return f"The display {os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY', '')} cannot be reached."
    if "xcb-cursor" in told:
        return "A library of the system is missing: libxcb-cursor0, elsewhere called xcb-util-cursor."
    return f"Qt finds no way to it: {told}"


def _leave(reason: str, *, at_once: bool = False) -> None:
    said = f"genre-tagger: The window cannot be shown. {reason} Without a window, genre-tagger-cli does the same."
    _tell([said])
    if at_once:
        # Qt aborts as soon as it has been heard.
        os._exit(STATUS)
    raise SystemExit(STATUS)


def _tell(lines: list[str]) -> None:
    if sys.stderr is not None:
        sys.stderr.writelines(f"{line}\n" for line in lines)
        sys.stderr.flush()
