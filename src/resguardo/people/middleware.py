"""`request.holder`: the keys this request may use, and forgets with it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from resguardo.people.commands import remember_key
from resguardo.people.queries import KEY_COOKIE, holder


class UnlockedKeys:
    """Opens keys for the institutions' pages only; her pages have no session at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.holder = holder(request) if KEY_COOKIE in request.COOKIES else None
        response = self.get_response(request)
        remember_key(request, response, secure=settings.HTTPS)
        return response
