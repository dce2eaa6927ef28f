"""Fails when a model changed and its migration was forgotten: python -m tests.migrations."""

from __future__ import annotations

import django
from django.core.management import call_command

import tests.environment  # noqa: F401  (sets the data folder before the settings are read)

django.setup()
call_command("makemigrations", check=True, dry_run=True)
