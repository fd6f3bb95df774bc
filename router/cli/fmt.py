"""`ivr fmt`: the YAML files of a bundle in the canonical layout, comments kept."""

import difflib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import click
import msgspec

from router.cli.bundles import account_option, directory_of
from router.cli.language import tell
from router.cli.tables import many
from router.files.directory import scan
from router.flow.layout import NotFormatted, formatted

FOUND: Final = 1  # the exit code


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A file that was looked at. Without `after` it stays as it is, and `problem` (line, words) says why."""

    file: Path
    before: str = ""
    after: str | None = None
    problem: tuple[int | None, str] | None = None

    @property
    def changes(self) -> bool:
        """The layout is another one."""
        return self.after is not None and self.after != self.before


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@account_option
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit code 1 when a file would change.")
@click.option("--diff", "shows", is_flag=True, help="Write nothing; print what would change.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fmt(paths: tuple[Path, ...], account: str | None, only_check: bool, shows: bool, as_json: bool) -> None:
    """Write the YAML files of PATHS in the canonical layout; without PATHS, those of the bundle of `ivr publish`.

    Nothing is sorted and no comment is lost; a file that is no YAML stays as it is.
    """
    seen = [look(file) for file in files_of(paths or (directory_of(None, account),))]
    writes = not (only_check or shows)
    for one in seen:
        if writes and one.changes and one.after is not None:
            write_text(one.file, one.after)
    if as_json:
        click.echo(msgspec.json.encode([_object(one) for one in seen]).decode())
    else:
        _print(seen, writes=writes, shows=shows)
    if any(one.problem for one in seen) or (not writes and any(one.changes for one in seen)):
        raise SystemExit(FOUND)


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """The YAML files: those named, and those of a bundle in each directory."""
    for path in paths:
        if path.is_dir():
            yield from (file for file in scan(path).files if file.suffix == ".yaml")
        else:
            yield path


def look(file: Path) -> Seen:
    """Read a file and lay it out; nothing is written."""
    try:
        with file.open(encoding="utf-8", newline="") as opened:  # line ends are part of the layout
            before = opened.read()
        return Seen(file=file, before=before, after=formatted(before))
    except UnicodeDecodeError:
        return Seen(file=file, problem=(None, "not UTF-8; save it as UTF-8"))
    except NotFormatted as found:
        return Seen(file=file, before=before, problem=(found.line, found.problem))


def write_text(file: Path, text: str | bytes) -> None:
    """Replace the file at once, so that a router that watches it never reads half; a link stays a link, and the mode
    and, where it may be given, the owner stay."""
    target = file.resolve()
    state = target.stat()
    with NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as draft:
        draft.write(text.encode() if isinstance(text, str) else text)
    try:
        os.chmod(draft.name, state.st_mode & 0o7777)
        with suppress(PermissionError):
            os.chown(draft.name, state.st_uid, state.st_gid)
        os.replace(draft.name, target)
    except OSError:
        Path(draft.name).unlink()
        raise


def _object(one: Seen) -> dict[str, Any]:
    line, words = one.problem or (None, None)
    return {"file": one.file.as_posix(), "changed": one.changes, "problem": words, "line": line}


def _print(seen: list[Seen], *, writes: bool, shows: bool) -> None:
    for one in seen:
        if one.problem is not None:
            line, words = one.problem
            place = f"{one.file}:{line}" if line else f"{one.file}"
            tell(f"{place}: {words}: left as it is; `ivr check` says more", err=True)
        elif one.changes and shows:
            click.echo(_difference(one), nl=False)
        elif one.changes:
            tell(f"{'formatted' if writes else 'would format'} {one.file}")
    changed, left = sum(one.changes for one in seen), sum(one.problem is not None for one in seen)
    rest = f", {many(left, 'file')} left as they are" if left else ""
    verb = "formatted" if writes else "would be formatted"
    tell(f"{many(changed, 'file')} {verb}, {len(seen) - changed - left} unchanged{rest}", err=shows)


def _difference(one: Seen) -> str:
    before, after = (text.splitlines(keepends=True) for text in (one.before, one.after or ""))
    return "".join(difflib.unified_diff(before, after, f"{one.file}", f"{one.file} (formatted)"))
