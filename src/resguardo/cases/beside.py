"""Large things that a program made of what is in a case: small views, conversations. No part of the history.

They are sealed to a group like any record, can be made again from the original, and can be destroyed where
nobody may see them; an event says that they were made.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from resguardo.cases.models import Case, Record
from resguardo.core import age


def place(of: str, kind: str) -> uuid.UUID:
    """The id of what of `kind` was made of the thing `of`: always the same."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{of} {kind}")


def keep(case: Case, group: str, of: str, kind: str, content: dict[str, Any], at: datetime) -> None:
    """Seal `content` to the newest key of `group`; what was made before of the same thing is replaced."""
    key = case.group_keys.filter(group=group).order_by("-generation")[0]
    payload = json.dumps(content, ensure_ascii=False).encode()
    made = {
        "key": key,
        "seq": case.event_rows.order_by("-seq").values_list("seq", flat=True)[0],
        "kind": kind,
        "party": "system",
        "at": at,
        "sealed": age.encrypt(payload, [age.Recipient.parse(key.recipient)]),
    }
    Record.objects.update_or_create(id=place(of, kind), defaults=made)


def forget(of: str, kinds: tuple[str, ...]) -> None:
    """Destroy what was made of the thing `of`."""
    Record.objects.filter(pk__in=[place(of, kind) for kind in kinds]).delete()
