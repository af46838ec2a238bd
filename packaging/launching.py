"""Starts the program from the bundle as it is started from source, whatever the bundle's own loader has set."""

from __future__ import annotations

import os
import sys

# The loader points these into the bundle. They have done their work; a file manager or browser that the program
# opens would find our libraries in them instead of its own.
_OURS = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH")
_QT = ("QT_PLUGIN_PATH", "QML2_IMPORT_PATH")


def window() -> None:
    """Run the window and leave with its exit status."""
    restore(os.environ)
    from app.__main__ import main

    sys.exit(main())


def command_line() -> None:
    """Run the command line and leave with its exit status."""
    restore(os.environ)
    from genre_tagger.cli import main

    sys.exit(main())


def restore(environment: os._Environ[str] | dict[str, str]) -> None:
    """Give other programs that this one starts the environment that it was started with itself."""
    for name in _OURS:
        before = environment.pop(f"{name}_ORIG", None)
        if before is not None:
            environment[name] = before
        else:
            environment.pop(name, None)
    for name in _QT:
        inside = getattr(sys, "_MEIPASS", "")
        if inside and environment.get(name, "").startswith(inside):
            del environment[name]
