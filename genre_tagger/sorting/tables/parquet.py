"""The library as Parquet tables for those who analyse: tracks, predictions, embeddings and descriptors (pyarrow).

Each table is a folder with parts of some ten thousand tracks in it (``tracks/part=00000/rows.parquet``), as Dask,
pandas and others read them. Every column says in its metadata what it holds, and so does ``columns.json`` beside the
tables. A part is all that is in memory at a time, but for the embeddings.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from genre_tagger.base.errors import FileError, TargetError
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Track
from genre_tagger.sound.descriptors import NUMBERS, SR, Described

if TYPE_CHECKING:
    import pyarrow as pa

FORM = "genre-tagger-parquet"
_COLUMNS_FILE = "columns.json"
_PART = 50_000

_TEXT, _WHOLE, _NUMBER, _SHORT, _BOOL, _TEXTS = "string", "int64", "double", "int32", "bool", "list<string>"
_TRACK = {"track": (_WHOLE, "The track's number in the library, the same in all tables.")}
COLUMNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "tracks": {
        **_TRACK,
        "path": (_TEXT, "Where the file is; bytes that are no UTF-8 as \\xNN."),
        "path_bytes": ("binary", "Where the file is, as the file system calls it."),
        "title": (_TEXT, "From the tags."), "artist": (_TEXT, "From the tags."), "album": (_TEXT, "From the tags."),
        "album_artist": (_TEXT, "From the tags."), "composer": (_TEXT, "From the tags."),
        "disc": (_SHORT, "From the tags."), "track_number": (_SHORT, "From the tags."),
        "year": (_SHORT, "From the tags."), "compilation": (_BOOL, "Whether the tags call the album a compilation."),
        "genres": (_TEXTS, "The genres that the file has."),
        "length": (_NUMBER, "Seconds."), "format": (_TEXT, "The container, as MP3."), "size": (_WHOLE, "Bytes."),
        "mtime_ns": (_WHOLE, "When the file was changed, nanoseconds since 1970."),
        "missing": (_BOOL, "Whether the file was gone when it was last looked for."),
        "error": (_TEXT, "What went wrong with the file; nothing where all is well."),
        "accepted": (_BOOL, "What the person said of the proposal; nothing where they said nothing."),
        "chosen": (_TEXTS, "Genres of the person's own choice."),
    },
    "predictions": {
        **_TRACK,
        "model": (_TEXT, "The model that heard it."),
        "genre": (_TEXT, "The likeliest genre of those that may be proposed; nothing where there is none."),
        "probability": (_NUMBER, "Of that genre, 0 to 1."),
        "why_none": (_TEXT, "Why there is no genre: not music, silent, short."),
        "learned": (_BOOL, "Whether the answer was learned from the person's own examples."),
        "candidates": (_TEXTS, "All the model's genres, the likeliest first."),
        "probabilities": ("list<double>", "Their probabilities, 0 to 1, in the same order."),
        "tags": (_TEXTS, "Names of the model's styles, moods, eras and voices, the strongest first."),
        "values": ("list<float>", "Their values, 0 to 1, in the same order."),
    },
    "embeddings": {
        **_TRACK,
        "model": (_TEXT, "The model that heard it; those of different models have nothing in common."),
        "vector": ("list<float>", "What the model heard before it put it into words."),
    },
    "descriptors": {
        **_TRACK,
        "path": (_TEXT, "Where the file is; bytes that are no UTF-8 as \\xNN."),
        "samples": (_WHOLE, f"Samples at {SR} Hz that were described."),
        **dict.fromkeys(NUMBERS, (_NUMBER, "As the table of GTZAN's features has it; see describe.")),
    },
}  # fmt: skip
"""The tables, and of each column its type and what it holds. Rows stand in the order of ``track``."""


def write_parquet(
    folder: str, library: Library, described: Iterable[tuple[int, Described]] = (), *, part: int = _PART
) -> dict[str, int]:
    """Write the tables into a folder, which is made, or which an earlier export is replaced in.

    Parameters
    ----------
    folder : str
    library : Library
    described : iterable of (int, Described)
        Descriptors, by the tracks' ids; they are asked for last, and stand in the order in which they come.
    part : int
        Tracks in each file.

    Returns
    -------
    dict of str to int
        How many rows each table has.

    Raises
    ------
    TargetError
        If pyarrow is not installed, or the folder has something else in it.
    FileError
        If it cannot be written; an earlier export is unchanged then.
    """
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise TargetError(
            "Parquet needs pyarrow, which is not installed here. Install Genre Tagger with its extra: "
            'pip install "genre-tagger[cluster]"'
        ) from error
    root = os.path.abspath(folder)
    if not _may_be_replaced(root):
        raise TargetError(f"There is something else in {folder}. Choose another folder, or an empty one.")
    half = f"{root}.part"
    try:
        shutil.rmtree(half, ignore_errors=True)
        os.makedirs(half)
        counts = _fill(half, library, described, part)
        with open(os.path.join(half, _COLUMNS_FILE), "w", encoding="utf-8") as file:
            json.dump({"form": FORM, "tables": _documented()}, file, indent=1)
        shutil.rmtree(root, ignore_errors=True)
        os.replace(half, root)
    except OSError as error:
        # pyarrow tells of the call that failed in words of its own; the number says why.
        why = os.strerror(error.errno) if error.errno else str(error)
        raise FileError(folder, f"The tables could not be written there ({why}).") from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return counts


def _may_be_replaced(root: str) -> bool:
    if not os.path.lexists(root) or (os.path.isdir(root) and not os.listdir(root)):
        return True
    try:
        with open(os.path.join(root, _COLUMNS_FILE), encoding="utf-8") as file:
            return bool(json.load(file)["form"] == FORM)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _documented() -> dict[str, dict[str, dict[str, str]]]:
    return {
        table: {name: {"type": kind, "holds": text} for name, (kind, text) in columns.items()}
        for table, columns in COLUMNS.items()
    }


def _fill(root: str, library: Library, described: Iterable[tuple[int, Described]], part: int) -> dict[str, int]:
    counts, models = dict.fromkeys(COLUMNS, 0), set[str]()
    tracks = library.tracks()
    for number, some in enumerate(iter(lambda: list(islice(tracks, part)), [])):
        heard = [track for track in some if track.prediction is not None]
        models |= {track.prediction.model for track in heard if track.prediction is not None}
        counts["tracks"] += _write(root, "tracks", number, map(_track_row, some))
        counts["predictions"] += _write(root, "predictions", number, map(_prediction_row, heard))
    counts["embeddings"] = _embeddings(root, library, models, part)
    rows = (_descriptor_row(track, row) for track, row in described)
    for number, numbers in enumerate(iter(lambda: list(islice(rows, part)), [])):
        counts["descriptors"] += _write(root, "descriptors", number, numbers)
    for table in COLUMNS:
        if not os.path.isdir(os.path.join(root, table)):
            _write(root, table, 0, ())  # what reads the tables is to get none of its rows, not an error
    return counts


def _embeddings(root: str, library: Library, models: Iterable[str], part: int) -> int:
    count = number = 0
    for model in sorted(models):
        ids, vectors = library.teaching.embeddings(model)
        for start in range(0, len(ids), part):
            rows = zip(ids[start : start + part].tolist(), vectors[start : start + part].astype("f4"), strict=True)
            count += _write(root, "embeddings", number, ({"track": i, "model": model, "vector": v} for i, v in rows))
            number += 1
    return count


def _write(root: str, table: str, number: int, rows: Iterable[Mapping[str, Any]]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    filled = pa.Table.from_pylist(list(rows), schema=schema(table))
    folder = os.path.join(root, table, f"part={number:05}")
    os.makedirs(folder, exist_ok=True)
    pq.write_table(filled, os.path.join(folder, "rows.parquet"), compression="zstd")
    return int(filled.num_rows)


def schema(table: str) -> pa.Schema:
    """Give the columns of a table, each with what it holds as its ``description``."""
    import pyarrow as pa

    types = {
        _TEXTS: pa.list_(pa.string()), "list<double>": pa.list_(pa.float64()), "list<float>": pa.list_(pa.float32()),
        _BOOL: pa.bool_(), _NUMBER: pa.float64(),
    }  # fmt: skip
    return pa.schema([
        pa.field(name, types.get(kind) or pa.type_for_alias(kind), metadata={"description": text})
        for name, (kind, text) in COLUMNS[table].items()
    ])  # fmt: skip


def _text(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _track_row(track: Track) -> dict[str, Any]:
    details, decision = track.details, track.decision
    return {
        "track": track.id, "path": _text(track.path), "path_bytes": os.fsencode(track.path),
        "title": track.title, "artist": track.artist, "album": track.album, "album_artist": details.album_artist,
        "composer": details.composer, "disc": details.disc, "track_number": track.track_number, "year": details.year,
        "compilation": details.compilation, "genres": list(track.genres), "length": track.length,
        "format": track.format, "size": track.stamp.size, "mtime_ns": track.stamp.mtime_ns, "missing": track.missing,
        "error": track.error, "accepted": decision.accepted if decision else None,
        "chosen": list(decision.genres) if decision else [],
    }  # fmt: skip


def _prediction_row(track: Track) -> dict[str, Any]:
    found = track.prediction
    assert found is not None
    tags = found.tag_values.tags if found.tag_values else ()
    return {
        "track": track.id, "model": found.model, "genre": found.genre, "probability": found.probability,
        "why_none": found.nothing, "learned": found.learned,
        "candidates": [candidate.genre for candidate in found.candidates],
        "probabilities": [candidate.probability for candidate in found.candidates],
        "tags": [tag.fact.name for tag in tags], "values": [tag.value for tag in tags],
    }  # fmt: skip


def _descriptor_row(track: int, row: Described) -> dict[str, Any]:
    return {"track": track, "path": _text(row.path), "samples": row.length, **row.numbers}


def labelled(library: Library) -> Iterator[Track]:
    """Yield the tracks that can be described: those whose files are there and could be read."""
    return (track for track in library.tracks(best_only=True) if not track.missing and track.error_stage != "scan")
