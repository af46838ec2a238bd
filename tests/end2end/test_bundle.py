"""What goes into the bundle and what is said about it; with GENRE_TAGGER_BUNDLE, the bundle itself."""

from __future__ import annotations

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGING = _ROOT / "packaging"


@pytest.fixture(autouse=True)
def _packaging_is_importable(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(_PACKAGING))


def module(name: str):
    return importlib.import_module(name)


# --- what goes in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "source", "wanted"),
    [
        ("PySide6/Qt/plugins/multimedia/libffmpegmediaplugin.so", "/venv/x.so", True),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "/venv/x.so", True),
        ("PySide6/plugins/platforms/qwindows.dll", "C:/venv/qwindows.dll", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", "/venv/x.so", False),
        ("PySide6/Qt/plugins/tls/libqopensslbackend.so", "/venv/x.so", False),
        ("PySide6/Qt/translations/qtbase_de.qm", "/venv/qtbase_de.qm", False),
        ("libstdc++.so.6", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", False),
        ("libglib-2.0.so.0", "/lib/x86_64-linux-gnu/libglib-2.0.so.0", False),
        ("libxcb-cursor.so.0", "/usr/lib/x86_64-linux-gnu/libxcb-cursor.so.0", True),
        ("libpython3.11.so.1.0", "/opt/python/lib/libpython3.11.so.1.0", True),
        ("app/resources/icons/app.svg", "/src/resources/icons/app.svg", True),
        ("av/include/core.pxd", "/venv/av/include/core.pxd", False),
        ("av/_core.abi3.so", "/venv/av/_core.abi3.so", True),
    ],
)
def test_of_plugins_and_of_the_building_system_only_what_is_named_goes_in(name, source, wanted):
    assert module("bundle_rules").is_wanted((name, source, "BINARY")) is wanted


def test_modules_of_the_systems_own_python_go_in():
    source = "/usr/lib/python3.11/lib-dynload/_ctypes.cpython-311-x86_64-linux-gnu.so"
    assert module("bundle_rules").is_wanted((f"python3.11/lib-dynload/{source[30:]}", source, "EXTENSION"))


def test_a_library_goes_in_only_when_something_that_is_in_is_linked_to_it():
    links = {
        "/v/QtWidgets.so": ["libQt6Widgets.so.6"],
        "/v/libQt6Widgets.so.6": ["libQt6Core.so.6", "libc.so.6"],
        "/v/libQt6Pdf.so.6": ["libQt6Core.so.6"],
    }
    entries = [
        ("PySide6/QtWidgets.so", "/v/QtWidgets.so", "EXTENSION"),
        ("PySide6/Qt/lib/libQt6Widgets.so.6", "/v/libQt6Widgets.so.6", "BINARY"),
        ("PySide6/Qt/lib/libQt6Core.so.6", "/v/libQt6Core.so.6", "BINARY"),
        ("PySide6/Qt/lib/libQt6Pdf.so.6", "/v/libQt6Pdf.so.6", "BINARY"),
        ("libQt6Core.so.6", "PySide6/Qt/lib/libQt6Core.so.6", "SYMLINK"),
        ("libQt6Pdf.so.6", "PySide6/Qt/lib/libQt6Pdf.so.6", "SYMLINK"),
        ("app/resources/style.qss", "/v/style.qss", "DATA"),
    ]
    kept = module("bundle_rules").without_unused(entries, lambda path: links.get(path, []))
    assert [entry[0] for entry in kept] == [
        "PySide6/QtWidgets.so", "PySide6/Qt/lib/libQt6Widgets.so.6", "PySide6/Qt/lib/libQt6Core.so.6",
        "libQt6Core.so.6", "app/resources/style.qss",
    ]  # fmt: skip


def test_all_modules_but_training_go_in_also_those_imported_by_name():
    named = set(module("bundle_rules").modules(str(_ROOT)))
    assert {"app.__main__", "app.sound.views.stack", "genre_tagger", "genre_tagger.files.proof.survey"} <= named
    assert not [name for name in named if "training" in name]


_WITHOUT = """
import importlib, sys
sys.path[:0] = sys.argv[1:3]
import bundle_rules

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in bundle_rules.EXCLUDED):
            return None
        return self.finder.find_spec(name, path, target)

sys.meta_path[:] = map(Without, sys.meta_path)
for name in (*bundle_rules.modules(sys.argv[1]), *bundle_rules.HIDDEN, "av", "pyqtgraph",
             "pyqtgraph.exporters", "ai_edge_litert.interpreter"):
    importlib.import_module(name)

from app.sound.ahead import COMPUTING, drawing
for name in COMPUTING:
    importlib.import_module(name)
for piece in drawing():
    pass

import numpy as np
from genre_tagger.sound.descriptors import describe
assert describe(np.sin(np.arange(9000)).astype(np.float32))["rms_mean"] > 0
"""


def test_everything_can_be_imported_without_what_is_left_out():
    command = [sys.executable, "-c", _WITHOUT, str(_ROOT), str(_PACKAGING)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"QT_LOGGING_RULES": "*=false"})
    assert done.returncode == 0, done.stderr


def test_models_and_resources_lie_where_the_program_looks_for_them():
    placed = {os.path.join(folder, os.path.basename(source)) for source, folder in _assets()}
    assert {"app/resources/style.qss", "app/resources/icons/app.svg"} <= placed
    assert any(re.fullmatch(r"genre_tagger/models/[^/]+/model\.tflite", path) for path in placed)
    assert not [path for path in placed if path.endswith(".keras")]


def _assets() -> list[tuple[str, str]]:
    return module("bundle_rules").assets(str(_ROOT))


def test_the_recipe_is_python_and_names_files_that_are_there():
    text = (_PACKAGING / "genre-tagger.spec").read_text()
    ast.parse(text)
    for name in re.findall(r'SPECPATH, "([\w.]+)"\)', text):
        assert (_PACKAGING / name).exists(), name


# --- how it starts ------------------------------------------------------------------------------------------


def test_other_programs_get_the_environment_that_ours_was_started_with(monkeypatch):
    monkeypatch.setattr(sys, "_MEIPASS", "/bundle/_internal", raising=False)
    environment = {
        "LD_LIBRARY_PATH": "/bundle/_internal:/mine", "LD_LIBRARY_PATH_ORIG": "/mine", "HOME": "/home/me",
        "QT_PLUGIN_PATH": "/bundle/_internal/PySide6/Qt/plugins", "QML2_IMPORT_PATH": "/somewhere/else",
    }  # fmt: skip
    module("launching").restore(environment, list(environment))
    assert environment == {"LD_LIBRARY_PATH": "/mine", "HOME": "/home/me", "QML2_IMPORT_PATH": "/somewhere/else"}


def test_a_path_of_libraries_that_was_not_there_before_is_gone(monkeypatch):
    monkeypatch.setattr(sys, "_MEIPASS", "/bundle/_internal", raising=False)
    environment = {"LD_LIBRARY_PATH": "/bundle/_internal"}
    module("launching").restore(environment, ["LD_LIBRARY_PATH"])
    assert environment == {}


@pytest.mark.parametrize("name", ["launcher.py", "launcher_cli.py"])
def test_before_anything_else_a_start_is_asked_whether_it_is_a_child_of_multiprocessing(name):
    body = ast.parse((_PACKAGING / name).read_text()).body
    assert [ast.unparse(line) for line in body[1:3]] == ["import multiprocessing", "multiprocessing.freeze_support()"]


# --- how it is checked --------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder that has what a bundle needs, in name only."""
    for name in (
        "genre-tagger", "genre-tagger-cli", "LICENSE", "NOTICE", "versions.txt", "licences/numpy/LICENSE",
        "desktop/install.sh", "desktop/x.desktop", "_internal/PySide6/QtDBus.abi3.so",
        "_internal/PySide6/QtNetwork.abi3.so", "_internal/PySide6/QtMultimedia.abi3.so",
        "_internal/PySide6/QtSvg.abi3.so", "_internal/av.libs/libavcodec-1.so",
        "_internal/_soundfile_data/libsndfile_x86_64.so", "_internal/soxr/soxr_ext.abi3.so",
        "_internal/ai_edge_litert/_pywrap_litert_interpreter_wrapper.so", "_internal/genre_tagger/models/m/card.json",
        "_internal/genre_tagger/models/m/model.tflite", "_internal/app/resources/icons/app.svg",
        "_internal/app/resources/style.qss", "_internal/app/resources/demo/a.mp3",
        "_internal/app/resources/help/a.png",
        *(f"_internal/PySide6/Qt/plugins/{name}.so" for name in (
            "multimedia/libffmpegmediaplugin", "platforms/libqxcb", "platforms/libqwayland",
            "platforms/libqoffscreen", "imageformats/libqsvg",
        )),
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def test_a_bundle_with_all_it_needs_has_no_problems(folder):
    assert list(module("bundle_check").problems(str(folder), [])) == []


def test_what_is_missing_forbidden_or_points_out_of_the_bundle_is_named(folder):
    (folder / "_internal/PySide6/Qt/plugins/multimedia/libffmpegmediaplugin.so").unlink()
    (folder / "_internal/librosa").mkdir()
    (folder / "_internal/librosa/core.pyc").write_bytes(b"x")
    (folder / "_internal/away.so").symlink_to("/usr/lib/away.so")
    found = " / ".join(module("bundle_check").problems(str(folder), []))
    assert "libffmpegmediaplugin" in found
    assert "librosa/core.pyc should not be in it" in found
    assert "away.so is a link out of the bundle" in found


def test_too_large_is_said_with_both_numbers(folder, monkeypatch):
    check = module("bundle_check")
    monkeypatch.setattr(check, "MOST_UNPACKED", 1)
    (folder / "_internal/large").write_bytes(bytes(3 << 20))
    assert any(sentence.endswith("has 3 MB, more than 1") for sentence in check.problems(str(folder), []))


@pytest.mark.skipif(not shutil.which("objdump"), reason="objdump (binutils) is not installed")
def test_a_library_that_no_desktop_has_is_named_with_who_needs_it(folder, monkeypatch):
    check = module("bundle_check")
    shutil.copy(os.path.realpath(shutil.which("sh") or "/bin/sh"), folder / "_internal/tool")
    needs = check.survey(str(folder))
    assert ("libc6" in needs.packages, needs.missing) == (True, {})
    monkeypatch.setattr(check, "DEBIAN", {})
    assert check.survey(str(folder)).missing["libc.so.6"] == "_internal/tool"


def test_the_table_of_sizes_goes_between_its_marks_and_nowhere_else(folder, tmp_path_factory):
    check = module("bundle_check")
    document = tmp_path_factory.mktemp("doc") / "packaging.md"
    document.write_text("before\n<!-- sizes -->\nold\n<!-- end of sizes -->\nafter\n")
    check.write_table(str(document), check.table(str(folder), []))
    text = document.read_text()
    assert text.startswith("before\n<!-- sizes -->\n| part | MB |")
    assert text.endswith("\n<!-- end of sizes -->\nafter\n")
    assert "old" not in text


def test_the_measured_sizes_in_the_documentation_are_within_the_limits():
    text = (_ROOT / "docs" / "packaging.md").read_text()
    unpacked = float(re.search(r"\*\*unpacked\*\* [^|]*\| \*\*([\d.]+)\*\*", text)[1])
    packed = float(re.search(r"\.tar\.xz`[^|]*\| \*\*([\d.]+)\*\*", text)[1])
    check = module("bundle_check")
    assert 100 < unpacked <= check.MOST_UNPACKED
    assert 30 < packed <= check.MOST_PACKED


# --- Debian, Windows, macOS ---------------------------------------------------------------------------------


def test_the_debian_package_depends_on_what_the_bundle_is_linked_to():
    check = module("bundle_check")
    needs = check.Needs({"libc6", "libstdc++6", "libx11-6"}, {}, "2.36", "3.4.29")
    assert check.depends(needs) == "libc6 (>= 2.36), libstdc++6 (>= 11), libx11-6, xkb-data"


def test_scripts_are_understood_by_sh():
    for name in ("bundle.sh", "deb/make.sh", "macos/bundle.sh"):
        assert subprocess.run(["sh", "-n", str(_PACKAGING / name)], check=False).returncode == 0, name


def test_recipes_that_could_not_be_run_say_so_and_name_files_that_are_there():
    recipes = [_PACKAGING / "windows" / "bundle.ps1", _PACKAGING / "windows" / "genre-tagger.iss",
               _PACKAGING / "macos" / "bundle.sh"]  # fmt: skip
    for recipe in recipes:
        assert "UNTESTED" in recipe.read_text(), recipe
    installer = recipes[1].read_text()
    for name in re.findall(r"^(?:LicenseFile|SetupIconFile)=(.+)$", installer, re.MULTILINE):
        assert (recipes[1].parent / name.replace("\\", "/")).exists(), name


def test_the_command_of_a_desktop_entry_is_read_with_its_quotes(tmp_path):
    entry = tmp_path / "x.desktop"
    entry.write_text('[Desktop Entry]\nName=X\nExec="/opt/a place/genre-tagger" %F\n')
    assert module("smoke").of_entry(str(entry)) == ["/opt/a place/genre-tagger"]


# --- the bundle itself --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_bundle_stands_its_trial():
    bundle = os.environ.get("GENRE_TAGGER_BUNDLE", "")
    if not bundle:
        pytest.skip("GENRE_TAGGER_BUNDLE does not name a bundle (sh packaging/bundle.sh makes dist/genre-tagger)")
    done = subprocess.run([sys.executable, str(_PACKAGING / "smoke.py"), bundle], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
