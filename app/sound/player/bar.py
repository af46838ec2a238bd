"""The bar of the player: what plays, where it is, and everything one does to it with the mouse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QHelpEvent, QHideEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSlider, QStyle, QToolButton, QToolTip, QVBoxLayout, QWidget

from app.look import theme, words
from app.look.widgets import ElidedLabel, label
from app.sound.player.player import SPEEDS, Player

# The slider counts tenths of a second: fine enough to see it move, and no more repainting than that.
_STEPS = 10
_FIVE_S, _TEN_S = 5 * _STEPS, 10 * _STEPS
_SPEEDS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


class PlaySlider(QSlider):
    """A slider that goes where it is clicked. Signal: chosen(int) when the user has let go of it or used a key."""

    chosen = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setProperty("plays", True)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setEnabled(False)
        self.actionTriggered.connect(self._on_action)

    def value_at(self, at: QPoint) -> int:
        """Give the value that a place on the slider stands for."""
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
        room = max(1, self.width() - handle)
        turned = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), at.x() - handle // 2, room, turned)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setSliderPosition(self.value_at(event.position().toPoint()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setSliderPosition(self.value_at(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown() and event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)
            self.chosen.emit(self.value())

    def _on_action(self, action: int) -> None:
        if action != QSlider.SliderAction.SliderMove.value:
            self.chosen.emit(self.sliderPosition())


class SeekSlider(PlaySlider):
    """Shows where the player is; its tooltip tells what time the pointer is at."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self.isEnabled():
            at = cast(QHelpEvent, event)
            QToolTip.showText(at.globalPos(), words.length(self.value_at(at.pos()) // _STEPS), self)
            return True
        return super().event(event)


class PlayerBar(QWidget):
    """Hidden until there is something to play; tells the player whether anybody can see where it is."""

    def __init__(self, player: Player, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player, self._actions = player, actions
        self._artist = ""
        self.setObjectName("player_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Player"))
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.UNIT, theme.UNIT // 2, theme.UNIT, theme.UNIT // 2)
        row.setSpacing(theme.UNIT // 2)
        for name in ("play_previous", "play", "play_stop", "play_next"):
            row.addWidget(self._button(name))
        row.addSpacing(theme.UNIT)
        row.addLayout(self._texts(), 2)
        row.addSpacing(theme.UNIT)
        self._add_seeking(row)
        row.addSpacing(theme.UNIT)
        row.addWidget(self._button("play_loop"))
        row.addWidget(self._speed_button())
        self._add_volume(row)
        row.addWidget(self._options_button())
        self._connect()
        self.hide()

    # --- parts ---------------------------------------------------------------------------------------

    def _button(self, name: str) -> QToolButton:
        button = self._plain_button(self._actions[name].text().replace("&", ""))
        button.setDefaultAction(self._actions[name])
        return button

    def _plain_button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("quiet", True)
        button.setAccessibleName(name)
        button.setToolTip(name)
        # A click leaves the keyboard where it is: Space is to go on playing and pausing.
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setIconSize(QSize(20, 20))
        return button

    def _texts(self) -> QVBoxLayout:
        self.title, self.below = ElidedLabel("strong"), ElidedLabel("quiet")
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addStretch()
        for part in (self.title, self.below):
            part.setMinimumWidth(10 * theme.UNIT)
            column.addWidget(part)
        column.addStretch()
        return column

    def _add_seeking(self, row: QHBoxLayout) -> None:
        self.seek_slider = SeekSlider(self.tr("Position in the track"))
        self.seek_slider.setMinimumWidth(12 * theme.UNIT)
        self.seek_slider.setSingleStep(_FIVE_S)
        self.seek_slider.setPageStep(_TEN_S)
        self.time, self.length = label("0:00", "quiet"), label("", "quiet")
        self.time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.time.setAccessibleName(self.tr("Position"))
        self.length.setAccessibleName(self.tr("Length"))
        row.addWidget(self.time)
        row.addWidget(self.seek_slider, 3)
        row.addWidget(self.length)

    def _speed_button(self) -> QToolButton:
        self.speed = self._plain_button(self.tr("Speed"))
        self.speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.speed)
        for speed in _SPEEDS:
            menu.addAction(speed_text(speed)).triggered.connect(lambda _, speed=speed: self._player.set_speed(speed))
        menu.addSeparator()
        for name in ("faster", "slower", "normal_speed"):
            menu.addAction(self._actions[name])
        self.speed.setMenu(menu)
        widest = max(self.speed.fontMetrics().horizontalAdvance(speed_text(speed)) for speed in (*_SPEEDS, 1.75))
        self.speed.setMinimumWidth(widest + 3 * theme.UNIT)
        return self.speed

    def _add_volume(self, row: QHBoxLayout) -> None:
        row.addWidget(self._button("mute"))
        self.volume = PlaySlider(self.tr("Volume"))
        self.volume.setEnabled(True)
        self.volume.setRange(0, 100)
        self.volume.setSingleStep(5)
        self.volume.setMinimumWidth(6 * theme.UNIT)
        self.volume.setMaximumWidth(11 * theme.UNIT)
        row.addWidget(self.volume, 1)

    def _options_button(self) -> QToolButton:
        self.options = self._plain_button(self.tr("What plays when"))
        self.options.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.options)
        for name in ("play_selected", "play_on", "keep_playing"):
            menu.addAction(self._actions[name])
        self.options.setMenu(menu)
        return self.options

    def _connect(self) -> None:
        player = self._player
        player.position_changed.connect(self._show_position)
        player.length_changed.connect(self._show_length)
        player.playing_changed.connect(lambda _: self._draw())
        player.speed_changed.connect(self._show_speed)
        player.volume_changed.connect(self._show_volume)
        player.failed.connect(lambda sentence: self.say(sentence, warning=True))
        player.noted.connect(self.say)
        self.seek_slider.chosen.connect(lambda value: player.seek(value / _STEPS))
        self.seek_slider.valueChanged.connect(lambda value: self._show_time(value / _STEPS))
        self.volume.valueChanged.connect(lambda value: player.set_volume(value / 100))
        theme.changes().changed.connect(self._draw)
        self._show_length(player.length)
        self._show_speed(player.speed)
        self._show_volume(player.volume)
        self._draw()

    # --- what is shown -------------------------------------------------------------------------------

    def show_track(self, title: str, artist: str) -> None:
        """Say what is played, or would be."""
        self._artist = artist
        self.title.set_text(title)
        self._show_seeking(True)
        self._say_below(artist, "quiet")

    def say(self, sentence: str, warning: bool = False) -> None:
        """Say something below the title until another track comes; nothing brings the artist back."""
        self._show_seeking(not warning)
        self._say_below(sentence or self._artist, "warning" if warning else "quiet")

    def _show_seeking(self, shown: bool) -> None:
        """A problem has the room in which there is nothing to seek."""
        for part in (self.time, self.seek_slider, self.length):
            part.setVisible(shown)

    def _say_below(self, text: str, role: str) -> None:
        if self.below.property("role") != role:
            self.below.setProperty("role", role)
            self.below.style().polish(self.below)
        self.below.set_text(text)
        self.below.setVisible(bool(text))

    def _draw(self) -> None:
        """Draw what changes with what the player does; the other icons are drawn with the actions."""
        playing, muted = self._player.playing, self._player.volume == 0
        play, mute = self._actions["play"], self._actions["mute"]
        play.setIcon(theme.icon("pause" if playing else "play"))
        native = play.shortcut().toString()
        play.setToolTip(f"{self.tr('Pause') if playing else self.tr('Play')} ({native})")
        mute.setIcon(theme.icon("muted" if muted else "volume"))
        self.options.setIcon(theme.icon("settings"))

    def _show_position(self, seconds: float) -> None:
        if not self.seek_slider.isSliderDown():
            blocked = self.seek_slider.blockSignals(True)
            self.seek_slider.setValue(int(seconds * _STEPS))
            self.seek_slider.blockSignals(blocked)
            self._show_time(seconds)

    def _show_time(self, seconds: float) -> None:
        _set(self.time, words.length(int(seconds)))

    def _show_length(self, seconds: float) -> None:
        self.seek_slider.setRange(0, int(seconds * _STEPS))
        self.seek_slider.setEnabled(seconds > 0)
        _set(self.length, words.length(seconds) if seconds > 0 else "")
        widest = words.length(seconds)
        self.time.setMinimumWidth(self.time.fontMetrics().horizontalAdvance("0" * len(widest)))
        self._show_position(self._player.position)

    def _show_speed(self, speed: float) -> None:
        self.speed.setText(speed_text(speed))
        self.speed.setAccessibleName(self.tr("Speed: {}").format(speed_text(speed)))
        self._actions["faster"].setEnabled(speed < SPEEDS[1])
        self._actions["slower"].setEnabled(speed > SPEEDS[0])
        self._actions["normal_speed"].setEnabled(speed != 1)

    def _show_volume(self, volume: float) -> None:
        self.volume.setValue(round(100 * volume))
        self._draw()

    # --- seen or not ---------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        self._player.set_watched(True)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._player.set_watched(False)
        super().hideEvent(event)


def speed_text(speed: float) -> str:
    """Write a speed: 1×, 1.25×."""
    return words.tr("{}×").format(f"{speed:.2f}".rstrip("0").rstrip("."))


def _set(part: QLabel, text: str) -> None:
    if part.text() != text:
        part.setText(text)
