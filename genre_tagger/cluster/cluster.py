"""The same line on many machines: tracks are heard or described by the workers of a Dask cluster (extra ``cluster``).

The library stays here, and here alone it is written: batches of paths go out, outcomes come back one by one, as from
:func:`genre_tagger.model.classify.classify`. Workers need this program, the model and the music; whoever lacks one of
these is told so and gets nothing more to do. What was on its way when a worker or the scheduler died goes out again.

Dask runs whatever code reaches its scheduler. Everything stays on this computer unless an address is named, and an open
address without TLS is worth a warning: see :func:`genre_tagger.cluster.where.is_open`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import socket
import sys
import time
import uuid
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from genre_tagger.base.errors import FileFailure, GenreTaggerError, Waiting
from genre_tagger.cluster.where import Where
from genre_tagger.cluster.work import Done, Outcome, Task, about_itself, another_version, versions, work
from genre_tagger.library.tracks import Prediction
from genre_tagger.model.network import GenreModel
from genre_tagger.sound.descriptors import Described

if TYPE_CHECKING:
    from distributed import Client, Future

# A batch is to take so long (s): long enough for its way to cost nothing, short enough to lose little with a worker and
# to have all workers end at about the same time. Until it is known how long files take, each is twice as large at most.
_BATCH_S = 1.0
_LARGEST = 500
_FIRST = 2
# Batches on their way for each thread of a worker: one that it works on, one that waits there.
_AHEAD = 2
_ANSWER_S = 10.0
_PORT = 8786  # where Dask's schedulers listen if nothing else is said
_CLOCK_S = 600.0
_BY_THE_CLOCK = (9, 10)  # OpenSSL's numbers for a certificate that is not valid yet, or not any more
_THRICE = "Each worker that had this file ended, three times. It was left out; all others were done without it."


class ClusterError(GenreTaggerError):
    """The cluster cannot be used."""


class HasPath(Protocol):
    """Anything with a path."""

    @property
    def path(self) -> str: ...


class Batch(NamedTuple):
    """Files that go out together, as they are called here, with their labels."""

    files: Sequence[tuple[str, str]]


def _look(address: str) -> None:
    """Raise OSError or ValueError where nobody listens, before there is a client."""
    from distributed.comm.addressing import parse_address, parse_host_port

    # One that failed half-made closes itself when collected, maybe while Dask makes the next: that waits for ever.
    host, port = parse_host_port(parse_address(address)[1], _PORT)
    socket.create_connection((host, port), timeout=_ANSWER_S).close()


class Cluster:
    """A connection to workers; to be used as a context.

    Parameters
    ----------
    where : Where
    say : callable
        Takes sentences for the person: what is waited for, who cannot be used.
    waits : bool
        Whether :meth:`classify` also yields a Waiting, several times a second, while nobody can work, so that it can be
        closed then.

    Attributes
    ----------
    working : tuple of str
        Addresses of the workers that could be used when it was last looked, which is before each batch.

    Raises
    ------
    ClusterError
        On entering, if nobody answers there, or what answers cannot be used.
    """

    def __init__(self, where: Where, say: Callable[[str], object] = lambda _: None, *, waits: bool = False) -> None:
        self.where, self._say, self._waits = where, say, waits
        self.working: tuple[str, ...] = ()
        self._stack = contextlib.ExitStack()
        self._client: Client
        self._unfit: dict[str, str] = {}
        self._answers: queue.SimpleQueue[Future] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        try:
            import distributed  # noqa: F401
        except ImportError as error:
            raise ClusterError(
                "Many machines need Dask, which is not installed here. Install Genre Tagger with its extra: "
                'pip install "genre-tagger[cluster]"'
            ) from error
        try:
            self._client = self._connect()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _connect(self) -> Client:
        from distributed import Client
        from distributed.versions import VersionMismatchWarning

        # Dask warns in a table of its own, and goes on; we look ourselves, and say it in a sentence.
        warnings.simplefilter("ignore", VersionMismatchWarning)
        address = self.where.address
        if address.startswith("local:"):
            address = self._local(address)
        security = self._security()
        try:
            _look(address)
            client = Client(address, timeout=_ANSWER_S, security=security, set_as_default=False)
        except (OSError, ValueError, TypeError, ImportError, RuntimeError) as error:
            raise ClusterError(
                f"Nobody answers at {self.where.address} ({_refused(error) or _first_line(error)}). Start a scheduler "
                "there (dask scheduler), or look whether the address and TLS are right."
            ) from error
        self._stack.callback(client.close)
        sides = client.get_versions()
        there, here = _dask_of(sides["scheduler"]), _dask_of(sides["client"])
        if there != here:
            raise ClusterError(
                f"The scheduler at {self.where.address} runs {there}, and this is {here}. Install the same versions on "
                "all machines."
            )
        return client

    def _local(self, address: str) -> str:
        """Start processes on this computer, which nobody else reaches."""
        import dask
        from distributed import LocalCluster

        number = address.partition(":")[2]
        if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= 256:
            raise ClusterError(f"“{address}” names no cluster: local: wants a number of processes, as local:4.")
        # Workers start processes that decode, which those cannot that are to end with their parent. And Dask has them
        # give memory back to the system after each array, which costs a third of the time again.
        self._stack.enter_context(dask.config.set({
            "distributed.worker.daemon": False, "distributed.worker.profile.enabled": False,
            "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1},
        }))  # fmt: skip
        with _deaf_to_interrupts():
            cluster: Any = LocalCluster(
                n_workers=int(number), threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
                processes=True, silence_logs=logging.ERROR,
            )  # fmt: skip
        self._stack.callback(cluster.close)
        with contextlib.suppress(TimeoutError):
            cluster.wait_for_workers(int(number), timeout=self.where.patience)
        return str(cluster.scheduler_address)

    def _security(self) -> Any:
        from distributed.security import Security

        tls = self.where.tls
        if not tls:
            if self.where.address.startswith("tls://"):
                raise ClusterError(
                    f"The address {self.where.address} wants certificates: say where they are (--tls-ca, --tls-cert "
                    "and --tls-key, or the fields of TLS in the settings)."
                )
            return None
        for name, path in tls.items():
            if not os.path.isfile(path):
                raise ClusterError(f"The file {path}, which is to be the {name} of TLS, is not there.")
        return Security(
            tls_ca_file=tls.get("ca"), tls_client_cert=tls.get("cert"), tls_client_key=tls.get("key"),
            require_encryption=True,
        )  # fmt: skip

    def workers(self) -> list[str]:
        """Name the workers that can be used, by address."""
        known = self._client.scheduler_info(n_workers=-1)["workers"]
        return [address for address in known if address not in self._unfit]

    def threads(self) -> int:
        """Count what the workers that can be used do at once."""
        known = self._client.scheduler_info(n_workers=-1)["workers"]
        self.working = tuple(address for address in known if address not in self._unfit)
        return sum(known[address]["nthreads"] for address in self.working)

    def classify(
        self, tracks: Iterable[HasPath], model: GenreModel, folder: str, windows: int | None = None
    ) -> Generator[Prediction | FileFailure | Waiting]:
        """Classify tracks as :func:`genre_tagger.model.classify.classify` does, with the same answers, on the workers.

        Raises
        ------
        ClusterError
            If nobody is left to do it; what came before that holds.
        """
        card, there = model.card, self.where.there(os.path.abspath(folder))
        task = Task("classify", versions(), model.name, card.fingerprint, card.sha256, there, windows)
        return self._run(task, ((track.path, "") for track in tracks))  # type: ignore[return-value]

    def describe(self, labelled: Iterable[tuple[str, str]]) -> Generator[Described | FileFailure]:
        """Describe files, given with their labels, as :func:`genre_tagger.sound.descriptors.describe_files` does."""
        return self._run(Task("describe", versions()), labelled)  # type: ignore[return-value]

    def _run(
        self, task: Task, files: Iterable[tuple[str, str]], do: Callable[..., Done] = work
    ) -> Generator[Outcome | Waiting]:
        """Send files out in batches, and yield what comes back; closing the generator calls back what is out."""
        upcoming, again = iter(files), deque[Batch]()
        out: dict[Future, Batch] = {}
        seconds_each, most, self._answers = 0.0, _FIRST, queue.SimpleQueue()
        try:
            while True:
                yield from self._waited()
                while len(out) < _AHEAD * max(1, self.threads()):
                    size = _FIRST if not seconds_each else min(most, max(1, round(_BATCH_S / seconds_each)))
                    batch = again.popleft() if again else Batch(list(islice(upcoming, size)))
                    if not batch.files:
                        break
                    out[self._submit(do, task, batch)] = batch
                if not out:
                    return
                future = yield from self._next(out)
                batch = out.pop(future)
                done, more = self._taken(task, future, batch)
                again.extend(more)
                if isinstance(done, Done) and done.outcomes:
                    now = done.seconds / len(done.outcomes)
                    seconds_each = (seconds_each * 3 + now) / 4 if seconds_each else now
                    most = min(_LARGEST, max(most, 2 * len(batch.files)))
                    yield from self._here(task, batch, done, again)
                elif isinstance(done, FileFailure):
                    yield done
        finally:
            # Where nobody answers any more there is nothing to call back.
            with contextlib.suppress(OSError, RuntimeError, TimeoutError):
                self._client.cancel(list(out), force=True)

    def _submit(self, do: Callable[..., Done], task: Task, batch: Batch) -> Future:
        there = [(os.fsencode(self.where.there(path)), label) for path, label in batch.files]
        only = self.workers() if self._unfit else None
        future = self._client.submit(
            do, task, there, key=f"genre-tagger-{task.kind}-{uuid.uuid4().hex}", pure=False, workers=only,
        )  # fmt: skip
        future.add_done_callback(self._answers.put)
        return future

    def _next(self, out: Mapping[Future, Batch]) -> Generator[Waiting, None, Future]:
        while True:
            with contextlib.suppress(queue.Empty):
                future = self._answers.get(timeout=1.0)
                if future in out:
                    return future
            yield from self._waited()

    def _waited(self) -> Iterator[Waiting]:
        yield from (waiting for waiting in self.wait() if self._waits)

    def wait(self) -> Iterator[Waiting]:
        """Wait until somebody can work; whoever asks for more looks again.

        Raises
        ------
        ClusterError
            If nobody comes in time.
        """
        waiting, until, had = None, time.monotonic() + self.where.patience, bool(self.working)
        while not (self._client.status == "running" and self.threads()):
            lost = self._client.status != "running"
            if self._unfit and not lost and not self.workers():
                raise ClusterError("No worker can be used. " + " ".join(dict.fromkeys(self._unfit.values())))
            if time.monotonic() > until:
                what = "The scheduler does not come back" if lost else "There is no worker"
                raise ClusterError(
                    f"{what} at {self.where.address}. What was done is kept; start again to go on. Workers are started "
                    f"with: dask worker {self.where.address}"
                )
            if waiting is None:
                none = "There is no worker any more at" if had else "There is no worker yet at"
                what = "The connection is lost to" if lost else none
                waiting = Waiting("", f"{what} {self.where.address}; waiting for up to {self.where.patience:.0f} s.")
                self._say(waiting.reason)
            if self._client.status == "closed":
                with contextlib.suppress(ClusterError):
                    self._client = self._connect()
            yield waiting
            time.sleep(0.2)
        if waiting is not None:
            self._say(f"It goes on at {self.where.address}.")

    def _taken(self, task: Task, future: Future, batch: Batch) -> tuple[Done | FileFailure | None, list[Batch]]:
        """Take what came of a batch; gives besides what has to go out again."""
        from distributed import CancelledError
        from distributed.scheduler import KilledWorker

        try:
            done: Done = future.result(timeout=self.where.patience)
        except KilledWorker:
            # Each is tried by itself, so that only the one is named that ends workers.
            if len(batch.files) > 1:
                return None, [Batch([file]) for file in batch.files]
            return FileFailure(batch.files[0][0], task.kind, _THRICE), []
        except (CancelledError, TimeoutError, OSError):
            return None, [batch]
        except ImportError as error:
            raise ClusterError(
                f"The workers at {self.where.address} lack a part of Genre Tagger ({_first_line(error)}). Install it "
                "there, in the same version."
            ) from error
        if done.refusal:
            self._refuse(done.worker, done.refusal)
            return None, [batch]
        return done, []

    def _here(self, task: Task, batch: Batch, done: Done, again: deque[Batch]) -> Iterator[Outcome]:
        """Call files as they are called here; what a worker does not see, and we do, goes to others."""
        for (path, label), outcome in zip(batch.files, done.outcomes, strict=True):
            if outcome is not None:
                yield replace(outcome, path=path)
            elif not os.path.lexists(path):
                yield FileFailure(path, task.kind, "This is not there any more. If it was moved, add its new folder.")
            else:
                there = self.where.there(path)
                self._refuse(done.worker, f"It does not see {there}. Mount the music there, or say --map HERE=THERE.")
                again.append(Batch([(path, label)]))

    def _refuse(self, worker: str, why: str) -> None:
        if worker not in self._unfit:
            self._unfit[worker] = f"{worker}: {why}"
            self._say(f"The worker {worker} is not used. {why}")

    def check(self, sample: Sequence[str] = ()) -> None:
        """Ask the workers that are there what they are; says whose clock is far off, and passes over who cannot help.

        Parameters
        ----------
        sample : sequence of str
            Some files that are there.
        """
        deque(self.wait(), 0)
        there = [os.fsencode(self.where.there(path)) for path in sample]
        asked = time.time()
        answers = self._client.run(about_itself, there, on_error="return")
        for worker, about in answers.items():
            if not isinstance(about, dict):
                self._refuse(worker, f"It cannot run Genre Tagger ({_first_line(about)}). Install it there.")
                continue
            if about["version"] != versions():
                self._refuse(worker, another_version(about["version"], versions()))
            elif there and not any(about["sees"]):
                self._refuse(
                    worker, f"It does not see {os.fsdecode(there[0])}. Mount the music there, or say --map HERE=THERE."
                )
            if abs(about["clock"] - asked) > _CLOCK_S:
                hours = (about["clock"] - asked) / 3600
                self._say(f"The clock of {worker} differs by {hours:+.1f} hours. The work does not mind; TLS may.")
        deque(self.wait(), 0)


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Have what is started meanwhile, threads and their processes, get no Ctrl+C; one that comes waits until after it.

    A terminal sends it to all that run in it, and workers would each die with a trace. We end them ourselves.
    """
    if sys.platform == "win32":  # there is nothing like it
        yield
        return
    resource_tracker.ensure_running()  # its start lets Ctrl+C in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _dask_of(machine: Mapping[str, Any]) -> str:
    """Name what has to be the same for scheduler and client to understand each other, out of what Dask says of one."""
    packages = machine["packages"]
    return f"Dask {packages['dask']} with Python {'.'.join(packages['python'].split('.')[:2])}"


def _refused(error: BaseException | None) -> str:
    """Say what was wrong with a certificate, if that is what is below an error: a clock that is off shows here."""
    import ssl  # a bundle has neither this nor Dask

    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    if error is None:
        return ""
    now = f"; the clock here says {time.strftime('%Y-%m-%d %H:%M')}" if error.verify_code in _BY_THE_CLOCK else ""
    return error.verify_message + now


def _first_line(error: object) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
