"""The person's list of genres out of a file and into one: JSON, or the tree in YAML that lastgenre reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from app.jobs.queries import Queries
from app.look import words
from genre_tagger.base.small_files import write_whole
from genre_tagger.review.names.genre_list import GenreList, GenreListError
from genre_tagger.review.names.trees import read_yaml, write_yaml

if TYPE_CHECKING:
    from genre_tagger.library.library import Library

_TREES = (".yaml", ".yml")
_FILES = "JSON (*.json);;YAML (*.yaml *.yml)"


def ask_load(parent: QWidget) -> str:
    """Ask for the file to read; "" where none was chosen."""
    return QFileDialog.getOpenFileName(parent, words.tr("Import a list of genres"), "", _FILES)[0]


def ask_save(parent: QWidget) -> str:
    """Ask for the file to write; "" where none was chosen."""
    return QFileDialog.getSaveFileName(parent, words.tr("Export your list of genres"), "genres.json", _FILES)[0]


def load(
    queries: Queries, path: str, own: GenreList, taken: Callable[[GenreList], None], failed: Callable[[str], None]
) -> None:
    """Read the list of a file, and give it to `taken`; of `own`, a tree leaves the rules and colours as they are."""
    unread = words.tr("{} cannot be read as text; the list is as it was.").format(path)

    def read(_: Library) -> GenreList:
        try:
            with open(path, encoding="utf-8-sig") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise GenreListError(unread) from error
        return own.with_genres(read_yaml(text)) if _is_tree(path) else GenreList.from_json(text)

    queries.run(read, taken, failed=failed)


def save(queries: Queries, path: str, own: GenreList, failed: Callable[[str], None]) -> None:
    """Write the list into a file: JSON, or a tree in YAML where its name ends so."""
    text = write_yaml(own.genres) if _is_tree(path) else own.to_json() + "\n"

    def write(_: Library) -> None:
        with words.file_errors(path):
            write_whole(path, text.encode())

    queries.run(write, failed=failed)


def _is_tree(path: str) -> bool:
    return path.lower().endswith(_TREES)
