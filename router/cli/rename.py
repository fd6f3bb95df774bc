"""`ivr rename`: a step, a resource, a variable or a flow gets another name in all files of the bundle."""

from pathlib import Path
from typing import Any

import click
import msgspec

from router.cli.bundles import account_option, directory_argument, directory_of, files_in
from router.cli.fmt import write_text
from router.cli.language import complain, tell
from router.cli.tables import many
from router.lsp.read_bundle import read_bundle
from router.lsp.rename import NotRenamed, changed, renaming, symbol_named

REFUSED = 1


@click.command()
@click.argument("old")
@click.argument("new")
@directory_argument
@account_option
@click.option("--dry-run", is_flag=True, help="Write nothing, only say what would change.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rename(old: str, new: str, directory: Path | None, account: str | None, dry_run: bool, as_json: bool) -> None:
    """Rename OLD to NEW in all files of the bundle in DIRECTORY (default: that of `ivr publish`), tests included.

    OLD is a step (menu, or main.menu of the flow main), a resource (audio.closed, groups.sales, lists.vip), a variable
    (vars.tries), an output (client.name) or a flow (flows.main); NEW is the bare name.
    """
    place = directory_of(directory, account)
    read = read_bundle(files_in(place))
    try:
        edits = renaming(read, symbol_named(read, old), new.rpartition(".")[2])
    except NotRenamed as refused:
        complain(refused.message)
        raise SystemExit(REFUSED) from None
    after = changed(read.files, edits)
    for file in edits if not dry_run else ():
        write_text(place / file, after[file])
    found: list[dict[str, Any]] = [{"file": file, "places": len(ones)} for file, ones in edits.items()]
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for one in found:
        tell(f"{place / one['file']}: {many(one['places'], 'place')}")
    verb = "would change" if dry_run else "changed"
    tell(f"{many(sum(one['places'] for one in found), 'place')} {verb} in {many(len(found), 'file')}")
