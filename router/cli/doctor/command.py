"""The command: reads the configuration as far as it can be read, has it examined, prints what comes."""

import os
import re
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import CLOCK_BOOTTIME, clock_gettime, monotonic
from typing import Final, NoReturn

import click

from router.bootstrap.process_setup import survey_environment
from router.cli.doctor.checks import CHECKS
from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis, wrong
from router.cli.doctor.examination import Tell, examine
from router.cli.doctor.output import OutputClosedError, Printer, leave_closed_output, open_standard_files
from router.cli.doctor.probe import is_address
from router.cli.doctor.supervisor import supervised
from router.config.settings import Settings
from router.errors import ConfigurationError

MOST_SECONDS: Final = 9.3  # from the start of the process to its last line
CHILD_SECONDS: Final = 8.5  # the examination itself says what it has given up
FILE_SECONDS: Final = 1.5  # for the configuration, and for each file that it refers to
SLOW_START_SECONDS: Final = 4.0  # a process that is older than this did something else before
UNWELL: Final = 1
STARS: Final = "*****"

_reference = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _checked(_context: click.Context, _option: click.Parameter, url: str) -> str:
    if url and not is_address(url):
        raise click.BadParameter(f"{url!r} is no address: write it as the cabinet has it, such as https://HOST/vpbx")
    return url


@click.command()
@click.option(
    "--url", default="", callback=_checked, help="Where the PBX reaches the webhook, as https://ivr.example.com/vpbx."
)
@click.option("--online", is_flag=True, help="Ask the PBX, too: its address, the key, the salt, the clock.")
@click.option("--account", default=None, help="Only this account.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array instead of lines.")
def doctor(url: str, online: bool, account: str | None, as_json: bool) -> None:
    """Check this deployment: configuration, database, flows, the running server, and with --online the PBX.

    Run it in the router's environment. It ends within 10 seconds, whatever hangs. Exit code 1 when something is wrong.
    """
    age = _age_of_process()
    begun = monotonic() - (age if age < SLOW_START_SECONDS else 0.0)

    def examination(tell: Tell) -> None:
        _examine(url, online, account, begun + CHILD_SECONDS, tell)

    open_standard_files()
    printer = Printer(as_json=as_json)
    try:
        _print(printer, examination, begun + MOST_SECONDS)
    except OutputClosedError:
        leave_closed_output()
        raise SystemExit(UNWELL) from None
    if printer.errors:
        raise SystemExit(UNWELL)


def _print(printer: Printer, examination: Callable[[Tell], object], until: float) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    printer.begin()
    try:
        for diagnosis in supervised(examination, until):
            printer.show(diagnosis)
    except KeyboardInterrupt:
        printer.show(wrong("doctor", "interrupted", "what is not told above was not examined"))
    printer.end()


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _examine(url: str, online: bool, account: str | None, until: float, tell: Tell) -> None:
    """In the child: read the settings, then run every check."""
    _require_directory(tell)
    settings, faults, written = _surveyed(os.environ)
    if account is not None:
        chosen = tuple(one for one in settings.accounts if one.name == account)
        if not chosen:
            names = ", ".join(one.name for one in settings.accounts)
            tell(wrong("configuration", f"there is no account {account}", f"name one of {names}"))
        settings = replace(settings, accounts=chosen or settings.accounts)
    deployment = Deployment(
        settings=settings,
        environ=os.environ,
        faults=tuple(faults),
        written=written,
        url=url,
        asks_pbx=online,
        until=until,
    )
    examine(CHECKS, deployment, _without_secrets(deployment.secrets(), tell))
    deployment.store.close()


def _require_directory(tell: Tell) -> None:
    """A directory that was deleted under its shell has no paths below it."""
    try:
        os.getcwd()
    except OSError as error:
        told = f"the current directory cannot be used: {error.strerror}"
        tell(wrong("configuration", told, "change to the router's directory; relative paths are now read from /"))
        os.chdir("/")


def _surveyed(environ: Mapping[str, str]) -> tuple[Settings, list[ConfigurationError], frozenset[str]]:
    """The settings, what is wrong with them, and the variables that the file refers to."""
    texts: list[str] = []
    hanging: set[Path] = set()  # directories; no file in them is waited for

    def read(path: str) -> str:
        if Path(path).parent in hanging:
            raise OSError(0, f"nothing in {Path(path).parent} answers")
        try:
            texts.append(text := _read_in_time(path))
        except TimeoutError:
            hanging.add(Path(path).parent)
            raise
        return text

    settings, faults = survey_environment(environ, read)
    return settings, faults, frozenset(name for text in texts for name in _reference.findall(text))


def _read_in_time(path: str) -> str:
    """A file's text; OSError or ValueError when it cannot be read, or does not come in time."""
    found: list[str | Exception] = []

    def read() -> None:
        try:
            found.append(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            found.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(FILE_SECONDS)
    if not found:
        raise TimeoutError(0, f"no content within {FILE_SECONDS:g} s: a FIFO, or a file system that is away")
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def _without_secrets(secrets: list[str], tell: Tell) -> Tell:
    """The same, with stars where a peer's words repeat a secret."""

    def hidden(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, STARS)
        return text

    def tell_hidden(diagnosis: Diagnosis) -> None:
        tell(replace(diagnosis, told=hidden(diagnosis.told), remedy=hidden(diagnosis.remedy)))

    return tell_hidden


def _age_of_process() -> float:
    """Seconds since this process began; 0.0 where the machine does not tell."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return max(0.0, clock_gettime(CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError):
        return 0.0
