"""An e-mail is told as it stands: its way, its words, its files, and what in it does not fit."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resguardo.inspection.errors import MailError
from resguardo.inspection.importers import read_conversations
from resguardo.inspection.limits import Budget
from resguardo.inspection.mail import NOTES, Mail, looks_like_mail, read_mail
from resguardo.inspection.mail_trace import authentication, hop
from resguardo.inspection.markup import words_of, would_fetch

PICTURE = bytes(range(256)) * 40
THREAT = """\
Return-Path: <rebote@anonimo.example>\r
Delivered-To: ana@correo.example\r
Received: from mx1.correo.example (mx1.correo.example [10.0.0.7]) by buzon.correo.example with LMTP id 77x\r
 for <ana@correo.example>; Tue, 24 Nov 2026 21:08:20 -0600\r
Received: from salida.anonimo.example (unknown (de verdad) [203.0.113.9])\r
 by mx1.correo.example (Postfix) with ESMTPS id 4ABC for <ana@correo.example>;\r
 Wed, 25 Nov 2026 03:08:15 +0000 (UTC)\r
Authentication-Results: mx1.correo.example; dkim=pass (2048-bit) header.i=@anonimo.example header.s=s1;\r
 spf=fail (no permitted) smtp.mailfrom=rebote@anonimo.example; dmarc=none header.from=empresa.example\r
From: =?utf-8?q?Lic=2E_Ju=C3=A1rez?= <rrhh@empresa.example>\r
To: "Ana Lucía" <ana@correo.example>, otra@correo.example\r
Reply-To: pagos@otro.example\r
Subject: =?utf-8?b?w5psdGltbyBhdmlzbw==?=\r
Date: Tue, 24 Nov 2026 21:08:10 -0600\r
Message-ID: <abc.123@salida.anonimo.example>\r
X-Originating-IP: [198.51.100.4]\r
X-Mailer: Cartero 1.0\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
Señorita, deposite hoy o lo publico todo.\r
"""


def mail(text: str | bytes) -> Mail:
    return read_mail(io.BytesIO(text if isinstance(text, bytes) else text.encode()))


def facts(found: Mail, code: str) -> list[dict[str, str]]:
    return [fact.values for fact in found.facts if fact.code == code]


def test_an_e_mail_is_known_by_what_is_in_it() -> None:
    (found,) = read_conversations("x.txt", "text/plain", io.BytesIO(THREAT.encode()))
    assert isinstance(found, Mail)
    assert looks_like_mail(b"\xef\xbb\xbfFrom MAILER 24 Nov\nFrom: a@b.example\nTo: c@d.example\n\nhola")
    assert not looks_like_mail(b"De: Ana\nPara: Mayra\n\nhola")
    assert not looks_like_mail(b"Nota: hola\nOtra: hola\n")


def test_every_header_is_told_in_its_order_and_decoded() -> None:
    found = mail(THREAT)
    assert [name for name, _ in found.headers][:4] == ["Return-Path", "Delivered-To", "Received", "Received"]
    assert dict(found.headers)["Subject"] == "Último aviso"
    assert dict(found.headers)["From"].startswith("Lic. Juárez")
    assert found.text == "Señorita, deposite hoy o lo publico todo.\n"


def test_its_way_is_told_server_by_server() -> None:
    last, first = mail(THREAT).hops
    assert (last.by, last.with_, last.id, last.for_) == (
        "buzon.correo.example",
        "LMTP",
        "77x",
        "ana@correo.example",
    )
    assert (first.from_, first.ip, first.by) == (
        "salida.anonimo.example",
        "203.0.113.9",
        "mx1.correo.example",
    )
    assert (first.with_, first.at) == ("ESMTPS", "2026-11-25T03:08:15+00:00")
    assert last.at == "2026-11-24T21:08:20-06:00"


def test_what_its_headers_say_is_told_in_codes() -> None:
    found = mail(THREAT)
    assert facts(found, "from") == [{"name": "Lic. Juárez", "address": "rrhh@empresa.example"}]
    assert [to["address"] for to in facts(found, "to")] == ["ana@correo.example", "otra@correo.example"]
    assert facts(found, "date") == [
        {"at": "2026-11-24T21:08:10-06:00", "written": "Tue, 24 Nov 2026 21:08:10 -0600"}
    ]
    assert facts(found, "message-id")[0]["domain"] == "salida.anonimo.example"
    assert facts(found, "originating-ip") == [{"ip": "198.51.100.4"}]
    judged = {each["method"]: (each["by"], each["result"]) for each in facts(found, "authentication")}
    assert judged == {
        "dkim": ("mx1.correo.example", "pass"),
        "spf": ("mx1.correo.example", "fail"),
        "dmarc": ("mx1.correo.example", "none"),
    }
    assert facts(found, "authentication")[0]["header.i"] == "@anonimo.example"


def test_what_does_not_fit_together_is_told() -> None:
    assert mail(THREAT).notes == ("from-not-return-path", "reply-to-elsewhere", "authentication-failed")
    fitting = THREAT.replace("anonimo.example", "correo.empresa.example").replace("otro.", "empresa.")
    assert mail(fitting.replace("spf=fail", "spf=pass")).notes == ()
    assert "header-repeated" in mail("From: a@b.c\r\n" + THREAT).notes
    assert "no-date" in mail(THREAT.replace("Date:", "X-Date:")).notes
    assert "hops-backwards" in mail(THREAT.replace("25 Nov 2026 03", "25 Nov 2026 05")).notes


def test_an_address_inside_a_name_is_not_taken_for_the_sender() -> None:
    name = "=?utf-8?q?Banco_=3Cavisos=40banco=2Eexample=3E?="
    (sender,) = facts(mail(f"From: {name} <x@malo.example>\nTo: a@b.c\n\n"), "from")
    assert sender == {"name": "Banco <avisos@banco.example>", "address": "x@malo.example"}


def test_a_time_without_zone_stays_without() -> None:
    found = mail("From: a@b.c\nTo: a@b.c\nDate: Tue, 24 Nov 2026 21:08:10 -0000\n\n")
    assert facts(found, "date")[0]["at"] == "2026-11-24T21:08:10"


def with_everything() -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "b@b.example", "a@a.example", "Mirá"
    made["Date"] = "Tue, 24 Nov 2026 21:08:10 -0600"
    made.set_content("Hola Ana")
    made.add_alternative(
        "<html><head><title>no</title></head><body><p>Hola <b>Ana</b></p><p>te veo</p>"
        '<img src="https://rastreo.example/1.png"></body></html>',
        subtype="html",
    )
    made.add_attachment(PICTURE, maintype="image", subtype="jpeg", filename="Señal 1.jpg")
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "c@c.example", "Reenviado"
    inner.set_content("adentro")
    made.add_attachment(inner)
    return made.as_bytes()


def test_its_files_are_told_by_name_size_and_digest() -> None:
    found = mail(with_everything())
    picture, inner = found.attachments
    assert (picture.name, picture.media_type, picture.size) == ("Señal 1.jpg", "image/jpeg", len(PICTURE))
    assert picture.sha256 == hashlib.sha256(PICTURE).hexdigest()
    assert inner.media_type == "message/rfc822"
    assert inner.size > 0
    assert "attachment-rewritten" in found.notes


def test_what_a_program_would_show_is_told_beside_the_plain_words() -> None:
    found = mail(with_everything())
    assert (found.text, found.html_text) == ("Hola Ana\n", "Hola Ana\nte veo")
    assert {"texts-differ", "remote-content"} <= set(found.notes)


def test_words_in_another_encoding_are_read_or_told() -> None:
    head = "From: a@b.c\nTo: a@b.c\nContent-Transfer-Encoding: 8bit\nContent-Type: text/plain; charset="
    assert mail((head + "iso-8859-1\n\nmañana").encode("latin-1")).text == "mañana"
    assert mail((head + "windows-1252\n\n“sí”").encode("cp1252")).text == "“sí”"
    found = mail((head + "x-nada\n\nmañana").encode("latin-1"))
    assert (found.text, "charset-unknown" in found.notes) == ("ma\\xf1ana", True)


@pytest.mark.parametrize(
    "text",
    [
        "From: <<<@@>>\nTo: ((((((\nDate: ayer\nMessage-ID: <\n\nhola",
        "From: a@b.c\nTo: a@b.c\nContent-Type: multipart/mixed\n\nsin frontera",
        "From: a@b.c\nTo: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x\nnada\n\n--x",
        "From: a@b.c\nTo: a@b.c\nContent-Transfer-Encoding: base64\n\n@@@@",
        "From: a@b.c\nTo: a@b.c\nContent-Type: ;;;=\nContent-Disposition: ;\n\nhola",
        "From: =?utf-8?q?=ff=fe?= <a@b.c>\nTo: =?x?y?z?=\n\nhola",
        "From: a@b.c\nTo: " + "(" * 3000 + "\n\nhola",
        "From: a@b.c\nTo: " + "a@b.c, " * 3000 + "\n\nhola",
        "From: a@b.c\nTo: a@b.c\nReceived: by\nReceived: ;\nReceived: from [] by ()((; x\n\n",
    ],
)
def test_a_malformed_message_costs_a_note_at_most(text: str) -> None:
    found = mail(text)
    assert set(found.notes) <= set(NOTES)
    assert json.loads(json.dumps(found.as_json()))["headers"]


def test_a_message_without_its_boundary_keeps_its_words() -> None:
    found = mail("From: a@b.c\nTo: a@b.c\nContent-Type: multipart/mixed\n\nsin frontera")
    assert found.text == "sin frontera"
    assert "part-damaged" in found.notes


def test_parts_within_parts_without_end_are_no_end_of_us() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000))
    source = b"From: a@b.c\nTo: a@b.c\n" + nested
    with pytest.raises(MailError):
        read_mail(io.BytesIO(source))


def test_what_is_beyond_the_limit_is_told() -> None:
    found = read_mail(io.BytesIO(THREAT.encode()), Budget(text=len(THREAT) - 20))
    assert "cut-at-limit" in found.notes


def test_html_is_read_for_its_words_only() -> None:
    assert words_of("<style>p{}</style><p>uno<br>dos &amp; tres</p><script>x()</script>") == "uno\ndos & tres"
    assert would_fetch('<body background="//x.example/a.png">')
    assert not would_fetch('<a href="https://x.example">x</a><img src="cid:1">')


FIELDS = ["From", "To", "Date", "Received", "Content-Type", "Subject"]
HEADER = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(FIELDS), HEADER)), HEADER)
def test_no_header_breaks_the_reader(headers: list[tuple[str, str]], body: str) -> None:
    text = "From: a@b.c\nTo: b@c.d\n" + "".join(f"{name}: {value}\n" for name, value in headers)
    found = mail(f"{text}\n{body}")
    assert json.dumps(found.as_json(), ensure_ascii=False).encode()
    assert set(found.notes) <= set(NOTES)


@settings(max_examples=300, deadline=None)
@given(HEADER)
def test_no_trace_breaks_the_reader(value: str) -> None:
    assert hop(value).raw == " ".join(value.split())
    authentication(value)


READ_ALL = """
import sys
from pathlib import Path
from resguardo.inspection.errors import MailError
from resguardo.inspection.importers import read_conversations
import io
from tests.inspection.test_downloads import MESSENGER, TIKTOK, archive_of
from tests.inspection.test_mail import THREAT, with_everything
import json
texts = [path.read_bytes() for path in Path("tests/inspection/corpus/whatsapp").iterdir()]
texts += [THREAT.encode(), with_everything(), json.dumps(MESSENGER).encode(), json.dumps(TIKTOK).encode()]
texts += [archive_of({"_chat.txt": texts[0], "señal.jpg": b""}), archive_of({"user_data.json": TIKTOK})]
head = b"From: a@b.c\\nTo: =?koi8-r?q?=c1?= <x@y.z>\\nContent-Type: text/plain; charset="
texts += [head + b"shift_jis\\n\\n\\x82\\xa0", head + b"nada\\n\\nhola"]
seen = []
sys.addaudithook(lambda event, args: seen.append((event, args)) if event in ("open", "import") else None)
for text in texts:
    read_conversations("x", "", io.BytesIO(text))
assert not seen, seen
print(len(texts))
"""


def test_the_readers_open_and_import_nothing_once_they_are_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
