"""How the window was left, taken down and brought back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

from app.look.theme import UNIT
from app.settings.settings import WindowState
from app.table.columns import INDEX
from app.table.track_view import TrackView
from app.window.panels.sidebar import Place

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

_LESS = ("path", "format", "length", "album")
_NARROWED = ("title", "artist", "genre", "proposal", "state")


def restore(window: MainWindow, state: WindowState) -> None:
    """Bring back size, place, columns, parts and filter, as far as they are known and fit."""
    window.restoreGeometry(QByteArray(_bytes(state.geometry)))
    window.splitter.restoreState(QByteArray(_bytes(state.splitter)))
    window.restoreState(QByteArray(_bytes(state.docks)))
    if not window.centre.view.restore_state(_bytes(state.columns)):
        beside = window.sidebar.sizeHint().width() + window.details.sizeHint().width() + 2 * UNIT
        fit_columns(window.centre.view, window.width() - beside)
    window.filter.setText(state.words)
    window.sidebar.go(Place.of(state.place))
    window.actions_by_id["show_sidebar"].setChecked(state.sidebar)
    window.actions_by_id["show_details"].setChecked(state.details)
    window.actions_by_id["show_sound"].setChecked(state.sound)
    window.sidebar.setVisible(state.sidebar)


def fit_columns(view: TrackView, width: int) -> None:
    """Hide the columns one misses least, then narrow the others, until all can be seen without scrolling."""
    header = view.horizontalHeader()
    for key in _LESS:
        if header.length() > width:
            view.setColumnHidden(INDEX[key], True)
    texts = [INDEX[key] for key in _NARROWED]
    together = sum(map(header.sectionSize, texts))
    spare = min(header.length() - width, together * 2 // 5)
    for column in texts if spare > 0 else ():
        header.resizeSection(column, header.sectionSize(column) - spare * header.sectionSize(column) // together)


def take_down(window: MainWindow) -> WindowState:
    """Take down what `restore` brings back."""
    return WindowState(
        geometry=_text(window.saveGeometry()),
        columns=b64encode(window.centre.view.save_state()).decode("ascii"),
        splitter=_text(window.splitter.saveState()),
        docks=_text(window.saveState()),
        words=window.filter.text(),
        place=str(window.sidebar.place()),
        sidebar=window.actions_by_id["show_sidebar"].isChecked(),
        details=window.actions_by_id["show_details"].isChecked(),
        sound=window.actions_by_id["show_sound"].isChecked(),
    )


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
