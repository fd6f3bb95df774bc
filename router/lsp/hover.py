"""What an editor shows about the word under the pointer."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from lsprotocol import types

from router.flow.diagrams.hours_year import year_of
from router.flow.documents.reference import NAMES
from router.flow.expressions import BUILTIN_NAMES, FUNCTIONS
from router.flow.model import Bundle, PromptSet
from router.flow.resources.hours import OpeningHours
from router.flow.symbols import FLOW, OUTPUT, STEP, VARIABLE, Symbol
from router.flow.verbs import VERBS
from router.flow.yaml.node import Node, items, length_of, pairs
from router.flow.yaml.parser import parse_yaml
from router.lsp.read_bundle import ReadBundle
from router.lsp.schema_path import described, kind_of, schemas_at, values_of
from router.lsp.text_map import TextMap

_WORD: Final = re.compile(r"[A-Za-z_][\w.]*")
MOST_SHOWN: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When it is asked."""

    now: float  # Unix seconds
    changed: Callable[[str], float | None]  # when a file of the bundle was changed, if that is known
    values: Mapping[str, str]  # of the account's configuration


def hover(read: ReadBundle, file: str, text: TextMap, position: types.Position, moment: Moment) -> types.Hover | None:
    """The documentation of a name, a key, a verb or a function."""
    line, column = text.place(position)
    one = read.at(file, line, column)
    if one is not None:
        told = about_symbol(read, one.symbol, moment)
        return _shown(told, text.range(one.mark.line, one.mark.column, one.length)) if told else None
    return _about_word(read, file, text, line, column, moment.values)


def _shown(markdown: str, span: types.Range) -> types.Hover:
    return types.Hover(contents=types.MarkupContent(types.MarkupKind.Markdown, markdown), range=span)


def _about_word(
    read: ReadBundle, file: str, text: TextMap, line: int, column: int, values: Mapping[str, str]
) -> types.Hover | None:
    """A built-in name or function, else what the schema says of the key or of its value."""
    lines = read.lines(file)
    here = lines[line - 1] if line <= len(lines) else ""
    word = next((found for found in _WORD.finditer(here) if found.start() <= column - 1 <= found.end()), None)
    if word is not None and (told := _of_language(word[0], values)):
        return _shown(told, text.range(line, word.start() + 1, len(word[0])))
    root, _ = parse_yaml(file, read.text(file))
    found = _node_at(root, line, column, ()) if root is not None else None
    if found is None or root is None:
        return None
    path, node, is_key = found
    kind = kind_of(file, frozenset(key.text for key, _ in pairs(root)))
    told = _of_schema(kind, path, node, is_key=is_key) if kind else ""
    return _shown(told, text.range(node.mark.line, node.mark.column, length_of(node))) if told else None


def _of_language(word: str, values: Mapping[str, str]) -> str:
    if word.startswith("values.") and (value := values.get(word.removeprefix("values."))) is not None:
        return f"`{word}` is `{value}`, a value of the account's configuration"
    if word in BUILTIN_NAMES:
        return f"`{word}`: {BUILTIN_NAMES[word]}\n\n{NAMES.get(word, '')}"
    function = FUNCTIONS.get(word)
    if function is None:
        return ""
    return f"`{word}({', '.join(function.parameters)})`: {function.result}\n\n{function.about}"


def _of_schema(kind: str, path: tuple[str, ...], node: Node, *, is_key: bool) -> str:
    if node.text in VERBS and any(part.get("x-members") == "verb" for part in values_of(kind, path[: -int(is_key)])):
        return about_verb(node.text)
    told = [text for schema in schemas_at(kind, path) if (text := described(schema))]
    told += [text for part in values_of(kind, path) if (text := described(part))]
    form = next((str(part["x-form"]) for part in values_of(kind, path) if "x-form" in part), "")
    unique = list(dict.fromkeys(told))
    if not unique or not path:
        return ""
    return "\n\n".join([f"**{path[-1]}**", *unique[:2], *([f"Written as {form}."] if form else [])])


def about_verb(verb: str) -> str:
    """A verb's documentation from the reference."""
    spec = VERBS[verb]
    exits = "\n".join(f"- `{name}`: {when}" for name, when in spec.exits.described)
    example = f"```yaml\n{spec.example}\n```"
    return "\n\n".join(filter(None, [f"**{verb}**", str(spec.schema.get("description", "")), example, exits]))


def _node_at(node: Node, line: int, column: int, path: tuple[str, ...]) -> tuple[tuple[str, ...], Node, bool] | None:
    """(path, node, whether it is a key) of the scalar at a place."""
    for key, value in pairs(node):
        if _covers(key, line, column):
            return (*path, key.text), key, True
        if (found := _node_at(value, line, column, (*path, key.text))) is not None:
            return found
    for item in items(node):
        if (found := _node_at(item, line, column, (*path, "-"))) is not None:
            return found
    return (path, node, False) if node.kind == "scalar" and _covers(node, line, column) else None


def _covers(node: Node, line: int, column: int) -> bool:
    return node.mark.line == line and node.mark.column <= column <= node.mark.column + length_of(node)


def about_symbol(read: ReadBundle, symbol: Symbol, moment: Moment) -> str:
    """What a name of the bundle stands for, in Markdown; "" when that cannot be told."""
    told = _ABOUT.get(symbol.kind)
    return "\n\n".join(filter(None, told(read, symbol, moment))) if told is not None else ""


def _step(read: ReadBundle, symbol: Symbol, moment: Moment) -> Iterator[str]:
    parsed = read.loaded.flows.get(symbol.flow)
    step = parsed.steps.get(symbol.name) if parsed is not None else None
    if parsed is None or step is None:
        return
    yield f"step **{symbol.name}**: {step.verb.text}"
    spec = VERBS.get(step.verb.text)
    if spec is not None and step.settings:
        yield ", ".join(f"`{word}`" for word in spec.about(step.settings))
    tops = [
        (name, edge)
        for name, edge in (
            ("start", parsed.start),
            ("on_error", parsed.on_error),
            ("on_end", parsed.on_end),
            ("finally", parsed.finally_),
        )
        if edge
    ]
    sources = [f"`{name}` of the flow" for name, edge in tops if edge.target == symbol.name]
    sources += [
        f"`{name}` ({edge.exit})"
        for name, other in parsed.steps.items()
        for edge in other.edges
        if edge.target == symbol.name
    ]
    shown = ", ".join(sources[:MOST_SHOWN]) + (
        f" and {len(sources) - MOST_SHOWN} more" if len(sources) > MOST_SHOWN else ""
    )
    yield f"Led to by {shown}." if sources else "Nothing leads here."


def _prompt(read: ReadBundle, symbol: Symbol, moment: Moment) -> Iterator[str]:
    prompt = read.loaded.resources.prompts.get(symbol.name)
    yield f"prompt **{symbol.name}**"
    if isinstance(prompt, PromptSet):
        what = "each character" if prompt.each else "the whole text"
        yield f"one recording for {what} of what stands in brackets: {', '.join(list(prompt.entries)[:MOST_SHOWN])}"
        return
    for language, audio in prompt.variants.items() if prompt is not None else ():
        named = f"{language}: " if language else ""
        says = f"“{audio.says}”, " if audio.says else ""
        yield f"{named}{says}{audio.length:g} s, id {audio.id} in the cabinet"


def _hours(read: ReadBundle, symbol: Symbol, moment: Moment) -> Iterator[str]:
    hours = read.loaded.resources.hours.get(symbol.name)
    yield f"hours **{symbol.name}**"
    if not isinstance(hours, OpeningHours):
        return
    zone = ZoneInfo(hours.timezone)
    today = datetime.fromtimestamp(moment.now, zone)
    closed = len(year_of(symbol.name, hours, today.date()).closed_days)
    yield f"{_openness(hours, moment.now, zone)}; closed on {closed} days of the next year ({hours.timezone})"
    words = hours.ranges_in_words(today.date())
    yield f"Today: {', '.join(words) or 'closed'}"


def _openness(hours: OpeningHours, now: float, zone: ZoneInfo) -> str:
    if hours.is_open(now):
        day = datetime.fromtimestamp(now, zone).date()
        end = max((end for begin, end in hours.stretches_of(day) if begin <= now < end), default=None)
        return f"open now, closes {datetime.fromtimestamp(end, zone):%H:%M}" if end is not None else "open now"
    opens = hours.opens_at(now)
    return f"closed now, opens {datetime.fromtimestamp(opens, zone):%Y-%m-%d %H:%M}" if opens else "closed for a year"


def _list(read: ReadBundle, symbol: Symbol, moment: Moment) -> Iterator[str]:
    numbers = read.loaded.resources.lists.get(symbol.name)
    listed = read.loaded.resources.listed.get(symbol.name)
    yield f"list **{symbol.name}**"
    if listed is not None:
        yield f"{len(listed.entries):,} entries".replace(",", " ")
    if numbers is not None and numbers.keep_seconds is not None:
        yield f"filled by `remember`; an entry is kept for {numbers.keep_seconds:g} s"
    yield from _age(read, symbol, moment)


def _table(read: ReadBundle, symbol: Symbol, moment: Moment) -> Iterator[str]:
    written = read.loaded.resources.written_tables.get(symbol.name)
    yield f"table **{symbol.name}**"
    if written is not None:
        yield f"{len(written.rows) - 1} rows; columns {', '.join(f'`{column}`' for column in written.header)}"
    yield from _age(read, symbol, moment)


def _age(read: ReadBundle, symbol: Symbol, moment: Moment) -> Iterator[str]:
    """Of the file that it is filled from."""
    file = _file_of(read, symbol)
    changed = moment.changed(file) if file else None
    if file and changed is not None:
        days = int((moment.now - changed) // 86400)
        yield f"`{file}` was changed {'today' if days < 1 else 'yesterday' if days == 1 else f'{days} days ago'}"


def _file_of(read: ReadBundle, symbol: Symbol) -> str:
    """The file below a resource's key `file`."""
    key = read.loaded.resources.known[symbol.kind].get(symbol.name)
    if key is None:
        return ""
    root, _ = parse_yaml(key.mark.file, read.text(key.mark.file))
    for kind, entries in pairs(root) if root is not None else ():
        for name, entry in pairs(entries) if kind.text == symbol.kind else ():
            if name.text == symbol.name:
                return next((value.text for inner, value in pairs(entry) if inner.text == "file"), "")
    return ""


def _extension(read: ReadBundle, symbol: Symbol, moment: Moment) -> Iterator[str]:
    resources = read.loaded.resources
    known, word = (resources.groups, "group") if symbol.kind == "groups" else (resources.people, "person")
    yield f"{word} **{symbol.name}**"
    if symbol.name in known:
        yield f"extension {known[symbol.name]}"


def _flow(read: ReadBundle, symbol: Symbol, moment: Moment) -> Iterator[str]:
    parsed = read.loaded.flows.get(symbol.name)
    yield f"flow **{symbol.name}**"
    if parsed is not None:
        yield f"{len(parsed.steps)} steps" + (
            "" if parsed.takes is not None else "; takes no calls itself, other flows run it"
        )


def _variable(read: ReadBundle, symbol: Symbol, moment: Moment) -> Iterator[str]:
    parsed = read.loaded.flows.get(symbol.flow)
    variable = parsed.contract.variables.get(symbol.name) if parsed is not None else None
    yield f"variable **{symbol.name}**"
    if parsed is not None and variable:
        secret = "; typed in secret" if symbol.name in parsed.contract.secrets else ""
        yield f"{variable.type}, at first {variable.default!r}{secret}"


def _output(read: ReadBundle, symbol: Symbol, moment: Moment) -> Iterator[str]:
    bundle: Bundle | None = read.loaded.bundle
    yield f"output **{symbol.name}**"
    flow = bundle.flows.get(symbol.flow) if bundle is not None else None
    output = flow.outputs.get(symbol.name) if flow is not None else None
    if output is not None:
        where = f", found at `{output.path}`" if output.path else ""
        yield f"{output.type}{where}; {output.default!r} without an answer"


_ABOUT: Final[Mapping[str, Callable[[ReadBundle, Symbol, Moment], Iterator[str]]]] = {
    STEP: _step,
    FLOW: _flow,
    VARIABLE: _variable,
    OUTPUT: _output,
    "audio": _prompt,
    "hours": _hours,
    "lists": _list,
    "tables": _table,
    "groups": _extension,
    "people": _extension,
}
