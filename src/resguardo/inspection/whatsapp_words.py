"""The words that WhatsApp itself writes into an export, in Spanish and English, and what they stand for.

On iOS the application writes the hidden mark U+200E before its own words, so a person who types them can
be told apart; on Android nothing tells them apart. What is not in these tables stays a message.
Source: wordings seen in Spanish exports and in the tables of public parsers of them;
github.com/AyazKhuraishi/whatsapp-export-inconsistencies for what each system writes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})\.?", re.IGNORECASE)


LONGEST = 500
"""Characters of a line of the application, at most; longer texts are a person's and are not searched."""

OMITTED_WORDS = (
    r"<\s?(?:multimedia omitido|archivo omitido|media omitted)\s?>|"
    r"(?:imagen|nota de voz|nota de video|tarjeta de contacto) omitida|"
    r"(?:video|audio|sticker|documento|gif|videomensaje|archivo adjunto|contacto) omitido|"
    r"(?:image|video|audio|sticker|document|gif|video note|contact card) omitted"
)
OMITTED = _whole(OMITTED_WORDS)
OMITTED_BEHIND_MARK = re.compile(rf"\u200e(?:{OMITTED_WORDS})\s*$", re.IGNORECASE | re.MULTILINE)
CONTACT_OMITTED = re.compile(r"(?:tarjeta de contacto|contacto|contact card) omit", re.IGNORECASE)
ATTACHED_IOS = re.compile(r"<(?:adjunto|attached):\s?([^<>\n]+)>", re.IGNORECASE)
ATTACHED_ANDROID = re.compile(r"(\S[^\n]*?) \((?:archivo adjunto|file attached)\)", re.IGNORECASE)
EDITED = re.compile(
    r"<\s?(?:se edit[óo] este mensaje|este mensaje fue editado|this message was edited)\.?\s?>\s*$",
    re.IGNORECASE,
)
DELETED = _whole(
    r"(?:se elimin[óo] este mensaje|eliminaste este mensaje|este mensaje (?:fue eliminado|se elimin[óo])|"
    r"this message was deleted|you deleted this message)(?: (?:por|como|by|as) [^\n]{1,80})?"
)
VIEW_ONCE = _whole(
    r"(?:recibiste|enviaste) (?:un mensaje|una foto|un video) de visualizaci[óo]n [úu]nica.*|"
    r"(?:mensaje|foto|video|mensaje de voz) de visualizaci[óo]n [úu]nica(?: omitid[oa])?|"
    r"you (?:received|sent) a view once (?:message|photo|video).*|view once (?:photo|video|voice message)"
)
WAITING = re.compile(r"esperando este mensaje|waiting for this message", re.IGNORECASE)
MISSED = _whole(
    r"(?:video)?llamada(?: de voz| de video| de grupo| grupal)* perdida"
    r"(?: a las? [0-9: .apm\s]{4,14})?(?:[.,] ?(?:toca|haz clic|pulsa)[^\n]{0,60})?|"
    r"missed (?:voice |video |group )*call(?: at [0-9: .apm\s]{4,14})?(?:[.,] ?(?:tap|click)[^\n]{0,60})?"
)
CALL = _whole(r"(?:(?:video)?llamada|voice call|video call)(?: de voz| de video| grupal)*(?:[.,] .{1,80})?")
MAP = re.compile(r"(?:^|:) ?https?://maps\.google\.com/\?q=-?[0-9.]+,-?[0-9.]+$", re.MULTILINE)
LIVE = _whole(r"ubicaci[óo]n en tiempo real compartida|live location shared")
POLL = re.compile(r"(?:encuesta|poll):\s*\n", re.IGNORECASE)

NOTICE = re.compile(
    r"(?:🔒 ?)?(?:los mensajes y las llamadas est[áa]n cifrados de extremo a extremo|"
    r"las llamadas y los mensajes (?:enviados )?(?:en|a) este (?:chat|grupo) est[áa]n|"
    r"los mensajes que env[íi]es a este (?:chat|grupo) y las llamadas|"
    r"este chat es con (?:una|la) cuenta de empresa|"
    r"messages and calls are end-to-end encrypted|messages you send to this (?:chat|group) and calls|"
    r"this chat is with a business account)",
    re.IGNORECASE,
)
EVENTS = re.compile(
    r"\b(?:cre[óo]|creaste) (?:el|este) grupo|"
    r"\b(?:se uni[óo]|te uniste|se unieron)\b|"
    r"\b(?:te )?(?:a[ñn]adi[óo]|agreg[óo])\b|\b(?:a[ñn]adiste|agregaste) a |"
    r"\b(?:sali[óo]|saliste)(?: del grupo)?\.?$|"
    r"\b(?:elimin[óo]|eliminaste) a |\bte elimin[óo]\.?$|"
    r"\bcambi(?:[óo]|aste) (?:el|la|las|los|su|tu|de|a)\b|"
    r"c[óo]digo de seguridad|mensajes temporales|"
    r"\b(?:eres|es|son) (?:ahora )?admin|\bahora (?:eres|es|son) admin|"
    r"\b(?:des)?bloqueaste (?:a )?este contacto|\bfij[óo] un mensaje|\bfijaste un mensaje|"
    r"\binici(?:[óo]|aste) una (?:video)?llamada|"
    r"\bcreated (?:this )?group|\bjoined(?: using|$)|\badded\b|\bleft$|\bremoved\b|"
    r"\bchanged (?:the|this|their|to)\b|security code|disappearing messages|\bnow an admin|"
    r"\b(?:un)?blocked this contact|\bpinned a message",
    re.IGNORECASE,
)
EVENT_WITH_WORDS = re.compile(
    r"\bcambi(?:ó|aste) (?:el asunto|el nombre|la descripción)|\bcre(?:ó|aste) el grupo|"
    r"\bchanged the (?:subject|group name|group description)|\bcreated group"
)
"""Events that quote words of a person, in which a ": " may stand that ends no name."""


@dataclass(frozen=True)
class Meaning:
    """What one message is; `text` is without the tag of an edit."""

    kind: str
    text: str
    media: tuple[str, ...]
    marks: tuple[str, ...]


def is_event(rest: str) -> bool:
    """Whether what follows the time is an event and not a sender with words."""
    before = rest[:LONGEST].partition(": ")[0]
    return bool(NOTICE.match(rest) or EVENT_WITH_WORDS.search(before))


def without_sender(text: str) -> Meaning:
    """The meaning of a line that names no sender."""
    if MISSED.fullmatch(text) or CALL.fullmatch(text):
        return Meaning("call", text, (), ())
    known = NOTICE.match(text) or EVENTS.search(text[:LONGEST])
    return Meaning("system", text, (), () if known else ("unknown-system-line",))


def with_sender(text: str, raw: str, *, ios: bool, hidden_mark: bool, marks_in_file: bool) -> Meaning:
    """The meaning of what a sender is written down as having said.

    `hidden_mark` says that the text begins with a mark of direction, `marks_in_file` that any text does.
    """
    marks = []
    if tag := EDITED.search(text):
        marks.append("edited")
        text = text[: tag.start()].rstrip()
    kind, media, own_words = _kind(text, raw, ios, hidden_mark)
    if not media and kind in ("media", "contact"):
        marks.append("media-omitted")
    if own_words and ios and marks_in_file and not hidden_mark:
        marks.append("may-be-typed")
    if kind == "message":
        if not text.strip():
            marks.append("empty-text")
        elif text == "null":
            marks.append("null-text")
        elif WAITING.match(text):
            marks.append("waiting")
    return Meaning(kind, text, media, tuple(marks))


def _kind(text: str, raw: str, ios: bool, hidden_mark: bool) -> tuple[str, tuple[str, ...], bool]:
    """The kind, the names of files, and whether the whole text is words of the application."""
    media = tuple(name.strip() for name in ATTACHED_IOS.findall(text))
    if not media and (named := ATTACHED_ANDROID.fullmatch(text.partition("\n")[0])):
        media = (named[1],)
    if media:
        return "contact" if media[0].lower().endswith(".vcf") else "media", media, False
    lines = text.split("\n")
    if any(OMITTED.fullmatch(line.strip()) for line in (lines[0], lines[-1])):
        return "contact" if CONTACT_OMITTED.search(text) else "media", (), len(lines) == 1
    if OMITTED_BEHIND_MARK.search(raw):
        return "contact" if CONTACT_OMITTED.search(text) else "media", (), False
    for kind, pattern in (("deleted", DELETED), ("view-once", VIEW_ONCE), ("call", MISSED)):
        if pattern.fullmatch(text):
            return kind, (), True
    if MAP.search(text) or LIVE.fullmatch(text):
        return "location", (), False
    if POLL.match(text):
        return "poll", (), False
    if ios and hidden_mark and CALL.fullmatch(text):
        return "call", (), True
    # On iOS these come under the name of the chat or of who did it; on Android they name no sender.
    event = ios and hidden_mark and "\n" not in text and len(text) <= LONGEST and EVENTS.search(text)
    if event or (ios and NOTICE.match(text)):
        return "system", (), False
    return "message", (), False
