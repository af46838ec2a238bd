"""A library's lessons: examples out of it, and what was learned back into it.

Examples are what a person decided in the window, and the tags of genres that they trust. Nothing is learned but from
these, and all of it can be learned anew from the library at any time.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from genre_tagger.base.errors import LearnedError
from genre_tagger.base.genre_words import genre_key
from genre_tagger.library.finding.among import Taught
from genre_tagger.library.library import Library
from genre_tagger.library.teaching import Answer, HeardRow, Said, Wishes
from genre_tagger.review.folds import Ints
from genre_tagger.review.learned import Answers, GenreReport, Learned, State, forget, learned_path, load, save
from genre_tagger.review.learning import Heard, learn
from genre_tagger.review.names.genre_list import GenreList, GenreListError, read_list
from genre_tagger.review.policy import Policy
from genre_tagger.review.remembered import groups_of, heard_in, rows_of

# Finer shares say nothing, and change with every answer.
_DIGITS = 3


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
    unwanted : collection of str
        Those of the bundled model's genres that it may not propose.
    barred : ndarray of bool [shape=(tracks,)]
        For which tracks it would propose one of them.
    labels : tuple of str
        Its genres as it calls them; `heard` has them as they would be written.
    """

    heard: Heard
    rows: list[HeardRow]
    examples: dict[int, tuple[str, ...]]
    wishes: Wishes
    unwanted: Collection[str]
    barred: NDArray[np.bool_]
    labels: tuple[str, ...]


class Spelt:
    """How a person's list spells genres, and what they want of each: other words for a genre are that genre."""

    def __init__(self, own: GenreList, wishes: Wishes) -> None:
        self._own = own
        self._words: dict[str, str] = {}
        self.wishes = wishes._replace(trusted=self._keys(wishes.trusted), off=self._keys(wishes.off))

    def word(self, genre: str) -> str:
        """Spell a genre."""
        if genre not in self._words:
            listed = self._own.find(genre)
            self._words[genre] = genre if listed is None else listed.name
        return self._words[genre]

    def key(self, genre: str) -> str:
        """What is the same for all words that mean a genre."""
        return genre_key(self.word(genre))

    def _keys(self, genres: Iterable[str]) -> frozenset[str]:
        return frozenset(map(self.key, genres))

    def example(self, row: HeardRow | Said, policy: Policy) -> tuple[str, ...]:
        """What the person says a track is: by choice, by a yes to what was proposed, or by a tag that they trust.

        What this program wrote by itself is nobody's word: else it would learn from its own guesses.
        """
        if row.accepted is not False and row.chosen:
            said = row.chosen
        elif row.accepted:
            said = policy.genres(row.agreed) if row.agreed else ()
        elif row.accepted is False:
            said = ()
        else:
            said = tuple(g for g in row.genres if self.key(g) in self.wishes.trusted and g not in row.unreviewed)
        return tuple(dict.fromkeys(map(self.word, said)))

    def examples(self, rows: Sequence[HeardRow], policy: Policy) -> dict[int, tuple[str, ...]]:
        """List which of these rows are examples, and of which genres; many say the same."""
        known: dict[tuple[object, ...], tuple[str, ...]] = {}
        examples = dict[int, tuple[str, ...]]()
        for number, row in enumerate(rows):
            key = row.genres, row.accepted, row.chosen, row.unreviewed, row.agreed
            said = known.get(key)
            if said is None:
                said = known[key] = self.example(row, policy)
            if said:
                examples[number] = said
        return examples


def spelt(library: Library) -> Spelt:
    """Read how the person spells genres and what they want; a damaged list spells nothing."""
    try:
        own = read_list(library)
    except GenreListError:
        own = GenreList()
    return Spelt(own, library.teaching.wishes())


def read(library: Library, policy: Policy) -> Lesson:
    """Read out of a library what can be learned from; `policy` says how the bundled model's genres are spelt."""
    known = heard_in(library)
    rows, places = _met(library, known.model, known.ids)
    whole = len(places) == len(known.ids)
    values, bundled = (known.values, known.bundled) if whole else (known.values[places], known.bundled[places])
    own = spelt(library)
    words = tuple(own.word((policy.genres(label) or (label,))[0]) for label in known.labels)
    heard = Heard(known.model, known.ids[places], values, bundled, words, groups_of(library, rows))
    examples = own.examples(rows, policy)
    unwanted = {label for label, word in zip(known.labels, words, strict=True) if genre_key(word) in own.wishes.off}
    bundled_best = np.where(known.proposed, bundled, -1).argmax(axis=1) if len(known.labels) else np.zeros(len(rows))
    barred = np.isin(bundled_best, [known.labels.index(label) for label in unwanted])
    return Lesson(heard, rows, examples, own.wishes, unwanted, barred, known.labels)


def _met(library: Library, model: str, ids: Ints) -> tuple[list[HeardRow], Ints]:
    """What else is known of the tracks that were heard, and their places among `ids`."""
    place = {track: number for number, track in enumerate(ids.tolist())}
    rows = [row for row in rows_of(library, model) if row.id in place]
    return rows, np.array([place[row.id] for row in rows], dtype=np.int64)


# --- learning ------------------------------------------------------------------------------------------


def study(lesson: Lesson) -> Learned:
    """Learn from a lesson and say what it is worth, without using it."""
    off = lesson.wishes.off
    learned = learn(lesson.heard, lesson.examples, off)
    return _counted(learned, lesson, learned.answer(lesson.heard.values, lesson.heard.bundled))


class Step(NamedTuple):
    """How far relearning is: so many of :data:`STEPS` steps."""

    done: int


STEPS = 4
"""Steps of relearning: reading, learning, answering, keeping."""


def relearning(library: Library, policy: Policy) -> Generator[Step, None, Learned]:
    """Learn from everything that the person said, keep it, and have the library answer by it; step by step.

    Closed before the last step, it changes nothing.

    Raises
    ------
    LearnedError
        If what was learned cannot be kept; the library answers by what was learned before, then.
    LibraryError
        If the library cannot be read or written.
    """
    lesson = read(library, policy)
    yield Step(1)
    learned = learn(lesson.heard, lesson.examples, lesson.wishes.off)
    yield Step(2)
    answers = learned.answer(lesson.heard.values, lesson.heard.bundled)
    learned = _counted(learned, lesson, answers)
    yield Step(3)
    try:
        save(learned_path(library.path), learned)
    except OSError as error:
        raise LearnedError(f"What was learned cannot be kept: {error.strerror or error}. Nothing changed.") from error
    _store(library, lesson, learned, answers)
    yield Step(4)
    return learned


def relearn(library: Library, policy: Policy) -> Learned:
    """Do all steps of :func:`relearning`."""
    steps = relearning(library, policy)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return cast(Learned, end.value)


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
    told = _Told(learned)
    chosen = np.full(len(lesson.rows), -1) if lesson.wishes.nothing else answers.chosen
    kept, fresh, taken_back = library.teaching.answers(), list[Answer](), list[int]()
    best, shares = answers.best.tolist(), answers.shares.astype(np.float64).round(_DIGITS).tolist()
    for number, (row, place) in enumerate(zip(lesson.rows, chosen.tolist(), strict=True)):
        if row.accepted and not row.chosen:  # what the person has said yes to stays what it is
            continue
        if place >= 0:
            answer = told.answer(row.id, best[number], shares[number])
        elif lesson.barred[number]:
            answer = _without(library, row, lesson.unwanted)
        else:
            if row.answered:
                taken_back.append(row.id)
            continue
        if kept.get(row.id) != answer.candidates:
            fresh.append(answer)
    now = _taught(lesson, learned)
    if fresh or taken_back or now != library.teaching.taught():
        library.teaching.answer(fresh, taken_back, now)


class _Told:
    """Answers as the library keeps them, with all that was considered, the likeliest first."""

    def __init__(self, learned: Learned) -> None:
        self._classes = learned.classes
        self._names = [json.dumps(name, ensure_ascii=False) for name in learned.classes]

    def answer(self, track: int, best: Sequence[int], shares: Sequence[float]) -> Answer:
        """Say what is told of a track whose likeliest classes are these."""
        pairs = zip(best, shares, strict=True)
        listed = ", ".join([f"[{self._names[place]}, {share}]" for place, share in pairs if share])
        return Answer(track, self._classes[best[0]], shares[0], f"[{listed}]")


def _taught(lesson: Lesson, learned: Learned) -> Taught:
    """What is called as the person does, though the model may be told to choose among fewer genres.

    A genre counts once there are enough examples of it, also where the bundled model goes on deciding about it.
    """
    if lesson.wishes.nothing:
        return Taught()
    own = {genre_key(report.name) for report in learned.reports if report.state in (State.ON, State.WORSE)}
    called = {genre_key(name): name for name in learned.classes}
    of = {label: genre_key(word) for label, word in zip(lesson.labels, lesson.heard.labels, strict=True)}
    labels = [label for label, key in of.items() if key in own]
    words = {label: called[key] for label, key in of.items() if called.get(key, label) != label}
    return Taught(tuple(sorted({*(called[key] for key in own), *labels})), words)


def _without(library: Library, row: HeardRow, unwanted: Collection[str]) -> Answer:
    """What the bundled model says when it may not propose some genres, which stay candidates that can be chosen."""
    candidates = json.loads(library.teaching.bundled(row.id))
    candidates = [[*one[:2], True] if one[0] in unwanted else one for one in candidates]
    genre, probability = next(((one[0], one[1]) for one in candidates if len(one) == 2), (None, None))
    return Answer(row.id, genre, probability, json.dumps(candidates, ensure_ascii=False))
