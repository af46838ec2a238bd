"""Drives of every kind of file system, in image files, where root may mount them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


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


@contextlib.contextmanager
def plugged_in(name: str, folder: Path) -> Iterator[Plugged]:
    """A drive of a kind, plugged in; the test is skipped, with the reason, where that cannot be."""
    kind = KINDS[name]
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root may mount a drive")
    if shutil.which(kind.make[0]) is None or shutil.which("losetup") is None:
        pytest.skip(f"{kind.make[0]} or losetup is not installed")
    made = Plugged(kind, folder)
    if not made.plug():
        pytest.skip(f"nothing here can mount {name}")
    try:
        yield made
    finally:
        made.pull()


def _run(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
