"""How other people's words are shown: whole, but unable to turn the page around them."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from resguardo import packs
from resguardo.core.errors import ResguardoError
from resguardo.people.holder import AUDITOR, Holder

register = template.Library()

TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


@register.filter
def quiet(text: object) -> SafeString:
    """`text` without signs that change the direction of writing, kept apart from its surroundings."""
    return format_html("<bdi>{}</bdi>", str(text).translate(TURNING))


@register.filter
def turns(text: object) -> bool:
    """Whether `text` has such signs."""
    return any(ord(sign) in TURNING for sign in str(text))


@register.filter
def megabytes(size: int) -> str:
    """A size in bytes as people read it."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} KB"
    if size < 1_000_000_000:
        return f"{size / 1_000_000:.1f} MB"
    return f"{size / 1_000_000_000:.1f} GB"


@register.filter
def get(values: dict[str, object], name: str) -> object:
    """`values[name]`, or nothing."""
    return values.get(name, "")


@register.filter
def say(problem: ResguardoError) -> list[str]:
    """The sentences of an error, in the reader's language."""
    return [
        gettext(text) % problem.fields if problem.fields else gettext(text) for text in problem.sentences()
    ]


@register.filter
def keeps_register(holder: Holder) -> bool:
    """Whether the holder's institution keeps the register, and they may write in it."""
    return holder.party in packs.load(settings.PACK).keepers and holder.role != AUDITOR
