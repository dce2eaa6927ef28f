"""Makes this room's jobs known when Django starts."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "resguardo.cases"

    def ready(self) -> None:
        from resguardo.cases import anchoring, deadlines, log, stamping, witnessing  # noqa: F401
