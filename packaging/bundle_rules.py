"""Which files go into the bundle. Read by genre-tagger.spec; does without PyInstaller.

PyInstaller collects whatever could be imported, every plugin of Qt, and what all of that links to on the machine that
builds. Here stands what is really needed; everything else is left out, and `bundle_check.py` proves that nothing that
is in the bundle misses a library which is neither in it nor on every desktop.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

#: Modules that nothing in the program imports, but something in its packages would, if it could.
EXCLUDED = (
    # training, and what tests compare with
    "genre_tagger.training", "tensorflow", "keras", "librosa", "numba", "llvmlite", "scipy", "sklearn", "joblib",
    "pooch", "matplotlib", "h5py", "torch", "jax", "pandas", "cupy", "dask",
    # parts of packages
    "numpy.distutils", "pyqtgraph.opengl", "pyqtgraph.examples", "pyqtgraph.jupyter",
    "ai_edge_litert.aot", "ai_edge_litert.tools", "av.__main__", "cffi.recompiler", "cffi.setuptools_ext",
    "mutagen._tools", "PIL", "OpenGL", "IPython", "pytest", "hypothesis", "setuptools", "pkg_resources", "pip",
    "wheel",
    # parts of Python
    "tkinter", "idlelib", "lib2to3", "ensurepip", "turtledemo", "curses", "readline", "ssl", "_ssl",
    # Qt modules that others mention but nobody uses
    "PySide6.QtTest", "PySide6.QtMultimediaWidgets", "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtPrintSupport",
    "PySide6.QtSvgWidgets",
)  # fmt: skip

#: Modules that are imported by name only.
HIDDEN = (
    "PySide6.QtDBus", "PySide6.QtNetwork", "PySide6.QtMultimedia", "PySide6.QtSvg", "PySide6.QtOpenGL",
    "PySide6.QtOpenGLWidgets",
)  # fmt: skip

#: Qt's plugins that are used, without "lib" and ending; Linux, then Windows, then macOS.
PLUGINS = {
    "platforms": {"qxcb", "qwayland", "qoffscreen", "qwindows", "qcocoa"},
    "xcbglintegrations": {"qxcb-egl-integration", "qxcb-glx-integration"},
    "platformthemes": {"qgtk3", "qxdgdesktopportal"},
    "platforminputcontexts": {"composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"},
    "wayland-shell-integration": {"xdg-shell"},
    "wayland-decoration-client": {"adwaita", "bradient"},
    "wayland-graphics-integration-client": {"qt-plugin-wayland-egl", "dmabuf-server"},
    "iconengines": {"qsvgicon"},
    "imageformats": {"qsvg", "qico", "qicns"},
    "multimedia": {"ffmpegmediaplugin"},
    "styles": {"qmodernwindowsstyle", "qwindowsvistastyle", "qmacstyle"},
}

#: Libraries of the building system that are taken along: Python's own, and small ones of X11 that not every desktop
#: has. All others (X11, fontconfig, D-Bus, glib, PulseAudio, libstdc++ …) must be those of the system that runs it,
#: since its drivers, themes and fonts are loaded into the same process.
TAKEN_ALONG = (
    "libpython3", "libcrypto", "libsqlite3", "libffi", "libbz2", "liblzma", "libexpat", "libxcb-cursor",
    "libxcb-icccm", "libxcb-image", "libxcb-keysyms", "libxcb-render-util", "libxcb-util", "libxcb-xkb",
    "libxkbcommon",
)  # fmt: skip
_SYSTEM_FOLDERS = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "/usr/local/lib/")

# A kind of entry in PyInstaller's tables: (name in the bundle, where it comes from, kind).
Entry = tuple[str, str, str]


def modules(root: str) -> Iterator[str]:
    """Name all modules of the program; some are imported late and by name."""
    for package in ("app", "genre_tagger"):
        for folder, _below, files in os.walk(os.path.join(root, package)):
            for file in sorted(files):
                name = os.path.relpath(os.path.join(folder, file), root)
                if file.endswith(".py") and "training" not in name:
                    yield name.removesuffix(".py").replace(os.sep, ".").removesuffix(".__init__")


def assets(root: str) -> list[tuple[str, str]]:
    """List the program's own files with the bundle's folders they go to, as `genre_tagger.base.places` has them."""
    listed = []
    for kind, package in (("resources", "app"), ("models", "genre_tagger")):
        for folder, _below, files in os.walk(os.path.join(root, kind)):
            target = os.path.join(package, os.path.relpath(folder, root))
            # The Keras model is for training on.
            listed += [(os.path.join(folder, file), target) for file in sorted(files) if not file.endswith(".keras")]
    return listed


def is_wanted(entry: Entry) -> bool:
    """Whether a collected file belongs into the bundle, by its name and origin alone."""
    name, source = (part.replace(os.sep, "/") for part in entry[:2])
    plugin = re.search(r"(?:^|/)plugins/([^/]+)/(?:lib)?([^/]+?)\.(?:so|dll|dylib)$", name)
    if plugin:
        return plugin[2] in PLUGINS.get(plugin[1], ())
    if re.search(r"/(?:translations|qml)/", name) or re.search(r"-info/|^setuptools", name):
        return False
    if re.search(r"^numpy/.*/?tests?/|\.pyi$|\.pxd$|\.pyx$", name):
        return False
    if re.search(r"^av/(?!.*\.(?:so|pyd)$)", name):  # its C headers and stubs
        return False
    # Modules of a Python that is the system's own lie there as well.
    if entry[2] != "EXTENSION" and source.startswith(_SYSTEM_FOLDERS):
        return os.path.basename(source).startswith(TAKEN_ALONG)
    return True


def is_library(entry: Entry) -> bool:
    """Whether a file is only there because others link to it; what loads it by name counts as a link."""
    name = entry[0].replace(os.sep, "/")
    return entry[2] == "BINARY" and not re.search(r"(?:^|/)plugins/|_soundfile_data|libpython", name)


def without_unused(entries: Iterable[Entry], links: Callable[[str], Iterable[str]]) -> list[Entry]:
    """Leave out unwanted files, and libraries that nothing links to any more; and links to what is left out.

    `links` gives the file names of the libraries that a file is linked to.
    """
    shipped = [entry for entry in entries if is_wanted(entry)]
    libraries = {os.path.basename(entry[0]): entry for entry in shipped if is_library(entry)}
    todo = [entry for entry in shipped if entry[2] in ("BINARY", "EXTENSION") and not is_library(entry)]
    needed: set[str] = set()
    while todo:
        for name in links(todo.pop()[1]):
            base = os.path.basename(name)
            if base in libraries and base not in needed:
                needed.add(base)
                todo.append(libraries[base])
    linked = [entry for entry in shipped if not is_library(entry) or os.path.basename(entry[0]) in needed]
    names = {entry[0].replace(os.sep, "/") for entry in linked if entry[2] != "SYMLINK"}
    return [entry for entry in linked if entry[2] != "SYMLINK" or _target(entry) in names]


def _target(link: Entry) -> str:
    folder = os.path.dirname(link[0].replace(os.sep, "/"))
    return os.path.normpath(f"{folder}/{link[1]}" if folder else link[1]).replace(os.sep, "/")
