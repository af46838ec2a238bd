"""Decoders that crash, get stuck or take memory without end cost one file each, and nothing is left behind."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from genre_tagger.base.errors import DecodeError
from genre_tagger.sound.decoding import limits
from genre_tagger.sound.decoding.limits import CRASHED, GREEDY, SILENT_DRIVE, STUCK, Limits, Pulse
from genre_tagger.sound.decoding.processes import DecodingProcesses
from helpers.decoders import bad_decoders

LIMITS = Limits(memory=256 << 20, processor=1.0, asleep=0.5, drive=4.0)
SR = 16_000


@pytest.fixture
def processes(tmp_path, monkeypatch):
    """A function: how many good decoders stand behind the bad one → processes that use them."""
    made = []
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(well: int = 0, given: Limits = LIMITS) -> DecodingProcesses:
        made.append(DecodingProcesses(bad_decoders(tmp_path, well), given))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def named(tmp_path):
    """A function: name → a file that is called so."""

    def make(name: str) -> str:
        path = tmp_path / name
        path.write_bytes(bytes(1000))
        return str(path)

    return make


def excerpts(processes: DecodingProcesses, path: str) -> list[np.ndarray]:
    return [y for _, y in processes.items("windows", path, sr=SR, seconds=10.0, count=3)][1:]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("abort", CRASHED), ("sleep", STUCK), ("lock", STUCK), ("compute", STUCK), ("allocate", GREEDY)],
)
def test_a_decoder_at_fault_costs_its_file_and_the_next_one_is_heard(processes, named, name, reason):
    pool = processes()
    with pytest.raises(DecodeError) as caught:
        excerpts(pool, named(name))
    assert (caught.value.path, caught.value.reason) == (named(name), reason)
    assert [len(y) for y in excerpts(pool, named("good"))] == [10 * SR] * 3


@pytest.mark.parametrize("name", ["abort", "sleep"])
def test_a_stream_that_ends_so_says_it_behind_what_came_before(processes, named, name):
    came: list[int] = []
    items = processes().items("stream", named(name), offset=0.0, seconds=None)
    with pytest.raises(DecodeError):
        came.extend(y.size for _, y in items)
    assert sum(came) in (0, 2 * SR)


def test_when_files_run_out_the_sound_ends_there(processes, named):
    (y,) = excerpts(processes(), named("open"))
    assert len(y) == 2 * SR


def test_more_sound_than_a_file_can_hold_is_not_waited_for(processes, named):
    items = processes().items("stream", named("endless"), offset=0.0, seconds=None)
    assert sum(y.size for _, y in items) <= 1001 * SR  # it has a thousand bytes


@pytest.mark.skipif(sys.platform != "linux", reason="what a process reads cannot be seen elsewhere")
@pytest.mark.parametrize(("name", "most"), [("nothing", 1e6), ("again", 2 + (8 * 4 + 16 + 32) * 65.536)])
def test_sound_that_comes_from_nowhere_ends_and_what_came_before_is_heard(processes, named, name, most):
    path = named(name)
    os.truncate(path, 4 << 20)  # it could hold four million seconds
    pool = processes()
    seconds = sum(y.size for _, y in pool.items("stream", path, offset=0.0, seconds=None)) / SR
    assert 42 < seconds < most
    assert pool._idle  # it left off in good order


def test_a_drive_is_waited_for_longer_than_a_decoder_that_sleeps(monkeypatch):
    states = iter("RSRDDDSDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD")
    monkeypatch.setattr(limits, "_state", lambda process: next(states))
    clock = iter(range(100))
    monkeypatch.setattr(limits.time, "monotonic", lambda: next(clock))
    patience = limits.Patience(Limits(asleep=2.5, drive=20.0), 1, Pulse(1, 0))
    answers = [patience.ended() for _ in range(25)]
    assert (answers[:-1], answers[-1]) == ([""] * 24, SILENT_DRIVE)


def test_what_gets_on_may_sleep_again(monkeypatch):
    monkeypatch.setattr(limits, "_state", lambda process: "S")
    clock = iter(range(100))
    monkeypatch.setattr(limits.time, "monotonic", lambda: next(clock))
    pulse = Pulse(1, 0)
    patience = limits.Patience(Limits(asleep=2.5), 1, pulse)
    for beats in range(2, 6):
        assert [patience.ended() for _ in range(2)] == ["", ""]
        pulse.beats = beats
    assert [patience.ended() for _ in range(3)][-1] == STUCK


@pytest.mark.skipif(sys.platform != "linux", reason="what a process does cannot be seen elsewhere")
def test_it_is_seen_whether_a_process_computes_or_sleeps():
    loop = "print(flush=True)\nwhile True: pass"
    for program, state in ((loop, "R"), ("print(flush=True)\nimport time; time.sleep(99)", "S")):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(0.1)
            assert limits._state(process.pid) == state
            process.kill()
    assert limits._state(process.pid) == "?"


def test_where_one_decoder_crashes_another_is_asked_in_a_fresh_process(processes, named):
    assert [len(y) for y in excerpts(processes(well=1), named("abort"))] == [10 * SR] * 3


def test_a_crash_is_tried_once_more_and_not_again(processes, named, monkeypatch):
    from genre_tagger.sound.decoding import processes as programs_side

    started = []
    usual = programs_side._Process.__init__
    monkeypatch.setattr(
        programs_side._Process, "__init__", lambda self, *given: (started.append(given), usual(self, *given))[1]
    )
    with pytest.raises(DecodeError):
        excerpts(processes(), named("abort"))
    assert len(started) == 2


def test_a_bug_is_raised_here_with_where_it_was(processes, named):
    with pytest.raises(RuntimeError, match=r"(?s)misbehave.*a bug"):
        excerpts(processes(), named("bug"))


def test_one_process_stays_for_all_that_comes_one_after_another(processes, named):
    pool = processes()
    excerpts(pool, named("good"))
    before = {child.pid for child in multiprocessing.active_children()}
    for _ in range(5):
        excerpts(pool, named("good"))
        items = pool.items("stream", named("good"), offset=0.0, seconds=None)
        next(items)
        items.close()
    assert {child.pid for child in multiprocessing.active_children()} == before


def test_what_is_asked_for_at_the_same_time_goes_to_several(processes, named):
    pool = processes()
    streams = [pool.items("stream", named("good"), offset=0.0, seconds=None) for _ in range(3)]
    for stream in streams:
        next(stream)
    sums = [sum(y.size for _, y in stream) for stream in streams]
    assert sums == [40 * SR] * 3


def test_an_answer_larger_than_the_ring_arrives_whole(processes, named):
    ((_, y),) = processes().items("load", named("good"), sr=48_000, offset=0.0, seconds=None)
    assert len(y) == 40 * 48_000
    np.testing.assert_allclose(y[4_800:-4_800], 0.1, atol=1e-4)


def test_a_process_that_has_nothing_to_do_goes_and_another_comes(processes, named):
    pool = processes(given=Limits(idle=0.2))
    excerpts(pool, named("good"))
    (process,) = pool._idle
    process._process.join(10)
    assert not process.is_alive()
    assert excerpts(pool, named("good"))
    assert pool._idle != [process]


def test_one_killed_from_outside_between_two_files_is_replaced(processes, named):
    pool = processes()
    excerpts(pool, named("good"))
    os.kill(pool._idle[0]._process.pid, signal.SIGKILL)
    assert excerpts(pool, named("good"))


def test_decoders_that_cannot_even_be_loaded_end_in_a_sentence(named, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "none.py").write_text("import os\nos._exit(3)\n")
    with pytest.raises(DecodeError, match="no room for another process"):
        excerpts(DecodingProcesses("none", LIMITS), named("good"))


def test_where_no_process_can_be_started_there_is_a_sentence(processes, named, monkeypatch):
    from multiprocessing.context import SpawnProcess

    def refuse(self):
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(SpawnProcess, "start", refuse)
    with pytest.raises(DecodeError, match="no room for another process"):
        excerpts(processes(), named("good"))


@pytest.mark.skipif(sys.platform == "win32", reason="processes are looked at by their numbers")
@pytest.mark.parametrize("name", ["good", "lock"])
def test_none_outlives_the_program_that_is_killed(processes, named, tmp_path, name):
    processes()  # writes the decoders
    script = (
        "import sys, multiprocessing\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "from genre_tagger.sound.decoding.limits import Limits\n"
        "from genre_tagger.sound.decoding.processes import DecodingProcesses\n"
        "pool = DecodingProcesses('bad_0_2', Limits(processor=1.0, asleep=30.0, drive=2.0))\n"
        f"items = pool.items('stream', {named(name)!r}, offset=0.0, seconds=None)\n"
        "next(items)\n"
        "print(multiprocessing.active_children()[0].pid, flush=True)\n"
        "next(items)\n"
        "input()\n"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with program:
        child = int(program.stdout.readline())
        time.sleep(0.3)
        program.kill()
    deadline = time.monotonic() + 20
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline and not is_zombie(child):
            os.kill(child, 0)
            time.sleep(0.05)
        assert is_zombie(child)


def is_zombie(process: int) -> bool:
    with contextlib.suppress(OSError), open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    return True


def test_the_processes_know_nothing_of_qt_nor_of_the_model(processes, named, tmp_path):
    processes()
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import logging; logging.basicConfig(stream=sys.stdout, level=logging.INFO)\n"
        "import app.__main__\n"
        "from genre_tagger.sound.decoding.processes import DecodingProcesses\n"
        f"list(DecodingProcesses('bad_0_2').items('load', {named('modules')!r}, sr=16000, offset=0.0, seconds=None))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stderr == ""
    loaded = set(run.stdout.split())
    assert "numpy" in loaded
    assert not {name.split(".")[0] for name in loaded} & {"PySide6", "shiboken6", "ai_edge_litert", "mutagen"}


def test_a_script_that_decodes_is_run_once(media, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom genre_tagger.sound.audio import load\n"
        "print('run')\nprint(len(load(sys.argv[1], sr=16000)) > 0)\n"
    )
    for how in ([sys.executable, str(script)], [sys.executable, "-"]):
        run = subprocess.run([*how, media("flac")], input=script.read_text(), capture_output=True, text=True)
        assert (run.stdout, run.stderr) == ("run\nTrue\n", "")


@pytest.mark.skipif(sys.platform != "linux", reason="C's stderr cannot be set elsewhere")
def test_what_native_code_says_there_is_logged_here(processes, named, caplog, capfd):
    caplog.set_level(logging.INFO)
    excerpts(processes(), named("say"))
    assert caplog.messages == ["part2_3_length"]
    assert capfd.readouterr().err == ""
