"""The file of the settings: what cannot be understood is kept aside, and what is written is written whole."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from app.look import words
from app.settings.settings import Settings, about, checked, names, translated
from genre_tagger.base.small_files import name_aside, write_whole

VERSION = 1
# No settings are as large (bytes).
_LARGEST = 1_000_000


@dataclass(frozen=True)
class Stored:
    """What was read: the settings, what else the file holds, a sentence if something was odd.

    `may_save` is false where the file could neither be read nor be kept aside: then nothing is written over it.
    """

    settings: Settings = field(default_factory=Settings)
    rest: dict[str, Any] = field(default_factory=dict)
    notice: str = ""
    may_save: bool = True


class _NotUnderstoodError(Exception):
    """Carries why, as the end of the name that the file is kept under."""


def read(path: str) -> Stored:
    """Read the settings; what makes no sense is at its default, and the file is then kept under another name."""
    try:
        content = _content(path)
    except FileNotFoundError:
        return Stored()
    except OSError as error:
        text = words.tr("The settings in {} cannot be read ({}). What you change now holds until you quit.")
        return Stored(notice=text.format(words.printable(path), error.strerror), may_save=False)
    except _NotUnderstoodError as problem:
        return _aside(path, Stored(), str(problem))
    settings, odd = Settings(), []
    for name in names():
        if name in content:
            try:
                settings = replace(settings, **{name: checked(name, content[name])})
            except ValueError:
                odd.append(name)
    rest = {name: value for name, value in content.items() if name not in (*names(), "version")}
    found = Stored(settings, rest)
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


def _aside(path: str, found: Stored, why: str, odd: list[str] | None = None) -> Stored:
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
    return replace(found, notice=f"{told} {end}", may_save=may_save)


def write(path: str, settings: Settings, rest: dict[str, Any]) -> str:
    """Save settings, whole or not at all; return "" or why that was not possible, as a sentence."""
    content = {"version": VERSION} | asdict(settings) | rest
    try:
        os.makedirs(os.path.dirname(os.path.realpath(path)), exist_ok=True)
        write_whole(path, json.dumps(content, indent=1).encode())
    except OSError as error:
        text = words.tr("The settings cannot be saved in {}. {} What you change now holds until you quit.")
        return text.format(words.printable(path), words.not_written(error))
    return ""
