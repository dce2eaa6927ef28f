"""Putting work into the outbox, and doing it.

Every handler may run twice (a worker can die after the work and before the note of it), so every handler
does nothing the second time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from inspect import signature

from django.db import connection, transaction
from django.db.models import Q

from resguardo.jobs.models import Job

LEASE = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=1)

Handler = Callable[..., None]
HANDLERS: dict[str, Handler] = {}
REPEATED: dict[str, timedelta] = {}
LEASES: dict[str, timedelta] = {}
AT_ONCE = 200

log = logging.getLogger("resguardo.jobs")


def handles(
    kind: str, every: timedelta | None = None, lease: timedelta = LEASE
) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of `kind`; it gets the job's ids, `at`, and `job` if it asks.

    With `every`, `work_once` also puts such a job in by itself when none is waiting. `lease` is how long a
    worker may take; after it another one takes the job over.
    """

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        LEASES[kind] = lease
        if every is not None:
            REPEATED[kind] = every
        return handler

    return register


def enqueue(kind: str, due: datetime, **ids: str | int) -> Job:
    """Write a job; it exists if and only if the surrounding transaction does."""
    return Job.objects.create(kind=kind, ids=ids, due=due)


def work_once(at: datetime) -> int:
    """Do what is due at `at`, a round of it; returns how many jobs were done."""
    keep_repeating(at)
    count = 0
    for _ in range(AT_ONCE):
        job = take(at)
        if job is None:
            break
        count += run(job, at)
    return count


def keep_repeating(at: datetime) -> None:
    """Have one waiting job of each repeated kind."""
    for kind, every in REPEATED.items():
        if not Job.objects.filter(kind=kind, done=None).exists():
            last = Job.objects.filter(kind=kind).order_by("-due").first()
            enqueue(kind, at if last is None else max(at, last.due + every))


@transaction.atomic
def take(at: datetime) -> Job | None:
    """Lease the next job that is due and that nobody holds."""
    waiting = Job.objects.filter(Q(lease=None) | Q(lease__lt=at), done=None, due__lte=at)
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    job = waiting.order_by("due", "pk").first()
    if job is not None:
        job.lease = at + LEASES.get(job.kind, LEASE)
        job.tries += 1
        job.save()
    return job


def run(job: Job, at: datetime) -> int:
    """Do one leased job; a failure puts it back for later, with a growing wait. 1 when done."""
    try:
        handler = HANDLERS[job.kind]
        own = {"job": job.pk} if "job" in signature(handler).parameters else {}
        handler(at=at, **own, **job.ids)
    except Exception as error:
        # The text of an error may hold what must not be logged; its type may not.
        log.error("job %s %s failed: %s", job.kind, job.pk, type(error).__name__)
        job.due = at + min(LONGEST_WAIT, timedelta(seconds=5) * 2 ** min(job.tries, 12))
        job.lease = None
        job.save()
        return 0
    job.done = at
    job.save()
    Job.objects.filter(kind=job.kind, done__lt=at - timedelta(days=1)).delete()
    return 1
