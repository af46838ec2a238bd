"""The genres people sort their music by, and what the lists and the teacher that we learn from call them.

Which genres there are was decided from what 474 clips with AllMusic's genres, 192 of Magnatune and GTZAN can bear out;
``docs/models.md`` has the reasons, and how other lists and programs call them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """A style that AudioSet has a class for and musicnn has no tag for.

    Attributes
    ----------
    label : str
        As it is written into tags.
    audioset : int
        The class.
    genres : tuple of str
        The genres it belongs to: what has this style has one of these.
    """

    label: str
    audioset: int
    genres: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Genre:
    """One main genre, and what it is called elsewhere.

    Attributes
    ----------
    label : str
        As it is written into tags.
    allmusic : tuple of str
        Genres of AllMusic's editors that may mean it; their Pop/Rock means one of several.
    gtzan : str
        GTZAN's name, or "".
    audioset : tuple of int
        AudioSet's classes that say it (outputs of the second teacher); none for some.
    """

    label: str
    allmusic: tuple[str, ...] = ()
    gtzan: str = ""
    audioset: tuple[int, ...] = ()


# AllMusic's Avant-Garde is left out: it is a way to make any kind of music, and nine clips are no evidence.
TAXONOMY = (
    Genre("Blues", ("Blues",), "blues", (251,)),
    Genre("Children's", ("Children's",), "", (252, 271)),
    Genre("Classical", ("Classical",), "classical", (237, 238)),
    Genre("Comedy", ("Comedy/Spoken",)),
    Genre("Country", ("Country",), "country", (229, 231)),
    Genre("Disco", ("Pop/Rock",), "disco", (236,)),
    Genre("Electronic", ("Electronic",), "", (239, 240, 241, 242, 243, 244, 245, 247)),
    Genre("Folk", ("Folk",), "", (233,)),
    Genre("Gospel", ("Religious",), "", (258, 259)),
    Genre("Hip-Hop", ("Rap",), "hiphop", (217,)),
    Genre("Holiday", ("Holiday",), "", (273,)),
    Genre("Jazz", ("Jazz",), "jazz", (235, 230)),
    Genre("Latin", ("Latin",), "", (248, 249)),
    Genre("Metal", ("Pop/Rock",), "metal", (220,)),
    Genre("New Age", ("New Age",), "", (253, 246)),
    Genre("Pop", ("Pop/Rock",), "pop", (216,)),
    Genre("Punk", ("Pop/Rock",), "", (221,)),
    Genre("R&B", ("R&B",), "", (226, 227, 232)),
    Genre("Reggae", ("Reggae",), "reggae", (228, 263)),
    Genre("Rock", ("Pop/Rock",), "rock", (219, 222, 223, 224, 225)),
    Genre("Soundtrack", ("Stage & Screen",), "", (270, 268)),
    Genre("Vocal", ("Vocal", "Easy Listening")),
    Genre("World", ("International",), "", (234, 256, 257, 260, 261, 262)),
)
STYLES = (
    Style("Afrobeat", 257, ("World",)), Style("Bluegrass", 231, ("Country", "Folk")),
    Style("Bollywood", 262, ("World",)), Style("Carnatic", 261, ("World",)),
    Style("Drum & Bass", 243, ("Electronic",)), Style("Dubstep", 242, ("Electronic",)),
    Style("Flamenco", 250, ("World",)), Style("Grunge", 222, ("Rock",)), Style("Lullaby", 271, ("Children's",)),
    Style("Middle Eastern", 234, ("World",)), Style("Opera", 238, ("Classical",)),
    Style("Psychedelic Rock", 225, ("Rock",)), Style("Rock & Roll", 224, ("Rock",)),
    Style("Salsa", 249, ("Latin",)), Style("Ska", 263, ("Reggae", "Punk")), Style("Swing", 230, ("Jazz", "Vocal")),
    Style("Techno", 241, ("Electronic",)), Style("Trance", 247, ("Electronic",)),
)  # fmt: skip
LABELS = tuple(genre.label for genre in TAXONOMY)
#: Those that AudioSet has classes for.
NAMED = tuple(number for number, genre in enumerate(TAXONOMY) if genre.audioset)
TEN = tuple(genre.label for genre in TAXONOMY if genre.gtzan)


def of_gtzan(name: str) -> frozenset[int]:
    """Index into :data:`LABELS` of one of GTZAN's genre names."""
    return frozenset(number for number, genre in enumerate(TAXONOMY) if genre.gtzan == name)


def of_allmusic(name: str) -> frozenset[int]:
    """Which of :data:`LABELS` one of AllMusic's genres may mean; empty for one that means none."""
    return frozenset(number for number, genre in enumerate(TAXONOMY) if name in genre.allmusic)
