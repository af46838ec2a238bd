"""The settings of the running program: one place that changes them, tells of it, and saves them soon."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.settings.settings import checked, default, names
from app.settings.settings_file import Stored, read, write

# A slider that is moved changes a setting fifty times a second; the file is written once it rests.
_REST_MS = 500
_STOP_S = 5.0


class SettingsStore(QObject):
    """Holds `settings`, which nobody else changes; `close` it before the program ends.

    Signals: changed(name) after each change; failed(sentence) when the file cannot be written, once for each reason,
    and failed("") when it can again; closing() for those who have something left to set.
    """

    changed = Signal(str)
    failed = Signal(str)
    closing = Signal()
    _written = Signal(str)

    def __init__(self, path: str, stored: Stored, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path, self.settings, self.notice = path, stored.settings, stored.notice
        self._rest, self._may_save = stored.rest, stored.may_save
        self._thread: threading.Thread | None = None
        self._dirty = False
        self._failure = ""
        self._timer = QTimer(self, interval=_REST_MS, singleShot=True)
        self._timer.timeout.connect(self._save)
        self._written.connect(self._on_written, Qt.ConnectionType.QueuedConnection)

    @classmethod
    def open(cls, path: str, parent: QObject | None = None) -> SettingsStore:
        """Read the file; `notice` says what was odd about it."""
        return cls(path, read(path), parent)

    def set(self, name: str, value: Any) -> None:
        """Change a setting; ValueError if it cannot have this value."""
        value = checked(name, value)
        if getattr(self.settings, name) == value:
            return
        self.settings = replace(self.settings, **{name: value})
        self._dirty = True
        self._timer.start()
        self.changed.emit(name)

    def reset(self, name: str = "") -> None:
        """Give a setting, or all of them, the value it had at first."""
        for one in [name] if name else names():
            self.set(one, default(one))

    def is_changed(self, name: str = "") -> bool:
        """Tell whether a setting, or any, is another than at first."""
        return any(getattr(self.settings, one) != default(one) for one in ([name] if name else names()))

    def close(self) -> None:
        """Save what is not saved yet; what cannot be saved is said in the log, as there is no window any more."""
        self.closing.emit()
        self._timer.stop()
        if self._thread is not None:
            self._thread.join(_STOP_S)
        if self._may_save and (self._dirty or self._failure):
            self._dirty = False
            self._failure = write(self.path, self.settings, self._rest)
            if self._failure:
                logging.warning(self._failure)

    def _save(self) -> None:
        if not self._may_save:
            return
        if self._thread is not None and self._thread.is_alive():
            self._timer.start()
            return
        self._dirty = False
        path, settings, rest = self.path, self.settings, self._rest
        self._thread = threading.Thread(
            target=lambda: self._written.emit(write(path, settings, rest)), name="settings", daemon=True
        )
        self._thread.start()

    def _on_written(self, failure: str) -> None:
        if failure != self._failure:
            self._failure = failure
            self.failed.emit(failure)
