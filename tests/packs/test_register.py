"""The register of Guatemala is whole: each code told in two languages, with its source, without blame."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest

from resguardo import packs
from resguardo.core.codes import CodesError, Problem
from resguardo.core.codesearch import Finder

GT = packs.load("gt").register
FOLDER = packs.HERE / "gt"
TODAY = date(2026, 11, 24)
STATUSES = {"VERIFIED", "PARTIAL", "MEMORY", "OWN"}
EVERY_CODE = [(name, code) for name, codes in GT.lists.items() for code in codes]
TACTICS = GT.codes["tactics"]

FIELDS = """
incident_id survivor_code report_nature channel date_first_report date_registered receiving_institution
receiving_officer_code accompanied_by reported_by_survivor previously_reported times_told name cui
contact safe_contact birth_year age_is_estimate is_minor_at_incident sex gender_identity pueblo
maya_community language interpreter_needed literacy disability marital_status schooling occupation_risk
residence_muni area date_start date_end time_of_day incident_muni modality cy_tag tactic tactic_primary
iccs_code gbvims_type case_context gt_offence_candidate attempted frequency fear_caused platform
visibility accounts_urls reach reupload_count synthetic_media demand goods_money_exchanged motive
bias_grounds weapon prior_incidents perp_count perp_identified perp_name relationship former perp_sex
perp_age perp_occupation perp_has_access impact risk_flags risk_level item_id kind sensitivity sha256
captured_at timestamp_token custody_log preservation_status protective_measures measure_start measure_end
referrals wants_legal_action takedown_status takedown_asked takedown_removed handoffs outcome
dismissal_reason consents withheld basis consent_form_version legal_duty_told service_survey
retention_until
""".split()  # noqa: SIM905

BLAME = re.compile(
    r"\bse dej[oó]\b|\bpermiti[oó]\b|\bdebi[oó]\b|\bno deb[ií]a\b|\bno deber[ií]a\b|\bhubiera\b|"
    r"\b(su|mi|tu) culpa\b|\btuvo la culpa\b|\bse lo busc[oó]\b|\bprovoc[oó]\b|\bdescuid|\bimpruden|\bingenu|"
    r"\bconfiada\b|\bse expuso\b|\bconsinti[oó]\b|\bacept[oó]\b|\bpor qu[eé] (no|fue|mand[oó])\b|\bevite\b|"
    r"\bsupuesta(mente)?\b|\bdice ser\b|\bpromiscu|\bprovocativa\b|\bpr[oó]fuga\b|"
    r"\b(she|her) (let|allowed|agreed to be|asked for it)\b|\bshould (not )?have\b|\bprovoked\b|\bcareless|"
    r"\bnaive\b|\breckless|\bher (own )?fault\b|\bimprudent|\ballegedly\b|\bwhy (did|didn't) (she|you)\b|"
    r"\bno (se )?tom(e|es|en) fotos\b|\bno mand(e|es|en) fotos\b|\bdo not (take|send) (pictures|photos)\b",
    re.IGNORECASE,
)
INFORMAL = re.compile(r"\b(tú|vos|tienes|tenés|puedes|podés|debes|quieres|querés)\b", re.IGNORECASE)


def blaming(texts: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of (where, text) that blame her."""
    return [(where, text) for where, text in texts if BLAME.search(text)]


def texts() -> Iterator[tuple[str, str]]:
    """Every text of the register that a person may read or be led by, with where it stands."""
    for name, code in EVERY_CODE:
        for text in (code.es, code.en, code.def_es, code.def_en, *code.words):
            yield f"{name} {code.code}", text
    for spec in GT.fields.values():
        for text in (spec.es, spec.en, spec.def_es, spec.def_en):
            yield spec.name, text
    for name, title in GT.sections.items():
        for text in title.values():
            yield name, text


def test_every_code_has_labels_definitions_source_and_status() -> None:
    for name, code in EVERY_CODE:
        for part in ("es", "en", "def_es", "def_en", "source", "status"):
            assert asdict(code)[part], (name, code.code, part)
        assert code.status in STATUSES


def test_every_field_has_labels_definitions_source_and_status() -> None:
    for spec in GT.fields.values():
        for part in ("es", "en", "def_es", "def_en", "source", "status"):
            assert getattr(spec, part), (spec.name, part)
        assert spec.status in STATUSES


def test_a_definition_is_one_plain_sentence() -> None:
    both = [(f"{name} {c.code}", d) for name, c in EVERY_CODE for d in (c.def_es, c.def_en)]
    both += [(spec.name, d) for spec in GT.fields.values() for d in (spec.def_es, spec.def_en)]
    for where, definition in both:
        assert definition.endswith("."), where
        assert len(definition.split()) <= 36, where
        assert ". " not in definition.replace("art. ", ""), where


def test_every_section_of_the_register_has_a_field_and_both_titles() -> None:
    assert {spec.section for spec in GT.fields.values()} == set(GT.sections)
    assert all(title["es"] and title["en"] for title in GT.sections.values())


def test_every_field_that_was_agreed_is_there() -> None:
    assert len(FIELDS) == 97
    assert [name for name in FIELDS if name not in GT.fields] == []


def test_every_law_says_how_sure_we_are_and_that_the_prosecutor_decides() -> None:
    with open(FOLDER / "codes" / "laws.csv", encoding="utf-8", newline="") as rows:
        laws = list(csv.DictReader(rows))
    assert len(laws) >= 25
    for law in laws:
        assert law["status"] in STATUSES
        assert law["source"]
        assert law["note"] == "candidate, the prosecutor decides"
        assert (law["status"] == "MEMORY") == (law["source"] == "MEM")


def test_what_is_from_memory_never_counts_as_verified() -> None:
    for name, code in EVERY_CODE:
        if "MEM" in code.source or "memory" in code.source:
            assert code.status in ("MEMORY", "PARTIAL"), (name, code.code)
        if code.source == "OWN":
            assert code.status == "OWN", (name, code.code)


def test_the_law_for_children_has_the_day_it_came_into_force() -> None:
    assert {code: GT.codes["laws"][code].maps["valid_from"] for code in ("CP-190BIS", "CP-190TER")} == {
        "CP-190BIS": "2022-03-12",
        "CP-190TER": "2022-03-12",
    }


def test_every_tactic_leads_to_an_iccs_code_that_exists() -> None:
    known = GT.codes["iccs"]
    for code, tactic in TACTICS.items():
        if code == "OTH-99":
            assert "iccs" not in tactic.maps
            continue
        assert tactic.maps["iccs"] in known, code
        assert tactic.maps["iccs_status"] == known[tactic.maps["iccs"]].status, code
        assert tactic.maps["iccs_mapping"] == "OWN", code


def test_no_iccs_code_hangs_in_the_air() -> None:
    for code in GT.codes["iccs"]:
        above = [code[:n] for n in range(2, len(code)) if code[:n] in GT.codes["iccs"]]
        assert len(code) == 2 or above or code[:2] in ("04", "05", "07", "09"), code


def test_every_offence_of_a_tactic_exists_and_can_be_chosen() -> None:
    for code, tactic in TACTICS.items():
        for column in ("offences_adult", "offences_minor"):
            for offence in tactic.maps.get(column, "").split():
                assert offence in GT.current["laws"], (code, column)


def test_a_grown_woman_is_never_offered_a_law_for_children_only() -> None:
    for code, tactic in TACTICS.items():
        if code != "IMG-08":
            for offence in tactic.maps.get("offences_adult", "").split():
                assert "minor" not in GT.codes["laws"][offence].maps, (code, offence)


def test_whatever_a_code_maps_to_is_a_code() -> None:
    reached = [("tactics", "group", "tactic_group"), ("tactics", "gbvims", "gbvims_core")]
    reached += [("relationship", "uncts", "rel_uncts"), ("municipality", "department", "department")]
    for name, key, other in reached:
        assert {code.maps[key] for code in GT.lists[name] if key in code.maps} <= set(GT.codes[other])


def test_every_prefilled_value_is_a_code_of_its_field() -> None:
    for spec in GT.fields.values():
        assert set(spec.prefill_values.values()) <= GT.current.get(spec.list_, frozenset()), spec.name


def test_every_tactic_can_be_found_by_the_words_that_people_use() -> None:
    for code, tactic in TACTICS.items():
        assert 10 <= len(tactic.words) <= 25, code
    finder = Finder(GT)
    for code, tactic in TACTICS.items():
        for words in tactic.words:
            assert code in [found.code for found in finder.find(words, list_="tactics", limit=3)], (
                code,
                words,
            )


def test_no_text_of_the_register_blames_her() -> None:
    assert blaming(texts()) == []


def test_nobody_is_spoken_to_as_a_child() -> None:
    assert [(where, text) for where, text in texts() if INFORMAL.search(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Ella se dejó tomar fotos.",
        "Permitió que la grabara.",
        "Debió cuidarse.",
        "Fue por su culpa.",
        "La supuesta víctima.",
        "She should not have sent it.",
        "She let him film her.",
        "Do not take pictures of yourself.",
    ],
)
def test_the_check_knows_blame_when_it_reads_it(text: str) -> None:
    assert blaming(iter([("here", text)]))


def test_the_only_words_in_mayan_languages_are_names() -> None:
    spoken = [code for code in GT.lists["language"] if code.code not in ("unknown", "nd")]
    for code in spoken:
        assert code.def_es.startswith(("Habla o quiere hablar en", "Se comunica"))


# ------------------------------------------------------------------ a pack of another folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "xx")
    return tmp_path / "xx"


def rewrite(path: Path, change: Callable[[list[dict[str, str]]], None]) -> None:
    """Change the rows of the table at `path`."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    change(rows)
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, columns, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def test_a_pack_outside_the_package_is_read(folder: Path) -> None:
    assert packs.load(str(folder)).register == GT


def test_a_field_and_a_list_are_added_by_two_rows_and_no_code(folder: Path) -> None:
    def add_codes(rows: list[dict[str, str]]) -> None:
        for code, es in (("wifi", "Wifi de la casa"), ("data", "Datos del teléfono")):
            rows.append(dict.fromkeys(rows[0], "") | {"list": "line", "code": code, "es": es, "en": es})

    def add_field(rows: list[dict[str, str]]) -> None:
        like = next(row for row in rows if row["field"] == "means")
        rows.append(
            like | {"field": "line", "es": "Conexión", "en": "Connection", "list": "line", "level": "M"}
        )

    rewrite(folder / "codes" / "codelists.csv", add_codes)
    rewrite(folder / "codes" / "fields.csv", add_field)
    register = packs.load(str(folder)).register
    assert register.clean({"line": ["wifi"]}, TODAY) == ({"line": ["wifi"]}, ())
    assert register.label("line", "wifi", "es") == "Wifi de la casa"
    assert "line" in register.required
    assert [found.code for found in Finder(register).find("wifi")] == ["wifi"]


def test_a_list_may_be_a_file_of_its_own(folder: Path) -> None:
    (folder / "codes" / "line.csv").write_text("code,es,en,speed\nwifi,Wifi,Wifi,fast\n", encoding="utf-8")
    assert packs.load(str(folder)).register.codes["line"]["wifi"].maps == {"speed": "fast"}


def test_a_retired_code_of_a_pack_is_read_for_ever_and_chosen_no_more(folder: Path) -> None:
    def retire(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if (row["list"], row["code"]) == ("platform", "snapchat"))["until"] = "2"

    rewrite(folder / "codes" / "codelists.csv", retire)
    register = packs.load(str(folder)).register
    assert register.label("platform", "snapchat", "es") == "Snapchat"
    assert register.clean({"platform": ["snapchat"]}, TODAY) == (
        {},
        (Problem("platform", "no-such-code", "snapchat"),),
    )


def test_a_retired_field_is_in_no_form_and_is_not_asked_for(folder: Path) -> None:
    def retire(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if row["field"] == "frequency")["until"] = "2"

    rewrite(folder / "codes" / "fields.csv", retire)
    register = packs.load(str(folder)).register
    assert "frequency" not in {spec.name for spec in register.form}
    assert "frequency" not in register.required
    assert "frequency" in register.fields


@pytest.mark.parametrize(
    ("file", "row", "column", "value"),
    [
        ("codelists.csv", 3, "es", ""),
        ("codelists.csv", 3, "code", "whatsapp"),
        ("codelists.csv", 5, "status", "SURE"),
        ("codelists.csv", 5, "until", "soon"),
        ("tactics.csv", 2, "en", ""),
        ("laws.csv", 4, "status", "sí"),
        ("fields.csv", 2, "kind", "number"),
        ("fields.csv", 9, "level", "X"),
        ("fields.csv", 9, "sensitivity", "P9"),
        ("fields.csv", 9, "en", ""),
        ("fields.csv", 9, "field", "incident_id"),
        ("fields.csv", 9, "since", "1.5"),
    ],
)
def test_a_faulty_row_is_refused_by_file_row_and_column(
    folder: Path, file: str, row: int, column: str, value: str
) -> None:
    def spoil(rows: list[dict[str, str]]) -> None:
        rows[row - 2][column] = value

    rewrite(folder / "codes" / file, spoil)
    with pytest.raises(CodesError) as refused:
        packs.load(str(folder))
    assert f"{file}, row {row}:" in str(refused.value)
    assert column in str(refused.value)


def test_a_row_with_a_cell_too_many_is_refused(folder: Path) -> None:
    with open(folder / "codes" / "tactics.csv", "a", encoding="utf-8") as file:
        file.write("NEW-01,image,a,b,c,d,e, f,,,,,,,,,,,,,,,,,,\n")
    with pytest.raises(CodesError, match=r"tactics.csv, row 42: .*cells"):
        packs.load(str(folder))


def test_a_field_without_its_list_is_refused(folder: Path) -> None:
    def spoil(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if row["field"] == "means")["list"] = "nowhere"

    rewrite(folder / "codes" / "fields.csv", spoil)
    with pytest.raises(CodesError, match="means: there is no list nowhere"):
        packs.load(str(folder))
