"""What `ivr demo` starts and what it tells to try: one account, two addresses, and the commands that fit them.

Everything that is started and everything that is printed comes from one plan, so that they agree wherever the two
listen. The router's account always speaks to the pretended PBX: no command of a demo leaves this machine, no matter
which address the configuration names.
"""

import shlex
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import yaml

from router.cli.example import WORDS
from router.cli.language import said
from router.emulator.load import load_config
from router.files.bundle import read_directory
from router.flow.loader import load
from router.flow.model import Bundle

DEFAULT_LISTEN: Final = "127.0.0.1:8080"
DEFAULT_PBX: Final = "127.0.0.1:8090"
DEFAULT_LINE: Final = "74952150438"  # that `ivr call` dials by itself
ANY_HOUR_LINE: Final = "74952150439"  # of the example bundle, answered at any hour
MOST_PORTS: Final = 50  # that are tried when the usual one is taken
EVERYWHERE: Final = ("", "0.0.0.0", "::")
IN_THE_ENVIRONMENT: Final = ("IVR_CONFIG", "IVR_DATABASE", "IVR_FLOWS", "IVR_LANG")
"""Variables that the printed commands need as well, where they are set here."""

DEMO: Final[Mapping[str, str]] = {"MANGO_API_KEY": "demo-key", "MANGO_API_SALT": "demo-salt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """host:port of a server on this machine."""

    host: str
    port: int

    @property
    def listen(self) -> str:
        """For the server."""
        return f"{self._bracketed(self.host)}:{self.port}"

    @property
    def reached_at(self) -> str:
        """For clients on this machine."""
        return f"{self._bracketed('127.0.0.1' if self.host in EVERYWHERE else self.host)}:{self.port}"

    def _bracketed(self, host: str) -> str:
        return f"[{host}]" if ":" in host else host

    def is_free(self) -> str:
        """ "" when it can be listened on, else why not."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((self.host, self.port))
        except OSError as error:
            return error.strerror or str(error)
        return ""


def address(written: str) -> Address:
    """`127.0.0.1:8080`; a usage error for anything that a PBX on this machine could not post to."""
    host, colon, port = written.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.UsageError(said(f"{written} is not host:port, such as {DEFAULT_LISTEN}", WORDS))
    return Address(host=host.strip("[]"), port=int(port))


def free_address(written: str | None, default: str, avoid: Sequence[Address] = ()) -> Address:
    """What was asked for, a usage error when it is taken; else the default, or the next port that is free."""
    if written:
        asked = address(written)
        if problem := "it is used by the other one" if asked in avoid else asked.is_free():
            raise click.UsageError(said(f"{written} cannot be used: {problem}; is another one running?", WORDS))
        return asked
    first = address(default)
    for port in range(first.port, first.port + MOST_PORTS):
        found = Address(host=first.host, port=port)
        if found not in avoid and not found.is_free():
            return found
    raise click.UsageError(said(f"no port from {first.port} on is free on {first.host}: name one", WORDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account that the demo plays with."""

    name: str  # "" when there is no file of accounts
    api_key: str
    api_salt: str
    flows: str
    left_out: tuple[str, ...] = ()  # the other accounts of the file


def one_account(config: str, name: str | None, account: Account) -> str:
    """The configuration with one account, whose PBX is the one that the environment names."""
    content = yaml.load(config, yaml.CBaseLoader) or {}  # a base loader: builds texts, lists and maps
    chosen = [dict(one) for one in content.get("accounts", []) if one.get("name") == (name or account.name)]
    for one in chosen:
        for setting in ("api_url", "cc_url", "allowed_ips", "limits"):
            one.pop(setting, None)
    content = {key: value for key, value in content.items() if key not in ("listen", "trusted_proxies", "accounts")}
    return yaml.safe_dump({**content, **({"accounts": chosen} if chosen else {})}, allow_unicode=True)


def environment(environ: Mapping[str, str], account: Account, router: Address, pbx: Address) -> dict[str, str]:
    """What both children get."""
    keys = {"MANGO_API_KEY": account.api_key, "MANGO_API_SALT": account.api_salt}
    return {
        **environ,
        **keys,
        "MANGO_API_URL": f"http://{pbx.reached_at}/vpbx/",
        "MANGO_CC_URL": f"http://{pbx.reached_at}/cc/",
        "MANGO_ALLOWED_IPS": "any",  # the pretended PBX posts from wherever this machine reaches the router
        "IVR_TRUSTED_PROXIES": "",
        "IVR_LISTEN": router.listen,
    }


# what to try


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The `ivr` of this installation, for another terminal in this directory."""

    environ: Mapping[str, str]
    pbx: Address
    account: str = ""
    folder: Path | None = None  # of the example, where it is not the one that the demo was started in

    def enter(self) -> str:
        """Go to the folder."""
        return f"cd {shlex.quote(str(self.folder or Path.cwd()))}"

    def ivr(self, *words: str) -> str:
        """A command that does there what it would do here."""
        needed = {name: self.environ[name] for name in IN_THE_ENVIRONMENT if self.environ.get(name)}
        before = [f"{name}={_value(name, value)}" for name, value in needed.items()]
        return " ".join([*before, shlex.quote(str(_program())), *map(shlex.quote, words)])

    def call(self, *words: str) -> str:
        """`ivr call` to the pretended PBX."""
        there = () if self.pbx.listen == DEFAULT_PBX else ("--emulator", f"http://{self.pbx.reached_at}")
        return self.ivr("call", *there, *words)

    def on_account(self, *words: str) -> str:
        """A command about one account's bundle."""
        return self.ivr(*words, *(("--account", self.account) if self.account else ()))


def _value(name: str, value: str) -> str:
    """A database's address may hold a password: then the variable stands for itself."""
    return f'"${name}"' if "@" in value else shlex.quote(value)


def _program() -> Path:
    program = Path(sys.executable).with_name("ivr")
    return program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program


def lines_of(pbx_file: str, flows: str, read: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """(lines that the flows take and the pretended PBX has, lines that the flows take)."""
    known = load_config(read(pbx_file), name=pbx_file).lines
    bundle = load(read_directory(Path(flows))).bundle
    taken = sorted(bundle.by_line) if bundle is not None else []
    there = [line for line in known if line in taken or (bundle is not None and _takes(bundle, line))]
    return there, taken


def _takes(bundle: Bundle, line: str) -> bool:
    return bundle.flow_for(line, ("ivr",)) is not None
