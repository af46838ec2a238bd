"""How each genre of a person stands: what it is called, what is learned from, and what that is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from genre_tagger.base.errors import LearnedError
from genre_tagger.base.genre_words import genre_key
from genre_tagger.library.library import Library
from genre_tagger.library.teaching import Said
from genre_tagger.review.learned import GenreReport, Score, learned_path, load
from genre_tagger.review.learning import LEAST
from genre_tagger.review.lessons import Spelt
from genre_tagger.review.names.genre_list import GenreList, GenreListError, read_list
from genre_tagger.review.policy import Policy


class Standing(NamedTuple):
    """A genre and how it stands.

    Attributes
    ----------
    name, parent, aliases, colour
        As the person's list has them, see :class:`genre_tagger.review.names.genre_list.OwnGenre`; else as most files
        spell it.
    listed, known : bool
        Whether it is in the person's list, and whether the model knows it.
    tracks : int
        How many files have it.
    trusted, proposed : bool
        Whether its tags are examples, and whether it may be proposed.
    decided, tagged : int
        How many tracks are examples because the person said so, and how many tags are, or would be if they were
        trusted.
    report : GenreReport or None
        What it was worth when it was last learned.
    """

    name: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    colour: str = ""
    listed: bool = False
    known: bool = False
    tracks: int = 0
    trusted: bool = False
    proposed: bool = True
    decided: int = 0
    tagged: int = 0
    report: GenreReport | None = None

    @property
    def examples(self) -> int:
        """How many examples there are now."""
        return self.decided + (self.tagged if self.trusted else 0)

    @property
    def missing(self) -> int:
        """How many examples it needs besides."""
        return max(LEAST - self.examples, 0)

    @property
    def since(self) -> int:
        """How many examples came, or went if below 0, since it was last learned."""
        return self.examples - (self.report.examples if self.report is not None else 0)


class Standings(NamedTuple):
    """All genres by name; whether anything is learned (`on`), what that is worth, and what is wrong with it."""

    genres: tuple[Standing, ...] = ()
    on: bool = True
    score: Score = Score()
    own: GenreList = GenreList()
    problem: str = ""


def standings(library: Library, labels: Sequence[str] = (), policy: Policy | None = None) -> Standings:
    """See how all genres stand: those of the person's list, of the model, of the files and of decisions.

    Parameters
    ----------
    library : Library
    labels : sequence of str
        The genres of the model in use.
    policy : Policy, optional
        How they are spelt.
    """
    policy, own, problems = policy or Policy(), GenreList(), []
    try:
        own = read_list(library)
    except GenreListError as error:
        problems.append(str(error))
    try:
        learned = load(learned_path(library.path))
    except LearnedError as error:
        learned = None
        problems.append(str(error))
    wishes = library.teaching.wishes()
    spelt = Spelt(own, wishes)
    counted = _counted(library.teaching.said(), spelt, policy)
    model = [spelt.word(word) for label in labels for word in policy.genres(label)]
    names = {genre_key(one.name): one.name for one in own.genres}
    for name in (*model, *counted.spelling()):
        names.setdefault(genre_key(name), name)
    reports = {spelt.key(report.name): report for report in learned.reports} if learned is not None else {}
    known = set(map(genre_key, model))
    rows = (_standing(name, key, own, spelt, counted, reports.get(key), key in known) for key, name in names.items())
    ordered = sorted(rows, key=lambda row: (row.name.casefold(), row.name))
    score = learned.score if learned is not None else Score()
    return Standings(tuple(ordered), not wishes.nothing, score, own, " ".join(problems))


class _Counted(NamedTuple):
    """Tracks by genre (its key): whose files have it, that were said to be of it, and whose tags would be examples."""

    tracks: Counter[str]
    decided: Counter[str]
    tagged: Counter[str]
    spelt: dict[str, Counter[str]]

    def spelling(self) -> list[str]:
        """Each genre as most tracks spell it."""
        return [max(sorted(names), key=names.__getitem__) for names in self.spelt.values()]


def _counted(said: Iterable[Said], spelt: Spelt, policy: Policy) -> _Counted:
    counted = _Counted(Counter(), Counter(), Counter(), {})
    for row in said:
        by_tag = {spelt.key(genre): genre for genre in row.genres if genre_key(genre)}
        chosen = spelt.example(row._replace(genres=()), policy)
        for genre in (*map(spelt.word, by_tag.values()), *chosen):
            counted.spelt.setdefault(genre_key(genre), Counter())[genre] += row.tracks
        for key, genre in by_tag.items():
            counted.tracks[key] += row.tracks
            if row.heard and row.accepted is None and not row.chosen and genre not in row.unreviewed:
                counted.tagged[key] += row.tracks
        for key in {genre_key(genre) for genre in chosen} if row.heard else ():
            counted.decided[key] += row.tracks
    return counted


def _standing(
    name: str, key: str, own: GenreList, spelt: Spelt, counted: _Counted, report: GenreReport | None, known: bool
) -> Standing:
    listed = own.find(name)
    row = Standing(
        name, listed=listed is not None, known=known, tracks=counted.tracks[key], trusted=key in spelt.wishes.trusted,
        proposed=key not in spelt.wishes.off, decided=counted.decided[key], tagged=counted.tagged[key], report=report,
    )  # fmt: skip
    return row if listed is None else row._replace(parent=listed.parent, aliases=listed.aliases, colour=listed.colour)
