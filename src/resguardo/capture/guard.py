"""Which addresses may be fetched: public web pages, so that nobody reaches inward through us.

A host is resolved once for a whole capture, every one of its addresses must be public, and connections
are made to those very addresses: a name that changes its answer afterwards (DNS rebinding) gains
nothing. Odd spellings (decimal or octal addresses, a trailing dot, IDN) are what the resolver says.
Sources: IANA special-purpose address registries (RFC 6890); OWASP SSRF prevention.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from urllib.parse import urlsplit

from resguardo.capture.errors import Refused

__all__ = ["Guard", "Refused", "Target", "is_public", "system_addresses"]

PORTS = {"http": 80, "https": 443}

# What ipaddress of Python 3.11 takes for global although nobody's web page lives there.
_NOT_PUBLIC = [
    ipaddress.ip_network(text)
    for text in (
        "100.64.0.0/10",  # shared by carriers (CGNAT)
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
]
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]


def is_public(address: str) -> bool:
    """Whether `address` (an IP in text, any scope id) is one that the whole internet reaches."""
    try:
        ip: IP = ipaddress.ip_address(address)
    except ValueError:
        return False
    return _public(ip)


def _public(ip: IP) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _carried(ip)
        if inner and not all(_public(one) for one in inner):
            return False
        if ip in _NAT64 or ip.ipv4_mapped:
            return True
        if ip not in _GLOBAL_6:
            return False
        if inner:
            return True
    elif ip.is_reserved or ip.is_unspecified:
        return False
    if any(ip in network for network in _NOT_PUBLIC if network.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_loopback or ip.is_link_local or ip.is_private)


def _carried(ip: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that a transition address carries, to which its packets really go."""
    found = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64:
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def system_addresses(host: str, port: int) -> list[str]:
    """What this machine's resolver answers for `host`, in its order. Raises OSError or UnicodeError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


@dataclass(frozen=True)
class Target:
    """Where a request may go. `origin` is scheme, host and unusual port; `addresses` are IPs in text."""

    origin: str
    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]


class Guard:
    """The rule of one capture, with the memory of what each host resolved to.

    `ports` are the TCP ports that may be asked for. `exempt` are (address, port) pairs that pass although
    they are not public: the sites of tests.
    """

    def __init__(
        self,
        resolve: Resolver = system_addresses,
        ports: frozenset[int] = frozenset(PORTS.values()),
        exempt: frozenset[tuple[str, int]] = frozenset(),
    ) -> None:
        self._resolve, self._ports, self._exempt = resolve, ports, exempt
        self._answers: dict[str, Future[tuple[str, ...]]] = {}
        self._lock = threading.Lock()

    def check(self, address: str) -> Target:
        """Where `address` may be fetched from. Raises Refused: malformed, unresolved or blocked-*."""
        # Python drops these silently, so it would judge another address than the one that was given.
        if re.search(r"[\x00-\x20\x7f]", address):
            raise Refused("malformed")
        try:
            parts = urlsplit(address)
            scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
        except ValueError:
            raise Refused("malformed") from None
        if scheme not in PORTS:
            raise Refused("blocked-scheme")
        if "@" in parts.netloc:
            raise Refused("blocked-credentials")
        # Chromium reads a backslash as a slash, Python as a part of the host's name.
        if not host or "\\" in parts.netloc:
            raise Refused("malformed")
        port = PORTS[scheme] if port is None else port
        if port not in self._ports:
            raise Refused("blocked-port")
        addresses = self._addresses(host, port)
        if not all((one, port) in self._exempt or is_public(one) for one in addresses):
            raise Refused("blocked-private")
        return Target(origin(scheme, host, port), scheme, host, port, addresses)

    def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        with self._lock:
            mine = host not in self._answers
            answer = self._answers.setdefault(host, Future())
        if mine:
            try:
                answer.set_result(tuple(self._resolve(host, port)))
            except (OSError, UnicodeError):
                answer.set_result(())
        if not answer.result():
            raise Refused("unresolved")
        return answer.result()


def origin(scheme: str, host: str, port: int) -> str:
    """The origin as Chromium writes it: the port only when it is not the scheme's own (RFC 6454)."""
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if port == PORTS[scheme] else f"{scheme}://{shown}:{port}"
