"""Makes this room's jobs known when Django starts."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "resguardo.evidence"

    def ready(self) -> None:
        from resguardo.evidence import capturing, commands, inspecting, keeping, uploads  # noqa: F401
