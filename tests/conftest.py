"""What every test may ask for: parties with members, a case, a moment."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.persons import NOW, Persons


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def persons(db: None) -> Persons:
    return Persons()


@pytest.fixture(autouse=True, scope="session")
def _light_passwords() -> None:
    """Passwords of tests are derived lightly; the receipt's own derivation is never changed."""
    from django.conf import settings

    from resguardo.core import vault

    vault.PASSWORD_COST.update(time_cost=1, memory_cost=64)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
