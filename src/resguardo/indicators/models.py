"""What was published: a quarter as it stood when it was frozen, which never changes again.

A quarter that grew after it was published would give away, by subtraction, who came late.
"""

from __future__ import annotations

from django.db import models


class Release(models.Model):
    """One quarter of the records that may be counted, as codes in Arrow's file format; never handed out.

    `quarter` is written 2026-T3, by when records were registered. The tables that the public sees are made
    of all releases together (`releases`). `extras` is JSON: figures of the whole country up to that quarter
    that no filter applies to (`whole.extras`).
    """

    quarter = models.CharField(max_length=7, unique=True)
    records = models.PositiveIntegerField()
    rows = models.BinaryField()
    extras = models.TextField(default="{}")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["quarter"]
