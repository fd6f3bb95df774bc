"""The address that gunicorn listens on: a master that starts while another process still has it waits for it.

A router that is stopped closes its address at once, but the next one may be started before the first one is stopped.
Gunicorn itself gives up after five seconds.
"""

import errno
import socket
import time
from typing import Any, Final

from gunicorn import sock, util

WAIT_BEYOND_SECONDS: Final = 10.0
"""How much longer than a graceful stop may take the address is waited for."""

TRY_AGAIN_SECONDS: Final = 0.2


def listeners(cfg: Any, log: Any) -> list[Any]:
    """gunicorn's listeners for every TCP address of `cfg`, bound; SystemExit when one is not free in time.

    None at all where gunicorn is left to itself: for Unix sockets, for descriptors that were handed over, and for
    addresses that several masters share.
    """
    if cfg.reuse_port or not all(isinstance(address, tuple) for address in cfg.address):
        return []
    until = time.monotonic() + cfg.graceful_timeout + WAIT_BEYOND_SECONDS
    try:
        return [_listener(address, until, cfg, log) for address in cfg.address]
    except KeyboardInterrupt:
        raise SystemExit(1) from None


def _listener(address: tuple[str, int], until: float, cfg: Any, log: Any) -> Any:
    shown, began = f"{address[0]}:{address[1]}", time.monotonic()
    waits = False
    while True:
        try:
            bound = _bound(address, cfg, log)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() >= until:
                log.error(f"cannot listen on {shown}: {error.strerror}. {_advice(error, shown)}")
                raise SystemExit(1) from None
        else:
            if waits:
                log.info(f"{shown} is free after {time.monotonic() - began:.1f} s")
            return bound
        if not waits:
            waits = True
            seconds = max(0.0, until - began)
            log.warning(
                f"{shown} is in use, by a router that ends or by another program: waiting {seconds:.0f} s for it"
            )
        time.sleep(TRY_AGAIN_SECONDS)


def _bound(address: tuple[str, int], cfg: Any, log: Any) -> Any:
    """A listener of gunicorn's; OSError when the address is not to be had."""
    kind = sock.TCP6Socket if util.is_ipv6(address[0]) else sock.TCPSocket
    plain = socket.socket(kind.FAMILY, socket.SOCK_STREAM)
    try:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        plain.bind(address)
        plain.listen(cfg.backlog)
    except OSError:
        plain.close()
        raise
    return kind(address, cfg, log, fd=plain.detach())


def _advice(error: OSError, shown: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Stop what listens there (ss -ltnp shows it) or set IVR_LISTEN to another address than {shown}"
    if error.errno == errno.EACCES:
        return "Ports below 1024 need the capability CAP_NET_BIND_SERVICE; or set IVR_LISTEN to a port above"
    return "Is IVR_LISTEN an address of this machine?"
