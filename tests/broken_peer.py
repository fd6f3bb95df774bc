"""Peers that are broken, over real sockets: they say garbage, hang, hang up, or present the wrong certificate."""

import contextlib
import datetime
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HANG = b"<hang>"
CLOSE = b""


def http(status: str, body: bytes, *headers: str) -> bytes:
    """An answer as bytes; `status` is its code with the reason."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Files of a certificate, and of the authority that signed it."""

    chain: Path
    authority: Path


def certificate(
    directory: Path, *, self_signed: bool = False, host: str = "127.0.0.1", days: tuple[int, int] = (-1, 1)
) -> Certificate:
    """A new certificate for `host`, good from so many days from now until so many days from now."""
    root_key, root = _authority(days)
    key = root_key if self_signed else ec.generate_private_key(ec.SECP256R1())
    name: x509.GeneralName
    try:
        name = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        name = x509.DNSName(host)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the PBX of a test")])
    issuer = subject if self_signed else root.subject
    builder = _builder(subject, issuer, key, days)
    builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    if not self_signed:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    signed = builder.sign(root_key, hashes.SHA256())
    chain, authority = directory / "chain.pem", directory / "authority.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    return Certificate(chain=chain, authority=authority)


def _authority(days: tuple[int, int]) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the authority of a test")])
    builder = _builder(name, name, key, (-400, 400))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return key, builder.add_extension(identifier, critical=False).sign(key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: tuple[int, int]
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
    )


def _read_request(connection: socket.socket) -> None:
    """All of it: a socket that is closed with something unread in it resets the connection, and the answer is lost."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (chunk := connection.recv(65536)):
            return
        received += chunk
        if received[:1] == b"\x16":  # TLS: nothing of it is a line
            return
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *([0-9]+)", head)
    missing = int(length[1]) - len(body) if length else 0
    while missing > 0 and (chunk := connection.recv(65536)):
        missing -= len(chunk)


@contextmanager
def broken_peer(answer: bytes, tls: Certificate | None = None) -> Iterator[int]:
    """The port of a server that gives every request the same answer: bytes, HANG or CLOSE."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    context = None
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.chain)

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(20.0)
            spoken = connection if context is None else context.wrap_socket(connection, server_side=True)
            with spoken:
                _read_request(spoken)
                if answer == HANG:
                    stop.wait(20.0)
                elif answer:
                    spoken.sendall(answer)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        listener.close()
