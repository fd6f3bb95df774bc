"""`ivr serve`: the router under gunicorn, with the settings and the worker that ship.

In a checkout gunicorn finds `wsgi.py` and `gunicorn.conf.py` in the current directory; a wheel carries both in
`router/deployment`, and this command names them to gunicorn. The process becomes gunicorn's master, so signals and exit
codes are gunicorn's own.
"""

import os
import sys
from pathlib import Path
from typing import Final

import click

from router.bootstrap.process_setup import read_settings
from router.cli.language import complain
from router.config.settings import Settings

PACKAGE: Final = Path(__file__).parents[1]
PLACES: Final = (PACKAGE / "deployment", PACKAGE.parent)
"""Where `wsgi.py` and `gunicorn.conf.py` may be: in the wheel, and in a checkout."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--listen", metavar="HOST:PORT", help="The address to listen on (IVR_LISTEN, by default 127.0.0.1:8080).")
@click.option("--workers", type=click.IntRange(1), help="Worker processes (IVR_WORKERS, by default 2).")
@click.argument("gunicorn_options", nargs=-1, type=click.UNPROCESSED)
def serve(listen: str | None, workers: int | None, gunicorn_options: tuple[str, ...]) -> None:
    """Serve webhook, API and console, send commands and keep time: the router in production.

    Other options are gunicorn's, such as `--certfile FILE --keyfile FILE`. TERM ends it within 30 seconds, HUP brings
    new code and new settings without losing an event.
    """
    chosen = {"IVR_LISTEN": listen, "IVR_WORKERS": workers and str(workers)}
    environ = {**os.environ, **{name: value for name, value in chosen.items() if value}}
    _tell_missing_flows(read_settings(environ))  # a mistake is said here in one line, and not by each worker
    os.execve(sys.executable, gunicorn(*gunicorn_options), environ)


def _tell_missing_flows(settings: Settings) -> None:
    """A router without flows begins all the same: they may be published, or sent to its API, while it runs."""
    missing = [one.flows for one in settings.accounts if not Path(one.flows).is_dir()] if settings.watch else []
    if missing:
        first = missing[0]
        ways = f"`ivr init {first}` makes a bundle of what the account has, `ivr new {first}` one of five answers"
        complain(f"there is no directory {first}, so no call is taken yet: {ways}; then `ivr publish`")


def gunicorn(*options: str) -> list[str]:
    """The command of gunicorn that serves the router, with the settings that ship."""
    directory = next(place for place in PLACES if (place / "gunicorn.conf.py").is_file())
    settings = ("--config", str(directory / "gunicorn.conf.py"), "--pythonpath", str(directory))
    return [sys.executable, "-m", "gunicorn", *settings, *options, "wsgi:app"]
