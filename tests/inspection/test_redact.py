"""What is covered is gone, and the rest is as it was."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from resguardo.inspection import sandbox
from tests.inspection import honest
from tests.inspection.asking import IDENTITY, sealed

MIDDLE = [0.25, 0.25, 0.5, 0.5]


def covered(data: bytes, rectangles: Any, style: str = "black") -> dict[str, Any]:
    with sealed(data) as file:
        return sandbox.redact(file, IDENTITY.text(), rectangles, style)


def drawn(answer: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(answer["data"])))


def test_a_black_rectangle_is_black_and_the_rest_is_untouched() -> None:
    result = drawn(covered(honest.png(), [MIDDLE]))
    assert result.format == "PNG"
    assert ImageStat.Stat(result.crop((160, 120, 480, 360))).extrema == [(0, 0)] * 3
    expected = honest.picture()
    expected.paste((0, 0, 0), (160, 120, 480, 360))
    assert ImageChops.difference(result, expected).getbbox() is None


def test_a_rectangle_is_rounded_outwards() -> None:
    result = drawn(covered(honest.png(), [[0.5001, 0.5001, 0.0001, 0.0001]]))
    assert result.getpixel((320, 240)) == (0, 0, 0)


def test_a_blurred_rectangle_keeps_nothing_that_can_be_read() -> None:
    result = drawn(covered(honest.png(), [MIDDLE], "blur"))
    original = honest.picture().crop((160, 120, 480, 360))
    part = result.crop((160, 120, 480, 360))
    assert ImageStat.Stat(part).stddev[0] < ImageStat.Stat(original).stddev[0] / 10
    assert ImageChops.difference(result, honest.picture()).getbbox() == (160, 120, 480, 360)


def test_no_metadata_and_no_thumbnail_is_left() -> None:
    answer = covered(honest.jpeg(), [MIDDLE])
    data = base64.b64decode(answer["data"])
    assert answer["media_type"] == "image/jpeg"
    assert not any(word in data for word in (b"Exif", b"Samsung", b"2024"))
    assert data.count(b"\xff\xd8\xff") == 1


def test_a_heic_is_given_as_a_jpeg_at_full_size() -> None:
    answer = covered(honest.heic(), [MIDDLE])
    assert (answer["media_type"], answer["width"], answer["height"]) == ("image/jpeg", 640, 480)


def test_the_rectangle_is_of_the_upright_picture() -> None:
    out = io.BytesIO()
    Image.new("RGB", (400, 200), "white").save(out, "JPEG", exif=honest.camera(orientation=6))
    result = drawn(covered(out.getvalue(), [[0.0, 0.0, 1.0, 0.25]])).convert("L")
    assert result.size == (200, 400)
    assert result.getpixel((100, 50)) < 20  # type: ignore[operator]
    assert result.getpixel((100, 350)) > 235  # type: ignore[operator]


def test_a_picture_over_24_megapixels_is_made_smaller() -> None:
    out = io.BytesIO()
    Image.new("L", (8000, 4000), 200).save(out, "JPEG")
    answer = covered(out.getvalue(), [MIDDLE])
    assert 20_000_000 < answer["width"] * answer["height"] <= 24_000_000
    assert drawn(answer).convert("L").getpixel((answer["width"] // 2, answer["height"] // 2)) == 0


@pytest.mark.parametrize(
    "rectangles",
    [
        [[0.5, 0.5, 0.0, 0.1]],
        [[-0.1, 0, 1, 1]],
        [[1.0, 0, 1, 1]],
        [[0, 0, float("nan"), 1]],
        [[0, 0, 1]],
        [["0", 0, 1, 1]],
        [[0, 0, 1, 1]] * 501,
    ],
)
def test_a_rectangle_that_is_none_is_refused_and_not_left_out(rectangles: Any) -> None:
    assert covered(honest.jpeg(), rectangles) == {"failed": "bad-request"}


def test_a_third_style_is_refused() -> None:
    assert covered(honest.jpeg(), [MIDDLE], "pink") == {"failed": "bad-request"}


def test_what_is_no_picture_cannot_be_covered() -> None:
    assert covered(honest.text(), [MIDDLE]) == {"failed": "not-a-picture"}
    assert covered(honest.film(), [MIDDLE]) == {"failed": "not-a-picture"}


def test_a_picture_that_was_cut_is_not_covered_by_halves() -> None:
    assert covered(honest.jpeg()[:30_000], [MIDDLE]) == {"failed": "not-a-picture"}
