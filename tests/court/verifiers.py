"""The three verifiers side by side: ours, the shell's, and the offline page in a real Chromium."""

from __future__ import annotations

import re
import stat
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from resguardo.court.bag import BagError
from resguardo.court.verify import verify

COURT = Path(__file__).parents[2] / "src/resguardo/court"
VALID = ""


class Clerk:
    """Somebody at a desk with a browser and no internet. Runs on a thread of its own, as Playwright wants."""

    def __init__(self) -> None:
        self._desk = ThreadPoolExecutor(1)
        self._desk.submit(self._open).result()

    def _open(self) -> None:
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        self.page = self._browser.new_page(viewport={"width": 1280, "height": 800})
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto((COURT / "verify.html").as_uri())

    def do(self, act: Any) -> Any:
        """Run `act(page)` at the desk."""
        return self._desk.submit(lambda: act(self.page)).result()

    def verify(self, bag: Path, key: str) -> str:
        """The check that failed; VALID when none did."""

        def act(page: Any) -> str:
            page.fill("#key", "")
            page.evaluate("document.body.dataset.verdict = ''")
            page.set_input_files("#file", [])
            page.evaluate("k => { document.getElementById('key').value = k }", key)
            page.set_input_files("#file", str(bag))
            page.wait_for_selector(
                ", ".join(f"body[data-verdict={word}]" for word in ("good", "bad", "none"))
            )
            return str(page.evaluate("document.body.dataset.failed"))

        return str(self.do(act))

    def leave(self) -> None:
        def close() -> None:
            self._browser.close()
            self._playwright.stop()

        self._desk.submit(close).result()
        self._desk.shutdown()


def zipped(folder: Path) -> Path:
    """The bag in `folder` as a ZIP beside it; a link stays a link."""
    out = folder.parent / f"{folder.name}-again.zip"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder.parent).as_posix()
            if path.is_symlink():
                about = zipfile.ZipInfo(name, (2026, 11, 25, 0, 0, 0))
                about.external_attr = (stat.S_IFLNK | 0o777) << 16
                archive.writestr(about, str(path.readlink()))
            elif path.is_file():
                archive.write(path, name)
    return out


def by_python(bag: Path, key: str) -> str:
    try:
        return verify(bag, key).failed
    except BagError:
        return "bag"


def by_shell(bag: Path, key: str, *before: str) -> str:
    """The check that the shell's verifier names, of a folder or a ZIP: today's script."""
    line = [*before, "sh", str(COURT / "verify.sh"), "--lang", "en", "--key", key, str(bag)]
    ran = subprocess.run(line, capture_output=True, text=True)
    if ran.returncode == 2:
        return "bag"
    found = re.search(r"NOT VALID: (\w+)\.", ran.stdout)
    assert (ran.returncode == 1) == bool(found), ran.stdout + ran.stderr
    return found[1] if found else VALID


def verdicts(bag: Path, key: str, clerk: Clerk) -> dict[str, str]:
    """What each verifier says of `bag`, a ZIP or a folder, by its name; all want to be equal."""
    whole = bag if bag.is_file() else zipped(bag)
    said = {
        "python": by_python(whole, key),
        "shell": by_shell(whole, key),
        "page": clerk.verify(whole, key),
    }
    if bag.is_dir():
        said |= {"python, folder": by_python(bag, key), "shell, folder": by_shell(bag, key)}
    return said
