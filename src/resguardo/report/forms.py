"""The questions, as forms. Nearly everything may be left empty (rule R05)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from resguardo.cases.queries import current_route
from resguardo.core.route import LEADER
from resguardo.packs import Pack

LONG = 20_000
SHORT = 500
YES_NO = [("yes", _("Yes")), ("no", _("No")), ("unknown", _("I do not know, or I would rather not say"))]


class Question(forms.Form):
    """One page of hers: no autofill, no spelling sent elsewhere, `lead` above the fields."""

    title = ""
    lead: Sequence[Any] = ()
    button = _("Continue")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.pack: Pack = kwargs.pop("pack")
        self.facts: dict[str, Any] = kwargs.pop("facts", {})
        self.assisted: bool = kwargs.pop("assisted", False)
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.prepare()
        for name, entry in self.fields.items():
            entry.widget.attrs |= {"autocomplete": "off"}
            if isinstance(entry.widget, forms.Textarea | forms.TextInput):
                entry.widget.attrs["spellcheck"] = "false"
            described = [f"hint-{name}"] if entry.help_text else []
            if self.is_bound and name in self.errors:
                entry.widget.attrs["aria-invalid"] = "true"
                described.append(f"wrong-{name}")
            if described and not isinstance(entry.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
                entry.widget.attrs["aria-describedby"] = " ".join(described)

    def prepare(self) -> None:
        """Fill in what comes from the country pack."""

    def labels(self, list_: str) -> list[tuple[str, str]]:
        """The choices of a code list of the pack."""
        return [(c.code, c.in_(get_language() or "es")) for c in self.pack.codes[list_]]


def words(label: Any, hint: Any = "", rows: int = 4, limit: int = LONG) -> forms.CharField:
    """An open question."""
    message = _("This is longer than fits here. It is kept below: shorten it, or go on in a message later.")
    return forms.CharField(
        label=label,
        help_text=hint,
        required=False,
        max_length=limit,
        strip=True,
        error_messages={"max_length": message},
        widget=forms.Textarea(attrs={"rows": rows, "maxlength": False, "class": "short" if rows < 6 else ""}),
    )


def one_of(label: Any, choices: Any, hint: Any = "") -> forms.ChoiceField:
    """A choice that may be left open."""
    return forms.ChoiceField(
        label=label, help_text=hint, required=False, choices=choices, widget=forms.RadioSelect
    )


class Nature(Question):
    title = _("What do you want to do?")
    button = _("Begin")
    nature = forms.ChoiceField(
        label=_("Choose one. You can change from one to another later."),
        error_messages={"required": _("Choose one of the three. You can change it later.")},
        choices=[
            ("guidance", _("I want guidance")),
            ("notice", _("I want to give notice")),
            ("denuncia", _("I want to file a denuncia")),
        ],
        widget=forms.RadioSelect,
    )


class Account(Question):
    title = _("What happened?")
    lead = (
        _("Tell it your way, in your own words, from the beginning. There is no hurry."),
        _("If you do not remember something, say so. There is no need to guess. Nothing is a wrong answer."),
    )
    text = words(_("Tell us what happened"), rows=10)


class When(Question):
    title = _("When and where online did it happen?")
    lead = (_("Only what you know. It can be approximate: “since before Easter”, “many times”."),)
    when = words(_("When?"), rows=2, limit=SHORT)
    day = forms.DateField(
        label=_("If you remember an exact day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("This day was not understood. Write it in the box above in words.")},
    )
    platform = forms.MultipleChoiceField(
        label=_("Where online?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    published = one_of(_("Has something been published already?"), YES_NO)
    links = words(
        _("Links, groups or user names where it is"), _("One on each line, if you have them."), rows=3
    )

    def prepare(self) -> None:
        self.fields["platform"].choices = self.labels("platform")

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet. Is the year right?"))
        return day


class Who(Question):
    title = _("Do you know who did it?")
    lead = (_("Often it is not known. “I do not know” is a good answer."),)
    perp_identified = one_of(
        _("Do you know who it is?"),
        [
            ("unknown", _("I do not know")),
            ("suspected", _("I have a suspicion")),
            ("known", _("Yes, I know")),
        ],
    )
    who = words(
        _("What do you know of that person?"),
        _("A name, a nickname, a number, an account; what that person is to you. Only if you want."),
        rows=4,
    )
    official_suspect = one_of(
        _("Is that person police, or does that person work in an institution?"),
        YES_NO,
        _("Then your case goes another way. On a later page you can hide it from an institution."),
    )


class Details(Question):
    title = _("A few things that change what is owed to you")
    lead = (_("You can leave any of them empty."),)
    threat = one_of(_("Have you been threatened, or are you in danger now?"), YES_NO)
    lives_with_him = one_of(_("Does that person live with you, or look at your phone?"), YES_NO)
    sexual_violence = one_of(
        _("Was there sexual violence?"),
        YES_NO,
        _("If it was in the last 72 hours, a health service can give you medicine that protects you."),
    )
    minor_in_image = one_of(
        _("In the images, may somebody under 18 be seen?"),
        YES_NO,
        _("Then nobody here opens them: they stay sealed for the authority that the law names."),
    )
    age = one_of(
        _("How old are you?"),
        [
            ("under_14", _("Under 14")),
            ("14_17", _("14 to 17")),
            ("adult", _("18 or more")),
            ("unknown", _("I would rather not say")),
        ],
    )
    language = one_of(_("In which language do you want to be spoken to?"), [])
    interpreter = one_of(_("Do you need an interpreter?"), YES_NO)
    defender = one_of(
        _("Are you attacked because you are a leader, a defender, a journalist or in politics?"), YES_NO
    )
    department = forms.ChoiceField(label=_("In which department are you?"), required=False)

    def prepare(self) -> None:
        wanted = ("es", "cak", "kek", "quc", "mam")
        names = dict(self.labels("language"))
        self.fields["language"].choices = [(code, names.get(code, code)) for code in wanted if code in names]
        self.fields["department"].choices = [("", _("I would rather not say")), *self.labels("department")]


class Name(Question):
    title = _("Your name")
    lead = (
        _("For a denuncia the law asks who you are. No document can be demanded of you."),
        _("Your name is kept under its own lock. Later you decide which institution may see it."),
    )
    name = forms.CharField(label=_("Your name"), required=False, max_length=SHORT)
    document = forms.CharField(
        label=_("Number of your DPI"), help_text=_("Only if you want."), required=False, max_length=40
    )
    as_notice = forms.BooleanField(
        label=_("I would rather go on without my name, as a notice"), required=False
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "name" in given and not given["name"] and not given.get("as_notice"):
            self.add_error("name", _("Write your name, or mark below that you go on as a notice."))
        return given


class Contact(Question):
    title = _("How is it safe to reach you?")
    lead = (
        _("Nobody will call or write to you outside this site unless you say so here."),
        _("You can always come back here with your number and read the messages."),
    )
    safe_contact = one_of(
        _("Choose what is safe"),
        [
            ("none", _("Only here, with my number")),
            ("call_hours", _("By phone, at the hour I say")),
            ("message_neutral", _("By a message that says nothing of this")),
            ("via_leader", _("Through a leader or a person I trust")),
            ("in_person", _("I go to the office myself")),
        ],
    )
    safe_time = one_of(_("When can you read or talk without being seen?"), [])
    how = words(
        _("Number, person or place, and at what hour"),
        _("Say also what they must not say, if somebody else answers."),
        rows=3,
        limit=2000,
    )

    def prepare(self) -> None:
        self.fields["safe_time"].choices = self.labels("safe_time")


class Consents(Question):
    """One box for each consent and institution, and one to hide the whole case from an institution."""

    title = _("Who may see what?")
    lead = (
        _("You decide, institution by institution. What you do not mark stays closed."),
        _("You can change it at any time with your number."),
    )

    def prepare(self) -> None:
        self.route = current_route()
        language = get_language() or "es"
        self.by_party: dict[str, list[str]] = {}
        for consent, party in self.route.consents_for(self.facts):
            if party == LEADER and not self.assisted:
                continue
            spec = self.route.consents[consent]
            name = f"{consent}-{party}"
            self.fields[name] = forms.BooleanField(
                label=spec.title.in_(language), help_text=spec.text.in_(language), required=False
            )
            self.by_party.setdefault(party, []).append(name)
        self.fields["hide_names"] = words(
            _("Is there somebody, or a station, that must never see your case?"),
            _("Write the name, one on each line. It is compared at once and kept nowhere."),
            rows=2,
            limit=SHORT,
        )
        for party, names in self.by_party.items():
            if party == LEADER:
                continue
            hide = f"hide-{party}"
            self.fields[hide] = forms.BooleanField(
                label=_("Hide my case from this institution"), required=False
            )
            names.append(hide)

    def parties(self) -> list[tuple[str, list[Any]]]:
        """(title of the institution, its boxes), in the route's order."""
        language = get_language() or "es"
        return [
            (self.route.parties[party].title.in_(language), [self[name] for name in names])
            for party, names in self.by_party.items()
        ]


QUESTIONS: dict[str, type[Question]] = {
    "camino": Nature,
    "relato": Account,
    "cuando": When,
    "quien": Who,
    "detalles": Details,
    "archivos": Question,
    "nombre": Name,
    "contacto": Contact,
    "permisos": Consents,
}
FACTS = (
    "threat",
    "lives_with_him",
    "sexual_violence",
    "minor_in_image",
    "age",
    "interpreter",
    "department",
    "official_suspect",
    "perp_identified",
    "platform",
    "published",
    "defender",
)
