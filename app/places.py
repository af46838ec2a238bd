"""Where the program keeps what belongs to it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import platformdirs

_NAME = "genre-tagger"


@dataclass(frozen=True)
class Places:
    """Paths of the library, the settings and the window's state; `model` overrides the shipped model."""

    library: str
    settings: str
    window: str
    model: str | None = None

    @property
    def views(self) -> str:
        """Path of what was chosen for the views."""
        return os.path.join(os.path.dirname(self.window), "views.json")

    @property
    def cache(self) -> str:
        """Folder of what can be computed again; safe to delete."""
        return os.path.join(platformdirs.user_cache_path(_NAME, appauthor=False), "sounds")

    @classmethod
    def usual(cls, library: str | None = None) -> Places:
        """Take the places that the system has for such files."""
        return cls(
            library or os.path.join(platformdirs.user_data_path(_NAME, appauthor=False), "library.sqlite3"),
            os.path.join(platformdirs.user_config_path(_NAME, appauthor=False), "settings.json"),
            os.path.join(platformdirs.user_state_path(_NAME, appauthor=False), "window.json"),
        )
