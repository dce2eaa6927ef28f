"""Makes this room's jobs known when Django starts."""

from django.apps import AppConfig


class ReportConfig(AppConfig):
    name = "resguardo.report"

    def ready(self) -> None:
        from resguardo.report import papers  # noqa: F401
