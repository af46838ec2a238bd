"""Ways to pool what is heard in an album's tracks, measured on labelled recordings of artists that the model knows not.

    python benchmarks/albums.py DATA [--heard FILE] [--draws 200]

DATA is the folder of research data. FILE keeps what the model heard, so that a second run need not listen again. Prints
JSON: for each way to pool and each kind of album, how many albums get the right genre, how probable the right ones are
found to be (loss, lower is better), and how many tracks are right by track, by album, and by album where it agrees.

The albums are `artists` (all recordings of an artist that have one genre), `drawn` (4 or 10 recordings of one genre by
different artists: an album whose tracks vary more than a real one's), and `spoiled` (the same with three in ten of
another genre). What is a parameter is chosen without the source that it is measured on.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from genre_tagger.library.tracks import Prediction
from genre_tagger.model.classify import classify
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.review.voting import sharpness
from genre_tagger.training.data.labelled import ALLMUSIC, MAGNATUNE, VALID, Recording, recordings
from genre_tagger.training.data.taxonomy import LABELS

Shares = dict[str, float]
Way = Callable[[Sequence[Shares]], Shares]
SOURCES = (ALLMUSIC, MAGNATUNE, VALID)
LEAST = (0.001, 0.01, 0.03)
WITNESSES = (1.0, 1.5, 2.0, 3.0, 5.0, 1e9)
SHRUNK = (0.0, 0.25, 0.5, 0.75, 1.0)
AGREEING = (0.0, 0.34, 0.5, 0.67, 0.8)


class Clip(NamedTuple):
    source: str
    artist: str
    right: frozenset[str]
    heard: Shares


class Set(NamedTuple):
    """Tracks taken for an album; `right` are the genres that it may be called."""

    kind: str
    source: str
    right: frozenset[str]
    clips: tuple[Clip, ...]


def listen(wanted: Sequence[Recording]) -> dict[str, Shares]:
    model = GenreModel.load(default_model_folder())
    outcomes = (outcome for outcome in classify(wanted, model) if isinstance(outcome, Prediction))
    return {os.path.basename(one.path): {c.genre: c.probability for c in one.candidates} for one in outcomes}


def clips(data: str, kept: str | None) -> list[Clip]:
    """Recordings of which the model knows a genre and in which it hears one."""
    wanted = [one for one in recordings(data) if one.source in SOURCES and one.wants]
    if kept and os.path.exists(kept):
        with open(kept, encoding="utf-8") as file:
            heard = json.load(file)
    else:
        heard = listen(wanted)
        if kept:
            with open(kept, "w", encoding="utf-8") as file:
                json.dump(heard, file)
    known = {genre for shares in heard.values() for genre in shares}
    found = []
    for one in wanted:
        right = frozenset(LABELS[number] for meant in one.wants for number in meant) & known
        if right and (shares := heard.get(os.path.basename(one.path))):
            found.append(Clip(one.source, one.artist, right, shares))
    return found


def sets(found: Sequence[Clip], draws: int) -> list[Set]:
    chance = random.Random(1)
    made = []
    by_artist, by_genre = defaultdict(list), defaultdict(list)
    for clip in found:
        by_artist[clip.artist, clip.right].append(clip)
        by_genre[clip.source, clip.right].append(clip)
    made += [Set("artists", c[0].source, right, tuple(c)) for (_, right), c in sorted(by_artist.items(), key=str)
             if len(c) > 1]  # fmt: skip
    for (source, right), some in sorted(by_genre.items(), key=str):
        others = [clip for clip in found if clip.source == source and not clip.right & right]
        for size in (4, 10):
            artists = {clip.artist: clip for clip in chance.sample(some, len(some))}
            if len(artists) < size or not others:
                continue
            for _ in range(draws // 20):
                drawn = tuple(chance.sample(list(artists.values()), size))
                made.append(Set("drawn", source, right, drawn))
                spoilt = drawn[: size - round(0.3 * size)]
                made.append(Set("spoiled", source, right, (*spoilt, *chance.sample(others, size - len(spoilt)))))
    return made


# --- the ways ------------------------------------------------------------------------------------------------


def normal(shares: Shares) -> Shares:
    total = math.fsum(shares.values())
    return {genre: value / total for genre, value in shares.items()}


def by_count(tracks: Sequence[Shares]) -> Shares:
    counts = Counter(max(shares, key=shares.__getitem__) for shares in tracks)
    return normal({genre: counts[genre] + 0.5 for genre in tracks[0]})


def by_mean(tracks: Sequence[Shares]) -> Shares:
    return normal({genre: math.fsum(shares[genre] for shares in tracks) for genre in tracks[0]})


def by_logs(least: float, witnesses: float, shrunk: float) -> Way:
    def pool(tracks: Sequence[Shares]) -> Shares:
        best = Counter(max(shares, key=shares.__getitem__) for shares in tracks)
        agreeing = max(best.values()) / len(tracks)
        weight = sharpness(len(tracks), agreeing, witnesses=witnesses, shrunk=shrunk) / len(tracks)
        return normal({
            genre: math.exp(weight * math.fsum(math.log(max(shares[genre], least)) for shares in tracks))
            for genre in tracks[0]
        })  # fmt: skip

    return pool


# --- measuring -----------------------------------------------------------------------------------------------


def loss(way: Way, some: Sequence[Set]) -> float:
    """The mean of what is lost on each source (nats), so that the largest does not decide alone."""
    by_source = defaultdict(list)
    for one in some:
        pooled = way([clip.heard for clip in one.clips])
        by_source[one.source].append(-math.log(max(math.fsum(pooled[genre] for genre in one.right), 1e-6)))
    return math.fsum(math.fsum(losses) / len(losses) for losses in by_source.values()) / max(len(by_source), 1)


def measured(way: Way, some: Sequence[Set]) -> dict[str, float]:
    pooled = [way([clip.heard for clip in one.clips]) for one in some]
    right = [max(shares, key=shares.__getitem__) in one.right for shares, one in zip(pooled, some, strict=True)]
    sure = [hit for hit, shares in zip(right, pooled, strict=True) if max(shares.values()) >= 0.5]
    return {
        "albums": len(some), "right": round(sum(right) / len(right), 3), "loss": round(loss(way, some), 3),
        "sure": round(len(sure) / len(right), 3), "right_of_sure": round(sum(sure) / max(len(sure), 1), 3),
    }  # fmt: skip


def tracks_right(way: Way, some: Sequence[Set], agreeing: float) -> float:
    """The share of tracks whose genre is right when the album decides from this share of agreeing tracks on."""
    hits = total = 0
    for one in some:
        pooled = way([clip.heard for clip in one.clips])
        genre = max(pooled, key=pooled.__getitem__)
        alone = [max(clip.heard, key=clip.heard.__getitem__) for clip in one.clips]
        counts = sum(single == genre for single in alone) / len(alone) >= agreeing
        hits += sum((genre if counts else own) in clip.right for own, clip in zip(alone, one.clips, strict=True))
        total += len(alone)
    return round(hits / total, 3)


def chosen(some: Sequence[Set], source: str | None) -> tuple[float, float, float]:
    """The parameters that lose least, without what is of one source."""
    kept = [one for one in some if one.source != source]
    grid = [(least, most, shrunk) for least in LEAST for most in WITNESSES for shrunk in SHRUNK]
    return min(grid, key=lambda parameters: loss(by_logs(*parameters), kept))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data")
    parser.add_argument("--heard", metavar="FILE")
    parser.add_argument("--draws", type=int, default=200)
    options = parser.parse_args()
    made = sets(clips(options.data, options.heard), options.draws)
    without = {source: chosen(made, source) for source in SOURCES}
    ways: dict[str, Way] = {"count": by_count, "mean": by_mean, "mean of logs": by_logs(0.001, 1.0, 1.0),
                            "product": by_logs(0.001, 1e9, 1.0)}  # fmt: skip
    kinds = {kind: [one for one in made if one.kind == kind] for kind in ("artists", "drawn", "spoiled")}
    result = {name: {kind: measured(way, some) for kind, some in kinds.items()} for name, way in ways.items()}
    result["chosen without the source"] = {
        kind: {
            source: measured(by_logs(*without[source]), [one for one in some if one.source == source])
            for source in SOURCES if any(one.source == source for one in some)
        }
        for kind, some in kinds.items()
    }  # fmt: skip
    whole = chosen(made, None)
    result["chosen"] = {kind: measured(by_logs(*whole), some) for kind, some in kinds.items()}
    tracks = {
        kind: {"track": tracks_right(by_logs(*whole), some, 2.0),
               **{f"album, {share:.0%} agree": tracks_right(by_logs(*whole), some, share) for share in AGREEING}}
        for kind, some in kinds.items()
    }  # fmt: skip
    print(json.dumps({"parameters": {**without, "all": whole}, "pooled": result, "tracks_right": tracks}, indent=1))


if __name__ == "__main__":
    main()
