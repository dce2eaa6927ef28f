"""Which entries and which fields an export holds: what an institution may count, or what it keeps.

No export is for nobody: the fields and the rows are those of one institution.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Q, QuerySet

from resguardo import packs
from resguardo.core.codes import Field, Register
from resguardo.registry.errors import RegistryError
from resguardo.registry.models import Entry

CHUNK = 10_000


class Found(NamedTuple):
    """An entry as it stands in the database; the last four are JSON or parties between spaces."""

    pk: int
    version: str
    keeper: str
    register: str
    number: str
    opened_at: datetime
    registered_at: datetime | None
    counted_by: str
    values: str
    stretches: str
    acts: str


@dataclass(frozen=True)
class Choice:
    """Entries opened from `since` up to, not including, `until`; of one institution.

    `party` gets what she lets it count; a `keeper` gets its own register: what it registered or took in.
    """

    party: str = ""
    keeper: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def whose(self) -> str:
        """The institution that the export is for. Raises RegistryError unless there is exactly one."""
        pack = packs.load(settings.PACK)
        if bool(self.party) == bool(self.keeper):
            raise RegistryError(
                "An export is for one institution.", remedy="Say --party or --keeper, one of the two."
            )
        if self.party and self.party not in pack.route.parties:
            raise RegistryError("There is no institution %(party)s.", party=self.party)
        if self.keeper and self.keeper not in pack.keepers:
            raise RegistryError("The institution %(party)s keeps no register.", party=self.keeper)
        return self.party or self.keeper

    def fields(self, register: Register) -> tuple[Field, ...]:
        """The counted fields that the institution may see, retired ones too."""
        return tuple(one for one in register.counted if one.seen_by(self.whose))

    def entries(self) -> QuerySet[Entry]:
        """The entries, in no order."""
        if self.party:
            found = Entry.objects.filter(counted_by__contains=f" {self.whose} ")
        else:
            wrote = Q(origins__contains=f'","{self.whose}","') & ~Q(version="")
            found = Entry.objects.filter(Q(keeper=self.whose) | wrote)
        if self.since:
            found = found.filter(opened_at__gte=self.since)
        return found.filter(opened_at__lt=self.until) if self.until else found

    def chunks(self, size: int = CHUNK) -> Iterator[list[Found]]:
        """The entries by their keys, `size` at a time: nothing else is in memory, no lock is held."""
        chosen, last = self.entries().order_by("pk"), 0
        while rows := list(chosen.filter(pk__gt=last).values_list(*Found._fields)[:size]):
            found = [Found(*row) for row in rows]
            last = found[-1].pk
            yield found


def name_of(found: Found) -> str:
    """How an export names an entry: its case's number, or that of the old register with whose it was."""
    return f"{found.keeper}/{found.register}/{found.number}" if found.keeper else found.number


def parties(counted_by: str) -> list[Any]:
    """The institutions that may count an entry."""
    return counted_by.split()
