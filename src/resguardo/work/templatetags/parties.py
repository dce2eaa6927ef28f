"""What a page needs to know of whoever signed in."""

from __future__ import annotations

from django import template

from resguardo.people.holder import Holder
from resguardo.work import signed

register = template.Library()


@register.filter
def observes(holder: Holder) -> bool:
    """Whether the holder sees figures only, and has no part in cases."""
    return signed.observes(holder)
