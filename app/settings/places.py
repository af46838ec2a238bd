"""Where the program keeps what belongs to it, as options, variables and the system say."""

from __future__ import annotations

import os
from typing import NamedTuple

from genre_tagger.base import places


class Places(NamedTuple):
    """Paths of the library, the settings and the window's state.

    `model` overrides the shipped model, `caches` the folder of what can be computed again. `problem` says why not
    everything is where it was asked to be.
    """

    library: str
    settings: str
    window: str
    model: str | None = None
    caches: str | None = None
    portable: bool = False
    problem: str = ""

    @property
    def state(self) -> str:
        """Folder of how the program was left."""
        return os.path.dirname(self.window)

    @property
    def views(self) -> str:
        """Path of what was chosen for the views."""
        return os.path.join(self.state, "views.json")

    @property
    def cache(self) -> str:
        """Folder of what can be computed again; safe to delete."""
        return os.path.join(self.caches or places.homes(portable=False).cache, "sounds")

    @classmethod
    def usual(
        cls,
        library: str | None = None,
        *,
        settings: str | None = None,
        state: str | None = None,
        cache: str | None = None,
        model: str | None = None,
        portable: bool | None = None,
    ) -> Places:
        """Take what is given here, then what variables name, then what the system has for such files.

        `library` and `settings` are files, the others folders. `portable` keeps all that is not given beside the
        program.
        """
        found = places.homes(portable)

        def place(what: str, given: str | None, *usual: str) -> str:
            return places.absolute(given) if given else places.named(what) or os.path.join(*usual)

        return cls(
            places.absolute(library) if library else places.library_path(found),
            place("settings", settings, found.config, "settings.json"),
            os.path.join(place("state", state, found.state), "window.json"),
            places.absolute(model) if model else places.named("model"),
            place("cache", cache, found.cache),
            found.portable,
            found.problem,
        )
