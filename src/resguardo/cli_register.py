"""The commands of the register: take in an old one, write it out, make the tables that others ask for."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from resguardo.cli_base import django, stop

if TYPE_CHECKING:
    from resguardo.registry.exporting.writers import Format
    from resguardo.registry.faults import Wrong
    from resguardo.registry.importing import Checked, Outcome

SHOWN = 20


@click.group(epilog="Example: resguardo register import old.csv --mapping old.toml --keeper pnc")
def register() -> None:
    """The register of cyber-violence: take in an old one, write it out, tables."""


@register.command("mapping", epilog="Example: resguardo register mapping boletas.csv -o boletas.toml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("-o", "out", type=click.Path(dir_okay=False), help="Where it goes; else it is printed.")
@click.option("--name", default="old-register", show_default=True, help="The old register's name.")
@click.option("--sheet", default="", help="The sheet of a spreadsheet; else the first.")
@click.option("--header", default=1, show_default=True, help="The row that names the columns.")
@click.option("--data", type=click.Path(file_okay=False))
def register_mapping(
    file: str, out: str | None, name: str, sheet: str, header: int, data: str | None
) -> None:
    """Guess a first mapping of the columns of FILE, for a person to correct."""
    django(data)
    from resguardo.core.errors import ResguardoError
    from resguardo.registry.following import register as today
    from resguardo.registry.guessing import first_mapping
    from resguardo.registry.tables import Layout, open_table

    try:
        text = first_mapping(open_table(Path(file), Layout(sheet=sheet, header=header)), today(), name)
    except ResguardoError as error:
        stop(said(error))
        return
    if sheet or header != 1:
        text += f'\n[file]\nsheet = "{sheet}"\nheader = {header}\n'
    if out and Path(out).exists():
        stop(f"{out} is there already. Nothing was written.")
    if out:
        Path(out).write_text(text, encoding="utf-8")
        click.echo(f"{out}: read every line before you use it")
    else:
        click.echo(text, nl=False)


@register.command(
    "import",
    epilog="Example: resguardo register import boletas.csv --mapping boletas.toml --keeper pnc --dry-run",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--mapping", type=click.Path(exists=True, dir_okay=False), required=True)
@click.option("--keeper", required=True, help="The institution whose register it is.")
@click.option("--dry-run", is_flag=True, help="Say what it would do, and do nothing.")
@click.option("--errors", type=click.Path(dir_okay=False), help="Write all that is wrong into this CSV.")
@click.option("--skip-wrong", is_flag=True, help="Take in the good rows, and leave out the wrong ones.")
@click.option("--data", type=click.Path(file_okay=False))
def register_import(
    file: str,
    mapping: str,
    keeper: str,
    dry_run: bool,
    errors: str | None,
    skip_wrong: bool,
    data: str | None,
) -> None:
    """Take in an old register: all its rows, or none. Doing it again changes only what changed."""
    django(data)
    from django.utils import translation

    from resguardo.core.errors import ResguardoError
    from resguardo.registry import importing

    if errors and Path(errors).exists():
        stop(f"{errors} is there already. Nothing was taken in.")
    at, text = datetime.now(UTC), Path(mapping).read_text(encoding="utf-8", errors="replace")
    try:
        with translation.override("en"), written(errors) as tell:
            with progress("check", _rows(file, text)) as step:
                checked = importing.check(Path(file), text, keeper, at, tell, step)
            report(checked)
            if checked.bad and not skip_wrong:
                stop(f"{len(checked.bad)} of {checked.rows} rows are wrong. Nothing was taken in.")
            with progress("compare" if dry_run else "take in", checked.rows) as step:
                if dry_run:
                    outcome = importing.foresee(checked, keeper, step)
                else:
                    outcome = importing.take_in(checked, text, keeper, at, progress=step)
    except ResguardoError as error:
        stop(said(error))
        return
    click.echo(summed_up(outcome))


@register.command(
    "export", epilog="Example: resguardo register export --to ./pnc --format parquet --party pnc"
)
@click.option("--to", "folder", type=click.Path(), required=True, help="A folder that is not there yet.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "xlsx", "jsonl", "parquet"]),
    default="csv",
    show_default=True,
)
@click.option("--party", default="", help="What this institution may count.")
@click.option("--keeper", default="", help="The register that this institution keeps.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="The first day.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The day after the last.")
@click.option("--licence", default="", help="The licence's name, for example CC-BY-4.0.")
@click.option("--data", type=click.Path(file_okay=False))
def register_export(
    folder: str,
    format_: Format,
    party: str,
    keeper: str,
    since: datetime | None,
    until: datetime | None,
    licence: str,
    data: str | None,
) -> None:
    """Write the register out as a data package: pseudonyms and codes, with their dictionary."""
    django(data)
    from resguardo.core.errors import ResguardoError
    from resguardo.registry.exporting.choosing import Choice
    from resguardo.registry.exporting.package import export

    choice = Choice(party, keeper, here(since), here(until))
    try:
        with progress("write", choice.entries().count()) as step:
            made = export(Path(folder), choice, format_, datetime.now(UTC), licence, step)
    except ResguardoError as error:
        stop(said(error))
        return
    click.echo(f"{folder}: " + ", ".join(f"{count} {name}" for name, count in made.rows.items()))


@register.command(
    "open", epilog="Example: resguardo register open --to ./abiertos --party pnc --licence CC-BY-4.0"
)
@click.option("--to", "folder", type=click.Path(), required=True, help="A folder that is not there yet.")
@click.option("--party", required=True, help="Of what this institution may count.")
@click.option("--licence", default="", help="The licence's name.")
@click.option("--least", default=5, show_default=True, type=click.IntRange(min=3), help="The smallest class.")
@click.option("--data", type=click.Path(file_okay=False))
def register_open(folder: str, party: str, licence: str, least: int, data: str | None) -> None:
    """Write open data, in which no woman can be found; checked again before it is handed out."""
    django(data)
    from resguardo.core.errors import ResguardoError
    from resguardo.registry.exporting.choosing import Choice
    from resguardo.registry.exporting.opendata import open_data

    try:
        made = open_data(Path(folder), Choice(party), datetime.now(UTC), licence, least)
    except ResguardoError as error:
        stop(said(error))
        return
    withheld = sum(made.withheld.values())
    click.echo(
        f"{folder}: {made.rows} rows, {withheld} values withheld, {made.dropped} rows left out, "
        f"smallest class {made.smallest}"
    )


@register.group("table")
def register_table() -> None:
    """Tables that others ask for."""


@register_table.command("un-cts", epilog="Example: resguardo register table un-cts --year 2026 --to ./un-cts")
@click.option("--year", type=click.IntRange(1990, 2100), required=True)
@click.option("--party", default="pnc", show_default=True, help="Of what this institution may count.")
@click.option("--to", "folder", type=click.Path(), required=True, help="A folder that is not there yet.")
@click.option("--data", type=click.Path(file_okay=False))
def table_un_cts(year: int, party: str, folder: str, data: str | None) -> None:
    """Recorded offences by ICCS category, cyber-related or not, sex, age and relationship (CSV and XLSX)."""
    django(data)
    from resguardo.core.errors import ResguardoError
    from resguardo.registry.exporting.uncts import un_cts

    try:
        click.echo(f"{folder}: {un_cts(Path(folder), year, party, datetime.now(UTC))} incidents")
    except ResguardoError as error:
        stop(said(error))


@register_table.command(
    "gbvims", epilog="Example: resguardo register table gbvims --year 2026 -o gbvims.xlsx"
)
@click.option("--year", type=click.IntRange(1990, 2100), required=True)
@click.option("--party", default="pnc", show_default=True, help="Of what this institution may count.")
@click.option("-o", "out", type=click.Path(dir_okay=False), required=True)
@click.option("--data", type=click.Path(file_okay=False))
def table_gbvims(year: int, party: str, out: str, data: str | None) -> None:
    """The GBVIMS's monthly sheets of a year, in Spanish and English (XLSX)."""
    django(data)
    from resguardo.core.errors import ResguardoError
    from resguardo.registry.exporting.gbvims import gbvims

    try:
        click.echo(f"{out}: {gbvims(Path(out), year, party, datetime.now(UTC))} incidents")
    except ResguardoError as error:
        stop(said(error))


def here(day: datetime | None) -> datetime | None:
    """The beginning of a day where the register is kept."""
    from zoneinfo import ZoneInfo

    from django.conf import settings

    return day.replace(tzinfo=ZoneInfo(settings.TIME_ZONE)) if day else None


def _rows(file: str, text: str) -> int:
    """About how many rows a file has, for the bar."""
    from resguardo.registry.mapping import read_mapping
    from resguardo.registry.tables import open_table

    return open_table(Path(file), read_mapping(text).file.layout).about


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal, moved in steps of a hundred rows."""
    with click.progressbar(length=max(1, length), label=label, file=sys.stderr) as bar:
        waiting = 0

        def step(rows: int) -> None:
            nonlocal waiting
            waiting += rows
            if waiting >= 100:
                bar.update(waiting)
                waiting = 0

        yield step
        bar.update(waiting)


@contextmanager
def written(errors: str | None) -> Iterator[Callable[[Wrong], None]]:
    """What hears of each thing that is wrong: the first are printed, all go into the CSV `errors`."""
    from resguardo.registry.tables import formula_free

    count = 0
    out = open(errors, "x", encoding="utf-8", newline="") if errors else None  # noqa: SIM115
    rows = csv.writer(out) if out else None
    if rows:
        rows.writerow(("row", "column", "field", "what", "remedy"))

    def tell(wrong: Wrong) -> None:
        nonlocal count
        count += 1
        if count <= SHOWN:
            where = f"row {wrong.row}" + (f", {wrong.column}" if wrong.column else "")
            click.echo(f"{where}: {wrong.what} {wrong.remedy}".rstrip(), err=True)
        if rows:
            rows.writerow((wrong.row, formula_free(wrong.column), wrong.field, wrong.what, wrong.remedy))

    try:
        yield tell
    finally:
        if out:
            out.close()
        if count > SHOWN:
            more = f"all are in {errors}" if errors else "--errors FILE writes all"
            click.echo(f"... {count - SHOWN} more ({more})", err=True)


def report(checked: Checked) -> None:
    """What the first pass found, column by column, and what is left out of every row."""
    from resguardo.registry.faults import Wrong

    for (column, code), times in checked.ways.most_common(SHOWN):
        click.echo(f"{times:7} {column or 'row'}: {Wrong(0, column, '', code).what}", err=True)
    if checked.ignored:
        click.echo(f"ignored: {', '.join(checked.ignored)}")
        click.echo("What can point at a person is not taken in: keep the old register for that.")


def summed_up(outcome: Outcome) -> str:
    """One line: what became of the rows."""
    done = "would be taken in" if outcome.made is None else "taken in"
    return (
        f"{done}: {outcome.fresh} fresh, {outcome.changed} changed, {outcome.same} the same, "
        f"{outcome.wrong} left out ({outcome.checked.sha256[:16]})"
    )


def said(error: Exception) -> str:
    """An error with what was kept and what to do."""
    from resguardo.core.errors import ResguardoError

    assert isinstance(error, ResguardoError)
    return " ".join(text for text in (str(error), error.kept, error.remedy) if text)
