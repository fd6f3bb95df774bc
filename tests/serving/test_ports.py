"""Waiting for an address that another process still has."""

import socket
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from router.serving import listeners
from router.serving.listening import WAIT_BEYOND_SECONDS


class Told:
    """A log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.warning = self.info = self.error = self.lines.append


def config(*addresses: Any, seconds: float = 5.0, **others: Any) -> Any:
    graceful = seconds - WAIT_BEYOND_SECONDS
    return SimpleNamespace(
        address=list(addresses),
        graceful_timeout=graceful,
        backlog=5,
        **{"reuse_port": False, "is_ssl": False, **others},
    )


def taken_port() -> tuple[socket.socket, tuple[str, int]]:
    other = socket.socket()
    other.bind(("127.0.0.1", 0))
    other.listen()
    return other, other.getsockname()


def test_free_address_is_taken_at_once() -> None:
    other, address = taken_port()
    other.close()
    told = Told()
    (listener,) = listeners(config(address), told)
    with socket.create_connection(address):
        listener.close()
    assert told.lines == []


def test_taken_address_is_waited_for() -> None:
    other, address = taken_port()
    told = Told()
    threading.Timer(0.5, other.close).start()
    (listener,) = listeners(config(address, seconds=60), told)
    listener.close()
    waits, free = told.lines
    assert f"127.0.0.1:{address[1]} is in use" in waits
    assert "60 s" in waits
    assert "is free after" in free


def test_wait_is_bounded_and_says_what_to_do() -> None:
    other, address = taken_port()
    told = Told()
    with other, pytest.raises(SystemExit) as ended:
        listeners(config(address, seconds=0.3), told)
    assert ended.value.code == 1
    assert "IVR_LISTEN" in told.lines[-1]
    assert "ss -ltnp" in told.lines[-1]


@pytest.mark.parametrize("address", [("192.0.2.1", 8080), ("::ffff:192.0.2.1", 8080)])
def test_address_of_another_machine_is_refused_at_once(address: tuple[str, int]) -> None:
    told = Told()
    with pytest.raises(SystemExit):
        listeners(config(address, seconds=60), told)
    (line,) = told.lines
    assert "IVR_LISTEN" in line


def test_sockets_that_are_shared_or_of_another_kind_are_gunicorns() -> None:
    assert listeners(config("/nowhere/ivr.sock"), Told()) == []
    assert listeners(config(("127.0.0.1", 1), reuse_port=True), Told()) == []
