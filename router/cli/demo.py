"""`ivr demo`: the whole thing on one machine, the pretended PBX and the router with the example flows (`make run`).

Both run as they would by themselves: `ivr emulator` and `gunicorn wsgi:app`, as children of this process. Whatever ends
one of them ends both.
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
from rich.markup import escape

from router.bootstrap.process_setup import read_settings
from router.cli.demo_plan import (
    ANY_HOUR_LINE,
    DEFAULT_LINE,
    DEFAULT_LISTEN,
    DEFAULT_PBX,
    DEMO,
    Account,
    Address,
    Commands,
    environment,
    free_address,
    lines_of,
    one_account,
)
from router.errors import ConfigurationError
from router.own_directory import OwnDirectory
from router.private_files import open_private

READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.1
BLOCKED: Final = "79000000013"  # by the example bundle


@click.command()
@click.option(
    "--pbx", default=None, help=f"Where the pretended PBX listens. [default: {DEFAULT_PBX}, or the next free]"
)
@click.option("--config", default="pbx.yaml", show_default=True, help="What the pretended PBX is made of.")
@click.option("--account", default=None, help="Which account of the configuration plays. [default: the first]")
def demo(pbx: str | None, config: str, account: str | None) -> None:
    """Run the emulator and the router together, on the example flows or on those of an account.

    The router listens where IVR_LISTEN (or `listen` of the configuration) says, else on 127.0.0.1:8080 or the next free
    port. Its account speaks to the pretended PBX alone, whatever PBX the configuration names.
    """
    if not Path("wsgi.py").is_file():
        raise click.UsageError("run this in the project's directory: wsgi.py is not here")
    given = {**DEMO, **os.environ}
    chosen, written, listen = _account(given, account)
    router = free_address(listen, DEFAULT_LISTEN)
    there = free_address(pbx, DEFAULT_PBX, avoid=[router])
    environ = environment(given, chosen, router, there)
    directory = OwnDirectory("ivr-demo-")
    try:
        if written:
            environ["IVR_CONFIG"] = _own_config(str(directory.path), one_account(written, chosen.name, chosen))
        commands = Commands(environ=os.environ, pbx=there, account=chosen.name if chosen.left_out else "")
        _run(environ, config, router, there, _told(chosen, commands, config, router, there))
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
        raise click.UsageError(f"there is no account {name}: {known}")
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


def _told(account: Account, commands: Commands, config: str, router: Address, pbx: Address) -> str:
    """What to try, for a terminal with colours."""
    base = f"http://{router.reached_at}"
    rows = [f"[bold]The router answers at {base}, the pretended PBX at http://{pbx.reached_at}.[/bold]", ""]
    if account.left_out:
        rows += [f"  It plays the account {account.name}; without {', '.join(account.left_out)} (see --account).", ""]
    rows += [f"  Console            {base}/console/", *_calls(account, commands, config)]
    rows += [
        f"  The list of calls  [cyan]{escape(commands.ivr('calls'))}[/cyan]",
        "  Check and test the flows",
        f"    [cyan]{escape(commands.on_account('check'))}[/cyan]",
        f"    [cyan]{escape(commands.on_account('test'))}[/cyan]",
        f"  Change a file in {account.flows}/ and save it: new calls get the new version.",
    ]
    return "\n".join(["", *rows, "", "Ctrl-C stops both.", ""])


def _calls(account: Account, commands: Commands, config: str) -> list[str]:
    """Calls that come somewhere."""
    try:
        there, taken = lines_of(config, account.flows, lambda path: Path(path).read_text(encoding="utf-8"))
    except (ConfigurationError, OSError):
        there, taken = [], []  # the child says what is wrong with it
    if not there:
        missing = f" ({', '.join(taken[:3])})" if taken else ""
        return [f"  No line of {config} leads to a flow: give it one that the flows take{missing}, then `ivr call`."]
    line = ANY_HOUR_LINE if ANY_HOUR_LINE in there else DEFAULT_LINE if DEFAULT_LINE in there else there[0]
    rows = ["  One call, explained", _call(commands, line, "--keys", "1")]
    if {ANY_HOUR_LINE, DEFAULT_LINE} <= set(there):
        rows += [
            "  The other line has office hours, Moscow time; and who is blocked is hung up on",
            _call(commands, DEFAULT_LINE, "--keys", "1"),
            _call(commands, DEFAULT_LINE, "--from", BLOCKED),
        ]
    return rows


def _call(commands: Commands, line: str, *words: str) -> str:
    where = () if line == DEFAULT_LINE else ("--line", line)
    return f"    [cyan]{escape(commands.call(*where, *words, '--trace'))}[/cyan]"


def _run(environ: Mapping[str, str], config: str, router: Address, pbx: Address, told: str) -> None:
    emulator = [sys.executable, "-m", "router.cli", "emulator", "--config", config]
    emulator += ["--listen", pbx.listen, "--webhook", f"http://{router.reached_at}"]
    server = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    children: list[subprocess.Popen[bytes]] = []
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        children.extend(subprocess.Popen(command, env=environ) for command in (emulator, server))
        _wait_until_ready(f"http://{router.reached_at}/readyz", children)
        _wait_until_ready(f"http://{pbx.reached_at}/emulator/calls", children)
        Console(highlight=False, soft_wrap=True).print(told)
        _wait_for_one(children)
    except KeyboardInterrupt:
        click.echo("\nstopping")
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
