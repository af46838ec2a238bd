"""The house: rooms of at most twelve entries, whole ideas of at most 500 lines, and no circle of imports."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("app", "genre_tagger")
_MOST_LINES = 500
_MOST_ENTRIES = 12
_MOST_FUNCTION_LINES, _USUAL_FUNCTION_LINES = 60, 25
_UNWANTED = {"utils", "util", "helpers", "misc", "common"}

MODULES = sorted(path for package in _PACKAGES for path in (_ROOT / package).rglob("*.py"))
ROOMS = sorted({path.parent for path in MODULES})


def _name(path: Path) -> str:
    parts = path.relative_to(_ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {_name(path): path for path in MODULES}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imported(path: Path) -> Iterator[str]:
    """Name the program's own modules that a module imports, late and for types alone as well."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                below = f"{node.module}.{alias.name}"
                yield below if below in NAMES else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_a_module_is_one_idea_of_at_most_500_lines():
    lengths = {str(path.relative_to(_ROOT)): len(path.read_bytes().splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > _MOST_LINES} == {}


def test_a_room_has_at_most_twelve_entries():
    crowded = {}
    for room in ROOMS:
        entries = {path.stem for path in room.glob("*.py")} - {"__init__"}
        entries |= {path.name for path in room.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
        if len(entries) > _MOST_ENTRIES:
            crowded[str(room.relative_to(_ROOT))] = len(entries)
    assert crowded == {}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(_ROOT)))
def test_a_room_says_in_words_what_it_is_and_hands_nothing_on(room):
    tree = _tree(room / "__init__.py")
    assert ast.get_docstring(tree), "no sentence"
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def test_no_module_is_called_after_nothing():
    assert [name for name in NAMES if name.rsplit(".", 1)[-1] in _UNWANTED] == []


def test_imports_make_no_circle_even_with_those_for_types():
    graph = {name: {other for other in _imported(path) if other in NAMES} - {name} for name, path in NAMES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("a circle: " + " → ".join(reversed(error.args[1])))


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines without the docstring, which for a public function is as long as what it tells."""
    first = node.body[0]
    if ast.get_docstring(node) is None or first.end_lineno is None:
        return _lines(node)
    return _lines(node) - (first.end_lineno - first.lineno + 1)


def test_functions_are_short():
    functions = {
        f"{name}:{node.name}": node
        for name, path in NAMES.items()
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: _lines(node) for name, node in functions.items() if _lines(node) > _MOST_FUNCTION_LINES} == {}
    usual = sum(_code_lines(node) <= _USUAL_FUNCTION_LINES for node in functions.values())
    assert usual >= 0.95 * len(functions), f"{usual} of {len(functions)}"


def test_what_is_installed_starts_something_that_is_there():
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    started = [*project["scripts"].values(), *project["gui-scripts"].values()]
    assert len(started) == 3
    for entry in started:
        module, _, function = entry.partition(":")
        defined = [node.name for node in _tree(NAMES[module]).body if isinstance(node, ast.FunctionDef)]
        assert function in defined, entry
