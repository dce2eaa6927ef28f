"""Makes this room's jobs known when Django starts."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "resguardo.registry"

    def ready(self) -> None:
        from resguardo.registry import following  # noqa: F401
