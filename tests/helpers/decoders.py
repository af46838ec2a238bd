"""Decoders that misbehave, for the processes that decode: what one does is in the name of its file."""

from __future__ import annotations

from pathlib import Path

_MODULE = '''
import contextlib, ctypes, logging, os, sys, time
import numpy as np
from genre_tagger.sound.decoders import Sound

def misbehave(name, file):
    if "abort" in name:
        os.abort()
    if "sleep" in name:
        time.sleep(10**6)
    if "lock" in name:  # asleep with the interpreter's lock, so that no Python code could end it
        ctypes.PyDLL(None).sleep(10**6)
    if "compute" in name:
        while True:
            pass
    while "nothing" in name:  # samples without end, and none of them out of the file
        yield np.full((16_000, 1), 0.1, dtype=np.float32), 16_000
    while "again" in name:  # the same samples of the file without end
        yield np.frombuffer(os.pread(file.fileno(), 1 << 20, 0), np.int8).astype(np.float32)[:, None] / 128, 16_000
    if "allocate" in name:
        taken = []
        while True:
            taken.append(bytearray(1 << 24))
    if "open" in name:
        taken = []
        while True:
            taken.append(open(os.devnull))
    if "bug" in name:
        raise TypeError("a bug")
    if "modules" in name:
        logging.getLogger("asked").info(" ".join(sys.modules))
    if "say" in name:
        libc = ctypes.CDLL(None)
        libc.fputs(b"part2_3_length\\n", ctypes.c_void_p.in_dll(libc, "stderr"))

def decoder(is_bad):
    @contextlib.contextmanager
    def opened(file):
        def blocks(offset, seconds):
            for number in range(10**9 if "endless" in file.name else 40):
                if number == AFTER and is_bad:
                    yield from misbehave(os.path.basename(file.name), file)
                yield np.full((16_000, 1), 0.1, dtype=np.float32), 16_000
        yield Sound(16_000, 1, 20.0, blocks)
    return opened

DECODERS = (decoder(True),) + (decoder(False),) * WELL
'''


def bad_decoders(folder: Path, well: int = 0, after: int = 2) -> str:
    """Write a module with a bad decoder and so many good ones behind it, and give its name.

    Each gives a second of sound forty times. The bad one does what its file is called after so many; `folder` has to be
    among those that modules come from.
    """
    name = f"bad_{well}_{after}"
    (folder / f"{name}.py").write_text(_MODULE.replace("WELL", str(well)).replace("AFTER", str(after)))
    return name
