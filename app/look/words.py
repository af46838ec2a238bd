"""Words and numbers as the user reads them."""

from __future__ import annotations

import contextlib
import os
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from genre_tagger.base.errors import FileError
from genre_tagger.base.small_files import WhyNot, why_not

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Tag


def tr(text: str, n: int = -1) -> str:
    """Translate a sentence that belongs to no widget; `n` fills in %n and picks the plural."""
    return QCoreApplication.translate("words", text, None, n)


def number(value: int) -> str:
    """Write a whole number the way the user's country does."""
    return QLocale().toString(value)


def tracks(count: int) -> str:
    """Say how many tracks."""
    return tr("1 track") if count == 1 else tr("{} tracks").format(number(count))


def files(count: int) -> str:
    """Say how many files."""
    return tr("1 file") if count == 1 else tr("{} files").format(number(count))


def size(count: float) -> str:
    """Say how many bytes, in the units that drives are sold in."""
    for unit, least in ((tr("GB"), 1e9), (tr("MB"), 1e6), (tr("kB"), 1e3)):
        if count >= least:
            return f"{QLocale().toString(count / least, 'f', 1 if count < 100 * least else 0)} {unit}"
    return tr("{} bytes").format(number(round(count)))


def percent(probability: float) -> str:
    """Write a probability; never a certainty that the model does not have."""
    return tr("{} %").format(min(99, max(0, round(100 * probability))))


def mood(tag: Tag) -> str:
    """Write the mood of a track, and how likely it is."""
    return tr("{mood}, {sure}").format(mood=tag.fact.label, sure=percent(tag.value))


def share(part: float) -> str:
    """Write a measured share (0…1) of all; that may well be 0 % or 100 %."""
    return tr("{} %").format(round(100 * part))


def length(seconds: float) -> str:
    """Write a duration as m:ss or h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def time_left(seconds: float) -> str:
    """Say how long something will go on, no more exactly than one can know."""
    if seconds < 50:
        return tr("less than a minute left")
    if seconds < 90:
        return tr("about a minute left")
    if seconds < 3570:
        return tr("about {} minutes left").format(round(seconds / 60))
    hours = round(seconds / 1800) / 2
    return tr("about an hour left") if hours == 1 else tr("about {} hours left").format(QLocale().toString(hours))


def failed_writes(count: int) -> str:
    """Say of how many files the writing failed."""
    return tr("{} could not be written and stayed as before.").format(files(count))


def failed_undos(count: int) -> str:
    """Say of how many files the undoing failed."""
    return tr("{} could not be undone and stayed as now.").format(files(count))


def no_model() -> str:
    """Say that there is no model."""
    return tr("There is no model to ask.")


def too_little_sound() -> str:
    """Say why the model is not asked."""
    return tr("There is too little sound to ask the model about.")


@contextlib.contextmanager
def file_errors(path: str) -> Iterator[None]:
    """Turn an OSError about a file that is written into a FileError with a sentence for the user."""
    try:
        yield
    except OSError as error:
        raise FileError(path, not_written(error)) from error


def not_written(error: OSError) -> str:
    """Say why a file could not be written."""
    return {
        WhyNot.FULL: tr("There is no room left on this disk."),
        WhyNot.FORBIDDEN: tr("Nothing may be written into this folder."),
        WhyNot.NO_FOLDER: tr("This folder is not there any more."),
        WhyNot.IS_FOLDER: tr("There is a folder of this name."),
        WhyNot.OTHER: tr("The disk says: {}.").format(error.strerror or error),
    }[why_not(error)]


def genres(values: tuple[str, ...]) -> str:
    """Write the genres of a file on one line."""
    return one_line(tr("; ").join(values)) if values else tr("none")


def one_line(text: str) -> str:
    """Make any text from a file fit to be shown on one line: no line breaks, no control or direction marks."""
    if text.isprintable():  # as nearly all texts are, and rows are made while they are painted
        return text.strip()
    shown = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    return "".join(c for c in shown if unicodedata.category(c) not in ("Cf", "Cs", "Cn")).strip()


def printable(path: str) -> str:
    """Make a path showable even when its bytes are no text; for the eye only, never to open a file with."""
    return one_line(os.fsencode(path).decode("utf-8", "replace"))


def menu_text(text: str) -> str:
    """Keep an & in a name from becoming a mnemonic."""
    return one_line(text).replace("&", "&&")


def plain_tooltip(text: str) -> str:
    """Keep a tooltip from being read as HTML: tooltips have no switch for plain text."""
    from html import escape  # with the table of all entities, and hardly any text needs it

    return f"<qt>{escape(text)}</qt>" if "<" in text else text
