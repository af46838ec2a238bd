"""Proposals for many files at once: other genres for those that they have, and what is heard beside the genre."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from genre_tagger.base.errors import TagError
from genre_tagger.files.tags import read_words
from genre_tagger.files.values import GENRE
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Track
from genre_tagger.review.names.more import further
from genre_tagger.review.policy import Action, Proposal, retag


def retagged(
    library: Library, become: Callable[[tuple[str, ...]], tuple[str, ...]], genres: Iterable[str] | None = None
) -> Iterator[Proposal]:
    """Propose other genres for files that `become` changes those of: what is merged, renamed, split, removed or tidied.

    Parameters
    ----------
    library : Library
    become : callable
        Gives for the genres of a file what they become.
    genres : iterable of str, optional
        Only files with one of these are looked at.
    """
    ids = None if genres is None else sorted({track for genre in genres for track in library.find(genre=genre)})
    for track in library.tracks(ids=ids, best_only=True):
        new = become(track.genres)
        if new != track.genres:
            yield retag(track, new)


def enriched(
    library: Library, kinds: Collection[str], most: int, *, ids: Iterable[int] | None = None, field: str = GENRE
) -> Iterator[Proposal]:
    """Propose what is heard beside the genre as further genres: of all tracks, or of these.

    `kinds` are of :data:`genre_tagger.review.names.more.KINDS`; each file gets `most` words at most. With a `field` of
    :data:`genre_tagger.files.values.FIELDS` the words go there instead, behind what the files have in it, for which
    they are read.
    """
    for track in library.tracks(ids=ids):
        if field == GENRE:
            proposal = further(track, kinds, most)
        elif further(track, kinds, most, field) is None:  # most files need not be read
            continue
        else:
            proposal = _into_field(track, kinds, most, field)
        if proposal is not None:
            yield proposal


def _into_field(track: Track, kinds: Collection[str], most: int, field: str) -> Proposal | None:
    try:
        return further(track, kinds, most, field, read_words(track.path, field))
    except TagError as error:
        proposal = further(track, kinds, most, field)
        return None if proposal is None else replace(proposal, action=Action.REFUSED, refusal=error.reason)
