"""A picture with parts of it covered, for those who may see the rest.

The result is drawn again from pixels: no metadata, no thumbnail and nothing under a rectangle is left.
"""

from __future__ import annotations

import base64
import io
import math
from typing import Any, BinaryIO

from PIL import Image

from resguardo.core.age import AgeError
from resguardo.inspection import mediatype, pictures
from resguardo.inspection.finding import Refused

PIXELS = 24_000_000
RECTANGLES = 500
GRAINS = 4
LOSSLESS = ("image/png", "image/gif")
MOST = 16 << 20
"""The most bytes of a result: with base64 it stays under what the parent reads."""


def cover(source: BinaryIO, options: dict[str, Any]) -> dict[str, Any]:
    """{"media_type", "width", "height", "data"} of the upright picture, its rectangles covered.

    `options` are {"rectangles": [[x, y, width, height], ...], "style": "black" | "blur"}, in
    fractions 0..1 of the upright picture. A picture of more than PIXELS is made smaller. Raises Refused: an
    unknown style or a rectangle that is none is refused whole, never left out.
    """
    rectangles, style = _asked(options)
    source.seek(0)
    media_type = mediatype.signed(source.read(mediatype.HEAD))
    if media_type not in pictures.FORMATS:
        raise Refused("not-a-picture")
    try:
        picture = _whole(source, media_type)
    except (AgeError, ImportError, MemoryError, Refused):
        raise
    except Exception:
        raise Refused("not-a-picture") from None
    for rectangle in rectangles:
        _cover(picture, rectangle, style)
    data, kind = _encoded(picture, media_type)
    return {"media_type": kind, "width": picture.width, "height": picture.height, "data": data}


def _asked(options: dict[str, Any]) -> tuple[list[tuple[float, ...]], str]:
    """The rectangles and the style, if they are what they must be."""
    rectangles, style = options.get("rectangles"), options.get("style")
    if style not in ("black", "blur") or not isinstance(rectangles, list) or len(rectangles) > RECTANGLES:
        raise Refused("bad-request")
    for rectangle in rectangles:
        if not isinstance(rectangle, list) or len(rectangle) != 4:
            raise Refused("bad-request")
        if not all(isinstance(side, int | float) and math.isfinite(side) for side in rectangle):
            raise Refused("bad-request")
        x, y, width, height = rectangle
        if not (0 <= x < 1 and 0 <= y < 1 and width > 0 and height > 0):
            raise Refused("bad-request")
    return [tuple(rectangle) for rectangle in rectangles], style


def _whole(source: BinaryIO, media_type: str) -> Image.Image:
    """The upright picture in RGB, of at most PIXELS."""
    picture = pictures.opened(source, media_type)
    scale = min(1.0, math.sqrt(PIXELS / max(1, picture.width * picture.height)))
    size = max(1, int(picture.width * scale)), max(1, int(picture.height * scale))
    pictures.loaded(picture, max(size))
    turn = pictures.tags_of(picture).get("Orientation")
    whole: Image.Image = picture
    if whole.width * whole.height > PIXELS:
        # Smaller before anything else: there is no room for two copies of a large one.
        whole = (whole if whole.mode in pictures.SCALED else pictures.flat(whole)).resize(size)
        del picture
    return pictures.upright(pictures.flat(whole), turn)


def _cover(picture: Image.Image, rectangle: tuple[float, ...], style: str) -> None:
    """Cover `rectangle`, rounded outwards, in place."""
    x, y, width, height = rectangle
    box = (
        math.floor(x * picture.width),
        math.floor(y * picture.height),
        min(picture.width, math.ceil((x + width) * picture.width)),
        min(picture.height, math.ceil((y + height) * picture.height)),
    )
    if style == "black":
        picture.paste((0, 0, 0), box)
        return
    part = picture.crop(box)
    # Four grains: a finer blur of letters or digits can be guessed back.
    grains = part.resize((min(GRAINS, part.width), min(GRAINS, part.height)), Image.Resampling.BOX)
    picture.paste(grains.resize(part.size, Image.Resampling.BICUBIC), box)


def _encoded(picture: Image.Image, media_type: str) -> tuple[str, str]:
    """The picture in base64 and its media type: lossless if it was, unless that is too large."""
    if media_type in LOSSLESS:
        out = io.BytesIO()
        pictures.bare(picture).save(out, "PNG")
        if out.tell() <= MOST:
            return base64.b64encode(out.getvalue()).decode(), "image/png"
    for quality in (92, 82, 60):
        data = pictures.encoded(picture, quality)
        if len(data) * 3 // 4 <= MOST:
            return data, "image/jpeg"
    raise Refused("huge-picture")
