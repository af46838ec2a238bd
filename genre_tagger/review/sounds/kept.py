"""What came of comparing files and sound, kept beside the library: to judge a large one anew takes half a minute.

A file that is damaged, or cannot be written, loses nothing but that time.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from genre_tagger.base.arrays import read_arrays, write_arrays
from genre_tagger.review.learning import Heard
from genre_tagger.review.sounds.audit import Audit, Surprise

_FORM = "genre-tagger-audit-1"
_LARGEST = 1 << 28


class Kept(NamedTuple):
    """An audit, the model whose answers were judged, and the digest of all that it was made of."""

    model: str
    made_of: str
    audit: Audit


def kept_path(library_path: str) -> str:
    """Name the file of the last audit of a library: one beside it."""
    return library_path.removesuffix(".sqlite3") + "-audit.bin"


def digest(heard: Heard, said: Sequence[Sequence[str]]) -> str:
    """Digest of everything that an audit depends on."""
    made_of = hashlib.sha256(repr((heard.model, heard.labels)).encode("utf-8", "surrogatepass"))
    for array in (heard.ids, heard.groups, heard.values, heard.bundled):
        made_of.update(np.ascontiguousarray(array).data)
    made_of.update("\x1e".join(map("\x1f".join, said)).encode("utf-8", "surrogatepass"))
    return made_of.hexdigest()


def keep(path: str, kept: Kept) -> None:
    """Keep an audit in the place of the one before, if that can be."""
    surprises = kept.audit.surprises
    genres = sorted({name for one in surprises for name in (one.said, one.heard)})
    place = {name: number for number, name in enumerate(genres)}
    card = {"model": kept.model, "made_of": kept.made_of, "genres": genres, "unjudged": kept.audit.unjudged}
    arrays = (
        np.array([one.track for one in surprises], dtype=np.int64),
        np.array([(place[one.said], place[one.heard]) for one in surprises], dtype=np.int32).reshape(-1, 2),
        np.array([(one.surprise, one.probability) for one in surprises], dtype=np.float64).reshape(-1, 2),
    )
    with contextlib.suppress(OSError):
        write_arrays(path, _FORM, card, arrays)


def last(path: str) -> Kept | None:
    """Give the audit that was kept; None where there is none, or none that is whole."""
    try:
        card, (tracks, names, numbers) = read_arrays(path, _FORM, 3, _LARGEST)
        genres = [str(name) for name in card["genres"]]
        rows = zip(tracks.tolist(), names.tolist(), numbers.tolist(), strict=True)
        surprises = tuple(Surprise(track, genres[said], genres[heard], *two) for track, (said, heard), two in rows)
        unjudged = {str(name): int(number) for name, number in card["unjudged"].items()}
        return Kept(str(card["model"]), str(card["made_of"]), Audit(surprises, unjudged))
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None
