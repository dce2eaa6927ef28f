"""The commands of evidence: seal, bag, verify, the log's key, witnesses, anchors, audit."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from resguardo.cli_base import django, stop


@click.group()
def evidence() -> None:
    """Its commands stand beside the others, in `resguardo` itself."""


@evidence.command(epilog="Example: resguardo seal video.mp4 --to age1... -o video.mp4.age --json")
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
        click.echo(f"SHA256 ({file}) = {made.plain_sha256}\nBLAKE3 ({out}) = {made.sealed_blake3}")


@evidence.command(epilog="Example: resguardo bag RG-2026-AB12CD -o bag.zip --as mp1")
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


@evidence.command(epilog="Example: resguardo verify bag.zip --key $(resguardo key)")
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


@evidence.command(epilog="Example: resguardo key")
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


@evidence.command(epilog="Example: resguardo anchors ./anchors")
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


@evidence.command(
    epilog="Example: resguardo witness --folder /var/lib/witness --name inacif.example --log VKEY"
)
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


@evidence.command(epilog="Example: resguardo audit --resume")
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
