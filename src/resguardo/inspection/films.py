"""Films and sounds: their facts, and up to six stills of a film.

The demuxer is chosen by us, not guessed, so that no playlist, script or list of other files is ever one;
only the codecs of phones and messengers are tried.
Source: PyAV over FFmpeg; it is called only inside the cage, on one thread.
"""

from __future__ import annotations

import time
from typing import Any, BinaryIO, NoReturn

import av
import av.subtitles.stream
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image

from resguardo.core.age import AgeError
from resguardo.inspection import extent, metadata, pictures
from resguardo.inspection.finding import Enough, Finding, clean

DEMUXERS = {
    "audio/amr": "amr",
    "audio/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "video/3gpp": "mp4",
    "video/mp4": "mp4",
    "video/quicktime": "mp4",
    "video/webm": "matroska",
}
SOUNDS = ("aac", "alac", "amrnb", "amrwb", "flac", "libopus", "mp3", "mp3float", "opus", "vorbis")
PCM = ("pcm_alaw", "pcm_f32le", "pcm_mulaw", "pcm_s16be", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_u8")
MOVING = ("av1", "h263", "h264", "hevc", "libdav1d", "mjpeg", "mpeg4", "vp8", "vp9")
OPTIONS = {
    "protocol_whitelist": "",
    "codec_whitelist": ",".join((*SOUNDS, *PCM, *MOVING)),
    "max_streams": "16",
    "probesize": "5000000",
    "analyzeduration": "5000000",
}
STILLS = 6
STILL_SECONDS = 1.0
"""The most time for one still: then the frame reached so far is taken."""
PACKETS, COUNTED = 3000, 2_000_000
PIXELS = 40_000_000
LONGEST_FILM = 10 * 365 * 86400.0


def _no_other_file(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    """A film that names another file or address is read without it."""
    raise PermissionError


def look(source: BinaryIO, size: int, finding: Finding, enough: Enough) -> None:
    """Fill `finding` with the facts and stills of a film or a sound of `size` bytes."""
    source.seek(0)
    head = source.read(extent.EDGE)
    source.seek(0)
    tags: dict[str, Any] = {"gps": False}
    try:
        demuxer = DEMUXERS[finding.media_type]
        with av.open(
            source,
            "r",
            format=demuxer,
            options={**OPTIONS, "format_whitelist": demuxer},
            metadata_errors="replace",
            io_open=_no_other_file,
        ) as film:
            tags = _tags(film)
            _facts(film, finding, enough)
            if film.streams.video:
                _stills(film, film.streams.video[0], finding, enough)
    except (AgeError, ImportError):
        raise
    except MemoryError:
        finding.marks.add("huge-picture" if "width" in finding.facts else "damaged")
    except Exception:
        # Whatever a demuxer or decoder says of a hostile file, it is the file's fault and all we know.
        finding.marks.add("damaged")
    finding.facts["exif"] = tags
    finding.declared_time = metadata.moment_of_container(tags)
    metadata.judge(finding, tags, head)


def _tags(film: InputContainer) -> dict[str, Any]:
    """The metadata of the container, and of its streams where the container has none (Ogg)."""
    words: dict[str, str] = {}
    for stream in list(film.streams)[:4]:
        words |= stream.metadata
    return metadata.from_container(words | film.metadata)


def _facts(film: InputContainer, finding: Finding, enough: Enough) -> None:
    """Codecs, size, frames and duration."""
    facts = finding.facts
    facts["container"] = clean(film.format.name, 60)
    if film.streams.video:
        moving = film.streams.video[0]
        facts["codec"] = clean(moving.codec_context.name, 40) if moving.codec_context else None
        facts["width"], facts["height"] = moving.width, moving.height
        facts["frames"] = moving.frames or None
        facts["frame_rate"] = round(float(moving.average_rate), 3) if moving.average_rate else None
    if film.streams.audio:
        sound = film.streams.audio[0]
        facts["audio_codec"] = clean(sound.codec_context.name, 40) if sound.codec_context else None
        facts["sample_rate"] = sound.sample_rate
        facts["channels"] = sound.channels
    seconds = film.duration / 1_000_000 if film.duration else _counted(film, enough)
    if seconds is not None and not 0 <= seconds <= LONGEST_FILM:
        finding.marks.add("damaged")
        seconds = None
    facts["duration_s"] = round(seconds, 3) if seconds is not None else None


def _counted(film: InputContainer, enough: Enough) -> float | None:
    """The end of the last packet: browsers write films that do not say how long they are."""
    last = None
    for number, packet in enumerate(film.demux()):
        if packet.pts is not None and packet.time_base:
            end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
            last = end if last is None else max(last, end)
        if number > COUNTED or (number % 256 == 0 and enough()):
            break
    film.seek(0)
    return last


def _stills(film: InputContainer, stream: VideoStream, finding: Finding, enough: Enough) -> None:
    """Up to STILLS pictures at even distances, fewer when the time for them is over."""
    decoder = stream.codec_context
    if decoder is None or decoder.name not in MOVING:
        return
    if stream.width * stream.height > PIXELS:
        finding.marks.add("huge-picture")
        return
    stream.thread_type = "NONE"
    decoder.thread_count = 1
    # The size in the header of the container is not the one that the decoder obeys.
    decoder.options = {"max_pixels": str(PIXELS)}
    seconds = finding.facts.get("duration_s")
    count = min(STILLS, max(1, int(seconds))) if seconds else 1
    seen: set[float] = set()
    for place in range(count):
        if enough():
            return
        target = (place + 0.5) * seconds / count if seconds else 0.0
        still = _still(film, stream, target)
        if still and still[0] not in seen:
            seen.add(still[0])
            finding.previews += pictures.previews(still[1], at_s=round(still[0], 3))
    if not seen:
        finding.marks.add("damaged")


def _still(film: InputContainer, stream: VideoStream, target: float) -> tuple[float, Image.Image] | None:
    """The second and the picture of the frame at `target`, or of the last one reached in time."""
    until = time.monotonic() + STILL_SECONDS
    reached: av.VideoFrame | None = None
    try:
        if target:
            film.seek(int(target * 1_000_000), backward=True)
        for number, packet in enumerate(film.demux(stream)):
            for frame in packet.decode():
                reached = frame
                if frame.time is None or frame.time >= target:
                    return _pictured(frame)
            if number > PACKETS or (reached and time.monotonic() > until):
                break
    except (av.error.FFmpegError, ValueError):
        # A hole in the film: what was decoded before it is shown.
        pass
    return _pictured(reached) if reached else None


def _pictured(frame: av.VideoFrame) -> tuple[float, Image.Image]:
    scale = min(1.0, pictures.LONGEST / max(frame.width, frame.height))
    size = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    picture: Image.Image = frame.to_image(width=size[0], height=size[1], threads=1)  # type: ignore[no-untyped-call]
    upright = picture.rotate(frame.rotation, expand=True) if frame.rotation else picture
    return float(frame.time or 0.0), upright
