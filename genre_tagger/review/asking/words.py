"""Which genres a person is offered: those that have a key, and the one that completes what is typed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from genre_tagger.base.genre_words import BETWEEN, genre_key, genre_keys

KEYS = 9
"""How many genres have a number key."""
# The likeliest have the same keys as in the table; behind them so many of the person's own have one.
_FIRST, _OWN = 5, 4


def with_keys(
    candidates: Sequence[str], own: Sequence[str], styles: Sequence[str] = (), *, known: Collection[str] = (),
    others: Sequence[str] = (), page: int = 0,
) -> list[str]:  # fmt: skip
    """List the genres that the number keys give, in the order of the keys.

    Parameters
    ----------
    candidates : sequence of str
        What the track may be called, the likeliest first.
    own : sequence of str
        What the person said lately, the last first.
    styles : sequence of str
        What else is heard; it gets the keys that are left.
    known : collection of str
        What the bundled model can say: of this, what is likely has its place among `candidates`, said lately or not.
    others : sequence of str
        What else there is, for later pages.
    page : int
        0 for the genres that have a key at first, 1 for those that have one instead when more are asked for, and so on.

    Returns
    -------
    list of str
        At most :data:`KEYS`; none behind the last page.

    Examples
    --------
    >>> heard = ["Jazz", "Blues", "Rock", "Pop", "Folk", "Latin"]
    >>> with_keys(heard, ["Jazz", "Latin", "Polka"], known=heard)
    ['Jazz', 'Blues', 'Rock', 'Pop', 'Folk', 'Polka', 'Latin']
    """
    model = genre_keys(known)
    unknown = [genre for genre in own if not genre_keys([genre]) <= model]
    first = genre_keys(candidates[:_FIRST])
    unknown = [genre for genre in unknown if not genre_keys([genre]) <= first]
    several = [*candidates[:_FIRST], *unknown[:_OWN], *candidates[_FIRST:], *styles, *unknown[_OWN:]]
    offered: dict[str, str] = {}
    for genre in several:
        offered.setdefault(_key(genre), genre)
    if page == 0:
        return list(offered.values())[:KEYS]
    at_first = list(offered)[:KEYS]
    for genre in others:
        offered.setdefault(_key(genre), genre)
    later = [genre for key, genre in offered.items() if key not in at_first]
    return later[KEYS * (page - 1) : KEYS * page]


def _key(genre: str) -> str:
    return BETWEEN.join(map(genre_key, genre.split(BETWEEN)))


def completed(typed: str, known: Sequence[str]) -> str:
    """Give the rest of the first genre that begins like the last one typed; "" where there is none.

    Parameters
    ----------
    typed : str
        One genre, or several with semicolons between.
    known : sequence of str
        The likeliest first.

    Examples
    --------
    >>> completed("Polka; ja", ["Japanese", "Jazz"])
    'panese'
    """
    last = typed.rpartition(";")[2].lstrip()
    if not last:
        return ""
    begun = last.casefold()
    return next((genre[len(last) :] for genre in known if genre.casefold().startswith(begun)), "")
