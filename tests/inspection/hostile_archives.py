"""Archives that swell, lie about what they hold, or lead out of the folder they are unpacked in."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib


def _zip(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def _end(entries: int, length: int, at: int, comment: bytes = b"") -> bytes:
    return struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, entries, entries, length, at, len(comment)) + comment


def _central(name: bytes, plain: int, packed: int, at: int, extra: bytes = b"") -> bytes:
    head = struct.pack(
        "<4s6H3I5H2I",
        b"PK\x01\x02",
        20,
        20,
        0,
        8,
        0,
        0,
        0,
        packed,
        plain,
        len(name),
        len(extra),
        0,
        0,
        0,
        0,
        at,
    )
    return head + name + extra


def _local(name: bytes, plain: int, packed: bytes) -> bytes:
    head = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(packed), plain, len(name), 0)
    return head + name + packed


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def zip_bomb_flat() -> bytes:
    return _zip(("foto.jpg", bytes(100 << 20)))


def zip_bomb_nested() -> bytes:
    inner = _zip(("0.dll", bytes(8 << 20)))
    for layer in range(5):
        inner = _zip(*((f"lib{layer}{number:x}.zip", inner) for number in range(8)))
    return inner


def zip_bomb_of_overlapping_entries() -> bytes:
    packed = _deflated(bytes(20 << 20))
    kernel = _local(b"A", 20 << 20, packed)
    directory = b"".join(_central(b"%06d" % number, 20 << 20, len(packed), 0) for number in range(3000))
    return kernel + directory + _end(3000, len(directory), len(kernel))


def zip_with_dotdot() -> bytes:
    return _zip(("../../../../etc/cron.d/x", b"* * * * * root id\n"))


def zip_with_absolute_name() -> bytes:
    return _zip(("/etc/passwd", b"root::0:0::/:/bin/sh\n"))


def zip_with_drive_name() -> bytes:
    return _zip(("C:\\Windows\\System32\\x.dll", b"MZ"))


def zip_with_duplicate_names() -> bytes:
    body = _local(b"nota.txt", 3, _deflated(b"uno")) + _local(b"nota.txt", 3, _deflated(b"dos"))
    directory = _central(b"nota.txt", 3, 5, 0) + _central(b"nota.txt", 3, 5, len(body) // 2)
    return body + directory + _end(2, len(directory), len(body))


def zip_with_symlink() -> bytes:
    link = zipfile.ZipInfo("enlace")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    return _zip((link, b"/etc/passwd"))


def zip_encrypted() -> bytes:
    data = bytearray(_zip(("carta.txt", b"secreto")))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def zip_of_entries_that_are_not_there() -> bytes:
    return _local(b"a", 1, b"a") + _end(0xFFFE, 0, 32)


def zip_with_a_directory_past_the_end() -> bytes:
    return _local(b"a", 1, b"a") + _end(5, 0x7FFFFFFF, 0x7FFFFFFF)


def zip64_of_impossible_sizes() -> bytes:
    extra = struct.pack("<HHQQQ", 1, 24, 2**63, 2**63, 2**63)
    body = _local(b"a", 1, b"a")
    directory = _central(b"a", 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, extra)
    return body + directory + _end(1, len(directory), len(body))


def zip64_locator_that_points_at_itself() -> bytes:
    body = _local(b"a", 1, b"a")
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(body), 1)
    return body + locator + _end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)


def zip_of_sixty_thousand_entries() -> bytes:
    body = _local(b"a", 1, b"a")
    directory = b"".join(_central(b"%05d" % number, 1, 1, number) for number in range(60000))
    return body + directory + _end(60000, len(directory), len(body))


def zip_with_names_of_controls() -> bytes:
    return _zip(("\u202egpj.exe", b"MZ"), ("a\nb\r\x1b[31m", b"x"), ("x" * 60000, b"y"))


def zip_with_macros() -> bytes:
    return _zip(("[Content_Types].xml", b"<Types/>"), ("word/vbaProject.bin", b"Attribute VB_Name"))


def gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(bytes(50 << 20)) + packer.flush()


def tar_with_dotdot() -> bytes:
    name = b"../../x".ljust(100, b"\x00")
    return (name + b"0000777\x00" * 3 + b"00000000000\x00" * 2).ljust(257, b"\x00") + b"ustar\x0000".ljust(
        255, b"\x00"
    )
