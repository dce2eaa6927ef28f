"""Conversations and e-mails are read in the cage just as outside of it."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import pytest

from resguardo.core import age
from resguardo.core.age import Identity
from resguardo.inspection import sandbox
from resguardo.inspection.importers import read_conversations

CHATS = sorted((Path(__file__).parent / "corpus" / "whatsapp").glob("*.txt"))[::6]
MAIL = (
    b"Received: from a.example by b.example; Tue, 24 Nov 2026 10:00:00 -0600\r\n"
    b"From: =?iso-8859-1?Q?Jos=E9?= <j@a.example>\r\nTo: x@b.example\r\nSubject: =?gb2312?B?xOO6ww==?=\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 -0600\r\nContent-Type: text/plain; charset=windows-1252\r\n\r\n"
) + "ahí está".encode("cp1252")


def caged(data: bytes) -> dict:
    identity = Identity.generate()
    with tempfile.TemporaryFile() as sealed:
        sealed.write(age.encrypt(data, [identity.recipient]))
        sealed.flush()
        return sandbox.read(sealed, identity.text(), "chat.txt")


@pytest.mark.parametrize("path", CHATS, ids=[path.stem for path in CHATS])
def test_a_chat_is_read_the_same_in_the_cage(path: Path) -> None:
    data = path.read_bytes()
    outside = [each.as_json() for each in read_conversations("chat.txt", "", io.BytesIO(data))]
    assert listed(caged(data)["conversations"]) == listed(outside)


def test_an_e_mail_in_other_alphabets_is_read_in_the_cage() -> None:
    (found,) = caged(MAIL)["conversations"]
    headers = dict(found["headers"])
    assert "José" in headers["From"]
    assert found["text"].strip() == "ahí está"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + bytes(100), b"\xff\xd8\xff" + bytes(100), b"{" * 5000])
def test_what_is_no_talk_gives_none_or_says_so(data: bytes) -> None:
    found = caged(data or b" ")
    assert found.get("conversations") == [] or "failed" in found


def listed(value: object) -> object:
    """Tuples as JSON gives them back."""
    if isinstance(value, dict):
        return {key: listed(each) for key, each in value.items()}
    return [listed(each) for each in value] if isinstance(value, list | tuple) else value
