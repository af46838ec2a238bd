"""Values of the line as the command line prints them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from genre_tagger.errors import FileFailure
from genre_tagger.journal import Batch
from genre_tagger.library import Track
from genre_tagger.review import Policy, propose


def track(row: Track) -> dict[str, Any]:
    """A track as JSON; `decision` is what the user said, `proposal` what ``write`` would do by itself."""
    candidates = row.prediction.candidates if row.prediction else ()
    decision, proposal = row.decision, propose(row, Policy())
    return {
        "path": row.path,
        "title": row.title, "artist": row.artist, "album": row.album, "track_number": row.track_number,
        "genres": row.genres, "length": row.length, "format": row.format,
        "candidates": [{"genre": c.genre, "probability": c.probability} for c in candidates],
        "decision": decision and {"accepted": decision.accepted, "genres": decision.genres},
        "proposal": {"action": proposal.action, "genres": proposal.new},
        "missing": row.missing, "error": row.error,
    }  # fmt: skip


def guess(track: Track) -> str:
    """What the model makes of a track, or why it says nothing."""
    if track.missing:
        return "The file is not there any more."
    if track.error:
        return track.error
    return f"{track.prediction.genre} {track.prediction.probability:.0%}" if track.prediction else "not classified"


def failures(found: Sequence[FileFailure]) -> list[dict[str, str]]:
    """Failures as JSON."""
    return [{"path": f.path, "stage": f.stage, "reason": f.reason} for f in found]


def files(number: int) -> str:
    """A number of files, in words."""
    return "1 file" if number == 1 else f"{number} files"


def when(batch: Batch) -> str:
    """When a batch was written, with the time zone."""
    return datetime.fromtimestamp(batch.started).astimezone().isoformat(timespec="seconds")
