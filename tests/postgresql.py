"""A PostgreSQL of the tests' own: a folder, a socket, a server that ends with the run."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def binaries() -> Path:
    """The folder of initdb and pg_ctl."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    if initdb is None:
        raise RuntimeError("PostgreSQL is missing: apt-get install postgresql")
    return Path(initdb).resolve().parent


def as_ordinary_user(folder: str) -> list[str]:
    """PostgreSQL refuses to run as root; then it runs as the user that Debian's package made."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres", "postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def started() -> str:
    """Start a server and give its address; it listens on a socket in its own folder only."""
    folder = tempfile.mkdtemp(prefix="resguardo-pg-")
    os.chmod(folder, 0o755)
    prefix, tools, data = as_ordinary_user(folder), binaries(), f"{folder}/data"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*prefix, tools / "initdb", "-D", data, "-U", "resguardo", "-A", "trust", "-N"], **quiet)
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    start = [tools / "pg_ctl", "-D", data, "-l", f"{folder}/log", "-o", options, "-w", "start"]
    subprocess.run([*prefix, *start], **quiet)

    def stop() -> None:
        subprocess.run([*prefix, tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return f"postgresql://resguardo@{folder.replace('/', '%2F')}/postgres"
