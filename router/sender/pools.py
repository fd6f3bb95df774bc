"""Connections that every sender shares the making of: kept alive, verified, and never a forked parent's."""

import logging
import os
import ssl
from collections.abc import Callable
from time import monotonic
from typing import Final

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

KEPT_ALIVE: Final = 64  # connections to one host
HOSTS: Final = 256
CHUNK_BYTES: Final = 64 * 1024

# They write whole URLs into their messages, and a flow's author may put a secret into one.
for _talkative in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_talkative).setLevel(logging.ERROR)


class ProcessPools:
    """The connection pools of whichever process asks; sockets that were open at a fork stay the parent's."""

    def __init__(self, make: Callable[[], urllib3.PoolManager]) -> None:
        self._make = make
        self._of: tuple[int, urllib3.PoolManager] | None = None

    def here(self) -> urllib3.PoolManager:
        if self._of is None or self._of[0] != os.getpid():
            self._of = (os.getpid(), self._make())
        return self._of[1]


def make_pools(plain: type[HTTPConnection], secure: type[HTTPSConnection]) -> urllib3.PoolManager:
    """Pools whose connections are of these classes. TLS 1.2 or newer, with the host's certificate verified."""

    class Plain(HTTPConnectionPool):
        ConnectionCls = plain

    class Secure(HTTPSConnectionPool):
        ConnectionCls = secure

    pools = urllib3.PoolManager(
        num_pools=HOSTS,
        maxsize=KEPT_ALIVE,
        cert_reqs="CERT_REQUIRED",
        ssl_minimum_version=ssl.TLSVersion.TLSv1_2,  # the oldest that the PBX takes (PROTOCOL.md, C)
    )
    pools.pool_classes_by_scheme = {"http": Plain, "https": Secure}
    return pools


def read_body(response: urllib3.BaseHTTPResponse, most_bytes: int, until: float) -> bytes | None:
    """The whole body; None when it broke off, was longer, or took longer than `until` (monotonic). A proxy may compress
    what was asked for as it is; the bound is on what comes out, piece by piece."""
    body = bytearray()
    try:
        while chunk := response.read1(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > most_bytes or monotonic() > until:
                response.close()
                return None
    except (urllib3.exceptions.HTTPError, OSError):
        response.close()
        return None
    response.release_conn()
    return bytes(body)
