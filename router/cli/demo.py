"""`ivr demo`: the whole thing on one machine, the pretended PBX and the router with the example flows (`make run`).

Both run as they would by themselves: `ivr emulator` and `ivr serve`, as children of this process. Whatever ends one of
them ends both. In a folder without a bundle the example is put into a folder of its own (`example`), so that nothing
but an installed `ivr` is needed.
"""

import os
import signal
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

from router.bootstrap.process_setup import read_settings
from router.cli import demo_calls
from router.cli.demo_plan import (
    DEFAULT_LISTEN,
    DEFAULT_PBX,
    DEMO,
    Account,
    Address,
    Commands,
    environment,
    free_address,
    one_account,
)
from router.cli.demo_text import playable_lines, shows_example, told
from router.cli.example import WORDS, enter_example, has_bundle
from router.cli.language import said
from router.cli.serve import gunicorn
from router.own_directory import OwnDirectory
from router.private_files import open_private

READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.1


@click.command()
@click.option(
    "--pbx", default=None, help=f"Where the pretended PBX listens. [default: {DEFAULT_PBX}, or the next free]"
)
@click.option("--config", default="pbx.yaml", show_default=True, help="What the pretended PBX is made of.")
@click.option("--account", default=None, help="Which account of the configuration plays. [default: the first]")
def demo(pbx: str | None, config: str, account: str | None) -> None:
    """Run the emulator and the router together, on the flows of this folder or on an example.

    Where there is neither `flows` nor a configuration, the example is put into the folder ivr-demo. The router listens
    where IVR_LISTEN (or `listen` of the configuration) says, else on 127.0.0.1:8080 or the next free port. Its account
    speaks to the pretended PBX alone, whatever PBX the configuration names.
    """
    folder = None if has_bundle(os.environ, config) else enter_example()
    given = {**DEMO, **os.environ}
    chosen, written, listen = _account(given, account)
    router = free_address(listen, DEFAULT_LISTEN)
    there = free_address(pbx, DEFAULT_PBX, avoid=[router])
    environ = environment(given, chosen, router, there)
    directory = OwnDirectory("ivr-demo-")
    try:
        if written:
            environ["IVR_CONFIG"] = _own_config(str(directory.path), one_account(written, chosen.name, chosen))
        commands = Commands(
            environ=os.environ, pbx=there, account=chosen.name if chosen.left_out else "", folder=folder
        )
        lines = playable_lines(config, chosen.flows)
        _run(environ, config, router, there, told(chosen, commands, lines, router), shows_example(lines))
    finally:
        directory.delete()


def _account(environ: Mapping[str, str], name: str | None) -> tuple[Account, str, str | None]:
    """(the account, the text of the configuration's file, where it says to listen)."""
    settings = read_settings(environ)
    path = Path(environ.get("IVR_CONFIG") or "ivr.yaml")
    written = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = [one for one in settings.accounts if name in (None, one.name)]
    if not found:
        known = ", ".join(one.name for one in settings.accounts)
        raise click.UsageError(said(f"there is no account {name}: {known}", WORDS))
    one, left_out = found[0], tuple(other.name for other in settings.accounts if other is not found[0])
    account = Account(
        name=one.name, api_key=one.api_key, api_salt=one.salts[0], flows=one.flows, left_out=left_out
    )  # fmt: skip
    asked = environ.get("IVR_LISTEN") or (settings.listen if settings.listen != DEFAULT_LISTEN else None)
    return account, written, asked


def _own_config(directory: str, text: str) -> str:
    path = Path(directory, "ivr.yaml")
    with os.fdopen(open_private(path, os.O_WRONLY | os.O_TRUNC), "w", encoding="utf-8") as file:
        file.write(text)
    return str(path)


def _run(
    environ: Mapping[str, str], config: str, router: Address, pbx: Address, text: str, with_examples: bool
) -> None:
    emulator = [sys.executable, "-m", "router.cli", "emulator", "--config", config]
    emulator += ["--listen", pbx.listen, "--webhook", f"http://{router.reached_at}"]
    children: list[subprocess.Popen[bytes]] = []
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        children.extend(subprocess.Popen(command, env=environ) for command in (emulator, gunicorn()))
        _wait_until_ready(f"http://{router.reached_at}/readyz", children)
        _wait_until_ready(f"http://{pbx.reached_at}/emulator/calls", children)
        Console(highlight=False, soft_wrap=True).print(text)
        if with_examples:
            demo_calls.begin(f"http://{pbx.reached_at}")
        _wait_for_one(children)
    except KeyboardInterrupt:
        click.echo(f"\n{said('stopping', WORDS)}")
    finally:
        _stop(children)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


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
    problem = f"{url} did not answer within {READY_SECONDS:g} s; its own messages stand above"
    raise click.ClickException(said(problem, WORDS))


def _refuse_dead(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is not None:
            problem = f"a child ended with code {child.returncode}; its own messages stand above"
            raise click.ClickException(said(problem, WORDS))


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
