"""One look at a file: what it is, what it says of itself, and what may be shown of it."""

from __future__ import annotations

from typing import Any, BinaryIO

from resguardo.inspection import archives, extent, films, mediatype, papers, pictures
from resguardo.inspection.finding import Enough, Finding, clean


def look(source: BinaryIO, size: int, enough: Enough) -> dict[str, Any]:
    """Everything that `Finding.answer` holds, for a file of `size` bytes.

    Raises AgeError where the sealed file is damaged; never because of what is in it.
    """
    source.seek(0)
    head = source.read(mediatype.HEAD)
    media_type, accepted, doubtful = mediatype.tell(head)
    finding = Finding(clean(media_type, 100), facts={"bytes": size})
    if not head:
        finding.marks.add("empty")
    if not accepted:
        finding.marks.add("not-accepted")
        return finding.answer()
    if doubtful:
        finding.marks.add("doubtful-type")
    _measure(source, size, finding)
    if media_type in pictures.FORMATS:
        pictures.look(source, size, finding)
    elif media_type in films.DEMUXERS:
        films.look(source, size, finding, enough)
    elif media_type == "application/zip":
        archives.look(source, size, finding)
    elif media_type == "application/pdf":
        papers.scan_pdf(source, size, finding)
    else:
        papers.read_text(source, size, finding)
    return finding.answer()


def _measure(source: BinaryIO, size: int, finding: Finding) -> None:
    """What the outer structure tells: cut, continued after its end, or a second format."""
    measured = extent.measure(finding.media_type, source, size)
    if measured.cut:
        finding.marks.add("cut-off")
    if measured.end is not None and measured.end < size:
        finding.facts["appended_bytes"] = size - measured.end
        finding.facts["appended"] = extent.appended(source, measured.end, size)
        finding.marks.add("appended-data")
    if measured.frames is not None:
        finding.facts["frames"] = measured.frames
        if measured.frames > 1:
            finding.marks.add("animated")
    if extent.second_format(finding.media_type, source, size):
        finding.marks.add("polyglot")
