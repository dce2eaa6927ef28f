"""The only way out that Chromium has: a proxy that guards every request and records every exchange.

It ends TLS towards Chromium with a key made for one capture, which Chromium knows by its pin, and speaks
TLS of its own to the site, whose certificate it checks; so what is recorded is what the site sent, not
what the page's scripts tell. One exchange a connection, HTTP/1.1, gzip at most: that can be measured.
What cannot be fetched is answered to Chromium with 204, which leaves the page as it was (RFC 9110,
15.3.5): a hostile page cannot end its own capture by walking into a wall.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from resguardo.capture.errors import Refused
from resguardo.capture.guard import PORTS, Guard, Target, origin
from resguardo.capture.limits import Limits
from resguardo.capture.record import Block, Certificate, Exchange, Recorder, whole
from resguardo.capture.upstream import Gauge, connect, request
from resguardo.capture.wire import Broken, Head, Stream, body, parse_target

_TRUNCATED = {"blocked-size": "length", "blocked-encoding": "unspecified", "blocked-time": "time"}
