"""A name becomes another one in all files of a bundle, tests included.

The new files are read again before anything is written: a rename that would make an error, or that would make one name
of two, is refused.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from router.errors import RouterError
from router.flow.expressions.syntax import CHOSEN
from router.flow.findings import did_you_mean, has_errors
from router.flow.reading.setting_fields import Fields
from router.flow.suggestions.advice import Edit, applied, edit
from router.flow.symbols import FLOW, OUTPUT, STEP, VARIABLE, Symbol
from router.lsp.read_bundle import ReadBundle, definition_of, read_bundle

NAME: Final = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)

Edits = dict[str, tuple[Edit, ...]]
"""File -> its edits, which do not overlap."""


class NotRenamed(RouterError):
    """Why a name stays as it is."""


def renaming(read: ReadBundle, symbol: Symbol, new: str) -> Edits:
    """The edits that give the thing another name. Raises NotRenamed."""
    if has_errors(read.findings):
        first = next(found for found in read.findings if found.severity == "error")
        where = f"{first.mark.file}:{first.mark.line}: {first.code} {first.message}"
        raise NotRenamed(f"the bundle has errors, and what cannot be read could not be renamed; first: {where}")
    if NAME.fullmatch(new) is None:
        raise NotRenamed(f"`{new}` is no name: small Latin letters, digits and _, beginning with no digit")
    occurrences = read.by_symbol.get(symbol, ())
    if definition_of(occurrences) is None:
        raise NotRenamed(f"`{symbol.name}` is not defined in the bundle: what is named elsewhere is renamed there")
    target = _renamed(symbol, new)
    if target == symbol:
        return {}
    if target in read.by_symbol:
        raise NotRenamed(f"there is a {described(target)} already")
    if symbol.kind in CHOSEN and (where := _chosen_at(read, symbol.kind)):
        raise NotRenamed(
            f"{where} chooses {symbol.kind} by a text of the call, which may be `{symbol.name}`: do it by hand"
        )
    edits: dict[str, list[Edit]] = {}
    for one in occurrences:
        edits.setdefault(one.mark.file, []).append(edit(one.mark.line, one.mark.column, one.length, new))
    if symbol.kind == OUTPUT and (kept := _kept_path(read, symbol)) is not None:
        edits[occurrences[0].mark.file].append(kept)
    found = {file: tuple(dict.fromkeys(ones)) for file, ones in sorted(edits.items())}
    _try(read, found, symbol, target)
    return found


def _chosen_at(read: ReadBundle, kind: str) -> str:
    """The first place at which one of the kind is chosen in the call; "" if there is none."""
    for file, content in read.files.items():
        if file.endswith(".yaml"):
            for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
                if re.search(rf"\b{kind}\s*\[", line):
                    return f"{file}:{number}"
    return ""


def _kept_path(read: ReadBundle, symbol: Symbol) -> Edit | None:
    """`from: OLD` for an output that is found in the answer by its own name; None where the path is written."""
    step, _, name = symbol.name.partition(".")
    parsed = read.loaded.flows[symbol.flow].steps[step]
    fields = Fields(parsed.written).inside("outputs").inside(name)
    if fields.get("from") is not None:
        return None
    mark = fields.node.mark
    line = read.lines(mark.file)[mark.line - 1]
    if line.startswith("{", mark.column - 1):
        return edit(mark.line, mark.column + 1, 0, f"from: {name}, ")
    return edit(mark.line, mark.column, 0, f"from: {name}\n{' ' * (mark.column - 1)}")


def _renamed(symbol: Symbol, new: str) -> Symbol:
    name = f"{symbol.name.partition('.')[0]}.{new}" if symbol.kind == OUTPUT else new
    return Symbol(symbol.kind, name, symbol.flow)


def _try(read: ReadBundle, edits: Edits, old: Symbol, new: Symbol) -> None:
    after = read_bundle(changed(read.files, edits))
    if has_errors(after.findings):
        first = next(found for found in after.findings if found.severity == "error")
        raise NotRenamed(f"that would be wrong at {first.mark.file}:{first.mark.line}: {first.code} {first.message}")
    if old in after.by_symbol or len(after.by_symbol.get(new, ())) != len(read.by_symbol[old]):
        raise NotRenamed(f"`{old.name}` stands in a place where it cannot be renamed")


def changed(files: Mapping[str, bytes], edits: Edits) -> dict[str, bytes]:
    """The files after the edits."""
    return {**files, **{file: _applied(files[file], ones) for file, ones in edits.items()}}


def _applied(content: bytes, edits: tuple[Edit, ...]) -> bytes:
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    return mark + applied(content.decode("utf-8-sig"), edits).encode()


def described(symbol: Symbol) -> str:
    """For people: "step `menu` of the flow `main`", "prompt `audio.closed`"."""
    if symbol.kind in (STEP, VARIABLE, OUTPUT):
        return f"{symbol.kind} `{symbol.name}` of the flow `{symbol.flow}`"
    if symbol.kind == FLOW:
        return f"flow `{symbol.name}`"
    return f"name `{symbol.kind}.{symbol.name}`"


def symbol_named(read: ReadBundle, name: str) -> Symbol:
    """What a name on the command line means: `menu`, `main.menu` (step of a flow), `audio.closed`, `vars.tries`,
    `client.name` (output of a step), `flows.main`. Raises NotRenamed when there is none, or more than one."""
    defined = [symbol for symbol, ones in read.by_symbol.items() if definition_of(ones) is not None]
    spelled = {symbol: tuple(_spellings(symbol)) for symbol in defined}
    found = [symbol for symbol, names in spelled.items() if name in names]
    if len(found) == 1:
        return found[0]
    if found:
        choices = ", ".join(sorted(names[-1] for symbol in found for names in [spelled[symbol]]))
        raise NotRenamed(f"`{name}` may be {choices}: write one of these")
    hint = did_you_mean(name, [one for names in spelled.values() for one in names])
    raise NotRenamed(
        f"the bundle defines no `{name}`: {hint or 'a step, audio.NAME, lists.NAME, vars.NAME, flows.NAME'}"
    )


def _spellings(symbol: Symbol) -> Iterator[str]:
    """The ways to write it, the unmistakable one last."""
    if symbol.kind == FLOW:
        yield f"flows.{symbol.name}"
    elif symbol.kind == VARIABLE:
        yield f"vars.{symbol.name}"
        yield f"{symbol.flow}.vars.{symbol.name}"
    elif symbol.kind in (STEP, OUTPUT):
        yield symbol.name
        yield f"{symbol.flow}.{symbol.name}"
    else:
        yield f"{symbol.kind}.{symbol.name}"
