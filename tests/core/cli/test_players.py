"""What players will show, on the command line: text and JSON, and files that are none."""

from __future__ import annotations

import json
import os
import shutil

from genre_tagger.cli import __main__


def test_what_players_show_is_told_and_whether_they_agree(media, capsys):
    status = __main__.main(["players", media("mp3-ape"), media("m4a")])
    told = capsys.readouterr().out
    assert status == __main__.DONE
    assert "Android’s media store" in told
    assert "(cannot read ID3v2.4 tags)" in told
    assert "APEv2 says “Swing”, which other programs may show." in told


def test_a_folder_means_the_music_in_it(media, tmp_path, capsys):
    folder = tmp_path / "music" / "deep"
    folder.mkdir(parents=True)
    for name in ("flac", "ogg"):
        shutil.copy(media(name), folder)
    (folder / "cover.jpg").write_bytes(b"no music")
    assert __main__.main(["--json", "players", str(tmp_path / "music")]) == __main__.DONE
    told = json.loads(capsys.readouterr().out)["files"]
    assert [os.path.basename(file["path"]) for file in told] == ["flac.flac", "ogg.ogg"]


def test_json_has_places_players_and_sources(media, tmp_path, capsys):
    gone = str(tmp_path / "gone.mp3")
    status = __main__.main(["--json", "players", media("wav-tagged"), gone])
    result = json.loads(capsys.readouterr().out)
    assert status == __main__.SOME_FAILED
    (file,) = result["files"]
    assert (file["container"], file["agree"], file["unread"]) == ("wav", True, [])
    assert file["places"][1] == {"kind": "ID3v2", "values": ["Jazz"], "version": 3}
    by_key = {player["player"]: player for player in file["players"]}
    assert (by_key["explorer"]["genre"], by_key["explorer"]["certain"]) == ("Jazz", False)
    assert (by_key["car"]["genre"], by_key["car"]["silent"]) == (None, "does not play files of this format")
    assert all(player["source"] for player in file["players"])
    assert [failure["path"] for failure in result["failures"]] == [gone]
