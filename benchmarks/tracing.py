"""Kill a process right before its n-th system call that changes anything (Linux on x86-64), by ptrace and seccomp."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Callable

_TRACEME, _CONTINUE, _SETOPTIONS, _GET_SYSCALL_INFO = 0, 7, 0x4200, 0x420E
_STOP_AT_CALLS, _END_WITH_US = 1 << 7, 1 << 20
_AT_CALL = signal.SIGTRAP | 7 << 8  # why a process stopped
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2  # of prctl
_LOAD, _JUMP_IF, _ANSWER = 0x20, 0x15, 0x06  # instructions of a filter
_STOP, _GO_ON = 0x7FF00000, 0x7FFF0000  # its answers
#: Calls that change a file, a folder or a file system, or wait for that, by their numbers; flags alone tell of openat.
MUTATING = {
    1: "write", 16: "ioctl", 18: "pwrite64", 20: "writev", 40: "sendfile", 74: "fsync", 75: "fdatasync",
    76: "truncate", 77: "ftruncate", 82: "rename", 83: "mkdir", 84: "rmdir", 86: "link", 87: "unlink", 88: "symlink",
    90: "chmod", 91: "fchmod", 92: "chown", 93: "fchown", 188: "setxattr", 190: "fsetxattr", 197: "removexattr",
    199: "fremovexattr", 257: "openat", 258: "mkdirat", 260: "fchownat", 263: "unlinkat", 264: "renameat",
    265: "linkat", 268: "fchmodat", 280: "utimensat", 285: "fallocate", 306: "syncfs", 316: "renameat2",
    326: "copy_file_range",
}  # fmt: skip
_OPENAT, _FLAGS = 257, 2


class _Filter(ctypes.Structure):
    """The instructions of a filter, and how many they are (struct sock_fprog)."""

    _fields_ = [("count", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


class _Call(ctypes.Structure):
    """What the kernel tells of a stop (struct ptrace_syscall_info)."""

    _fields_ = [
        ("op", ctypes.c_uint8),
        ("arch", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
        ("arguments", ctypes.c_uint64 * 6),
    ]


def may_trace() -> bool:
    """Whether this system is one whose calls are known here."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


def run_until(work: Callable[[], object], point: int) -> str | None:
    """Do some work in a process of its own, which is killed before its n-th mutating call.

    Parameters
    ----------
    work : callable
        What to do; by one thread.
    point : int
        Which call, counted from 1.

    Returns
    -------
    str or None
        The call before which it was killed; None when it ended before.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    child = os.fork()
    if child == 0:
        try:
            _stop_at_mutating_calls(libc)
            work()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    _checked(libc.ptrace(_SETOPTIONS, child, None, _STOP_AT_CALLS | _END_WITH_US))
    call, count, passed_on = _Call(), 0, 0
    while True:
        _checked(libc.ptrace(_CONTINUE, child, None, passed_on))
        _, status = os.waitpid(child, 0)
        if not os.WIFSTOPPED(status):
            return None
        passed_on = 0 if status >> 8 == _AT_CALL else os.WSTOPSIG(status)
        if passed_on:
            continue
        _checked(libc.ptrace(_GET_SYSCALL_INFO, child, ctypes.sizeof(call), ctypes.addressof(call)))
        count += call.number != _OPENAT or bool(call.arguments[_FLAGS] & (os.O_CREAT | os.O_TRUNC))
        if count == point:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return MUTATING[call.number]


def _stop_at_mutating_calls(libc: ctypes.CDLL) -> None:
    """Have this process stop before each of them, and now, for the other one to say how to go on (seccomp)."""
    _checked(libc.ptrace(_TRACEME, 0, None, None))
    os.kill(os.getpid(), signal.SIGSTOP)
    numbers = sorted(MUTATING)
    tests = [(_JUMP_IF, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    program = [(_LOAD, 0, 0, 0), *tests, (_ANSWER, 0, 0, _GO_ON), (_ANSWER, 0, 0, _STOP)]
    packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    _checked(libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _checked(libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(_Filter(len(program), packed)), 0, 0))


def _checked(result: int) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"tracing: {os.strerror(code)}")
