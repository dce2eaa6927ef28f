"""The task "read": the conversations and e-mails of a file, inside the cage."""

from __future__ import annotations

import codecs
import contextlib
import io
import zipfile
from typing import Any, BinaryIO

from resguardo.inspection.errors import InspectionError
from resguardo.inspection.importers import read_conversations

CODECS = (
    "ascii",
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-7",
    "latin-1",
    "iso8859-2",
    "iso8859-15",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1254",
    "cp437",
    "cp850",
    "koi8-r",
    "mac-roman",
    "gb2312",
    "gbk",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "euc-kr",
    "quopri",
    "base64",
    "idna",
    "punycode",
    "unicode-escape",
)


CHAT = "24/11/26, 9:08 p. m. - Ana: hola\n24/11/26, 9:09 p. m. - Luis: IMG-1.jpg (archivo adjunto)\nsigue\n"
MAIL = (
    "Received: from a.example (a.example [192.0.2.1]) by b.example; Tue, 24 Nov 2026 10:00:00 -0600\r\n"
    "Authentication-Results: b.example; spf=fail smtp.mailfrom=x@a.example; dkim=pass header.d=a.example\r\n"
    "From: =?iso-8859-1?Q?Jos=E9?= <j@a.example>\r\nTo: x@b.example\r\nSubject: =?utf-8?B?aG9sYQ==?=\r\n"
    "Reply-To: y@c.example\r\nDate: Tue, 24 Nov 2026 10:00:00 -0600\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    "--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\nContent-Type: text/plain; "
    "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhola=20\r\n--y\r\n"
    "Content-Type: text/html\r\n\r\n<p>hola <img src=x></p>\r\n--y--\r\n--x\r\n"
    "Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n\r\nx\r\n--x\r\nContent-Type: image/jpeg; "
    "name=a.jpg\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n"
    "aGk=\r\n--x--\r\n"
)
MESSENGER = (
    '{"participants": [{"name": "Ana"}], "messages": [{"sender_name": "Ana", "timestamp_ms": 1764000000000, '
    '"content": "\\u00c3\\u00a1", "photos": [{"uri": "a.jpg"}]}], "title": "Ana", "thread_path": "inbox/a"}'
)
TIKTOK = (
    '{"Direct Messages": {"Chat History": {"ChatHistory": {"Chat History with x:": '
    '[{"Date": "2026-11-24 10:00:00", "From": "x", "Content": "hola"}]}}}}'
)


def samples() -> list[bytes]:
    """One small file of each kind that is read, alone and in an archive."""
    loose = [each.encode() for each in (CHAT, MAIL, MESSENGER, TIKTOK)]
    packed = []
    for name, data in (("_chat.txt", loose[0]), ("messages/inbox/a/message_1.json", loose[2])):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
        packed.append(out.getvalue())
    return [*loose, *packed, b"\xff\xfe" + CHAT.encode("utf-16-le"), CHAT.encode("cp1252") + b"\xe1", b"{"]


def warm() -> None:
    """Have everything loaded that reading may need, by reading: once the cage is shut, nothing can be."""
    for name in CODECS:
        with contextlib.suppress(LookupError):
            codecs.lookup(name)
    for sample in samples():
        read(io.BytesIO(sample), {"name": "sample"})


def read(source: BinaryIO, options: dict[str, Any]) -> dict[str, Any]:
    """The conversations in `source`, as they write themselves; `failed` when it has some, unreadable."""
    try:
        found = read_conversations(str(options.get("name", ""))[:300], "", source)
    except InspectionError:
        return {"failed": "unreadable"}
    return {"conversations": [each.as_json() for each in found]}
