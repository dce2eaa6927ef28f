"""Loaded before Django's settings: the tests never touch ./data, and may run on a PostgreSQL of their own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

DATA = tempfile.mkdtemp(prefix="resguardo-tests-")
os.environ["RESGUARDO_DATA"] = DATA
os.environ["RESGUARDO_SECOND_FACTOR"] = "optional"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "resguardo.site.settings")
atexit.register(shutil.rmtree, DATA, ignore_errors=True)

if os.environ.get("RESGUARDO_TEST_ON") == "postgresql":
    from tests.postgresql import started

    os.environ["RESGUARDO_DATABASE"] = started()
else:
    os.environ.pop("RESGUARDO_DATABASE", None)
