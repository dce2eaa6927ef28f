"""XLSX built by hand, part by part: what no spreadsheet program writes, and what few do."""

from __future__ import annotations

import zipfile
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = f"""<Types xmlns="{PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>""" + "".join(
    f'<Override PartName="/xl/{part}.xml" '
    f'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"/>'
    for part, kind in (
        ("workbook", "sheet.main"),
        ("sheet1", "worksheet"),
        ("styles", "styles"),
        ("sharedStrings", "sharedStrings"),
    )
)
STYLES = """<numFmts count="4"><numFmt numFmtId="170" formatCode="dd/mm/yyyy\\ hh:mm"/>
<numFmt numFmtId="171" formatCode="[Red]0.00"/><numFmt numFmtId="172" formatCode="&quot;d&#237;a&quot; 0"/>
<numFmt numFmtId="173" formatCode="[mm]:ss"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs>""" + "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22, 46, 170, 20, 171, 172, 173, 49))
SHARED = """<si><t>a</t></si><si><r><t>rico </t></r><r><rPr><b/></rPr><t xml:space="preserve"> texto</t></r>
<rPh sb="0" eb="1"><t>canario</t></rPh></si><si><t xml:space="preserve">  espacios  </t></si><si/>"""


def rows(*cells: str) -> str:
    """Rows of one sheet, each with the XML of its cells."""
    return "".join(f'<row r="{number}">{some}</row>' for number, some in enumerate(cells, 1))


def build(path: Path, data: str, head: str = "", before: str = "", space: str = MAIN) -> Path:
    """A workbook with the rows `data`; `before` stands before the sheet's root, `head` in the workbook."""
    parts = {
        "[Content_Types].xml": f"{TYPES}</Types>",
        "_rels/.rels": _related(("officeDocument", "xl/workbook.xml")),
        "xl/_rels/workbook.xml.rels": _related(
            ("worksheet", "sheet1.xml"), ("styles", "styles.xml"), ("sharedStrings", "/xl/sharedStrings.xml")
        ),
        "xl/workbook.xml": f'<workbook xmlns="{space}" xmlns:r="{OFFICE}">{head}'
        '<sheets><sheet name="Uno" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/styles.xml": f'<styleSheet xmlns="{space}">{STYLES}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{space}">{SHARED}</sst>',
        "xl/sheet1.xml": f'{before}<worksheet xmlns="{space}"><sheetData>{data}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def _related(*targets: tuple[str, str]) -> str:
    said = "".join(
        f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{said}</Relationships>'
