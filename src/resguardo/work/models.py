"""What a person of an institution keeps for their own work: saved views of the list, a calendar feed."""

from __future__ import annotations

from django.db import models

from resguardo.people.models import Member


class SavedView(models.Model):
    """Filters of the work list under a name; `query` is what stands in the address."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=200)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("member", "name", name="one_view_a_name")]


class Feed(models.Model):
    """A calendar feed of a member's deadlines: only a digest of its address is kept."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="feed")
    digest = models.CharField(max_length=64, unique=True)
