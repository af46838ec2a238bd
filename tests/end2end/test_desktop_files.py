"""What a desktop reads of the program: entry, metainfo, file types, icons, manual pages, and the script they come with.

The validators and the MIME database are those of the system; without them a test says what is missing.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import struct
import subprocess
import sys
import time
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QImage

from app import APP_ID
from app.__main__ import _parser
from genre_tagger.files.tags import AUDIO_EXTENSIONS

ROOT = Path(__file__).resolve().parents[2]
DESKTOP = ROOT / "packaging" / "desktop"
PNG_SIZES = (16, 22, 24, 32, 48, 64, 96, 128, 256, 512)
#: Those that are mostly films; and names so rare that nobody gave them a type of their own.
NO_TYPE = {"mp4", "asf", "wave"}
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


def entry(path: Path = DESKTOP / f"{APP_ID}.desktop") -> dict[str, str]:
    parser = configparser.RawConfigParser(delimiters="=", interpolation=None)
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    return dict(parser["Desktop Entry"])


def metainfo() -> ElementTree.Element:
    return ElementTree.parse(DESKTOP / f"{APP_ID}.metainfo.xml").getroot()


def tool(name: str, package: str) -> str:
    return shutil.which(name) or pytest.skip(f"{name} is missing (Debian's package {package})")


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, **options)


# --- entry and metainfo --------------------------------------------------------------------------------


def test_the_desktop_entry_is_valid():
    done = run(tool("desktop-file-validate", "desktop-file-utils"), DESKTOP / f"{APP_ID}.desktop")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_metainfo_is_valid():
    done = run(tool("appstreamcli", "appstream"), "validate", "--no-net", DESKTOP / f"{APP_ID}.metainfo.xml")
    assert done.returncode == 0, done.stdout
    assert not re.findall(r"^[EW]:", done.stdout, re.M)


def test_there_is_one_id_everywhere():
    assert entry()["Icon"] == APP_ID
    info = metainfo()
    assert info.findtext("id") == APP_ID
    assert info.findtext("launchable") == f"{APP_ID}.desktop"
    assert info.findtext("icon") == APP_ID
    assert {path.name.removeprefix(APP_ID) for path in DESKTOP.glob("io.*")} == {
        ".desktop", ".metainfo.xml", ".mime.xml",
    }  # fmt: skip


def test_the_metainfo_tells_of_this_version_and_of_the_same_file_types_as_the_entry():
    info = metainfo()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert info.find("releases/release").get("version") == project["version"]
    scripts = {*project["gui-scripts"], *project["scripts"]} - {"genre-tagger-train"}
    assert {found.text for found in info.findall("provides/binary")} == scripts
    folders = {"inode/directory"}
    assert {found.text for found in info.findall("provides/mediatype")} | folders == types()


def test_each_screenshot_exists_and_is_as_large_as_it_is_said_to_be():
    images = metainfo().findall("screenshots/screenshot/image")
    assert len(images) >= 3
    for image in images:
        folder, name = image.text.rsplit("/", 2)[1:]
        picture = QImage(str(ROOT / "docs" / folder / name))
        assert (str(picture.width()), str(picture.height())) == (image.get("width"), image.get("height")), name


def types() -> set[str]:
    return set(entry()["MimeType"].rstrip(";").split(";"))


@pytest.fixture(scope="module")
def type_of_extension() -> dict[str, set[str]]:
    """The types (and their other names) that the system's database and ours give to each extension."""
    system = Path("/usr/share/mime/packages/freedesktop.org.xml")
    if not system.exists():
        pytest.skip("the database of file types is missing (Debian's package shared-mime-info)")
    found: dict[str, set[str]] = {}
    for path in (system, DESKTOP / f"{APP_ID}.mime.xml"):
        for kind in ElementTree.parse(path).getroot().iter(f"{MIME}mime-type"):
            names = {kind.get("type"), *(alias.get("type") for alias in kind.iter(f"{MIME}alias"))}
            for glob in kind.iter(f"{MIME}glob"):
                found.setdefault(glob.get("pattern").removeprefix("*."), set()).update(names)
    return found


@pytest.mark.parametrize("extension", sorted(AUDIO_EXTENSIONS - NO_TYPE))
def test_each_format_can_be_opened_from_a_file_manager(type_of_extension, extension):
    assert type_of_extension[extension] & types()


def test_the_entry_names_no_type_that_nobody_knows(type_of_extension):
    known = set().union(*type_of_extension.values())
    # Types that other versions of the database have, and those by content only.
    assert types() - known <= {"inode/directory"}


# --- icons ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """The pictures as packaging/icons.py makes them now."""
    folder = tmp_path_factory.mktemp("icons")
    assert run(sys.executable, ROOT / "packaging" / "icons.py", "--out", folder).returncode == 0
    return folder


def same(one: QImage, other: QImage) -> bool:
    """Whether two pictures look the same; Qt's versions may round an edge otherwise."""
    images = [image.convertToFormat(QImage.Format.Format_ARGB32) for image in (one, other)]
    a, b = (bytes(image.constBits()) for image in images)
    return one.size() == other.size() and sum(abs(x - y) > 8 for x, y in zip(a, b, strict=True)) < len(a) / 100


@pytest.mark.parametrize("size", PNG_SIZES)
def test_the_pictures_are_in_step_with_the_drawing(drawn, size):
    picture = QImage(str(DESKTOP / "icons" / "png" / f"genre-tagger-{size}.png"))
    assert (picture.width(), picture.height()) == (size, size)
    assert same(picture, QImage(str(drawn / "png" / f"genre-tagger-{size}.png")))


def test_the_drawing_for_large_sizes_is_the_programs_own():
    drawing = (ROOT / "resources" / "icons" / "app.svg").read_bytes()
    assert (DESKTOP / "icons" / "genre-tagger.svg").read_bytes() == drawing


def test_the_icon_for_windows_has_all_its_sizes():
    data = (DESKTOP / "icons" / "genre-tagger.ico").read_bytes()
    zero, kind, count = struct.unpack_from("<HHH", data)
    assert (zero, kind) == (0, 1)
    sizes = []
    for number in range(count):
        width, height, *_, bits, length, start = struct.unpack_from("<BBBBHHII", data, 6 + 16 * number)
        part, size = data[start : start + length], width or 256
        assert (width, bits, len(part)) == (height, 32, length)
        if part[:4] == b"\x89PNG":
            picture = QImage.fromData(part)
        else:
            assert struct.unpack_from("<IiiHH", part) == (40, size, 2 * size, 1, 32)
            rows = [part[40 + 4 * size * row : 40 + 4 * size * (row + 1)] for row in range(size)]
            picture = QImage(b"".join(reversed(rows)), size, size, 4 * size, QImage.Format.Format_ARGB32).copy()
        assert same(picture, QImage(str(DESKTOP / "icons" / "png" / f"genre-tagger-{size}.png")))
        sizes.append(size)
    assert sizes == [16, 24, 32, 48, 64, 128, 256]


def test_the_icon_for_macos_has_all_its_sizes():
    data = (DESKTOP / "icons" / "genre-tagger.icns").read_bytes()
    assert (data[:4], struct.unpack_from(">I", data, 4)[0]) == (b"icns", len(data))
    found, at = {}, 8
    while at < len(data):
        kind, length = data[at : at + 4], struct.unpack_from(">I", data, at + 4)[0]
        found[kind] = QImage.fromData(data[at + 8 : at + length]).width()
        at += length
    assert at == len(data)
    assert found == {
        b"icp4": 16, b"icp5": 32, b"ic07": 128, b"ic08": 256, b"ic09": 512,
        b"ic11": 32, b"ic12": 64, b"ic13": 256, b"ic14": 512, b"ic10": 1024,
    }  # fmt: skip


# --- manual pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["genre-tagger", "genre-tagger-cli"])
def test_the_manual_page_is_well_formed(name):
    page = DESKTOP / f"{name}.1"
    done = run(tool("man", "man-db"), "--warnings", "--encoding=UTF-8", "-l", page, env={**os.environ, "PAGER": "cat"})
    assert (done.returncode, done.stderr) == (0, "")
    assert name.upper() in done.stdout


def test_the_manual_page_knows_the_options_that_the_program_knows():
    page = (DESKTOP / "genre-tagger.1").read_text(encoding="utf-8")
    described = set(re.findall(r"^\.(?:BI?|BR) (?:\\-h \", \" )?\\-\\-([a-z]+)", page, re.M))
    options = [option for action in _parser()._actions for option in action.option_strings]
    assert described == {option.removeprefix("--") for option in options if option.startswith("--")}


# --- installing ----------------------------------------------------------------------------------------


def install(prefix, *words):
    return run("sh", DESKTOP / "install.sh", "--prefix", prefix, *words)


def ours(prefix: Path) -> set[str]:
    return {str(path.relative_to(prefix)) for path in prefix.rglob("*") if "genre" in path.name.lower()}


def test_what_is_installed_can_be_taken_away_again(tmp_path):
    prefix = tmp_path / "pre fix"
    assert install(prefix).returncode == 0
    assert ours(prefix) == {
        *(f"share/icons/hicolor/{size}x{size}/apps/{APP_ID}.png" for size in PNG_SIZES),
        f"share/icons/hicolor/scalable/apps/{APP_ID}.svg",
        f"share/applications/{APP_ID}.desktop", f"share/metainfo/{APP_ID}.metainfo.xml",
        f"share/mime/packages/{APP_ID}.xml", "share/man/man1/genre-tagger.1", "share/man/man1/genre-tagger-cli.1",
    }  # fmt: skip
    neighbour = prefix / "share" / "applications" / "other.desktop"
    neighbour.touch()
    assert install(prefix, "--uninstall").returncode == 0
    assert ours(prefix) == set()
    assert neighbour.exists()


def test_without_refreshing_only_the_files_are_there_and_the_entry_looks_for_the_program(tmp_path):
    assert install(tmp_path, "--no-refresh", "--program", "genre-tagger").returncode == 0
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == ours(tmp_path)
    assert (tmp_path / "share" / "applications" / f"{APP_ID}.desktop").read_bytes() == (
        DESKTOP / f"{APP_ID}.desktop"
    ).read_bytes()


def test_the_script_finds_the_program_that_it_comes_with(tmp_path):
    bundle = tmp_path / "Genre Tagger 1"
    shutil.copytree(DESKTOP, bundle / "desktop")
    (bundle / "genre-tagger").write_text("#!/bin/sh\n")
    (bundle / "genre-tagger").chmod(0o755)
    for script, program in (
        (bundle / "desktop" / "install.sh", bundle / "genre-tagger"),
        (DESKTOP / "install.sh", ROOT / "packaging" / "run.sh"),
    ):
        assert run("sh", script, "--prefix", tmp_path / "prefix", "--no-refresh").returncode == 0
        made = entry(tmp_path / "prefix" / "share" / "applications" / f"{APP_ID}.desktop")
        assert (made["Exec"], made["TryExec"]) == (f'"{program}" %F', str(program))


def test_a_program_that_is_not_there_is_not_installed(tmp_path):
    done = install(tmp_path, "--program", tmp_path / "nothing")
    assert done.returncode == 2
    assert "There is no program at" in done.stderr
    assert ours(tmp_path) == set()


@pytest.mark.parametrize("folder", ["plain", "with space", "odd \"quotes' $HOME `id` \\n 100%d", "größer"])
def test_the_entry_starts_the_program_wherever_it_lies(tmp_path, folder):
    gio = tool("gio", "libglib2.0-bin")
    program = tmp_path / folder / "genre-tagger"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\ncd "{tmp_path}"\nprintf "%s\\n" "$@" >got.new\nmv got.new got\n')
    program.chmod(0o755)
    prefix = tmp_path / "prefix"
    assert install(prefix, "--program", program).returncode == 0
    made = prefix / "share" / "applications" / f"{APP_ID}.desktop"
    if validate := shutil.which("desktop-file-validate"):
        assert run(validate, made).stdout == ""
    assert run(gio, "launch", made, "/music/a b.mp3", "/more").returncode == 0
    deadline = time.monotonic() + 20
    while not (tmp_path / "got").exists():
        assert time.monotonic() < deadline, "it was not started"
        time.sleep(0.02)
    assert (tmp_path / "got").read_text().splitlines() == ["/music/a b.mp3", "/more"]
