"""Machines that read aloud: eSpeak NG, in about a hundred languages, for the guard to learn what speech is.

It knows the sounds, the rhythm and the melody of real languages, which random syllables do not have.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache

import numpy as np
import soxr
from numpy.typing import NDArray

from genre_tagger.training.synth.sounds import SR, Floats, Rng

# Of espeak-ng's speak_lib.h.
_SYNCHRONOUS, _UTF8 = 2, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
# Every language reads these letters by its own rules.
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvwz", "aaeeiioouy"


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p), ("languages", ctypes.c_char_p), ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte), ("age", ctypes.c_ubyte), ("variant", ctypes.c_ubyte), ("unused", ctypes.c_ubyte),
        ("score", ctypes.c_int), ("spare", ctypes.c_void_p),
    )  # fmt: skip


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _Library:
    """The synthesiser; there is one in a process."""

    def __init__(self) -> None:
        import espeakng_loader

        self._c = ctypes.CDLL(espeakng_loader.get_library_path())
        self._c.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        self._c.espeak_Synth.argtypes = (
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
            ctypes.c_void_p, ctypes.c_void_p,
        )  # fmt: skip
        self.sr = self._c.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
        if self.sr <= 0:
            raise OSError("eSpeak NG does not find its voices")
        self._parts: list[NDArray[np.int16]] = []
        self._take = _Callback(self._taken)  # kept: the library calls it as long as it lives
        self._c.espeak_SetSynthCallback(self._take)
        # Some voices lack the dictionary of their language, and MBROLA's the voice itself.
        self.voices = tuple(
            voice for voice in self._listed(None) if not voice.startswith("mb/") and os.path.exists(_dictionary(voice))
        )
        self.variants = self._listed(_Voice(languages=b"variant"))

    def _taken(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: object) -> int:
        if samples and count > 0:
            self._parts.append(np.ctypeslib.as_array(samples, (count,)).astype(np.int16))
        return 0

    def _listed(self, like: _Voice | None) -> tuple[str, ...]:
        listed = self._c.espeak_ListVoices(ctypes.byref(like) if like else None)
        identifiers: list[str] = []
        while listed[len(identifiers)]:
            identifiers.append(listed[len(identifiers)].contents.identifier.decode())
        return tuple(sorted(identifiers))

    def read(self, text: str, voice: str, rate: int, pitch: int, melody: int) -> Floats:
        """Read a text at `rate` words a minute; `pitch` and `melody` are 0…99. Samples at :attr:`sr`, within −1…1."""
        self._parts.clear()
        self._c.espeak_SetVoiceByName(voice.encode())
        for parameter, value in ((_RATE, rate), (_PITCH, pitch), (_RANGE, melody)):
            self._c.espeak_SetParameter(parameter, value, 0)
        raw = text.encode()
        self._c.espeak_Synth(raw, len(raw) + 1, 0, 0, 0, _UTF8, None, None)
        return np.concatenate([*self._parts, np.zeros(1, np.int16)]) / 32_768.0


def _dictionary(voice: str) -> str:
    """Where the dictionary of a voice such as ``"gmw/en-US"`` has to be."""
    import espeakng_loader

    language = voice.rsplit("/", 1)[-1].split("-")[0]
    return os.path.join(espeakng_loader.get_data_path(), f"{language}_dict")


@cache
def library() -> _Library:
    """The synthesiser, opened once."""
    return _Library()


def reading(n: int, rng: Rng) -> Floats:
    """Somebody reads numbers or words that mean nothing, in one language and voice.

    Parameters
    ----------
    n : int
        Samples at 16 kHz.
    rng : Generator
        Of the language, the voice, the speed, the melody and the text.

    Returns
    -------
    ndarray [shape=(n,)]
        Speech with the pauses that its marks ask for. The same generator gives the same text in the same voice, not the
        same samples: eSpeak NG's pitch wavers from where it was after the text before.
    """
    synthesiser = library()
    voice = synthesiser.voices[int(rng.integers(len(synthesiser.voices)))]
    if rng.random() < 0.7:
        voice += "+" + synthesiser.variants[int(rng.integers(len(synthesiser.variants)))].rsplit("/", 1)[-1]
    rate, pitch, melody = int(rng.integers(110, 260)), int(rng.integers(10, 90)), int(rng.integers(0, 99))
    longest, numbers = int(rng.integers(3, 20)), rng.random() < 0.3
    y = np.zeros(0)
    while len(y) < n * synthesiser.sr / SR:
        words = (_number(rng) if numbers else _word(rng) for _ in range(int(rng.integers(2, longest))))
        speech = synthesiser.read(" ".join(words) + str(rng.choice([",", ".", "?", ";"])), voice, rate, pitch, melody)
        y = np.concatenate([y, speech, np.zeros(int(rng.uniform(0, 0.5) * synthesiser.sr))])
    return np.asarray(soxr.resample(y, synthesiser.sr, SR)[:n], dtype=np.float64)


def _number(rng: Rng) -> str:
    return str(int(10 ** rng.uniform(0, 5)))


def _word(rng: Rng) -> str:
    """One to four syllables."""
    return "".join(
        rng.choice([*_CONSONANTS]) + rng.choice([*_VOWELS]) + (rng.choice([*"nrslmt"]) if rng.random() < 0.3 else "")
        for _ in range(int(rng.integers(1, 5)))
    )
