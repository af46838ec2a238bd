"""The settings of the running program: one place that changes them, tells of it, and saves them soon."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.look import words
from app.settings.settings import Settings, about, checked, default, names, translated
from genre_tagger.base.small_files import name_aside, write_whole

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

    def __init__(self, path: str, stored: StoredSettings, parent: QObject | None = None) -> None:
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
        return cls(path, read_settings(path), parent)

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
            self._failure = write_settings(self.path, self.settings, self._rest)
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
            target=lambda: self._written.emit(write_settings(path, settings, rest)), name="settings", daemon=True
        )
        self._thread.start()

    def _on_written(self, failure: str) -> None:
        if failure != self._failure:
            self._failure = failure
            self.failed.emit(failure)


VERSION = 1
# No settings are as large (bytes).
_LARGEST = 1_000_000


class StoredSettings(NamedTuple):
    """What was read: the settings, what else the file holds, a sentence if something was odd.

    `may_save` is false where the file could neither be read nor be kept aside: then nothing is written over it.
    """

    settings: Settings = Settings()
    rest: Mapping[str, Any] = MappingProxyType({})
    notice: str = ""
    may_save: bool = True


class _NotUnderstoodError(Exception):
    """Carries why, as the end of the name that the file is kept under."""


def read_settings(path: str) -> StoredSettings:
    """Read the settings; what makes no sense is at its default, and the file is then kept under another name."""
    try:
        content = _content(path)
    except FileNotFoundError:
        return StoredSettings()
    except OSError as error:
        text = words.tr("The settings in {} cannot be read ({}). What you change now holds until you quit.")
        return StoredSettings(notice=text.format(words.printable(path), error.strerror), may_save=False)
    except _NotUnderstoodError as problem:
        return _aside(path, StoredSettings(), str(problem))
    settings, odd = Settings(), []
    for name in names():
        if name in content:
            try:
                settings = replace(settings, **{name: checked(name, content[name])})
            except ValueError:
                odd.append(name)
    rest = {name: value for name, value in content.items() if name not in (*names(), "version")}
    found = StoredSettings(settings, rest)
    return _aside(path, found, "broken", odd) if odd else found


def _content(path: str) -> dict[str, Any]:
    with open(path, "rb") as file:
        raw = file.read(_LARGEST + 1)
    try:
        content = json.loads(raw.decode("utf-8-sig")) if len(raw) <= _LARGEST else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise _NotUnderstoodError("broken")
    version = content.get("version", VERSION)  # the first files had none
    if type(version) is not int or version < 1:
        raise _NotUnderstoodError("broken")
    if version > VERSION:
        raise _NotUnderstoodError("newer")
    return content


def _aside(path: str, found: StoredSettings, why: str, odd: list[str] | None = None) -> StoredSettings:
    """Give the file another name, so that nobody writes over it."""
    real = os.path.realpath(path)
    kept = name_aside(real, why)
    told = {
        "newer": words.tr("The settings are those of a newer version of Genre Tagger; the usual ones are used."),
        "broken": words.tr("The file with the settings is damaged; the usual ones are used."),
    }[why]
    if odd:
        told = words.tr("Some settings make no sense and are as usual again: {}.")
        told = told.format(", ".join(translated(about(name).title) for name in odd))
    try:
        os.rename(real, kept)
    except OSError as error:
        text = words.tr("The file {} cannot be kept aside ({}), so what you change now holds until you quit.")
        end, may_save = text.format(words.printable(path), error.strerror), False
    else:
        end, may_save = words.tr("The file was kept as {}.").format(words.printable(kept)), True
    return found._replace(notice=f"{told} {end}", may_save=may_save)


def write_settings(path: str, settings: Settings, rest: Mapping[str, Any]) -> str:
    """Save settings, whole or not at all; return "" or why that was not possible, as a sentence."""
    content = {"version": VERSION, **asdict(settings), **rest}
    try:
        os.makedirs(os.path.dirname(os.path.realpath(path)), exist_ok=True)
        write_whole(path, json.dumps(content, indent=1).encode())
    except OSError as error:
        text = words.tr("The settings cannot be saved in {}. {} What you change now holds until you quit.")
        return text.format(words.printable(path), words.not_written(error))
    return ""
