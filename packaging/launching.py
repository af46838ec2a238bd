"""Starts the program from the bundle as it is started from source, whatever the bundle's own loader has set."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

# The loader points these into the bundle. They have done their work; a file manager or browser that the program
# opens would find our libraries in them instead of its own.
_OURS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH")
_QT = ("QT_PLUGIN_PATH", "QML2_IMPORT_PATH")


def window() -> None:
    """Run the window and leave with its exit status."""
    restore(os.environ, _OURS)
    from app import __main__ as program

    show = program.show

    def show_and_restore(*given: Any) -> Any:
        """Qt reads its variables while the application is made; PySide's own way fails where a path has a comma."""
        made = show(*given)
        restore(os.environ, _QT)
        return made

    program.show = show_and_restore
    sys.exit(program.main())


def command_line() -> None:
    """Run the command line and leave with its exit status."""
    restore(os.environ, _OURS + _QT)
    from genre_tagger.cli.__main__ import main

    sys.exit(main())


def restore(environment: os._Environ[str] | dict[str, str], names: Sequence[str]) -> None:
    """Give other programs that this one starts the environment that it was started with itself."""
    inside = getattr(sys, "_MEIPASS", None)
    for name in names:
        before = environment.pop(f"{name}_ORIG", None)
        if before is not None:
            environment[name] = before
        elif inside and environment.get(name, "").startswith(inside):
            del environment[name]
