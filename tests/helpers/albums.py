"""All albums of a library at once, as those of a small one can be judged."""

from __future__ import annotations

from genre_tagger.library.library import Library
from genre_tagger.review.albums.grouping import group
from genre_tagger.review.albums.voting import Verdict, judge


def judged_together(library: Library) -> list[Verdict]:
    heard = {track: (model, shares) for track, model, shares in library.albums.shares()}
    return judge(group(library.albums.rows()), heard)
