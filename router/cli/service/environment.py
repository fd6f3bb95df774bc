"""The file of the service's settings: `NAME=VALUE` lines, as systemd reads them (systemd.exec, EnvironmentFile).

What always holds: it is made for root alone before anything secret stands in it, and one that is there is never
written over.
"""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from router.cli.service.unit import STATE
from router.errors import ConfigurationError
from router.runtime.administration.access_tokens import TOKEN_BYTES

SECRET_MODE: Final = 0o600
PREFIXES: Final = ("MANGO_", "IVR_")
OF_COMMANDS: Final = frozenset({"IVR_URL", "IVR_TOKEN", "IVR_LANG", "IVR_CONFIG"})
"""What `ivr` in a terminal reads; IVR_CONFIG names a file that the service would look for elsewhere."""

ABOUT: Final = """\
# Settings of the router, read by systemd: NAME=VALUE, without export. docs/configuration.md has all of them.
# After a change: systemctl restart ivr-router (a reload brings new code, and keeps the settings)
"""

_is_plain = re.compile(r"[\w./:@,+=-]*", re.ASCII).fullmatch
_line = re.compile(r"(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)", re.DOTALL).fullmatch


def settings_of(environ: Mapping[str, str], flows: Path) -> dict[str, str]:
    """What the service gets: the settings that are there, and the usual ones for the rest."""
    taken = {
        name: value
        for name, value in sorted(environ.items())
        if name.startswith(PREFIXES) and name not in OF_COMMANDS and value
    }
    usual = {
        "MANGO_API_KEY": "",
        "MANGO_API_SALT": "",
        "IVR_DATABASE": f"sqlite:///{STATE / 'ivr.db'}",
        "IVR_ADMIN_TOKEN": secrets.token_urlsafe(TOKEN_BYTES),
    }
    return usual | taken | {"IVR_FLOWS": str(flows)}


def environment_text(settings: Mapping[str, str], about: str = ABOUT) -> str:
    return about + "".join(f"{name}={_quoted(value)}\n" for name, value in settings.items())


def _quoted(value: str) -> str:
    """As systemd and a shell read it alike: within double quotes, four signs behind a backslash."""
    if "\n" in value:
        raise ConfigurationError("a setting with a line feed in it cannot stand in the service's environment file")
    return value if _is_plain(value) else '"' + re.sub(r"([\"\\`$])", r"\\\1", value) + '"'


def write_environment(path: Path, text: str) -> bool:
    """Whether it was written; False when there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, SECRET_MODE)
    except FileExistsError:
        return False
    with os.fdopen(file, "w", encoding="utf-8") as opened:
        os.fchmod(opened.fileno(), SECRET_MODE)  # whatever the umask takes away
        opened.write(text)
    return True


def read_environment(path: Path) -> dict[str, str]:
    """The settings of such a file, or of one that a shell reads. Raises ConfigurationError and OSError."""
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not (text := line.strip()) or text.startswith(("#", ";")):
            continue
        match = _line(text)
        if match is None:
            raise ConfigurationError(f"{path}:{number}: this is not like NAME=VALUE")
        found[match[1]] = _unquoted(match[2])
    return found


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\([\"\\`$])", r"\1", text[1:-1])
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text
