"""What every command needs: Django on a data folder, and an end with a sentence."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click


def django(data: str | None = None) -> None:
    """Start Django on the data folder `data` (or the one the environment names)."""
    if data:
        os.environ["RESGUARDO_DATA"] = str(Path(data).resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "resguardo.site.settings")
    import django as library

    library.setup()


def migrate() -> None:
    """Bring the database to today's tables."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def stop(text: str, code: int = 1) -> None:
    """Say what is wrong and end."""
    click.echo(text, err=True)
    sys.exit(code)
