"""The stages of the line as generators for jobs: each opens what it needs on the worker thread.

The line's modules are imported here and not above: they bring the decoders and the network with them, and the
window is to be seen before that.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from app.jobs.unfinished import Unfinished
from app.jobs.wishes import Task
from genre_tagger.base.errors import FileFailure, GenreTaggerError, ModelError, Waiting
from genre_tagger.review.policy import Policy

if TYPE_CHECKING:
    from genre_tagger.library.tracks import Prediction, Track
    from genre_tagger.model.network import GenreModel
    from genre_tagger.review.sounds.different import Compared
    from genre_tagger.sound.descriptors import Described

    Hearing = Callable[[Iterable[Track]], Generator[Prediction | FileFailure | Waiting]]


class Opened(NamedTuple):
    """A library that is open: its folders, where a damaged one was put, what is wrong with the journal.

    `tasks` are what the last session left undone; `unprepared` counts the tracks of a library of an older version that
    are still to be put in order.
    """

    folders: list[str]
    set_aside: str | None
    journal_error: str | None
    tasks: list[Task]
    unprepared: int = 0


@dataclass
class Classifier:
    """The model, loaded when it is first needed; `problem` says why there is none. For any thread but the window's.

    `cores` to use (0: all), `windows` of each track to hear (0: as many as the model wants), whether to hear `again`
    what another model has heard, the `cluster` to use as the settings name it, and the `policy` may be changed by the
    window at any time, also while there is listening: what has not begun then goes by them. `among` are the genres that
    are chosen from, empty for all.
    """

    folder: str | None = None
    cores: int = 0
    cluster: Mapping[str, str] = field(default_factory=dict)
    windows: int = 0
    again: bool = False
    policy: Policy = field(default_factory=Policy)
    among: tuple[str, ...] = ()
    model: GenreModel | None = None
    problem: str | None = None
    _loading: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def load(self) -> GenreModel | None:
        """Give the model, or None."""
        with self._loading:
            if self.model is None and self.problem is None:
                from genre_tagger.model.network import GenreModel, default_model_folder

                try:
                    self.model = GenreModel.load(self.folder or default_model_folder())
                except ModelError as error:
                    self.problem = str(error)
            return self.model

    def retry(self) -> None:
        """Look for the model once more when it is needed: it may be in order by now. Any thread may say so."""
        self.problem = None

    def wanted(self) -> tuple[int, int, bool, Mapping[str, str]]:
        """Give which cores, windows, tracks and cluster the window wants at the moment."""
        return self.cores, self.windows, self.again, self.cluster

    def labels(self) -> tuple[str, ...]:
        """List the genres that are chosen from, in the model's order; none while it is not loaded."""
        known = self.model.card.labels if self.model is not None else ()
        return tuple(label for label in known if label in self.among) or known

    def words_of(self, prediction: Prediction) -> tuple[str, ...]:
        """Give the words for a prediction, as the library reads it."""
        return self.policy.words_of(prediction)

    def count(self, library_path: str) -> int:
        """Count what is still to be classified."""
        from genre_tagger.library.library import Library

        model = self.load()
        if model is None:
            return 0
        with Library.open(library_path) as library:
            return library.count(unclassified=True, model=model.name if self.again else None)


@dataclass
class Table:
    """What is known so far of the tracks with these ids, and where it is to go. Outlives a pause and a failure."""

    path: str
    ids: Sequence[int]
    rows: dict[int, Described] = field(default_factory=dict)
    failed: dict[int, FileFailure] = field(default_factory=dict)
    written: bool = False

    def remaining(self) -> list[int]:
        """List the tracks that are still to be described."""
        return [track for track in self.ids if track not in self.rows and track not in self.failed]

    def fill(self, library_path: str) -> Iterator[object]:
        """Describe what is left, then write the table. For the worker thread."""
        from app.jobs.queries import load
        from app.look import words
        from genre_tagger.base.small_files import probe
        from genre_tagger.library.library import Library
        from genre_tagger.sound.descriptors import describe_files, write_csv

        with words.file_errors(self.path):
            probe(self.path)
        with Library.open(library_path) as library:
            tracks = load(library, self.remaining())
        ids = {track.path: track.id for track in tracks}
        for outcome in describe_files(tracks):
            if isinstance(outcome, FileFailure):
                self.failed[ids[outcome.path]] = outcome
            else:
                self.rows[ids[outcome.path]] = outcome
            yield outcome
        write_csv(self.path, [self.rows[track] for track in self.ids if track in self.rows])
        self.written = True


@dataclass
class Comparison:
    """What the files say compared with what is heard; `found` is there when it came to its end."""

    policy: Policy
    found: Compared | None = None

    def find(self, library_path: str) -> Iterator[object]:
        """Compare. For the worker thread."""
        from genre_tagger.library.library import Library
        from genre_tagger.review.sounds.different import comparing

        with Library.open(library_path) as library:
            self.found = yield from comparing(library, self.policy)


def comparison_steps() -> int:
    """Say how many outcomes a comparison has at most."""
    from genre_tagger.review.sounds.different import STEPS

    return STEPS


class Holder:
    """Keeps a library for this program until it is let go."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()

    def take(self, library_path: str) -> None:
        """Take it, or raise LibraryError; where it could not be opened the last time, anew."""
        from genre_tagger.library.schema import hold

        self._stack.close()
        self._stack.enter_context(hold(library_path))

    def let_go(self) -> None:
        """Let it go."""
        self._stack.close()


def opening(
    library_path: str, holder: Holder, unfinished: Unfinished, among: tuple[str, ...] = ()
) -> Iterator[object]:
    """Open a library for the first time: take it, look for damage, settle what a crash left unfinished."""
    from genre_tagger.library.library import Library

    holder.take(library_path)
    with Library.open(library_path, check=True) as library:
        from genre_tagger import line
        from genre_tagger.writing.journal import Journal

        problem, tasks = None, []
        try:
            with Journal.open(line.journal_path(library_path)) as journal:
                yield from line.settle_into(library, journal)
                tasks = unfinished.read(library, journal)
        except GenreTaggerError as error:
            problem = str(error)
        library.among = among
        yield Opened(library.folders(), library.set_aside, problem, tasks, library.unprepared())


def unprepared(library_path: str, classifier: Classifier) -> int:
    """Count the tracks that are still to be put in order, or to be read by other genres than before."""
    from genre_tagger.library.library import Library

    with Library.open(library_path) as library:
        library.among = classifier.among
        return library.unprepared()


def preparing(library_path: str, classifier: Classifier) -> Iterator[int]:
    """Bring a library up to date; each step tells how many tracks it was about."""
    from genre_tagger.library.library import Library

    with Library.open(library_path) as library:
        library.among = classifier.among
        yield from library.prepare()


def scanning(library_path: str, paths: Sequence[str], *, remember: bool = False) -> Iterator[object]:
    """Scan folders and files into the library; `remember` adds them to those scanned at every start.

    What is added for the first time and cannot hold music is a failure at stage "add", and kept nowhere.
    """
    from genre_tagger import line
    from genre_tagger.files.scan import refusal
    from genre_tagger.library.library import Library

    with Library.open(library_path) as library:
        if remember:
            known, taken = set(library.folders()), []
            for path in paths:
                # A folder of old may be on a drive that is not plugged in.
                if path not in known and (reason := refusal(path)) is not None:
                    yield FileFailure(path, "add", reason)
                    continue
                library.add_folder(path)
                taken.append(path)
            paths = taken
        yield from line.scan_into(library, paths)


def arriving(library_path: str, paths: Sequence[str]) -> Iterator[object]:
    """Scan what came into watched folders, and keep in mind that it is new."""
    from genre_tagger import line
    from genre_tagger.library.library import Library
    from genre_tagger.review import arrivals

    with Library.open(library_path) as library, arrivals.noted(library):
        yield from line.scan_into(library, paths)


def forgetting(library_path: str, folder: str) -> Iterator[object]:
    """Forget a folder and the tracks below it."""
    from genre_tagger.library.library import Library

    with Library.open(library_path) as library:
        library.remove_folder(folder)
    yield from ()


def retrying(library_path: str, failures: Sequence[FileFailure]) -> Iterator[object]:
    """Forget failures and read these files again."""
    from genre_tagger import line
    from genre_tagger.library.library import Library

    paths = [failure.path for failure in failures]
    with Library.open(library_path) as library:
        library.forget_failures(paths)
        yield from line.scan_into(library, paths)


def classifying(library_path: str, classifier: Classifier) -> Iterator[object]:
    """Classify what has not been classified yet."""
    from genre_tagger.library.library import Library

    model = classifier.load()
    if model is None:
        return
    from genre_tagger import line
    from genre_tagger.review import lessons

    heard = False
    with Library.open(library_path) as library:
        library.among = classifier.among
        while True:
            wanted = cores, windows, again, cluster = classifier.wanted()

            def until(wanted: object = wanted) -> bool:
                return classifier.wanted() != wanted

            with contextlib.ExitStack() as stack:
                hear, help_now = None, None
                if cluster.get("Address"):
                    hear, help_now = yield from _elsewhere(stack, classifier, cluster, windows)
                for outcome in line.classify_into(
                    library, model, workers=cores or None, windows=windows or None, again=again,
                    meant=classifier.words_of, until=until, hear=hear,
                ):  # fmt: skip
                    heard = True
                    if help_now is not None and (helped := help_now()) is not None:
                        yield helped
                    yield Still() if isinstance(outcome, Waiting) else outcome
            if not until():
                break
        if heard:
            lessons.apply(library, classifier.policy)


class Helped(NamedTuple):
    """Who listens in the place of this program, by address, and what there is to say of them."""

    workers: Sequence[str]
    sentence: str = ""


class Still(NamedTuple):
    """Comes several times a second while others are waited for, so that a job can be ended meanwhile."""


def _elsewhere(
    stack: contextlib.ExitStack, classifier: Classifier, named: Mapping[str, str], windows: int
) -> Generator[Helped | Still, None, tuple[Hearing, Callable[[], Helped | None]]]:
    """Connect to the workers that the settings name, and yield who they are or who is waited for.

    Gives what has them listen, and what tells who listens, where that has changed.
    """
    from genre_tagger.cluster.cluster import Cluster
    from genre_tagger.cluster.where import Where, is_open
    from genre_tagger.model.network import default_model_folder

    pairs = (pair.partition("=") for pair in named.get("Folders", "").split(";"))
    maps = {here.strip(): there.strip() for here, equals, there in pairs if equals and here.strip()}
    files = {"ca": "TLS authority", "cert": "TLS certificate", "key": "TLS key"}
    tls = {name: path for name, field in files.items() if (path := named.get(field, ""))}
    where, model = Where(named["Address"], maps, tls), classifier.load()
    assert model is not None
    said, told = [""], [Helped(())]
    warning = "Whoever reaches this address can run programs on its workers; use TLS." if is_open(where) else ""
    cluster = stack.enter_context(Cluster(where, said.append, waits=True))

    def help_now() -> Helped | None:
        helped = Helped(cluster.working, f"{warning} {said[-1]}".strip())
        if helped == told[-1]:
            return None
        told[:] = [helped]
        return helped

    for _ in cluster.wait():
        yield help_now() or Still()
    cluster.check()
    if (helped := help_now()) is not None:
        yield helped
    folder = classifier.folder or default_model_folder()
    return lambda tracks: cluster.classify(tracks, model, folder, windows or None), help_now


def learning(
    library_path: str, policy: Policy, among: tuple[str, ...] = (), forget: Sequence[str] | None = None
) -> Iterator[object]:
    """Learn from what the person has said, and have the library answer by it, step by step.

    `among` are the genres that are chosen from, which is what a yes was one to; empty for all. What was learned of the
    genres `forget` is forgotten before; of all, and nothing is learned, where it is empty.
    """
    from genre_tagger.library.library import Library
    from genre_tagger.review import lessons

    with Library.open(library_path) as library:
        library.among = among
        if forget is not None:
            lessons.reset(library, forget)
        if forget is None or forget:
            yield from lessons.relearning(library, policy)


def writing(library_path: str, task: Task, unfinished: Unfinished) -> Iterator[object]:
    """Write what was shown and agreed to."""
    from genre_tagger import line
    from genre_tagger.library.library import Library
    from genre_tagger.writing.journal import Journal

    with Library.open(library_path) as library, Journal.open(line.journal_path(library_path)) as journal:
        if task.resumed:
            task.narrow(library)
        written = line.write_into(library, journal, task.proposals, batch=task.batch, patience=math.inf, **task.options)
        yield from _counted(written, task, unfinished)


def undoing(library_path: str, task: Task, unfinished: Unfinished) -> Iterator[object]:
    """Take a batch back."""
    from genre_tagger import line
    from genre_tagger.library.library import Library
    from genre_tagger.writing.journal import Journal

    with Library.open(library_path) as library, Journal.open(line.journal_path(library_path)) as journal:
        batches = [] if task.batch is None else [task.batch]
        yield from _counted(line.undo_into(library, journal, batches, patience=math.inf), task, unfinished)


def _counted(outcomes: Generator[object], task: Task, unfinished: Unfinished) -> Iterator[object]:
    """Keep a task on the drive from before its first file until nobody works on it any more."""
    unfinished.save()
    try:
        with contextlib.closing(outcomes):
            for outcome in outcomes:
                if not isinstance(outcome, Waiting):
                    unfinished.count(task, getattr(outcome, "batch", None))
                yield outcome
    finally:
        unfinished.end(task)
