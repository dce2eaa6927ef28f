"""What stands between us and a page: log-in walls, captchas, pages that are gone.

Platforms answer 200 with a wall, in the language of who asks. Their phrases count only on their own sites
and on pages with little else to read: a post that quotes one is a post, and refusing it would lose it.
Sources: the platforms' own walls, Spanish and English.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from resguardo.capture.platforms import platform

_SHORT = 1500
_VERY_SHORT = 600

_LOGIN_ADDRESS = re.compile(
    r"(?:[a-z0-9-]+\.)*(?:"
    r"instagram\.com/(?:accounts/|challenge(?:/|$))"
    r"|facebook\.com/(?:login|checkpoint|recover)(?:[/.]|$)"
    r"|(?:x|twitter)\.com/(?:i/flow/|login|account/access)"
    r"|tiktok\.com/login"
    r"|accounts\.google\.com/|consent\.(?:youtube|google)\.com/"
    r")"
)
_LOGIN_TITLE = re.compile(
    r"(?:log ?in|sign ?in|sign up|iniciar? sesión|inicia sesión|regístrate)(?: (?:to|en|on|o|or) .{1,40})?"
    r"(?: ?[|•/·–-] ?.{1,40})?"
    r"|(?:facebook|instagram|x|tiktok) ?[|•/·–-] ?(?:log in|inicia sesión|entra).{0,40}"
)
_ROBOT_WORDS = (
    "verify you are human",
    "verify that you are human",
    "i'm not a robot",
    "no soy un robot",
    "verifica que eres un ser humano",
    "confirma que eres una persona",
    "checking your browser",
    "unusual traffic",
    "tráfico inusual",
    "drag the slider",
    "drag the puzzle piece",
    "verify to continue",
    "desliza el control",
    "arrastra la pieza",
    "verificar para continuar",
)
_LOGIN_WORDS = (
    "you must log in to continue",
    "you must be logged in",
    "log in to continue",
    "log in to facebook",
    "log into facebook",
    "log in to instagram",
    "sign in to x",
    "log in to tiktok",
    "debes iniciar sesión",
    "tienes que iniciar sesión",
    "inicia sesión para",
    "inicia sesión en facebook",
    "inicia sesión en instagram",
    "inicia sesión en x",
    "iniciar sesión en facebook",
    "iniciar sesión en instagram",
    "iniciar sesión en x",
)
_GONE_WORDS = (
    "esta página no está disponible",
    "esta página no existe",
    "este contenido no está disponible",
    "este contenido ya no está disponible",
    "esta cuenta no existe",
    "no se pudo encontrar esta cuenta",
    "no pudimos encontrar esta cuenta",
    "cuenta suspendida",
    "este video no está disponible",
    "este video ya no está disponible",
    "este vídeo no está disponible",
    "este vídeo ya no está disponible",
    "video no disponible",
    "vídeo no disponible",
    "es posible que el enlace que seleccionaste esté roto",
    "this page isn't available",
    "this content isn't available",
    "this page doesn't exist",
    "this account doesn't exist",
    "account suspended",
    "couldn't find this account",
    "video currently unavailable",
    "this video isn't available",
    "video unavailable",
    "the link you followed may be broken",
    "page not found",
    "página no encontrada",
)
_DENIED_TITLES = ("access denied", "acceso denegado", "403 forbidden")
_WALLED = {"facebook", "instagram", "tiktok", "x", "youtube"}


def wall(status: int, final_address: str, title: str, text: str, images: int = 0) -> str | None:
    """Why what came is not the page: login-wall, not-found, forbidden, server-error, empty; None if it is.

    `text` is what a person reads on it, `images` the number of pictures and videos it shows.
    """
    return _by_status(status) or _by_words(final_address, title, text) or _by_absence(text, images)


def _by_status(status: int) -> str | None:
    if status in (404, 410):
        return "not-found"
    if status in (401, 407):
        return "login-wall"
    if status >= 500:
        return "server-error"
    return "forbidden" if status >= 400 else None


def _by_words(final_address: str, title: str, text: str) -> str | None:
    try:
        parts = urlsplit(final_address)
        place = f"{parts.hostname or ''}{parts.path}"
    except ValueError:
        place = ""
    if _LOGIN_ADDRESS.match(place):
        return "login-wall"
    heading, words = _plain(title), _plain(text)
    if len(words) > _SHORT:
        return None
    if platform(final_address) in _WALLED:
        for code, phrases in (("not-found", _GONE_WORDS), ("login-wall", _LOGIN_WORDS + _ROBOT_WORDS)):
            if any(phrase in words for phrase in phrases):
                return code
    if _LOGIN_TITLE.fullmatch(heading):
        return "login-wall"
    if len(words) > _VERY_SHORT:
        return None
    if heading.startswith("just a moment") or any(phrase in words for phrase in _ROBOT_WORDS):
        return "login-wall"
    return "forbidden" if any(heading.startswith(phrase) for phrase in _DENIED_TITLES) else None


def _by_absence(text: str, images: int) -> str | None:
    return None if images or text.strip() else "empty"


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())
