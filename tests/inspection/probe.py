"""A child that misbehaves on purpose, run in place of `resguardo.inspection.inside`.

`python -I probe.py MODE`: it goes the same way into the same cage, and then does what MODE says. What it
finds out comes back as the text of a look.
"""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resguardo.inspection import cage, inside
from resguardo.inspection.finding import Finding

LIBC = ctypes.CDLL(None, use_errno=True)
X32 = 0x40000000
MACHINE = platform.machine()


def _raw(number: int, *arguments: Any) -> None:
    """A system call by its number on x86_64; raises OSError when it is refused."""
    if LIBC.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _sealed() -> int:
    """The descriptor of the sealed file: the only one above the standard three."""
    for number in range(3, 32):
        try:
            os.pread(number, 1, 0)
        except OSError:
            continue
        return number
    raise AssertionError("no sealed file")


def _mapped(flags: int, protection: int) -> None:
    address = LIBC.mmap(None, 4096, protection, flags, -1 if flags & mmap.MAP_ANONYMOUS else _sealed(), 0)
    if address == -1:
        raise OSError(ctypes.get_errno(), "refused")


def _socket_to(family: int, kind: int) -> Callable[[], object]:
    return lambda: socket.socket(family, kind)


ATTEMPTS: dict[str, Callable[[], object]] = {
    "socket": _socket_to(socket.AF_INET, socket.SOCK_STREAM),
    "socket6": _socket_to(socket.AF_INET6, socket.SOCK_DGRAM),
    "unix socket": _socket_to(socket.AF_UNIX, socket.SOCK_STREAM),
    "socketpair": socket.socketpair,
    "read /etc/passwd": lambda: Path("/etc/passwd").read_text(),
    "read its own memory": lambda: os.open("/proc/self/mem", os.O_RDONLY),
    "write a file": lambda: Path("/tmp/resguardo-probe").write_text("x"),
    "write by descriptor": lambda: os.pwrite(_sealed(), b"x", 0),
    "write to the error output": lambda: os.write(2, b"x"),
    "truncate": lambda: os.ftruncate(_sealed(), 0),
    "map the sealed file": lambda: _mapped(mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE),
    "map code": lambda: _mapped(mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_EXEC),
    "load a library": lambda: ctypes.CDLL("libutil.so.1"),
    "stat": lambda: os.stat("/etc/passwd"),
    "list": lambda: os.listdir("/"),
    "mkdir": lambda: os.mkdir("/tmp/resguardo-probe"),
    "unlink": lambda: os.unlink("/etc/passwd"),
    "rename": lambda: os.rename("/etc/passwd", "/etc/passwd-"),
    "link": lambda: os.link("/etc/passwd", "/tmp/resguardo-probe"),
    "symlink": lambda: os.symlink("/etc/passwd", "/tmp/resguardo-probe"),
    "chmod": lambda: os.chmod("/etc/passwd", 0o644),
    "chdir": lambda: os.chdir("/tmp"),
    "fork": os.fork,
    "spawn": lambda: subprocess.Popen(["/bin/true"]),
    "exec": lambda: os.execv("/bin/true", ["/bin/true"]),
    "kill another": lambda: os.kill(os.getppid(), 0),
    "kill a group": lambda: os.killpg(0, 0),
    "pipe": os.pipe,
    "raise a limit": lambda: __import__("resource").setrlimit(0, (9, 9)),
    "undump": lambda: _check(LIBC.prctl(4, 1, 0, 0, 0)),
}
# By their numbers on x86_64, for what Python has no name for; each with arguments that would be valid.
NUMBERED: dict[str, tuple[int, ...]] = {
    "ptrace": (101, 0, 0, 0, 0),
    "clone a process": (56, signal.SIGCHLD, 0, 0, 0, 0),
    "clone a namespace": (56, 0x10000 | 0x20000000, 0, 0, 0, 0),
    "clone3": (435, 0, 0),
    "process_vm_readv": (310, 1, 0, 0, 0, 0, 0),
    "process_vm_writev": (311, 1, 0, 0, 0, 0, 0),
    "memfd_create": (319, 0, 0),
    "io_uring_setup": (425, 8, 0),
    "bpf": (321, 0, 0, 0),
    "keyctl": (250, 0, 0, 0),
    "mount": (165, 0, 0, 0, 0, 0),
    "unshare": (272, 0x10000000),
    "setns": (308, 0, 0),
    "userfaultfd": (323, 0),
    "perf_event_open": (298, 0, 0, -1, -1, 0),
    "open by the x32 table": (X32 | 2, 0, 0),
    "execve by the x32 table": (X32 | 520, 0, 0, 0),
    "a call of the future": (600,),
}


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), "refused")


def escape() -> dict[str, str]:
    """Every attempt and what it met: the name of an errno, or "allowed"."""
    attempts = dict(ATTEMPTS)
    if MACHINE == "x86_64":
        for name, (number, *arguments) in NUMBERED.items():
            attempts[name] = lambda n=number, a=arguments: _raw(n, *map(ctypes.c_long, a))  # type: ignore[misc]
    met = {}
    for name, attempt in attempts.items():
        try:
            attempt()
        except OSError as refused:
            # The loader of libraries tells its errno only in words.
            code = refused.errno or (errno.EPERM if "not permitted" in str(refused) else 0)
            met[name] = errno.errorcode.get(code, "?")
        except ValueError:
            # What setrlimit makes of an EPERM.
            met[name] = "EPERM"
        else:
            met[name] = "allowed"
    return met


def surroundings() -> dict[str, Any]:
    """What the child can see of itself."""
    return {"argv": sys.orig_argv, "env": dict(os.environ), "modules": sorted(sys.modules)}


def _spin() -> None:
    while True:
        pass


def _swell() -> None:
    held = []
    while True:
        held.append(bytearray(16 << 20))


def _say(raw: bytes) -> None:
    while raw:
        raw = raw[os.write(cage.RESULT, raw) :]
    os._exit(0)


def _wait() -> None:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def _no_kernel() -> None:
    cage.AUDIT_ARCH.clear()


HOSTILE = Finding("image/jpeg", facts={"bytes": 1}).answer()
MODES: dict[str, Callable[[], object]] = {
    "escape": lambda: _tell(escape()),
    "surroundings": lambda: _tell(surroundings()),
    "spin": _spin,
    "wait": _wait,
    "swell": _swell,
    "segfault": lambda: ctypes.string_at(8),
    "raise": lambda: int("a word of hers"),
    "leave": lambda: os._exit(0),
    "garbage": lambda: _say(b"\x00\xff not json"),
    "nested": lambda: _say(b"[" * 1_000_000),
    "endless": lambda: _say(b" " * (64 << 20)),
    "other shape": lambda: _say(json.dumps(HOSTILE | {"admin": True}).encode()),
    "script as type": lambda: _say(json.dumps(HOSTILE | {"media_type": "<script>"}).encode()),
    "invented mark": lambda: _say(json.dumps(HOSTILE | {"marks": ["<b>"]}).encode()),
    "invented failure": lambda: _say(b'{"failed": "<b>"}'),
    "page as preview": lambda: _say(
        json.dumps(
            HOSTILE
            | {
                "previews": [
                    {
                        "kind": "grey",
                        "media_type": "image/jpeg",
                        "width": 1,
                        "height": 1,
                        "at_s": None,
                        "data": "PGh0bWw+",
                    }
                ]
            }
        ).encode()
    ),
}


def _tell(found: dict[str, Any]) -> dict[str, Any]:
    return Finding("text/plain", facts={"bytes": 0}, text=json.dumps(found)).answer()


def main(mode: str) -> None:
    if mode == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "unknown machine":
        _no_kernel()
    if mode == "nobody":
        os.setgid(65534)
        os.setuid(65534)
    if mode in MODES:
        inside.TASKS["look"] = lambda source, size, enough, options: MODES[mode]()  # type: ignore[assignment,return-value]
    inside.main()


if __name__ == "__main__":
    main(sys.argv[1])
