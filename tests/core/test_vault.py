"""Receipts, wraps and passwords: who opens what, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resguardo.core import vault
from resguardo.core.age import Identity, decrypt
from resguardo.core.vault import Receipt, ReceiptMistyped, WrongKey

SALT = b"0" * 64
bodies = st.text("0123456789", min_size=19, max_size=19)


@given(bodies, st.integers(0, 19), st.integers(1, 9))
def test_any_one_wrong_digit_is_caught(body: str, at: int, by: int) -> None:
    digits = body + vault.check_digit(body)
    wrong = digits[:at] + str((int(digits[at]) + by) % 10) + digits[at + 1 :]
    with pytest.raises(ReceiptMistyped):
        Receipt.parse(wrong)


@given(bodies, st.integers(0, 18))
def test_any_two_neighbours_swapped_are_caught(body: str, at: int) -> None:
    digits = body + vault.check_digit(body)
    swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    if swapped != digits:
        with pytest.raises(ReceiptMistyped):
            Receipt.parse(swapped)


def test_a_receipt_is_read_however_it_is_copied() -> None:
    receipt = Receipt.new()
    assert len(receipt.digits) == 20
    assert Receipt.parse(receipt.shown()) == receipt
    assert Receipt.parse(receipt.shown().replace(" ", "-")) == receipt
    assert Receipt.parse(receipt.shown().replace(" ", "\n")) == receipt
    assert receipt.digits not in repr(receipt)


@pytest.mark.parametrize("typed", ["", "12", "1" * 21, "abcd efgh ijkl mnop qrst", "١٢٣٤"])
def test_what_is_no_receipt_gets_a_sentence_and_not_a_lookup(typed: str) -> None:
    with pytest.raises(ReceiptMistyped) as slip:
        Receipt.parse(typed)
    assert slip.value.remedy


def test_a_receipt_always_opens_the_same_place_and_key() -> None:
    receipt = Receipt.new()
    one, two = vault.open_receipt(receipt, SALT), vault.open_receipt(receipt, SALT)
    assert one == two
    other = vault.open_receipt(receipt, b"1" * 64)
    assert (other.locator, other.identity) != (one.locator, one.identity)
    assert vault.RECEIPT_COST == {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1}


def test_a_wrap_opens_only_for_its_holder_and_its_purpose() -> None:
    holder, secret = Identity.generate(), Identity.generate()
    wrapped = vault.wrap(secret, holder.recipient, "group RG-1 account 1")
    assert vault.unwrap(wrapped, holder, "group RG-1 account 1") == secret
    with pytest.raises(WrongKey):
        vault.unwrap(wrapped, holder, "group RG-2 account 1")
    with pytest.raises(WrongKey):
        vault.unwrap(wrapped, Identity.generate(), "group RG-1 account 1")
    with pytest.raises(WrongKey):
        vault.unwrap(wrapped[:-1], holder, "group RG-1 account 1")


def test_a_wrap_is_an_identity_file_for_stock_age() -> None:
    holder, secret = Identity.generate(), Identity.generate()
    text = decrypt(vault.wrap(secret, holder.recipient, "party mp"), holder).decode()
    assert text == f"# party mp\n{secret.text()}\n"


def test_a_grant_passes_the_group_key_on() -> None:
    key, party = vault.new_group_key("RG-1", "evidence", 2), Identity.generate()
    opened = vault.open_grant(key.grant(party.recipient), party, "RG-1", "evidence", 2)
    assert opened == key
    with pytest.raises(WrongKey):
        vault.open_grant(key.grant(party.recipient), party, "RG-1", "evidence", 1)


def test_a_password_opens_its_own_key_alone() -> None:
    identity = Identity.generate()
    sealed = vault.seal_with_password(identity, "una frase larga")
    assert vault.open_with_password(sealed, "una frase larga") == identity
    with pytest.raises(WrongKey):
        vault.open_with_password(sealed, "otra frase larga")


@given(st.binary(max_size=2000))
def test_what_is_sealed_under_a_cookie_opens_for_its_purpose_only(data: bytes) -> None:
    key = b"k" * 32
    sealed = vault.seal_with_key(key, data, "draft")
    assert vault.open_with_key(key, sealed, "draft") == data
    for wrong in ((key, sealed, "visit"), (b"x" * 32, sealed, "draft"), (key, sealed[:-1], "draft")):
        with pytest.raises(WrongKey):
            vault.open_with_key(*wrong)


def test_no_secret_is_shown_by_repr() -> None:
    identity = Identity.generate()
    key = vault.GroupKey("RG-1", "account", 1, identity)
    shown = repr(identity) + repr(key) + repr(vault.HerKey("x", identity))
    assert identity.text() not in shown
    assert identity.raw.hex() not in shown
    assert repr(identity.raw) not in shown
