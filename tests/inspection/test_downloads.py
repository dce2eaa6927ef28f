"""What Facebook, Instagram and TikTok give of one's own messages is read whole, and mended where broken."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resguardo.inspection.conversation import KINDS, NOTES, Conversation
from resguardo.inspection.downloads import read_json
from resguardo.inspection.errors import TooLarge, UnknownStructure
from resguardo.inspection.importers import read_conversations
from resguardo.inspection.limits import Budget

START = int(datetime(2026, 11, 25, 3, 8, 15, tzinfo=UTC).timestamp() * 1000)


def broken(text: str) -> str:
    """UTF-8 written as if it were Latin-1, as Facebook writes it."""
    return text.encode().decode("latin-1")


MESSENGER: dict[str, Any] = {
    "participants": [{"name": broken("Ana Lucía")}, {"name": "Brayan"}],
    "title": "Brayan",
    "thread_path": "inbox/brayan_123",
    "messages": [
        {
            "sender_name": "Brayan",
            "timestamp_ms": START + 5000,
            "call_duration": 0,
            "content": "Llamada perdida",
        },
        {"sender_name": "Brayan", "timestamp_ms": START + 4000, "is_unsent": True},
        {
            "sender_name": broken("Ana Lucía"),
            "timestamp_ms": START + 3000,
            "content": broken("¿Qué querés? 😡"),
            "reactions": [{"reaction": broken("😂"), "actor": "Brayan"}],
        },
        {
            "sender_name": "Brayan",
            "timestamp_ms": START + 2000,
            "photos": [{"uri": "your_facebook_activity/messages/inbox/brayan_123/photos/1.jpg"}],
        },
        {
            "sender_name": "Brayan",
            "timestamp_ms": START + 1000,
            "content": broken("Mirá"),
            "share": {"link": "https://ejemplo.test/a", "share_text": broken("Álbum")},
        },
        {"sender_name": "Brayan", "timestamp_ms": START + 123, "content": "hola"},
    ],
}
ENCRYPTED: dict[str, Any] = {
    "participants": ["Ana Lucía", "Brayan"],
    "threadName": "Brayan_77",
    "messages": [
        {
            "isUnsent": False,
            "media": [{"uri": "./media/1.jpeg"}],
            "reactions": [],
            "senderName": "Ana Lucía",
            "text": "Ã© así",
            "timestamp": START,
            "type": "media",
        }
    ],
}
TIKTOK: dict[str, Any] = {
    "Activity": {},
    "Direct Messages": {
        "Chat History": {
            "ChatHistory": {
                "Chat History with brayan_gt:": [
                    {"Date": "2026-11-25 03:09:00", "From": "brayan_gt", "Content": "contestá"},
                    {"Date": "2026-11-25 03:08:15 UTC", "From": "ana.lu", "Content": "no"},
                    {"Date": "ayer", "From": "brayan_gt", "Content": ""},
                ],
                "Chat History with otra:": [],
            }
        }
    },
}


def archive_of(files: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, values in files.items():
            made.writestr(name, values if isinstance(values, bytes) else json.dumps(values))
    return out.getvalue()


def read(values: Any) -> list[Conversation]:
    data = values if isinstance(values, bytes) else json.dumps(values).encode()
    found = read_conversations("x", "application/octet-stream", io.BytesIO(data))
    assert all(isinstance(each, Conversation) for each in found)
    chats = [each for each in found if isinstance(each, Conversation)]
    for chat in chats:
        assert Conversation.from_json(json.loads(json.dumps(chat.as_json()))) == chat
        assert set(chat.notes) <= set(NOTES)
        assert {message.kind for message in chat.messages} <= set(KINDS)
    return chats


def test_messenger_is_read_in_the_order_of_time_and_mended() -> None:
    (chat,) = read(MESSENGER)
    assert (chat.source, chat.title, chat.participants) == ("messenger", "Brayan", ("Ana Lucía", "Brayan"))
    assert [m.text for m in chat.messages] == [
        "hola",
        "Mirá\nÁlbum\nhttps://ejemplo.test/a",
        "",
        "¿Qué querés? 😡",
        "",
        "Llamada perdida",
    ]
    assert [m.kind for m in chat.messages] == ["message", "message", "media", "message", "deleted", "call"]
    assert [m.line for m in chat.messages] == [6, 5, 4, 3, 2, 1]
    assert chat.messages[0].at == "2026-11-25T03:08:15.123+00:00"
    assert chat.messages[3].marks == ("has-reactions",)
    assert chat.messages[2].media == ("your_facebook_activity/messages/inbox/brayan_123/photos/1.jpg",)
    assert chat.notes == ("text-repaired",)


def test_what_was_mended_is_kept_as_it_came() -> None:
    (chat,) = read(MESSENGER)
    assert json.loads(chat.messages[3].raw) == MESSENGER["messages"][2]


def test_a_text_that_was_not_broken_is_left_alone() -> None:
    (chat,) = read(MESSENGER | {"messages": [{"sender_name": "B", "timestamp_ms": 1, "content": "día ñ"}]})
    assert chat.messages[0].text == "día ñ"
    (chat,) = read(ENCRYPTED)
    assert (chat.messages[0].text, chat.messages[0].kind, chat.notes) == ("Ã© así", "media", ())
    assert (chat.source, chat.title) == ("messenger", "Brayan_77")


def test_a_message_without_a_time_has_none() -> None:
    entries = [{"sender_name": "B", "content": "x"}, {"sender_name": "B", "timestamp_ms": 10**40}, 7]
    (chat,) = read(MESSENGER | {"messages": entries})
    assert [(m.at, m.marks) for m in chat.messages] == [(None, ("no-time",))] * 2
    assert chat.unread == ((3, "7"),)


def test_tiktok_is_read_and_says_when_its_zone_was_assumed() -> None:
    chat, empty = read(TIKTOK)
    assert (chat.source, chat.title, chat.participants) == ("tiktok", "brayan_gt", ("brayan_gt", "ana.lu"))
    assert [(m.at, m.text, m.marks) for m in chat.messages] == [
        ("2026-11-25T03:08:15+00:00", "no", ()),
        ("2026-11-25T03:09:00+00:00", "contestá", ()),
        (None, "", ("no-time", "empty-text")),
    ]
    assert chat.notes == ("utc-assumed",)
    assert (empty.title, empty.messages) == ("otra", ())


def test_tiktok_of_today_has_its_messages_elsewhere() -> None:
    chats = TIKTOK["Direct Messages"]["Chat History"]
    assert len(read({"Direct Message": {"Direct Messages": chats, "Group Chat": None}})) == 2


def test_a_download_is_read_from_its_zip() -> None:
    older = MESSENGER | {
        "messages": [{"sender_name": "Brayan", "timestamp_ms": START - 9, "content": "antes"}]
    }
    folder = "your_facebook_activity/messages/inbox/brayan_123"
    (chat,) = read(
        archive_of(
            {
                f"{folder}/message_2.json": older,
                f"{folder}/message_1.json": MESSENGER,
                f"{folder}/photos/1.jpg": b"x",
                "your_facebook_activity/posts/your_posts_1.json": {"participants": 1},
            }
        )
    )
    assert (chat.source, chat.path, len(chat.messages)) == ("messenger", f"{folder}/message_1.json", 7)
    assert [(m.text, m.marks) for m in chat.messages[:2]] == [
        ("antes", ("in:message_2.json",)),
        ("hola", ("in:message_1.json",)),
    ]


def test_instagram_and_tiktok_and_encrypted_conversations_are_found_in_theirs() -> None:
    (chat,) = read(archive_of({"your_instagram_activity/messages/inbox/x_1/message_1.json": MESSENGER}))
    assert chat.source == "instagram"
    assert [each.source for each in read(archive_of({"TikTok/user_data_tiktok.json": TIKTOK}))] == [
        "tiktok"
    ] * 2
    (chat,) = read(archive_of({"messages/Brayan_77.json": ENCRYPTED, "messages/media/1.jpeg": b""}))
    assert chat.title == "Brayan_77"


def test_what_cannot_be_read_in_a_zip_is_told_and_the_rest_is_read() -> None:
    place = "messages/inbox/{}/message_1.json"
    chats = read(archive_of({place.format("a_1"): b"{", place.format("b_2"): MESSENGER}))
    assert [(each.notes, len(each.messages)) for each in chats] == [
        (("structure-unknown",), 0),
        (("text-repaired",), 6),
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"participants": [], "messages": {}},
        {"Direct Messages": []},
        {"Direct Messages": ["x"]},
        {"Direct Messages": {"Chat History": {"ChatHistory": {"x": {"y": 1}}}}},
    ],
)
def test_a_structure_that_we_do_not_know_is_told(values: dict[str, Any]) -> None:
    if values == {"Direct Messages": []}:
        assert read(values) == []
        return
    with pytest.raises(UnknownStructure):
        read(values)


def test_what_is_no_download_is_left_alone_at_the_door_and_told_behind_it() -> None:
    for data in (b"{}", b'{"messages": []}', b"{", b"{" * 100_000, b'{"participants": 1, "messages"'):
        assert read(data) == []
        with pytest.raises(UnknownStructure):
            read_json(io.BytesIO(data))


def test_what_is_beyond_the_limits_is_told() -> None:
    data = json.dumps(MESSENGER).encode()
    (chat,) = read_json(io.BytesIO(data), Budget(messages=2))
    assert (len(chat.messages), chat.notes[0]) == (2, "cut-at-limit")
    with pytest.raises(TooLarge):
        read_json(io.BytesIO(data), Budget(text=len(data) - 1))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ENTRY = st.dictionaries(
    st.sampled_from(
        [
            "sender_name",
            "timestamp_ms",
            "content",
            "photos",
            "sticker",
            "share",
            "reactions",
            "is_unsent",
            "type",
        ]
    ),
    VALUES,
)


@settings(max_examples=300, deadline=None)
@given(st.text(), st.integers(0, 4_000_000_000_000))
def test_any_text_and_time_come_back_as_they_were_meant(text: str, at: int) -> None:
    text = text.encode("utf-8", "replace").decode()
    entry = {"sender_name": broken("Ana 💜"), "timestamp_ms": at, "content": broken(text)}
    (chat,) = read(MESSENGER | {"messages": [entry]})
    (message,) = chat.messages
    assert (message.sender, message.text) == ("Ana 💜", text)
    assert message.at is not None
    assert round(datetime.fromisoformat(message.at).timestamp() * 1000) == at


@settings(max_examples=300, deadline=None)
@given(st.lists(ENTRY | VALUES, max_size=4), VALUES)
def test_no_entry_breaks_the_reader_or_is_lost(entries: list[Any], people: Any) -> None:
    (chat,) = read({"participants": people, "messages": entries, "title": people})
    assert sorted([m.line for m in chat.messages] + [at for at, _ in chat.unread]) == list(
        range(1, len(entries) + 1)
    )


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_no_tiktok_breaks_the_reader(values: Any) -> None:
    with suppress(UnknownStructure):
        read({"Direct Messages": {"Chat History": values}})
