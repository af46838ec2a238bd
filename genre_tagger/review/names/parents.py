"""What genres are kinds of: by a person's own list first, then by a few common words, then by their last word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from genre_tagger.base.genre_words import TEN, genre_key
from genre_tagger.library.library import Library
from genre_tagger.library.shelves.browsing import Above
from genre_tagger.review.names.genre_list import GenreList, GenreListError, read_list

# Styles whose name does not end with what they are a kind of.
_COMMON = {
    "Electronic": "House, Techno, Trance, Ambient, Dance, Electro, Electronica, Chillout, Downtempo, Dubstep, IDM, "
    "EDM, Trip-Hop, Drum & Bass, Drum and Bass, Breakbeat, Jungle, Lounge, Synthwave",
    "R&B": "Soul, Funk, RnB, Rhythm and Blues, Motown", "Rock": "Alternative, Indie, Grunge, Emo, Shoegaze, Krautrock",
    "Jazz": "Bebop, Bop, Swing, Big Band, Fusion, Dixieland", "Reggae": "Dub, Ska, Dancehall, Rocksteady",
    "Hip-Hop": "Rap, Trap, Grime", "Classical": "Opera, Baroque, Chamber Music, Symphony, Choral",
    "Metal": "Metalcore, Grindcore, Djent", "Country": "Bluegrass, Americana, Honky Tonk",
    "Latin": "Salsa, Samba, Bossa Nova, Tango, Merengue, Bachata, Cumbia, Mambo, Reggaeton",
}  # fmt: skip
_PARENT = {genre_key(style): parent for parent, styles in _COMMON.items() for style in styles.split(", ")}
_WORD = re.compile(r"[\s\-/]+")


def family(own: GenreList, labels: Iterable[str] = ()) -> Above:
    """Make what says of a genre what it is a kind of, the nearest first.

    Parameters
    ----------
    own : GenreList
        What it says goes before all else.
    labels : iterable of str
        The model's genres; a genre whose last words are one of these, of the list or of the common styles is a kind of
        it, as "Acid Jazz" is of Jazz.

    Examples
    --------
    >>> family(GenreList())("Deep House")
    ('House', 'Electronic')
    >>> family(GenreList())("Jazz")
    ()
    """
    known = {genre_key(name): name for name in (*_styles(), *_COMMON, *TEN, *labels)}
    known |= {genre_key(one.name): one.name for one in own.genres}
    tops = {genre_key(name) for name in (*TEN, *labels)}

    def above(genre: str) -> Sequence[str]:
        line, keys, name = list[str](), {genre_key(genre)}, genre
        while (parent := _parent(name, own, known, tops)) and genre_key(parent) not in keys:
            line.append(parent)
            keys.add(genre_key(parent))
            name = parent
        return tuple(line)

    return above


def family_of(library: Library, labels: Iterable[str] = ()) -> Above:
    """Make the same from the list that belongs to a library; one that is damaged counts as none."""
    try:
        own = read_list(library)
    except GenreListError:
        own = GenreList()
    return family(own, labels)


def _styles() -> list[str]:
    return [style for styles in _COMMON.values() for style in styles.split(", ")]


def _parent(name: str, own: GenreList, known: dict[str, str], tops: set[str]) -> str:
    listed = own.find(name)
    if listed is not None and (listed.parent or genre_key(listed.name) != genre_key(name)):
        return listed.parent if genre_key(listed.name) == genre_key(name) else listed.name
    key = genre_key(name)
    if key in tops or listed is not None:
        return ""
    if key in _PARENT:
        return _PARENT[key]
    words = _WORD.split(name)
    endings = ("".join(words[start:]) for start in range(1, len(words)))
    return next((known[genre_key(ending)] for ending in endings if genre_key(ending) in known), "")
