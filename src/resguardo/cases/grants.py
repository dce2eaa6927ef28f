"""Grants in the database: the fold says who sees what, and here the keys follow.

A group's key is born when something is first written there, in the memory of that request, wrapped to
her receipt and to every party the fold grants, and forgotten. A grant that nobody present can make is
kept as owed, and settled by the next holder who signs in. Source: design, part 5.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from django.db import transaction

from resguardo.cases.models import Case, Grant, GroupKey
from resguardo.core.age import Recipient
from resguardo.core.fold import State
from resguardo.core.history import HER
from resguardo.core.vault import GroupKey as OpenKey
from resguardo.core.vault import WrongKey, new_group_key, open_grant
from resguardo.people.holder import Holder
from resguardo.people.models import OldPartyKey
from resguardo.people.queries import recipients


class Key(NamedTuple):
    """The public half of a group's key, as it stands in the database."""

    pk: int
    group: str
    generation: int
    recipient: str


def key_of(row: GroupKey) -> Key:
    """A row as `keys_of` gives it."""
    return Key(row.pk, row.group, row.generation, row.recipient)


def keys_of(case: Case, group: str | None = None) -> list[Key]:
    """The keys of a case, or of one group of it."""
    rows = case.group_keys.all() if group is None else case.group_keys.filter(group=group)
    return [Key(*row) for row in rows.values_list("pk", "group", "generation", "recipient")]


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
    def rows(self) -> dict[tuple[str, int], Key]:
        """The keys that exist, by group and generation; read when first needed."""
        return {(key.group, key.generation): key for key in keys_of(self.case)}

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

    def row(self, group: str, generation: int) -> Key:
        """A key as it stands in the database, once `save` has run."""
        return self.rows[group, generation]

    def save(self, before: State, after: State, by: Holder) -> None:
        """Write the born keys, and make the grants equal to what the fold says."""
        if not self.born and before.sees == after.sees:
            return
        old_rows = dict(self.rows)
        if self.born:
            made = GroupKey.objects.bulk_create(
                GroupKey(
                    case=self.case,
                    group=key.group,
                    generation=key.generation,
                    recipient=key.identity.recipient.text(),
                )
                for key in self.born.values()
            )
            self.rows |= {(k.group, k.generation): key_of(k) for k in made}
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
            grants.append(granted(self.rows[place].pk, HER, key, hers))
            for party in sorted(p for p, group in after.sees if group == key.group and p != HER):
                grants.append(granted(self.rows[place].pk, party, key, public.get(party)))
        return grants

    def _of_old(
        self,
        rows: dict[tuple[str, int], Key],
        before: State,
        after: State,
        by: Holder,
        public: dict[str, Recipient],
    ) -> list[Grant]:
        """Grants of older keys to parties that see a group from now on; owed if `by` cannot open them."""
        gained = sorted((party, group) for party, group in after.sees - before.sees if party != HER)
        wanted = [row for (group, _), row in rows.items() if any(group == one for _, one in gained)]
        opened = opened_by(by, self.case, wanted) if wanted else {}
        grants = []
        for party, group in gained:
            for row in (row for row in wanted if row.group == group):
                grants.append(granted(row.pk, party, opened.get(row.pk), public.get(party)))
        return grants


def to_renew(sealing: Sealing, before: State, after: State) -> list[str]:
    """The groups that somebody lost sight of: what comes later is sealed to a new generation."""
    lost = {group for _, group in before.sees - after.sees}
    return sorted(group for group in lost if sealing.newest(group))


def opened_by(by: Holder, case: Case, rows: Iterable[Key]) -> dict[int, OpenKey]:
    """The keys of those of `rows` that `by` holds a grant of, by the row's id."""
    places = {row.pk: row for row in rows}
    held = Grant.objects.filter(key__in=list(places), party=by.party).exclude(wrap=None)
    found = {}
    for key, wrap in held.values_list("key", "wrap"):
        row = places[key]
        found[key] = open_held(bytes(wrap), by, case.number, row.group, row.generation)
    return found


def open_held(wrap: bytes, by: Holder, case: str, group: str, generation: int) -> OpenKey:
    """Open a grant with the party's key, or with one it had before it was rotated. Raises WrongKey."""
    for identity in (by.identity, *by.older):
        try:
            return open_grant(wrap, identity, case, group, generation)
        except WrongKey:
            if identity == (by.identity, *by.older)[-1]:
                raise
    raise WrongKey("This key does not open it.")


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
            opened = opened_by(by, grant.key.case, [key_of(grant.key)]).get(grant.key_id)
        except WrongKey:
            continue
        if opened is not None:
            grant.wrap = opened.grant(public[grant.party])
            grant.wrapped_to = tag(public[grant.party])
            grant.save()
            count += 1
    return count


@transaction.atomic
def rewrap(by: Holder, limit: int = 1000) -> int:
    """Wrap grants anew that are still wrapped to a key the party had before; how many were done now.

    Called at sign-in, a part at a time; when none is left the old keys are forgotten.
    """
    if not by.older:
        return 0
    to = by.identity.recipient
    rows = Grant.objects.select_for_update().filter(party=by.party).exclude(wrap=None)
    rows = rows.exclude(wrapped_to=tag(to)).select_related("key__case")
    done = 0
    for grant in rows[:limit]:
        key = grant.key
        opened = open_held(bytes(grant.wrap), by, key.case.number, key.group, key.generation)
        grant.wrap, grant.wrapped_to = opened.grant(to), tag(to)
        grant.save(update_fields=["wrap", "wrapped_to"])
        done += 1
    if done < limit:
        OldPartyKey.objects.filter(party=by.party).delete()
    return done


def tag(recipient: Recipient) -> str:
    """The end of a recipient's text, by which grants to a rotated key are told apart."""
    return recipient.text()[-16:]


def granted(key: int, party: str, opened: OpenKey | None, to: Recipient | None) -> Grant:
    """A grant of `opened` to `to`; owed where there is nobody yet, or nobody present who could make it."""
    if opened is None or to is None:
        return Grant(key_id=key, party=party, wrap=None)
    return Grant(key_id=key, party=party, wrap=opened.grant(to), wrapped_to=tag(to))
