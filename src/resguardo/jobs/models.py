"""The outbox: work written in the same transaction as what it follows from."""

from __future__ import annotations

from django.db import models


class Job(models.Model):
    """One piece of work. `ids` holds identifiers only: never words, names or keys.

    A worker takes a job by a lease; a worker that dies loses the lease, and another takes the job.
    """

    kind = models.CharField(max_length=40)
    ids = models.JSONField(default=dict)
    due = models.DateTimeField()
    lease = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    done = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["done", "due"], name="job_waiting")]
