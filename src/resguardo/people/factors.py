"""Second factors: an authenticator (TOTP, RFC 6238), a passkey (WebAuthn), or a recovery code of paper.

The password opens the member's key; the factor then lets the session use it. The authenticator's secret is
sealed to that key, so that the disk alone cannot make codes.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import pyotp
import webauthn
from django.db import transaction
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import InvalidAuthenticationResponse, InvalidRegistrationResponse
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from resguardo.core.age import Identity, Recipient, decrypt, encrypt
from resguardo.people.models import Factor, Member, RecoveryCode
from resguardo.people.queries import PeopleError

TOTP, PASSKEY = "totp", "passkey"
STEP, CODES = 30, 10
ISSUER = "Resguardo"
SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def has_one(member: Member) -> bool:
    """Whether the member has an authenticator or a passkey."""
    return member.factors.exists()


def new_secret() -> str:
    """A secret for an authenticator, in base 32 (160 bits)."""
    return pyotp.random_base32()


def address(member: Member, secret: str) -> str:
    """What the QR code says (otpauth://)."""
    return pyotp.TOTP(secret).provisioning_uri(name=member.username, issuer_name=ISSUER)


def add_authenticator(member: Member, secret: str, code: str, at: datetime) -> Factor:
    """Keep an authenticator, once a code of it fits. Raises PeopleError."""
    step = _step_of(secret, code, at, 0)
    if step is None:
        raise PeopleError(
            "This code does not fit.", remedy="Look at the clock of your phone, and try the next code."
        )
    sealed = encrypt(secret.encode(), [Recipient.parse(member.recipient)])
    return Factor.objects.create(member=member, kind=TOTP, sealed=sealed, last_step=step, made_at=at)


@transaction.atomic
def check_code(member: Member, identity: Identity, code: str, at: datetime) -> bool:
    """Whether `code` is a fresh one of an authenticator, or an unused recovery code; it is then used up."""
    digits = "".join(sign for sign in code if sign.isalnum()).upper()
    for factor in member.factors.select_for_update().filter(kind=TOTP):
        secret = decrypt(bytes(factor.sealed), identity).decode()
        step = _step_of(secret, digits, at, factor.last_step)
        if step is not None:
            factor.last_step = step
            factor.save(update_fields=["last_step"])
            return True
    unused = RecoveryCode.objects.filter(member=member, digest=_digest(digits), used_at=None)
    return unused.update(used_at=at) == 1


def _step_of(secret: str, code: str, at: datetime, last: int) -> int | None:
    """The time step that `code` is of, one either side of now, later than `last`; None where it is none."""
    now = int(at.timestamp()) // STEP
    for step in (now, now - 1, now + 1):
        if step > last and pyotp.utils.strings_equal(pyotp.TOTP(secret).at(step * STEP), code):
            return step
    return None


@transaction.atomic
def new_recovery_codes(member: Member) -> list[str]:
    """Ten codes of paper, shown once; the older ones stop. Each has 58 bits."""
    member.recovery_codes.all().delete()
    codes = ["".join(secrets.choice(SIGNS) for _ in range(12)) for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(member=member, digest=_digest(code)) for code in codes)
    return [f"{code[:4]} {code[4:8]} {code[8:]}" for code in codes]


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def begin_passkey(member: Member, host: str) -> tuple[str, str]:
    """(options for the browser as JSON, the challenge to remember) to make a passkey."""
    options = webauthn.generate_registration_options(
        rp_id=host,
        rp_name=ISSUER,
        user_id=member.pseudonym.encode(),
        user_name=member.username,
        exclude_credentials=_credentials(member),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def add_passkey(member: Member, answer: str, challenge: str, host: str, origin: str, at: datetime) -> Factor:
    """Keep a passkey that the browser made. Raises PeopleError."""
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=host,
            expected_origin=origin,
        )
    except (InvalidRegistrationResponse, ValueError):
        raise PeopleError(
            "The passkey could not be kept.", remedy="Try again, or use an authenticator."
        ) from None
    return Factor.objects.create(
        member=member,
        kind=PASSKEY,
        credential=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        made_at=at,
    )


def ask_passkey(member: Member, host: str) -> tuple[str, str]:
    """(options for the browser as JSON, the challenge to remember) to show a passkey."""
    options = webauthn.generate_authentication_options(rp_id=host, allow_credentials=_credentials(member))
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def check_passkey(member: Member, answer: str, challenge: str, host: str, origin: str) -> bool:
    """Whether the browser showed a passkey of the member for this challenge."""
    for factor in member.factors.filter(kind=PASSKEY):
        try:
            shown = webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=host,
                expected_origin=origin,
                credential_public_key=bytes(factor.public_key),
                credential_current_sign_count=factor.sign_count,
            )
        except (InvalidAuthenticationResponse, ValueError):
            continue
        if bytes_to_base64url(shown.credential_id) == factor.credential:
            factor.sign_count = shown.new_sign_count
            factor.save(update_fields=["sign_count"])
            return True
    return False


def _credentials(member: Member) -> list[PublicKeyCredentialDescriptor]:
    known = member.factors.filter(kind=PASSKEY).values_list("credential", flat=True)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known]
