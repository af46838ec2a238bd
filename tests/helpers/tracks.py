"""What scanning and the model say of a track, and what the library knows of it, without a file."""

from __future__ import annotations

from dataclasses import replace

from genre_tagger.base.errors import FileStamp
from genre_tagger.files.values import NO_DETAILS, Details, ScannedTrack, Tags
from genre_tagger.library.tracks import Candidate, Prediction, Track


def scanned(
    path: str, *, title: str = "", artist: str = "", album: str = "", number: int | None = None,
    genres: tuple[str, ...] = (), length: float = 60.0, container: str = "MP3",
    size: int = 1, mtime_ns: int = 1, ino: int = 0, refusal: str = "", details: Details = NO_DETAILS,
) -> ScannedTrack:  # fmt: skip
    """A file as scanned; its inode is one of its own unless `ino` says which."""
    tags = Tags(title, artist, album, number, tuple(genres), length, container, refusal, details)
    return ScannedTrack(path, FileStamp(1, ino or abs(hash(path)) % 10**9, size, mtime_ns), tags)


def predicted(path: str, genre: str = "Jazz", probability: float = 0.8, model: str = "m") -> Prediction:
    """What a model makes of a file: a genre, and another one for the rest."""
    other = "Disco" if genre != "Disco" else "Reggae"
    return Prediction(path, model, (Candidate(genre, probability), Candidate(other, round(1 - probability, 6))))


def track(**changes: object) -> Track:
    """A track of a library, neither classified nor decided on, but for what is changed."""
    plain = Track(
        id=1, path="/music/song.flac", title="Song", artist="Anna", album="First", track_number=1, genres=(),
        length=61.0, format="FLAC", stamp=FileStamp(1, 1, 1000, 1), missing=False, error=None, error_stage=None,
        prediction=None, decision=None,
    )  # fmt: skip
    return replace(plain, **changes)
