"""What a new version of a route changes, in plain words: for the people who sign it, before it is adopted.

Compares what the documents mean (who owes, by when, after what, who sees what), never their lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from resguardo.core.history import HER
from resguardo.core.route import Conditions, Route, Share, Step, Wait


@dataclass(frozen=True)
class Difference:
    """One change: where in the document, and a sentence in Spanish and in English."""

    where: str
    es: str
    en: str

    def in_(self, language: str) -> str:
        """The sentence in `language`, Spanish where there is none."""
        return self.en if language.startswith("en") else self.es


def differences(old: Route, new: Route) -> list[Difference]:
    """Every change from `old` to `new`, institutions first, then steps in the new order; none when equal."""
    return [*_parties(old, new), *_consents(old, new), *_steps(old, new)]


def _parties(old: Route, new: Route) -> Iterator[Difference]:
    for name in {**old.parties, **new.parties}:
        was, now = old.parties.get(name), new.parties.get(name)
        at = f"parties.{name}"
        if was is None and now is not None:
            yield Difference(at, f"Entra {now.title.es}.", f"{now.title.en} comes in.")
        elif now is None and was is not None:
            yield Difference(at, f"Sale {was.title.es}.", f"{was.title.en} goes out.")
        elif was is not None and now is not None:
            if was.enabled != now.enabled:
                es, en = (
                    ("empieza a participar", "takes part from now on")
                    if now.enabled
                    else ("deja de participar", "no longer takes part")
                )
                yield Difference(at, f"{now.title.es} {es}.", f"{now.title.en} {en}.")
            for group in sorted(set(now.sees) ^ set(was.sees)):
                more = group in now.sees
                es, en = (
                    ("podrá llegar a ver", "may come to see") if more else ("ya nunca verá", "may never see")
                )
                title = (new if more else old).groups[group].title
                yield Difference(at, f"{now.title.es} {es}: {title.es}.", f"{now.title.en} {en}: {title.en}.")


def _consents(old: Route, new: Route) -> Iterator[Difference]:
    for name in {**old.consents, **new.consents}:
        was, now = old.consents.get(name), new.consents.get(name)
        at = f"consents.{name}"
        if was is None and now is not None:
            yield Difference(
                at,
                f"Se le pregunta algo nuevo: {now.title.es}.",
                f"She is asked something new: {now.title.en}.",
            )
        elif now is None and was is not None:
            yield Difference(
                at, f"Ya no se le pregunta: {was.title.es}.", f"She is no longer asked: {was.title.en}."
            )
        elif was is not None and now is not None and (was.text, was.groups) != (now.text, now.groups):
            yield Difference(
                at,
                f"Cambia lo que consiente: {now.title.es}.",
                f"What she consents to changes: {now.title.en}.",
            )


def _steps(old: Route, new: Route) -> Iterator[Difference]:
    before = {new.renamed.get(name, name): step for name, step in old.steps.items()}
    for name, step in new.steps.items():
        if name not in before:
            yield Difference(
                f"steps.{name}",
                f"Paso nuevo de {_who(new, step.who, 'es')}: {step.title.es}{_by(step, 'es')}.",
                f"New step of {_who(new, step.who, 'en')}: {step.title.en}{_by(step, 'en')}.",
            )
            yield from _shares(new, new, name, (), step.shares)
        else:
            yield from _step(old, new, name, before[name], step)
    for name, step in before.items():
        if name not in new.steps:
            yield Difference(
                f"steps.{name}", f"Ya no hay el paso: {step.title.es}.", f"The step is gone: {step.title.en}."
            )


def _step(old: Route, new: Route, name: str, was: Step, now: Step) -> Iterator[Difference]:
    at, es, en = f"steps.{name}", f"«{now.title.es}»", f"“{now.title.en}”"
    if was.title != now.title:
        yield Difference(
            at, f"«{was.title.es}» se llama ahora {es}.", f"“{was.title.en}” is now called {en}."
        )
    if was.who != now.who:
        yield Difference(
            at,
            f"{es} pasa de {_who(old, was.who, 'es')} a {_who(new, now.who, 'es')}.",
            f"{en} passes from {_who(old, was.who, 'en')} to {_who(new, now.who, 'en')}.",
        )
    for field, kind_es, kind_en in (
        ("within", "plazo", "deadline"),
        ("every", "se repite cada", "comes back every"),
    ):
        one, two = getattr(was, field), getattr(now, field)
        if one != two:
            yield Difference(
                at,
                f"{es}: {kind_es} {_span(one, 'es')} pasa a {_span(two, 'es')}.",
                f"{en}: {kind_en} {_span(one, 'en')} becomes {_span(two, 'en')}.",
            )
    if {new.renamed.get(step, step) for step in was.after} != set(now.after):
        yield Difference(
            at,
            f"{es} espera ahora a: {_titles(new, now.after, 'es')}.",
            f"{en} now waits for: {_titles(new, now.after, 'en')}.",
        )
    if was.when != now.when:
        yield Difference(
            at,
            f"{es} se pide ahora cuando: {_when(now.when)}.",
            f"{en} is now called for when: {_when(now.when)}.",
        )
    if set(was.outcomes) != set(now.outcomes):
        yield Difference(at, f"{es}: cambian sus resultados.", f"{en}: its outcomes change.")
    if was.basis != now.basis:
        basis = f"{now.basis.law or '-'} ({now.basis.status})"
        yield Difference(at, f"{es}: la base es ahora {basis}.", f"{en}: its basis is now {basis}.")
    if was.closes != now.closes:
        yield Difference(
            at,
            f"{es} {'cierra' if now.closes else 'ya no cierra'} el caso.",
            f"{en} {'closes' if now.closes else 'no longer closes'} the case.",
        )
    yield from _shares(old, new, name, was.shares, now.shares)


def _shares(
    old: Route, new: Route, name: str, was: tuple[Share, ...], now: tuple[Share, ...]
) -> Iterator[Difference]:
    one, two = _seen(was), _seen(now)
    title = new.steps[name].title
    for key in sorted(set(one) ^ set(two)):
        to, group, basis = key
        route = new if key in two else old
        es, en = ("verá", "will see") if key in two else ("ya no verá", "will no longer see")
        party, part = route.parties[to].title, route.groups[group].title
        yield Difference(
            f"steps.{name}.shares",
            f"Al hacer «{title.es}», {party.es} {es}: {part.es} ({basis}).",
            f"On “{title.en}”, {party.en} {en}: {part.en} ({basis}).",
        )
    for key in sorted(set(one) & set(two)):
        if one[key] != two[key]:
            party, part = new.parties[key[0]].title, new.groups[key[1]].title
            yield Difference(
                f"steps.{name}.shares",
                f"Al hacer «{title.es}», {party.es} verá {part.es} solo cuando: {_when(two[key])}.",
                f"On “{title.en}”, {party.en} sees {part.en} only when: {_when(two[key])}.",
            )


def _seen(shares: tuple[Share, ...]) -> dict[tuple[str, str, str], Conditions]:
    """(party, group, basis) of every share, with its conditions."""
    return {
        (
            share.to,
            group,
            f"ley/law {share.law}" if share.law else f"consentimiento/consent {share.consent}",
        ): share.when
        for share in shares
        for group in share.what
    }


def _who(route: Route, party: str, language: str) -> str:
    if party == HER:
        return "her" if language == "en" else "ella"
    return route.parties[party].title.in_(language)


def _titles(route: Route, steps: tuple[str, ...], language: str) -> str:
    nothing = "nothing" if language == "en" else "nada"
    return ", ".join(route.steps[name].title.in_(language) for name in steps) or nothing


def _when(when: Mapping[str, str | list[str]]) -> str:
    parts = [f"{name} = {' | '.join(v) if isinstance(v, list) else v}" for name, v in when.items()]
    return ", ".join(parts) or "siempre/always"


def _by(step: Step, language: str) -> str:
    return "" if step.within is None else f" ({_span(step.within, language)})"


def _span(wait: Wait | None, language: str) -> str:
    """A wait in words: 2 días, 24 horas."""
    if wait is None:
        return "none" if language == "en" else "ninguno"
    words = ("days", "hours", "minutes") if language == "en" else ("días", "horas", "minutos")
    numbers = (wait.days, wait.hours, wait.minutes)
    return " ".join(f"{n} {word}" for n, word in zip(numbers, words, strict=True) if n)
