"""What the fifty tags are, and from which value on each of them is worth a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genre_tagger.training.data import taxonomy
from genre_tagger.training.student.heads import folds
from genre_tagger.training.student.teacher import TAGS

Floats = NDArray[np.float64]
PRECISION = 0.8
_STRONGEST, _STRONGLY = 5, 2
_SHARE = 0.1
_LEAST = 5
_SLACK = 0.1
_OF_STYLES = (0.1, 0.2)

# How tags are written for people; the others as they are. "ten" are those that the ten genres say already.
_KINDS: dict[str, str] = {
    "ten": "rock pop jazz metal blues Hip-Hop country",
    "style": "alternative indie electronic dance alternative_rock classic_rock soul indie_rock electronica folk punk "
    "hard_rock ambient experimental easy_listening funk electro heavy_metal Progressive_rock rnb indie_pop House "
    "chillout",
    "mood": "beautiful Mellow chill party sexy catchy sad happy",
    "era": "60s 70s 80s 90s 00s oldies",
    "voice": "female_vocalists male_vocalists female_vocalist instrumental",
    "instrument": "acoustic guitar",
}
_LABELS = {
    "rnb": "R&B", "Progressive rock": "Progressive Rock", "female vocalists": "female voice",
    "female vocalist": "female voice", "male vocalists": "male voice", "00s": "2000s", "90s": "1990s", "80s": "1980s",
    "70s": "1970s", "60s": "1960s", "Mellow": "mellow", "party": "party music",
}  # fmt: skip
KIND_OF = {name.replace("_", " "): kind for kind, names in _KINDS.items() for name in names.split()}


def label_of(tag: str) -> str:
    """Write a tag as a person would: styles like a genre field, the rest as a word in a sentence."""
    if tag in _LABELS:
        return _LABELS[tag]
    return tag.title() if KIND_OF[tag] in ("style", "ten") else tag


def facts(
    ours: Floats, theirs: Floats, groups: Sequence[str], *, tags: Sequence[str] = TAGS, seed: int = 7
) -> list[dict[str, Any]]:
    """Choose each tag's thresholds: the least values at which the student agrees with the teacher.

    The teacher means a genre or style when it is among its five strongest tags of a track, and means it strongly
    when it is among the two strongest. Moods, eras and voices are never strong: the teacher means one when the track
    is among the tenth of all tracks for which that tag is strongest. A threshold is the least value from which on four
    of five tracks are meant. Where artists left out in five-fold cross-validation do not bear that out, or too few
    tracks have the tag, a genre or style takes the threshold of all of them together, and the others get none.

    Parameters
    ----------
    ours : ndarray [shape=(tracks, tags)]
        The student's mean sigmoid over the patches of each track, 0…1.
    theirs : ndarray [shape=(tracks, tags)]
        The teacher's.
    groups : sequence of str
        Artist of each track.
    tags : sequence of str
        Names of the columns.
    seed : int
        Of the folds.

    Returns
    -------
    list of dict
        For the card's ``tag_facts``, in the order of the tags: ``name``, ``label``, ``kind``, ``threshold`` (None when
        the tag is never to be shown); with a genre or style ``strong``; with a threshold of its own also ``precision``
        and ``recall`` on artists left out and how many ``tracks`` have it.
    """
    fold, rank = folds(groups, [""] * len(groups), 5, seed), np.argsort(np.argsort(-theirs, axis=1), axis=1)
    loud = np.array([KIND_OF[tag] in ("style", "ten") for tag in tags])
    among = theirs >= np.quantile(theirs, 1 - _SHARE, axis=0)
    all_loud = [_threshold(ours[:, loud].ravel(), (rank < strongest)[:, loud].ravel(), np.repeat(fold, loud.sum()))
                for strongest in (_STRONGEST, _STRONGLY)]  # fmt: skip
    found = []
    for at, tag in enumerate(tags):
        chosen = _threshold(ours[:, at], (rank < _STRONGEST)[:, at] if loud[at] else among[:, at], fold)
        if loud[at]:
            if chosen["threshold"] is None:
                chosen["threshold"] = all_loud[0]["threshold"]
            strong = _threshold(ours[:, at], (rank < _STRONGLY)[:, at], fold)["threshold"] or all_loud[1]["threshold"]
            chosen["strong"] = strong and max(strong, chosen["threshold"] or 0.0)
        found.append({"name": tag, "label": label_of(tag), "kind": KIND_OF[tag], **chosen})
    return found


def styles(ours: Floats, wants: Sequence[Sequence[frozenset[int]]]) -> list[dict[str, Any]]:
    """Choose the thresholds of AudioSet's styles: where the labelled tracks bear out the genre of the style.

    Nobody said which of the tracks are Salsa, but what is Salsa is Latin. A style gets the first of two thresholds from
    which on at least five tracks have it and four of five of these want its genre; else none, and it is never shown.

    Parameters
    ----------
    ours : ndarray [shape=(tracks, 527)]
        The student's mean sigmoid of AudioSet's classes over the patches of each track, 0…1.
    wants : sequence of sequence of frozenset of int
        The genres that each track wants, as indices into :data:`~genre_tagger.training.data.taxonomy.LABELS`.

    Returns
    -------
    list of dict
        For the card's ``tag_facts``, in the order of :data:`~genre_tagger.training.data.taxonomy.STYLES`; with a
        threshold also ``precision``, the share that wants the genre, of how many ``tracks``.
    """
    every = [frozenset().union(*wanted) for wanted in wants]
    found = []
    for style in taxonomy.STYLES:
        genres = {taxonomy.LABELS.index(genre) for genre in style.genres}
        right = np.array([bool(genres & wanted) for wanted in every])
        chosen: dict[str, Any] = {"threshold": None}
        for threshold in _OF_STYLES:
            said = ours[:, style.audioset] >= threshold
            if chosen["threshold"] is None and said.sum() >= _LEAST and right[said].mean() >= PRECISION:
                precision = round(float(right[said].mean()), 3)
                chosen = {"threshold": threshold, "precision": precision, "tracks": int(said.sum())}
        found.append({"name": style.label, "label": style.label, "kind": "style", **chosen})
    return found


def _threshold(values: Floats, meant: NDArray[np.bool_], fold: NDArray[np.int64]) -> dict[str, Any]:
    limit = _least(values, meant)
    if limit is None:
        return {"threshold": None}
    said = np.zeros(len(values), dtype=bool)
    for number in np.unique(fold):
        chosen = _least(values[fold != number], meant[fold != number])
        if chosen is not None:
            said |= (fold == number) & (values >= chosen)
    right = int((said & meant).sum())
    precision = right / max(1, int(said.sum()))
    if right < _LEAST or precision < PRECISION - _SLACK:
        return {"threshold": None}
    recall = right / max(1, int(meant.sum()))
    return {
        "threshold": float(f"{limit:.4g}"), "precision": round(precision, 3), "recall": round(recall, 3),
        "tracks": int(meant.sum()),
    }  # fmt: skip


def _least(values: Floats, meant: NDArray[np.bool_]) -> float | None:
    """The least value from which on :data:`PRECISION` of the tracks are meant."""
    order = np.argsort(-values, kind="stable")
    shares = np.cumsum(meant[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero((shares >= PRECISION) & meant[order])
    if not len(good) or good[-1] + 1 < _LEAST:
        return None
    last = good[-1]
    following = values[order[last + 1]] if last + 1 < len(order) else 0.0
    return float((values[order[last]] + following) / 2)
