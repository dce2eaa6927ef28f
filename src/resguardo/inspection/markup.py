"""The words of an HTML text, and whether it would fetch anything; nothing of it is run, shown or fetched.

Read in one pass that never goes back: `html.parser` takes quadratic time on texts made to hurt it.
Source: the HTML standard, 13.2.5 (tokenization), as much of it as words need.
"""

from __future__ import annotations

import html
import re

TAG = re.compile(r"[/!?]?([a-zA-Z][a-zA-Z0-9]{0,20})?")
HIDDEN = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "title")}
BREAKS = {"br", "p", "div", "tr", "li", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
REMOTE = re.compile(
    r"\b(?:src|background|srcset|poster)\s?=[\s\"']{0,9}(?:https?:)?//|url\([\s\"']{0,9}(?:https?:)?//|"
    r"<link\b[^<>]{1,500}\bhref\s?=[\s\"']{0,9}(?:https?:)?//",
    re.IGNORECASE,
)


def words_of(text: str) -> str:
    """The words of the HTML `text` in lines, without tags, comments, scripts and styles."""
    parts, at = [], 0
    last, last_quote, last_comment = text.rfind(">"), text.rfind('"'), text.rfind("-->")
    while (start := text.find("<", at)) >= 0 and start < last:
        parts.append(text[at:start])
        tag = TAG.match(text, start + 1)
        name = (tag[1] or "").lower() if tag else ""
        if text.startswith("<!--", start):
            at = text.find("-->", start) + 3 if start < last_comment else len(text)
        elif tag is None or not tag[0]:
            parts.append("<")
            at = start + 1
        else:
            at = _end_of_tag(text, start, last_quote) + 1
            parts.append("\n" if name in BREAKS else "")
            if name in HIDDEN and text[start + 1] != "/":
                closed = HIDDEN[name].search(text, at)
                at = closed.start() if closed else len(text)
    parts.append(text[at:])
    lines = [" ".join(line.split()) for line in html.unescape("".join(parts)).split("\n")]
    return "\n".join(line for line in lines if line)


def would_fetch(text: str) -> bool:
    """Whether showing the HTML `text` would ask a server for something, and so tell that it was read."""
    return bool(REMOTE.search(text))


def _end_of_tag(text: str, start: int, last_quote: int) -> int:
    """The place of the `>` that ends the tag at `start`; one inside a quoted value does not."""
    end = text.find(">", start)
    if text.count('"', start, end) % 2 and end < last_quote:
        later = text.find(">", text.find('"', end))
        return end if later < 0 else later
    return len(text) if end < 0 else end
