"""How the window was left, taken down and brought back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

from app.columns import INDEX
from app.settings import WindowState
from app.sidebar import Place
from app.track_view import TrackView

if TYPE_CHECKING:
    from app.main_window import MainWindow

_LESS = ("path", "format", "length", "album")


def restore(window: MainWindow, state: WindowState) -> None:
    """Bring back size, place, columns, parts and filter, as far as they are known and fit."""
    window.restoreGeometry(QByteArray(_bytes(state.geometry)))
    window.splitter.restoreState(QByteArray(_bytes(state.splitter)))
    if not window.centre.view.restore_state(_bytes(state.columns)):
        fit_columns(window.centre.view, window.splitter.sizes()[1])
    window.filter.setText(state.words)
    window.sidebar.go(Place.of(state.place))
    for name, part, shown in (
        ("show_sidebar", window.sidebar, state.sidebar),
        ("show_details", window.details, state.details),
    ):
        window.actions_by_id[name].setChecked(shown)
        part.setVisible(shown)


def fit_columns(view: TrackView, width: int) -> None:
    """Hide the columns one misses least, until the others can be seen without scrolling."""
    header = view.horizontalHeader()
    for key in _LESS:
        if header.length() > width:
            view.setColumnHidden(INDEX[key], True)


def take_down(window: MainWindow) -> WindowState:
    """Take down what `restore` brings back."""
    return WindowState(
        geometry=_text(window.saveGeometry()),
        columns=b64encode(window.centre.view.save_state()).decode("ascii"),
        splitter=_text(window.splitter.saveState()),
        words=window.filter.text(),
        place=str(window.sidebar.place()),
        sidebar=window.actions_by_id["show_sidebar"].isChecked(),
        details=window.actions_by_id["show_details"].isChecked(),
    )


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""
