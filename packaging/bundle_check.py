"""Looks through a bundle: is everything in it, is nothing in it that should not be, how large is it?

It fails when a file in the bundle is linked to a library that is neither in it nor in the table of what a desktop has,
when something forbidden is in it, when something needed is missing, or when it is too large.

Usage: python packaging/bundle_check.py FOLDER [--archive FILE]… [--write docs/packaging.md]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

#: Which package of Debian has the libraries that are taken from the system that runs the bundle.
DEBIAN = {
    "libc.so.6": "libc6", "libm.so.6": "libc6", "libdl.so.2": "libc6", "libpthread.so.0": "libc6",
    "librt.so.1": "libc6", "libresolv.so.2": "libc6", "libutil.so.1": "libc6", "ld-linux-x86-64.so.2": "libc6",
    "libcrypt.so.1": "libcrypt1", "libmvec.so.1": "libc6", "libgcc_s.so.1": "libgcc-s1",
    "libstdc++.so.6": "libstdc++6", "libz.so.1": "zlib1g", "libzstd.so.1": "libzstd1", "libuuid.so.1": "libuuid1",
    "libbrotlidec.so.1": "libbrotli1", "libbrotlicommon.so.1": "libbrotli1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2", "libdbus-1.so.3": "libdbus-1-3", "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0", "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1",
    "libOpenGL.so.0": "libopengl0", "libGLX.so.0": "libglx0", "libdrm.so.2": "libdrm2",
    "libfontconfig.so.1": "libfontconfig1", "libfreetype.so.6": "libfreetype6", "libpulse.so.0": "libpulse0",
    "libX11.so.6": "libx11-6", "libX11-xcb.so.1": "libx11-xcb1", "libXext.so.6": "libxext6",
    "libXrandr.so.2": "libxrandr2", "libxcb.so.1": "libxcb1", "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-randr.so.0": "libxcb-randr0", "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0", "libxcb-shm.so.0": "libxcb-shm0", "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0", "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0", "libwayland-egl.so.1": "libwayland-egl1",
}  # fmt: skip

# The release of GCC that brought a version of libstdc++'s symbols.
_GCC = {"3.4.26": "9", "3.4.27": "10", "3.4.28": "10", "3.4.29": "11", "3.4.30": "12", "3.4.31": "13", "3.4.32": "13.2"}

#: Files whose libraries may be missing: the program does without them (GTK's look for file dialogs).
OPTIONAL = ("libqgtk3.so",)

#: What has to be in it, as patterns of paths below the folder.
NEEDED = (
    r"genre-tagger", r"genre-tagger-cli", r"_internal/.*/plugins/multimedia/libffmpegmediaplugin\.so",
    r"_internal/.*/plugins/platforms/libqxcb\.so", r"_internal/.*/plugins/platforms/libqwayland\.so",
    r"_internal/.*/plugins/platforms/libqoffscreen\.so", r"_internal/.*/plugins/imageformats/libqsvg\.so",
    r"_internal/PySide6/QtDBus\..*so", r"_internal/PySide6/QtNetwork\..*so", r"_internal/PySide6/QtMultimedia\..*so",
    r"_internal/PySide6/QtSvg\..*so", r"_internal/av\.libs/libavcodec.*", r"_internal/_soundfile_data/libsndfile.*",
    r"_internal/soxr/soxr_ext.*so", r"_internal/ai_edge_litert/_pywrap_litert_interpreter_wrapper\.so",
    r"_internal/genre_tagger/models/[^/]+/model\.tflite", r"_internal/genre_tagger/models/[^/]+/card\.json",
    r"_internal/app/resources/icons/app\.svg", r"_internal/app/resources/style\.qss",
    r"_internal/app/resources/demo/.*\.mp3", r"_internal/app/resources/help/.*\.png", r"LICENSE", r"NOTICE",
    r"licences/.*", r"versions\.txt", r"desktop/install\.sh", r"desktop/.*\.desktop",
)  # fmt: skip
#: What must not be in it.
FORBIDDEN = (
    r"tensorflow|/keras|librosa|numba|llvmlite|/scipy|sklearn|matplotlib|tkinter|WebEngine|Designer|/tests/|libstdc\+\+"
)

#: Megabytes (1024²) that it may have, unpacked and as .tar.xz.
MOST_UNPACKED, MOST_PACKED = 350, 130

_PARTS = (
    ("Qt and PySide6", r"_internal/(PySide6|shiboken6)/"),
    ("PyAV with its FFmpeg", r"_internal/av(\.libs)?/"),
    ("numpy with OpenBLAS", r"_internal/numpy(\.libs)?/"),
    ("LiteRT", r"_internal/ai_edge_litert/"),
    ("Python and its modules", r"_internal/(python3|libpython|base_library)|genre-tagger(-cli)?$"),
    ("libsndfile, soxr", r"_internal/(_soundfile_data|soxr)/"),
    ("the model", r"_internal/genre_tagger/models/"),
    ("icons, help, demo library", r"_internal/app/resources/"),
    ("pyqtgraph", r"_internal/pyqtgraph/"),
    ("licences", r"licences/"),
)


@dataclass
class Needs:
    """What a bundle needs of the system: libraries, and versions of glibc and libstdc++; `missing` has no package."""

    packages: set[str] = field(default_factory=set)
    missing: dict[str, str] = field(default_factory=dict)
    glibc: str = "2.17"
    glibcxx: str = "3.4"


def survey(folder: str) -> Needs:
    """Read what all programs and libraries in a folder are linked to."""
    binaries = list(_binaries(folder))
    inside = {os.path.basename(path) for path in _files(folder)}
    needs = Needs()
    for path in binaries:
        text = subprocess.run(["objdump", "-p", path], capture_output=True, text=True, check=True).stdout
        needs.glibc = max([needs.glibc, *re.findall(r"GLIBC_([0-9.]+)", text)], key=_version)
        needs.glibcxx = max([needs.glibcxx, *re.findall(r"GLIBCXX_([0-9.]+)", text)], key=_version)
        if os.path.basename(path) in OPTIONAL:
            continue
        for name in set(re.findall(r"NEEDED\s+(\S+)", text)) - inside:
            if name in DEBIAN:
                needs.packages.add(DEBIAN[name])
            else:
                needs.missing[name] = os.path.relpath(path, folder)
    return needs


def depends(needs: Needs) -> str:
    """Say what the Debian package depends on."""
    gcc = _GCC.get(needs.glibcxx, "9")
    exact = {"libc6": f"libc6 (>= {needs.glibc})", "libstdc++6": f"libstdc++6 (>= {gcc})"}
    # Where a keymap is missing, X11 has no keyboard.
    return ", ".join(exact.get(name, name) for name in sorted({*needs.packages, "xkb-data"}))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.strip(".").split("."))


def _files(folder: str) -> Iterator[str]:
    for where, below, names in os.walk(folder):
        below.sort()
        yield from (os.path.join(where, name) for name in sorted(names))


def _binaries(folder: str) -> Iterator[str]:
    for path in _files(folder):
        if not os.path.islink(path):
            with open(path, "rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def size(path: str) -> int:
    """Bytes in a file, or in all files below a folder, without links."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.lstat(file).st_size for file in _files(path) if not os.path.islink(file))


def problems(folder: str, archives: Sequence[str]) -> Iterator[str]:
    """Say in sentences what is wrong with a bundle."""
    names = [os.path.relpath(path, folder).replace(os.sep, "/") for path in _files(folder)]
    for pattern in NEEDED:
        if not any(re.fullmatch(pattern, name) for name in names):
            yield f"nothing in it is {pattern}"
    for name in names:
        if re.search(FORBIDDEN, f"/{name}") and not name.startswith("licences/"):
            yield f"{name} should not be in it"
        path = os.path.join(folder, name)
        if os.path.islink(path) and not os.path.exists(path):
            yield f"{name} is a link to nothing"
        if os.path.islink(path) and os.path.isabs(os.readlink(path)):
            yield f"{name} is a link out of the bundle"
    for name, user in sorted(survey(folder).missing.items()):
        yield f"{user} needs {name}, which is neither in it nor in the table of what a desktop has"
    for path, most in ((folder, MOST_UNPACKED), *((archive, MOST_PACKED) for archive in archives)):
        if size(path) > most << 20:
            yield f"{os.path.basename(path)} has {size(path) / (1 << 20):.0f} MB, more than {most}"


def table(folder: str, archives: Sequence[str]) -> str:
    """Sizes as a table in Markdown."""
    size_of = {os.path.relpath(path, folder).replace(os.sep, "/"): size(path) for path in _files(folder)
            if not os.path.islink(path)}  # fmt: skip
    total = sum(size_of.values())
    lines = ["| part | MB |", "| --- | ---: |"]
    rows = []
    for title, pattern in _PARTS:
        names = [name for name in size_of if re.match(pattern, name)]
        rows.append((sum(size_of.pop(name) for name in names), title))
    rows.sort(reverse=True)
    for bytes_, title in [*rows, (sum(size_of.values()), "the rest")]:
        lines.append(f"| {title} | {_mb(bytes_)} |")
    lines.append(f"| **unpacked** (at most {MOST_UNPACKED}) | **{_mb(total)}** |")
    for path in archives:
        named = f"`{os.path.basename(path)}`"
        most = f" (at most {MOST_PACKED})" if path.endswith(".tar.xz") else ""
        lines.append(f"| {named}{most} | **{_mb(size(path))}** |")
    return "\n".join(lines)


def _mb(count: int) -> str:
    return f"{count / (1 << 20):.1f}"


def write_table(path: str, text: str) -> None:
    """Put the table between its marks in a document."""
    with open(path, encoding="utf-8") as file:
        document = file.read()
    begin, end = "<!-- sizes -->", "<!-- end of sizes -->"
    before, _mark, rest = document.partition(begin)
    after = rest.partition(end)[2]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{begin}\n{text}\n{end}{after}")


def main() -> int:
    """Check and measure the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--archive", action="append", default=[], help="measure this file too")
    parser.add_argument("--write", metavar="FILE", help="put the table into this document")
    parser.add_argument("--depends", action="store_true", help="only say what a Debian package of it depends on")
    options = parser.parse_args()
    needs = survey(options.folder)
    if options.depends:
        print(depends(needs))
        return 0
    print(table(options.folder, options.archive))
    print(f"It needs glibc {needs.glibc}, libstdc++ with GLIBCXX_{needs.glibcxx}, and {depends(needs)}")
    sentences = list(problems(options.folder, options.archive))
    for sentence in sentences:
        print(f"bundle_check.py: {sentence}", file=sys.stderr)
    if options.write and not sentences:
        write_table(options.write, table(options.folder, options.archive))
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
