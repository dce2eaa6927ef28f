"""Films and sounds that lie about their length or size, point elsewhere, or are lists of other files."""

from __future__ import annotations

import re
import struct

from tests.inspection.honest import film, sound

AT = b"127.0.0.1:00000"


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def _full(kind: bytes, *parts: bytes) -> bytes:
    return _box(kind, bytes(4), *parts)


BRAND = _box(b"ftyp", b"isom\x00\x00\x02\x00isomiso2avc1mp41")


def _track(entry: bytes, samples: bytes, data_in: bytes) -> bytes:
    """A moov with one video track of one sample, whose data is where `data_in` says."""
    stbl = _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1), entry),
        _full(b"stts", samples),
        _full(b"stsc", struct.pack(">4I", 1, 1, 1, 1)),
        _full(b"stsz", struct.pack(">III", 0, 1, 1000)),
        _full(b"stco", struct.pack(">II", 1, 40)),
    )
    minf = _box(b"minf", _full(b"vmhd", bytes(8)), _box(b"dinf", data_in), stbl)
    mdhd = _full(b"mdhd", struct.pack(">IIIIHH", 0, 0, 1000, 0xFFFFFFFF, 0, 0))
    hdlr = _full(b"hdlr", bytes(4), b"vide", bytes(13))
    tkhd = _full(b"tkhd", struct.pack(">IIIII", 0, 0, 1, 0, 0xFFFFFFFF), bytes(60))
    mvhd = _full(b"mvhd", struct.pack(">IIII", 0, 0, 1, 0xFFFFFFFF), bytes(80))
    return _box(b"moov", mvhd, _box(b"trak", tkhd, _box(b"mdia", mdhd, hdlr, minf)))


def _entry(width: int, height: int, at: int = 1) -> bytes:
    return _box(
        b"avc1", bytes(6), struct.pack(">H", at), bytes(16), struct.pack(">HH", width, height), bytes(50)
    )


def _here() -> bytes:
    return _full(b"dref", struct.pack(">I", 1), _box(b"url ", b"\x00\x00\x00\x01"))


def mp4_of_endless_samples() -> bytes:
    samples = struct.pack(">I", 0x10000000) + struct.pack(">II", 0x7FFFFFFF, 0x7FFFFFFF) * 100
    return BRAND + _track(_entry(640, 480), samples, _here()) + _box(b"mdat", bytes(1000))


def mp4_of_a_hundred_and_thirty_years() -> bytes:
    data = bytearray(film())
    at = data.index(b"mvhd")
    data[at + 16 : at + 24] = struct.pack(">II", 1, 0xFFFFFFFE)
    at = data.index(b"mdhd")
    data[at + 16 : at + 24] = struct.pack(">II", 1, 0xFFFFFFFE)
    return bytes(data)


def mp4_with_box_of_no_size() -> bytes:
    return BRAND + struct.pack(">I", 0) + b"moov" + struct.pack(">I", 0) + b"trak" + bytes(200)


def mp4_with_box_of_giant_size() -> bytes:
    return BRAND + struct.pack(">I4sQ", 1, b"moov", 2**63 - 1) + bytes(200)


def mp4_of_films_in_films() -> bytes:
    inner = b""
    for _ in range(20000):
        inner = _box(b"moov", inner) if len(inner) < 1 << 20 else inner
    return BRAND + inner


def mp4_that_points_to_an_address() -> bytes:
    away = _full(b"dref", struct.pack(">I", 1), _full(b"url ", b"http://" + AT + b"/x\x00"))
    return BRAND + _track(_entry(640, 480), struct.pack(">III", 1, 1, 1), away)


def mp4_that_points_to_a_file() -> bytes:
    alias = _full(b"alis", b"\x00\x00" + bytes(148) + b"\x00\x02\x00\x0c/etc/passwd\x00\xff\xff\x00\x00")
    away = _full(b"dref", struct.pack(">I", 1), alias)
    return BRAND + _track(_entry(640, 480), struct.pack(">III", 1, 1, 1), away)


def mp4_of_huge_pictures() -> bytes:
    return (
        BRAND
        + _track(_entry(16000, 16000), struct.pack(">III", 1, 1, 1), _here())
        + _box(b"mdat", bytes(1000))
    )


def mp4_cut_off() -> bytes:
    return film()[:-400]


def mp4_of_spoiled_pixels() -> bytes:
    data = bytearray(film())
    at = data.index(b"mdat") + 8
    for place in range(at, at + 800, 3):
        data[place] ^= 0x5A
    return bytes(data)


def mp4_and_page() -> bytes:
    return film() + b"<html><script>fetch('http://" + AT + b"/')</script>"


def webm_of_huge_pictures() -> bytes:
    """VP8 with 16383 x 16383 in the picture itself; the container still says what it was."""
    return re.sub(rb"(?s)(?<=\x9d\x01\x2a)....", b"\xff\x3f\xff\x3f", film("webm", "libvpx"))


def webm_of_absurd_sizes() -> bytes:
    head = b"\x1aE\xdf\xa3\x8bB\x82\x88matroska"
    segment = b"\x18S\x80g\x01\xff\xff\xff\xff\xff\xff\xfe"
    return head + segment + b"\x16T\xaek\x01\xff\xff\xff\xff\xff\xff\x00" + b"\xae\x10\xff\xff\xff" * 200


def webm_that_changes_its_size() -> bytes:
    return film("webm", "libvpx") + film("webm", "libvpx-vp9")


def playlist_named_mp4() -> bytes:
    return b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:9,\nhttp://" + AT + b"/a.ts\n#EXTINF:9,\nfile:///etc/passwd\n"


def playlist_after_a_brand() -> bytes:
    return BRAND + b"#EXTM3U\n#EXTINF:9,\nhttp://" + AT + b"/a.ts\nfile:///etc/passwd\n"


def list_of_files() -> bytes:
    return b"ffconcat version 1.0\nfile '/etc/passwd'\nfile 'http://" + AT + b"/x.mp4'\n"


def session_description() -> bytes:
    return b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"


def dash_manifest() -> bytes:
    return b'<?xml version="1.0"?><MPD><BaseURL>http://' + AT + b"/</BaseURL><Period/></MPD>"


def avi_of_lies() -> bytes:
    head = b"RIFF\xff\xff\xff\x7fAVI LIST\xff\xff\xff\x7fhdrlavih\x38\x00\x00\x00"
    return head + b"\xff" * 56 + b"LIST\xff\xff\xff\x7fmovi" + b"00dc\xff\xff\xff\x7f" * 500


def ogg_of_noise() -> bytes:
    return b"OggS\x00\x02" + bytes(range(256)) * 200


def ogg_of_a_lying_end() -> bytes:
    data = bytearray(sound())
    at = data.rindex(b"OggS")
    data[at + 6 : at + 14] = b"\xff\xff\xff\xff\xff\xff\xff\x7f"
    return bytes(data)


def mp3_with_a_tag_of_a_gigabyte() -> bytes:
    return b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + b"APIC\x7f\x7f\x7f\x7f\x00\x00" + bytes(500)


def mp3_of_noise() -> bytes:
    return b"\xff\xfb\x90\x00" + bytes(range(256)) * 200


def wav_of_lying_sizes() -> bytes:
    format_ = struct.pack("<HHIIHH", 1, 65535, 0xFFFFFFFF, 0xFFFFFFFF, 65535, 65535)
    return b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00" + format_ + b"data\xff\xff\xff\xff" + bytes(200)


def amr_of_noise() -> bytes:
    return b"#!AMR\n" + bytes(range(256)) * 100
