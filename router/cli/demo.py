"""`ivr demo`: the whole thing on one machine, the pretended PBX and the router with the example flows (`make run`).

Both run as they would by themselves: `ivr emulator` and `gunicorn wsgi:app`, as children of this process. Whatever ends
one of them ends both.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Final

import click
import urllib3
from rich.console import Console

READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.1

DEMO: Final[Mapping[str, str]] = {  # what is not set otherwise
    "MANGO_API_KEY": "demo-key",
    "MANGO_API_SALT": "demo-salt",
    "MANGO_ALLOWED_IPS": "127.0.0.1",
    "IVR_LISTEN": "127.0.0.1:8080",
}

TRY: Final = """
[bold]The router answers at http://{router}, the pretended PBX at http://{pbx}.[/bold]

  Console            http://{router}/console/
  One call, explained
    [cyan]{ivr} call --keys 1 --trace[/cyan]
  (outside the example's office hours, Moscow time, callers hear that it is closed; a VIP gets through at any hour:
    [cyan]{ivr} call --from 74951234567 --trace[/cyan])
  The list of calls  [cyan]{ivr} calls[/cyan]
  Check and test the example flows
    [cyan]{ivr} check[/cyan]   [cyan]{ivr} test[/cyan]
  Change a file in flows/ and save it: new calls get the new version.

Ctrl-C stops both.
"""


@click.command()
@click.option("--pbx", default="127.0.0.1:8090", show_default=True, help="Where the pretended PBX listens.")
@click.option("--config", default="pbx.yaml", show_default=True, help="What the pretended PBX is made of.")
def demo(pbx: str, config: str) -> None:
    """Run the emulator and the router together, on the example flows."""
    environ = {**DEMO, **os.environ}
    environ.setdefault("MANGO_API_URL", f"http://{pbx}/vpbx/")
    environ.setdefault("MANGO_CC_URL", f"http://{pbx}/cc/")
    router = environ["IVR_LISTEN"]
    for address in (router, pbx):
        _refuse_taken(address)
    if not Path("wsgi.py").is_file():
        raise click.UsageError("run this in the project's directory: wsgi.py is not here")
    emulator = [sys.executable, "-m", "router.cli", "emulator", "--config", config]
    emulator += ["--listen", pbx, "--webhook", f"http://{router}"]
    server = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    children: list[subprocess.Popen[bytes]] = []
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        children.extend(subprocess.Popen(command, env=environ) for command in (emulator, server))
        _wait_until_ready(f"http://{router}/readyz", children)
        _wait_until_ready(f"http://{pbx}/emulator/calls", children)
        ivr = Path(sys.executable).with_name("ivr")
        shown = ivr.relative_to(Path.cwd()) if ivr.is_relative_to(Path.cwd()) else ivr
        Console(highlight=False, soft_wrap=True).print(TRY.format(router=router, pbx=pbx, ivr=shown))
        _wait_for_one(children)
    except KeyboardInterrupt:
        click.echo("\nstopping")
    finally:
        _stop(children)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _refuse_taken(address: str) -> None:
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            raise click.UsageError(f"{address} cannot be used: {error.strerror}; is another one running?") from error


def _wait_until_ready(url: str, children: list[subprocess.Popen[bytes]]) -> None:
    http = urllib3.PoolManager(retries=False)
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        _refuse_dead(children)
        try:
            if http.request("GET", url, timeout=1.0).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass  # it is not listening yet
        time.sleep(POLL_SECONDS)
    raise click.ClickException(f"{url} did not answer within {READY_SECONDS:g} s; its own messages stand above")


def _refuse_dead(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is not None:
            raise click.ClickException(f"a child ended with code {child.returncode}; its own messages stand above")


def _wait_for_one(children: list[subprocess.Popen[bytes]]) -> None:
    while True:
        _refuse_dead(children)
        time.sleep(POLL_SECONDS)


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
