"""Pictures of the program's icon, for the desktops that take no drawing, or not at every size.

Renders resources/icons/app.svg (from 32 pixels on) and the two drawings for small sizes, app-24.svg and app-16.svg,
into packaging/desktop/icons: png/genre-tagger-{16 … 512}.png and a copy of the drawing for Linux, genre-tagger.ico for
Windows, genre-tagger.icns for macOS. Usage: python packaging/icons.py [--out FOLDER]
"""

from __future__ import annotations

import argparse
import os
import struct
from collections.abc import Mapping
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

ROOT = Path(__file__).resolve().parent.parent
DRAWINGS = ROOT / "resources" / "icons"
OUT = ROOT / "packaging" / "desktop" / "icons"

#: What the icon themes of Linux have folders for, and 512 for the software centres.
PNG_SIZES = (16, 22, 24, 32, 48, 64, 96, 128, 256, 512)
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
#: Apple's names of the sizes; those of retina screens come twice (16 × 2 is 32).
ICNS_TYPES = {
    b"icp4": 16, b"icp5": 32, b"ic07": 128, b"ic08": 256, b"ic09": 512,
    b"ic11": 32, b"ic12": 64, b"ic13": 256, b"ic14": 512, b"ic10": 1024,
}  # fmt: skip


def render(size: int) -> QImage:
    """Draw the icon, `size` pixels wide and high, from the drawing that is meant for that size."""
    small = {16: "app-16.svg", 22: "app-24.svg", 24: "app-24.svg"}
    renderer = QSvgRenderer(str(DRAWINGS / small.get(size, "app.svg")))
    if not renderer.isValid():
        raise SystemExit(f"The drawing for {size} pixels is missing or broken.")
    if size == 22:
        # The drawing keeps a pixel free around it.
        renderer.setViewBox(QRectF(1, 1, 22, 22))
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


def png(image: QImage) -> bytes:
    """Pack an image as PNG."""
    packed = QByteArray()
    buffer = QBuffer(packed)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.convertToFormat(QImage.Format.Format_ARGB32).save(buffer, "PNG", 0)
    return bytes(packed.data())


def bitmap(image: QImage) -> bytes:
    """Pack an image as the bitmap that an .ico holds: no file header, bottom row first, a mask below the colours."""
    size = image.width()
    # In memory ARGB32 is blue, green, red, alpha: what Windows wants.
    plain = image.convertToFormat(QImage.Format.Format_ARGB32)
    pixels = bytes(plain.constBits())
    rows = b"".join(pixels[start : start + 4 * size] for start in range(len(pixels) - 4 * size, -1, -4 * size))
    mask = bytes(size * ((size + 31) // 32 * 4))
    return struct.pack("<IiiHHIIiiII", 40, size, 2 * size, 1, 32, 0, len(rows) + len(mask), 0, 0, 0, 0) + rows + mask


def ico(images: Mapping[int, QImage]) -> bytes:
    """Pack images as .ico: bitmaps, which every reader knows, and PNG for the large one."""
    parts = [png(image) if size >= 256 else bitmap(image) for size, image in images.items()]
    head = struct.pack("<HHH", 0, 1, len(parts))
    start = len(head) + 16 * len(parts)
    for size, part in zip(images, parts, strict=True):
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(part), start)
        start += len(part)
    return head + b"".join(parts)


def icns(images: Mapping[bytes, QImage]) -> bytes:
    """Pack images as .icns: a list of types, each with a PNG."""
    body = b""
    for kind, image in images.items():
        packed = png(image)
        body += kind + struct.pack(">I", 8 + len(packed)) + packed
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def make(out: Path) -> None:
    """Write all pictures below `out`."""
    (out / "png").mkdir(parents=True, exist_ok=True)
    for size in PNG_SIZES:
        (out / "png" / f"genre-tagger-{size}.png").write_bytes(png(render(size)))
    (out / "genre-tagger.svg").write_bytes((DRAWINGS / "app.svg").read_bytes())
    (out / "genre-tagger.ico").write_bytes(ico({size: render(size) for size in ICO_SIZES}))
    (out / "genre-tagger.icns").write_bytes(icns({kind: render(size) for kind, size in ICNS_TYPES.items()}))


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--out", type=Path, default=OUT, metavar="FOLDER")
    arguments = words.parse_args()
    app = QGuiApplication([])
    make(arguments.out)
