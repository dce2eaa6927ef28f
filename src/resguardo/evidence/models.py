"""Sealed items: where the bytes are, and under which key. Names, notes and types are sealed records."""

from __future__ import annotations

import uuid

from django.db import models

from resguardo.cases.models import Case, GroupKey


class Item(models.Model):
    """One sealed file: an age file to a key pair of its own, which never changes for life.

    Until she sends her report it belongs to no case, and only her draft knows its key; then `wrap` holds
    that key, wrapped to `key`, a generation of the case's evidence group.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="items")
    key = models.ForeignKey(GroupKey, null=True, on_delete=models.PROTECT)
    wrap = models.BinaryField(null=True)
    recipient = models.CharField(max_length=70)
    sealed_size = models.PositiveBigIntegerField()
    sealed_sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["received_at"]
        indexes = [
            models.Index(fields=["received_at"], name="item_of_draft", condition=models.Q(case=None)),
        ]
