"""The doors to the figures: the public's, an institution's own, and the shared ones for whoever signed in.

Whichever door it is, the same pages are shown; what differs is whom they count, and how exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from resguardo import packs
from resguardo.core.indicator import Indicator
from resguardo.core.route import LEADER
from resguardo.indicators import phrases, queries, releases
from resguardo.indicators.asking import Asked, Scope
from resguardo.indicators.queries import Shown
from resguardo.people.holder import Holder


@dataclass(frozen=True)
class Door:
    """Where its pages begin, for whom they count, and what is drawn around them.

    `party` is whose exact figures they are, "" where they are everybody's. `other` is where the same page
    is found for the other scope, "" where there is none; `framed` whether the results frame is shown.
    """

    home: str
    scope: Scope
    party: str = ""
    shell: str = "indicators/public.html"
    other: str = ""
    framed: bool = False

    @property
    def exact(self) -> bool:
        """Whether its figures are an institution's own."""
        return self.scope == "own"

    @property
    def institution(self) -> str:
        """What the institution whose figures they are is called."""
        return queries.label("party", self.party, phrases.language())

    def shown(self, indicator: Indicator, asked: Asked, now: datetime | None = None) -> Shown:
        """The figure behind this door. Raises NoFigures and NotAsked."""
        if self.exact:
            now = now or timezone.now()
            return queries.own(indicator, asked, self.party, now, phrases.language())
        return queries.shared(indicator, asked, phrases.language())

    def leads_to(self, indicator: Indicator) -> bool:
        """Whether there is a page for `indicator` behind this door."""
        if self.exact or indicator.public or indicator.how == "awaits":
            return True
        found = releases.publication()
        return found is not None and indicator.id in found.extras["wholes"]

    def beside(self, indicator: Indicator) -> str:
        """The page of `indicator` for the other scope, or where those begin; "" where there is no other."""
        if self.exact and not replace(self, scope="shared").leads_to(indicator):
            return self.other
        return self.other and f"{self.other}{indicator.id}/"


PUBLIC = Door("/cifras/", "shared")
OWN, SHARED = "/trabajo/cifras/", "/trabajo/cifras/compartidas/"


def inside(holder: Holder, *, shared: bool) -> Door:
    """The door for who signed in: an institution's own figures, or the shared ones with the results frame."""
    counts = counting(holder.party)
    if shared or not counts:
        other = OWN if counts else ""
        return Door(SHARED, "shared", "", "work/base.html", other, framed=True)
    return Door(OWN, "own", holder.party, "work/base.html", SHARED, framed=True)


def counting(party: str) -> bool:
    """Whether `party` has figures of its own: institutions of the route; a leader is one person."""
    parties = packs.load(settings.PACK).route.parties
    return party in parties and parties[party].enabled and party != LEADER
