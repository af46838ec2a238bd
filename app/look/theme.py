"""The look: two palettes, one style sheet and line icons that take their colour from the palette."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from genre_tagger.base.places import asset

# One unit of the grid that all distances are multiples (or halves) of.
UNIT = 8
#: Of all the styles that Qt has, the one that looks alike everywhere.
STYLE = "Fusion"


class Colours(NamedTuple):
    """The colours of one scheme; every text colour has a contrast of at least 4.5 on its ground."""

    window: str
    base: str
    raised: str
    line: str
    text: str
    quiet: str
    disabled: str
    accent: str
    on_accent: str
    hover: str
    selected: str
    warning: str
    notice: str


LIGHT = Colours(
    window="#f5f6f7", base="#ffffff", raised="#ffffff", line="#dcdfe3", text="#1b2126", quiet="#58626c",
    disabled="#9aa2aa", accent="#0b7a75", on_accent="#ffffff", hover="#e9ecee", selected="#d5ebe9",
    warning="#a8480b", notice="#fdf3e4",
)  # fmt: skip
DARK = Colours(
    window="#1c1f22", base="#15181a", raised="#262a2e", line="#33383d", text="#e7eaec", quiet="#a0a9b1",
    disabled="#656d74", accent="#4cc2b8", on_accent="#06211f", hover="#2a2f33", selected="#1a403d",
    warning="#f0a35e", notice="#33291c",
)  # fmt: skip

_CHOICES = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark, "system": Qt.ColorScheme.Unknown}


def is_dark() -> bool:
    """Tell which scheme is in force, the user's choice or the system's."""
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def colours() -> Colours:
    """Give the colours of the scheme that is in force."""
    app = QApplication.instance()
    chosen = app.property("scheme") if app is not None else None
    if chosen in ("light", "dark"):
        return DARK if chosen == "dark" else LIGHT
    return DARK if is_dark() else LIGHT


class _Changes(QObject):
    """Tells when the colours have changed; Qt's own event for that reaches a widget even while it is destroyed."""

    changed = Signal()


@cache
def changes() -> _Changes:
    """Give the object whose signal `changed` is emitted after every change of colours."""
    return _Changes()


def apply(scheme: str) -> None:
    """Give the program the scheme "system", "light" or "dark"; open windows follow at once, and later the system."""
    choose(scheme)
    dress()


def choose(scheme: str) -> None:
    """Choose a scheme without dressing the widgets yet: those made now are dressed faster together, later."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    if app.property("style") != STYLE:
        app.setStyle(STYLE)
        app.setProperty("style", STYLE)
    hints = app.styleHints()
    first = app.property("scheme") is None
    app.setProperty("scheme", scheme)
    if hasattr(hints, "setColorScheme"):
        hints.setColorScheme(_CHOICES[scheme])
    if first:
        app.setProperty("drawn", colours().window)
        hints.colorSchemeChanged.connect(dress)


def dress() -> None:
    """Give all widgets the chosen colours, and have icons drawn anew if the colours have changed."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    shades, sheet = palette(colours()), _style_sheet(colours())
    if app.palette() != shades:
        app.setPalette(shades)
    # Qt dresses every widget anew by the same sheet as well, which takes a tenth of a second.
    if app.styleSheet() != sheet:
        app.setStyleSheet(sheet)
    if app.property("drawn") != colours().window:
        app.setProperty("drawn", colours().window)
        icon.cache_clear()
        changes().changed.emit()


def palette(c: Colours) -> QPalette:
    """Turn colours into the palette that Qt's own widgets paint with."""
    role, result = QPalette.ColorRole, QPalette()
    for colour, roles in (
        (c.window, (role.Window, role.Button)),
        (c.base, (role.Base,)),
        (c.raised, (role.Light, role.ToolTipBase)),
        (c.hover, (role.AlternateBase, role.Midlight)),
        (c.line, (role.Mid, role.Dark)),
        (c.text, (role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText)),
        (c.text, (role.HighlightedText,)),
        (c.quiet, (role.PlaceholderText,)),
        (c.selected, (role.Highlight,)),
        (c.accent, (role.Link, role.LinkVisited)),
    ):
        for each in roles:
            result.setColor(each, QColor(colour))
    if hasattr(role, "Accent"):
        result.setColor(role.Accent, QColor(c.accent))
    for each in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(QPalette.ColorGroup.Disabled, each, QColor(c.disabled))
    return result


def _style_sheet(c: Colours) -> str:
    template = asset("resources", "style.qss").read_text(encoding="utf-8")
    icons = asset("resources", "icons").as_posix()
    tick = f"{icons}/tick-{'dark' if c is DARK else 'light'}.svg"
    for name, value in {**c._asdict(), "icons": icons, "tick": tick}.items():
        template = template.replace(f"@{name}", value)
    return template


@cache
def icon(name: str, colour: str = "") -> QIcon:
    """Load a line icon in the colour of text (or another one), with a paler version for disabled buttons."""
    result = QIcon()
    for ratio in _ratios():
        normal = picture(name, 20, colour or colours().text, ratio)
        result.addPixmap(normal, QIcon.Mode.Normal)
        result.addPixmap(_dyed(normal, colours().disabled), QIcon.Mode.Disabled)
    return result


@cache
def colour(name: str) -> QColor:
    """Give the QColor of a name, the same object each time."""
    return QColor(name)


def _ratios() -> list[float]:
    return sorted({screen.devicePixelRatio() for screen in QGuiApplication.screens()} | {1.0})


@cache
def _drawing(name: str) -> bytes:
    return asset("resources", "icons", f"{name}.svg").read_bytes()


def _dyed(drawn: QPixmap, shade: str) -> QPixmap:
    """Give a drawn icon another colour; cheaper than to draw it once more."""
    pixmap = drawn.copy()
    pixmap.fill(QColor(shade))
    painter = QPainter(pixmap)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.drawPixmap(0, 0, drawn)
    painter.end()
    return pixmap


@cache
def picture(name: str, size: int, colour: str, ratio: float) -> QPixmap:
    """Draw an icon, `size` logical pixels wide, for a screen with `ratio` real pixels to a logical one."""
    drawing = _drawing(name)
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer = QSvgRenderer(QByteArray(drawing.replace(b'"#000"', f'"{colour}"'.encode())))
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
