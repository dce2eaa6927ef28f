"""Parties, their members, and the wraps by which a member opens the party's key."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Party(models.Model):
    """An institution of the route. Its name is the route's; its key pair is the deployment's.

    `recovery_recipient` is the public half of the offline key, so that a new party key can be wrapped to it.
    """

    name = models.SlugField(primary_key=True, max_length=40)
    recipient = models.CharField(max_length=70)
    recovery_recipient = models.CharField(max_length=70, default="", blank=True)


class Member(AbstractBaseUser):
    """A person of an institution. The secret half of the key is sealed under their password.

    `unit` is their station or office; `email` gets notices that say no more than that something is due.
    """

    username = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    pseudonym = models.CharField(max_length=16, unique=True)
    role = models.CharField(max_length=40, default="officer")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="members")
    unit = models.CharField(max_length=60, default="", blank=True)
    email = models.EmailField(default="", blank=True)
    recipient = models.CharField(max_length=70)
    sealed_identity = models.BinaryField()
    is_active = models.BooleanField(default=True)

    objects: ClassVar[BaseUserManager[Member]] = BaseUserManager()
    USERNAME_FIELD = "username"


class PartyKey(models.Model):
    """The party's identity, wrapped to one member, or to the offline recovery key (member empty)."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="keys")
    member = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="party_keys")
    wrap = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint("party", "member", name="one_wrap_a_member")]


class OldPartyKey(models.Model):
    """A key that a party had before it was rotated, wrapped to the one it has now, until nothing needs it."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="older_keys")
    wrap = models.BinaryField()


class Factor(models.Model):
    """Something a member has beside the password: an authenticator (totp) or a passkey.

    The authenticator's secret is sealed to the member's own key; `last_step` is the last time step used.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=8)
    sealed = models.BinaryField(default=b"")
    last_step = models.PositiveBigIntegerField(default=0)
    credential = models.CharField(max_length=400, null=True, unique=True)
    public_key = models.BinaryField(default=b"")
    sign_count = models.PositiveBigIntegerField(default=0)
    made_at = models.DateTimeField()


class RecoveryCode(models.Model):
    """A code of paper for whoever lost the second factor; used once. Only its digest is kept."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("member", "digest", name="one_code")]


class Invitation(models.Model):
    """A place kept for a new member: the party's key, sealed under a code that is told outside."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=40)
    unit = models.CharField(max_length=60, default="", blank=True)
    locator = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField(default=b"")
    expires = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Slowed(models.Model):
    """Wrong passwords for one user name, named by a keyed digest: the next try waits."""

    name = models.CharField(max_length=32, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(null=True)
