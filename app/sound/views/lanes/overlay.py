"""What is laid over the spectrogram: things on the same axes that can be shown or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from app.sound.views.lanes.lane import Lane


class Overlay:
    """Belongs to a lane, whose hooks call those of the same name here; does nothing where it is not shown."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane

    def clear(self) -> None:
        """Show nothing: another track is drawn from now on."""

    def request_whole(self) -> None:
        """Ask for what is shown of the whole track."""

    def request(self, start: float, stop: float, width: int) -> None:
        """Ask for what is shown of a stretch that is `width` pixels wide."""

    def told(self, seconds: float, y: float) -> str:
        """Say what is drawn there, with units; nothing if nothing is."""
        return ""

    def columns(self, times: Any) -> tuple[list[str], Sequence[Sequence[float]]]:
        """Give names (with units) and values [shape=(names, len(times))] to be saved in the lane's table."""
        return [], []

    def fill_menu(self, menu: QMenu) -> None:
        """Put its settings into the lane's menu."""
