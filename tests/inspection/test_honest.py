"""What an honest file gets: its facts, its declared time, its grade and what may be shown of it."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image, ImageStat

from tests.inspection import honest
from tests.inspection.asking import looked, shown
from tests.inspection.hostile_archives import _zip

KINDS = ["grey-blurred", "grey", "colour"]


# Pictures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "media_type"), [(honest.jpeg, "image/jpeg"), (honest.heic, "image/heic")])
def test_an_original_of_a_phone_has_its_time_its_place_and_grade_b(make: Any, media_type: str) -> None:
    answer = looked(make())
    assert answer["media_type"] == media_type
    assert answer["marks"] == []
    assert answer["declared_time"] == "2024-05-01T10:11:12-06:00"
    assert answer["grade"] == "B"
    exif = answer["facts"]["exif"]
    assert (exif["Make"], exif["Model"], exif["gps"]) == ("Samsung", "SM-A155M", True)
    assert (exif["latitude"], exif["longitude"]) == (14.64, -90.51)
    assert (answer["facts"]["width"], answer["facts"]["height"]) == (640, 480)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "AVIF", "JPEG"])
def test_every_kind_of_picture_is_shown_in_three_ways(kind: str) -> None:
    out = io.BytesIO()
    honest.picture().save(out, kind)
    answer = looked(out.getvalue())
    assert [preview["kind"] for preview in answer["previews"]] == KINDS
    assert answer["media_type"] == f"image/{kind.lower()}"
    assert answer["marks"] == ["no-metadata"]
    assert answer["grade"] == "C"


def test_a_large_picture_is_shown_at_1024_and_blurred_at_160() -> None:
    out = io.BytesIO()
    honest.picture().resize((3000, 1500)).save(out, "JPEG")
    answer = looked(out.getvalue())
    assert [(preview["width"], preview["height"]) for preview in answer["previews"]] == [
        (160, 80),
        (1024, 512),
        (1024, 512),
    ]


def test_nobody_is_recognisable_in_the_blurred_preview() -> None:
    """A face at arm's length is a dozen light and dark places: none of them is left."""
    face = Image.new("L", (480, 480), 200)
    for x, y in ((150, 180), (300, 180), (225, 260), (225, 340)):
        face.paste(20, (x, y, x + 30, y + 12))
    out = io.BytesIO()
    face.save(out, "PNG")
    answer = looked(out.getvalue())
    blurred, grey = shown(answer, "grey-blurred")[0], shown(answer, "grey")[0].resize((160, 160))
    assert blurred.size == (160, 160)
    assert ImageStat.Stat(blurred).stddev[0] < ImageStat.Stat(grey).stddev[0] / 3


def test_the_previews_carry_no_metadata() -> None:
    for preview in looked(honest.jpeg())["previews"]:
        data = base64.b64decode(preview["data"])
        assert not any(word in data for word in (b"Exif", b"Samsung", b"ICC_PROFILE", b"http"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
def test_a_picture_taken_sideways_is_shown_upright(kind: str) -> None:
    out = io.BytesIO()
    half = Image.new("RGB", (400, 200), "blue")
    half.paste((255, 0, 0), (0, 0, 200, 200))
    turned = honest.camera(orientation=6)
    if kind == "HEIF":
        # Here the turn is a property of the file, which pillow_heif writes from the picture's own EXIF.
        half.info["exif"] = turned.tobytes()
        half.save(out, kind)
    else:
        half.save(out, kind, exif=turned)
    colour = shown(looked(out.getvalue()))[0]
    assert colour.size == (200, 400)
    red, _, blue = colour.getpixel((100, 50))  # type: ignore[misc]
    assert red > blue


def test_what_is_transparent_is_shown_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(out, "PNG")
    assert shown(looked(out.getvalue()))[0].getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16"])
def test_pictures_of_every_depth_are_shown(mode: str) -> None:
    out = io.BytesIO()
    grey = Image.linear_gradient("L")
    (grey.convert("I").point(lambda value: value * 257) if mode == "I;16" else grey).convert(mode).save(
        out, "PNG"
    )
    colour = shown(looked(out.getvalue()))[0]
    low, high = colour.convert("L").getextrema()
    assert low < 40  # type: ignore[operator]
    assert high > 215  # type: ignore[operator]


def test_a_picture_that_was_cut_shows_what_is_left() -> None:
    data = honest.jpeg()
    answer = looked(data[: len(data) * 3 // 4])
    assert answer["marks"] == ["cut-off"]
    assert len(answer["previews"]) == 3
    assert answer["grade"] == "C"


def test_what_an_editor_wrote_again_is_no_original() -> None:
    exif = honest.camera()
    exif[305] = "Adobe Photoshop 25.1 (Android)"
    out = io.BytesIO()
    honest.picture().save(out, "JPEG", exif=exif)
    answer = looked(out.getvalue())
    assert (answer["grade"], answer["marks"]) == ("C", ["re-encoded"])


def test_a_motion_photo_is_still_an_original() -> None:
    answer = looked(honest.jpeg() + honest.film())
    assert answer["marks"] == ["appended-data"]
    assert answer["facts"]["appended"] == "film"
    assert answer["grade"] == "B"


def test_the_second_picture_that_a_phone_declares_is_nothing_appended() -> None:
    out = io.BytesIO()
    honest.picture().save(out, "MPO", save_all=True, append_images=[honest.picture()], exif=honest.camera())
    answer = looked(out.getvalue())
    assert answer["marks"] == []
    assert answer["facts"]["frames"] == 2


def test_a_time_that_cannot_be_is_not_repeated() -> None:
    exif = honest.camera()
    exif.get_ifd(0x8769)[36867] = "0000:00:00 00:00:00"
    out = io.BytesIO()
    honest.picture().save(out, "JPEG", exif=exif)
    assert looked(out.getvalue())["declared_time"] is None


# Papers and archives ----------------------------------------------------------------------------------


def test_a_pdf_has_its_pages_and_nothing_else() -> None:
    answer = looked(honest.pdf(7))
    assert (answer["media_type"], answer["facts"]["pages"], answer["marks"]) == ("application/pdf", 7, [])
    assert answer["text"] is None


def test_a_text_is_given_as_it_is() -> None:
    answer = looked(honest.text())
    assert (answer["media_type"], answer["marks"]) == ("text/plain", [])
    assert answer["text"] == honest.text().decode()


def test_a_chat_that_looks_like_a_program_is_a_text() -> None:
    chat = b"from: Ana\nimport os no se que es\nclass hoy?\ndef no\n" * 20
    assert looked(chat)["media_type"] == "text/plain"


def test_an_archive_is_listed_and_not_opened() -> None:
    answer = looked(_zip(("chat.txt", b"hola"), ("IMG-1.jpg", honest.jpeg()), ("señal.opus", b"x")))
    assert answer["media_type"] == "application/zip"
    assert answer["marks"] == []
    assert [entry["name"] for entry in answer["entries"]] == ["chat.txt", "IMG-1.jpg", "señal.opus"]
    assert answer["entries"][1]["size"] == len(honest.jpeg())
