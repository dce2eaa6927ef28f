"""HEIC and AVIF whose boxes lie about where the pixels are, how many, or about the boxes in them."""

from __future__ import annotations

import io
import struct

from tests.inspection.honest import heic, picture


def heic_of_noise() -> bytes:
    return b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(range(256)) * 40


def heic_with_wrong_places() -> bytes:
    data = bytearray(heic())
    at = data.index(b"iloc")
    data[at + 12 : at + 28] = b"\xff" * 16
    return bytes(data)


def heic_of_giant_size() -> bytes:
    data = bytearray(heic())
    at = data.index(b"ispe")
    data[at + 8 : at + 16] = struct.pack(">II", 30000, 30000)
    return bytes(data)


def heic_cut_off() -> bytes:
    data = heic()
    return data[: len(data) * 2 // 3]


def _avif() -> bytes:
    out = io.BytesIO()
    picture().resize((64, 64)).save(out, "AVIF", speed=10)
    return out.getvalue()


def avif_of_noise() -> bytes:
    return b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1avifmiaf" + bytes(range(255, -1, -1)) * 40


def avif_with_spoiled_pixels() -> bytes:
    data = bytearray(_avif())
    for at in range(len(data) - 60, len(data)):
        data[at] ^= 0xA5
    return bytes(data)


def avif_of_boxes_in_boxes() -> bytes:
    inner = b""
    for _ in range(3000):
        inner = struct.pack(">I", len(inner) + 12) + b"meta" + bytes(4) + inner
    return b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif" + inner
