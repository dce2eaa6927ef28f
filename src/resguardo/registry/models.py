"""Records of the register as they stand: derived from the histories of cases, or taken in from an old one.

Values are codes, numbers and dates in the clear, for those who may count; what can point at a person stays
sealed in the case. `Entry` of a case can be dropped and rebuilt.
"""

from __future__ import annotations

from django.db import models

from resguardo.cases.models import Case


class Import(models.Model):
    """One file of an old register that was taken in: its digest, how it was read, what became of its rows."""

    keeper = models.CharField(max_length=40)
    register = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    mapping = models.TextField()
    fresh = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    same = models.PositiveIntegerField()
    by = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]


class Entry(models.Model):
    """One incident. `number` is its case's, or that of the old register `register` of `keeper`.

    `version` is the register's version it was made under, empty while nobody has registered it. `values`,
    `origins`, `stretches` (the steps and how long each was owed) and `acts` (what is counted of its history)
    are JSON. `counted_by` names the parties that may count it, each between spaces. `revision` grows with
    every change of any entry, so that whoever keeps a copy finds what is new.
    """

    case = models.OneToOneField(Case, null=True, on_delete=models.CASCADE, related_name="entry")
    keeper = models.CharField(max_length=40, default="")
    register = models.CharField(max_length=40, default="")
    number = models.CharField(max_length=80)
    version = models.CharField(max_length=40, default="")
    opened_at = models.DateTimeField()
    registered_at = models.DateTimeField(null=True)
    values = models.TextField()
    origins = models.TextField(default="{}")
    stretches = models.TextField(default="[]")
    acts = models.TextField(default="[]")
    counted_by = models.CharField(max_length=200, default="")
    seq = models.PositiveIntegerField(default=0)
    revision = models.PositiveBigIntegerField()
    taken_in = models.ForeignKey(Import, null=True, on_delete=models.PROTECT, related_name="entries")

    class Meta:
        constraints = [models.UniqueConstraint("keeper", "register", "number", name="one_entry_a_number")]
        indexes = [models.Index(fields=["revision"], name="entry_revision")]


class Tide(models.Model):
    """The one row that says how far entries have come: the last revision, and the last event looked at."""

    revision = models.PositiveBigIntegerField(default=0)
    event = models.PositiveBigIntegerField(default=0)


class Draft(models.Model):
    """A record that somebody has not finished: sealed to their party, gone when it is saved."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE)
    party = models.CharField(max_length=40)
    sealed = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("case", "party", name="one_draft_a_party")]
