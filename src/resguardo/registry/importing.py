"""Taking in an old register: two passes over the file, one transaction, the same again when done again.

An old register is the institution's own, which it keeps by law: its keeper may count it, and those whom the
mapping names, except where a column says that she refuses (decision 0016). What can point at a person is
not taken in.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import transaction

from resguardo import packs
from resguardo.registry import mapping as mappings
from resguardo.registry.errors import RegistryError
from resguardo.registry.faults import Wrong
from resguardo.registry.following import EVERY_FIELD, dumped, next_revision
from resguardo.registry.mapping import Known
from resguardo.registry.models import Entry, Import
from resguardo.registry.reading import Day, Reader, Row
from resguardo.registry.tables import Table, TableError, digest, open_table

CHUNK = 1000
OPERATOR = "operator"
UNIQUE = ("keeper", "register", "number")
WRITTEN = (
    "version",
    "opened_at",
    "registered_at",
    "values",
    "origins",
    "stretches",
    "acts",
    "counted_by",
    "revision",
    "taken_in",
)
COMPARED = ("number", "version", "opened_at", "registered_at", "values", "stretches", "counted_by")


class RowsWrong(RegistryError):
    """Some rows are wrong, and nothing was taken in."""

    code = "registry-rows"


@dataclass(frozen=True)
class Checked:
    """What the first pass found: the file's digest, its rows, and which are wrong and how often in what way.

    `ways` counts (column, code); `bad` are the numbers of the rows that are wrong.
    """

    path: Path
    sha256: str
    reader: Reader = field(repr=False)
    table: Table = field(repr=False)
    rows: int
    bad: frozenset[int] = field(repr=False)
    ways: Counter[tuple[str, str]]

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns of the file that nothing is taken from."""
        return tuple(name for name in self.table.columns if name not in self.reader.mapping.used)


@dataclass(frozen=True)
class Outcome:
    """What became of a file's rows. `made` is None where nothing was written: a dry run."""

    checked: Checked
    fresh: int
    changed: int
    same: int
    made: Import | None = None

    @property
    def wrong(self) -> int:
        """The rows that were left out."""
        return len(self.checked.bad)


Telling = Callable[[Wrong], None]
Progress = Callable[[int], None]


def import_file(
    path: Path,
    text: str,
    keeper: str,
    at: datetime,
    by: str = OPERATOR,
    wrong: Literal["refuse", "skip"] = "refuse",
) -> Outcome:
    """Check `path` by the mapping that `text` is, and take it in whole; or only its good rows (skip).

    Raises MappingError, TableError, RowsWrong, RegistryError; then nothing was taken in.
    """
    checked = check(path, text, keeper, at)
    if checked.bad and wrong == "refuse":
        raise RowsWrong(
            "%(wrong)d of %(rows)d rows are wrong.",
            kept="Nothing was taken in.",
            remedy="Correct the file or the mapping; or take in the good rows only.",
            wrong=len(checked.bad),
            rows=checked.rows,
        )
    return take_in(checked, text, keeper, at, by)


def check(
    path: Path,
    text: str,
    keeper: str,
    at: datetime,
    tell: Telling = lambda wrong: None,
    progress: Progress = lambda rows: None,
) -> Checked:
    """The first pass: every row is read and nothing written. `tell` hears of each thing that is wrong.

    Raises MappingError, TableError; RegistryError when `keeper` keeps no register.
    """
    pack = packs.load(settings.PACK)
    if keeper not in pack.keepers:
        raise RegistryError("The institution %(party)s keeps no register.", party=keeper)
    mapping = mappings.read_mapping(text)
    sha256, table = digest(path), open_table(path, mapping.file.layout)
    known = Known(pack.register, pack.route)
    mappings.check(mapping, known, table.columns)
    day = Day(at, ZoneInfo(settings.TIME_ZONE), pack.calendar)
    reader = Reader(mapping, known, table.columns, keeper, day)
    return _checked(path, sha256, reader, table, tell, progress)


def _checked(
    path: Path, sha256: str, reader: Reader, table: Table, tell: Telling, progress: Progress
) -> Checked:
    bad: set[int] = set()
    ways: Counter[tuple[str, str]] = Counter()
    numbers, rows, count = array("Q"), array("Q"), 0

    def note(wrong: Wrong) -> None:
        bad.add(wrong.row)
        ways[wrong.column, wrong.code] += 1
        tell(wrong)

    for line in table.rows():
        found = reader.read(line)
        for wrong in found if isinstance(found, list) else ():
            note(wrong)
        if number := reader.number_of(line):
            numbers.append(int.from_bytes(blake2b(number.encode(), digest_size=8).digest()))
            rows.append(line.number)
        count += 1
        progress(1)
    for row in _repeated(numbers, rows):
        note(Wrong(row, reader.mapping.number, "", "number-twice"))
    return Checked(path, sha256, reader, table, count, frozenset(bad), ways)


def _repeated(numbers: array[int], rows: array[int]) -> Iterator[int]:
    """The rows whose number stands in more than one: eight bytes a row are all that is kept of a file."""
    _, place, times = np.unique(np.asarray(numbers), return_inverse=True, return_counts=True)
    yield from (rows[int(at)] for at in np.flatnonzero(times[place] > 1))


def take_in(
    checked: Checked,
    text: str,
    keeper: str,
    at: datetime,
    by: str = OPERATOR,
    progress: Progress = lambda rows: None,
) -> Outcome:
    """The second pass: the good rows become entries, all of them or none.

    Raises TableError where the file is no longer the one that was checked.
    """
    register = checked.reader.mapping.register_
    with transaction.atomic():
        made = Import.objects.create(
            keeper=keeper,
            register=register,
            sha256=checked.sha256,
            mapping=text,
            fresh=0,
            changed=0,
            same=0,
            by=by,
            at=at,
        )
        counts = _enter_all(checked, made, progress)
        if digest(checked.path) != checked.sha256:
            raise TableError("The file changed while it was read.", kept="Nothing was taken in.")
        for name in ("fresh", "changed", "same"):
            setattr(made, name, counts[name])
        made.save()
    return Outcome(checked, made.fresh, made.changed, made.same, made)


def foresee(checked: Checked, keeper: str, progress: Progress = lambda rows: None) -> Outcome:
    """What `take_in` would do, and nothing done: the dry run."""
    counts: Counter[str] = Counter()
    for chunk in _chunks(_good(checked, progress)):
        counts += _compared(checked, keeper, chunk)[0]
    return Outcome(checked, counts["fresh"], counts["changed"], counts["same"])


def _enter_all(checked: Checked, made: Import, progress: Progress) -> Counter[str]:
    counts: Counter[str] = Counter()
    for chunk in _chunks(_good(checked, progress)):
        said, differ = _compared(checked, made.keeper, chunk)
        counts += said
        if differ:
            first = next_revision(len(differ))
            entries = [_entry(checked, made, row, first + place) for place, row in enumerate(differ)]
            Entry.objects.bulk_create(
                entries, update_conflicts=True, unique_fields=UNIQUE, update_fields=WRITTEN
            )
    return counts


def _good(checked: Checked, progress: Progress) -> Iterator[Row]:
    for line in checked.table.rows():
        progress(1)
        if line.number not in checked.bad:
            row = checked.reader.read(line)
            if isinstance(row, Row):
                yield row


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _compared(checked: Checked, keeper: str, chunk: list[Row]) -> tuple[Counter[str], list[Row]]:
    """How many rows are fresh, changed or the same as what stands, and those that are not the same."""
    here = Entry.objects.filter(
        keeper=keeper,
        register=checked.reader.mapping.register_,
        number__in=[row.number for row in chunk],
    )
    stands = {found[0]: found for found in here.values_list(*COMPARED)}
    version = checked.reader.register.ref
    counts: Counter[str] = Counter()
    differ = []
    for row in chunk:
        found = stands.get(row.number)
        said = "fresh" if found is None else "same" if found == _comparable(row, version) else "changed"
        counts[said] += 1
        if said != "same":
            differ.append(row)
    return counts, differ


def _comparable(row: Row, version: str) -> tuple[object, ...]:
    return (
        row.number,
        version,
        row.opened_at,
        row.registered_at,
        dumped(row.values),
        dumped(row.stretches),
        row.counted_by,
    )


def _entry(checked: Checked, made: Import, row: Row, revision: int) -> Entry:
    origin = ["import", made.keeper, made.at.isoformat(), made.by, "", ""]
    return Entry(
        keeper=made.keeper,
        register=made.register,
        number=row.number,
        version=checked.reader.register.ref,
        opened_at=row.opened_at,
        registered_at=row.registered_at,
        values=dumped(row.values),
        origins=dumped({EVERY_FIELD: origin}),
        stretches=dumped(row.stretches),
        counted_by=row.counted_by,
        revision=revision,
        taken_in=made,
    )
