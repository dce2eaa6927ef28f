"""An invented register: thousands of believable records, for the demo, the benchmarks and the tests of figures.

Nobody in it exists. What is likely follows what surveys say (the aggressor is unknown to six in ten, S07; most
is harassment, false identities and intimate images), so that pictures made of it look as real ones would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import orjson

from resguardo.core.codes import Register
from resguardo.registry.models import Entry

NAME = "demo"
MONTHS = 36
DAY = 86400
KEEPER = "pnc"
CHUNK = 20_000

# Relative weights. What a list does not name is not drawn.
TACTICS = {
    "HAR-01": 17, "HAR-02": 7, "HAR-03": 6, "HAR-04": 5, "HAR-05": 3, "HAR-06": 2, "HAR-07": 3,
    "IMG-01": 9, "IMG-02": 8, "IMG-03": 8, "IMG-04": 1.5, "IMG-05": 2, "IMG-06": 4, "IMG-07": 0.5,
    "IDN-01": 4, "IDN-02": 6, "IDN-03": 6, "IDN-04": 0.4,
    "SUR-01": 3, "SUR-02": 1.2, "SUR-03": 1.2, "SUR-04": 5, "SUR-05": 2,
    "SPE-01": 3, "SPE-02": 1.5, "SPE-03": 3, "SPE-04": 0.7, "SPE-05": 0.4, "SPE-06": 0.5,
    "ECO-01": 2, "ECO-02": 0.8, "OTH-01": 0.2, "OTH-02": 0.6, "OTH-03": 0.3, "OTH-98": 0.6,
}  # fmt: skip
OF_MINORS = {
    "CHI-01": 14,
    "CHI-02": 12,
    "IMG-03": 14,
    "IMG-02": 9,
    "IMG-01": 9,
    "HAR-01": 12,
    "IMG-08": 3,
    "IDN-03": 8,
}
DEPARTMENTS = {
    "01": 34, "02": 1, "03": 3, "04": 9, "05": 5, "06": 2, "07": 2.5, "08": 2, "09": 7, "10": 3, "11": 2,
    "12": 5, "13": 4, "14": 3, "15": 1.5, "16": 8, "17": 3, "18": 2, "19": 1.2, "20": 2, "21": 1.5, "22": 2,
}  # fmt: skip
MAYA = {
    "04": 0.75,
    "07": 0.95,
    "08": 0.95,
    "09": 0.45,
    "12": 0.25,
    "13": 0.6,
    "14": 0.85,
    "15": 0.5,
    "16": 0.9,
    "17": 0.3,
}
SPEAKS = {
    "04": "cak",
    "07": "quc",
    "08": "quc",
    "09": "quc",
    "12": "mam",
    "13": "mam",
    "14": "quc",
    "16": "kek",
    "17": "kek",
    "15": "acr",
}
AGES = {
    "0_12": 2,
    "13_17": 17,
    "18_29": 38,
    "30_44": 25,
    "45_59": 9,
    "60p": 2,
    "adult": 4,
    "minor": 1,
    "nd": 2,
}
PLATFORMS = {
    "whatsapp": 38,
    "facebook": 30,
    "messenger": 8,
    "instagram": 9,
    "tiktok": 8,
    "telegram": 4,
    "call": 9,
    "sms": 3,
    "x": 1.5,
    "site": 1.5,
    "email": 1,
    "dating": 1,
    "adult_site": 1,
    "game": 0.6,
    "cloud": 0.4,
    "unknown": 0.6,
}
RELATIONS = {
    "anonymous": 30,
    "stranger": 20,
    "online_only": 13,
    "ex_boyfriend": 9,
    "ex_spouse": 6,
    "acquaintance": 4,
    "classmate": 3.5,
    "boyfriend": 2,
    "spouse": 2,
    "friend": 2.5,
    "neighbour": 2,
    "coworker": 1.5,
    "other_family": 1.5,
    "teacher": 0.5,
    "boss": 0.5,
    "authority": 0.5,
    "police": 0.3,
    "community": 0.4,
    "criminal_group": 1,
    "no_answer": 1,
}
KNOWN = {
    "partner_family": "yes_name",
    "other_known": "yes_name",
    "unknown_person": "no",
    "not_known": "suspected",
}
# Step, party, hours within which it is due, median hours it takes, share of cases that come to it.
STEPS = (
    ("receive", "pnc", 24, 9, 1.0), ("assess_risk", "pnc", 48, 30, 0.98), ("register", "pnc", 96, 60, 0.96),
    ("hand_over", "pnc", 24, 22, 0.8), ("open_file", "mp", 72, 60, 0.76), ("request_expertise", "mp", 120, 140, 0.4),
    ("give_opinion", "inacif", 720, 640, 0.34), ("decide", "mp", 1440, 1500, 0.55),
)  # fmt: skip


def draw(luck: np.random.Generator, weights: dict[str, float], count: int) -> list[str]:
    """`count` codes, each as likely as its weight."""
    shares = np.array(list(weights.values()), float)
    places = luck.choice(len(shares), count, p=shares / shares.sum())
    names = list(weights)
    return [names[place] for place in places]


def either(luck: np.random.Generator, share: float, yes: str, no: str, count: int) -> list[str]:
    """`yes` for about `share` of them, `no` for the rest."""
    return [yes if hit else no for hit in luck.random(count) < share]


def entries(register: Register, count: int, until: datetime, seed: int = 1) -> Iterator[list[Entry]]:
    """`count` entries of the MONTHS before `until`, some at a time, with a revision of 1. Always the same."""
    luck = np.random.default_rng(seed)
    for first in range(0, count, CHUNK):
        yield _some(register, luck, first, min(CHUNK, count - first), until)


def _some(
    register: Register, luck: np.random.Generator, first: int, count: int, until: datetime
) -> list[Entry]:
    """One chunk of them, drawn field by field."""
    drawn = _drawn(register, luck, count)
    # More are told every year: the place in time is drawn so that the end is denser than the beginning.
    ago = (MONTHS * 30.4 * DAY * (1 - luck.random(count) ** 0.7)).astype(int)
    waits = luck.lognormal(0, 0.9, (count, len(STEPS)))
    comes = luck.random((count, len(STEPS)))
    missing = luck.random((count, len(OPTIONAL)))
    extra = luck.random((count, 8))
    made = []
    for place in range(count):
        opened = until - timedelta(seconds=int(ago[place]))
        values = {name: column[place] for name, column in drawn.items()}
        _dates(values, opened, extra[place])
        for name, share in zip(OPTIONAL, missing[place], strict=True):
            if share < OPTIONAL[name]:
                values.pop(name, None)
        values |= {name: v for name, v in register.compute(values).items() if name not in values}
        stretches = _stretches(opened, until, waits[place], comes[place], values)
        made.append(
            Entry(
                keeper=KEEPER,
                register=NAME,
                number=f"D-{first + place + 1:07}",
                version=register.ref,
                opened_at=opened,
                registered_at=opened + timedelta(hours=float(waits[place][2]) * 60),
                values=orjson.dumps(values).decode(),
                origins="{}",
                stretches=orjson.dumps(stretches).decode(),
                acts=orjson.dumps(_acts(opened, extra[place], values)).decode(),
                counted_by=" dmm  mp  pnc " if extra[place][0] < 0.93 else "",
                revision=1,
            )
        )
    return made


OPTIONAL = {"residence_muni": 0.06, "incident_muni": 0.1, "disability": 0.05, "bias_grounds": 0.12, "fear_caused": 0.2, "perp_age": 0.5, "impact": 0.08, "means": 0.4, "frequency": 0.05, "offline_violence": 0.3, "date_start": 0.07, "attended_in_language": 0.45}  # fmt: skip


def _drawn(register: Register, luck: np.random.Generator, count: int) -> dict[str, list[Any]]:
    """Fields that can be drawn for all at once, what hangs on another after it."""
    towns: dict[str, list[str]] = {}
    for code in register.lists["municipality"]:
        if "department" in code.maps:
            towns.setdefault(code.maps["department"], []).append(code.code)
    department = draw(luck, DEPARTMENTS, count)
    # The first town of each department, its capital, is likelier than each of the others.
    town = [
        towns[d][int(p**2.2 * len(towns[d]))] for d, p in zip(department, luck.random(count), strict=True)
    ]
    age = draw(luck, AGES, count)
    grown, young = draw(luck, TACTICS, count), draw(luck, OF_MINORS, count)
    minor = [one in ("0_12", "13_17", "minor") for one in age]
    tactic = [y if m else g for g, y, m in zip(grown, young, minor, strict=True)]
    second, twice = draw(luck, TACTICS, count), luck.random(count) < 0.35
    platform, other, several = (
        draw(luck, PLATFORMS, count),
        draw(luck, PLATFORMS, count),
        luck.random(count) < 0.3,
    )
    maya = [p < MAYA.get(d, 0.15) for d, p in zip(department, luck.random(count), strict=True)]
    speaks = [m and p < 0.42 for m, p in zip(maya, luck.random(count), strict=True)]
    relation = draw(luck, RELATIONS, count)
    uncts = {code.code: code.maps.get("uncts", "") for code in register.lists["relationship"]}
    pueblo = draw(
        luck, {"ladina": 93, "garifuna": 1, "xinka": 1.2, "afro": 0.3, "extranjera": 0.8, "nd": 4}, count
    )
    return {
        "report_nature": draw(luck, {"denuncia": 58, "anonymous_notice": 27, "orientation": 15}, count),
        "channel": draw(luck, {"self_web": 41, "leader": 21, "police": 19, "dmm": 11, "mp": 5, "phone": 3}, count),
        "receiving_institution": draw(luck, {"pnc": 70, "dmm": 16, "mp": 14}, count),
        "reported_by_survivor": either(luck, 0.93, "yes", "no", count),
        "previously_reported": draw(luck, {"no": 86, "other": 9, "network": 5}, count),
        "times_told": [int(n) for n in 1 + luck.poisson(0.7, count)],
        "age_band": age,
        "sex": draw(luck, {"F": 97, "ND": 2, "M": 1}, count),
        "pueblo": ["maya" if m else p for m, p in zip(maya, pueblo, strict=True)],
        "language": [SPEAKS.get(d, "es") if s else "es" for d, s in zip(department, speaks, strict=True)],
        "interpreter_needed": either(luck, 0.04, "yes", "no", count),
        "disability": [[one] for one in draw(luck, {"none": 92, "physical": 2, "visual": 2, "hearing": 1, "cognitive": 1, "nd": 2}, count)],
        "occupation_risk": draw(luck, {"other": 60, "student": 22, "leader": 8, "dmm": 1, "politician": 2, "journalist": 1, "hrd": 3, "nd": 3}, count),
        "residence_muni": town,
        "incident_muni": town,
        "modality": draw(luck, {"online_only": 70, "online_to_offline": 9, "offline_to_online": 13, "both": 8}, count),
        "tactic_primary": tactic,
        "tactic": [[a, b] if t and a != b else [a] for a, b, t in zip(tactic, second, twice, strict=True)],
        "frequency": draw(luck, {"once": 22, "several": 45, "daily": 13, "ongoing": 20}, count),
        "fear_caused": either(luck, 0.71, "yes", "no", count),
        "platform": [[a, b] if t and a != b and "unknown" not in (a, b) else [a] for a, b, t in zip(platform, other, several, strict=True)],
        "means": [[one] for one in draw(luck, {"fake_account": 46, "own_account": 22, "her_account": 8, "group": 10, "calls": 9, "app": 1, "physical_access": 2, "ai": 2}, count)],
        "visibility": draw(luck, {"private": 46, "public": 24, "closed_group": 14, "threat_only": 14, "unknown": 2}, count),
        "bias_grounds": [[one] for one in draw(luck, {"woman": 45, "maya": 9, "leader": 9, "politics": 3, "none": 22, "unknown": 12}, count)],
        "prior_incidents": either(luck, 0.38, "yes", "no", count),
        "offline_violence": either(luck, 0.19, "yes", "no", count),
        "perp_count": draw(luck, {"1": 62, "2": 6, "3": 2, "4p": 6, "unknown": 24}, count),
        "perp_identified": [KNOWN[uncts[one] or "not_known"] for one in relation],
        "relationship": relation,
        "perp_sex": draw(luck, {"M": 68, "F": 9, "ND": 23}, count),
        "perp_age": draw(luck, {"12_17": 7, "18_25": 18, "26_40": 25, "41_60": 10, "61": 1, "unknown": 39}, count),
        "perp_has_access": either(luck, 0.14, "yes", "no", count),
        "impact": [[one] for one in draw(luck, {"fear": 34, "anxiety": 22, "anger": 10, "insecurity": 9, "offline": 7, "study": 3, "economic": 4, "suicidal": 3, "left_office": 1, "none": 7}, count)],
        "risk_level": draw(luck, {"low": 44, "medium": 37, "high": 15, "not_assessed": 4}, count),
        "measure_outcome": draw(luck, {"not_asked": 66, "asked": 9, "granted": 18, "denied": 4, "ended": 3}, count),
        "wants_legal_action": draw(luck, {"yes": 57, "no": 25, "unknown": 18}, count),
        "takedown_status": draw(luck, {"not_needed": 55, "not_asked": 12, "asked": 8, "removed": 15, "partly": 4, "refused": 4, "back": 2}, count),
        "outcome": draw(luck, {"received": 8, "accepted": 12, "investigating": 40, "forensic": 6, "court": 9, "closed": 9, "withdrawn": 4, "dismissed": 12}, count),
        "legal_duty_told": either(luck, 0.94, "yes", "no", count),
        "attended_in_language": either(luck, 0.86, "yes", "no", count),
    }  # fmt: skip


def _dates(values: dict[str, Any], opened: datetime, extra: Sequence[float]) -> None:
    """The days of a record, and what only stands beside some of its other values."""
    told = opened.date()
    values["date_first_report"] = told.isoformat()
    values["date_start"] = (told - timedelta(days=int(extra[1] ** 3 * 120))).isoformat()
    if values["takedown_status"] in ("asked", "removed", "partly", "refused", "back"):
        asked = told + timedelta(days=int(extra[2] * 6))
        values["takedown_asked"] = asked.isoformat()
        if values["takedown_status"] in ("removed", "partly", "back"):
            values["takedown_removed"] = (asked + timedelta(days=1 + int(extra[3] ** 2 * 30))).isoformat()
    if values["outcome"] == "dismissed":
        reasons = ("no_crime", "no_evidence", "not_identified", "her_decision", "not_said")
        values["dismissal_reason"] = reasons[int(extra[4] * len(reasons))]
    if values["measure_outcome"] in ("granted", "ended"):
        values["protective_measures"] = ["no_contact"] if extra[5] < 0.6 else ["no_approach", "no_publish"]
    if extra[6] < 0.05:
        values.pop("legal_duty_told", None)


def _stretches(
    opened: datetime, until: datetime, waits: Sequence[float], comes: Sequence[float], values: dict[str, Any]
) -> list[list[Any]]:
    """The steps of the route that a record came to, one after the other, and how long each was owed."""
    if values["report_nature"] == "orientation":
        return []
    since, end, found = int(opened.timestamp()), int(until.timestamp()), []
    for (step, party, due, usual, share), wait, chance in zip(STEPS, waits, comes, strict=True):
        if chance > share:
            continue
        done = since + int(wait * usual * 3600)
        late = since + due * 3600
        if since >= end:
            break
        found.append([step, party, since, late, done if done < end else None, ""])
        if done >= end:
            break
        since = done
    return found


def _acts(opened: datetime, extra: Sequence[float], values: dict[str, Any]) -> list[list[Any]]:
    """What is counted of a record's history."""
    at = int(opened.timestamp())
    found: list[list[Any]] = [
        ["consent-given", "pnc", "services", at],
        ["consent-given", "pnc", "account", at],
    ]
    found += [["sealed", "her", "", at + int(extra[2] * 7200)]] * int(extra[3] * 4)
    found += [["opened", "pnc" if extra[4] < 0.6 else "mp", "grey", at + DAY]] * int(extra[5] * 3)
    if extra[6] < 0.12:
        found.append(["asked-again", "mp" if extra[7] < 0.5 else "pnc", "account", at + 2 * DAY])
    if extra[7] < 0.03:
        found.append(["consent-withdrawn", "pnc", "account", at + 9 * DAY])
    return found
