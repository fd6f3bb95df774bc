"""`ivr docs`: the documentation as it was when this version was built, on this machine alone."""

import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import click

from router.cli.language import language
from router.translation.catalogue import LANGUAGES

PACKAGE: Final = Path(__file__).parents[1]
PLACES: Final = (PACKAGE / "site", PACKAGE.parent / "build" / "site")
"""Where the site may be: in the wheel, and in a checkout after `make docs`."""


@click.command()
@click.option(
    "--lang", type=click.Choice(LANGUAGES), default=language, help="The language. Default: that of commands (IVR_LANG)."
)
@click.option("--print", "only_print", is_flag=True, help="Print the directory of its files, and serve nothing.")
def docs(lang: str, only_print: bool) -> None:
    """Open the documentation in a browser: tutorial, how-tos, operation, reference. Ctrl-C ends it."""
    site = next((place for place in PLACES if (place / "index.html").is_file()), None)
    if site is None:
        raise click.ClickException("this checkout has no built documentation: run `make docs`, or read docs/index.md")
    if only_print:
        click.echo(site.resolve())
        return
    # Served, because a browser lets no page that it read from the disk search.
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site))) as server:
        page = f"http://127.0.0.1:{server.server_port}/{'ru/' if lang == 'ru' else ''}index.html"
        click.echo(page)
        webbrowser.open(page)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


class _Quiet(SimpleHTTPRequestHandler):
    """Files of the site; nothing is logged."""

    def log_message(self, format: str, *args: Any) -> None:
        pass
