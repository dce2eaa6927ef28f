"""What the test site answers: whole responses as bytes, or pieces of them for ever."""

from __future__ import annotations

import gzip
import io
import time
import zlib
from collections.abc import Callable, Iterator

from PIL import Image

Answer = bytes | Iterator[bytes]


def said(
    content: bytes | str, kind: str = "text/html; charset=utf-8", status: str = "200 OK", more: str = ""
) -> bytes:
    body = content.encode() if isinstance(content, str) else content
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return said(out.getvalue(), "image/png")


def to(place: str) -> bytes:
    return said("", status="302 Found", more=f"Location: {place}\r\n")


def chunked() -> bytes:
    """As no library would write it: odd spaces, an extension, a trailer."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type:text/css\r\nX-Odd:   two  spaces \r\n"
    body = b"8;note=x\r\nbody{mar\r\n8\r\ngin:0px}\r\n0\r\nX-Trailer: 1\r\n\r\n"
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + body


def endless_bytes(kind: str, first: bytes) -> Iterator[bytes]:
    yield f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: 1073741824\r\n\r\n".encode() + first
    while True:
        yield b"<!-- mas -->" * 5000


def drip() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nContent-Length: 100000\r\n\r\n"
    while True:
        time.sleep(0.2)
        yield b" "


def bomb() -> Iterator[bytes]:
    """Ten gigabytes in ten megabytes."""
    pack = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS + 16)
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\n"
    zeros = bytes(10_000_000)
    for _ in range(1000):
        yield pack.compress(zeros)
    yield pack.flush()


ORDINARY = """<!doctype html><html lang="es"><head><title>Publicación de prueba</title>
<link rel="stylesheet" href="/chunked.css"><link rel="stylesheet" href="/packed.css">
<link rel="canonical" href="http://{self}/publicacion"><meta property="og:url" content="http://otra.test/">
</head><body><h1>Una página pública</h1><p>Texto de la publicación.</p>
<img src="/red.png"><img src="/blue.png?a=%5C&b=\\"></body></html>"""

LAZY_IMAGE = '<img data-src="/lazy-{}.png" style="display:block;margin:600px 0 0;width:40px;height:30px">'

LAZY = """<!doctype html><title>Perezosa</title><body>{images}<script>
const watch = new IntersectionObserver((seen) => seen.forEach((one) => {{
  if (one.isIntersecting && !one.target.src) one.target.src = one.target.dataset.src; }}));
document.querySelectorAll("img").forEach((image) => watch.observe(image));
</script></body>"""

ENDLESS = """<!doctype html><title>Sin fin</title><body><h1>Sin fin</h1><script>
const more = () => {{ for (let i = 0; i < 3; i++) {{
  const p = document.createElement("p"); p.style.height = "600px"; p.textContent = "y otra más";
  document.body.append(p); }} }};
more(); addEventListener("scroll", more);
</script></body>"""

# Everything that does not stop the page from being seen.
HOSTILE = """<!doctype html><html><head><title>Hostil</title>
<link rel="preconnect" href="http://{secret}"><link rel="dns-prefetch" href="//filtra.test">
<link rel="prefetch" href="http://{secret}/prefetch">
<meta http-equiv="refresh" content="1; url=http://{secret}/refresh">
<form name="title" id="title"></form></head><body><p>Texto hostil</p>
<img src="http://{secret}/image"><iframe src="http://{secret}/frame"></iframe>
<iframe src="file:///etc/passwd"></iframe><img src="/endless.png">
<form name="send" method="post" action="http://{secret}/form"><input name="a" value="b"></form>
<a id="file" href="/download" download></a>
<script>
const tried = (act) => {{ try {{ const p = act(); if (p && p.catch) p.catch(() => 0); }} catch {{}} }};
Document.prototype.querySelectorAll = () => {{ throw 1; }};
window.scrollTo = () => {{ while (true); }};
for (const place of ["http://{secret}/secret", "http://127.0.0.1:1/", "http://169.254.169.254/latest/meta-data/",
  "http://localhost/", "http://0x7f.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "https://{secret}/tls",
  "http://intranet.test/", "http://user:pass@{secret}/", "/bomb", "/brotli"])
  tried(() => fetch(place, {{mode: "no-cors"}}));
tried(() => new WebSocket("ws://{secret}/socket"));
tried(() => new WebSocket("wss://{secret}/socket"));
tried(() => new WebSocket("ws://{self}/socket"));
tried(() => new EventSource("http://{secret}/events"));
tried(() => new WebTransport("https://{secret}/transport"));
tried(() => navigator.sendBeacon("http://{secret}/beacon", "x"));
tried(() => navigator.serviceWorker.register("/service.js"));
tried(() => new Worker("/worker.js"));
for (let i = 0; i < 20; i++) tried(() => window.open("http://{self}/popup"));
tried(() => alert("uno")); tried(() => confirm("dos")); tried(() => prompt("tres")); tried(() => print());
addEventListener("beforeunload", (event) => {{ event.preventDefault(); event.returnValue = "no"; }});
setTimeout(() => tried(() => document.getElementById("file").click()), 200);
setTimeout(() => tried(() => document.forms.send.submit()), 400);
setTimeout(() => tried(() => {{ location = "http://{secret}/top"; }}), 600);
</script></body></html>"""

# Apart: gathering its candidates takes longer than the hostile page lasts where nothing holds it back.
WEBRTC = """<!doctype html><title>Llamada</title><p>Texto</p><script>
const peer = new RTCPeerConnection({{iceServers: [{{urls: "stun:{udp}"}},
  {{urls: "turn:{secret}?transport=tcp", username: "a", credential: "b"}}]}});
peer.createDataChannel("x");
peer.createOffer().then((offer) => peer.setLocalDescription(offer));
</script>"""

PACKED = "Content-Encoding: gzip\r\n"
ATTACHED = "Content-Disposition: attachment; filename=a.zip\r\n"

PAGES: dict[str, Callable[[dict[str, str]], Answer]] = {
    "/": lambda links: said(ORDINARY.format(**links)),
    "/publicacion": lambda links: said(ORDINARY.format(**links)),
    "/chunked.css": lambda links: chunked(),
    "/packed.css": lambda links: said(gzip.compress(b"h1 { color: red }"), "text/css", more=PACKED),
    "/red.png": lambda links: picture("red"),
    "/blue.png": lambda links: picture("blue"),
    "/lazy": lambda links: said(LAZY.format(images="".join(map(LAZY_IMAGE.format, range(8))))),
    "/endless": lambda links: said(ENDLESS.format()),
    "/hostile": lambda links: said(HOSTILE.format(**links)),
    "/webrtc": lambda links: said(WEBRTC.format(**links)),
    "/loop": lambda links: said(
        "<title>Bucle</title><p>Antes</p><script>setTimeout(() => { while (true); }, 50)</script>"
    ),
    "/alerts": lambda links: said("<title>Avisos</title><p>Avisos</p><script>while (true) alert(1)</script>"),
    "/heavy": lambda links: endless_bytes("text/html", b"<title>Pesada</title><p>Texto</p>"),
    "/endless.png": lambda links: endless_bytes("image/png", b"\x89PNG"),
    "/drip.css": lambda links: drip(),
    "/slow": lambda links: said('<title>Lenta</title><p>Texto</p><link rel="stylesheet" href="/drip.css">'),
    "/bomb": lambda links: bomb(),
    "/brotli": lambda links: said(b"x", more="Content-Encoding: br\r\n"),
    "/worker.js": lambda links: said("setInterval(() => fetch('/from-worker'), 100)", "text/javascript"),
    "/service.js": lambda links: said("fetch('/from-service')", "text/javascript"),
    "/popup": lambda links: said("<title>Ventana</title><p>ventana</p>"),
    "/hop/1": lambda links: to("/hop/2"),
    "/hop/2": lambda links: said('<meta http-equiv="refresh" content="0; url=/publicacion">'),
    "/to-metadata": lambda links: to("http://169.254.169.254/latest/meta-data/"),
    "/to-secret": lambda links: to("http://{secret}/".format(**links)),
    "/to-file": lambda links: to("file:///etc/passwd"),
    "/login": lambda links: said("<title>Inicia sesión</title><p>Inicia sesión para continuar</p>"),
    "/accounts/login/": lambda links: said("<title>Instagram</title><p>Instagram</p>"),
    "/wall": lambda links: to("/accounts/login/?next=%2Fp%2Fx%2F"),
    "/download": lambda links: said(b"PK", "application/zip", more=ATTACHED),
}  # fmt: skip


def answer(path: str, links: dict[str, str]) -> Answer:
    """The response to `path`: its query is not read."""
    place = path.partition("?")[0]
    if place.startswith("/lazy-"):
        return picture("green")
    if place in PAGES:
        return PAGES[place](links)
    return said("<title>404</title><p>No está</p>", status="404 Not Found")
