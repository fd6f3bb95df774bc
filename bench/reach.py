"""How soon events are answered beside peers that hold connections open, with and without nginx in front."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from bench.load import Measured, play
from bench.servers import Server, free_port, router
from bench.traffic import calls

HELD: Final = 500
EVENTS_PER_SECOND: Final = 200.0
EVENTS_PER_CALL: Final = 7
CONNECTIONS: Final = 16
SETTLE_SECONDS: Final = 1.0
START_SECONDS: Final = 10.0

SENT: Final[Mapping[str, bytes]] = {
    "silent": b"",
    "half a header sent": b"POST /events/call HTTP/1.1\r\nHost: x\r\nContent-Le",
    "half a body sent": b"POST /events/call HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nvpb",
}

NGINX: Final = """
daemon off; pid {directory}/nginx.pid; error_log {directory}/error.log; worker_processes 2;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {directory}/1; proxy_temp_path {directory}/2; fastcgi_temp_path {directory}/3;
    uwsgi_temp_path {directory}/4; scgi_temp_path {directory}/5;
    {shown}
}}
"""


@contextmanager
def nginx(upstream: Server, directory: Path) -> Iterator[Server | None]:
    """nginx with the configuration of docs/deployment.md in front of a server; None where there is no nginx."""
    program = shutil.which("nginx", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")
    if program is None:
        yield None
        return
    directory.mkdir(parents=True)
    port = free_port()
    shown = Path("docs/deployment.md").read_text(encoding="utf-8").partition("```nginx\n")[2].partition("```")[0]
    shown = shown.replace("127.0.0.1:8080", f"127.0.0.1:{upstream.address[1]}")
    shown = shown.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    config = directory / "nginx.conf"
    config.write_text(NGINX.format(directory=directory, shown=shown), encoding="utf-8")
    process = subprocess.Popen([program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield Server(("127.0.0.1", port), process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("nginx did not come up")


@contextmanager
def held_open(server: Server, sent: bytes) -> Iterator[None]:
    """HELD connections that have sent so much, and will send no more."""
    with ExitStack() as stack:
        for _ in range(HELD):
            stack.enter_context(socket.create_connection(server.address)).sendall(sent)
        time.sleep(SETTLE_SECONDS)
        yield


def reach(directory: Path, seconds: float) -> dict[str, Measured]:
    """What was held -> the answers meanwhile. A round is shorter than the ten seconds after which they are closed."""
    found: dict[str, Measured] = {}
    with router(directory / "router", commands=False) as server, nginx(server, directory / "nginx") as proxy:
        for way, target in (("", server), (", nginx in front", proxy)):
            if target is None:
                print("nginx is not installed (Debian: apt-get install nginx-light): not measured", file=sys.stderr)
                continue
            found[f"nothing held{way}"] = _paced(target, f"none{way}", seconds)
            for what, sent in SENT.items():
                with held_open(target, sent):
                    found[f"{HELD} connections, {what}{way}"] = _paced(target, f"{what}{way}", seconds)
    return found


def _paced(server: Server, name: str, seconds: float) -> Measured:
    load = calls(name.replace(" ", "-").replace(",", ""), int(seconds * EVENTS_PER_SECOND / EVENTS_PER_CALL))
    measured = play(server.connections(CONNECTIONS), load, per_second=EVENTS_PER_SECOND)
    if set(measured.statuses) != {200}:
        raise RuntimeError(f"not every event was answered 200: {dict(measured.statuses)}")
    return measured
