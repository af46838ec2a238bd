"""What the user takes along: where it is to go, what it is called there, and tables."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from app.look import words

# What no system takes in the name of a file, and how long (bytes) it may be without its ending.
_ODD = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_LONGEST = 120


class Place:
    """Asks where a file is to go; the next question begins in the folder of the last answer."""

    def __init__(self, folder: str = "") -> None:
        self.folder = folder

    def ask(self, parent: QWidget, caption: str, name: str, kinds: Sequence[tuple[str, str]]) -> str:
        """Ask; `kinds` are endings and what they are called. Returns a path with one of them, or ""."""
        dialog = QFileDialog(parent, caption, self._folder())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        filters = [f"{title} (*.{ending})" for ending, title in kinds]
        dialog.setNameFilters(filters)
        endings = dict(zip(filters, (ending for ending, _ in kinds), strict=True))
        dialog.setDefaultSuffix(kinds[0][0])
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(endings[chosen]))
        dialog.selectFile(f"{file_name(name)}.{kinds[0][0]}")
        accepted = dialog.exec()
        path = os.path.abspath(dialog.selectedFiles()[0]) if accepted and dialog.selectedFiles() else ""
        ending = endings.get(dialog.selectedNameFilter(), kinds[0][0])
        dialog.deleteLater()
        if not path:
            return ""
        self.folder = os.path.dirname(path)
        known = os.path.splitext(path)[1].lower() in {f".{ending}" for ending, _ in kinds}
        return path if known else _free(f"{path}.{ending}")

    def _folder(self) -> str:
        if os.path.isdir(self.folder):
            return self.folder
        place = QStandardPaths.StandardLocation.DocumentsLocation
        return QStandardPaths.writableLocation(place) or os.path.expanduser("~")


def _free(path: str) -> str:
    """Find a name that is not taken: the dialog has asked about the name without this ending only."""
    stem, ending = os.path.splitext(path)
    number = 2
    while os.path.lexists(path):
        path, number = f"{stem} ({number}){ending}", number + 1
    return path


def file_name(text: str) -> str:
    """Turn words from a file into the name of another one, without an ending."""
    clean = _ODD.sub(" ", words.one_line(text))
    clean = " ".join(clean.split()).strip(". ")
    return clean.encode("utf-8")[:_LONGEST].decode("utf-8", "ignore").strip() or "sound"


def table_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Write a table as CSV in UTF-8; numbers have as many digits as they are exact."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(value, ".12g" if not column else ".9g") for column, value in enumerate(row)])
    return file.getvalue().encode()


def _cell(value: Any, form: str) -> str:
    return format(value, form) if isinstance(value, float) else str(value)
