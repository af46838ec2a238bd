"""What outlives the window: choices and geometry, each one JSON file; a strange file means the defaults."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SCHEMES = ("system", "light", "dark")
MODES = ("fill", "add", "replace")


@dataclass
class Settings:
    """What the user chose."""

    scheme: str = "system"
    mode: str = "fill"
    threshold: float = 0.5
    keep_mtime: bool = False
    play_selected: bool = True
    play_on: bool = True
    keep_playing: bool = False
    volume: float = 0.8


@dataclass
class WindowState:
    """How the window was left; byte strings of Qt in base64."""

    geometry: str = ""
    columns: str = ""
    splitter: str = ""
    words: str = ""
    place: str = ""
    sidebar: bool = True
    details: bool = True
    sound: bool = True


_Stored = TypeVar("_Stored", bound="DataclassInstance")
_RULES: dict[str, Callable[[Any], bool]] = {
    "scheme": SCHEMES.__contains__,
    "mode": MODES.__contains__,
    "threshold": lambda value: isinstance(value, (int, float)) and 0 <= value <= 1,
    "volume": lambda value: isinstance(value, (int, float)) and 0 <= value <= 1,
}


def load(kind: type[_Stored], path: str) -> _Stored:
    """Read settings value by value, so that one bad value costs only itself."""
    settings = kind()
    try:
        with open(path, encoding="utf-8") as file:
            stored = json.load(file)
    except (OSError, ValueError):
        return settings
    if not isinstance(stored, dict):
        return settings
    for field in fields(kind):
        value, default = stored.get(field.name), getattr(settings, field.name)
        rule = _RULES.get(field.name)
        if rule(value) if rule else type(value) is type(default):
            setattr(settings, field.name, type(default)(value))
    return settings


def save(settings: DataclassInstance, path: str) -> None:
    """Replace the file in one step; a full or read-only disk costs the settings, never the program."""
    temporary = f"{path}.new"
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(asdict(settings), file, indent=1)
        os.replace(temporary, path)
