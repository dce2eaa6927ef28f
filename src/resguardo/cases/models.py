"""A case, its history, and what is derived from it.

`Event` is the truth. `Owed` and `Grant` follow from folding the history and can be rebuilt (a grant's
wrap only by somebody who holds the key). Nothing here names a person or holds words in the clear.
"""

from __future__ import annotations

import uuid

from django.db import models


class Case(models.Model):
    """One report and all that follows. `number` is the pseudonym that histories and people use."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=16, unique=True)
    route = models.CharField(max_length=40)
    nature = models.CharField(max_length=12)
    locator = models.CharField(max_length=32, unique=True)
    receipt_recipient = models.CharField(max_length=70)
    leader = models.CharField(max_length=16, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)


class RouteVersion(models.Model):
    """A route document as cases follow it: never changed once a case may be pinned to it."""

    ref = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=30)
    version = models.PositiveIntegerField()
    text = models.TextField()
    installed_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "-version"]


class Event(models.Model):
    """One event of a history: its canonical bytes, and columns to find it by.

    `leaf` is its place in the tree, given when a checkpoint is made; `of_item` that it is about a file.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="event_rows")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=24)
    party = models.CharField(max_length=40)
    at = models.DateTimeField()
    line = models.BinaryField()
    of_item = models.BooleanField(default=False)
    leaf = models.PositiveBigIntegerField(null=True, unique=True)

    class Meta:
        ordering = ["case", "seq"]
        constraints = [models.UniqueConstraint("case", "seq", name="one_event_a_seq")]
        indexes = [
            models.Index(fields=["id"], name="event_unsequenced", condition=models.Q(leaf=None)),
            models.Index(fields=["kind", "party", "at"], name="event_counted"),
        ]


class GroupKey(models.Model):
    """The public half of the key of one group, in one generation."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="group_keys")
    group = models.CharField(max_length=20)
    generation = models.PositiveIntegerField()
    recipient = models.CharField(max_length=70)

    class Meta:
        ordering = ["group", "generation"]
        constraints = [models.UniqueConstraint("case", "group", "generation", name="one_generation")]


class Grant(models.Model):
    """The key of a group, wrapped to a party or to her; owed while `wrap` is empty.

    `wrapped_to` is the end of the recipient it is wrapped to, so that a rotated key finds what is still
    wrapped to an older one.
    """

    key = models.ForeignKey(GroupKey, on_delete=models.CASCADE, related_name="grants")
    party = models.CharField(max_length=40)
    wrap = models.BinaryField(null=True)
    wrapped_to = models.CharField(max_length=16, default="")

    class Meta:
        constraints = [models.UniqueConstraint("key", "party", name="one_grant_a_party")]
        indexes = [models.Index(fields=["party"], name="grant_owed", condition=models.Q(wrap=None))]


class Record(models.Model):
    """What somebody wrote, sealed to a group: JSON inside an age file. `kind` says what it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.ForeignKey(GroupKey, on_delete=models.CASCADE, related_name="records")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=24)
    party = models.CharField(max_length=40)
    at = models.DateTimeField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ["seq", "at"]


class Owed(models.Model):
    """A step that is open now, for work lists and deadlines; rebuilt at every event of its case.

    `told_to` is the party that is told when it is late; `remind_at` when its own party is reminded.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="owed")
    step = models.CharField(max_length=40)
    party = models.CharField(max_length=40)
    since = models.DateTimeField()
    due = models.DateTimeField(null=True)
    assigned = models.CharField(max_length=16, default="")
    told_to = models.CharField(max_length=40, default="")
    remind_at = models.DateTimeField(null=True)
    told_soon = models.BooleanField(default=False)
    told_late = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint("case", "step", "party", "since", name="owed_once")]
        indexes = [
            models.Index(fields=["party", "due"], name="owed_list"),
            models.Index(fields=["party", "assigned", "due"], name="owed_by_person"),
            models.Index(fields=["due"], name="owed_untold", condition=models.Q(told_late=False)),
            models.Index(fields=["remind_at"], name="owed_unreminded", condition=models.Q(told_soon=False)),
            models.Index(fields=["told_to", "due"], name="owed_late_told"),
        ]


class Part(models.Model):
    """That a party has a part in a case: it owes, did or sees something. For work lists and the door."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parts")
    party = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint("party", "case", name="one_part")]


class Hidden(models.Model):
    """That a case is hidden from a unit of a party ("unit:..."), or from one member ("member:...")."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="hidden")
    party = models.CharField(max_length=40)
    whom = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint("party", "whom", "case", name="hidden_once")]


class Token(models.Model):
    """A keyed digest of a phone, an account, or a document that stands in a sealed group of a case.

    It finds equal ones and says nothing else; whoever may open the group may find by it.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tokens")
    group = models.CharField(max_length=20)
    kind = models.CharField(max_length=12)
    value = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint("value", "kind", "group", "case", name="token_once")]


class Node(models.Model):
    """The hash of a complete subtree of the tree over all events (`core.merkle`)."""

    level = models.PositiveSmallIntegerField()
    place = models.PositiveBigIntegerField()
    value = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint("level", "place", name="one_node")]


class Checkpoint(models.Model):
    """A signed statement of the tree's size and root."""

    size = models.PositiveBigIntegerField(unique=True)
    root = models.BinaryField()
    at = models.DateTimeField()
    note = models.TextField()

    class Meta:
        ordering = ["size"]


class Stamp(models.Model):
    """What an RFC 3161 authority said of a checkpoint: its raw answer, kept for ever.

    `renews` is an older stamp that this one covers too; `good_until` is when its certificates end.
    """

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="stamps")
    authority = models.CharField(max_length=200)
    at = models.DateTimeField()
    token = models.BinaryField()
    good_until = models.DateTimeField(null=True)
    renews = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="renewals")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "checkpoint", "authority", name="one_stamp", condition=models.Q(renews=None)
            )
        ]
        indexes = [models.Index(fields=["good_until"], name="stamp_ends")]


class Cosignature(models.Model):
    """The line by which a witness signed a checkpoint, and when it says that it saw it."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=200)
    line = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("checkpoint", "witness", name="one_cosignature")]


class Anchor(models.Model):
    """An OpenTimestamps proof of a checkpoint (.ots); `whole` when it names a block."""

    checkpoint = models.OneToOneField(Checkpoint, on_delete=models.PROTECT, related_name="anchor")
    proof = models.BinaryField()
    whole = models.BooleanField(default=False)
    at = models.DateTimeField()
