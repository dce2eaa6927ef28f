"""Draw the route in three states into docs/images, as pictures and on A4: python scripts/pictures.py.

Needs Debian's chromium. The states are those of the tests of the drawing.
"""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "resguardo.site.settings")
os.environ.setdefault("RESGUARDO_DATA", tempfile.mkdtemp())

from playwright.sync_api import sync_playwright

from resguardo.core.stories import BEGINS
from resguardo.work.drawing import draw
from tests.work.test_drawing import GUATEMALA, ROUTE, state_of

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
PAGE = (
    "<style>@page{size:A4 landscape;margin:8mm}body{margin:0}"
    "@media print{svg{width:auto;height:192mm}}</style>"
)

with sync_playwright() as play:
    browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    for name, hours in (("fresh", 1), ("late", 36), ("closed", 80)):
        now = BEGINS.astimezone(GUATEMALA) + timedelta(hours=hours)
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.set_content(PAGE + draw(ROUTE, state_of(name), now, "es"))
        page.screenshot(path=IMAGES / f"route-{name}.png", full_page=True)
        page.pdf(path=IMAGES / f"route-{name}.pdf", prefer_css_page_size=True)
    browser.close()
