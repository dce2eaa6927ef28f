"""What a page needs to know of whoever signed in."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.utils.translation import get_language

from resguardo import packs
from resguardo.people.holder import Holder
from resguardo.work import signed

register = template.Library()


@register.filter
def observes(holder: Holder) -> bool:
    """Whether the holder sees figures only, and has no part in cases."""
    return signed.observes(holder)


@register.filter
def institution(holder: Holder) -> str:
    """What the holder's party is called where room is short."""
    if signed.observes(holder):
        return packs.load(settings.PACK).observers[holder.party].in_(get_language() or "es")
    return holder.party.upper()
