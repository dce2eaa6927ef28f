"""What the parent believes of a child's answer: a closed shape, or nothing.

The child has looked at a hostile file; if the file has taken it over, its answer is hostile too.
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from resguardo.inspection.finding import MOST, Failure, Grade, Mark

Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f\u202a-\u202e]*$")]
Size = Annotated[int, Field(ge=0, le=MOST)]
Pixels = Annotated[int, Field(ge=1, le=100_000)]


def _drawn(data: str) -> str:
    """`data` if it is the base64 of something that begins as a JPEG or a PNG."""
    try:
        base64.b64decode(data, validate=True)
        head = base64.b64decode(data[:16])
    except binascii.Error:
        raise ValueError("not base64") from None
    if not head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise ValueError("not a picture")
    return data


Drawn = Annotated[str, Field(max_length=24 << 20), AfterValidator(_drawn)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Tags(_Shape):
    """EXIF or container metadata. Degrees are WGS84."""

    gps: bool
    Make: Word | None = None
    Model: Word | None = None
    Software: Word | None = None
    DateTime: Word | None = None
    DateTimeOriginal: Word | None = None
    DateTimeDigitized: Word | None = None
    OffsetTimeOriginal: Word | None = None
    OffsetTime: Word | None = None
    Orientation: Annotated[int, Field(ge=1, le=8)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    location: Word | None = None


class Facts(_Shape):
    """What can be counted. Bytes, pixels, seconds, hertz."""

    bytes: Size
    width: Size | None = None
    height: Size | None = None
    mode: Word | None = None
    frames: Size | None = None
    frame_rate: Annotated[float, Field(ge=0)] | None = None
    duration_s: Annotated[float, Field(ge=0)] | None = None
    container: Word | None = None
    codec: Word | None = None
    audio_codec: Word | None = None
    sample_rate: Size | None = None
    channels: Size | None = None
    pages: Size | None = None
    lines: Size | None = None
    entries: Size | None = None
    unpacked_bytes: Size | None = None
    appended_bytes: Size | None = None
    appended: Literal["film", "maker", "unknown"] | None = None
    exif: Tags | None = None


class Preview(_Shape):
    """One small picture; `at_s` is the second of the film that it is from."""

    kind: Literal["grey-blurred", "grey", "colour"]
    media_type: Literal["image/jpeg"]
    width: Annotated[int, Field(ge=1, le=1500)]
    height: Annotated[int, Field(ge=1, le=1500)]
    data: Drawn
    at_s: Annotated[float, Field(ge=0)] | None


class Entry(_Shape):
    """One entry of an archive, sizes as declared."""

    name: Word
    size: Size
    packed: Size


class Look(_Shape):
    """The answer to "look"."""

    media_type: Annotated[str, Field(max_length=100, pattern=r"^[a-z]+/[A-Za-z0-9.+-]+$")]
    marks: list[Mark]
    facts: Facts
    declared_time: Annotated[str, Field(pattern=r"^[0-9T:.+-]{19,40}$")] | None
    grade: Grade
    previews: Annotated[list[Preview], Field(max_length=18)]
    text: Annotated[str, Field(max_length=200_000)] | None
    entries: Annotated[list[Entry], Field(max_length=1000)] | None


class Redacted(_Shape):
    """The answer to "redact"."""

    media_type: Literal["image/jpeg", "image/png"]
    width: Pixels
    height: Pixels
    data: Drawn


class Read(_Shape):
    """The answer to "read": conversations and e-mails, shown only as text."""

    conversations: Annotated[list[dict[str, Any]], Field(max_length=2000)]


class Failed(_Shape):
    """Why there is no answer."""

    failed: Failure


SHAPES: dict[str, type[_Shape]] = {"look": Look, "read": Read, "redact": Redacted}


def failed(code: Failure) -> dict[str, Any]:
    """The answer that is none."""
    return {"failed": code}


def believed(task: str, raw: bytes) -> dict[str, Any]:
    """The answer to `task` in `raw`, or {"failed": "crashed"} if it has another shape.

    Facts without a value are left out.
    """
    shape = Failed if raw.startswith(b'{"failed"') else SHAPES.get(task, Failed)
    try:
        answer = shape.model_validate_json(raw)
    except ValidationError:
        return failed("crashed")
    plain = answer.model_dump()
    if isinstance(answer, Look):
        plain["facts"] = answer.facts.model_dump(exclude_none=True)
    return plain
