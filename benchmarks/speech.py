"""How much speech the guard turns away that it was not taught with, and how much real music it keeps.

    python benchmarks/speech.py [--model models/two-teachers-cnn] [--data FOLDER]

Prints JSON. Needs the program flite (Debian's package of that name), whose voices are made of recordings of people;
nothing of it is used to teach the guard. With a data folder, its `music/` is asked too: speakers, animals and pieces of
music, file by file.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from genre_tagger.model.network import GenreModel
from genre_tagger.training.data.tracks import patches

TEXTS = (
    "The harbour was quiet that morning. Two boats lay at the pier, and nobody had seen the third one since Tuesday. "
    "When the fog lifted, we counted again.",
    "Please hold the line. Your call is important to us. Our offices are open from nine to five, Monday to Friday, and "
    "on the first Saturday of each month.",
    "Chapter seven. In which the farmer finds a letter, reads it twice, and says nothing of it to his brother until "
    "the snow has melted from the upper fields.",
    "One thousand four hundred and twelve, sixty six, nine hundred and three, eleven, forty seven thousand, eight, two "
    "hundred and twenty.",
)


def voices() -> list[str]:
    """The names of flite's voices that read any text; `awb_time` can tell the time and nothing else."""
    listing = subprocess.run(["flite", "-lv"], capture_output=True, text=True, check=True).stdout
    return [voice for voice in listing.split(":", 1)[1].split() if voice != "awb_time"]


def is_music(model: GenreModel, path: str) -> bool:
    """Ask the guard as the program does."""
    return model.judge(patches(path, model.card.spec)).music


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="models/two-teachers-cnn")
    parser.add_argument("--data", default=os.environ.get("GENRE_TAGGER_DATA"))
    given = parser.parse_args()
    if shutil.which("flite") is None:
        print("flite is not installed (Debian: flite).", file=sys.stderr)
        return 2
    model = GenreModel.load(given.model)
    passed, texts = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for voice in voices():
            for number, text in enumerate(TEXTS):
                path = str(Path(folder) / f"{voice}-{number}.wav")
                command = ["flite", "-voice", voice, "-t", text, "-o", path]
                subprocess.run(command, capture_output=True, check=True)
                texts += 1
                if is_music(model, path):
                    passed.append(f"{voice}, text {number + 1}")
    report: dict[str, object] = {"texts read": texts, "turned away": texts - len(passed), "taken for music": passed}
    if given.data:
        files = sorted(path for path in Path(given.data, "music").rglob("*") if path.suffix in (".mp3", ".m4a", ".ogg"))
        report["music folder"] = {path.name: "music" if is_music(model, str(path)) else "no music" for path in files}
    print(json.dumps(report, indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
