"""Drives of every kind of file system, in image files, where root may mount them."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Kind:
    """How a file system is made in an image, and the ways in which it may be mounted here (FUSE or the kernel)."""

    make: tuple[str, ...]
    ways: tuple[tuple[str, ...], ...]
    size: int = 48 << 20


KINDS = {
    "exFAT": Kind(("mkfs.exfat", "{}"), (("mount", "-t", "exfat"), ("mount.exfat-fuse",))),
    "FAT32": Kind(("mkfs.fat", "-F", "32", "{}"), (("mount", "-t", "vfat"), ("fusefat", "-o", "rw+"))),
    "NTFS": Kind(("mkntfs", "-F", "-Q", "{}"), (("mount", "-t", "ntfs3"), ("ntfs-3g",))),
    "ext4": Kind(("mkfs.ext4", "-q", "{}"), (("mount", "-t", "ext4"),)),
}


class Plugged:
    """A drive in an image file, that can be pulled out and plugged in again."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self.kind, self.image, self.root = kind, str(folder / "image"), str(folder / "drive")
        self.loop = ""
        os.mkdir(self.root)
        with open(self.image, "wb") as file:
            file.truncate(kind.size)
        _run(*(word.format(self.image) for word in kind.make))

    def plug(self) -> bool:
        for way in self.kind.ways:
            if shutil.which(way[0]) is None:
                continue
            self.loop = "" if way[0] == "fusefat" else _run("losetup", "-f", "--show", self.image).strip()
            source = self.loop or self.image
            words = [*way, source, self.root]
            if subprocess.run(words, capture_output=True, check=False).returncode == 0 and os.path.ismount(self.root):
                return True
            self._free()
        return False

    def pull(self) -> None:
        if os.path.ismount(self.root):
            _run("umount", self.root)
        self._free()

    def _free(self) -> None:
        if self.loop:
            _run("losetup", "-d", self.loop)
        self.loop = ""


def _run(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
