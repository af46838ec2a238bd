"""What is wished of the worker, what follows from it, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from genre_tagger.base.errors import FileFailure
from genre_tagger.files.values import GENRE
from genre_tagger.review.policy import Proposal

if TYPE_CHECKING:
    from genre_tagger.library.library import Library


class JobKind(Enum):
    """What a job does. The values are what unfinished tasks and notices are kept under."""

    OPEN = "open"
    PREPARE = "prepare"
    SCAN = "scan"
    FORGET = "forget"
    CLASSIFY = "classify"
    WRITE = "write"
    UNDO = "undo"
    DESCRIBE = "describe"
    LEARN = "learn"
    COMPARE = "compare"
    PLAN = "plan"
    COPY = "copy"
    EXPORT = "export"
    IMPORT = "import"
    MOVE = "move"


@dataclass(eq=False)
class Task:
    """A write (of `proposals`, with `options` as Work.write takes them) or an undo (of `files` of a `batch`).

    A write has its batch from the first file on, so that it can be undone as a whole also after an interruption.
    `done` counts its outcomes; `goes_on` says that it goes on at the next start without being asked, `resumed`
    that it comes from an earlier session.
    """

    kind: JobKind
    proposals: Sequence[Proposal] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    batch: int | None = None
    files: int = 0
    done: int = 0
    goes_on: bool = False
    resumed: bool = False

    @property
    def remaining(self) -> int:
        """How many files there are still to do."""
        return max(0, (len(self.proposals) if self.kind is JobKind.WRITE else self.files) - self.done)

    def narrow(self, library: Library) -> None:
        """Leave out what the library does not know any more, and what has the wanted genres by now."""
        paths = [proposal.path for proposal in self.proposals]
        tracks = {track.path: track for track in library.tracks(paths=paths, best_only=True)}
        self.proposals = [
            replace(proposal, track_id=track.id)
            for proposal in self.proposals
            if (track := tracks.get(proposal.path)) is not None
            and (track.genres != proposal.new or proposal.field != GENRE or self.options.get("everywhere"))
        ]


class Wish(NamedTuple):
    """A job, and what follows from it.

    `work`, `total`, `weigh` and `resumable` are those of a :class:`Job`; an `urgent` one goes before those that are
    not. `can_stop` offers Cancel. One that `reads_only` leaves library and music as they are. `brings_tracks` says that
    its outcomes may be of tracks that no row shows yet.
    A job with a `task`, or one that `moves`, changes files: those with the paths `touches`, or, if that is None, files
    nobody can name before. `ended` is told how it went before anybody else; what comes `then` only follows when it came
    to its end.
    """

    kind: JobKind
    title: str
    work: Callable[[], Iterator[object]]
    total: Callable[[], int] | int | None = None
    weigh: Callable[[object], int] | None = None
    urgent: bool = False
    resumable: bool = False
    can_stop: bool = True
    reads_only: bool = False
    brings_tracks: bool = False
    task: Task | None = None
    moves: bool = False
    touches: Sequence[str] | None = ()
    ended: Callable[[Tally], object] | None = None
    then: Callable[[], object] | None = None

    @property
    def changes_files(self) -> bool:
        """Whether it writes into files of music, or moves them."""
        return self.task is not None or self.moves


@dataclass
class Tally:
    """How a wish went: the files done and failed, how it ended, and what had been agreed to.

    `lacking` says of each file that got its genre alone why that is so, where more was to be written.
    """

    wish: Wish
    done: int = 0
    failures: list[FileFailure] = field(default_factory=list)
    changed_since: int = 0
    lacking: list[str] = field(default_factory=list)
    cancelled: bool = False
    error: str | None = None

    @property
    def kind(self) -> JobKind:
        """What the job did."""
        return self.wish.kind

    @property
    def came_to_its_end(self) -> bool:
        """Whether neither a person nor a fault stopped it."""
        return not self.cancelled and self.error is None
