"""Drafts and visits: a ciphertext here, its key only in her cookie."""

from __future__ import annotations

from django.db import models


class Paper(models.Model):
    """What she has written so far, or the key of her visit; unreadable without her cookie."""

    id = models.CharField(primary_key=True, max_length=32)
    kind = models.CharField(max_length=6)
    sealed = models.BinaryField()
    touched_at = models.DateTimeField(db_index=True)
