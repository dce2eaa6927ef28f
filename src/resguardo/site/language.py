"""Which language a page is in: chosen by a link, remembered in a plain cookie only after that choice.

No cookie before she chooses, no language in the path, and nothing about her in it.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation

COOKIE = "l"
KNOWN = {code for code, _ in settings.LANGUAGES}


class ChosenLanguage:
    """`?lang=en` answers with the page in that language, and a cookie that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("lang") if request.method == "GET" else None
        if asked in KNOWN:
            rest = request.GET.copy()
            rest.pop("lang")
            address = f"{request.path}?{rest.urlencode()}" if rest else request.path
            response: HttpResponse = HttpResponseRedirect(address)
            response.set_cookie(COOKIE, asked, samesite="Strict", httponly=True, secure=settings.HTTPS)
            return response
        chosen = request.COOKIES.get(COOKIE)
        language = chosen if chosen in KNOWN else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response
