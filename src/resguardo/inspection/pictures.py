"""Pictures: their facts and three previews, without metadata, none larger than 1024 pixels.

Source: Pillow and pillow-heif; both are called only inside the cage.
"""

from __future__ import annotations

import base64
import io
import warnings
from typing import Any, BinaryIO

import pillow_heif
from PIL import (
    AvifImagePlugin,
    Image,
    ImageFile,
    ImageFilter,
    MpoImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from resguardo.core.age import AgeError
from resguardo.inspection import extent, metadata
from resguardo.inspection.finding import Finding, Refused

FORMATS = {
    "image/jpeg": ("JPEG",),
    "image/png": ("PNG",),
    "image/gif": ("GIF",),
    "image/webp": ("WEBP",),
    "image/heic": ("HEIF",),
    "image/heif": ("HEIF", "AVIF"),
    "image/avif": ("AVIF",),
}
DECODED = 80_000_000
"""The most pixels that are held at once. A JPEG of more is read at a fraction of its size."""
DECLARED = 250_000_000
LONGEST, TINY, GRAINS = 1024, 160, 12
SCALED = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr")
"""Modes that Pillow scales as they are."""
WHITE = (255, 255, 255)
TURNS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}

# Pillow looks its plugins up when it first needs them, and nothing can be opened in the cage.
PRELOADED = (AvifImagePlugin, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin)
Image.preinit()
Image.MAX_IMAGE_PIXELS = DECLARED
warnings.simplefilter("error", Image.DecompressionBombWarning)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pillow_heif.register_heif_opener(
    thumbnails=False, depth_images=False, aux_images=False, decode_threads=0, save_to_12bit=False
)


def opened(source: BinaryIO, media_type: str) -> ImageFile.ImageFile:
    """The picture, only its header read. Raises Refused if it is too large, or whatever Pillow raises."""
    try:
        picture = Image.open(source, formats=FORMATS[media_type])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("huge-picture") from None
    return picture


def loaded(picture: ImageFile.ImageFile, longest: int) -> None:
    """Decode the first frame; a JPEG at the smallest fraction that is not under `longest`.

    Raises Refused if it would take more than DECODED pixels.
    """
    # A progressive JPEG keeps all its coefficients, whatever the fraction.
    if picture.format in ("JPEG", "MPO") and not picture.info.get("progressive"):
        picture.draft("RGB", _fitted(picture, longest))
    if picture.width * picture.height > DECODED:
        raise Refused("huge-picture")
    picture.load()


def upright(picture: Image.Image, turn: int | None) -> Image.Image:
    """`picture` as a person holds it, by its EXIF orientation `turn`."""
    for method in TURNS.get(turn or 1, ()):
        picture = picture.transpose(method)
    return picture


def flat(picture: Image.Image) -> Image.Image:
    """`picture` in RGB; what is transparent becomes white."""
    if picture.mode in ("I", "F"):
        # 16 and 32 bit greys: Pillow would clip instead of scaling.
        low, high = picture.getextrema()
        span = max(float(high) - float(low), 1.0)  # type: ignore[arg-type]
        scaled = picture.convert("F").point(lambda value: (value - float(low)) * 255 / span)  # type: ignore[arg-type]
        return scaled.convert("L").convert("RGB")
    if picture.has_transparency_data:
        whole = picture.convert("RGBA")
        ground = Image.new("RGB", picture.size, WHITE)
        ground.paste(whole, mask=whole.getchannel("A"))
        return ground
    return picture.convert("RGB")


def look(source: BinaryIO, size: int, finding: Finding) -> None:
    """Fill `finding` with the facts and previews of a picture of `size` bytes."""
    source.seek(0)
    head = source.read(extent.EDGE)
    tags: dict[str, Any] = {"gps": False}
    try:
        picture = _with_facts(source, finding)
        tags = tags_of(picture)
        turn = tags.get("Orientation")
        picture = _decoded(picture, source, finding)
        if picture.format == "PNG":
            # A PNG may carry its EXIF after the pixels.
            tags = tags_of(picture)
            turn = tags.get("Orientation")
        finding.previews += previews(upright(_shrunk(picture), turn))
    except (AgeError, ImportError):
        raise
    except (Refused, MemoryError):
        finding.marks.add("huge-picture")
    except Exception:
        # Whatever a decoder says of a hostile file, it is the file's fault and this is all we know.
        finding.marks.add("damaged")
    finding.facts["exif"] = tags
    finding.declared_time = metadata.moment_of_exif(tags)
    metadata.judge(finding, tags, head)


def _with_facts(source: BinaryIO, finding: Finding) -> ImageFile.ImageFile:
    picture = opened(source, finding.media_type)
    finding.facts.update(width=picture.width, height=picture.height, codec=picture.format, mode=picture.mode)
    if finding.media_type != "image/gif":
        # Pillow counts the frames of a GIF by reading them all; `extent` has counted them already.
        finding.facts["frames"] = int(getattr(picture, "n_frames", 1))
    several = finding.facts.get("frames", 1) > 1
    if several and finding.media_type in ("image/gif", "image/png", "image/webp", "image/avif"):
        finding.marks.add("animated")
    return picture


def _decoded(picture: ImageFile.ImageFile, source: BinaryIO, finding: Finding) -> ImageFile.ImageFile:
    """The picture with its pixels, or with as many as there are."""
    try:
        loaded(picture, LONGEST)
    except (OSError, SyntaxError):
        finding.marks.add("cut-off" if "cut-off" in finding.marks else "damaged")
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        picture = opened(source, finding.media_type)
        loaded(picture, LONGEST)
    return picture


def tags_of(picture: ImageFile.ImageFile) -> dict[str, Any]:
    """The EXIF tags of `picture` as `metadata.from_exif` gives them; none if they cannot be read."""
    raw = picture.info.get("exif")
    exif = Image.Exif()
    if isinstance(raw, bytes):
        try:
            exif.load(raw)
            return metadata.from_exif(exif)
        except (AgeError, ImportError, MemoryError):
            raise
        except Exception:
            return {"gps": False}
    return {"gps": False}


def _shrunk(picture: Image.Image) -> Image.Image:
    """A copy in RGB of at most LONGEST pixels a side."""
    if max(picture.size) > LONGEST:
        small = picture if picture.mode in SCALED else flat(picture)
        small.thumbnail((LONGEST, LONGEST), Image.Resampling.BICUBIC, reducing_gap=2.0)
        return flat(small)
    return flat(picture)


def previews(colour: Image.Image, at_s: float | None = None) -> list[dict[str, Any]]:
    """Three JPEGs of an RGB picture, the least revealing first: grey and blurred, grey, colour.

    The blurred one has no more than twelve grains along its longest side: nobody is recognisable in it.
    `at_s` is the second of the film that a still is from.
    """
    grey = colour.convert("L")
    grains = grey.resize(_fitted(grey, GRAINS), Image.Resampling.BOX)
    blurred = grains.resize(_fitted(grey, TINY), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(6))
    made = []
    for kind, picture in (("grey-blurred", blurred), ("grey", grey), ("colour", colour)):
        preview = {"kind": kind, "media_type": "image/jpeg", "width": picture.width, "height": picture.height}
        made.append(preview | {"data": encoded(picture), "at_s": at_s})
    return made


def _fitted(picture: Image.Image, longest: int) -> tuple[int, int]:
    """The size of `picture` with its longest side `longest` pixels long."""
    scale = longest / max(picture.size)
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def encoded(picture: Image.Image, quality: int = 82) -> str:
    """`picture` as a JPEG without metadata, in base64."""
    out = io.BytesIO()
    bare(picture).save(out, "JPEG", quality=quality)
    return base64.b64encode(out.getvalue()).decode()


def bare(picture: Image.Image) -> Image.Image:
    """The pixels alone: Pillow would write the profile and comment that a picture carries along."""
    copy = Image.new(picture.mode, picture.size)
    copy.paste(picture)
    return copy
