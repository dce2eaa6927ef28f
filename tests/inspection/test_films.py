"""What an honest film or voice message gets: its length, its codecs and its stills."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest

from tests.inspection import honest
from tests.inspection.asking import looked, shown
from tests.inspection.test_honest import KINDS


@pytest.mark.parametrize(
    ("kind", "codec", "media_type", "name"),
    [
        ("mp4", "libx264", "video/mp4", "h264"),
        ("mp4", "libx265", "video/mp4", "hevc"),
        ("mov", "libx264", "video/quicktime", "h264"),
        ("3gp", "mpeg4", "video/3gpp", "mpeg4"),
        ("webm", "libvpx-vp9", "video/webm", "vp9"),
        ("webm", "libvpx", "video/webm", "vp8"),
    ],
)
def test_a_film_has_its_length_and_stills_in_order(kind: str, codec: str, media_type: str, name: str) -> None:
    answer = looked(honest.film(kind, codec))
    assert (answer["media_type"], answer["facts"]["codec"]) == (media_type, name)
    assert answer["facts"]["duration_s"] == pytest.approx(2.0, abs=0.15)
    assert [preview["kind"] for preview in answer["previews"]] == KINDS * 2
    reds = [picture.getpixel((100, 100))[0] for picture in shown(answer)]  # type: ignore[index]
    assert reds[0] < reds[1]


def test_a_long_film_has_six_stills_and_its_declared_time() -> None:
    answer = looked(honest.film("mp4", "libx264", 9))
    assert len(answer["previews"]) == 18
    assert [preview["at_s"] for preview in answer["previews"][::3]] == pytest.approx(
        [0.75, 2.25, 3.75, 5.25, 6.75, 8.25], abs=0.2
    )
    assert answer["declared_time"] == "2024-05-01T16:11:12+00:00"
    assert answer["marks"] == ["re-encoded"]


def test_a_film_held_upright_is_shown_upright() -> None:
    data = bytearray(honest.film())
    at = data.index(b"tkhd") + 44
    data[at : at + 36] = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 288 << 16, 0, 0x40000000)
    assert shown(looked(bytes(data)))[0].size == (288, 352)


def test_a_film_that_does_not_say_its_length_is_counted() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, piece: Any) -> int:
            self.data += bytes(piece)
            return len(piece)

    pipe = Pipe()
    honest.shoot(pipe, "webm", "libvpx", 3)
    answer = looked(pipe.data)
    assert answer["facts"]["duration_s"] == pytest.approx(3.0, abs=0.2)


@pytest.mark.parametrize(
    ("kind", "codec", "rate", "media_type", "name"),
    [
        ("ogg", "libopus", 48000, "audio/ogg", "opus"),
        ("mp3", "libmp3lame", 44100, "audio/mpeg", "mp3float"),
        ("wav", "pcm_s16le", 8000, "audio/wav", "pcm_s16le"),
        ("ipod", "aac", 44100, "audio/mp4", "aac"),
    ],
)
def test_a_voice_message_has_its_length(kind: str, codec: str, rate: int, media_type: str, name: str) -> None:
    answer = looked(honest.sound(kind, codec, 3, rate))
    assert (answer["media_type"], answer["facts"]["audio_codec"]) == (media_type, name)
    assert answer["facts"]["duration_s"] == pytest.approx(3.0, abs=0.15)
    assert answer["previews"] == []
