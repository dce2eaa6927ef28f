"""The cage: after `shut`, this process can compute, read the one file it was handed and write one answer.

No file can be opened (not even for reading), no socket, thread or process made, no code mapped in. The
system calls that stay are listed, everything else is refused with EPERM, so a call that a future kernel
adds is refused too. It asks for no privilege and works inside a container.
Source: Linux prctl(2), setrlimit(2), seccomp(2); the kernel's syscall tables of x86_64 and aarch64.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct
import sys
from dataclasses import dataclass

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC = 1, 1
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# name: (number on x86_64, number on aarch64); x86_64 has a few that aarch64 never had
ALLOWED: dict[str, tuple[int, int | None]] = {
    "pread64": (17, 67),
    "close": (3, 57),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "futex": (202, 98),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "restart_syscall": (219, 128),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
SECCOMP = (317, 277)
WRITE = (1, 64)
MMAP = (9, 222)
MPROTECT = (10, 226)
CLONE = (56, 220)
CLONE3 = (435, 435)

PROT_EXEC = 0x4
MAP_ANONYMOUS = 0x20
CLONE_THREAD = 0x10000
CLONE_NAMESPACES = 0x7E020080
RESULT = 1
"""The descriptor of the answer, and the only one that can be written to."""

# classic BPF over struct seccomp_data: nr at 0, arch at 4, the low half of argument i at 16 + 8 * i
LOAD, EQUAL, HAS_BITS, RETURN = 0x20, 0x15, 0x45, 0x06
KILL, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
REFUSE, UNKNOWN = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS
NUMBER, ARCH, ARGUMENTS = 0, 4, 16


class NoCage(Exception):
    """This machine cannot shut the cage; then nothing is inspected on it."""


@dataclass(frozen=True)
class Bars:
    """What the caged process may use: bytes of address space, and seconds of processor time."""

    memory: int
    cpu: int
    files: int


def shut(bars: Bars) -> None:
    """Shut the cage around this process, for good. Import everything first: nothing can be opened after.

    Raises NoCage when the machine is neither x86_64 nor aarch64, or its kernel refuses.
    """
    machine = os.uname().machine
    if machine not in AUDIT_ARCH or sys.maxsize < 2**32:
        raise NoCage(f"no syscall table for {machine}")
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((PR_SET_PDEATHSIG, signal.SIGKILL), (PR_SET_DUMPABLE, 0), (PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3):
            raise NoCage(f"prctl {option}: errno {ctypes.get_errno()}")
    _limit(bars)
    _filter(libc, machine)


def _limit(bars: Bars) -> None:
    """Set the limits of the process; never above what it was given."""
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: bars.files,
        resource.RLIMIT_CPU: bars.cpu,
        resource.RLIMIT_AS: bars.memory,
    }
    for what, most in wanted.items():
        # At its soft limit of time a process gets a signal that says so; at the hard one it is just killed.
        last = most + 1 if what == resource.RLIMIT_CPU else most
        _, hard = resource.getrlimit(what)
        if hard != resource.RLIM_INFINITY:
            most, last = min(most, hard), min(last, hard)
        try:
            resource.setrlimit(what, (most, last))
        except (OSError, ValueError) as why:
            raise NoCage(f"setrlimit {what}") from why


def program(machine: str) -> bytes:
    """The seccomp filter for `machine`, as an array of struct sock_filter."""
    column = list(AUDIT_ARCH).index(machine)
    code = [(LOAD, 0, 0, ARCH), (EQUAL, 1, 0, AUDIT_ARCH[machine]), (RETURN, 0, 0, KILL)]
    code.append((LOAD, 0, 0, NUMBER))
    for numbers in ALLOWED.values():
        number = numbers[column]
        if number is not None:
            code += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    code += _when(WRITE[column], [(LOAD, 0, 0, ARGUMENTS), (EQUAL, 0, 1, RESULT), (RETURN, 0, 0, ALLOW)])
    not_code = [(LOAD, 0, 0, ARGUMENTS + 16), (HAS_BITS, 1, 0, PROT_EXEC), (RETURN, 0, 0, ALLOW)]
    code += _when(MPROTECT[column], not_code)
    # Only memory without a file behind it: a shared mapping would be a way to write to the sealed file.
    anonymous = [
        (LOAD, 0, 0, ARGUMENTS + 16),
        (HAS_BITS, 3, 0, PROT_EXEC),
        (LOAD, 0, 0, ARGUMENTS + 24),
        (HAS_BITS, 0, 1, MAP_ANONYMOUS),
        (RETURN, 0, 0, ALLOW),
    ]
    code += _when(MMAP[column], anonymous)
    # libde265 cannot decode without a thread of its own; clone3 hides its flags from a filter, and glibc
    # falls back to clone when the kernel seems not to know it.
    thread = [
        (LOAD, 0, 0, ARGUMENTS),
        (HAS_BITS, 2, 0, CLONE_NAMESPACES),
        (HAS_BITS, 0, 1, CLONE_THREAD),
        (RETURN, 0, 0, ALLOW),
    ]
    code += _when(CLONE[column], thread)
    code += [(EQUAL, 0, 1, CLONE3[column]), (RETURN, 0, 0, UNKNOWN)]
    code.append((RETURN, 0, 0, REFUSE))
    return b"".join(struct.pack("=HBBI", *step) for step in code)


def _when(number: int, steps: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """`steps` for the system call `number`, ending in a refusal; other calls go past them."""
    steps = [*steps, (RETURN, 0, 0, REFUSE)]
    return [(EQUAL, 0, len(steps), number), *steps]


def _filter(libc: ctypes.CDLL, machine: str) -> None:
    """Put the filter on every thread of this process."""
    code = program(machine)
    buffer = ctypes.create_string_buffer(code, len(code))
    pointer = struct.pack("@HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    number = SECCOMP[list(AUDIT_ARCH).index(machine)]
    libc.syscall.restype = ctypes.c_long
    refused = libc.syscall(
        ctypes.c_long(number),
        ctypes.c_ulong(SECCOMP_SET_MODE_FILTER),
        ctypes.c_ulong(SECCOMP_FILTER_FLAG_TSYNC),
        ctypes.c_char_p(pointer),
    )
    if refused:
        raise NoCage(f"seccomp: errno {ctypes.get_errno()}")
