"""The line on the workers of a Dask cluster: real schedulers and workers on this computer, ended by the test."""

from __future__ import annotations

import gc
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

pytest.importorskip("distributed", reason="Dask is not installed (the extra cluster)")

from genre_tagger import line
from genre_tagger.base.errors import LibraryError
from genre_tagger.cluster import cluster as cluster_module
from genre_tagger.cluster.cluster import Cluster, ClusterError
from genre_tagger.cluster.where import Where, is_open
from genre_tagger.cluster.work import Task, versions
from genre_tagger.library.library import Library
from genre_tagger.model.classify import classify
from genre_tagger.model.network import GenreModel, default_model_folder
from genre_tagger.sound.descriptors import describe_files
from helpers import cluster_work
from helpers.tracks import predicted, scanned

_HERE = Path(__file__).resolve()
_PATH = os.pathsep.join(map(str, (_HERE.parents[3], _HERE.parents[2])))
FAKE = Task("classify", versions())


def run(*words: str, **more: str) -> subprocess.Popen[bytes]:
    """Start one of Dask's commands."""
    environment = {**os.environ, "PYTHONPATH": _PATH, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0", **more}
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *words], env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def end(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        process.kill()
        process.wait(20)


class Machines:
    """A scheduler and two workers, started by the commands that the manual names."""

    def __init__(self, port: int) -> None:
        self.address = f"tcp://127.0.0.1:{port}"
        self.port = port
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *names: str) -> None:
        for name in names:
            if name == "scheduler":
                words = ("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--no-jupyter")
            else:
                words = ("worker", self.address, "--nthreads", "1", "--no-dashboard", "--no-nanny", "--name", name)
            self.processes[name] = run(*words)

    def wait(self, count: int) -> object:
        """Wait for workers, as long as a busy computer takes to start them."""
        until = time.monotonic() + 100
        while time.monotonic() < until:
            with suppress(ClusterError), connected(Where(self.address)) as there:
                return there._client.wait_for_workers(count, timeout=100)
        raise TimeoutError("no scheduler")

    def kill(self, *names: str) -> None:
        end(*(self.processes.pop(name) for name in names))


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    machines = Machines(unused_port())
    try:
        machines.start("scheduler", "one", "two")
        machines.wait(2)
        yield machines
    finally:
        end(*machines.processes.values())


def unused_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def connected(where: Where, said: list[str] | None = None) -> Iterator[Cluster]:
    with Cluster(where, (said if said is not None else []).append) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def inside() -> Iterator[str]:
    """A scheduler and a worker in this process."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, protocol="tcp://", host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
    ) as alone:  # fmt: skip
        yield alone.scheduler_address


@pytest.fixture
def music(tmp_path) -> list[str]:
    """A few seconds of chords, a name that is no UTF-8, and a file that is no music."""
    dice, paths = np.random.default_rng(1), []
    for name in (b"one.wav", b"t\xffwo.wav", b"three.wav"):
        t = np.arange(4 * 16_000) / 16_000
        y = sum(np.sin(2 * np.pi * f * t) * np.exp(-2 * (t % 0.5)) for f in dice.uniform(100, 900, 4)) / 5
        soundfile.write(os.path.join(os.fsencode(tmp_path), name), y, 16_000)
        paths.append(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF no music")
    return [*paths, str(broken)]


def test_the_answers_are_those_of_one_machine(machines, music):
    model = GenreModel.load(default_model_folder())
    tracks = [SimpleNamespace(path=path, genres=("Jazz",)) for path in music]
    gone = str(Path(music[0]).with_name("gone.wav"))
    here = sorted(classify(tracks, model, workers=1), key=lambda outcome: outcome.path)
    described = sorted(describe_files(tracks, workers=1), key=lambda outcome: outcome.path)
    folder = os.path.dirname(music[0])
    elsewhere = [SimpleNamespace(path=path.replace(folder, "/elsewhere/music")) for path in music]
    maps = {"/elsewhere/music": folder, "/elsewhere": "/nowhere"}
    with connected(Where(machines.address)) as there:
        there.check(music)
        answers = [*there.classify([*tracks, SimpleNamespace(path=gone)], model, default_model_folder())]
        failures = [answer for answer in answers if answer.path == gone]
        assert sorted((a for a in answers if a.path != gone), key=lambda a: a.path) == here
        assert [a.embedding for a in sorted(answers, key=lambda a: a.path) if hasattr(a, "embedding")] == [
            a.embedding for a in here if hasattr(a, "embedding")
        ]
        assert [failure.reason for failure in failures] == [
            "This is not there any more. If it was moved, add its new folder."
        ]
        again = sorted(there.describe((track.path, "Jazz") for track in tracks), key=lambda outcome: outcome.path)
        assert again == described
    with connected(Where(machines.address, maps)) as there:
        mapped = sorted(there.classify(elsewhere, model, default_model_folder()), key=lambda outcome: outcome.path)
        assert [answer.path for answer in mapped] == sorted(track.path for track in elsewhere)


def files(count: int, *more: str) -> list[tuple[str, str]]:
    return [(name, "") for name in (*(f"/m/{number}" for number in range(count)), *more)]


def test_what_a_worker_had_when_it_was_killed_others_do_once(machines):
    with connected(Where(machines.address)) as there:
        outcomes = there._run(FAKE, iter(files(30)), cluster_work.slowly)
        done = [next(outcomes).path]
        machines.kill("two")
        done += [outcome.path for outcome in outcomes]
        assert Counter(done) == Counter(path for path, _ in files(30))
        assert len(there.workers()) == 1


def test_a_scheduler_that_is_killed_and_started_again_loses_nothing(machines, caplog):
    said: list[str] = []
    with connected(Where(machines.address, patience=60), said) as there:
        outcomes = there._run(FAKE, iter(files(30)), cluster_work.slowly)
        done = [next(outcomes).path]
        machines.kill("scheduler", "one")
        machines.start("scheduler", "one")
        done += [outcome.path for outcome in outcomes]
        assert Counter(done) == Counter(path for path, _ in files(30))
    assert any("waiting for up to 60 s" in sentence for sentence in said)


def test_a_file_that_ends_its_workers_is_named_and_the_others_are_done(machines, monkeypatch):
    monkeypatch.setattr(cluster_module, "_FIRST", 1)
    machines.start("three")
    machines.wait(2)
    with connected(Where(machines.address, patience=5)) as there:
        outcomes = list(there._run(FAKE, iter([("/m/poison", ""), *files(6)]), cluster_work.slowly))
    assert Counter(outcome.path for outcome in outcomes) == Counter([path for path, _ in files(6, "/m/poison")])
    assert [outcome.reason for outcome in outcomes if outcome.path == "/m/poison"] == [cluster_module._THRICE]


def test_closing_in_the_middle_calls_the_rest_back(inside):
    with connected(Where(inside)) as there:
        outcomes = there._run(FAKE, iter(files(1_000)), cluster_work.slowly)
        next(outcomes)
        outcomes.close()
        began = time.monotonic()
        assert len(list(there._run(FAKE, iter(files(4)), cluster_work.slowly))) == 4
        assert time.monotonic() - began < 20


def test_what_was_interrupted_goes_on_at_a_second_start_and_nothing_is_heard_twice(inside, tmp_path):
    heard: list[str] = []

    def hear(there: Cluster, tracks):
        for outcome in there._run(FAKE, ((track.path, "") for track in tracks), cluster_work.slowly):
            heard.append(outcome.path)
            yield outcome

    model = SimpleNamespace(name="m")
    with Library.open(str(tmp_path / "library.sqlite3")) as library, connected(Where(inside)) as there:
        library.store(*(scanned(path, ino=number + 1) for number, (path, _) in enumerate(files(30))))
        first = line.classify_into(library, model, hear=lambda tracks: hear(there, tracks))
        next(first)
        first.close()
        stored = {failure.path for failure in library.failures()}
        assert 0 < len(stored) < 30
        heard.clear()
        list(line.classify_into(library, model, hear=lambda tracks: hear(there, tracks)))
        assert sorted(heard) == sorted({path for path, _ in files(30)} - stored)
        assert len(library.failures()) == 30


def test_the_command_line_hears_and_describes_on_workers(inside, music, tmp_path, capsys):
    from genre_tagger.cli.__main__ import main

    library, folder = ["--library", str(tmp_path / "library.sqlite3")], os.path.dirname(music[0])
    assert main([*library, "scan", folder, "--quiet"]) == 1
    assert main([*library, "classify", "--dask", inside, "--quiet"]) == 0
    assert "3 files classified" in capsys.readouterr().out
    assert main([*library, "classify", "--dask", inside, "--quiet"]) == 0
    assert "0 files classified" in capsys.readouterr().out
    assert main(["describe", folder, "--csv", str(tmp_path / "table.csv"), "--dask", inside, "--quiet"]) == 1
    assert "3 files described, 1 failed." in capsys.readouterr().out
    assert main([*library, "classify", "--dask", "tcp://nobody.invalid:1"]) == 3
    said = capsys.readouterr().err
    assert "Warning: whoever reaches tcp://nobody.invalid:1 can run programs on its workers." in said
    assert "Nobody answers at tcp://nobody.invalid:1" in said
    with pytest.raises(SystemExit):
        main([*library, "classify", "--dask", inside, "--map", "music"])
    assert "does not say HERE=THERE" in capsys.readouterr().err


def test_the_command_line_says_what_is_wrong_and_ends_with_status_3(inside, music, tmp_path, capsys, monkeypatch):
    from genre_tagger.cli.__main__ import main

    library, folder = ["--library", str(tmp_path / "library.sqlite3")], os.path.dirname(music[0])
    main([*library, "scan", folder, "--quiet"])
    capsys.readouterr()

    def said_of(*more: str) -> str:
        assert main([*library, "classify", "--quiet", "--dask", *more]) == 3
        return capsys.readouterr().err

    assert "does not see /not/mounted" in said_of(inside, "--map", f"{folder}=/not/mounted")
    assert "local: wants a number" in said_of("local:none")
    assert "which is to be the ca of TLS, is not there" in said_of("tls://127.0.0.1:1", "--tls-ca", "/nowhere.pem")

    mine = cluster_module.versions
    monkeypatch.setattr(cluster_module, "versions", lambda: mine().replace("NumPy ", "NumPy 0."))
    assert "is not used. It runs Genre Tagger" in (said := said_of(inside))
    assert "NumPy 0." in said
    assert "Install the same versions there" in said
    with Library.open(library[1]) as kept:
        assert kept.count(unclassified=True) == 3


def test_a_full_drive_under_the_library_is_a_sentence_and_the_rest_is_heard_later(inside, tmp_path):
    heard: list[str] = []

    def hear(there: Cluster, tracks):
        for outcome in there._run(FAKE, ((track.path, "x" * 900) for track in tracks), cluster_work.at_once):
            heard.append(outcome.path)
            yield outcome

    path, model = str(tmp_path / "library.sqlite3"), SimpleNamespace(name="m")
    with Library.open(path) as library, connected(Where(inside)) as there:
        library.store(*(scanned(path, ino=number + 1) for number, (path, _) in enumerate(files(1_500))))
        list(library.prepare())
        (pages,) = library._db.execute("PRAGMA page_count").fetchone()
        library._db.execute(f"PRAGMA max_page_count = {pages + 150}")
        with pytest.raises(LibraryError, match="Its drive is full; make room there and try again"):
            list(line.classify_into(library, model, hear=lambda tracks: hear(there, tracks)))
        stored = {failure.path for failure in library.failures()}
        assert 0 < len(stored) < 1_500
        library._db.execute("PRAGMA max_page_count = 100000")
        heard.clear()
        list(line.classify_into(library, model, hear=lambda tracks: hear(there, tracks)))
        assert sorted(heard) == sorted({path for path, _ in files(1_500)} - stored)
        assert len(library.failures()) == 1_500


def test_the_window_has_others_listen_and_tells_who(inside, music, tmp_path):
    from app.jobs.stages import Classifier, Helped, classifying

    path = str(tmp_path / "library.sqlite3")
    with Library.open(path) as library:
        list(line.scan_into(library, [os.path.dirname(music[0])]))
        outcomes = list(classifying(path, Classifier(cluster={"Address": inside, "Folders": "/none=/nowhere; "})))
        helped = [outcome for outcome in outcomes if isinstance(outcome, Helped)]
        assert [(len(one.workers), one.sentence) for one in helped] == [(1, "")]
        assert outcomes[0] is helped[0]
        assert library.count(unclassified=True) == 0
        assert len(outcomes) - len(helped) == 3
    classifier = Classifier(cluster={"Address": inside, "Folders": f"{os.path.dirname(music[0])}=/not/mounted"})
    with Library.open(path) as library:
        library.store(*(predicted(music[0], model="another"),))
    classifier.again = True
    with pytest.raises(ClusterError, match="does not see /not/mounted"):
        list(classifying(path, classifier))


@pytest.fixture
def interruptible():
    """Ctrl+C interrupts, also where the tests run behind a shell that has told them to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_processes_started_for_local_workers_get_no_interrupt_and_ours_comes_afterwards():
    wounded = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('alive')"
    said = []

    def start() -> None:
        with cluster_module._deaf_to_interrupts():
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            said.append(subprocess.run([sys.executable, "-c", wounded], capture_output=True, text=True).stdout)

    with pytest.raises(KeyboardInterrupt):
        start()
    assert said == ["alive\n"]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_only_a_few_batches_are_out_at_a_time(inside):
    taken = 0

    def upcoming():
        nonlocal taken
        for file in files(2_000):
            taken += 1
            yield file

    with connected(Where(inside)) as there:
        done = 0
        for _ in there._run(FAKE, upcoming(), cluster_work.at_once):
            done += 1
            assert taken - done <= 4 * 50 + 50  # four batches of a second, and the one that comes back
        assert done == taken == 2_000


@pytest.mark.parametrize(("task", "words"), [
    (FAKE._replace(version="Genre Tagger 0.0.1"), "It runs Genre Tagger"),
    (FAKE._replace(model="m", sha256="0" * 64, fingerprint="0" * 8, folder="/nowhere"), "is another one"),
])  # fmt: skip
def test_a_worker_with_another_version_or_model_is_not_used(inside, music, task, words):
    said: list[str] = []
    with connected(Where(inside, patience=5), said) as there, pytest.raises(ClusterError, match=words):
        list(there._run(task, [(music[0], "")]))
    assert len(said) == 1


def test_workers_without_the_mount_are_told_to_have_it(inside, music):
    model = GenreModel.load(default_model_folder())
    where = Where(inside, {os.path.dirname(music[0]): "/not/mounted"}, patience=5)
    with connected(where) as there, pytest.raises(ClusterError, match=r"does not see /not/mounted/one\.wav\. Mount"):
        there.check(music[:1])
    with connected(where) as there, pytest.raises(ClusterError, match="Mount the music there"):
        list(there.classify([SimpleNamespace(path=music[0])], model, default_model_folder()))


def test_clocks_that_are_hours_apart_are_told_and_do_no_harm(inside, monkeypatch):
    about, said = cluster_module.about_itself, []
    late = {"clock": time.time() + 3 * 3600}
    monkeypatch.setattr(cluster_module, "about_itself", lambda sample: about(sample) | late)
    with connected(Where(inside), said) as there:
        there.check()
        assert len(list(there._run(FAKE, files(3), cluster_work.at_once))) == 3
    assert len(said) == 1
    assert "differs by +3.0 hours" in said[0]


def half_made() -> list[object]:
    from distributed import Client

    gc.disable()
    try:
        return [client for client in gc.get_objects() if type(client) is Client and client.status != "closed"]
    finally:
        gc.enable()


def test_of_an_address_that_nobody_answers_at_no_client_is_left_that_closes_at_a_bad_moment(monkeypatch, caplog):
    monkeypatch.setattr(cluster_module, "_ANSWER_S", 0.3)
    before = len(half_made())
    with pytest.raises(ClusterError, match="Nobody answers at"), connected(Where("nonsense")):
        pass
    assert len(half_made()) == before


def test_an_address_that_nobody_answers_at_is_told(monkeypatch, caplog):
    monkeypatch.setattr(cluster_module, "_ANSWER_S", 0.3)
    for address in ("tcp://127.0.0.1:9", "nonsense", "tcp://127.0.0.1:many"):
        with pytest.raises(ClusterError, match="Nobody answers at"), connected(Where(address)):
            pass
    for address in ("local:none", "local:0"):
        with pytest.raises(ClusterError, match="local: wants a number of processes"), connected(Where(address)):
            pass
    with pytest.raises(ClusterError, match="wants certificates"), connected(Where("tls://x:1")):
        pass
    with pytest.raises(ClusterError, match="is not there"), connected(Where("tls://x:1", tls={"ca": "/nowhere.pem"})):
        pass


def test_a_scheduler_of_another_version_of_dask_is_told(tmp_path, recwarn):
    (tmp_path / "dask-2020.1.0.dist-info").mkdir()
    (tmp_path / "dask-2020.1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: dask\nVersion: 2020.1.0\n")
    port = str(unused_port())
    older = run(
        "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-jupyter",
        PYTHONPATH=os.pathsep.join((str(tmp_path), _PATH)),
    )  # fmt: skip
    try:
        address, until = f"tcp://127.0.0.1:{port}", time.monotonic() + 100
        said = "Nobody answers"
        while "Nobody answers" in said and time.monotonic() < until:
            with pytest.raises(ClusterError) as caught, connected(Where(address)):
                pass
            said = str(caught.value)
    finally:
        end(older)
    assert f"The scheduler at {address} runs Dask 2020.1.0 with Python" in said
    assert "Install the same versions on all machines" in said
    assert not recwarn.list


def test_who_is_waited_for_is_told_in_the_window_and_the_wait_can_be_ended(music, tmp_path):
    from distributed import LocalCluster

    from app.jobs.stages import Classifier, Helped, Still, classifying

    path = str(tmp_path / "library.sqlite3")
    with Library.open(path) as library:
        list(line.scan_into(library, [os.path.dirname(music[0])]))
    with LocalCluster(
        n_workers=0, threads_per_worker=1, processes=False, protocol="tcp://", host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
    ) as empty:  # fmt: skip
        classifier = Classifier(cluster={"Address": empty.scheduler_address})
        outcomes = classifying(path, classifier)
        told = next(outcomes)
        assert isinstance(told, Helped)
        assert not told.workers
        assert "There is no worker yet at" in told.sentence
        assert isinstance(next(outcomes), Still)
        outcomes.close()
        outcomes = classifying(path, classifier)
        next(outcomes)
        empty.scale(1)
        told = [outcome for outcome in outcomes if isinstance(outcome, Helped)][-1]
        assert len(told.workers) == 1
        assert "It goes on at" in told.sentence
    with Library.open(path) as library:
        assert library.count(unclassified=True) == 0


@pytest.mark.parametrize(("address", "tls", "others"), [
    ("local:4", {}, False), ("tcp://127.0.0.1:8786", {}, False), ("tcp://localhost:8786", {}, False),
    ("tcp://[::1]:8786", {}, False), ("tcp://192.168.1.4:8786", {}, True), ("tcp://nas:8786", {}, True),
    ("tls://nas:8786", {"ca": "a", "cert": "b", "key": "c"}, False),
])  # fmt: skip
def test_an_address_that_others_reach_without_a_key_is_open(address, tls, others):
    assert is_open(Where(address, tls=tls)) is others


def test_paths_are_called_as_workers_call_them():
    where = Where("local:1", {"/music": "/mnt/nas/music", "/music/jazz/": "/jazz"})
    assert where.there("/music/a.mp3") == "/mnt/nas/music/a.mp3"
    assert where.there("/music/jazz/b.mp3") == "/jazz/b.mp3"
    assert where.there("/musical/c.mp3") == "/musical/c.mp3"


def test_with_tls_only_who_shows_a_certificate_is_let_in(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(cluster_module, "_ANSWER_S", 2.0)
    from distributed import LocalCluster
    from distributed.security import Security

    tls = certificates(tmp_path)
    security = Security(
        require_encryption=True, tls_ca_file=tls["ca"],
        **{f"tls_{role}_{kind}": tls[kind] for role in ("scheduler", "worker", "client") for kind in ("cert", "key")},
    )  # fmt: skip
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0", security=security,
        protocol="tls://", host="127.0.0.1",
    ) as there:  # fmt: skip
        with connected(Where(there.scheduler_address, tls=tls)) as machines:
            assert len(list(machines._run(FAKE, files(3), cluster_work.at_once))) == 3
        (tmp_path / "another").mkdir()
        stranger = Where(there.scheduler_address, tls=certificates(tmp_path / "another"))
        with pytest.raises(ClusterError, match=r"answers at .* \(self-signed certificate\)"), connected(stranger):
            pass
        plain = there.scheduler_address.replace("tls://", "tcp://")
        with pytest.raises(ClusterError, match="whether the address and TLS are right"), connected(Where(plain)):
            pass


def test_of_a_certificate_that_is_not_valid_now_the_clock_is_told():
    refused = ssl.SSLCertVerificationError("certificate verify failed")
    refused.verify_code, refused.verify_message = 9, "certificate is not yet valid"
    outer = OSError("TLS certificate does not match.")
    outer.__cause__ = refused
    assert cluster_module._refused(outer).startswith("certificate is not yet valid; the clock here says 20")
    assert cluster_module._refused(OSError("refused")) == ""


def certificates(folder: Path) -> dict[str, str]:
    """A key and a certificate that is signed by itself."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "archive")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption(),
    ))  # fmt: skip
    return {"ca": str(folder / "cert.pem"), "cert": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
