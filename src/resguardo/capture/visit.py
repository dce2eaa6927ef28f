"""The visit of a page: opened, left to load, scrolled, stopped, read and photographed, each in its time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from playwright.async_api import Error as PlaywrightError

from resguardo.capture.browser import HEIGHT, WIDTH, Document, Tab, chromium
from resguardo.capture.errors import SENTENCES, NotArchived
from resguardo.capture.identify import Metadata, wall
from resguardo.capture.limits import Limits
from resguardo.capture.proxy import Proxy
from resguardo.capture.record import Clock

# Getters of the prototype: a form named "title" hides document.title, even from a world of our own.
_FACTS = """(() => {
    const of = (name) => Object.getOwnPropertyDescriptor(Document.prototype, name).get.call(document);
    const all = (which) => [...Document.prototype.querySelectorAll.call(document, which)];
    const cut = (text, most) => String(text ?? "").slice(0, most);
    const root = of("documentElement");
    return {
        title: cut(of("title"), 500),
        text: cut(root && root.innerText, 200000),
        images: all("img, video, canvas, svg, object, embed").length,
        width: root ? root.scrollWidth : 0,
        height: root ? root.scrollHeight : 0,
        canonical: cut(all("link[rel=canonical]").map((link) => link.href)[0], 4000),
        properties: all("meta").slice(0, 200).map((meta) => [
            cut(meta.getAttribute("property") || meta.name || meta.getAttribute("itemprop"), 100),
            cut(meta.content, 4000),
        ]),
        linked: all('script[type="application/ld+json"]').slice(0, 20).map((tag) => cut(tag.text, 200000)),
    };
})()"""
_HEIGHT = "document.documentElement ? document.documentElement.scrollHeight : 0"


@dataclass(frozen=True)
class Facts:
    """What the page says when it is asked; `width` and `height` in CSS pixels."""

    title: str
    text: str
    images: int
    width: int
    height: int
    metadata: Metadata


@dataclass(frozen=True)
class Seen:
    """A visit that ended well: where, through what documents (the page is the last), when, what to note."""

    address: str
    documents: tuple[Document, ...]
    facts: Facts
    at: datetime
    notes: frozenset[str]


async def visit(address: str, work: Path, limits: Limits, proxy: Proxy, now: Clock) -> Seen:
    """See the page at `address`; page.png and page.pdf are in `work` unless the notes say otherwise.

    Raises NotArchived when what came is not the page.
    """
    # asyncio would log what playwright's abandoned calls died of, and their texts hold the address.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    try:
        async with asyncio.timeout(limits.seconds), chromium(work, proxy.port, proxy.pin, limits) as tab:
            return await _see(tab, address, work, limits, proxy, now)
    except TimeoutError:
        raise NotArchived("too-slow") from None
    except PlaywrightError:
        raise NotArchived("crashed") from None


async def _see(tab: Tab, address: str, work: Path, limits: Limits, proxy: Proxy, now: Clock) -> Seen:
    try:
        await tab.open(address, limits.load_seconds)
    except PlaywrightError:
        # What failed is told a moment after that it failed.
        await _until(lambda: tab.downloaded, 0.3)
        raise NotArchived(_why(tab, proxy, address)) from None
    await _settle(tab, proxy, limits)
    _judge(tab, proxy, await _facts(tab))
    await _scroll(tab, proxy, limits)
    await tab.freeze()
    facts = await _facts(tab)
    documents = _judge(tab, proxy, facts)
    at = now()
    width, height = max(WIDTH, min(facts.width, 2 * WIDTH)), max(HEIGHT, min(facts.height, limits.height))
    await _write(tab, work / "page.png", lambda: tab.png(width, height, limits.shot_seconds), "no-screenshot")
    await _write(tab, work / "page.pdf", lambda: tab.pdf(limits.shot_seconds), "no-pdf")
    if len(tab.documents) != len(documents):
        tab.notes.add("moved")
    if tab.downloaded:
        tab.notes.add("download-refused")
    return Seen(tab.url, documents, facts, at, frozenset(tab.notes))


async def _settle(tab: Tab, proxy: Proxy, limits: Limits) -> None:
    """Wait until the page has loaded and asks for nothing more; again when it went on to another address."""
    over = time.monotonic() + limits.load_seconds
    known = 0
    while len(tab.documents) != known and (left := over - time.monotonic()) > 0:
        known = len(tab.documents)
        if not await tab.load(left):
            tab.notes.add("cut-load")
        await _until(lambda: proxy.quiet() > 0.5, limits.quiet_seconds)


async def _scroll(tab: Tab, proxy: Proxy, limits: Limits) -> None:
    """Go down screen by screen for what loads on sight, and back to the top."""
    over = time.monotonic() + limits.scroll_seconds
    top = 0
    for _ in range(limits.screens):
        height = await tab.ask(_HEIGHT)
        if not isinstance(height, int) or top + HEIGHT >= height:
            break
        top += HEIGHT
        if top >= limits.height or time.monotonic() > over:
            tab.notes.add("cut-endless")
            break
        await tab.ask(f"scrollTo({{top: {top}, behavior: 'instant'}})")
        await asyncio.sleep(0.15)
        await _until(lambda: proxy.quiet() > 0.2, 1.5)
    else:
        tab.notes.add("cut-endless")
    await tab.ask("scrollTo({top: 0, behavior: 'instant'})")
    await _until(lambda: proxy.quiet() > 0.5, limits.quiet_seconds)


async def _facts(tab: Tab) -> Facts:
    said = await tab.ask(_FACTS)
    if not isinstance(said, dict):
        raise NotArchived("crashed")
    metadata = Metadata(said["canonical"], dict(reversed(said["properties"])), tuple(said["linked"]))
    return Facts(said["title"], said["text"], said["images"], said["width"], said["height"], metadata)


def _judge(tab: Tab, proxy: Proxy, facts: Facts) -> tuple[Document, ...]:
    """The documents up to now, the last being the page. Raises NotArchived when it is not."""
    documents = tuple(tab.documents)
    if tab.url.startswith("chrome-error:") or not documents:
        raise NotArchived(_why(tab, proxy, tab.failed))
    code = wall(documents[-1].status, tab.url, facts.title, facts.text, facts.images)
    if code:
        raise NotArchived(code)
    return documents


def _why(tab: Tab, proxy: Proxy, address: str) -> str:
    if tab.downloaded:
        return "not-a-page"
    code = proxy.why(tab.failed) or proxy.why(address)
    return code if code in SENTENCES else "unreachable"


async def _write(tab: Tab, path: Path, make: Callable[[], Awaitable[bytes]], otherwise: str) -> None:
    try:
        path.write_bytes(await make())
    except (TimeoutError, PlaywrightError):
        tab.notes.add(otherwise)


async def _until(test: Callable[[], bool], seconds: float) -> None:
    over = time.monotonic() + seconds
    while not test() and time.monotonic() < over:
        await asyncio.sleep(0.05)
