"""Makes this room's jobs known when Django starts."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "resguardo.indicators"

    def ready(self) -> None:
        from resguardo.indicators import snapshot  # noqa: F401
