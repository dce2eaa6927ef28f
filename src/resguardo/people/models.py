"""Parties, their members, and the wraps by which a member opens the party's key."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Party(models.Model):
    """An institution of the route. Its name is the route's; its key pair is the deployment's."""

    name = models.SlugField(primary_key=True, max_length=40)
    recipient = models.CharField(max_length=70)


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
