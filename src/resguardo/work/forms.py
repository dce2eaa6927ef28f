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


class Percent(forms.IntegerField):
    """A place or size in a picture, in hundredths of its width or height."""

    def __init__(self, label: Any) -> None:
        widget = forms.NumberInput(attrs={"inputmode": "numeric", "class": "percent"})
        super().__init__(label=label, min_value=0, max_value=100, required=False, widget=widget)


class Cover(forms.Form):
    """Up to four rectangles of a picture to cover: from the left, from the top, width, height."""

    COUNT = 4
    style = forms.ChoiceField(
        label=_("How?"),
        choices=[("black", _("In black: nothing can be read under it")), ("blur", _("Blurred"))],
        initial="black",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, self.COUNT + 1):
            for name, label in (
                ("x", _("From the left, %")),
                ("y", _("From the top, %")),
                ("w", _("Width, %")),
                ("h", _("Height, %")),
            ):
                self.fields[f"{name}{number}"] = Percent(label)

    def rows(self) -> list[tuple[int, list[Any]]]:
        """The fields of each rectangle."""
        return [(n, [self[f"{name}{n}"] for name in "xywh"]) for n in range(1, self.COUNT + 1)]

    def rectangles(self) -> list[tuple[float, float, float, float]]:
        """The rectangles that were given, as fractions."""
        given = ([self.cleaned_data.get(f"{name}{n}") for name in "xywh"] for n in range(1, self.COUNT + 1))
        return [(x / 100, y / 100, w / 100, h / 100) for x, y, w, h in given if w and h and x is not None]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for n in range(1, self.COUNT + 1):
            x, y, w, h = (data.get(f"{name}{n}") for name in "xywh")
            if (w or h) and (None in (x, y) or not w or not h or x + w > 100 or y + h > 100):
                self.add_error(f"x{n}", _("The rectangle has to be whole, and inside the picture."))
        if not self.errors and not any(data.get(f"w{n}") for n in range(1, self.COUNT + 1)):
            self.add_error("w1", _("Give at least one rectangle."))
        return data


class Page(forms.Form):
    """The address of a public page to capture."""

    address = forms.URLField(
        label=_("Address of the public page"),
        assume_scheme="https",
        max_length=2000,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Our server opens it, without any account. The site may see that somebody looked."),
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
