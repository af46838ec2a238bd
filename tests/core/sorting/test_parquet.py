"""Parquet tables of the library, read back by pandas and by Dask."""

from __future__ import annotations

import errno
import json
import os

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="pyarrow is not installed (the extra cluster)")
pytest.importorskip("dask", reason="Dask is not installed (the extra cluster)")

from genre_tagger.base.errors import FileError, TargetError
from genre_tagger.cli.__main__ import main
from genre_tagger.files.values import Details
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Candidate, Decision, NoGenre, Prediction, TagFact, TagValues
from genre_tagger.sorting.tables import parquet
from genre_tagger.sound.descriptors import NUMBERS, Described
from helpers.tracks import scanned

FACTS = (TagFact("soul", "Soul", "style", 0.5), TagFact("calm", "Calm", "mood", 0.5))


@pytest.fixture
def library(tmp_path):
    with Library.open(str(tmp_path / "library.sqlite3")) as library:
        details = Details(album_artist="All", year=1969, disc=2)
        paths = [os.fsdecode(b"/m/\xff.mp3"), "/m/b.mp3", "/m/c.mp3", "/m/d.mp3", "/m/e.mp3"]
        library.store(*(
            scanned(path, title=f"T{number}", genres=("Rock", "Pop")[:number % 3], details=details, ino=number + 1)
            for number, path in enumerate(paths)
        ))  # fmt: skip
        for number, path in enumerate(paths[:3]):
            vector = np.arange(4, dtype="<f2") + number
            values = TagValues.of(FACTS, (0.25, 0.75))
            candidates = (Candidate("Jazz", 0.75), Candidate("Disco", 0.25))
            library.store(Prediction(path, "m", candidates, tag_values=values, embedding=vector.tobytes()))
        library.store(Prediction(paths[3], "m", nothing=NoGenre.SILENT))
        library.decide([2], Decision(True, ("Blues",)))
        yield library


# Dask's own word to pandas.
@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_what_is_written_pandas_and_dask_read_back(library, tmp_path):
    import dask.dataframe as dd
    import pandas as pd
    import pyarrow.parquet as pq

    folder = str(tmp_path / "tables")
    numbers = dict.fromkeys(NUMBERS, 1.5)
    described = [(1, Described(os.fsdecode(b"/m/\xff.mp3"), 100, numbers)), (2, Described("/m/b.mp3", 200, numbers))]
    counts = parquet.write_parquet(folder, library, described, part=2)
    assert counts == {"tracks": 5, "predictions": 4, "embeddings": 3, "descriptors": 2}
    assert sorted(os.listdir(os.path.join(folder, "tracks"))) == ["part=00000", "part=00001", "part=00002"]
    tracks = pd.read_parquet(os.path.join(folder, "tracks"))
    assert tracks.path.tolist() == ["/m/\\xff.mp3", "/m/b.mp3", "/m/c.mp3", "/m/d.mp3", "/m/e.mp3"]
    assert tracks.path_bytes[0] == b"/m/\xff.mp3"
    assert [list(genres) for genres in tracks.genres] == [[], ["Rock"], ["Rock", "Pop"], [], ["Rock"]]
    assert tracks.year.tolist() == [1969] * 5
    assert list(tracks.chosen[1]) == ["Blues"]
    assert tracks.accepted[1] is True or bool(tracks.accepted[1])
    assert pd.isna(tracks.accepted[0])
    predictions = dd.read_parquet(os.path.join(folder, "predictions"))
    assert predictions.npartitions >= 2
    joined = predictions.compute(scheduler="synchronous").merge(tracks, on="track")
    assert joined.genre.tolist()[:3] == ["Jazz"] * 3
    assert joined.why_none.tolist()[3] == "silent"
    assert list(joined.probabilities[0]) == [0.75, 0.25]
    assert list(joined.tags[0]) == ["calm", "soul"]
    embeddings = dd.read_parquet(os.path.join(folder, "embeddings")).compute(scheduler="synchronous")
    assert np.array_equal(np.stack(embeddings.vector), np.arange(4) + np.arange(3)[:, None])
    descriptors = pd.read_parquet(os.path.join(folder, "descriptors"))
    assert descriptors[list(NUMBERS)].to_numpy().tolist() == [[1.5] * len(NUMBERS)] * 2
    with open(os.path.join(folder, "columns.json"), encoding="utf-8") as file:
        documented = json.load(file)["tables"]
    for table, columns in documented.items():
        written = pq.read_schema(os.path.join(folder, table, "part=00000", "rows.parquet"))
        assert list(columns) == written.names
        assert all(written.field(name).metadata[b"description"].decode() == columns[name]["holds"] for name in columns)


def test_an_earlier_export_is_replaced_and_nothing_else_is(library, tmp_path):
    folder = tmp_path / "tables"
    parquet.write_parquet(str(folder), library, part=2)
    library.remove_folder("/m")
    assert parquet.write_parquet(str(folder), library)["tracks"] == 0
    assert os.listdir(folder / "tracks") == ["part=00000"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with pytest.raises(TargetError, match="something else in"):
        parquet.write_parquet(str(other), library)
    assert os.listdir(other) == ["mine.txt"]


def test_a_table_without_rows_has_its_columns(library, tmp_path):
    import dask.dataframe as dd
    import pandas as pd

    library.remove_folder("/m")
    counts = parquet.write_parquet(str(tmp_path / "tables"), library)
    assert counts == dict.fromkeys(parquet.COLUMNS, 0)
    for table, columns in parquet.COLUMNS.items():
        folder = tmp_path / "tables" / table
        assert [*pd.read_parquet(folder / "part=00000")] == [*columns]
        assert len(dd.read_parquet(folder)) == 0


def test_a_full_drive_is_told_and_the_earlier_tables_stay(library, tmp_path, monkeypatch):
    import pyarrow.parquet as pq

    folder = str(tmp_path / "tables")
    parquet.write_parquet(folder, library)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "Error writing bytes to file. Detail: [errno 28] No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(FileError, match=r"written there \(No space left on device\)"):
        parquet.write_parquet(folder, library)
    assert [name for name in os.listdir(tmp_path) if name.startswith("tables")] == ["tables"]
    assert pq.read_table(os.path.join(folder, "tracks")).num_rows == 5


def test_the_command_line_exports_and_describes(media, tmp_path, capsys):
    library = ["--library", str(tmp_path / "library.sqlite3"), "--quiet"]
    media("wav-tagged", "music/a.wav")
    media("truncated", "music/b.flac")
    main([*library, "scan", str(tmp_path / "music")])
    status = main([*library, "export", "--parquet", str(tmp_path / "tables"), "--describe"])
    said = capsys.readouterr().out
    assert (status, "2 tracks, 0 predictions, 0 embeddings, 2 descriptors written to" in said) == (0, True)
    assert main([*library, "export"]) == 2
    assert main([*library, "export", "x.csv", "--parquet", "y"]) == 2
