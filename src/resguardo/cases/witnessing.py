"""Witnesses: other institutions that sign each checkpoint, so that not even the operator can rewrite the log.

Source: C2SP tlog-witness and tlog-cosignature.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from resguardo.cases.models import Checkpoint, Cosignature
from resguardo.cases.queries import nodes
from resguardo.core import merkle
from resguardo.core.checkpoint import COSIGNATURE, check_cosignature
from resguardo.jobs.commands import handles
from resguardo.witness import client, keys


@dataclass(frozen=True)
class Witness:
    """A configured witness: its name, its key and where it answers."""

    name: str
    key: Ed25519PublicKey
    address: str


def witnesses() -> list[Witness]:
    """The configured witnesses; RESGUARDO_WITNESSES names each as VKEY@ADDRESS. Raises WitnessKeyError."""
    pairs = (entry.partition("@") for entry in settings.WITNESSES)
    return [Witness(*keys.read(vkey, COSIGNATURE), address) for vkey, _, address in pairs]


@handles("cosign")
def cosign_job(at: datetime, checkpoint: int, witness: str, timeout: float = 20) -> None:
    """Have one witness cosign one checkpoint; nothing, when it has, or has seen a newer one.

    Raises WitnessError when it does not answer, and Disagrees when it has seen another history: that is
    never overlooked, and tried again until somebody looks; Behind when it has signed more than there is.
    """
    row = Checkpoint.objects.get(pk=checkpoint)
    asked = next((each for each in witnesses() if each.name == witness), None)
    newer = Cosignature.objects.filter(witness=witness, checkpoint__size__gte=row.size)
    if asked is None or newer.exists():
        return
    last = Cosignature.objects.filter(witness=witness).order_by("-checkpoint__size").first()
    try:
        line = ask(asked, row, last.checkpoint.size if last else 0, timeout)
    except client.Behind as behind:
        if behind.size > row.size:
            if Checkpoint.objects.filter(size__gte=behind.size).exists():
                return
            # It has signed more than this log holds: what it signed was lost, or is hidden.
            raise
        line = ask(asked, row, behind.size, timeout)
    when = check_cosignature(line, row.note, asked.key)
    Cosignature.objects.get_or_create(checkpoint=row, witness=witness, defaults={"line": line, "at": when})


def ask(witness: Witness, row: Checkpoint, old: int, timeout: float) -> str:
    """The witness's line, with the proof that the checkpoint grows out of what it last signed."""
    proof = merkle.consistency(nodes, old, row.size) if old else []
    return client.ask(witness.address, row.note, old, proof, witness.name, witness.key, timeout)
