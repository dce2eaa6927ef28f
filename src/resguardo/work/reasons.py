"""The reasons that officers give: codes that stand in a history, with their words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

REASONS = [
    ("to-classify", _("To classify the case")),
    ("to-assess-risk", _("To assess the risk")),
    ("to-give-opinion", _("To give the expert opinion")),
    ("to-prepare-court", _("To prepare what the court asks for")),
]
AGAIN = [
    ("unclear", _("What is on file cannot be understood")),
    ("contradiction", _("Two things on file contradict each other")),
    ("court-asks", _("A court asks for it")),
    ("her-wish", _("She wants to correct it")),
]
BACK = [
    ("mistake", _("It was done by mistake")),
    ("new-facts", _("Something new is known")),
    ("incomplete", _("It was not complete")),
    ("order", _("An order of a superior or a court")),
]
NEEDS = [
    ("missing", _("Something is missing in the file")),
    ("to-confirm", _("To confirm something on file")),
    ("joint-action", _("To act together")),
]
EMERGENCIES = [
    ("danger", _("She may be in danger now")),
    ("she-is-here", _("She is here, or writing, and needs an answer")),
    ("absence", _("Whoever has it in hand is away and a deadline is passing")),
]
WORDS = dict((*REASONS, *AGAIN, *BACK, *NEEDS, *EMERGENCIES))
