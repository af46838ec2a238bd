"""Finishes PyInstaller's folder: takes out debugging symbols, adds licences, versions and a README.

Usage: python packaging/bundle_finish.py FOLDER       (with the Python that PyInstaller ran with)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Tools of the build; nothing of them is in the bundle but PyInstaller's loader, whose licence allows any use.
_TOOLS = {"pip", "setuptools", "wheel", "altgraph", "packaging", "pyinstaller-hooks-contrib"}
# Half of these files is for debuggers. Repacked libraries (*.libs) are left as their makers tested them.
_STRIPPED = ("libpython", "python3", "av/", "ai_edge_litert/")
_TEXTS = ("licen", "copying", "notice", "author")
_README = """Genre Tagger {version}

Start it with a double-click on genre-tagger, or from a terminal: ./genre-tagger
The same without a window: ./genre-tagger-cli --help

For an entry in the desktop's menu: sh desktop/install.sh (and --uninstall to take it away again).

The folder can lie anywhere and be moved. Settings and library are kept in your home; with the option --portable, or
with an empty file named "portable" in this folder, they are kept beside the program instead.

It needs a Linux desktop (X11 or Wayland) with glibc {glibc} or newer. licences/ holds the licences of all that is in
here, versions.txt what it is.
"""

# What has no licence text of its own in its package.
_QT = """Qt, PySide6 and shiboken6 are by The Qt Company Ltd. and other contributors (https://www.qt.io), and used here
under the GNU LGPL-3.0; FFmpeg as Qt ships it (libavcodec.so.61 and the like) is under the GNU LGPL-2.1-or-later.
They lie in _internal/PySide6 as they were published, and can be replaced there by changed versions.

PyAV's own FFmpeg (_internal/av.libs) is built with x264 and x265 and so is under the GNU GPL-3.0-or-later.

The sources of all parts are published under the names and versions in versions.txt: those with "(Debian)" by
https://sources.debian.org, all others by https://pypi.org, https://download.qt.io and https://github.com/PyAV-Org.
"""
_COMMON = ("GPL-2", "GPL-3", "LGPL-2.1", "LGPL-3", "Apache-2.0", "MPL-2.0")


def main() -> None:
    """Finish the folder named on the command line."""
    folder = sys.argv[1]
    if sys.platform == "linux":
        strip(os.path.join(folder, "_internal"))
    listed = [f"Python {sys.version.split()[0]}", *sorted(copy_licences(os.path.join(folder, "licences")))]
    _write(os.path.join(folder, "versions.txt"), "\n".join(listed))
    _write(os.path.join(folder, "licences", "Qt and FFmpeg.txt"), _QT)
    for name in _COMMON:
        _copy(f"/usr/share/common-licenses/{name}", os.path.join(folder, "licences", "texts", name))
    for name in ("LICENSE", "NOTICE", "CHANGELOG.md"):
        shutil.copy(os.path.join(_ROOT, name), folder)
    shutil.copytree(os.path.join(_ROOT, "packaging", "desktop"), os.path.join(folder, "desktop"))
    if sys.platform == "linux":
        import bundle_check

        sys.path.insert(0, _ROOT)
        from genre_tagger import __version__

        needs = bundle_check.survey(folder)
        _write(os.path.join(folder, "README.txt"), _README.format(version=__version__, glibc=needs.glibc))


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.rstrip() + "\n")


def strip(internal: str) -> None:
    """Take debugging symbols out of Python, PyAV's and LiteRT's own modules."""
    files = []
    for folder, _below, names in os.walk(internal):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.relpath(path, internal).startswith(_STRIPPED) and ".so" in name and not os.path.islink(path):
                files.append(path)
    subprocess.run(["strip", "--strip-unneeded", *sorted(files)], check=True)


def copy_licences(target: str) -> Iterator[str]:
    """Copy the licences of all that may be in the bundle; yields names with versions."""
    for distribution in sorted(metadata.distributions(), key=lambda package: package.name.lower()):
        if distribution.name.lower() in _TOOLS:
            continue
        yield f"{distribution.name} {distribution.version}"
        for path in distribution.files or ():
            part = str(path)
            if "-info/" in part and any(word in part.lower() for word in _TEXTS) and not part.endswith((".py", ".pyc")):
                _copy(str(path.locate()), os.path.join(target, distribution.name, os.path.basename(part)))
    _copy(os.path.join(os.path.dirname(os.__file__), "LICENSE.txt"), os.path.join(target, "Python", "LICENSE.txt"))
    yield from _of_the_system(os.path.dirname(target), target)


def _of_the_system(folder: str, target: str) -> Iterator[str]:
    """The same for the libraries that were taken from a Debian system, by the package that each came with."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import bundle_rules

    if not shutil.which("dpkg-query"):
        return
    packages = set()
    for name in os.listdir(os.path.join(folder, "_internal")):
        if name.startswith(bundle_rules.TAKEN_ALONG) and not name.startswith("libpython"):
            asked = subprocess.run(["dpkg-query", "-S", f"*/{name}"], capture_output=True, text=True)
            packages |= {line.partition(":")[0] for line in asked.stdout.splitlines()[:1]}
    for package in sorted(packages):
        shown = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
        yield f"{package} {shown.stdout} (Debian)"
        _copy(f"/usr/share/doc/{package}/copyright", os.path.join(target, package, "copyright"))


def _copy(source: str, target: str) -> None:
    if os.path.isfile(source):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)


if __name__ == "__main__":
    main()
