"""Pictures that swell, lie about their size, carry a second format, or are something else."""

from __future__ import annotations

import io
import struct
import zlib

from tests.inspection.honest import jpeg, picture, png
from tests.inspection.hostile_archives import _zip

PNG = b"\x89PNG\r\n\x1a\n"
SCRIPT = b"<script>fetch('http://127.0.0.1:00000/')</script>"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _head(width: int, height: int, bits: int, colour: int) -> bytes:
    return PNG + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))


def _flat_png(width: int, height: int, bits: int, colour: int, row: int) -> bytes:
    """A PNG of zeros; `row` is the bytes of one row."""
    packer, packed = zlib.compressobj(1), []
    for start in range(0, height, 500):
        packed.append(packer.compress(bytes((row + 1) * min(500, height - start))))
    packed.append(packer.flush())
    return _head(width, height, bits, colour) + _chunk(b"IDAT", b"".join(packed)) + _chunk(b"IEND", b"")


def _with(original: bytes, *chunks: bytes) -> bytes:
    """`original`, a PNG, with more chunks after its header."""
    return original[:33] + b"".join(chunks) + original[33:]


def png_bomb() -> bytes:
    return _flat_png(30000, 30000, 1, 0, 3750)


def png_bomb_under_the_first_limit() -> bytes:
    return _flat_png(15000, 15000, 1, 0, 1875)


def png_as_large_as_may_be() -> bytes:
    return _flat_png(8900, 8900, 8, 2, 26700)


def png_of_no_size() -> bytes:
    return _head(0, 0, 8, 2) + _chunk(b"IDAT", zlib.compress(b"")) + _chunk(b"IEND", b"")


def png_with_bad_checksum() -> bytes:
    data = bytearray(png())
    data[data.index(b"IDAT") + 20] ^= 0xFF
    return bytes(data)


def png_with_huge_chunk() -> bytes:
    return png()[:33] + struct.pack(">I", 0xFFFFFFF0) + b"IDAT" + bytes(100)


def png_with_text_bomb() -> bytes:
    return _with(png(), _chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(100 << 20), 1)))


def png_with_many_texts() -> bytes:
    one = _chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(1 << 20)))
    return _with(png(), *[one] * 200)


def png_with_profile_bomb() -> bytes:
    return _with(png(), _chunk(b"iCCP", b"x\x00\x00" + zlib.compress(bytes(100 << 20), 1)))


def png_animated_a_million_times() -> bytes:
    return _with(png(), _chunk(b"acTL", struct.pack(">II", 1_000_000, 0)))


def png_and_zip() -> bytes:
    return png() + _zip(("x.html", SCRIPT))


def jpeg_cut_off() -> bytes:
    data = jpeg()
    return data[: len(data) // 2]


def jpeg_of_only_a_start() -> bytes:
    return b"\xff\xd8\xff"


def jpeg_of_huge_declared_size() -> bytes:
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 65500, 65500)
    return bytes(data)


def jpeg_and_zip() -> bytes:
    return jpeg() + _zip(("x.html", SCRIPT))


def jpeg_and_pdf() -> bytes:
    return jpeg() + b"%PDF-1.4\n1 0 obj << /Type /Page >> endobj\n%%EOF\n"


def jpeg_and_program() -> bytes:
    return jpeg() + b"\x7fELF" + bytes(5000)


def jpeg_with_page_in_comment() -> bytes:
    page = b"<html><body>" + SCRIPT
    return b"\xff\xd8\xff\xfe" + struct.pack(">H", len(page) + 2) + page + jpeg()[2:]


def jpeg_of_two_thousand_scans() -> bytes:
    out = io.BytesIO()
    picture().resize((2000, 2000)).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last[:4000] * 2000 + b"\xff\xd9"


def _jpeg_with_exif(tiff: bytes) -> bytes:
    block = b"Exif\x00\x00" + tiff
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg(exif=False)[2:]


def jpeg_with_looping_exif() -> bytes:
    entries = struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<HHII", 0x8825, 4, 1, 8)
    return _jpeg_with_exif(b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 2) + entries + struct.pack("<I", 8))


def jpeg_with_giant_exif() -> bytes:
    entries = b"".join(struct.pack("<HHII", 271, 2, 0xFFFFFFF0, 0) for _ in range(5000))
    return _jpeg_with_exif(b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 65535) + entries)


def jpeg_with_places_out_of_this_world() -> bytes:
    place = struct.pack("<HHI4s", 1, 2, 2, b"N\x00\x00\x00") + struct.pack("<HHII", 2, 5, 3, 60)
    ifd = struct.pack("<H", 1) + struct.pack("<HHII", 0x8825, 4, 1, 26) + struct.pack("<I", 0)
    gps = struct.pack("<H", 2) + place + struct.pack("<I", 0)
    return _jpeg_with_exif(
        b"II*\x00\x08\x00\x00\x00" + ifd + gps + bytes(4) + struct.pack("<6I", 1, 0, 1, 0, 1, 0)
    )


def jpeg_that_is_a_tiff() -> bytes:
    out = io.BytesIO()
    picture().save(out, "TIFF")
    return out.getvalue()


def jpeg_that_is_a_bitmap() -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 65535, 65535, 1, 24, 0, 0, 0, 0, 0, 0)


def jpeg_signature_before_a_page() -> bytes:
    return b"\xff\xd8\xff<html>" + SCRIPT * 10


def gif_and_page() -> bytes:
    return b"GIF89a/*" + bytes(20) + b"*/=1;" + b"<html>" + SCRIPT


def gif_of_a_hundred_thousand_frames() -> bytes:
    frame = b"\x21\xf9\x04\x00\x01\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00"
    return b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff" + frame * 100_000 + b";"


def gif_of_no_size() -> bytes:
    return b"GIF89a\x00\x00\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x02D\x01\x00;"


def gif_of_huge_declared_size() -> bytes:
    return b"GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02D\x01\x00;"


def _webp() -> bytes:
    out = io.BytesIO()
    picture().save(out, "WEBP")
    return out.getvalue()


def webp_cut_off() -> bytes:
    data = _webp()
    return data[: len(data) // 2]


def webp_of_lying_size() -> bytes:
    return b"RIFF\xff\xff\xff\xff" + _webp()[8:]


def webp_of_huge_canvas() -> bytes:
    body = b"WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\xff\xff\xff\xff\xff\xff" + _webp()[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def icon() -> bytes:
    return (
        b"\x00\x00\x01\x00\xff\xff"
        + b"\x00\x00\x00\x00\x01\x00\x20\x00\xff\xff\xff\x7f\x16\x00\x00\x00" * 100
    )


def photoshop_of_huge_size() -> bytes:
    return b"8BPS\x00\x01" + bytes(6) + struct.pack(">HIIHH", 56, 300000, 300000, 32, 3) + bytes(50)
