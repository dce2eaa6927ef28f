"""Grants in the database: the fold says who sees what, and here the keys follow.

A group's key is born when something is first written there, in the memory of that request, wrapped to
her receipt and to every party the fold grants, and forgotten. A grant that nobody present can make is
kept as owed, and settled by the next holder who signs in. Source: design, part 5.
"""

from __future__ import annotations

from functools import cached_property

from django.db import transaction

from resguardo.cases.models import Case, Grant, GroupKey
from resguardo.core.age import Recipient
from resguardo.core.fold import State
from resguardo.core.history import HER
from resguardo.core.vault import GroupKey as OpenKey
from resguardo.core.vault import WrongKey, new_group_key, open_grant
from resguardo.people.holder import Holder
from resguardo.people.queries import recipients


class PublicKey:
    """What is needed to seal into a group: its generation and its recipient."""

    def __init__(self, generation: int, recipient: Recipient) -> None:
        self.generation = generation
        self.recipient = recipient


class Sealing:
    """The group keys of one case during one change: which exist, and which are born in it."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.born: dict[tuple[str, int], OpenKey] = {}

    @cached_property
    def rows(self) -> dict[tuple[str, int], GroupKey]:
        """The keys that exist, by group and generation; read when first needed."""
        return {(k.group, k.generation): k for k in self.case.group_keys.all()}

    def newest(self, group: str) -> int:
        """The newest generation of `group`; 0 when nothing was ever sealed there."""
        return max((g for name, g in [*self.rows, *self.born] if name == group), default=0)

    def current(self, group: str) -> PublicKey:
        """The key to seal into `group` with; born now if nothing was ever sealed there."""
        generation = self.newest(group)
        if generation == 0:
            key = self.renew(group)
            return PublicKey(key.generation, key.identity.recipient)
        if (group, generation) in self.born:
            return PublicKey(generation, self.born[group, generation].identity.recipient)
        return PublicKey(generation, Recipient.parse(self.rows[group, generation].recipient))

    def renew(self, group: str) -> OpenKey:
        """Begin the next generation of `group`."""
        generation = self.newest(group) + 1
        key = new_group_key(self.case.number, group, generation)
        self.born[group, generation] = key
        return key

    def row(self, group: str, generation: int) -> GroupKey:
        """The row of a key, once `save` has run."""
        return self.rows[group, generation]

    def save(self, before: State, after: State, by: Holder) -> None:
        """Write the born keys, and make the grants equal to what the fold says."""
        if not self.born and before.sees == after.sees:
            return
        old_rows = dict(self.rows)
        made = GroupKey.objects.bulk_create(
            GroupKey(
                case=self.case,
                group=key.group,
                generation=key.generation,
                recipient=key.identity.recipient.text(),
            )
            for key in self.born.values()
        )
        self.rows |= {(row.group, row.generation): row for row in made}
        public = recipients(after.leader)
        self._revoke(before, after)
        grants = [*self._of_born(after, public), *self._of_old(old_rows, before, after, by, public)]
        Grant.objects.bulk_create(grants)

    def _revoke(self, before: State, after: State) -> None:
        for party, group in before.sees - after.sees:
            Grant.objects.filter(key__case=self.case, key__group=group, party=party).delete()

    def _of_born(self, after: State, public: dict[str, Recipient]) -> list[Grant]:
        """Grants of the keys born in this change: her receipt, and every party that sees the group."""
        hers = Recipient.parse(self.case.receipt_recipient)
        grants = []
        for place, key in self.born.items():
            grants.append(Grant(key=self.rows[place], party=HER, wrap=key.grant(hers)))
            for party in sorted(p for p, group in after.sees if group == key.group and p != HER):
                wrap = key.grant(public[party]) if party in public else None
                grants.append(Grant(key=self.rows[place], party=party, wrap=wrap))
        return grants

    def _of_old(
        self,
        rows: dict[tuple[str, int], GroupKey],
        before: State,
        after: State,
        by: Holder,
        public: dict[str, Recipient],
    ) -> list[Grant]:
        """Grants of older keys to parties that see a group from now on; owed if `by` cannot open them."""
        grants = []
        for party, group in sorted(after.sees - before.sees):
            for (name, _), row in rows.items():
                if name != group or party == HER:
                    continue
                opened = opened_by(by, self.case, row) if party in public else None
                wrap = opened.grant(public[party]) if opened else None
                grants.append(Grant(key=row, party=party, wrap=wrap))
        return grants


def to_renew(sealing: Sealing, before: State, after: State) -> list[str]:
    """The groups that somebody lost sight of: what comes later is sealed to a new generation."""
    lost = {group for _, group in before.sees - after.sees}
    return sorted(group for group in lost if sealing.newest(group))


def opened_by(by: Holder, case: Case, row: GroupKey) -> OpenKey | None:
    """The key of `row`, if `by` holds a grant of it."""
    grant = Grant.objects.filter(key=row, party=by.party).exclude(wrap=None).first()
    if grant is None:
        return None
    return open_grant(bytes(grant.wrap), by.identity, case.number, row.group, row.generation)


@transaction.atomic
def settle(by: Holder) -> int:
    """Make every owed grant whose key `by` holds; called when somebody signs in or comes back."""
    public = recipients()
    owed = (
        Grant.objects.select_for_update()
        .filter(wrap=None, party__in=public, key__grants__party=by.party, key__grants__wrap__isnull=False)
        .select_related("key__case")
    )
    count = 0
    for grant in owed:
        try:
            opened = opened_by(by, grant.key.case, grant.key)
        except WrongKey:
            continue
        if opened is not None:
            grant.wrap = opened.grant(public[grant.party])
            grant.save()
            count += 1
    return count
