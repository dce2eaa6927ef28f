"""The columns of an export, as Arrow has them and as a Frictionless Table Schema says them.

Source: Frictionless Data, Data Package and Table Schema 1.0; Apache Arrow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa

from resguardo.core.codes import Field, Register

Kind = Literal["text", "texts", "int", "date", "moment", "seconds"]
UTC_SECOND = pa.timestamp("s", tz="UTC")
ARROW: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "texts": pa.list_(pa.string()),
    "int": pa.int64(),
    "date": pa.string(),
    "moment": UTC_SECOND,
    "seconds": UTC_SECOND,
}
DECLARED = {"text": "string", "int": "integer", "date": "date", "moment": "datetime", "seconds": "datetime"}
BETWEEN = ";"


@dataclass(frozen=True)
class Column:
    """One column: its name and kind, what people read for it, the codes that it may hold."""

    name: str
    kind: Kind = "text"
    title: str = ""
    about: str = ""
    codes: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def declared(self, lists: Literal["joined", "real"]) -> dict[str, Any]:
        """The column as a Table Schema says it; several values as `a;b`, or as a real list."""
        said: dict[str, Any] = {"name": self.name, "type": DECLARED.get(self.kind, "string")}
        said |= {"title": self.title} if self.title else {}
        said |= {"description": self.about} if self.about else {}
        if self.kind == "texts" and lists == "real":
            said |= {"type": "array"}
            if self.codes:
                said |= {"arrayItem": {"type": "string", "constraints": {"enum": list(self.codes)}}}
        elif self.kind == "texts" and self.codes:
            one = "|".join(re.escape(code) for code in self.codes)
            said |= {"constraints": {"pattern": f"({one})({BETWEEN}({one}))*"}}
        elif self.codes:
            said |= {"constraints": {"enum": list(self.codes)}}
        return said | self.more


def arrow(columns: Iterable[Column]) -> pa.Schema:
    """The columns as Arrow has them."""
    return pa.schema([(one.name, ARROW[one.kind]) for one in columns])


HEAD = (
    Column("entry", title="Entrada", about="The entry's own name in this package: a pseudonym."),
    Column("version", title="Versión", about="The version of the register it was made under."),
    Column("keeper", title="De quién", about="The institution whose old register it comes from, or nothing."),
    Column("register", title="Registro", about="The old register it comes from, or nothing."),
    Column("number", title="Número", about="The number of the case, or that in the old register."),
    Column("opened_at", "moment", title="Abierta", about="UTC."),
    Column("registered_at", "moment", title="Registrada", about="UTC."),
    Column("month", title="Mes", about="The month of opened_at where the register is kept: 2026-11."),
    Column("counted_by", "texts", title="La cuentan", about="The institutions that may count it."),
)
STRETCHES = (
    Column("entry"),
    Column("step", about="The step of the route that was owed."),
    Column("party", about="The institution that owed it."),
    Column("since", "seconds", about="UTC."),
    Column("due", "seconds", about="UTC; empty where there is no deadline."),
    Column("done", "seconds", about="UTC; empty while it is owed."),
    Column("outcome"),
)
ACTS = (
    Column("entry"),
    Column("kind", about="What is counted of the history."),
    Column("party", about="The institution that it concerns."),
    Column("detail"),
    Column("at", "seconds", about="UTC."),
)


def of_field(spec: Field, register: Register) -> Column:
    """The column of a counted field."""
    kinds: dict[str, Kind] = {"codes": "texts", "int": "int", "year": "int", "date": "date"}
    codes = tuple(code.code for code in register.lists[spec.list_]) if spec.coded else ()
    more = {"register:level": spec.level, "register:since": spec.since, "register:until": spec.until}
    return Column(spec.name, kinds.get(spec.kind, "text"), spec.es, spec.en, codes, more)


def of_entries(fields: Sequence[Field], register: Register) -> tuple[Column, ...]:
    """The columns of the entries: what every entry has, then the fields."""
    return (*HEAD, *(of_field(one, register) for one in fields))
