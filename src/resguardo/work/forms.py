"""The forms of the institutions' pages; a step's form is built from what the route says of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from resguardo.core.route import Route
from resguardo.work.phrases import fact_words
from resguardo.work.reasons import AGAIN, BACK, EMERGENCIES, NEEDS, REASONS


class SignIn(forms.Form):
    username = forms.CharField(
        label=_("User name"), widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class Reason(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why do you need to open it?"), choices=REASONS, widget=forms.RadioSelect
    )


class StepForm(forms.Form):
    """What doing one step asks for: its outcome, coded facts, and words for the groups it writes."""

    def __init__(self, route: Route, step: str, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=step, **kwargs)
        self.use_required_attribute = False
        self.step = step
        self.spec = route.steps[step]
        if self.spec.outcomes:
            titles = self.spec.outcome_titles
            choices = [(o, titles[o].in_(language) if o in titles else o) for o in self.spec.outcomes]
            self.fields["outcome"] = forms.ChoiceField(
                label=_("Outcome"), choices=choices, widget=forms.RadioSelect
            )
        for fact in self.spec.asks:
            spec = route.facts[fact]
            self.fields[f"fact-{fact}"] = forms.ChoiceField(
                label=spec.title.in_(language),
                choices=[(value, fact_words(fact, value, language)) for value in spec.values],
                widget=forms.RadioSelect,
            )
        for group in self.spec.writes:
            self.fields[f"write-{group}"] = forms.CharField(
                label=route.groups[group].title.in_(language),
                max_length=20_000,
                widget=forms.Textarea(attrs={"rows": 5, "class": "short", "autocomplete": "off"}),
            )

    def facts(self) -> dict[str, str]:
        return {fact: self.cleaned_data[f"fact-{fact}"] for fact in self.spec.asks}

    def writes(self) -> dict[str, dict[str, str]]:
        return {group: {"text": self.cleaned_data[f"write-{group}"]} for group in self.spec.writes}


def note(label: Any, *, required: bool = False) -> forms.CharField:
    """Words of an officer for the institutions; never hers."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "short", "autocomplete": "off"}),
    )


def reason(choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    """Why an exception is made: a code that stands in the history."""
    return forms.ChoiceField(label=_("Why?"), choices=choices, widget=forms.RadioSelect)


class Plain(forms.Form):
    """A form that says itself what is missing."""

    use_required_attribute = False


class Back(Plain):
    reason = reason(BACK)
    note = note(_("A note for the institutions, if it helps"))


class Glass(Plain):
    reason = reason(EMERGENCIES)
    note = note(_("A note for the institutions, if it helps"))


class Ask(Plain):
    step = forms.ChoiceField(label=_("Whom do you ask?"), widget=forms.RadioSelect)
    text = note(_("What do you need? Without her words and without her name."), required=True)
    reason = reason(NEEDS)

    def __init__(self, possible: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step"].choices = possible


class Message(forms.Form):
    """A message to her; asking again for what is on file needs a reason, and is counted."""

    text = forms.CharField(
        label=_("Write to her"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 3, "class": "short"})
    )
    field = forms.ChoiceField(label=_("It asks again for what is in this part"), required=False)
    reason = forms.ChoiceField(
        label=_("Why it must be asked again"), required=False, choices=[("", "—"), *AGAIN]
    )

    def __init__(self, route: Route, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        told = ("account", "facts", "identity", "contact", "evidence")
        parts = [(name, route.groups[name].title.in_(language)) for name in told if name in route.groups]
        self.fields["field"].choices = [("", _("Nothing: it asks for something new")), *parts]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("field") and not given.get("reason"):
            self.add_error("reason", _("Say why she must be asked again for what she already told."))
        return given
