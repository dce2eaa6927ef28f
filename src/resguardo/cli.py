"""The `resguardo` command. Each command parses, calls one room, and prints."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from resguardo.cli_base import django, migrate, stop
from resguardo.cli_evidence import evidence
from resguardo.cli_register import register
from resguardo.cli_route import route


@click.group(help="Told once, sealed, handed over, proved. Each command has --help with an example.")
@click.version_option(package_name="resguardo")
def main() -> None:
    """The command itself does nothing."""


@main.command(epilog="Example: resguardo init --recovery /media/usb/recovery.key")
@click.option(
    "--recovery", type=click.Path(dir_okay=False), required=True, help="Where the offline key goes."
)
@click.option("--data", type=click.Path(file_okay=False), help="Data folder (default: RESGUARDO_DATA).")
def init(recovery: str, data: str | None) -> None:
    """Make the database, the institutions' keys and the offline recovery key.

    Carry the recovery file away from this machine: it opens every institution's key.
    """
    django(data)
    migrate()
    from django.conf import settings

    from resguardo import packs
    from resguardo.core.age import Identity
    from resguardo.people.commands import create_party
    from resguardo.people.queries import recipients

    if recipients():
        stop("This data folder has its institutions already. Nothing was changed.")
    key = Identity.generate()
    with open(os.open(recovery, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(key.text() + "\n")
    pack = packs.load(settings.PACK)
    enabled = [name for name, party in pack.route.parties.items() if party.enabled]
    for name in (*enabled, *pack.observers):
        create_party(name, key.recipient)
        click.echo(f"institution: {name}")
    click.echo(f"recovery key: {recovery}. Carry it away from this machine, and keep two copies.")
    click.echo("next: resguardo member PARTY USERNAME --recovery FILE")


@main.command(epilog="Example: resguardo member pnc ana --recovery /media/usb/recovery.key")
@click.argument("party")
@click.argument("username")
@click.option("--recovery", type=click.Path(exists=True, dir_okay=False), required=True)
@click.option("--name", default="", help="The name that colleagues see.")
@click.option(
    "--role", type=click.Choice(["officer", "admin", "auditor"]), default="admin", show_default=True
)
@click.option("--renew", is_flag=True, help="Give the institution a new key first: everybody had left.")
@click.password_option(envvar="RESGUARDO_PASSWORD")
def member(
    party: str, username: str, recovery: str, name: str, role: str, renew: bool, password: str
) -> None:
    """Add the first member of an institution, with the offline recovery key: the key ceremony.

    The first member administers the institution and invites the others from the page of people.
    """
    django()
    from django.conf import settings

    from resguardo import packs
    from resguardo.core.age import Identity
    from resguardo.core.errors import ResguardoError
    from resguardo.people.commands import add_member, create_party, recover_party
    from resguardo.people.membership import rotate
    from resguardo.people.models import Party
    from resguardo.people.queries import older_keys

    row = Party.objects.filter(name=party).first()
    if row is None and party not in packs.load(settings.PACK).observers:
        stop(f"There is no institution called {party}.")
    try:
        offline = Identity.parse(Path(recovery).read_text().strip())
        if row is None:
            # Who only sees figures can join a deployment that was made without them.
            if not Party.objects.filter(recovery_recipient=offline.recipient.text()).exists():
                stop("This is not the recovery key of this deployment. Nothing was changed.")
            row = create_party(party, offline.recipient)[0]
        opened = recover_party(row, offline)
        if renew:
            row.recovery_recipient = offline.recipient.text()
            opened = rotate(row, opened, older_keys(row.name, opened))
        add_member(row, username, name or username, password, opened, role)
    except ResguardoError as error:
        stop(str(error))
    click.echo(f"{username} is a member of {party}.")


@main.command(epilog="Example: resguardo demo --port 8000 --data ./data")
@click.option("--port", default=8000, show_default=True)
@click.option("--data", default="data/demo", show_default=True, type=click.Path(file_okay=False))
@click.option("--prepare", "only_prepare", is_flag=True, help="Make the demo data and end.")
def demo(port: int, data: str, only_prepare: bool) -> None:
    """Serve the product with invented cases, to look at. Never for real use."""
    os.environ["RESGUARDO_SECOND_FACTOR"] = "optional"
    django(data)
    migrate()
    from django.conf import settings

    from resguardo.demo import count, prepare, signs

    keep = Path(settings.DATA) / "demo-numbers.txt"
    prepare(datetime.now(UTC), keep)
    count(datetime.now(UTC))
    click.echo(f"\n  For her        http://127.0.0.1:{port}/")
    click.echo(f"  Figures        http://127.0.0.1:{port}/cifras/")
    click.echo(f"  Institutions   http://127.0.0.1:{port}/trabajo/\n")
    for party, username, password in signs():
        click.echo(f"  {party:9} user {username:8} password «{password}»")
    click.echo("\n  Numbers of the demo cases (she comes back with them at /volver/):")
    click.echo("".join(f"    {line}\n" for line in keep.read_text().splitlines()))
    if only_prepare:
        return
    worker = subprocess.Popen([sys.executable, "-m", "resguardo.cli", "work"])
    try:
        run_server("127.0.0.1", port)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait()


def run_server(host: str, port: int, workers: int = 2) -> None:
    """Serve until stopped: `workers` processes, a few threads each."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "resguardo.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        backpressure=64,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
    ).serve()


@main.command(epilog="Example: resguardo serve --host 127.0.0.1 --port 8000 --workers 4")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the pages. `resguardo work` does the jobs beside it."""
    django()
    migrate()
    run_server(host, port, workers)


@main.command(epilog="Example: resguardo work --once")
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
def work(once: bool) -> None:
    """Do the jobs: checkpoints and stamps, looking at files, capturing pages, notices, forgetting drafts."""
    django()
    from resguardo.jobs.commands import work_once

    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
    signal.signal(signal.SIGINT, lambda *_: stopping.append(1))
    while True:
        done = work_once(datetime.now(UTC))
        if once:
            click.echo(f"{done} jobs done")
            return
        for _ in range(10):
            if stopping:
                return
            time.sleep(0.2)


@main.command(epilog="Example: resguardo bench seal --json")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def bench(name: str, as_json: bool) -> None:
    """Measure NAME (see benchmarks/): figures, and ratios against a peer in the same run."""
    root = Path(__file__).resolve().parents[2]
    known = sorted(p.stem for p in (root / "benchmarks").glob("*.py") if p.stem != "__init__")
    if name not in known:
        stop(
            f"There is no bench {name} here. Known: {', '.join(known) or 'none; run from a source checkout'}"
        )
    sys.path.insert(0, str(root))
    result = importlib.import_module(f"benchmarks.{name}").run()
    if as_json:
        click.echo(json.dumps(result))
        return
    for kind in ("figures", "ratios"):
        for figure, value in result[kind].items():
            click.echo(f"{kind[:-1]:7} {figure:18} {value:g}")


main.add_command(route)
main.add_command(register)
for command in evidence.commands.values():
    main.add_command(command)

if __name__ == "__main__":
    main()
