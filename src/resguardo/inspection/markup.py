"""The words of an HTML text, and whether it would fetch anything; nothing of it is run, shown or fetched."""

from __future__ import annotations

import re
from html.parser import HTMLParser

LIMIT = 4 * 2**20
UNSEEN = {"script", "style", "head", "title", "template", "noscript"}
BREAKS = {"br", "p", "div", "tr", "li", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
REMOTE = re.compile(
    r"<[^<>]{1,2000}\b(?:src|background|srcset|poster)\s*=\s*[\"']?\s*(?:https?:)?//|"
    r"url\(\s*[\"']?\s*(?:https?:)?//|<link\b[^<>]{1,2000}\bhref\s*=\s*[\"']?\s*(?:https?:)?//",
    re.IGNORECASE,
)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self.unseen += 1
        elif tag in BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN and self.unseen:
            self.unseen -= 1
        elif tag in BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)


def words_of(html: str) -> str:
    """The words of `html` in lines, without tags; the first 4 Mi characters are read."""
    words = _Words()
    words.feed(html[:LIMIT])
    words.close()
    lines = [" ".join(line.split()) for line in "".join(words.parts).split("\n")]
    return "\n".join(line for line in lines if line)


def would_fetch(html: str) -> bool:
    """Whether showing `html` would ask a server for something, and so tell the sender that it was read."""
    return bool(REMOTE.search(html[:LIMIT]))
