"""Texts, programs and PDFs that act, loop, or read otherwise than they are."""

from __future__ import annotations

import pickle
import zlib

HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
TAIL = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R /Size 9 >>\nstartxref\n0\n%%EOF\n"


def _pdf(*objects: bytes) -> bytes:
    return HEAD + b"".join(b"%d 0 obj\n%b\nendobj\n" % pair for pair in enumerate(objects, 1)) + TAIL


def pdf_with_javascript() -> bytes:
    return _pdf(
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R >>",
    )


def pdf_with_escaped_javascript() -> bytes:
    return _pdf(b"<< /Type /Catalog /OpenAction << /S /J#61v#61Script /#4a#53 (app.alert(1)) >> >>")


def pdf_with_launch() -> bytes:
    return _pdf(b"<< /Type /Catalog /OpenAction << /S /Launch /F (cmd.exe) >> >>")


def pdf_with_javascript_in_an_object_stream() -> bytes:
    packed = zlib.compress(b"5 0 << /S /JavaScript /JS (app.alert(1)) >>")
    stream = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream"
    return _pdf(stream % (len(packed), packed))


def pdf_object_stream_bomb() -> bytes:
    packed = zlib.compress(bytes(200 << 20), 1)
    stream = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream"
    return _pdf(stream % (len(packed), packed))


def pdf_of_object_stream_names() -> bytes:
    return HEAD + b"/ObjStm stream" * 500_000 + TAIL


def pdf_with_a_loop_of_pages() -> bytes:
    return _pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 2147483647 /Parent 3 0 R >>",
        b"<< /Type /Pages /Kids [2 0 R] /Count 2147483647 /Parent 2 0 R >>",
    )


def pdf_of_endless_objects() -> bytes:
    return HEAD + b"".join(b"%d 0 obj << /Type /Page >> endobj\n" % number for number in range(200_000))


def pdf_of_deep_arrays() -> bytes:
    return _pdf(b"[" * 1_000_000 + b"]" * 1_000_000)


def pdf_encrypted() -> bytes:
    return _pdf(b"<< /Type /Catalog >>", b"<< /Type /Page >>") + b"trailer << /Encrypt 9 0 R >>\n%%EOF\n"


def pdf_with_an_attachment() -> bytes:
    return _pdf(b"<< /Type /Catalog /Names << /EmbeddedFiles 3 0 R >> >>")


def pdf_cut_off() -> bytes:
    return pdf_with_javascript()[:60]


def pdf_of_escapes() -> bytes:
    return HEAD + b"#61" * 3_000_000 + TAIL


def text_of_five_megabytes_in_one_line() -> bytes:
    return b"a" * (5 << 20)


def text_with_nulls() -> bytes:
    return b"hola\x00mundo\x00" * 100


def text_with_nulls_later() -> bytes:
    return b"hola mundo\n" * 7000 + bytes(5000) + b"\x1b]0;x\x07"


def text_that_is_not_utf8() -> bytes:
    return b"amenaza \xff\xfe\xc3\x28 \xed\xa0\x80 \xf8\x88\x80\x80\x80\n" * 50


def text_with_bidi_overrides() -> bytes:
    return "transferir a \u202e4321\u202c \u202dabc, foto\u202egpj.exe\n".encode()


def text_of_combining_marks() -> bytes:
    return ("Z" + "\u0335\u0489" * 20000 + "\n").encode() * 10


def empty() -> bytes:
    return b""


def one_byte() -> bytes:
    return b"\xff"


def elf_program() -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00" + bytes(300)


def windows_program() -> bytes:
    return b"MZ" + bytes(58) + b"\x40\x00\x00\x00PE\x00\x00\x64\x86" + bytes(300)


def shell_script() -> bytes:
    return b"#!/bin/sh\nrm -rf /\n"


def eicar() -> bytes:
    return b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def pickle_that_runs() -> bytes:
    class _Runs:
        def __reduce__(self) -> tuple[object, ...]:
            return eval, ("__import__('os').system('id')",)

    return pickle.dumps(_Runs())


def html_page() -> bytes:
    return b"<!DOCTYPE html><html><body onload=alert(1)><img src=http://127.0.0.1:00000/x></body></html>"


def svg_with_script() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("http://127.0.0.1:00000/")</script></svg>'


def xml_with_entities() -> bytes:
    steps = b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    return b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "jaja">' + steps + b"]><x>&a9;</x>"


def php_page() -> bytes:
    return b"<?php system($_GET['c']); ?>\n"


def rtf_with_object() -> bytes:
    return b"{\\rtf1{\\object\\objocx{\\*\\objdata 0105000002000000}}}"


def windows_shortcut() -> bytes:
    return b"L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00F" + bytes(60)


def random_bytes() -> bytes:
    value, out = 1, bytearray()
    for _ in range(100_000):
        value = value * 1103515245 + 12345 & 0x7FFFFFFF
        out.append(value >> 16 & 0xFF)
    return bytes(out)
