"""Installing the service: its user, the file of its settings, its flows and its unit.

What always holds: nothing is enabled or started unless that was asked for, and what an administrator may have written
(settings, flows) is left as it is.
"""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from router.cli.service.environment import environment_text, settings_of, write_environment
from router.cli.service.unit import NAME, STATE, USER, Service, unit
from router.config.settings import ACCOUNT_SETTINGS, ROUTER_SETTINGS, SQLITE
from router.errors import ConfigurationError
from router.files.bundle import read_directory

ENVIRONMENT: Final = Path("/etc/ivr-router/environment")
UNIT: Final = Path(f"/etc/systemd/system/{NAME}.service")
FLOWS: Final = STATE / "flows"
UNIT_MODE: Final = 0o644
RUNS: Final = Path("/run/systemd/system")
"""What is there while systemd runs (sd_booted(3))."""

SECRETS: Final = frozenset(setting.variable for setting in (*ACCOUNT_SETTINGS, *ROUTER_SETTINGS) if setting.secret)

KEY_AND_SALT: Final = ("MANGO_API_KEY", "MANGO_API_SALT")

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is installed, and where."""

    service: Service
    settings: Mapping[str, str]
    flows: Path | None  # a bundle to copy; None: the administrator brings one
    root: Path = Path("/")  # below which everything is written

    def at(self, path: Path) -> Path:
        return self.root / path.relative_to("/")

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is written for another machine, or an image of one."""
        return self.root != Path("/")


def plan_of(environ: Mapping[str, str], program: Path, flows: Path | None, root: Path) -> Plan:
    settings = settings_of(environ, FLOWS)
    service = Service(program=program, environment=ENVIRONMENT, writable=_writable(settings))
    return Plan(service=service, settings=settings, flows=flows, root=root)


def own_program() -> Path:
    """`ivr` of the environment that runs this."""
    return Path(sys.executable).with_name("ivr")


def _writable(settings: Mapping[str, str]) -> tuple[Path, ...]:
    """Directories outside of the state's that the settings have the router write to."""
    database, spool = settings.get("IVR_DATABASE", ""), settings.get("IVR_SPOOL", "")
    files = [database.removeprefix(SQLITE)] if database.startswith(SQLITE) else []
    files += [spool] if spool.startswith("/") else []
    found = {Path(file).parent for file in files if file.startswith("/")}
    return tuple(sorted(path for path in found if not path.is_relative_to(STATE)))


def shown(plan: Plan) -> str:
    """What would be written, without secrets."""
    hidden = {name: _hidden(name, value) for name, value in plan.settings.items()}
    files = {UNIT: unit(plan.service), ENVIRONMENT: environment_text(hidden)}
    return "\n".join(f"# {path}\n{text}" for path, text in files.items())


def _hidden(name: str, value: str) -> str:
    """The URL of a database may hold a password; the path of a file holds none."""
    is_known = any(setting.variable == name for setting in (*ACCOUNT_SETTINGS, *ROUTER_SETTINGS))
    is_secret = name in SECRETS or not is_known
    return "..." if value and is_secret and not value.startswith(SQLITE) else value


def install(plan: Plan, tell: Tell, *, with_unit: bool = True) -> None:
    """Write all of it; `tell` is told of each step. Raises ConfigurationError and OSError."""
    if not plan.is_elsewhere:
        _need_root(plan.service.program)
        refuse_unreachable(plan.service.program)
        _make_user(tell)
    if with_unit:
        _write_unit(plan, tell)
    _write_settings(plan, tell)
    if plan.flows is not None:
        _copy_flows(plan, plan.flows, tell)


def _write_unit(plan: Plan, tell: Tell) -> None:
    text = unit(plan.service)
    path = plan.at(UNIT)
    before = path.read_text(encoding="utf-8") if path.is_file() else None
    if before != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(UNIT_MODE)
    tell(f"{'kept' if before == text else 'made' if before is None else 'renewed'} {path}")


def _write_settings(plan: Plan, tell: Tell) -> None:
    path = plan.at(ENVIRONMENT)
    is_new = write_environment(path, environment_text(plan.settings))
    tell(f"made {path}, which only root can read" if is_new else f"kept {path} as it is")
    missing = [name for name in KEY_AND_SALT if is_new and not plan.settings[name]]
    if missing:
        tell(f"write {' and '.join(missing)} into {path}: they stand in the cabinet's API connector")


def _need_root(program: Path) -> None:
    if os.geteuid():
        kept = ",".join(name for name in KEY_AND_SALT if os.environ.get(name))
        words = ["sudo", *([f"--preserve-env={kept}"] if kept else []), str(program), "service", "install", "..."]
        whole = " ".join(words)
        raise ConfigurationError(
            f"this writes to /etc and makes a user: call it with sudo, as `{whole}`, or look with --print"
        )


def refuse_unreachable(program: Path) -> None:
    """ConfigurationError for a program, or the Python below it, that the service's user could not reach."""
    python = program.with_name("python3")
    for path in (program, program.resolve(), python.resolve()):
        closed = next((one for one in path.parents if one.is_dir() and not one.stat().st_mode & 0o001), None)
        if closed is not None:
            raise ConfigurationError(
                f"{path}: the service's user cannot reach it, since {closed} is closed to others; install the router"
                " where all can, as in a virtual environment of the system's Python in /opt/ivr-router"
            )


def _make_user(tell: Tell) -> None:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--user-group",
            "--home-dir",
            str(STATE),
            "--shell",
            "/usr/sbin/nologin",
            USER,
        ]
        run(command)
        tell(f"made the user {USER}")


def _copy_flows(plan: Plan, source: Path, tell: Tell) -> None:
    """The bundle's own files, unless some are there already: those may be newer."""
    target = plan.at(FLOWS)
    if target.exists() and any(target.iterdir()):
        tell(f"kept {target} as it is; `ivr publish` takes a newer bundle")
        return
    for name, content in read_directory(source).items():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    if not plan.is_elsewhere:
        plan.at(STATE).chmod(0o700)
        for path in (plan.at(STATE), target, *target.rglob("*")):
            shutil.chown(path, USER, USER)
    tell(f"copied the bundle of {source} to {target}")


def enable(tell: Tell) -> None:
    """Have systemd start it, now and whenever the machine starts."""
    for command in (["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", NAME]):
        run(command)
    tell(f"enabled and started {NAME}: journalctl --unit {NAME} shows what it says")


def run(command: Sequence[str]) -> None:
    """Raises ConfigurationError with what the command says."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ConfigurationError(f"there is no {command[0]} on this machine") from None
    if done.returncode:
        raise ConfigurationError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")


def next_steps(program: Path) -> list[str]:
    """What is left to an administrator who enabled nothing. sudo may not know the PATH that found the program."""
    return ["systemctl daemon-reload", f"systemctl enable --now {NAME}", f"{program} service run doctor --online"]
