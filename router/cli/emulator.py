"""`ivr emulator`: the PBX's side of the wire, on this machine, for development and tests."""

import json
import os
import signal
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import click

from router.cli.example import FOLDER
from router.cli.language import tell
from router.emulator.load import load_config
from router.emulator.serve import serving
from router.errors import ConfigurationError


@click.command()
@click.option("--config", default="pbx.yaml", show_default=True, help="Lines, people, prompts and menus of the PBX.")
@click.option("--listen", default="127.0.0.1:8090", show_default=True, help="Where the PBX's API answers.")
@click.option("--webhook", default="http://127.0.0.1:8080", show_default=True, help="Where events and results go.")
@click.option(
    "--profile",
    envvar="MANGO_PROFILE",
    type=click.Choice(["2021", "2026"]),
    help="The document that the PBX keeps to; else the file's, else 2021.",
)
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.01, 1000), help="The calls' time.")
@click.option("--json", "as_json", is_flag=True, help="Say where it answers as one JSON object.")
def emulator(config: str, listen: str, webhook: str, profile: str | None, speed: float, *, as_json: bool) -> None:
    """Play the PBX: signed events out, every method of the API in.

    The key and the salt come from MANGO_API_KEY and MANGO_API_SALT, as for the router.
    """
    api_key, salt = _secret("MANGO_API_KEY"), _secret("MANGO_API_SALT")
    pbx = load_config(_read(config), name=config)
    pbx = replace(pbx, profile=profile) if profile else pbx
    host, port = _address(listen)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with serving(pbx, api_key=api_key, salt=salt, host=host, port=port, webhook=webhook, speed=speed) as server:
        base = f"http://{host}:{server.port}"
        places = {"pbx": f"{base}/vpbx/", "webhook": webhook, "control": f"{base}/emulator/calls"}
        click.echo(json.dumps(places | {"lines": list(pbx.lines)}) if as_json else _shown(places, pbx.lines))
        stopped.wait()
    if not as_json:
        tell("the PBX has stopped")


def _shown(places: Mapping[str, str], lines: Iterable[str]) -> str:
    return (
        f"PBX      {places['pbx']}   (MANGO_API_URL of the router)\n"
        f"webhook  {places['webhook']}\n"
        f"control  {places['control']}\n"
        f"lines    {', '.join(lines)}"
    )


def _secret(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ConfigurationError(f"{name} is not set: export the value that the router has, any text will do here")
    return value


def _read(config: str) -> str:
    try:
        return Path(config).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"there is no {config} here: `ivr demo` makes a folder {FOLDER} with an example of it, or name a file with"
            f" --config, such as --config {FOLDER}/pbx.yaml"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{config} cannot be read ({error}): name another file with --config") from error


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ConfigurationError(f"--listen takes host:port, such as 127.0.0.1:8090, not {listen!r}")
    return host.strip("[]"), int(port)
