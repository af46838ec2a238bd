from __future__ import annotations

from pathlib import Path

from genre_tagger.cli.__main__ import DONE, SOME_FAILED, main
from genre_tagger.library.library import Library
from genre_tagger.library.tracks import Decision
from helpers.sounds import store


def test_audit_lists_what_surprises_most_with_both_names(library, capsys, ask):
    with Library.open(library) as opened:
        store(opened, ["Rock"], folder="/odd")
        (odd,) = opened.tracks(paths=["/odd/000.mp3"])
        opened.decide([odd.id], Decision(None, ("Rock",)))
    found = ask("audit", "--count", "3")
    assert found["judged"] == 32
    assert len(found["tracks"]) <= 3
    assert sum(cell["tracks"] for cell in found["matrix"]) == 32
    assert set(found["matrix"][0]) == {"said", "heard", "tracks", "hours"}
    said = {"path", "genres", "said", "heard", "probability", "surprise"}
    assert all(set(track) == said for track in found["tracks"])
    assert main(["audit", "--library", library]) == DONE
    assert "32 files judged." in capsys.readouterr().out


def test_similar_lists_the_nearest_and_says_what_it_does_not_know(library, capsys, ask):
    found = ask("similar", "/music/000.mp3", "--count", "5")
    kinds = [("Chanson", "Dub", "Jazz", "Rock")[int(Path(track["path"]).stem) % 4] for track in found["tracks"]]
    assert len(kinds) == 5
    assert kinds.count("Chanson") >= 4
    assert main(["similar", "/music/000.mp3", "/nowhere.mp3", "--library", library]) == SOME_FAILED
    assert "This is not in the library" in capsys.readouterr().err


def test_what_is_most_like_a_track_can_be_saved_as_a_playlist(tmp_path, ask):
    playlist = tmp_path / "like this.m3u8"
    found = ask("similar", "/music/000.mp3", "--count", "3", "--playlist", str(playlist))
    lines = [line for line in playlist.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert [Path(line).name for line in lines] == [Path(track["path"]).name for track in found["tracks"]]
