"""What an indicator means, in words made from the very conditions that count it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from resguardo.core.indicator import Indicator
from resguardo.indicators import phrases, queries


def about(indicator: Indicator) -> list[tuple[str, str]]:
    """How an indicator is counted, from the very conditions that count it."""
    rows = [(_("It counts"), _counts(indicator))]
    if indicator.how == "awaits":
        rows = []
    if indicator.part or indicator.within or indicator.how == "late":
        rows = [(_("Out of"), _counts(indicator)), (_("Those that"), _part(indicator))]
    if indicator.since:
        ends = {"since": phrases.title(indicator.since), "until": phrases.title(indicator.until)}
        rows.append((_("Time between"), _("%(since)s and %(until)s") % ends))
    if indicator.number:
        rows.append((_("Number"), _number(indicator)))
    if indicator.how != "awaits":
        rows.append(
            (
                _("Left out"),
                _("What was reported within this network before, and cases that she did not let be counted."),
            )
        )
    if indicator.good:
        rows.append((_("Better"), _("the more") if indicator.good == "more" else _("the less")))
    if indicator.sdg:
        rows.append((_("Sustainable Development Goals"), ", ".join(indicator.sdg)))
    if indicator.seed:
        rows.append((_("Number in the programme's list"), indicator.seed))
    rows.append((_("Source"), _source(indicator)))
    return rows


def _counts(indicator: Indicator) -> str:
    """What is counted, in words."""
    things = {
        "entries": _("incidents on record"),
        "stretches": _("steps of the route that were owed"),
        "acts": _("acts written down in a case's history"),
    }
    if indicator.how == "late":
        return _("steps of the route with a deadline")
    said = conditions(indicator.of)
    return f"{things[indicator.over]}. {said}" if said else things[indicator.over]


def _part(indicator: Indicator) -> str:
    if indicator.how == "late":
        return _("were done late, or are still owed past the deadline")
    if indicator.within:
        return _("were done within %(time)s") % {"time": phrases.span(indicator.within)}
    return conditions(indicator.part)


def _number(indicator: Indicator) -> str:
    if indicator.number == "filled":
        return _("minimum fields that have a value")
    return phrases.title(indicator.number)


def conditions(where: Mapping[str, tuple[str, ...]]) -> str:
    """Conditions in words: each field with the codes of which it has one."""
    parts = []
    for name, codes in where.items():
        labels = [queries.label(name, code, phrases.language()) for code in codes]
        said = ", ".join(phrases.label(name, code, label) for code, label in zip(codes, labels, strict=True))
        parts.append(f"{phrases.title(name)}: {said}")
    return "; ".join(parts)


def _source(indicator: Indicator) -> str:
    own = _("this programme's own definition") if indicator.source == "OWN" else indicator.source
    return own if indicator.status == "VERIFIED" else _("%(source)s; to be confirmed") % {"source": own}
