"""What a file says of its own origin: camera, place and time. Declared, never believed.

Source: CIPA DC-008 (Exif 2.32), QuickTime metadata keys, Android's MediaMuxer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PIL import Image

from resguardo.inspection.finding import Finding, clean, number

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
MAIN = {271: "Make", 272: "Model", 305: "Software", 306: "DateTime"}
ORIENTATION = 274
TAKEN = {
    36867: "DateTimeOriginal",
    36868: "DateTimeDigitized",
    36881: "OffsetTimeOriginal",
    36880: "OffsetTime",
}
# Programs that write a picture or a film again; a camera's own firmware is none of them.
REWRITERS = (
    "adobe photoshop",
    "canva",
    "capcut",
    "facetune",
    "ffmpeg",
    "gimp",
    "handbrake",
    "imagemagick",
    "inshot",
    "instagram",
    "lavf",
    "lightroom",
    "paint.net",
    "picsart",
    "pixlr",
    "snapchat",
    "snapseed",
    "tiktok",
    "whatsapp",
)
# Facebook and Instagram leave this in the IPTC block of what they write again.
FACEBOOK = b"FBMD"
FIRST_YEAR, LAST_YEAR = 1990, 2100


def from_exif(exif: Image.Exif) -> dict[str, Any]:
    """The selected tags: camera, software, times, orientation and position (WGS84 degrees, if given)."""
    found: dict[str, Any] = {}
    for ifd, names in ((exif, MAIN), (exif.get_ifd(EXIF_IFD), TAKEN)):
        for tag, name in names.items():
            if text := clean(ifd.get(tag) or ""):
                found[name] = text
    turn = exif.get(ORIENTATION)
    if isinstance(turn, int) and 1 <= turn <= 8:
        found["Orientation"] = turn
    gps = exif.get_ifd(GPS_IFD)
    found["gps"] = bool(gps)
    if gps:
        latitude, longitude = _degrees(gps, 1, "S", 90), _degrees(gps, 3, "W", 180)
        if latitude is not None and longitude is not None:
            found["latitude"], found["longitude"] = latitude, longitude
    return found


def _degrees(gps: Mapping[int, Any], tag: int, negative: str, most: int) -> float | None:
    """Degrees, minutes and seconds of a GPS tag as one number, signed by the reference in the tag before."""
    parts = gps.get(tag + 1)
    if not isinstance(parts, tuple) or not 1 <= len(parts) <= 3:
        return None
    numbers = [number(part) for part in parts]
    if None in numbers:
        return None
    value = sum((part or 0.0) / 60.0**place for place, part in enumerate(numbers))
    if not 0 <= value <= most:
        return None
    return round(-value if clean(gps.get(tag) or "").upper().startswith(negative) else value, 6)


def moment_of_exif(tags: Mapping[str, Any]) -> str | None:
    """When the picture says that it was taken, as ISO 8601, with its offset if it gives one."""
    for name in ("DateTimeOriginal", "DateTimeDigitized", "DateTime"):
        offset = tags.get("OffsetTimeOriginal") or tags.get("OffsetTime") or ""
        text = tags.get(name, "")
        if moment := _moment(text[:10].replace(":", "-") + text[10:19] + offset) or _moment(
            text[:10].replace(":", "-") + text[10:19]
        ):
            return moment
    return None


def _moment(text: str) -> str | None:
    """`text` as ISO 8601 if it is a time of the age of digital cameras."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.isoformat() if FIRST_YEAR <= moment.year <= LAST_YEAR else None


def from_container(tags: Mapping[str, str]) -> dict[str, Any]:
    """The selected tags of a film or a sound, under the same names as those of a picture."""
    lower = {key.lower(): value for key, value in list(tags.items())[:200]}
    names = {
        "Make": ("com.apple.quicktime.make", "com.android.manufacturer", "make"),
        "Model": ("com.apple.quicktime.model", "com.android.model", "model"),
        "Software": ("com.apple.quicktime.software", "com.android.version", "encoder", "software"),
        "DateTimeOriginal": ("com.apple.quicktime.creationdate", "creation_time", "date"),
        "location": ("com.apple.quicktime.location.iso6709", "location"),
    }
    found: dict[str, Any] = {}
    for name, keys in names.items():
        if text := next((clean(lower[key]) for key in keys if lower.get(key)), ""):
            found[name] = text
    found["gps"] = "location" in found
    return found


def moment_of_container(tags: Mapping[str, Any]) -> str | None:
    """When the film says that it was made, as ISO 8601."""
    text = tags.get("DateTimeOriginal", "")
    return _moment(text) if len(text) > 10 else None


def judge(finding: Finding, tags: Mapping[str, Any], head: bytes) -> None:
    """Put the marks and the grade that the metadata give: B is an original with its camera's own words.

    A second format, an end that does not fit, something unknown behind it or a program that writes again
    leave it at C.
    """
    software = tags.get("Software", "").lower()
    if FACEBOOK in head or any(name in software for name in REWRITERS):
        finding.marks.add("re-encoded")
    if not finding.declared_time and not {"Make", "Model"} & tags.keys():
        finding.marks.add("no-metadata")
    camera = "Make" in tags and "Model" in tags
    spoiled = {"re-encoded", "polyglot", "cut-off", "damaged", "doubtful-type"} & finding.marks
    carried = finding.facts.get("appended") == "unknown"
    if camera and finding.declared_time and not spoiled and not carried:
        finding.grade = "B"
