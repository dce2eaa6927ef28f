"""Keys: who can open what, and how a key passes from one hand to the next.

Every secret here is an age identity; sharing a secret is wrapping its text to somebody's recipient, so
that stock `age` opens what we wrapped. Sealing needs only public keys; opening needs a person.
Source: design, idea 2 and part 5; age v1 (C2SP); Argon2id (RFC 9106) at OWASP's minimum; Damm (2004).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from resguardo.core.age import AgeError, Identity, Recipient, decrypt, encrypt
from resguardo.core.errors import ResguardoError

DIGITS = 20
RECEIPT_COST = {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1}
PASSWORD_COST = {"time_cost": 3, "memory_cost": 64 * 1024, "parallelism": 1}
NONCE = 12
SALT = 16

DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


class VaultError(ResguardoError):
    """A key could not be opened."""

    code = "vault"


class WrongKey(VaultError):
    """What was given does not open this: another key, another password, or changed bytes."""

    code = "wrong-key"


class ReceiptMistyped(VaultError):
    """The digits typed are not a receipt; found before anything is looked up."""

    code = "receipt-mistyped"


def check_digit(digits: str) -> str:
    """The digit that closes `digits` (Damm): it finds any one wrong digit and any swap of neighbours."""
    interim = 0
    for digit in digits:
        interim = DAMM[interim][int(digit)]
    return str(interim)


@dataclass(frozen=True)
class Receipt:
    """The number she keeps: 19 random digits (63 bits) and a check digit."""

    digits: str = field(repr=False)

    @classmethod
    def new(cls) -> Receipt:
        body = f"{secrets.randbelow(10 ** (DIGITS - 1)):0{DIGITS - 1}d}"
        return cls(body + check_digit(body))

    @classmethod
    def parse(cls, typed: str) -> Receipt:
        """Read what she typed; spaces, dots and hyphens do not matter.

        Raises ReceiptMistyped, with the sentence that helps her find the slip.
        """
        digits = "".join(str(int(sign)) for sign in typed if sign.isdecimal())
        if any(not sign.isdecimal() and sign not in " .-\t\r\n\u00a0" for sign in typed):
            raise ReceiptMistyped(
                "Your number has only digits, from 0 to 9.", remedy="Check that no letter slipped in."
            )
        if len(digits) != DIGITS:
            raise ReceiptMistyped(
                "Your number has 20 digits and here there are %(count)s.",
                remedy="Look at it again, group by group: five groups of four.",
                count=len(digits),
            )
        if check_digit(digits[:-1]) != digits[-1]:
            raise ReceiptMistyped(
                "One digit does not fit.",
                remedy="Two digits may be swapped, or one mistyped. Look at it again, group by group.",
            )
        return cls(digits)

    def shown(self) -> str:
        """Five groups of four, as she copies it by hand."""
        return " ".join(self.digits[i : i + 4] for i in range(0, DIGITS, 4))


@dataclass(frozen=True)
class HerKey:
    """What a receipt opens: the place of the case and the key that reads all of it."""

    locator: str
    identity: Identity = field(repr=False)


def open_receipt(receipt: Receipt, salt: bytes) -> HerKey:
    """Derive the locator (16 bytes, hex) and identity of `receipt`; about 25 ms and 19 MiB.

    `salt` is the deployment's own, so that one table of guesses does not serve two deployments.
    """
    raw = hash_secret_raw(receipt.digits.encode(), salt, hash_len=48, type=Type.ID, **RECEIPT_COST)
    return HerKey(locator=raw[:16].hex(), identity=Identity.from_bytes(raw[16:]))


def wrap(identity: Identity, to: Recipient, about: str) -> bytes:
    """Seal `identity` to `to`: the one way in which a key is shared. About 300 bytes.

    `about` names the key (case, group, generation); it is sealed with it, so that a wrap moved to another
    row does not open there. The result, opened by stock `age`, is an identity file.
    """
    return encrypt(f"# {about}\n{identity.text()}\n".encode(), [to])


def unwrap(wrapped: bytes, identity: Identity, about: str) -> Identity:
    """Open what `wrap` made for the same `about`. Raises WrongKey."""
    try:
        head, text = decrypt(wrapped, identity).decode().splitlines()
    except (AgeError, ValueError):
        raise WrongKey("This key does not open it.") from None
    if head != f"# {about}":
        raise WrongKey("This key belongs to something else.")
    return Identity.parse(text)


@dataclass(frozen=True)
class GroupKey:
    """The key pair of one group of one case, in one generation, opened in this process's memory."""

    case: str
    group: str
    generation: int
    identity: Identity = field(repr=False)

    @property
    def about(self) -> str:
        return group_about(self.case, self.group, self.generation)

    def grant(self, to: Recipient) -> bytes:
        """Wrap this key to `to`; the group's contents are not touched."""
        return wrap(self.identity, to, self.about)


def group_about(case: str, group: str, generation: int) -> str:
    """How a group key is named inside its wraps."""
    return f"group {case} {group} {generation}"


def new_group_key(case: str, group: str, generation: int) -> GroupKey:
    """A key pair for what will be sealed in `group` from now on."""
    return GroupKey(case, group, generation, Identity.generate())


def open_grant(wrapped: bytes, holder: Identity, case: str, group: str, generation: int) -> GroupKey:
    """Open a grant with its holder's identity. Raises WrongKey."""
    identity = unwrap(wrapped, holder, group_about(case, group, generation))
    return GroupKey(case, group, generation, identity)


def seal_with_password(identity: Identity, password: str) -> bytes:
    """Seal a person's identity under Argon2id of their password: 16 bytes of salt, then an age file."""
    salt = secrets.token_bytes(SALT)
    return salt + wrap(identity, password_identity(password, salt).recipient, "person")


def open_with_password(sealed: bytes, password: str) -> Identity:
    """Open what `seal_with_password` made; about 100 ms and 64 MiB. Raises WrongKey."""
    return unwrap(sealed[SALT:], password_identity(password, sealed[:SALT]), "person")


def password_identity(password: str, salt: bytes) -> Identity:
    """The identity that a password is."""
    raw = hash_secret_raw(password.encode(), salt, hash_len=32, type=Type.ID, **PASSWORD_COST)
    return Identity.from_bytes(raw)


def seal_with_key(key: bytes, data: bytes, purpose: str) -> bytes:
    """Seal drafts and sessions under the 32 bytes that only a cookie holds (ChaCha20-Poly1305, RFC 8439).

    `purpose` is authenticated with the data: a draft does not open as a session.
    """
    nonce = secrets.token_bytes(NONCE)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, data, purpose.encode())


def open_with_key(key: bytes, sealed: bytes, purpose: str) -> bytes:
    """Open what `seal_with_key` made for the same `purpose`. Raises WrongKey."""
    try:
        return ChaCha20Poly1305(key).decrypt(sealed[:NONCE], sealed[NONCE:], purpose.encode())
    except (InvalidTag, ValueError):
        raise WrongKey("This key does not open it.") from None
