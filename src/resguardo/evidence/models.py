"""Sealed items: where the bytes are, and under which key. Names, notes and types are sealed records."""

from __future__ import annotations

import uuid

from django.db import models

from resguardo.cases.models import Case, GroupKey


class Item(models.Model):
    """One sealed file: an age file to a key pair of its own, which never changes for life.

    Until she sends her report it belongs to no case, and only her draft knows its key; then `wrap` holds
    that key, wrapped to `key`, a generation of the case's evidence group. `derived_from` is the original
    of a covered copy; `looked_at` is when its stored bytes were last found whole, or found `damaged`.
    `sealed_blake3` is from its sealing, empty for an item of an older version; `sealed_sha256` was found when
    it was first read back, and is empty until then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="items")
    key = models.ForeignKey(GroupKey, null=True, on_delete=models.PROTECT)
    wrap = models.BinaryField(null=True)
    recipient = models.CharField(max_length=70)
    sealed_size = models.PositiveBigIntegerField()
    sealed_blake3 = models.CharField(max_length=64, default="")
    sealed_sha256 = models.CharField(max_length=64, default="")
    received_at = models.DateTimeField()
    derived_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="derived")
    looked_at = models.DateTimeField(null=True)
    damaged = models.BooleanField(default=False)

    class Meta:
        ordering = ["received_at"]
        indexes = [
            models.Index(fields=["received_at"], name="item_of_draft", condition=models.Q(case=None)),
            models.Index(fields=["looked_at"], name="item_by_look"),
        ]


class Upload(models.Model):
    """A file that arrives in pieces; `offset` bytes of `size` are here. Her draft or visit has the key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    recipient = models.CharField(max_length=70)
    size = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    declared_sha256 = models.CharField(max_length=64, default="")
    expires = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires"], name="upload_ends")]


class Piece(models.Model):
    """Some bytes of an upload, from `start` on: a sealed object of its own."""

    id = models.UUIDField(primary_key=True)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pieces")
    start = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("upload", "start", name="one_piece_a_place")]


class Errand(models.Model):
    """What the worker must open for one job: an item's key or an address, sealed to the worker alone.

    It is deleted in the transaction that keeps the job's result.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="errands")
    item = models.ForeignKey(Item, null=True, on_delete=models.CASCADE, related_name="errands")
    kind = models.CharField(max_length=16)
    sealed = models.BinaryField()
    tries = models.PositiveSmallIntegerField(default=0)
