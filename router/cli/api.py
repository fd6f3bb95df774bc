"""`ivr api METHOD key=value…`: any method of the vendor's API from the terminal, within the limits of the router."""

import csv
import json
import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from router.catalogue.methods import METHODS, Method
from router.cli.dates import with_dates, zone_of
from router.cli.language import complain, tell
from router.cli.tables import show
from router.client import Mango
from router.errors import CommandInvalid, ConfigurationError, MangoError
from router.protocol.schemas import load_schema

REFUSED: Final = 1
OWN: Final = "#/$defs/"


class MethodName(click.ParamType):  # type: ignore[type-arg]  # older releases of click have no type arguments
    """A name of the catalogue."""

    name = "method"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Method:
        found = METHODS.get(value.strip("/").removeprefix("commands/"))
        if found is None:
            near = [name for name in METHODS if value.strip("/") in name] or get_close_matches(value, METHODS)
            hint = f"do you mean {' or '.join(near)}?" if near else "`ivr api` alone lists them"
            self.fail(f"there is no method {value}; {hint}", param, ctx)
        return found

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        names = (name for name in METHODS if name.startswith(incomplete))
        return [CompletionItem(name, help=METHODS[name].title) for name in names]


class Pair(click.ParamType):  # type: ignore[type-arg]  # as above
    """`key=value`, completed from the method's schema."""

    name = "key=value"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        method = ctx.params.get("method")
        if not isinstance(method, Method):
            return []
        keys = load_schema(method.schema).get("properties", {})
        return [CompletionItem(f"{key}=") for key in keys if key.startswith(incomplete)]


@click.command()
@click.argument("method", type=MethodName(), required=False)
@click.argument("pairs", type=Pair(), nargs=-1)
@click.option("--account", default=None, help="Whose key, when there are several accounts.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="The answer's rows as CSV with a header.")
@click.option("--all", "all_pages", is_flag=True, help="The rows of all pages, of a method that has a cursor.")
@click.option("--no-wait", is_flag=True, help="Of statistics: only the key, not the rows.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Where a recording is written to.")
@click.option("--timezone", "zone", help="Whose time dates without a zone are: Asia/Almaty, MSK, +05:00.")
@click.option("--describe", is_flag=True, help="Say what the method takes; ask nothing.")
def api(
    method: Method | None,
    pairs: tuple[str, ...],
    account: str | None,
    as_json: bool,
    as_csv: bool,
    all_pages: bool,
    no_wait: bool,
    output: Path | None,
    zone: str | None,
    describe: bool,
) -> None:
    """Ask a METHOD of the PBX's API: `ivr api groups`, `ivr api route call_id=... to_number=101`.

    Parameters are those of the request's json: `from.extension=101` for one inside of another, `data:='[{...}]'` for
    JSON. Dates are typed as 2026-11-23 or 23.11.2026, with a time (T12:00) and a zone (+05:00, MSK, Asia/Almaty) behind
    them or not: as Unix seconds they are Moscow time, as text the time that the document says, UTC or a report's own
    zone. Without a METHOD the methods are listed. Statistics are waited for.
    """
    if method is None:
        rows = [{"method": one.name, "section": one.section, "what": one.title} for one in METHODS.values()]
        show(rows, ("method", "section", "what"), as_json=as_json, empty="")
        return
    if describe:
        _describe(method, as_json)
        return
    try:
        params = _dated(method, _params(method, pairs), zone)
        mango = Mango.from_environment(account)
        answer = _ask(mango, method, params, all_pages=all_pages, wait=not no_wait, output=output)
    except ConfigurationError as error:
        raise click.UsageError(error.message) from None
    except CommandInvalid as invalid:
        raise click.UsageError(f"{invalid.message}; `ivr api {method.name} --describe` says what it takes") from None
    except MangoError as error:
        complain(error.message)
        raise SystemExit(REFUSED) from None
    _print(answer, method, as_json=as_json, as_csv=as_csv)


def _ask(
    mango: Mango, method: Method, params: dict[str, Any], *, all_pages: bool, wait: bool, output: Path | None
) -> Any:
    if output is not None:
        return _download(mango, method, params, output)
    if method.kind == "report" and wait:
        return _wait(mango, method, params)
    if all_pages and method.follow and method.kind != "report":
        return list(mango.rows(method.name, params))
    return mango.call(method.name, params)


def _wait(mango: Mango, method: Method, params: dict[str, Any]) -> list[Any]:
    with _progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()) as progress:
        progress.add_task("the PBX builds the statistics", total=None)
        return mango.report(method.name, params)


def _download(mango: Mango, method: Method, params: dict[str, Any], output: Path) -> dict[str, Any]:
    if method.name != "queries/recording/post":
        raise click.UsageError(
            "--output is for recordings: ivr api queries/recording/post recording_id=... --output x.mp3"
        )
    with _progress(TextColumn(output.name), BarColumn(), DownloadColumn()) as progress:
        task = progress.add_task("recording", total=None)
        size = mango.recording(
            str(params.get("recording_id", "")),
            output,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    return {"file": str(output), "bytes": size}


def _progress(*columns: Any) -> Progress:
    """On standard error, so that a pipe gets the answer alone."""
    return Progress(*columns, console=Console(stderr=True), transient=True)


# what was typed


def _params(method: Method, pairs: Iterable[str]) -> dict[str, Any]:
    schema = load_schema(method.schema)
    params: dict[str, Any] = {}
    for pair in pairs:
        key, found, value = pair.partition("=")
        if not found or not key:
            raise click.UsageError(f"{pair} is no key=value")
        is_json = key.endswith(":")
        place = params
        *outer, last = key.removesuffix(":").split(".")
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = _json(value) if is_json else _typed(value, _property(schema, [*outer, last]))
    return params


def _dated(method: Method, params: dict[str, Any], zone: str | None) -> dict[str, Any]:
    """With dates as the method wants them."""
    try:
        return with_dates(load_schema(method.schema), params, zone_of(zone) if zone else None)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"{text} is no JSON: {error}") from None


def _property(schema: Mapping[str, Any], path: list[str]) -> Mapping[str, Any]:
    """What the schema says about a parameter; nothing about one that it does not know."""
    found: Mapping[str, Any] = schema
    for name in path:
        found = _resolved(schema, found.get("properties", {}).get(name, {}))
    return found


def _resolved(schema: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = found.get("$ref", "")
    resolved: Mapping[str, Any] = schema["$defs"][reference.removeprefix(OWN)] if reference else found
    return resolved


def _typed(text: str, known: Mapping[str, Any]) -> Any:
    """As the schema wants it; text that is none of that stays text, and the schema will say so."""
    kinds = known.get("type", ())
    if kinds == "integer" and text.removeprefix("-").isdigit():
        return int(text)
    if kinds == "boolean" and text in ("true", "false"):
        return text == "true"
    if kinds in ("array", "object") and text[:1] in "[{":
        return _json(text)
    if kinds == "array":
        return [item.strip() for item in text.split(",")]
    if known.get("enum") and text.isdigit() and int(text) in known["enum"]:
        return int(text)
    return text


# what is shown


def _print(answer: Any, method: Method, *, as_json: bool, as_csv: bool) -> None:
    rows = answer if isinstance(answer, list) else answer.get(method.rows) if method.rows else None
    if as_csv:
        _print_csv(rows if isinstance(rows, list) else [answer])
    elif as_json or not isinstance(rows, list):
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        flat = [_flat(row) for row in rows]
        names = tuple(dict.fromkeys(name for row in flat for name in row))
        show(
            [{**dict.fromkeys(names, ""), **row} for row in flat], names, as_json=False, empty="no rows", in_words=False
        )


def _print_csv(rows: list[Any]) -> None:
    flat = [_flat(row) for row in rows]
    writer = csv.DictWriter(sys.stdout, tuple(dict.fromkeys(name for row in flat for name in row)), restval="")
    writer.writeheader()
    writer.writerows(flat)


def _flat(row: Any, prefix: str = "") -> dict[str, Any]:
    """Objects inside of objects by dotted names; lists as JSON."""
    if not isinstance(row, Mapping):
        return {prefix or "value": row if not isinstance(row, list) else json.dumps(row, ensure_ascii=False)}
    found: dict[str, Any] = {}
    for name, value in row.items():
        found |= _flat(value, f"{prefix}.{name}" if prefix else name)
    return found


def _describe(method: Method, as_json: bool) -> None:
    schema = load_schema(method.schema)
    if as_json:
        click.echo(json.dumps(schema, ensure_ascii=False, indent=2))
        return
    click.echo(f"{method.title} ({method.section}): {method.base} {method.path}")
    required = schema.get("required", ())
    rows = [
        {
            "parameter": name,
            "": "made when not given" if name == "command_id" else "required" if name in required else "",
            "meaning": found.get("description") or _resolved(schema, found).get("description", ""),
        }
        for name, found in schema.get("properties", {}).items()
    ]
    show(rows, ("parameter", "", "meaning"), as_json=False, empty="it takes no parameters")
    if method.note:
        tell(f"note: {method.note}")
