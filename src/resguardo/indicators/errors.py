"""Why a figure is not shown, in words for whoever asked."""

from __future__ import annotations

from resguardo.core.errors import ResguardoError


class FiguresError(ResguardoError):
    """A figure cannot be shown."""

    code = "figures"


class NoFigures(FiguresError):
    """Nothing was counted or published yet."""

    code = "no-figures"


class NotAsked(FiguresError):
    """The address asks for what does not exist, or for what may not be shown."""

    code = "not-asked"
