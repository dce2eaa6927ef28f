"""Events and codes as words, for the timeline that officers, judges and she can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from resguardo import packs
from resguardo.capture.errors import SENTENCES
from resguardo.core.history import HER, Event
from resguardo.core.route import Route
from resguardo.people.holder import SYSTEM
from resguardo.work.reasons import WORDS

OWN_LISTS = ("platform", "department", "language", "safe_contact", "safe_time")


def fact_words(name: str, value: Any, language: str) -> str:
    """A coded value (or several) as people read it, from the country's code lists."""
    if isinstance(value, list):
        return ", ".join(fact_words(name, one, language) for one in value)
    list_ = name if name in OWN_LISTS else "fact_value"
    return packs.load(settings.PACK).label(list_, str(value), language)


def reason_words(code: str | None) -> str:
    """The words of a reason's code; the code itself where no form gives it any more."""
    return str(WORDS.get(code or "", code or "-"))


def why_not(code: str) -> str:
    """Why a page was not captured, in words."""
    return _(SENTENCES[code][0]) if code in SENTENCES else _("it was tried several times")


def party_title(route: Route, party: str, language: str) -> str:
    if party == HER:
        return _("She")
    if party == SYSTEM:
        return "Resguardo"
    return route.parties[party].title.in_(language) if party in route.parties else party


def sentence(route: Route, event: Event, language: str) -> str:
    """What happened, in one sentence without any words of hers."""
    about = event.about
    group = about.get("group", "")
    title = route.groups[group].title.in_(language) if group in route.groups else group
    consent = about.get("consent", "")
    consent = route.consents[consent].title.in_(language) if consent in route.consents else consent
    other = party_title(route, about.get("party", ""), language)
    step = route.steps[event.step].title.in_(language) if event.step in route.steps else ""
    outcome = about.get("outcome")
    if outcome and event.step in route.steps and outcome in route.steps[event.step].outcome_titles:
        step = f"{step}: {route.steps[event.step].outcome_titles[outcome].in_(language)}"
    match event.kind:
        case "opened":
            return _("The case was opened.")
        case "consent-given":
            return _("Consent given to %(party)s: %(what)s.") % {"party": other, "what": consent}
        case "consent-withdrawn":
            return _("Consent taken back from %(party)s: %(what)s.") % {"party": other, "what": consent}
        case "withheld" if about.get("member"):
            return _("The case was hidden from one person of %(party)s.") % {"party": other}
        case "withheld" if about.get("unit"):
            return _("The case was hidden from %(unit)s of %(party)s.") % {
                "unit": about["unit"],
                "party": other,
            }
        case "withheld":
            return _("The case was hidden from %(party)s.") % {"party": other}
        case "withheld-lifted":
            return _("The case is no longer hidden from %(party)s.") % {"party": other}
        case "facts-recorded":
            return _("She decided to go further, or something new was noted.")
        case "step-reopened":
            return _("To be done again: %(step)s (reason: %(reason)s).") % {
                "step": step,
                "reason": reason_words(event.reason),
            }
        case "step-added":
            return _("Asked for: %(step)s (reason: %(reason)s).") % {
                "step": step,
                "reason": reason_words(event.reason),
            }
        case "assigned" if about.get("to"):
            return _("In hand: %(step)s (%(who)s).") % {"step": step, "who": about["to"]}
        case "assigned":
            return _("In nobody's hands: %(step)s.") % {"step": step}
        case "notice" if about.get("what") == "late":
            return _("%(party)s was told that this is late: %(step)s.") % {
                "party": party_title(route, about.get("to", ""), language),
                "step": step,
            }
        case "notice":
            return _("%(party)s was reminded of a deadline: %(step)s.") % {
                "party": party_title(route, about.get("to", ""), language),
                "step": step,
            }
        case "glass-broken":
            return _("Opened in an emergency (reason: %(reason)s).") % {"reason": reason_words(event.reason)}
        case "route-adopted":
            return _("The case follows a new version of the route: %(route)s.") % {
                "route": about.get("route", "")
            }
        case "step-done":
            return _("Done: %(step)s.") % {"step": step}
        case "evidence-sealed":
            return _("A file was received and sealed: %(digest)s…") % {"digest": about["plain_sha256"][:16]}
        case "message-sent":
            return _("A message was written.")
        case "accessed" if "item" in about:
            return _("A file was opened (reason: %(reason)s).") % {"reason": reason_words(event.reason)}
        case "item-read-back":
            return _("What is stored of a file was read back, and is whole.")
        case "item-inspected":
            return _("A file was looked at by the program, in isolation.")
        case "item-marked":
            return _("A file was marked: a minor may be seen. Nobody opens it here.")
        case "item-derived":
            return _("A covered copy of a file was made.")
        case "capture-asked":
            return _("The capture of a public page was asked for.")
        case "captured":
            return _("A public page was captured and sealed.")
        case "capture-failed":
            return _("A public page could not be captured: %(why)s") % {"why": why_not(about.get("why", ""))}
        case "accessed":
            return _("Opened: %(part)s.") % {"part": title}
        case "asked-again":
            part = about.get("field", "")
            part = route.groups[part].title.in_(language) if part in route.groups else part
            return _("She was asked again for what was on file: %(part)s (reason: %(reason)s).") % {
                "part": part,
                "reason": reason_words(event.reason),
            }
        case "registered":
            return written(about)
        case "exported":
            return _("The court bag was made.")
        case "generation-begun":
            return _("A new key was begun for: %(part)s.") % {"part": title}
        case "closed":
            return _("The case was closed.")
    return event.kind


def written(about: Mapping[str, Any]) -> str:
    """That the record in the register was filled in: how many values, confirmed, taken out; none of them."""
    count = len(about.get("values", ()))
    line = ngettext(
        "The record in the register was filled in: %(n)d value",
        "The record in the register was filled in: %(n)d values",
        count,
    ) % {"n": count}
    confirmed, cleared = len(about.get("confirmed", ())), len(about.get("cleared", ()))
    line += _(", %(n)d confirmed") % {"n": confirmed} if confirmed else ""
    line += _(", %(n)d taken out") % {"n": cleared} if cleared else ""
    return f"{line}."
