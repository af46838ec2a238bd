"""What a library's files say and what is heard in them, side by side: the list of what sounds different."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

from genre_tagger.base.genre_words import genre_key
from genre_tagger.library.library import Library
from genre_tagger.library.teaching import HeardRow
from genre_tagger.review import lessons
from genre_tagger.review.policy import Policy
from genre_tagger.review.remembered import rows_of
from genre_tagger.review.sounds import kept
from genre_tagger.review.sounds.audit import STEPS as JUDGING
from genre_tagger.review.sounds.audit import Audit, Surprise, auditing

STEPS = 1 + JUDGING
"""How many times :func:`comparing` yields at most."""


@dataclass(frozen=True, eq=False)
class Compared:
    """What came of comparing the files of a library with their sound.

    Attributes
    ----------
    audit : Audit
        All tracks that could be judged.
    doubted : tuple of Surprise
        Those that sound different from what their files say, the most surprising first; what somebody has decided on
        already is left out.
    genres : dict of int to tuple of str
        Id of a track → what its file has.
    matrix : dict of (str, str) to (int, float)
        (Genre in the file, genre heard) → tracks, hours; see :meth:`Audit.matrix`.
    """

    audit: Audit
    doubted: tuple[Surprise, ...]
    genres: dict[int, tuple[str, ...]]
    matrix: dict[tuple[str, str], tuple[int, float]]

    def cell(self, said: str, heard: str) -> list[Surprise]:
        """List the tracks whose files say one genre and in which another, or the same, is heard; also decided ones."""
        return [entry for entry in self.audit.surprises if (entry.said, entry.heard) == (said, heard)]


def comparing(library: Library, policy: Policy) -> Generator[int, None, Compared]:
    """Compare the genres that files have with what is heard, step by step, and keep what comes of it.

    Where nothing has changed since that was done, it is as it was and takes one step.

    Parameters
    ----------
    library : Library
        It is only read; what comes of it is kept in a file beside it.
    policy : Policy
        Says how the bundled model's genres are spelt.

    Yields
    ------
    int
        The step that is done, of :data:`STEPS` at most.

    Returns
    -------
    Compared
    """
    lesson = lessons.read(library, policy)
    own = lessons.spelt(library)  # other words for a genre are that genre
    said = [[own.word(genre) for genre in row.genres] for row in lesson.rows]
    path, made_of = kept.kept_path(library.path), kept.digest(lesson.heard, said)
    before = kept.last(path)
    yield 1
    if before is not None and before.made_of == made_of:
        return _compared(before.audit, lesson.rows)
    steps = auditing(lesson.heard, said)
    while True:
        try:
            yield 1 + next(steps)
        except StopIteration as end:
            kept.keep(path, kept.Kept(lesson.heard.model, made_of, end.value))
            return _compared(end.value, lesson.rows)


def last_compared(library: Library) -> Compared | None:
    """Give what was kept of the last comparison, whatever has changed since; None where nothing was."""
    before = kept.last(kept.kept_path(library.path))
    if before is None:
        return None
    rows = rows_of(library, before.model)
    there = {row.id for row in rows}
    audit = replace(before.audit, surprises=tuple(one for one in before.audit.surprises if one.track in there))
    return _compared(audit, rows)


def _compared(audit: Audit, rows: list[HeardRow]) -> Compared:
    decided = {row.id for row in rows if row.accepted is not None or row.chosen}
    doubted = tuple(entry for entry in audit.surprises if is_doubt(entry) and entry.track not in decided)
    matrix = audit.matrix({row.id: row.length for row in rows})
    return Compared(audit, doubted, {row.id: row.genres for row in rows}, matrix)


def is_doubt(entry: Surprise) -> bool:
    """Whether another genre is heard than the file says, and listening speaks against the file's."""
    return entry.surprise > 0 and genre_key(entry.said) != genre_key(entry.heard)
