"""Nobody reaches inward through us, however the address is written."""

from __future__ import annotations

import pytest

from resguardo.capture.errors import NOTES, SENTENCES
from resguardo.capture.guard import Guard, Refused, is_public, system_addresses

PRIVATE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:0:5db8:d822:0:0:f5ff:fffe", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1",
    "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "no",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "200.6.0.1", "2606:4700::1", "2a03:2880:f10d::1", "64:ff9b::808:808",
          "::ffff:8.8.8.8", "2002:808:808::1"]  # fmt: skip


def at(*addresses: str) -> Guard:
    return Guard(lambda host, port: addresses)


def refused(guard: Guard, address: str) -> str:
    with pytest.raises(Refused) as refusal:
        guard.check(address)
    assert address not in str(refusal.value)
    return refusal.value.code


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_never_visited(address: str) -> None:
    assert not is_public(address)
    assert refused(at(address), "http://pagina.test/") == "blocked-private"


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_visited(address: str) -> None:
    assert is_public(address)
    assert at(address).check("https://pagina.test/").addresses == (address,)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    assert refused(at("8.8.8.8", "10.0.0.1"), "http://pagina.test/") == "blocked-private"


@pytest.mark.parametrize(
    "address",
    ["http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0x7f.1/",
     "http://127.0.0.1./", "http://localhost/", "http://[::1]/", "http://[::ffff:7f00:1]/", "http://0/"],
)  # fmt: skip
def test_odd_spellings_of_this_machine_are_seen_through_by_the_resolver(address: str) -> None:
    assert refused(Guard(system_addresses), address) in ("blocked-private", "unresolved")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("file:///etc/passwd", "blocked-scheme"),
        ("javascript:alert(1)", "blocked-scheme"),
        ("ftp://pagina.test/", "blocked-scheme"),
        ("pagina.test", "blocked-scheme"),
        ("http://pagina.test:22/", "blocked-port"),
        ("https://pagina.test:8443/", "blocked-port"),
        ("http://pagina.test:0/", "blocked-port"),
        ("http://ana@pagina.test/", "blocked-credentials"),
        ("http://ana:clave@pagina.test/", "blocked-credentials"),
        ("http://otra.test\\@pagina.test/", "blocked-credentials"),
        ("http://@pagina.test/", "blocked-credentials"),
        ("http://otra.test\\pagina.test/", "malformed"),
        ("http:\\\\pagina.test/", "malformed"),
        ("http://pagina.test:99999/", "malformed"),
        ("http://[::1/", "malformed"),
        ("http:///ruta", "malformed"),
        ("http://pagi\tna.test/", "malformed"),
        ("http://pagina.test/\r\nHost: otra.test", "malformed"),
        (" http://pagina.test/", "malformed"),
    ],
)
def test_what_is_not_a_plain_web_address_is_refused_before_anybody_is_asked(address: str, code: str) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError

    assert refused(Guard(never), address) == code


def test_a_name_is_resolved_once_so_that_it_cannot_change_its_answer() -> None:
    answers = iter([["8.8.8.8"], ["10.0.0.1"]])
    guard = Guard(lambda host, port: next(answers))
    first = guard.check("http://cambia.test/a")
    assert guard.check("https://CAMBIA.test/b").addresses == first.addresses == ("8.8.8.8",)


@pytest.mark.parametrize("fault", [OSError(), UnicodeError()])
def test_a_name_that_nobody_knows_is_said(fault: Exception) -> None:
    def fails(host: str, port: int) -> list[str]:
        raise fault

    assert refused(Guard(fails), "http://no-existe.test/") == "unresolved"
    assert refused(at(), "http://no-existe.test/") == "unresolved"


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("http://Pagina.test:80/a?b", "http://pagina.test"),
        ("https://pagina.test", "https://pagina.test"),
        ("https://pagina.test:80/", "https://pagina.test:80"),
        ("http://[2606:4700::1]/", "http://[2606:4700::1]"),
    ],
)
def test_an_origin_is_written_as_chromium_does(address: str, origin: str) -> None:
    assert at("8.8.8.8").check(address).origin == origin


def test_every_refusal_can_explain_itself() -> None:
    for code, (what, remedy) in SENTENCES.items():
        assert Refused(code).sentences() == (what, "Nothing was kept of the page.", remedy)
        assert what.endswith(".")
    assert all(sentence.endswith(".") for sentence in NOTES.values())
