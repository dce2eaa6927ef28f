"""Pictures for the tests, of every kind and at their worst: long names, one month, everything withheld."""

from __future__ import annotations

from collections.abc import Callable

from resguardo.indicators.drawing import bars, boundaries, funnel, survival, trend, waits
from resguardo.indicators.drawing import map as chart
from resguardo.indicators.drawing.marks import ABSENT, Head, Mark, Words
from resguardo.work.drawing import MONTHS as NAMES

WORDS = Words(
    withheld="menos de 5, o reservado",
    absent="sin datos",
    percent="{n} %",
    of_first="{share} del inicio",
    went_on="{share} siguió; {n} no",
    all_went_on="siguieron todas",
    median="mediana",
    median_is="mediana {time}",
    no_median="aún sin mediana",
    nine_of_ten="9 de cada 10",
    ninety_is="9 de cada 10 en {time}",
    deadline="plazo",
    deadline_is="plazo {time}",
    beyond="pasado el plazo",
    at_risk="Aún esperan",
    uneven="El tiempo se dibuja más junto cuanto más crece.",
    panels="Cada una de 0 a {top}; {first} a {last}",
    limits="{low} a {high}",
)
LONG = "Discurso de odio contra mujeres indígenas, difundido en redes sociales o por mensajes muchas veces"
TACTICS = (
    Mark(LONG, 1234567, "?t=1"),
    Mark("Difusión de imágenes íntimas sin consentimiento", 640, "?t=2&d=01", "12 de ellas menores de edad"),
    Mark("Suplantación", 0),
    Mark("Extorsión", None, "?t=4"),
    Mark("Acecho <con> programa & espía", ABSENT),
    Mark("Supercalifragilísticoespialidosoinstitucionalmente", 12.5),
)
MONTHS = tuple(
    Mark(f"{name} {year}", None if place % 7 == 3 else ABSENT if place == 5 else 40.0 + place * 9 % 31)
    for year in (2025, 2026)
    for place, name in enumerate(NAMES["es"])
)
STAGES = (
    Mark("Avisos recibidos", 1240, "?s=1"),
    Mark("Denuncia formalizada", 843),
    Mark("Pruebas selladas y entregadas al Ministerio Público en el plazo de ley", 843),
    Mark("Peritaje", None),
    Mark("Medidas de protección", 140),
    Mark("Más que antes", 150),
    Mark("Nadie contó", ABSENT),
    Mark("Sentencia", 0),
)
CURVE = survival.Curve(
    "Acompañada por una lideresa",
    (1, 3, 8, 20, 47),
    (0.9, 0.6, 0.4, 0.2, 0),
    (0.8, 0.5, 0.3, 0.1, 0),
    (1, 0.7, 0.5, 0.3, 0.1),
    8,
)
OTHER = survival.Curve("Sin acompañamiento", (5, 30, 55), (0.8, 0.6, 0.55), at_risk=(98, 70, None, 20))
WAITS = (
    waits.Wait("Recibir el aviso", 0.5, 3, 24, "?w=1"),
    waits.Wait("Remitir al Ministerio Público", 20, 60, 24),
    waits.Wait("Pedir a la plataforma que conserve los datos antes de que se borren", 30, None, 72),
    waits.Wait("Peritaje", None, None, 240),
    waits.Wait("Medidas", None, 200),
    waits.Wait("Decidir", 24 * 21, 24 * 96, 24 * 90),
    waits.Wait("Al instante", 0, 0.1),
)
PLACES = boundaries.load("gt")


def places(of: boundaries.Chart) -> dict[str, Mark]:
    """Made-up values: some withheld, some zero, one area without a mark."""
    kinds = (7, 12, None, 0, 33, ABSENT, 148, 5)
    codes = list(of.areas)
    marks = {
        code: Mark(f"San José {code} del Monte", kinds[i % 8], f"?d={code}") for i, code in enumerate(codes)
    }
    del marks[codes[-1]]
    return marks


Drawn = Callable[[Head, int], str]
PICTURES: dict[str, Drawn] = {
    "bars": lambda head, width: bars.draw(TACTICS, head, words=WORDS, width=width, total=2000000),
    "bars of nothing": lambda head, width: bars.draw([Mark("Nada", None)], head, words=WORDS, width=width),
    "no bars": lambda head, width: bars.draw([], head, words=WORDS, width=width),
    "trend": lambda head, width: trend.draw(MONTHS, head, words=WORDS, width=width),
    "trend of one": lambda head, width: trend.draw(MONTHS[:1], head, words=WORDS, width=width),
    "trend withheld at its end": lambda head, width: trend.draw(MONTHS[:4], head, words=WORDS, width=width),
    "trend of nothing": lambda head, width: trend.draw(MONTHS[3:4], head, words=WORDS, width=width),
    "no trend": lambda head, width: trend.draw([], head, words=WORDS, width=width),
    "multiples": lambda head, width: trend.multiples(
        [trend.Panel(each.label, MONTHS[i : i + 12], each.href) for i, each in enumerate(TACTICS)],
        head,
        words=WORDS,
        width=width,
    ),
    "funnel": lambda head, width: funnel.draw(STAGES, head, words=WORDS, width=width),
    "funnel of nothing": lambda head, width: funnel.draw(STAGES[3:4], head, words=WORDS, width=width),
    "survival": lambda head, width: survival.draw(
        [CURVE, OTHER], head, unit="días", words=WORDS, width=width
    ),
    "one survival": lambda head, width: survival.draw([CURVE], head, unit="días", words=WORDS, width=width),
    "survival of four": lambda head, width: survival.draw(
        [OTHER, OTHER, CURVE, OTHER], head, unit="días", words=WORDS, width=width
    ),
    "waits": lambda head, width: waits.draw(WAITS, head, words=WORDS, width=width),
    "waits withheld": lambda head, width: waits.draw(WAITS[3:4], head, words=WORDS, width=width),
    "map of the country": lambda head, width: chart.draw(
        PLACES.country, places(PLACES.country), head, words=WORDS, width=width, unit="Casos con aviso, 2026"
    ),
    "map of nothing": lambda head, width: chart.draw(PLACES.country, {}, head, words=WORDS, width=width),
}
for _code, _of in PLACES.departments.items():
    PICTURES[f"map of {_code}"] = lambda head, width, of=_of: chart.draw(  # type: ignore[misc]
        of, places(of), head, words=WORDS, width=width, unit="Casos con aviso, 2026"
    )
