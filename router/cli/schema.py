"""`ivr schema`: the JSON Schema of a bundle's files, with the bundle's own names, for completion in an editor."""

import json
from pathlib import Path
from typing import Final

import click

from router.cli.bundles import account_option, directory_argument, files_of
from router.flow.schema.editor_schema import bundle_schema, names_of

OUTPUT: Final = click.Path(dir_okay=False, path_type=Path)


@click.command()
@directory_argument
@account_option
@click.option("--out", "-o", "output", type=OUTPUT, help="Write to this file, such as .ivr/flow.schema.json.")
@click.option("--json", "as_object", is_flag=True, help="The answer is JSON in any case.")
def schema(directory: Path | None, account: str | None, output: Path | None, as_object: bool) -> None:
    """Print a schema for every file of the bundle in DIRECTORY (default: that of `ivr publish`).

    It needs no bundle without errors. Make it anew when names of resources have changed.
    """
    text = json.dumps(bundle_schema(names_of(files_of(directory, account))), ensure_ascii=False, indent=2) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
