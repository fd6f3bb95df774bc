"""The unit of systemd: a user of its own, a state directory, and a sandbox around both.

What always holds: the service sees its own state, the system's programs and the network, and nothing of other users. It
has no capability, makes no setuid file and loads no module. `systemd-analyze security` says what that is worth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NAME: Final = "ivr-router"
USER: Final = "ivr-router"
STATE: Final = Path("/var/lib/ivr-router")
HOMES: Final = (Path("/home"), Path("/root"), Path("/run/user"))
"""What ProtectHome hides."""

OPEN_FILES: Final = 65_536
START_SECONDS: Final = 120  # a migration of a large database, or a port that is taken for a moment
STOP_SECONDS: Final = 45  # gunicorn's graceful_timeout, and what follows

_SANDBOX: Final = """\
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
PrivateMounts=yes
ProtectHostname=yes
ProtectClock=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
DevicePolicy=closed
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
"""
"""`setpriority` and `setrlimit` (of @resources) are needed: bundles that are sent are looked at in a child with little
memory and the lowest priority. /proc is whole: doctor and the metrics read of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What of a unit depends on the machine."""

    program: Path  # `ivr`, by its whole path
    environment: Path  # the file of settings
    writable: Sequence[Path] = ()  # directories besides the state's that the settings name


def unit(service: Service) -> str:
    """Its text."""
    return "\n".join(_lines(service)) + "\n"


def _lines(service: Service) -> Iterator[str]:
    yield f"# Written by `ivr service install`. Changes go into `systemctl edit {NAME}`, which a next one leaves alone."
    yield "[Unit]"
    yield "Description=IVR router for the MANGO OFFICE virtual PBX"
    yield "Wants=network-online.target"
    yield "After=network-online.target postgresql.service"
    yield ""
    yield "[Service]"
    yield "Type=notify"
    yield "NotifyAccess=main"
    yield f"User={USER}"
    yield f"Group={USER}"
    yield f"EnvironmentFile={service.environment}"
    yield f"StateDirectory={STATE.name}"
    yield "StateDirectoryMode=0700"
    yield f"WorkingDirectory={STATE}"
    yield f"ExecStart={_escaped(service.program)} serve"
    yield "ExecReload=/bin/kill -HUP $MAINPID"
    yield "Restart=always"
    yield "RestartSec=2"
    yield "KillMode=mixed"
    yield f"TimeoutStartSec={START_SECONDS}"
    yield f"TimeoutStopSec={STOP_SECONDS}"
    yield f"LimitNOFILE={OPEN_FILES}"
    yield "UMask=0077"
    yield ""
    yield f"ProtectHome={'read-only' if is_in_a_home(service.program) else 'yes'}"
    for path in service.writable:
        yield f"ReadWritePaths={_escaped(path)}"
    yield _SANDBOX
    yield "[Install]"
    yield "WantedBy=multi-user.target"


def is_in_a_home(path: Path) -> bool:
    return any(path.is_relative_to(home) for home in HOMES)


def _escaped(path: Path) -> str:
    """As systemd.syntax(7) has it: a percent sign means something, a blank ends a word."""
    text = str(path).replace("\\", "\\\\").replace("%", "%%").replace('"', '\\"')
    return f'"{text}"' if " " in text else text
