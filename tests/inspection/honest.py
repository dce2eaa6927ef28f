"""Honest files, as phones and people make them, written by code."""

from __future__ import annotations

import io
import math
import random
import struct
from functools import cache
from typing import Any

import av
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
TAKEN = "2024:05:01 10:11:12"


@cache
def _picture() -> Image.Image:
    noise = Image.frombytes("L", (320, 240), random.Random(7).randbytes(320 * 240)).resize((640, 480))
    return Image.merge(
        "RGB", (noise, noise.transpose(Image.Transpose.FLIP_LEFT_RIGHT), Image.new("L", noise.size, 90))
    )


def picture() -> Image.Image:
    """640 x 480, noisy enough not to compress away."""
    return _picture().copy()


def camera(orientation: int = 1) -> Image.Exif:
    """What a phone writes: taken at TAKEN -06:00 in Guatemala City."""
    exif = Image.Exif()
    exif[271], exif[272], exif[274] = "Samsung", "SM-A155M", orientation
    exif.get_ifd(0x8769).update({36867: TAKEN, 36881: "-06:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (14.0, 38.0, 24.0), 3: "W", 4: (90.0, 30.0, 36.0)})
    return exif


def _saved(of: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    of.save(out, kind, **options)
    return out.getvalue()


@cache
def jpeg(exif: bool = True) -> bytes:
    return _saved(picture(), "JPEG", **({"exif": camera()} if exif else {}))


@cache
def png() -> bytes:
    return _saved(picture(), "PNG")


@cache
def heic() -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(picture()).save(out, exif=camera().tobytes(), quality=50)
    return out.getvalue()


@cache
def film(kind: str = "mp4", codec: str = "libx264", seconds: int = 2) -> bytes:
    """A film as `shoot` makes it."""
    out = io.BytesIO()
    shoot(out, kind, codec, seconds)
    return out.getvalue()


def shoot(out: Any, kind: str, codec: str, seconds: int) -> None:
    """Write a film of a colour that grows redder, 352 x 288 at 10 pictures a second, with its time."""
    with av.open(out, "w", format=kind) as made:
        made.metadata.update({"creation_time": "2024-05-01T16:11:12Z"})
        stream: Any = made.add_stream(
            codec, rate=10, options={"x265-params": "log-level=none"} if codec == "libx265" else {}
        )
        stream.width, stream.height, stream.pix_fmt = 352, 288, "yuv420p"
        for number in range(10 * seconds):
            colour = (number * 255 // (10 * seconds), 80, 160)
            frame = av.VideoFrame.from_image(Image.new("RGB", (352, 288), colour))  # type: ignore[no-untyped-call]
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))


@cache
def sound(kind: str = "ogg", codec: str = "libopus", seconds: int = 3, rate: int = 48000) -> bytes:
    """A tone of 440 Hz in one channel."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as made:
        stream: Any = made.add_stream(codec, rate=rate, layout="mono")
        for start in range(0, rate * seconds, 960):
            tone = (int(8000 * math.sin(2 * math.pi * 440 * at / rate)) for at in range(start, start + 960))
            frame = av.AudioFrame(format="s16", layout="mono", samples=960)
            frame.planes[0].update(struct.pack("<960h", *tone))
            frame.sample_rate, frame.pts = rate, start
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return out.getvalue()


def pdf(pages: int = 3) -> bytes:
    kids = b" ".join(b"%d 0 R" % number for number in range(3, 3 + pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, pages),
        *[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>"] * pages,
    ]
    body = b"".join(b"%d 0 obj\n%b\nendobj\n" % pair for pair in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"


def text() -> bytes:
    return "1/5/24 10:11 - Él: te voy a encontrar\n1/5/24 10:12 - Yo: déjame en paz ✋\n".encode()
