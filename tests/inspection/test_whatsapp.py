"""A WhatsApp export is read as it is: no time is guessed, no line is lost."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resguardo.inspection import limits
from resguardo.inspection.conversation import KINDS, MARKS, NOTES, Conversation
from resguardo.inspection.errors import ArchiveError, InspectionError, Protected, TooLarge
from resguardo.inspection.importers import read_conversations
from resguardo.inspection.limits import Budget
from resguardo.inspection.whatsapp import looks_like_chat, read_chat
from tests.inspection.make_whatsapp import CORPUS, Chat, Said, Style, render
from tests.inspection.whatsapp_chats import CHATS

NAMES = [chat.name for chat in CHATS]


def read(name: str) -> tuple[bytes, dict[str, Any], Conversation]:
    data = (CORPUS / f"{name}.txt").read_bytes()
    expected = json.loads((CORPUS / f"{name}.expected.json").read_text(encoding="utf-8"))
    return data, expected, read_chat(data, name=f"{name}.txt")


def text_of(data: bytes, encoding: str) -> str:
    return data.decode("utf-8" if encoding == "utf-8-sig" else encoding)


def assert_no_line_is_lost(text: str, chat: Conversation) -> None:
    """Each line with words is in exactly one message, or unread, where its number says that it is."""
    original = text.split("\n")
    seen: list[int] = []
    for message in chat.messages:
        lines = message.raw.split("\n")
        there = original[message.line - 1 : message.line - 1 + len(lines)]
        assert [line.removesuffix("\r") for line in lines] == [line.removesuffix("\r") for line in there]
        seen += range(message.line, message.line + len(lines))
    for number, line in chat.unread:
        assert original[number - 1].removesuffix("\r") == line
        seen.append(number)
    assert len(seen) == len(set(seen))
    assert {at for at, line in enumerate(original, 1) if line.strip()} <= set(seen)


def test_the_corpus_is_the_one_that_its_script_writes() -> None:
    assert {path.name for path in CORPUS.iterdir()} == {
        f"{name}.{ending}" for name in NAMES for ending in ("txt", "expected.json")
    }
    for chat in CHATS:
        data, expected = render(chat)
        assert (CORPUS / f"{chat.name}.txt").read_bytes() == data
        assert json.loads((CORPUS / f"{chat.name}.expected.json").read_text(encoding="utf-8")) == expected


@pytest.mark.parametrize("name", NAMES)
def test_no_time_is_wrong_and_none_is_open_without_need(name: str) -> None:
    _, expected, chat = read(name)
    assert [(m.line, m.at, list(m.at_readings)) for m in chat.messages] == [
        (each["line"], each["at"], each["at_readings"]) for each in expected["messages"]
    ]
    for message, each in zip(chat.messages, expected["messages"], strict=True):
        assert each["truth"] in (message.at, *message.at_readings)
        assert (message.at is None) == ("ambiguous-time" in message.marks)


@pytest.mark.parametrize("name", NAMES)
def test_who_said_what_is_read_as_it_was_written(name: str) -> None:
    _, expected, chat = read(name)
    assert [(m.line, m.sender, m.kind, m.text[:20], list(m.media)) for m in chat.messages] == [
        (each["line"], each["sender"], each["kind"], each["text"], each["media"])
        for each in expected["messages"]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_the_corpus_is_lost(name: str) -> None:
    data, expected, chat = read(name)
    assert [number for number, _ in chat.unread] == expected["unread"]
    assert_no_line_is_lost(text_of(data, expected["encoding"]), chat)


@pytest.mark.parametrize("name", NAMES)
def test_each_file_is_known_by_what_is_in_it(name: str) -> None:
    data = (CORPUS / f"{name}.txt").read_bytes()
    (found,) = read_conversations("foto.jpg", "image/jpeg", io.BytesIO(data))
    assert isinstance(found, Conversation)
    assert Conversation.from_json(json.loads(json.dumps(found.as_json()))) == found
    assert set(found.notes) <= set(NOTES)
    assert {mark for m in found.messages for mark in m.marks} <= set(MARKS)
    assert {m.kind for m in found.messages} <= set(KINDS)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12:05 a. m.", "00:05"),
        ("12:05 p. m.", "12:05"),
        ("9:08 p. m.", "21:08"),
        ("9:08 a. m.", "09:08"),
        ("09:08 PM", "21:08"),
        ("9:08\u202fp.\u00a0m.", "21:08"),
        ("9:08p.m.", "21:08"),
        ("11:59 P. M.", "23:59"),
        ("21:08", "21:08"),
        ("0:08", "00:08"),
    ],
)
def test_the_clock_is_read_right(written: str, meant: str) -> None:
    chat = read_chat(f"24/11/26, {written} - Ana: hola".encode())
    assert [m.at for m in chat.messages] == [f"2026-11-24T{meant}"]


@pytest.mark.parametrize("written", ["13:08 p. m.", "0:08 p. m.", "14:00 a. m.", "24:00", "21:60", "9:8"])
def test_a_time_that_does_not_exist_is_not_corrected(written: str) -> None:
    chat = read_chat(f"24/11/26, 1:00 p. m. - Ana: hola\n24/11/26, {written} - Ana: adiós".encode())
    assert [m.at for m in chat.messages] == ["2026-11-24T13:00"]


def notes(name: str) -> tuple[str, ...]:
    return read(name)[2].notes


def test_how_the_order_of_day_and_month_was_decided_is_told() -> None:
    assert "date-order-unknown" in notes("android-order-unknown")
    assert "date-order-by-sequence" in notes("android-order-by-sequence")
    assert "date-orders-mixed" in notes("android-orders-mixed")
    assert not [note for note in notes("android-12h-dmy2") if note.startswith("date")]


def test_a_clock_that_shows_nothing_of_itself_is_told() -> None:
    assert notes("android-12h-dmy2") == ()
    assert "clock-marks-missing" in notes("android-marks-missing")
    assert "clock-not-shown" in read_chat(b"24/11/26, 9:08 - Ana: hola").notes


def test_another_encoding_is_told() -> None:
    assert "encoding-utf-16" in notes("android-saved-as-utf-16")
    assert "encoding-windows-1252" in notes("android-saved-as-windows-1252")
    damaged = read_chat("24/11/26, 9:08 - Ana: mañana ".encode() + b"\xff\xfe")
    assert (damaged.messages[0].text, damaged.notes[0]) == ("mañana \\xff\\xfe", "encoding-damaged")


def marks(name: str, text: str) -> tuple[str, ...]:
    return next(m.marks for m in read(name)[2].messages if m.text.startswith(text))


def test_what_a_reader_has_to_know_of_a_message_is_marked() -> None:
    assert marks("android-late-messages", "Ya llegué") == ()
    assert marks("android-multiline-with-dates", "Te cuento") == ()
    assert marks("android-multiline-with-dates", "Me escribió") == ("header-like-line",)
    assert "mixed-header-shapes" in notes("android-multiline-with-dates")
    assert marks("android-edits-and-deletions", "Te quiero") == ("edited",)
    assert marks("android-media", "<Multimedia") == ("media-omitted",)
    assert marks("android-names-with-colon-and-emoji", "Ya sé") == ("sender-with-colon",)
    assert marks("android-empty-null-and-view-once", "null") == ("null-text",)
    assert marks("android-empty-null-and-view-once", "Esperando") == ("waiting",)
    assert marks("android-system-line-unknown", "Una línea") == ("unknown-system-line",)
    assert marks("android-more-system-lines", "Brayan activó") == ()


def test_a_message_over_a_day_earlier_than_the_one_before_is_marked() -> None:
    chat = read_chat(b"25/11/26, 10:00 - Ana: hola\n23/11/26, 10:00 - Ana: ayer\n23/11/26, 10:01 - Ana: y")
    assert [m.marks for m in chat.messages] == [(), ("out-of-order",), ()]


def test_words_of_the_application_that_a_person_typed_on_ios_are_marked() -> None:
    lines = "[24/11/26, 21:08:15] Ana: \u200eimagen omitida\n[24/11/26, 21:08:16] Ana: imagen omitida"
    chat = read_chat(lines.encode())
    assert [m.marks for m in chat.messages] == [("media-omitted",), ("media-omitted", "may-be-typed")]


def test_one_message_does_not_prove_a_colon_in_a_name() -> None:
    chat = read_chat(b"24/11/26, 21:08 - Ana: nota: hola")
    assert (chat.messages[0].sender, chat.messages[0].marks) == ("Ana", ("sender-doubtful",))


def test_who_sends_only_places_is_not_called_a_place() -> None:
    place = "ubicación: https://maps.google.com/?q=14.6407,-90.5133"
    chat = read_chat("\n".join(f"24/11/26, 21:0{n} - Brayan: {place}" for n in range(9)).encode())
    assert {(m.sender, m.kind, m.marks) for m in chat.messages} == {("Brayan", "location", ())}


def test_the_title_is_the_name_that_the_file_has() -> None:
    data = b"24/11/26, 21:08 - Ana: hola"
    titles = {
        "Chat de WhatsApp con Ana Lucía.txt": "Ana Lucía",
        "WhatsApp Chat with +502 5555 1234.txt": "+502 5555 1234",
        "WhatsApp Chat - Familia 💜.zip": "Familia 💜",
        "_chat.txt": "",
    }
    assert {name: read_chat(data, name=name).title for name in titles} == titles


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hola",
        "Lista del 24/11/26, 9:08\n- pan",
        "24/11/26\n25/11/26",
        "24/11/26, 9:08 - me llamó otra vez\n25/11/26, 9:10 - y otra",
        "Fecha;Hora\n24/11/26;9:08",
        "{}",
        "%PDF-1.7",
    ],
)
def test_a_text_that_is_no_export_is_left_alone(text: str) -> None:
    assert read_conversations("Chat de WhatsApp con Ana.txt", "text/plain", io.BytesIO(text.encode())) == []


# --- archives


def archive(files: dict[str, bytes], **how: Any) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data, **how)
    out.seek(0)
    return out


def from_zip(files: dict[str, bytes], name: str = "x.zip") -> list[Conversation]:
    found = read_conversations(name, "application/zip", archive(files))
    assert all(isinstance(each, Conversation) for each in found)
    return [each for each in found if isinstance(each, Conversation)]


def test_the_zip_of_an_export_is_read_with_its_files() -> None:
    data, expected, _ = read("android-media")
    files = {each["media"][0]: b"x" for each in expected["messages"] if each["media"]}
    missing = files.pop("VID-20260921-WA0002.mp4")
    (chat,) = from_zip({"Chat de WhatsApp con Brayan.txt": data, **files, "sobra.jpg": missing})
    assert (chat.title, chat.path) == ("Brayan", "Chat de WhatsApp con Brayan.txt")
    assert chat.notes == ("media-missing", "media-unreferenced")
    lacking = [m.media for m in chat.messages if "media-missing" in m.marks]
    assert lacking == [("VID-20260921-WA0002.mp4",)]
    assert [m.at for m in chat.messages] == [each["at"] for each in expected["messages"]]


def test_the_zip_of_an_ios_export_has_its_title_from_its_own_name() -> None:
    data = read("ios-media")[0]
    other = read("android-media")[0]
    (chat,) = from_zip(
        {"_chat.txt": data, "00000014-Chat de WhatsApp con X.txt": other}, "WhatsApp Chat - B.zip"
    )
    assert (chat.title, chat.path) == ("B", "_chat.txt")


def test_a_name_that_its_zip_wrote_without_saying_utf_8_is_still_found() -> None:
    chat = "24/11/26, 21:08 - Ana: Seño.vcf (archivo adjunto)".encode()
    out = archive({"_chat.txt": chat, "Seño.vcf": b"x"})
    raw = bytearray(out.getvalue())
    for start in (b"PK\x03\x04", b"PK\x01\x02"):
        at = (
            raw.index("Seño".encode(), raw.index(start))
            if start == b"PK\x03\x04"
            else raw.rindex("Seño".encode())
        )
        flags = raw.rindex(start, 0, at) + (6 if start == b"PK\x03\x04" else 8)
        raw[flags + 1] &= ~0x08
    (found,) = read_conversations("x", "", io.BytesIO(bytes(raw)))
    assert isinstance(found, Conversation)
    assert found.notes == ()


def test_a_zip_without_conversations_has_none() -> None:
    assert from_zip({"word/document.xml": b"<w/>", "notas.txt": b"hola"}) == []


def test_a_zip_that_would_grow_beyond_belief_is_refused() -> None:
    line = b"24/11/26, 21:08 - Ana: " + b"a" * 17 * 2**20
    with pytest.raises(ArchiveError):
        from_zip({"_chat.txt": line})


def test_a_flood_of_the_same_threat_is_not_taken_for_a_trap() -> None:
    lines = [f"24/11/26, {n // 60 % 24}:{n % 60:02d} - Brayan: Te voy a encontrar" for n in range(40_000)]
    (chat,) = from_zip({"_chat.txt": "\n".join(lines).encode()})
    assert len(chat.messages) == 40_000


def test_a_damaged_or_protected_zip_is_told() -> None:
    whole = archive({"_chat.txt": read("ios-12h-dmy2")[0]}).getvalue()
    with pytest.raises(ArchiveError):
        read_conversations("x", "", io.BytesIO(whole[: len(whole) // 2]))
    damaged = bytearray(whole)
    damaged[60] ^= 0xFF
    with pytest.raises(ArchiveError):
        read_conversations("x", "", io.BytesIO(bytes(damaged)))
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Protected):
        read_conversations("x", "", io.BytesIO(bytes(locked)))


def test_a_zip_of_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ENTRY_LIMIT", 2)
    with pytest.raises(TooLarge):
        from_zip({str(n): b"" for n in range(3)})
    monkeypatch.setattr(limits, "DIRECTORY_LIMIT", 100)
    with pytest.raises(TooLarge):
        from_zip({"a" * 200: b""})


# --- limits


def test_what_is_beyond_the_limits_is_told() -> None:
    data = b"24/11/26, 21:08 - Ana: uno\n" * 10
    chat = read_chat(data, budget=Budget(messages=3))
    assert (len(chat.messages), chat.notes[-1]) == (3, "cut-at-limit")
    budget = Budget(text=60)
    part, cut = limits.read_text(io.BytesIO(data), budget)
    chat = read_chat(part, budget=budget, cut=cut)
    assert (len(chat.messages), chat.notes[-1]) == (2, "cut-at-limit")


@pytest.mark.parametrize("values", [{}, {"messages": 3}, {"source": 1}])
def test_only_a_conversation_is_read_back_as_one(values: dict[str, Any]) -> None:
    with pytest.raises(InspectionError):
        Conversation.from_json(values)


# --- properties

STYLES = st.builds(
    Style,
    ios=st.booleans(),
    order=st.sampled_from(["dmy", "mdy"]),
    digits=st.sampled_from([2, 4]),
    separator=st.sampled_from(["/", ".", "-"]),
    twelve=st.booleans(),
    halves=st.sampled_from([("a.{}m.", "p.{}m."), ("AM", "PM"), ("a.m.", "p.m."), ("am", "pm")]),
    gap=st.sampled_from([" ", "", "\u202f", "\u00a0"]),
    inside=st.sampled_from([" ", "", "\u202f", "\u00a0"]),
    comma=st.sampled_from([",", ""]),
    padded=st.booleans(),
) | st.builds(
    Style,
    ios=st.booleans(),
    order=st.just("ymd"),
    digits=st.just(4),
    separator=st.sampled_from(["/", ".", "-"]),
    twelve=st.booleans(),
)
SAYINGS = st.sampled_from(
    ["hola", "¿dónde estás?", "24/11/26", "uno\ndos", "a las 9:08 p. m.", "jaja 😂", "x: y"]
)


@st.composite
def chats(draw: st.DrawFn) -> Chat:
    """A chat whose times never run backwards; whether its order can be known is left to chance."""
    at = draw(st.datetimes(datetime(2012, 1, 1), datetime(2029, 1, 1))).replace(microsecond=0)
    entries = []
    for step, words in draw(
        st.lists(st.tuples(st.integers(0, 40 * 86_400), SAYINGS), min_size=1, max_size=12)
    ):
        at += timedelta(seconds=step)
        entries.append(
            Said(at, draw(st.sampled_from(["Ana", "Brayan 🔥", "+502 5555 1234"])), words, "message")
        )
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    return Chat("chance", draw(STYLES), tuple(entries), newline=newline, encoding=encoding)


@settings(max_examples=300, deadline=None)
@given(chats())
def test_any_format_gives_the_same_times_or_says_that_it_cannot_know(chat: Chat) -> None:
    data, expected = render(chat)
    found = read_chat(data)
    told: Any = expected["messages"]
    proven = chat.style.order == "ymd" or any(
        said.at.day > 12 for said in chat.entries if isinstance(said, Said)
    )
    assert [m.line for m in found.messages] == [each["line"] for each in told]
    for message, each in zip(found.messages, told, strict=True):
        assert message.at == each["truth"] or (not proven and each["truth"] in message.at_readings)
        assert message.text[:1] == each["text"][:1] or message.marks
    assert_no_line_is_lost(text_of(data, chat.encoding), found)


FRAGMENTS = """24/11/26|5/6/2026|2026-11-24|99/99/99|, | |9:08|21:08:15|25:61| p. m.|am| - |[|] |Ana: |: |null
<Multimedia omitido>|<adjunto: a.jpg>|x.vcf (archivo adjunto)|😈"""
STRANGE = ["\u200e", "\u202f", "\u00a0", "\n", "\r\n", "\r", "\ufeff", "\u2028", "\x85", "\x00"]
PIECES = st.lists(
    st.sampled_from([*FRAGMENTS.replace("\n", "|").split("|"), *STRANGE]) | st.text(max_size=5),
    max_size=60,
).map("".join)


@settings(max_examples=500, deadline=None)
@given(PIECES)
def test_no_text_breaks_the_reader_or_loses_a_line(text: str) -> None:
    data = text.encode("utf-8", "replace")
    chat = read_chat(data)
    assert_no_line_is_lost(data.decode(), chat)
    assert all(m.at is None or not m.at_readings for m in chat.messages)
    assert Conversation.from_json(json.loads(json.dumps(chat.as_json()))) == chat


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    looks_like_chat(data)
    read_chat(data)
    for start in (b"", b"PK\x03\x04", b"{", b"From: a\nTo: b\n\n", b"24/11/26, 9:08 - Ana: hola\n"):
        with suppress(InspectionError):
            read_conversations("x", "", io.BytesIO(start + data))


def test_the_corpus_is_large_enough() -> None:
    assert len(NAMES) >= 32
    assert Path(CORPUS).is_dir()
