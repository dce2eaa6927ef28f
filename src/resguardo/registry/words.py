"""The register's own codes in words: kinds of fields, levels, sources, how sure a row of the pack is."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from resguardo.cases import queries
from resguardo.core.record import Origin
from resguardo.people.models import Member
from resguardo.work.phrases import party_title

SOURCES = {
    "her": gettext_lazy("she told it"),
    "leader": gettext_lazy("the leader told it"),
    "document": gettext_lazy("from a document"),
    "import": gettext_lazy("from an old register"),
    "program": gettext_lazy("worked out by the program"),
}
KINDS = {
    "code": gettext_lazy("one of a list"),
    "codes": gettext_lazy("several of a list"),
    "int": gettext_lazy("whole number"),
    "year": gettext_lazy("year"),
    "date": gettext_lazy("day"),
    "about": gettext_lazy("day, month or year"),
    "place": gettext_lazy("municipality"),
    "text": gettext_lazy("words"),
    "texts": gettext_lazy("words, one a line"),
}
LEVELS = {
    "M": gettext_lazy("minimum"),
    "R": gettext_lazy("recommended"),
    "O": gettext_lazy("optional"),
}
SENSITIVITIES = {
    "P0": gettext_lazy("in the clear"),
    "P1": gettext_lazy("in the clear for institutions, never published by case"),
    "P2": gettext_lazy("sealed: it can point at her"),
    "P3": gettext_lazy("sealed: it can point at somebody else"),
}
ENTRIES = {
    "form": gettext_lazy("filled in by an officer"),
    "computed": gettext_lazy("worked out by the program, can be corrected"),
    "told": gettext_lazy("told by her, kept under its own lock"),
    "auto": gettext_lazy("filled in by the program"),
}
STATUSES = {
    "VERIFIED": gettext_lazy("read at the source"),
    "PARTIAL": gettext_lazy("found in part"),
    "MEMORY": gettext_lazy("from memory"),
    "OWN": gettext_lazy("our own proposal"),
}
DOORS = {
    "open": gettext_lazy("Already told. Read it in the case; do not ask her again."),
    "empty": gettext_lazy("She has not told it. It is not a condition for attending to her."),
    "closed": gettext_lazy("Closed: no consent of hers and no law opens it to your institution."),
    "waiting": gettext_lazy("Waiting: it opens when somebody who holds its key signs in."),
}


def moment(at: datetime) -> str:
    """A moment as people read it: 3 Nov 2026, 10:32."""
    return date_format(localtime(at), "j M Y, H:i")


class Whence:
    """Says where values came from: colleagues of `party` by name, others by institution."""

    def __init__(self, route: str, party: str, language: str) -> None:
        self.route, self.party, self.language = queries.route_named(route), party, language
        self.names = dict(Member.objects.filter(party=party).values_list("pseudonym", "name"))

    def who(self, party: str, actor: str) -> str:
        """A colleague's name, or the institution's."""
        return self.names.get(actor) or party_title(self.route, party, self.language)

    def say(self, origin: Origin) -> str:
        """In one line: the source, who and when; who confirmed it and when."""
        line = str(SOURCES.get(origin.source, origin.source))
        if origin.source == "officer":
            line = self.who(origin.party, origin.actor)
        elif origin.source == "document":
            line = f"{self.who(origin.party, origin.actor)}, {line}"
        if origin.source != "program":
            line += f", {moment(origin.at)}"
        if origin.confirmed_at:
            who = self.names.get(origin.confirmed_by) or origin.confirmed_by
            line += "; " + _("confirmed by %(who)s, %(when)s") % {
                "who": who,
                "when": moment(origin.confirmed_at),
            }
        return line
