"""`request.holder`: the keys this request may use, and forgets with it. A session left alone ends."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from resguardo.people.commands import remember_key, sign_out
from resguardo.people.queries import KEY_COOKIE, SEEN, holder

GRAIN = 60


class UnlockedKeys:
    """Opens keys for the institutions' pages only; her pages have no session at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.holder, request.left_alone = None, False
        if KEY_COOKIE in request.COOKIES:
            request.left_alone = self.left_alone(request)
            request.holder = None if request.left_alone else holder(request)
        response = self.get_response(request)
        remember_key(request, response, secure=settings.HTTPS)
        return response

    def left_alone(self, request: HttpRequest) -> bool:
        """End the session if nobody used it for too long; otherwise note, once a minute, that it is used."""
        seen, now = request.session.get(SEEN), int(time.time())
        if seen is None:
            return False
        if now - seen > settings.IDLE_MINUTES * 60:
            sign_out(request)
            return True
        if now - seen > GRAIN:
            request.session[SEEN] = now
        return False
