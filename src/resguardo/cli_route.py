"""The commands of the route document: check, compare, adopt, draw, write as BPMN."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from resguardo.cli_base import django, stop


@click.group()
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
