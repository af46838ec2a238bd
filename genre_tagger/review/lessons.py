"""A library's lessons: examples out of it, and what was learned back into it.

Examples are what a person decided in the window, and the tags of genres that they trust. Nothing is learned but from
these, and all of it can be learned anew from the library at any time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from genre_tagger.base.errors import LearnedError
from genre_tagger.base.genre_words import BETWEEN, genre_key
from genre_tagger.library.library import Library
from genre_tagger.library.storing import fold
from genre_tagger.library.teaching import Answer, HeardRow, Wishes
from genre_tagger.review.albums import grouping
from genre_tagger.review.folds import together
from genre_tagger.review.learned import Answers, GenreReport, Learned, forget, learned_path, load, save
from genre_tagger.review.learning import Heard, learn
from genre_tagger.review.policy import Policy

_CANDIDATES = 12


class Lesson(NamedTuple):
    """What a library has to learn from.

    Attributes
    ----------
    heard : Heard
    rows : list of HeardRow
        What else is known of the same tracks.
    examples : dict of int to tuple of str
        Row → genres.
    wishes : Wishes
    """

    heard: Heard
    rows: list[HeardRow]
    examples: dict[int, tuple[str, ...]]
    wishes: Wishes


class Example(NamedTuple):
    """A genre that tags have: how many tracks, and whether these are examples of it."""

    name: str
    tracks: int
    trusted: bool


def read(library: Library, policy: Policy) -> Lesson:
    """Read out of a library what can be learned from; `policy` says how the bundled model's genres are spelt."""
    model, rows = library.teaching.heard_rows()
    size = Counter(len(row.vector) for row in rows).most_common(1)[0][0] if rows else 0
    rows = [row for row in rows if len(row.vector) == size]
    values = np.frombuffer(b"".join(row.vector for row in rows), dtype="<f2").reshape(len(rows), size // 2)
    labels, bundled = _bundled(rows)
    spelt = tuple((policy.genres(label) or (label,))[0] for label in labels)
    ids = np.array([row.id for row in rows], dtype=np.int64)
    heard = Heard(model, ids, np.nan_to_num(values), bundled, spelt, _groups(library, rows))
    wishes = library.teaching.wishes()
    examples = {number: said for number, row in enumerate(rows) if (said := _example(row, wishes.trusted, policy))}
    return Lesson(heard, rows, examples, wishes)


def _bundled(rows: Sequence[HeardRow]) -> tuple[tuple[str, ...], np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    """The bundled model's genres, and how likely it finds each for each track."""
    answers = json.loads("[" + ",".join(row.bundled for row in rows) + "]")
    labels = tuple(sorted({candidate[0] for candidates in answers for candidate in candidates}))
    column = {label: number for number, label in enumerate(labels)}
    places = [(row, column[name], chance) for row, names in enumerate(answers) for name, chance, *_ in names]
    bundled = np.zeros((len(rows), len(labels)), dtype=np.float32)
    if places:
        at, which, chances = zip(*places, strict=True)
        bundled[list(at), list(which)] = chances
    return labels, bundled


def _groups(library: Library, rows: Sequence[HeardRow]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """What has an artist or an album in common; a compilation has neither."""
    album_of: dict[int, int] = {}
    for number, album in enumerate(grouping.group(library.album_rows()), 1):
        if not album.compilation:
            album_of.update(dict.fromkeys(album.tracks, number))
    artists = [fold(row.artist).partition(BETWEEN)[0] for row in rows]
    return together(artists, [album_of.get(row.id, 0) for row in rows])


def _example(row: HeardRow, trusted: frozenset[str], policy: Policy) -> tuple[str, ...]:
    """What the person says a track is: by choice, by a yes to what was proposed, or by a tag that they trust."""
    if row.accepted is not False and row.chosen:
        return row.chosen
    if row.accepted and row.genre:
        return policy.genres(row.genre)
    if row.accepted is False:
        return ()
    return tuple(genre for genre in row.genres if genre_key(genre) in trusted)


def tags(library: Library) -> list[Example]:
    """List the genres that files have, most tracks first, and whether their tags are trusted."""
    trusted = library.teaching.wishes().trusted
    return [Example(name, count, genre_key(name) in trusted) for name, count in library.genre_counts() if name]


# --- learning ------------------------------------------------------------------------------------------


def study(lesson: Lesson) -> Learned:
    """Learn from a lesson and say what it is worth, without using it."""
    off = lesson.wishes.off
    learned = learn(lesson.heard, lesson.examples, off)
    return _counted(learned, lesson, learned.answer(lesson.heard.values, lesson.heard.bundled))


def relearn(library: Library, policy: Policy) -> Learned:
    """Learn from everything that the person said, keep it, and have the library answer by it.

    Raises
    ------
    LearnedError
        If what was learned cannot be kept; the library answers by what was learned before, then.
    LibraryError
        If the library cannot be read or written.
    """
    lesson = read(library, policy)
    learned = learn(lesson.heard, lesson.examples, lesson.wishes.off)
    answers = learned.answer(lesson.heard.values, lesson.heard.bundled)
    learned = _counted(learned, lesson, answers)
    try:
        save(learned_path(library.path), learned)
    except OSError as error:
        raise LearnedError(f"What was learned cannot be kept: {error.strerror or error}. Nothing changed.") from error
    _store(library, lesson, learned, answers)
    return learned


def apply(library: Library, policy: Policy) -> Learned | None:
    """Have what was learned answer for tracks that were heard since; None where nothing was learned.

    What is damaged, or for another model, is learned anew.

    Raises
    ------
    LearnedError, LibraryError
        As :func:`relearn`.
    """
    try:
        learned = load(learned_path(library.path))
    except LearnedError:
        return relearn(library, policy)
    if learned is None:
        return None
    lesson = read(library, policy)
    columns = lesson.heard.values.shape[1] + lesson.heard.bundled.shape[1]
    if learned.model != lesson.heard.model or columns != len(learned.mean):
        return relearn(library, policy)
    _store(library, lesson, learned, learned.answer(lesson.heard.values, lesson.heard.bundled))
    return learned


def reset(library: Library, genres: Iterable[str] = ()) -> None:
    """Forget what was learned, of some genres or of all; then nothing is learned until it is switched on again.

    The library answers as it did before anything was learned. Decisions stay: they are what the person said of tracks.

    Raises
    ------
    LearnedError
        If the file of what was learned cannot be removed.
    LibraryError
        If the library cannot be written.
    """
    keys = {genre_key(genre) for genre in genres} - {""}
    if keys:
        library.teaching.trust(keys, False)
        library.teaching.switch(keys, False)
        return
    try:
        forget(learned_path(library.path))
    except OSError as error:
        raise LearnedError(f"What was learned cannot be removed: {error.strerror or error}.") from error
    library.teaching.trust(library.teaching.wishes().trusted, False)
    library.teaching.switch([*library.teaching.wishes().off], True)
    library.teaching.switch([""], False)
    library.teaching.take_answers_back()


def _counted(learned: Learned, lesson: Lesson, answers: Answers) -> Learned:
    """Say in each report how many tracks without a genre and without a decision would get it."""
    bare = np.array([not row.genres and not row.chosen and row.accepted is None for row in lesson.rows], dtype=np.bool_)
    named = Counter(answers.chosen[bare & (answers.chosen >= 0)].tolist()) if len(bare) else Counter()
    number = {genre_key(name): named[place] for place, name in enumerate(learned.classes)}
    return replace(learned, reports=tuple(_with(report, number) for report in learned.reports))


def _with(report: GenreReport, number: dict[str, int]) -> GenreReport:
    return replace(report, would_name=number.get(genre_key(report.name), 0))


def _store(library: Library, lesson: Lesson, learned: Learned, answers: Answers) -> None:
    """Put what changed into the library."""
    told: list[Answer] = []
    taken_back: list[int] = []
    for number, row in enumerate(lesson.rows):
        place = -1 if lesson.wishes.nothing else int(answers.chosen[number])
        if place < 0:
            taken_back += [row.id] if row.answered else []
            continue
        genre, probability = learned.classes[place], round(float(answers.probability[number]), 6)
        if not row.answered or (genre, probability) != (row.genre, row.probability):
            told.append(Answer(row.id, genre, probability, _candidates(learned, answers, number)))
    if told or taken_back:
        library.teaching.answer(told, taken_back)


def _candidates(learned: Learned, answers: Answers, number: int) -> str:
    """All that was considered, the likeliest first, as the library keeps it."""
    chances = answers.chances[number]
    best = np.argsort(-chances, kind="stable")[:_CANDIDATES]
    rows = [[learned.classes[place], round(float(chances[place]), 6)] for place in best if chances[place] > 5e-7]
    return json.dumps(rows, ensure_ascii=False)
