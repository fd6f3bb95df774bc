"""The commands: `ivr service install`, and `ivr service run` to call `ivr` as the service has it."""

import os
import pwd
import sys
from pathlib import Path

import click

from router.cli.language import tell
from router.cli.service.environment import read_environment
from router.cli.service.install import (
    ENVIRONMENT,
    RUNS,
    enable,
    install,
    next_steps,
    own_program,
    plan_of,
    shown,
)
from router.cli.service.unit import STATE, USER, unit
from router.errors import ConfigurationError

BARE: tuple[str, ...] = ("PATH", "LANG", "LC_ALL", "TERM", "COLUMNS", "NO_COLOR", "TZ")
"""What a command keeps of the shell's environment besides the service's settings."""


@click.group()
def service() -> None:
    """The router as a service of systemd: install it, and call commands as it has them."""


@service.command("install")
@click.option("--print", "only_shows", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("--print-unit", "only_unit", is_flag=True, help="Print the unit alone.")
@click.option("--enable", "enables", is_flag=True, help="Start it now, and whenever the machine starts.")
@click.option("--flows", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A bundle to copy.")
@click.option(
    "--settings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of settings to take, NAME=VALUE, such as the ivr.env of `ivr init`.",
)
@click.option("--root", type=click.Path(path_type=Path), default="/", help="Write below this directory: an image.")
@click.option("--program", type=click.Path(path_type=Path), help="Which `ivr` it runs. Default: this one.")
@click.option("--no-unit", is_flag=True, help="Only the user and the settings: a package brings its own unit.")
def install_service(
    only_shows: bool,
    only_unit: bool,
    enables: bool,
    flows: Path | None,
    settings: Path | None,
    root: Path,
    program: Path | None,
    no_unit: bool,
) -> None:
    """Write a unit with a sandbox, the user it runs as, and its settings (mode 0600). Enables nothing without --enable.

    Settings are taken from this environment and from --settings; an environment file that is there is kept as it is.
    """
    environ = {**os.environ, **(read_environment(settings) if settings is not None else {})}
    plan = plan_of(environ, program or own_program(), flows, root.absolute())
    if only_shows or only_unit:
        click.echo(unit(plan.service) if only_unit else shown(plan), nl=False)
        return
    if enables and not RUNS.is_dir():
        raise ConfigurationError("systemd does not run here, so nothing can be enabled; leave --enable out")
    install(plan, click.echo, with_unit=not no_unit)
    if enables:
        enable(click.echo)
    elif not plan.is_elsewhere and not no_unit:
        tell("nothing is enabled; next:")
        for step in next_steps(plan.service.program):
            click.echo(f"  sudo {step}")


@service.command("run", context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run_as_service(command: tuple[str, ...]) -> None:
    """Call `ivr COMMAND…` as the service's user, with its settings and in its directory: sudo ivr service run calls."""
    settings = read_environment(ENVIRONMENT)
    kept = {name: os.environ[name] for name in BARE if name in os.environ}
    become_the_user()
    os.chdir(STATE)
    os.execve(sys.executable, [sys.executable, "-m", "router.cli", *command], kept | settings)


def become_the_user() -> None:
    """For good. Raises ConfigurationError when there is none."""
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        raise ConfigurationError(f"there is no user {USER}: `ivr service install` makes it") from None
    if os.geteuid() == entry.pw_uid:
        return
    if os.geteuid():
        raise ConfigurationError("only root may act as the service's user: call it with sudo")
    os.initgroups(USER, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.umask(0o077)
