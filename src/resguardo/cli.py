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
from typing import Any

import click


def django(data: str | None = None) -> None:
    """Start Django on the data folder `data` (or the one the environment names)."""
    if data:
        os.environ["RESGUARDO_DATA"] = str(Path(data).resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "resguardo.site.settings")
    import django as library

    library.setup()


def migrate() -> None:
    """Bring the database to today's tables."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def stop(text: str, code: int = 1) -> None:
    """Say what is wrong and end."""
    click.echo(text, err=True)
    sys.exit(code)


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
    for name, party in packs.load(settings.PACK).route.parties.items():
        if party.enabled:
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
    from resguardo.core.age import Identity
    from resguardo.core.errors import ResguardoError
    from resguardo.people.commands import add_member, recover_party
    from resguardo.people.membership import rotate
    from resguardo.people.models import Party
    from resguardo.people.queries import older_keys

    row = Party.objects.filter(name=party).first()
    if row is None:
        stop(f"There is no institution called {party}.")
    try:
        offline = Identity.parse(Path(recovery).read_text().strip())
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

    from resguardo.demo import prepare, signs

    keep = Path(settings.DATA) / "demo-numbers.txt"
    prepare(datetime.now(UTC), keep)
    click.echo(f"\n  For her        http://127.0.0.1:{port}/")
    click.echo(f"  Institutions   http://127.0.0.1:{port}/trabajo/\n")
    for party, username, password in signs():
        click.echo(f"  {party:8} user {username:8} password «{password}»")
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
    """Do the jobs: checkpoints, time stamps, forgetting old drafts."""
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


@main.command(epilog="Example: resguardo seal video.mp4 --to age1... -o video.mp4.age --json")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--to", "recipients", multiple=True, required=True, help="An age recipient; may be repeated.")
@click.option("-o", "out", type=click.Path(dir_okay=False), required=True)
@click.option("--json", "as_json", is_flag=True)
def seal(file: str, recipients: tuple[str, ...], out: str, as_json: bool) -> None:
    """Hash and encrypt FILE in one pass, into an age file."""
    from dataclasses import asdict

    from resguardo.core.age import Recipient
    from resguardo.core.errors import ResguardoError
    from resguardo.core.seal import seal as seal_stream

    partial = Path(f"{out}.part")
    try:
        to = [Recipient.parse(text) for text in recipients]
        with open(file, "rb") as src, open(partial, "xb") as target:
            made = seal_stream(src, target, to)
            target.flush()
            os.fsync(target.fileno())
        os.replace(partial, out)
    except FileExistsError:
        stop(f"{partial} is there already: another run is going on, or one was cut off. Remove it first.")
    except ResguardoError as error:
        stop(str(error))
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    if as_json:
        click.echo(json.dumps(asdict(made)))
    else:
        click.echo(f"{made.plain_sha256}  {file}\n{made.sealed_sha256}  {out}")


@main.command(epilog="Example: resguardo bag RG-2026-AB12CD -o bag.zip --as mp1")
@click.argument("case")
@click.option("-o", "out", type=click.Path(dir_okay=False), required=True)
@click.option("--as", "username", required=True, help="The member who makes it.")
@click.option("--data", type=click.Path(file_okay=False))
def bag(case: str, out: str, username: str, data: str | None) -> None:
    """Write the court bag of CASE. The password is asked for, or taken from RESGUARDO_PASSWORD."""
    password = os.environ.get("RESGUARDO_PASSWORD") or click.prompt("Password", hide_input=True)
    django(data)
    from resguardo.cases.queries import case_for
    from resguardo.core.errors import ResguardoError
    from resguardo.evidence.bagging import make_bag, write_bag
    from resguardo.people.commands import unlock
    from resguardo.people.queries import open_party

    opened = unlock(username, password)
    if opened is None:
        stop("User name or password is not right.")
        return
    try:
        holder = open_party(*opened)
        made = make_bag(case_for(case, holder), holder, datetime.now(UTC))
        write_bag(made, Path(out))
    except ResguardoError as error:
        stop(str(error))
        return
    click.echo(f"{out}: {len(made.items)} files, {len(made.events)} events, {len(made.left_out)} left out")


@main.command(epilog="Example: resguardo verify bag.zip --key $(resguardo key)")
@click.argument("bag", type=click.Path(exists=True))
@click.option("--key", default="", help="The published fingerprint of the log's key.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--lang", type=click.Choice(["es", "en"]), default="es")
def verify(bag: str, key: str, as_json: bool, lang: str) -> None:
    """Check a court bag. Exit code: 0 valid, 1 not valid, 2 not a bag."""
    from dataclasses import asdict

    from resguardo.court.bag import BagError
    from resguardo.court.verify import verify as check

    try:
        verdict = check(Path(bag), key)
    except BagError as error:
        stop(str(error), 2)
        return
    if as_json:
        click.echo(json.dumps(asdict(verdict), ensure_ascii=False))
    else:
        for name in verdict.checks:
            click.echo(f"  [ok] {name}")
        said = verdict.es if lang == "es" else verdict.en
        word = ("VÁLIDO (VALID)" if lang == "es" else "VALID") if verdict.valid else ""
        word = word or ("NO VÁLIDO (NOT VALID)" if lang == "es" else "NOT VALID")
        click.echo(f"{word}: {verdict.failed + '. ' if verdict.failed else ''}{said}")
        if verdict.valid and not key:
            condition = "si la huella publicada es" if lang == "es" else "if the published fingerprint is"
            click.echo(f"  {condition} {verdict.fingerprint}")
    sys.exit(0 if verdict.valid else 1)


@main.command(epilog="Example: resguardo key")
@click.option("--vkey", is_flag=True, help="As witnesses want it.")
@click.option("--data", type=click.Path(file_okay=False))
def key(vkey: bool, data: str | None) -> None:
    """Print the fingerprint of the log's key, to be published where anybody can find it."""
    django(data)
    from django.conf import settings

    from resguardo.cases.log import log_key
    from resguardo.core.checkpoint import ED25519, fingerprint
    from resguardo.witness import keys

    public = log_key().public_key()
    click.echo(keys.write(settings.ORIGIN, public, ED25519) if vkey else fingerprint(public))


@main.command(epilog="Example: resguardo anchors ./anchors")
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--data", type=click.Path(file_okay=False))
def anchors(folder: str, data: str | None) -> None:
    """Write every OpenTimestamps proof into FOLDER beside its checkpoint, for `ots verify N.txt.ots`."""
    django(data)
    from resguardo.cases.models import Anchor

    Path(folder).mkdir(parents=True, exist_ok=True)
    for row in Anchor.objects.select_related("checkpoint"):
        name = f"{row.checkpoint.size}.txt"
        (Path(folder) / name).write_text(row.checkpoint.note, encoding="utf-8")
        (Path(folder) / f"{name}.ots").write_bytes(bytes(row.proof))
        click.echo(f"{name}: {'whole' if row.whole else 'not whole yet'}")


@main.command(epilog="Example: resguardo witness --folder /var/lib/witness --name inacif.example --log VKEY")
@click.option("--folder", type=click.Path(file_okay=False), required=True, help="What the witness remembers.")
@click.option("--name", required=True, help="The witness's name, without spaces: a host name is good.")
@click.option("--log", "logs", multiple=True, help="The VKEY of a log (resguardo key --vkey).")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8040, show_default=True)
def witness(folder: str, name: str, logs: tuple[str, ...], host: str, port: int) -> None:
    """Cosign the checkpoints of logs, each only if it grows out of the last: for another institution."""
    from resguardo.core.checkpoint import COSIGNATURE
    from resguardo.core.errors import ResguardoError
    from resguardo.witness import keys
    from resguardo.witness.book import Book
    from resguardo.witness.server import Server, Witness

    try:
        own, book = keys.load(Path(folder) / "witness.key"), Book(Path(folder) / "book")
        for vkey in logs:
            click.echo(f"log: {book.enter(vkey)}")
        click.echo(f"witness: {keys.write(name, own.public_key(), COSIGNATURE)}@http://{host}:{port}")
        server = Server(Witness(name, own, book, lambda: datetime.now(UTC)), host, port)
    except (ResguardoError, OSError) as error:
        stop(str(error))
        return
    with server:
        server.serve_forever()


@main.group()
def route() -> None:
    """The route document: check it, draw it."""


def load_route(file: str | None) -> Any:
    from resguardo import packs
    from resguardo.core.errors import ResguardoError
    from resguardo.core.route import Route

    try:
        return Route.load(Path(file)) if file else packs.load(os.environ.get("RESGUARDO_PACK", "gt")).route
    except ResguardoError as error:
        for line in (str(error), error.remedy):
            if line:
                click.echo(line, err=True)
        sys.exit(1)


@route.command("check", epilog="Example: resguardo route check src/resguardo/packs/gt/route.toml")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
def route_check(file: str | None) -> None:
    """Find what is wrong in a route, walk its states, and run its told stories."""
    from resguardo.core.routecheck import check
    from resguardo.core.routelines import line_of
    from resguardo.core.routewalk import walk

    document = load_route(file)
    text = Path(file).read_text(encoding="utf-8") if file else ""
    faults = check(document)
    for fault in faults:
        line = line_of(text, fault.where)
        click.echo(f"{file}:{line}: {fault.where}: {fault.what}" if line else f"{fault.where}: {fault.what}")
    states = 0 if faults else walk(document).states
    click.echo(
        f"{document.ref}: {len(document.steps)} steps, {len(document.told)} stories, "
        f"{states} states, {len(faults)} faults"
    )
    sys.exit(1 if faults else 0)


@route.command("diff", epilog="Example: resguardo route diff old.toml new.toml --lang en")
@click.argument("old", type=click.Path(exists=True, dir_okay=False))
@click.argument("new", type=click.Path(exists=True, dir_okay=False))
@click.option("--lang", type=click.Choice(["es", "en"]), default="es")
def route_diff(old: str, new: str, lang: str) -> None:
    """Say in plain words what the route NEW changes of OLD."""
    from resguardo.core.routediff import differences

    found = differences(load_route(old), load_route(new))
    for difference in found:
        click.echo(f"- {difference.in_(lang)}")
    if not found:
        click.echo("Nada cambia." if lang == "es" else "Nothing changes.")


@route.command("adopt", epilog="Example: resguardo route adopt route.toml --dry-run")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what it would change, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before changing the open cases.")
@click.option("--lang", type=click.Choice(["es", "en"]), default="es")
@click.option("--data", type=click.Path(file_okay=False))
def route_adopt(file: str, dry_run: bool, yes: bool, lang: str, data: str | None) -> None:
    """Let every open case follow the route FILE: first what each gains and loses, then an event per case."""
    document, text = load_route(file), Path(file).read_text(encoding="utf-8")
    django(data)
    from resguardo.cases import adoption, queries
    from resguardo.cases.models import Case
    from resguardo.core.errors import ResguardoError
    from resguardo.core.routecheck import check
    from resguardo.core.routediff import differences

    wrong = check(document)
    if wrong:
        stop("\n".join(f"{fault.where}: {fault.what}" for fault in wrong))
    for difference in differences(queries.current_route(), document):
        click.echo(f"- {difference.in_(lang)}")
    began = time.perf_counter()
    effects = list(adoption.dry_run(document))
    seconds = time.perf_counter() - began
    for line in effects_in_words(document, effects, lang):
        click.echo(line)
    click.echo(f"{document.ref} {adoption.digest(text)[:16]}: {len(effects)} open cases, {seconds:.2f} s")
    if any(effect.stuck for effect in effects):
        stop("Some case could not come to its end. Nothing was changed.")
    if dry_run or not (yes or click.confirm("Adopt it in all of them?")):
        return
    try:
        adoption.install(text, Path(file).name, datetime.now(UTC))
        rows = Case.objects.filter(closed_at=None).exclude(route=document.ref)
        with click.progressbar(list(rows), label="adopt", file=sys.stderr) as cases:
            count = sum(adoption.adopt(case, document, datetime.now(UTC)) is not None for case in cases)
    except ResguardoError as error:
        stop(f"{error} {error.remedy}")
        return
    click.echo(f"{count} cases follow {document.ref} now")


def effects_in_words(document: Any, effects: list[Any], lang: str) -> list[str]:
    """How many cases gain or lose what, the most frequent first."""
    from collections import Counter

    es = lang == "es"
    said: Counter[str] = Counter()
    for effect in effects:
        for sign, pairs in (("+", effect.owes), ("-", effect.owes_no_more)):
            for step, party in pairs:
                title = document.steps[step].title.in_(lang) if step in document.steps else step
                said[f"{sign} {party} {'debe' if es else 'owes'}: {title}"] += 1
        for sign, pairs in (("+", effect.sees), ("-", effect.sees_no_more)):
            for party, group in pairs:
                said[
                    f"{sign} {party} {'ve' if es else 'sees'}: {document.groups[group].title.in_(lang)}"
                ] += 1
        if effect.nothing:
            said["= nada cambia" if es else "= nothing changes"] += 1
        if effect.stuck:
            said[f"! {effect.case}: {'no podría cerrar' if es else 'could not close'}"] += 1
    return [f"{count:7} {text}" for text, count in said.most_common()]


@route.command("draw", epilog="Example: resguardo route draw -o route.svg")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("-o", "out", type=click.Path(dir_okay=False), required=True)
@click.option("--lang", type=click.Choice(["es", "en"]), default="es")
def route_draw(file: str | None, out: str, lang: str) -> None:
    """Draw a route as an SVG with a lane for each institution."""
    from resguardo.work.drawing import draw

    Path(out).write_text(draw(load_route(file), None, None, lang), encoding="utf-8")


@route.command("bpmn", epilog="Example: resguardo route bpmn -o route.bpmn")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("-o", "out", type=click.Path(dir_okay=False), required=True)
@click.option("--lang", type=click.Choice(["es", "en"]), default="es")
def route_bpmn(file: str | None, out: str, lang: str) -> None:
    """Write a route as BPMN 2.0, to be opened in a modeler."""
    from resguardo.work.bpmn import bpmn

    Path(out).write_text(bpmn(load_route(file), lang), encoding="utf-8")


@main.command(epilog="Example: resguardo audit --resume")
@click.option("--resume", is_flag=True, help="Go on where the last audit was cut off.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--data", type=click.Path(file_okay=False))
def audit(resume: bool, as_json: bool, data: str | None) -> None:
    """Check every chain, checkpoint, stamp and stored byte; exit code 1 when something is wrong."""
    django(data)
    from dataclasses import asdict

    from django.conf import settings

    from resguardo.evidence.audit import Place, size
    from resguardo.evidence.audit import audit as look

    written = Path(settings.DATA) / "audit.json"
    place = Place.parse(written.read_text()) if resume and written.exists() else Place()
    with click.progressbar(length=size(), label="audit", file=sys.stderr) as bar:
        bar.update(place.found.looked_at)
        found = look(lambda: bar.update(1), place, lambda now: write_down(written, now.text()))
    written.unlink(missing_ok=True)
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        click.echo(
            f"{found.cases} cases, {found.events} events, {found.checkpoints} checkpoints, "
            f"{found.stamps} stamps, {found.items} files, {found.bytes} bytes"
        )
        for wrong in found.wrong:
            click.echo(f"  WRONG {wrong}")
        click.echo("clean" if found.clean else f"{len(found.wrong)} faults")
    sys.exit(0 if found.clean else 1)


def write_down(path: Path, text: str) -> None:
    """Replace a small file whole."""
    fresh = path.with_suffix(".part")
    fresh.write_text(text)
    os.replace(fresh, path)


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


if __name__ == "__main__":
    main()
