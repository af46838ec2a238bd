"""Numbers, times, sizes and ages as people write them in the filter line: ``1960..1969``, ``>10:00``, ``<30d``."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial


class UnreadableError(ValueError):
    """A text is no amount."""


@dataclass(frozen=True, slots=True)
class Between:
    """Bounds of a number.

    Attributes
    ----------
    low, high : float or None
        None where there is no bound.
    low_in, high_in : bool
        Whether a bound itself is within.
    age : bool
        Whether the bounds are seconds before now; otherwise they are what the field is counted in.
    """

    low: float | None = None
    high: float | None = None
    low_in: bool = True
    high_in: bool = True
    age: bool = False

    def at(self, now: float) -> Between:
        """Turn ages into times (seconds since 1970)."""
        if not self.age:
            return self
        low = None if self.high is None else now - self.high
        high = None if self.low is None else now - self.low
        return Between(low, high, self.high_in, self.low_in)

    def has(self, number: float | None) -> bool:
        """Tell whether a number is within; one that is not known never is."""
        if number is None:
            return False
        above = self.low is None or number > self.low or (self.low_in and number == self.low)
        below = self.high is None or number < self.high or (self.high_in and number == self.high)
        return above and below


_COMPARED = re.compile(r"(<=|>=|<|>|=)?(.*)", re.DOTALL)
_RANGE = re.compile(r"(.*?)\.\.(.*)", re.DOTALL)
# What a text of one kind stands for: the bounds between which a number is the same as it.
_Literal = Callable[[str], Between]


def _read(literal: _Literal, text: str) -> Between:
    """Read one amount, a comparison with one, or a range."""
    if found := _RANGE.fullmatch(text):
        first, last = (literal(part) if part else None for part in found.groups())
        if first is None and last is None:
            raise UnreadableError
        return Between(
            first.low if first else None, last.high if last else None, first.low_in if first else True,
            last.high_in if last else True, (first or last or Between()).age,
        )  # fmt: skip
    found = _COMPARED.fullmatch(text)
    sign, rest = found.groups() if found else ("", text)
    same = literal(rest)
    return {
        "<": Between(None, same.low, high_in=not same.low_in, age=same.age),
        "<=": Between(None, same.high, high_in=same.high_in, age=same.age),
        ">": Between(same.high, None, low_in=not same.high_in, age=same.age),
        ">=": Between(same.low, None, low_in=same.low_in, age=same.age),
    }.get(sign or "", same)


def _decimal(text: str) -> float:
    # Nobody means 1_000, inf or Arabic digits here, which float() would take.
    if not re.fullmatch(r"\d{1,15}([.,]\d{1,9})?", text, re.ASCII):
        raise UnreadableError(text)
    return float(text.replace(",", "."))


def _number(text: str) -> Between:
    if re.fullmatch(r"\d{3}0s", text, re.ASCII):
        return Between(float(text[:-1]), float(text[:-1]) + 9)
    number = _decimal(text)
    return Between(number, number)


def _share(text: str) -> Between:
    number = _decimal(text[:-1]) / 100 if text.endswith("%") else _decimal(text)
    return Between(number, number)


def _length(text: str) -> Between:
    """Seconds; a length is the same as one that is shown alike, in whole seconds."""
    parts = text.split(":")
    if len(parts) == 1 and text[-1:] in ("s", "m", "h"):
        seconds = _decimal(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]
    elif len(parts) > 3 or not all(re.fullmatch(r"\d{1,4}", part, re.ASCII) for part in parts):
        raise UnreadableError(text)
    else:
        seconds = float(sum(int(part) * 60**place for place, part in enumerate(reversed(parts))))
    return Between(seconds - 0.5, seconds + 0.5, high_in=False)


def _size(text: str) -> Between:
    found = re.fullmatch(r"([\d.,]+)\s*([kmg]?)i?b?", text, re.IGNORECASE | re.ASCII)
    if not found:
        raise UnreadableError(text)
    size = _decimal(found[1]) * {"": 1, "k": 1e3, "m": 1e6, "g": 1e9}[found[2].lower()]
    return Between(size, size)


_AGES = {"h": 3600, "d": 86400, "w": 7 * 86400, "m": 30 * 86400, "y": 365 * 86400}


def _time(text: str) -> Between:
    """An age in seconds, or a day, a month or a year here."""
    if text[-1:].lower() in _AGES:
        age = _decimal(text[:-1]) * _AGES[text[-1].lower()]
        return Between(age, age, age=True)
    found = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", text, re.ASCII)
    if not found:
        raise UnreadableError(text)
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = datetime(year or 0, month or 1, day or 1)
        if month is None:
            last = datetime(first.year + 1, 1, 1)
        elif day is None:
            last = datetime(first.year + month // 12, month % 12 + 1, 1)
        else:
            last = datetime.fromordinal(first.toordinal() + 1)
        return Between(_seconds(first), _seconds(last), high_in=False)
    except (ValueError, OverflowError, OSError) as error:
        raise UnreadableError(text) from error


def _seconds(moment: datetime) -> float:
    return time.mktime(moment.timetuple())


def _times(text: str) -> Between:
    """An age by itself is meant as "not older than that"; two ages, however they are ordered, as all between."""
    between = _read(_time, text)
    if not between.age:
        return between
    if ".." in text and None not in (between.low, between.high):
        low, high = sorted((between.low or 0.0, between.high or 0.0))
        return Between(low, high, age=True)
    return Between(0.0, between.high, age=True) if text[0].isdigit() and ".." not in text else between


READERS: Mapping[str, Callable[[str], Between]] = {
    "number": partial(_read, _number), "share": partial(_read, _share), "length": partial(_read, _length),
    "size": partial(_read, _size), "time": _times,
}  # fmt: skip
"""What reads an amount, by what it is an amount of; each raises UnreadableError for anything else."""
