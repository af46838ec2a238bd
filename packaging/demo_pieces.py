"""The eight demo pieces: scores for the instruments of ``demo_sounds.py``."""

from __future__ import annotations

import demo_sounds as s
import numpy as np
from demo_sounds import RNG, SR


class Score:
    """Sound laid down by the beat."""

    def __init__(self, bpm: float, beats: float, tail: float = 1.5) -> None:
        self.beat = 60 / bpm
        self.y = np.zeros(int((beats * self.beat + tail) * SR))

    def put(self, beat: float, sound: np.ndarray, level: float = 1.0, loose: float = 0.004) -> None:
        """Add a sound; `loose` is how far off the beat (s) a human hand may be."""
        start = max(0, int((beat * self.beat + RNG.normal(0, loose)) * SR))
        end = min(len(self.y), start + len(sound))
        if end > start:
            self.y[start:end] += level * RNG.uniform(0.92, 1.08) * sound[: end - start]

    def lasting(self, beats: float) -> float:
        return beats * self.beat


# --- the pieces ----------------------------------------------------------------------------------------------


def blues() -> np.ndarray:
    """Eight bars of a slow shuffle in E: I I IV I, V IV I V."""
    score, guitar = Score(84, 32), Score(84, 32)
    roots = [40, 40, 45, 40, 47, 45, 40, 47]
    for bar, root in enumerate(roots):
        at = bar * 4
        for beat in range(4):
            sixth = 9 if beat % 2 else 7
            for swing, long in ((0, 0.6), (0.667, 0.3)):
                length = score.lasting(long)
                score.put(at + beat + swing, s.pluck(root, length + 0.1, bright=0.35), 0.35)
                score.put(at + beat + swing, s.pluck(root + sixth, length + 0.1, bright=0.35), 0.3)
            score.put(at + beat, s.bass(root - 12, score.lasting(0.95)), 0.6)
            score.put(at + beat, s.cymbal(0.5, ping=1), 0.2)
            score.put(at + beat + 0.667, s.hat(0.05), 0.16)
            score.put(at + beat, s.snare(0.22) if beat % 2 else s.kick(), 0.4 if beat % 2 else 0.6)
    licks = {
        0: [(0.667, 71, 0.3, 0), (1, 74, 0.9, 2), (2, 71, 0.6, 0), (2.667, 69, 0.3, 0), (3, 67, 0.6, 0),
            (3.667, 64, 1.2, 0)],
        2: [(0.667, 64, 0.3, 0), (1, 67, 0.6, 1), (1.667, 69, 0.3, 0), (2, 67, 0.6, 0), (2.667, 64, 1.5, 0)],
        4: [(0, 78, 1.2, 2), (1.667, 76, 0.3, 0), (2, 74, 0.6, 0), (2.667, 71, 1.0, 1)],
        5: [(0, 76, 0.6, 0), (0.667, 74, 0.3, 0), (1, 69, 1.3, 1), (2.667, 67, 0.3, 0), (3, 69, 0.6, 0)],
        6: [(0, 64, 1.6, 1), (2, 67, 0.3, 0), (2.667, 68, 0.3, 0), (3, 64, 1.8, 0)],
    }  # fmt: skip
    for bar, notes in licks.items():
        for beat, note, long, bend in notes:
            guitar.put(bar * 4 + beat, s.lead_guitar(note, guitar.lasting(long), bend=bend), 0.42, loose=0.012)
    return s.master(s.reverb(score.y + s.reverb(guitar.y, 1.6, 0.35), 0.9, 0.12), drive=1.1)


def baroque() -> np.ndarray:
    """Two voices over a walking bass in D minor, harpsichord and strings; the second voice follows a bar later."""
    score = Score(88, 28, tail=3)
    subject = [
        (0, 74, 1), (1, 69, 0.5), (1.5, 70, 0.5), (2, 69, 0.5), (2.5, 67, 0.5), (3, 65, 0.5), (3.5, 64, 0.5),
        (4, 65, 0.25), (4.25, 67, 0.25), (4.5, 69, 0.5), (5, 70, 0.25), (5.25, 69, 0.25), (5.5, 67, 0.5), (6, 69, 0.5),
        (6.5, 62, 0.5), (7, 64, 0.5), (7.5, 61, 0.5),
    ]  # fmt: skip
    sequence = [(74, 70), (72, 69), (70, 67), (69, 65)]
    for start, shift, player in ((0, 0, "strings"), (8, -5, "keys"), (16, 0, "strings"), (16, -12, "keys")):
        for beat, note, long in subject:
            length = score.lasting(long)
            if player == "strings":
                score.put(start + beat, s.bowed(note, length * 1.1, attack=0.05), 0.4, loose=0.008)
            score.put(start + beat, s.harpsichord(note + shift, length * 1.6 + 0.1), 0.35, loose=0.006)
    for bar, (top, under) in enumerate(sequence):
        for step, note in enumerate((top, under, top - 2, under, top - 3, under - 1, top - 5, under - 3)):
            score.put(8 + bar * 2 + step / 4, s.bowed(note, score.lasting(0.3), attack=0.03), 0.35, loose=0.006)
    walk = [50, 53, 57, 55, 53, 52, 50, 49, 50, 58, 57, 55, 53, 55, 57, 45, 50, 57, 53, 58, 55, 60, 45, 45]
    for beat, note in enumerate(walk):
        score.put(beat, s.bowed(note - 12, score.lasting(0.95), attack=0.07, cutoff=1400), 0.4, loose=0.01)
    for note, level in ((38, 0.4), (50, 0.3), (57, 0.3), (62, 0.3), (66, 0.3), (74, 0.35)):
        # The last chord is major, as it was the custom.
        score.put(24, s.bowed(note, score.lasting(3.6), attack=0.1), level)
        score.put(24, s.harpsichord(note, score.lasting(2.5)), 0.25)
    return s.master(s.reverb(score.y, 2.2, 0.45), drive=0.7)


def disco() -> np.ndarray:
    """Four on the floor at 120, open hats between, octave bass, strings and a choir that answer: Am F G Em."""
    score, strings = Score(120, 48), Score(120, 48)
    chords = [(45, (57, 60, 64, 67)), (41, (57, 60, 65, 69)), (43, (59, 62, 67, 69)), (40, (55, 59, 64, 67))]
    for bar in range(12):
        root, chord = chords[bar % 4]
        at = bar * 4
        for beat in range(4):
            score.put(at + beat, s.kick(0.25, pitch=58), 0.6, loose=0)
            score.put(at + beat + 0.5, s.hat(0.22), 0.4, loose=0.001)
            for sixteenth in (0, 0.25, 0.75):
                score.put(at + beat + sixteenth, s.hat(0.04), 0.2, loose=0.001)
            if beat % 2:
                score.put(at + beat, s.clap() + s.snare(0.22), 0.35, loose=0.001)
            for half, octave in ((0, 0), (0.5, 12)):
                score.put(at + beat + half, s.bass(root - 12 + octave, score.lasting(0.42), round_=1500), 0.55)
            for sixteenth in (0.25, 0.5, 0.75):
                for note in chord[1:]:
                    score.put(at + beat + sixteenth, s.pluck(note + 12, 0.09, bright=0.9, sustain=0.97), 0.17)
        for note in chord:
            strings.put(at, s.bowed(note + 12, strings.lasting(3.6), attack=0.04), 0.22)
        run = [chord[0] + 24, chord[1] + 24, chord[2] + 24, chord[3] + 24, chord[2] + 24, chord[1] + 24]
        for step, note in enumerate(run):
            strings.put(at + 2.5 + step * 0.25, s.bowed(note, strings.lasting(0.3), attack=0.02, cutoff=6000), 0.3)
    _disco_chorus(strings)
    return s.master(s.reverb(score.y, 0.5, 0.08) + s.reverb(strings.y, 1.5, 0.4), drive=1.3)


def _disco_chorus(score: Score) -> None:
    line = [
        (0, 76, 0.9, "a"), (1, 76, 0.4, "e"), (1.5, 74, 0.9, "a"), (2.5, 72, 1.3, "o"), (4, 72, 0.9, "a"),
        (5, 74, 0.4, "e"), (5.5, 72, 0.9, "a"), (6.5, 69, 1.3, "o"), (8, 74, 0.9, "a"), (9, 74, 0.4, "e"),
        (9.5, 76, 0.9, "a"), (10.5, 79, 1.3, "a"), (12, 76, 3, "o"),
    ]  # fmt: skip
    for turn in (8, 24):
        for beat, note, long, vowel in line:
            for singer in (0, -3 if note % 12 in (0, 7) else -4, -12):
                score.put(turn + beat, s.voice(note + singer, score.lasting(long), vowel), 0.3, loose=0.01)


def metal() -> np.ndarray:
    """A galloping riff in low E with two double-tracked guitars, bass drums in sixteenths under the chorus."""
    score = Score(168, 56)
    gallop = [0, 0.5, 0.75, 1, 1.5, 1.75, 2, 2.5, 2.75, 3]
    for bar in range(14):
        at = bar * 4
        if bar % 8 < 6:
            for step in gallop:
                score.put(at + step, s.power_chord(40, 0.25, muted=step % 1 > 0), 0.95, loose=0.002)
            accent = (43, 46, 45, 41)[bar % 4]
            score.put(at + 3, s.power_chord(accent, score.lasting(1.1)), 1.0, loose=0.002)
        else:
            for half, root in ((0, (48, 45)[bar % 2]), (2, (50, 47)[bar % 2])):
                score.put(at + half, s.power_chord(root, score.lasting(2.1)), 1.1, loose=0.002)
        for step in np.arange(0, 4, 0.25) if bar % 8 >= 6 else gallop:
            score.put(at + float(step), s.kick(0.16, pitch=58, click=0.8), 0.15, loose=0.001)
            score.put(at + float(step), s.bass(28, 0.16, round_=1200), 0.35, loose=0.002)
        for beat in (1, 3):
            score.put(at + beat, s.snare(0.25, tone=210, wires=1.1), 0.3, loose=0.002)
        for beat in range(4):
            score.put(at + beat, s.cymbal(0.7) if bar % 8 >= 6 else s.hat(0.16), 0.45)
        if bar % 4 == 0:
            score.put(at, s.cymbal(1.8), 0.8)
        if bar % 8 == 7:
            for step, note in enumerate((50, 50, 45, 45, 41, 41, 38, 38)):
                score.put(at + 2 + step / 4, s.tom(note), 0.8)
    solo = [76, 79, 83, 82, 79, 76, 74, 71, 72, 76, 79, 84, 83, 79, 77, 76]
    for step, note in enumerate(solo * 2):
        score.put(32 + step / 2, s.lead_guitar(note, score.lasting(0.5)), 0.25, loose=0.003)
    return s.master(s.reverb(score.y, 0.8, 0.1), drive=1.8)


def reggae() -> np.ndarray:
    """One drop at 74: kick and rim on the third beat, chords only off the beat, the bass tells the tune."""
    score, echo = Score(74 * 2, 56), Score(74 * 2, 56)
    chords = [(45, (60, 64, 69)), (38, (62, 65, 69)), (40, (59, 64, 68)), (45, (60, 64, 69))]
    line = [(0, 0, 1.3), (1.5, 0, 0.4), (2, 7, 0.8), (3, 3, 0.8), (4.5, 0, 0.4), (5, 7, 0.9), (6, 10, 0.6), (7, 7, 0.7)]
    for bar in range(7):
        root, chord = chords[bar % 4]
        at = bar * 8
        for beat, interval, long in line:
            score.put(at + beat, s.bass(root - 12 + interval, score.lasting(long), round_=380), 1.0, loose=0.01)
        for beat in (1, 3, 5, 7):
            for note in chord:
                score.put(at + beat, s.pluck(note, 0.16, bright=0.7, sustain=0.98), 0.33, loose=0.006)
                score.put(at + beat, s.organ(note, score.lasting(0.35)), 0.13, loose=0.006)
            if beat in (3, 7):
                for note in chord:
                    score.put(at + beat + 0.5, s.organ(note + 12, score.lasting(0.22)), 0.08)
        for beat in np.arange(0, 8, 1):
            score.put(at + float(beat), s.hat(0.05), 0.22)
            if beat % 2:
                score.put(at + float(beat) + 0.5, s.hat(0.04), 0.14)
        score.put(at + 4, s.kick(0.4, pitch=50), 0.9)
        score.put(at + 4, s.snare(0.12, tone=330, wires=0.5), 0.55)
    tune = [(8, 76, 1), (9, 74, 0.5), (10, 72, 1.5), (12, 69, 2), (24, 72, 1), (25, 74, 1), (26, 76, 2), (29, 72, 2),
            (40, 76, 0.5), (41, 76, 0.5), (42, 74, 1), (43, 72, 1), (44, 69, 3)]  # fmt: skip
    for beat, note, long in tune:
        for repeat in range(4):
            when = beat + repeat * 1.5
            echo.put(when, s.saxophone(note - 12, echo.lasting(long)), 0.4 * 0.42**repeat, loose=0.002)
    return s.master(s.reverb(score.y, 0.7, 0.12) + s.reverb(echo.y, 1.8, 0.3), drive=1.0)


def hip_hop() -> np.ndarray:
    """A lazy beat at 90 with a swung hat, a sub bass and a chopped electric piano that crackles like vinyl."""
    drums, keys = Score(90, 36), Score(90, 36)
    chords = [(38, (53, 57, 60, 64)), (43, (53, 57, 59, 64)), (36, (52, 55, 59, 62)), (45, (55, 60, 61, 64))]
    for bar in range(9):
        root, chord = chords[bar % 4]
        at = bar * 4
        for beat in (0, 0.75, 2.5) if bar % 2 else (0, 1.75, 2.25):
            drums.put(at + beat, s.kick(0.42, pitch=44, click=0.6), 1.1)
            drums.put(at + beat, s.low(s.bass(root - 12, 0.5), 220), 0.9)
        for beat in (1, 3):
            drums.put(at + beat, s.snare(0.3, tone=160, wires=1.2) + 0.5 * np.pad(s.clap(), (0, 13230 - 9702)), 0.85)
        for eighth in range(8):
            swung = eighth / 2 + (0.09 if eighth % 2 else 0)
            drums.put(at + swung, s.hat(0.18 if eighth == 7 and bar % 4 == 3 else 0.05), 0.32, loose=0.006)
        for beat, long in ((0, 1.4), (1.75, 0.5), (2.59, 1.2)):
            for note in chord:
                keys.put(at + beat, s.electric_piano(note, keys.lasting(long)), 0.3, loose=0.01)
    for beat, note, long in [(4, 69, 0.7), (5, 72, 0.4), (5.6, 69, 0.4), (6.6, 67, 1), (20, 76, 0.7), (21, 74, 0.5),
                             (22, 72, 0.5), (22.6, 69, 1.2)]:  # fmt: skip
        for turn in (0, 8):
            keys.put(beat + turn, s.electric_piano(note, keys.lasting(long)), 0.4)
    sampled = s.high(s.low(np.tanh(s.reverb(keys.y, 0.8, 0.2) * 1.4), 3400), 160)
    crackle = np.where(RNG.uniform(size=len(sampled)) > 0.9998, RNG.uniform(-1, 1, len(sampled)), 0)
    sampled += s.low(crackle, 6000, 1) * 0.5 + RNG.normal(0, 0.003, len(sampled))
    # The record gives way whenever the bass drum hits.
    loud = np.maximum.accumulate(np.abs(drums.y).reshape(-1, 63)[:, :1], axis=1).repeat(63, axis=1).ravel()
    duck = 1 - 0.35 * np.clip(s.low(np.pad(loud, (0, len(sampled) - len(loud))), 8, 1), 0, 1)
    return s.master(drums.y + sampled * duck, drive=1.5)


def jazz() -> np.ndarray:
    """A quartet: walking bass, ride, a sparse piano and a saxophone over ii V I vi, swung at 168."""
    score, room = Score(168, 44), Score(168, 44)
    changes = [(50, (60, 65, 69, 64)), (43, (59, 65, 69, 64)), (48, (59, 64, 67, 62)), (45, (61, 67, 70, 64))]
    walks = [(0, 3, 7, 6), (0, 4, 7, 10), (0, 4, 7, 9), (0, 4, 7, 6)]
    for bar in range(11):
        root, chord = changes[bar % 4]
        at = bar * 4
        for beat, step in enumerate(walks[bar % 4]):
            score.put(at + beat, s.bass(root - 12 + step, score.lasting(0.95), round_=900), 0.85, loose=0.008)
        for beat, level in ((0, 0.5), (1, 0.6), (1.667, 0.35), (2, 0.5), (3, 0.6), (3.667, 0.35)):
            score.put(at + beat, s.cymbal(0.8, ping=0.9), level * 0.55, loose=0.005)
        for beat in (1, 3):
            score.put(at + beat, s.hat(0.05), 0.3)
        if bar % 2:
            score.put(at + 2.667, s.low(s.snare(0.15), 4000), 0.25)
        for beat, long in ((0.667, 0.3), (2.667, 0.9)) if bar % 2 else ((1.667, 1.1),):
            for note in chord:
                room.put(at + beat, s.piano(note, room.lasting(long), touch=0.55), 0.22, loose=0.008)
    phrases = [
        (4.667, 69, 0.3), (5, 72, 0.6), (5.667, 76, 0.3), (6, 74, 0.6), (6.667, 71, 0.3), (7, 69, 0.6),
        (7.667, 67, 1.4), (11.667, 64, 0.3), (12, 67, 0.6), (12.667, 70, 0.3), (13, 73, 0.6), (13.667, 76, 0.3),
        (14, 79, 1.2), (15.667, 77, 0.3), (16, 76, 0.6), (16.667, 77, 0.3), (17, 74, 0.6),
        (17.667, 72, 0.3), (18, 69, 1.5),
        (20.667, 71, 0.3), (21, 74, 0.6), (21.667, 77, 0.3), (22, 75, 0.6), (22.667, 74, 0.3), (23, 72, 0.6),
        (24, 71, 0.6), (24.667, 67, 0.3), (25, 64, 2.2), (32.667, 81, 0.3), (33, 79, 0.6), (33.667, 77, 0.3),
        (34, 76, 0.6), (34.667, 74, 0.3), (35, 72, 0.6), (35.667, 69, 0.3), (36, 71, 0.6), (36.667, 74, 0.3),
        (37, 68, 0.6), (37.667, 67, 0.3), (38, 65, 0.6), (39, 64, 0.6), (40, 60, 3),
    ]  # fmt: skip
    for beat, note, long in phrases:
        room.put(beat, s.saxophone(note - 5, room.lasting(long * 1.05)), 0.6, loose=0.014)
    return s.master(s.reverb(score.y, 0.9, 0.12) + s.reverb(room.y, 1.4, 0.25), drive=0.9)


def pop() -> np.ndarray:
    """The four chords of a thousand songs, C G Am F, at 108: piano, strummed guitar, a sung line and its harmony."""
    score, sung = Score(108, 40), Score(108, 40)
    chords = [(36, (60, 64, 67)), (43, (59, 62, 67)), (45, (60, 64, 69)), (41, (60, 65, 69))]
    for bar in range(10):
        root, chord = chords[bar % 4]
        at = bar * 4
        for beat in (0, 1.5, 2, 2.5, 3.5):
            score.put(at + beat, s.bass(root, score.lasting(0.5), round_=800), 0.6)
        for eighth in range(8):
            strings = sorted((*chord, chord[0] - 12, chord[0] + 12), reverse=bool(eighth % 2))
            for order, note in enumerate(strings):
                score.put(at + eighth / 2 + order * 0.012, s.pluck(note, 0.35, bright=0.8, sustain=0.992), 0.1)
            score.put(at + eighth / 2, s.hat(0.05), 0.28, loose=0.002)
        for beat in range(4):
            for note in chord:
                score.put(at + beat, s.piano(note, score.lasting(0.95)), 0.16)
            score.put(at + beat, s.snare() + 0.4 * np.pad(s.clap(), (0, 1323)) if beat % 2 else s.kick(), 0.7)
        score.put(at + 2.5, s.kick(), 0.55)
        if bar in (0, 4, 8):
            score.put(at, s.cymbal(1.6), 0.45)
    verse = [(0.5, 67, 0.5, "a"), (1, 67, 0.5, "e"), (1.5, 69, 0.5, "o"), (2, 67, 1, "a"), (3, 64, 0.8, "u"),
             (4.5, 62, 0.5, "a"), (5, 64, 0.5, "e"), (5.5, 67, 0.5, "a"), (6, 67, 1.7, "o"),
             (8.5, 72, 0.5, "a"), (9, 72, 0.5, "a"), (9.5, 71, 0.5, "e"), (10, 69, 1, "a"), (11, 67, 0.8, "o"),
             (12.5, 69, 0.5, "u"), (13, 67, 0.5, "a"), (13.5, 65, 0.5, "e"), (14, 64, 1.7, "a")]  # fmt: skip
    for turn in (0, 16):
        for beat, note, long, vowel in verse:
            sung.put(turn + beat, s.voice(note, sung.lasting(long), vowel), 0.55, loose=0.008)
            if turn:
                third = 3 if note % 12 in (0, 7) else 4
                sung.put(turn + beat, s.voice(note - third, sung.lasting(long), vowel), 0.25)
    return s.master(s.reverb(score.y, 0.7, 0.12) + s.reverb(sung.y, 1.3, 0.3), drive=1.2)
