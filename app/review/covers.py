"""Covers, read and made small away from the window's thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from genre_tagger.files.cover import cover

# Larger ones are not worth the memory (MiB).
_MOST_MIB = 64


def small_cover(path: str, side: int, wanted: Callable[[], bool]) -> QImage:
    """Give the cover of a music file, no larger than `side` pixels; a null image where there is none."""
    content = cover(path)
    if not content or not wanted():
        return QImage()
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    QImageReader.setAllocationLimit(_MOST_MIB)
    reader = QImageReader(buffer)
    size = reader.size()
    if size.isValid():
        reader.setScaledSize(size.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()
