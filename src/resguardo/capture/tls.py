"""Both ends of TLS: a key made for one capture towards Chromium, the site's own proof towards us."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from resguardo.capture.guard import Target
from resguardo.capture.record import Certificate
from resguardo.capture.wire import Broken

_CONNECT_SECONDS = 5.0


def throw_away(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server context for one capture, and the pin (base64 SHA-256 of the public key) to tell Chromium.

    One self-signed certificate does for all hosts: Chromium accepts whatever carries the pinned key.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "capture")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    certificate = builder.sign(key, SHA256())
    pem = folder / "proxy.pem"
    pem.touch(mode=0o600)
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(pem)
    finally:
        pem.unlink()
    context.set_alpn_protocols(["http/1.1"])
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return context, base64.b64encode(hashlib.sha256(public).digest()).decode()


def dial(target: Target, deadline: float) -> tuple[socket.socket, str]:
    """A TCP connection to the first of `target`'s addresses that answers, and that address.

    `deadline` is of time.monotonic. Raises Broken, unreachable.
    """
    for address in target.addresses[:4]:
        left = min(_CONNECT_SECONDS, deadline - time.monotonic())
        if left <= 0:
            break
        try:
            return socket.create_connection((address, target.port), timeout=left), address
        except OSError:
            continue
    raise Broken("unreachable")


def over_tls(plain: socket.socket, target: Target, trust: ssl.SSLContext) -> ssl.SSLSocket:
    """`plain` as the TLS connection that `proof` is to begin; whoever holds it can cut it meanwhile."""
    return trust.wrap_socket(plain, server_hostname=target.host.rstrip("."), do_handshake_on_connect=False)


def proof(connection: ssl.SSLSocket) -> Certificate:
    """Shake hands, and say with what leaf certificate the site proved itself.

    Raises Broken: certificate when it did not, unreachable when it does not speak TLS.
    """
    try:
        connection.do_handshake()
    except ssl.SSLCertVerificationError:
        raise Broken("certificate") from None
    except OSError:
        raise Broken("unreachable") from None
    der = connection.getpeercert(binary_form=True) or b""
    about = cast(dict[str, Any], connection.getpeercert())
    issuer = ", ".join(f"{key}={value}" for name in about["issuer"] for key, value in name)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(about["notAfter"]), UTC)
    return Certificate(hashlib.sha256(der).hexdigest(), issuer, ends, der)
