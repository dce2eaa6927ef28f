"""A Chromium for one page and no more: no profile before, none after, and no way out but the proxy.

Whatever is asked of the page has a time, because a page may hold its process for ever; its scripts can
then be stopped from outside. Questions are put in a world of our own, where the page's scripts have
changed nothing. Source: Chrome DevTools Protocol, by playwright.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import (
    BrowserContext,
    CDPSession,
    Dialog,
    Download,
    Page,
    Playwright,
    Request,
    Response,
    async_playwright,
)
from playwright.async_api import Error as PlaywrightError

from resguardo.capture.errors import NotArchived
from resguardo.capture.limits import Limits

CHROMIUM = "/usr/bin/chromium"
WIDTH, HEIGHT = 1280, 800
_DOCUMENTS = 100
_ENDING = 5.0
_PAPER = {"paperWidth": WIDTH / 96, "paperHeight": WIDTH / 96 * 2**0.5}

_FLAGS = (
    "--proxy-bypass-list=<-loopback>",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-domain-reliability",
    "--safebrowsing-disable-auto-update",
    "--block-new-web-contents",
    "--js-flags=--max-old-space-size=512",
    "--mute-audio",
    "--disable-gpu",
    # Chromium asks no name server: the proxy resolves, once.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# playwright turns these protections off for tests of sites that are trusted.
_PROTECTIONS = ["--disable-popup-blocking", "--disable-ipc-flooding-protection"]
_PREFERENCES = {
    "safebrowsing": {"enabled": False},
    "net": {"network_prediction_options": 2},
    "search": {"suggest_enabled": False},
    "alternate_error_pages": {"enabled": False},
    "translate": {"enabled": False},
    "credentials_enable_service": False,
}


@dataclass(frozen=True)
class Document:
    """A response to the page's own address: where, and its HTTP status."""

    url: str
    status: int


class Tab:
    """The page. `notes` are codes of what it tried, `documents` all it went through, redirects included.

    `failed` is the last address that it wanted to go to and could not; `downloaded` whether it was a file.
    """

    def __init__(self, page: Page, devtools: CDPSession, limits: Limits) -> None:
        self.notes: set[str] = set()
        self.documents: list[Document] = []
        self.failed = ""
        self.downloaded = False
        self._page, self._devtools, self._limits = page, devtools, limits
        page.on("dialog", self._dialog)
        page.on("download", self._download)
        page.on("response", self._response)
        page.on("requestfailed", self._request_failed)
        page.context.on("page", self._popup)

    @property
    def url(self) -> str:
        return self._page.url

    async def open(self, address: str, seconds: float) -> None:
        """Go to `address`, until its first bytes come. Raises playwright's Error."""
        # A page that has itself printed would keep us from printing it: "already being printed".
        await self._page.add_init_script("window.print = () => {}")
        await self._page.goto(address, wait_until="commit", timeout=seconds * 1000)

    async def load(self, seconds: float) -> bool:
        """Wait until the page says that it is loaded; whether it did."""
        try:
            await self._page.wait_for_load_state("load", timeout=seconds * 1000)
        except PlaywrightError:
            return False
        return True

    async def ask(self, expression: str) -> Any:
        """The value (JSON) of `expression` in a world of our own; the page's scripts are stopped if it hangs.

        Raises TimeoutError when it hangs even so, playwright's Error when the page is gone.
        """
        try:
            return await asyncio.wait_for(self._evaluate(expression), self._limits.answer_seconds)
        except TimeoutError:
            self.notes.add("scripts-stopped")
            await self.freeze()
            return await asyncio.wait_for(self._evaluate(expression), self._limits.answer_seconds)

    async def _evaluate(self, expression: str) -> Any:
        tree = await self._devtools.send("Page.getFrameTree")
        world = await self._devtools.send(
            "Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"]}
        )
        answer = await self._devtools.send(
            "Runtime.evaluate",
            {"expression": expression, "contextId": world["executionContextId"], "returnByValue": True},
        )
        return answer["result"].get("value")

    async def freeze(self) -> None:
        """Stop the page's scripts for good: what is read and photographed from now on is one state."""
        for method, how in (
            ("Runtime.terminateExecution", {}),
            ("Emulation.setScriptExecutionDisabled", {"value": True}),
        ):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._devtools.send(method, how), self._limits.answer_seconds)

    async def png(self, width: int, height: int, seconds: float) -> bytes:
        """A picture of the page from its top (CSS pixels). Raises TimeoutError or playwright's Error."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        how = {"format": "png", "captureBeyondViewport": True, "clip": clip}
        shot = await asyncio.wait_for(self._devtools.send("Page.captureScreenshot", how), seconds)
        return base64.b64decode(shot["data"])

    async def pdf(self, seconds: float) -> bytes:
        """The page as on the screen, on pages of A4's shape. Raises TimeoutError or playwright's Error."""

        async def print_it() -> dict[str, Any]:
            await self._devtools.send("Emulation.setEmulatedMedia", {"media": "screen"})
            return await self._devtools.send("Page.printToPDF", {"printBackground": True, **_PAPER})

        return base64.b64decode((await asyncio.wait_for(print_it(), seconds))["data"])

    async def _dialog(self, dialog: Dialog) -> None:
        self.notes.add("dialogs")
        with contextlib.suppress(PlaywrightError):
            await dialog.dismiss()

    async def _download(self, download: Download) -> None:
        self.downloaded = True
        with contextlib.suppress(PlaywrightError):
            await download.cancel()

    async def _popup(self, popup: Page) -> None:
        self.notes.add("popups")
        with contextlib.suppress(PlaywrightError):
            await popup.close()

    def _is_own(self, request: Request) -> bool:
        try:
            return request.is_navigation_request() and request.frame == self._page.main_frame
        except PlaywrightError:
            return False

    def _response(self, response: Response) -> None:
        if not self._is_own(response.request):
            return
        if response.status in (204, 205):
            self.failed = response.url
        elif len(self.documents) < _DOCUMENTS:
            self.documents.append(Document(response.url.partition("#")[0], response.status))

    def _request_failed(self, request: Request) -> None:
        if self._is_own(request):
            self.failed = request.url


@contextlib.asynccontextmanager
async def chromium(work: Path, port: int, pin: str, limits: Limits) -> AsyncIterator[Tab]:
    """A tab in a fresh Chromium whose profile is in `work`, behind the proxy at `port` with key `pin`.

    Nothing of it runs when this is left. Raises NotArchived, no-browser, when it cannot start.
    """
    home = work / "home"
    home.mkdir()
    # Chromium's sockets need a short path (unix(7)); what else it writes by this name stays in `work`.
    with tempfile.TemporaryDirectory(prefix="c-") as short:
        (Path(short) / "t").symlink_to(home)
        playwright = await async_playwright().start()
        context: BrowserContext | None = None
        group = 0
        try:
            try:
                context = await _launch(playwright, work, Path(short) / "t", port, pin)
                group = await _group(context)
                page = context.pages[0]
                devtools = await context.new_cdp_session(page)
            except PlaywrightError:
                raise NotArchived("no-browser") from None
            yield Tab(page, devtools, limits)
        finally:
            await _end(context, group, playwright.stop())


async def _launch(playwright: Playwright, work: Path, home: Path, port: int, pin: str) -> BrowserContext:
    profile = work / "profile"
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(_PREFERENCES))
    return await playwright.chromium.launch_persistent_context(
        profile,
        executable_path=CHROMIUM,
        headless=True,
        chromium_sandbox=os.geteuid() != 0,
        args=[
            *_FLAGS,
            f"--proxy-server=http://127.0.0.1:{port}",
            f"--ignore-certificate-errors-spki-list={pin}",
        ],
        ignore_default_args=_PROTECTIONS,
        # The server's own environment holds secrets.
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(home), "TMPDIR": str(home)},
        locale="es-GT",
        timezone_id="America/Guatemala",
        viewport={"width": WIDTH, "height": HEIGHT},
        accept_downloads=False,
        service_workers="block",
        permissions=[],
    )


async def _group(context: BrowserContext) -> int:
    """The process group that playwright gave this Chromium."""
    if context.browser is None:
        return 0
    session = await context.browser.new_browser_cdp_session()
    about = await session.send("SystemInfo.getProcessInfo")
    browser = next(one["id"] for one in about["processInfo"] if one["type"] == "browser")
    group = os.getpgid(browser)
    return group if group != os.getpgrp() else 0


async def _end(context: BrowserContext | None, group: int, stop: Any) -> None:
    with contextlib.suppress(PlaywrightError, TimeoutError):
        if context is not None:
            await asyncio.wait_for(context.close(), _ENDING)
    if group:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    with contextlib.suppress(PlaywrightError, TimeoutError):
        await asyncio.wait_for(stop, _ENDING)
