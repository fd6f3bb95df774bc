"""What can be written where the cursor stands: keys, verbs, exits, values and names, by the schemas and the bundle."""

import re
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import holidays
from lsprotocol import types

from router.flow.documents.reference import FAMILIES, NAMES
from router.flow.expressions import BUILTIN_NAMES, FUNCTIONS, hours_names
from router.flow.model import PromptSet
from router.flow.symbols import FLOW, OUTPUT, STEP, VARIABLE, Symbol
from router.flow.verbs import VERBS
from router.lsp.cursor import Cursor, cursor_at
from router.lsp.schema_path import Schema, described, free_keys, keys_of, kind_of, values_of
from router.lsp.text_map import TextMap
from router.lsp.workspace import OpenBundle

_TOP_KEY: Final = re.compile(r"(?m)^(\w+)\s*:")
_WORD: Final = re.compile(r"[\w.]*$")
_PLACEHOLDER: Final = re.compile(r"\b[A-Z][A-Z_]*[A-Z]\b")
_OPEN_BRACES: Final = re.compile(r"\$\{([^}]*)$")

Kind = types.CompletionItemKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing that can be written."""

    text: str
    kind: types.CompletionItemKind
    detail: str = ""
    about: str = ""
    snippet: str = ""  # with $1 and the like
    rank: str = "5"  # what comes first in the list


def complete(bundle: OpenBundle, file: str, text: TextMap, position: types.Position) -> list[types.CompletionItem]:
    """What can be written at a place of a file."""
    line, column = text.place(position)
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text.text.removeprefix("\ufeff"))
    cursor = cursor_at(lines, line, column)
    names = Names(bundle, file)
    expression = _OPEN_BRACES.search(cursor.typed)
    if expression is not None:
        typed = _WORD.search(expression[1])
        return _items(_expression_names(names), text, line, column, typed[0] if typed else "")
    kind = kind_of(file, frozenset(_TOP_KEY.findall(text.text)))
    offers = _Offers(kind, cursor, names).all()
    typed_text = cursor.typed
    if any(offer.kind in _IN_EXPRESSIONS for offer in offers) and cursor.is_value:
        found = _WORD.search(cursor.typed)
        typed_text = found[0] if found is not None else ""
    return _items(offers, text, line, column, typed_text)


_IN_EXPRESSIONS: Final = frozenset({Kind.Function, Kind.Operator})


def _items(offers: Iterable[Offer], text: TextMap, line: int, column: int, typed: str) -> list[types.CompletionItem]:
    span = text.range(line, column - len(typed), len(typed))
    return [_item(offer, span) for offer in offers]


def _item(offer: Offer, span: types.Range) -> types.CompletionItem:
    snippet = bool(offer.snippet)
    return types.CompletionItem(
        label=offer.text,
        kind=offer.kind,
        detail=offer.detail or None,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, offer.about) if offer.about else None,
        sort_text=offer.rank + offer.text,
        filter_text=offer.text,
        insert_text_format=types.InsertTextFormat.Snippet if snippet else types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(range=span, new_text=offer.snippet or offer.text),
    )


class Names:
    """The names of a bundle as far as they are known, those of unreadable files included."""

    def __init__(self, bundle: OpenBundle, file: str) -> None:
        self.bundle, self.file = bundle, file
        self._all = frozenset().union(*bundle.defined.values()) if bundle.defined else frozenset[Symbol]()

    @property
    def flow(self) -> str:
        """The flow of the file; "" of any other."""
        own = self.bundle.defined.get(self.file, frozenset())
        return next((symbol.name for symbol in own if symbol.kind == FLOW), "")

    def of(self, kind: str) -> list[str]:
        """Names of a kind; of steps, variables and outputs those of the file's flow, or of all flows in other files."""
        flow = self.flow
        return sorted({one.name for one in self._all if one.kind == kind and (not flow or one.flow in ("", flow))})

    @property
    def files(self) -> list[str]:
        """What lists and tables can be filled from."""
        return [file for file in self.bundle.disk if not file.endswith(".yaml")]

    def says(self, prompt: str) -> str:
        """What a prompt says, for people."""
        read = self.bundle.last
        found = read.loaded.resources.prompts.get(prompt) if read is not None else None
        return next((audio.says for audio in found.recordings() if audio.says), "") if found else ""

    def speaks_data(self, prompt: str) -> bool:
        """Whether brackets with a text belong behind its name."""
        read = self.bundle.last
        return read is not None and isinstance(read.loaded.resources.prompts.get(prompt), PromptSet)


class _Offers:
    """All offers at one cursor."""

    def __init__(self, kind: str, cursor: Cursor, names: Names) -> None:
        self.kind, self.cursor, self.names = kind, cursor, names

    def all(self) -> list[Offer]:
        """Keys, values, or both."""
        if not self.kind:
            return (
                [Offer(text=key, kind=Kind.Keyword, snippet=f"{key}: ") for key in _TOP] if self.cursor.is_key else []
            )
        found: dict[str, Offer] = {}
        if self.cursor.is_key:
            found |= {offer.text: offer for offer in self._keys()}
        if self.cursor.is_value:
            found |= {offer.text: offer for offer in self._values()}
        return list(found.values())

    def _keys(self) -> Iterator[Offer]:
        path, siblings = self.cursor.path, self.cursor.siblings
        parts = values_of(self.kind, path)
        if any(part.get("x-members") == "verb" for part in parts):
            if not siblings:
                yield from _verbs(self.cursor)
            return
        exits = any(part.get("x-members") == "exit" for part in parts)
        for key, schema in keys_of(self.kind, path).items():
            if key not in siblings:
                kind = Kind.Event if exits else Kind.Property
                yield Offer(text=key, kind=kind, about=described(schema), snippet=_key_snippet(key, schema), rank="3")
        for part in free_keys(self.kind, path):
            for name in _NAMED.get(part.get("x-keys", ""), _nothing)(self.names):
                if name not in siblings:
                    yield Offer(text=name, kind=Kind.Reference, snippet=f"{_escaped(name)}: ", rank="2")

    def _values(self) -> Iterator[Offer]:
        parts = values_of(self.kind, self.cursor.path)
        for part in parts:
            asked = str(part.get("x-names") or part.get("x-offers") or "")
            if asked == "expressions":
                yield from _expression_names(self.names)
                yield from _functions()
            for name in _NAMED.get(asked, _nothing)(self.names):
                spoken = name.startswith("audio.") and self.names.speaks_data(name.removeprefix("audio."))
                snippet = f'"{name}[\\${{${{1:NAME}}\\}}]"' if spoken else ""
                kind = _KINDS.get(asked, Kind.Value)
                yield Offer(text=name, kind=kind, detail=self._detail(name), rank="1", snippet=snippet)
            yield from _choices(part)
        if any(part.get("x-members") == "verb" for part in parts):
            yield from (Offer(text=verb, kind=Kind.Keyword, about=_verb_text(verb)) for verb in ("hangup", "release"))
        if self.cursor.path[-1:] == ("timezone",):
            yield from (Offer(text=zone, kind=Kind.Constant, rank=_zone_rank(zone)) for zone in _zones())
        if self.cursor.path[-1:] == ("file",):
            yield from (Offer(text=file, kind=Kind.File) for file in self.names.files)
        if self.cursor.path[-1:] in (("holidays",), ("country",)):
            yield from (Offer(text=code, kind=Kind.Constant) for code in _countries())

    def _detail(self, name: str) -> str:
        return self.names.says(name.removeprefix("audio.")) if name.startswith("audio.") else ""


_TOP: Final = ("flow", "audio", "groups", "people", "hours", "lists", "tables")


def _nothing(names: Names) -> list[str]:
    return []


def _prefixed(kind: str, prefix: str) -> Callable[[Names], list[str]]:
    return lambda names: [f"{prefix}{name}" for name in names.of(kind)]


_NAMED: Final[Mapping[str, Callable[[Names], list[str]]]] = {
    "steps": lambda names: names.of(STEP),
    "variables": lambda names: names.of(VARIABLE),
    "flows": lambda names: names.of(FLOW),
    "audio": _prefixed("audio", "audio."),
    "hours": _prefixed("hours", "hours."),
    "lists": _prefixed("lists", "lists."),
    "tables": lambda names: names.of("tables"),
    "list names": lambda names: names.of("lists"),
    "destinations": lambda names: [
        *_prefixed("groups", "group ")(names), *_prefixed("people", "person ")(names), "extension ", "number ", "sip "
    ],
}  # fmt: skip
"""What the annotations of the schemas ask for (`flow.schema.editor_schema`)."""
_KINDS: Final = {"steps": Kind.Reference, "variables": Kind.Variable, "audio": Kind.File, "flows": Kind.Module}


def _verbs(cursor: Cursor) -> Iterator[Offer]:
    for verb, spec in VERBS.items():
        example = spec.example.partition(":")[2].strip()
        snippet = f"{verb}: {_snippet(example)}" if example else verb
        yield Offer(
            text=verb, kind=Kind.Keyword, detail=spec.example, about=_verb_text(verb), snippet=snippet, rank="1"
        )


def _verb_text(verb: str) -> str:
    spec = VERBS[verb]
    exits = "".join(f"\n- `{name}`: {when}" for name, when in spec.exits.described)
    return f"{spec.schema.get('description', '')}{f'{chr(10)}{exits}' if exits else ''}"


def _snippet(example: str) -> str:
    """An example whose words in capitals are to be filled in, in turn."""
    numbers = iter(range(1, 100))
    filled = _escaped(example)
    return _PLACEHOLDER.sub(lambda found: f"${{{next(numbers)}:{found[0]}}}", filled)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")


def _key_snippet(key: str, schema: Schema) -> str:
    written = f'"{key}"' if key[:1] in "*#" else key
    default = schema.get("default")
    if isinstance(default, bool):
        return f"{written}: {str(not default).lower()}"
    return f"{_escaped(written)}: "


def _choices(schema: Schema) -> Iterator[Offer]:
    for value in (one for one in schema.get("enum", ()) if one not in schema.get("x-older", ())):
        if isinstance(value, str):
            yield Offer(text=value, kind=Kind.EnumMember, rank="1")
    if "boolean" in schema.get("type", ()):
        yield from (Offer(text=word, kind=Kind.Value) for word in ("true", "false"))


def _expression_names(names: Names) -> Iterator[Offer]:
    """Names with their types and what they mean."""
    for name, kind in BUILTIN_NAMES.items():
        yield Offer(text=name, kind=Kind.Field, detail=kind, about=NAMES.get(name, ""), rank="2")
    about = {family: told for family, _, told in FAMILIES}
    for hours in names.of("hours"):
        for name, kind in hours_names(hours).items():
            told = about.get(f"hours.NAME.{name.rpartition('.')[2]}", "")
            yield Offer(text=name, kind=Kind.Field, detail=kind, about=told, rank="1")
    for name, value in names.bundle.values.items():
        yield Offer(text=f"values.{name}", kind=Kind.Constant, detail=value, about=about["values.NAME"], rank="1")
    for kind, prefix, family in (("lists", "lists.", "lists.NAME"), (STEP, "visits.", "visits.STEP"),
                                 (VARIABLE, "vars.", "vars.NAME"), (OUTPUT, "", "STEP.OUTPUT")):  # fmt: skip
        for name in names.of(kind):
            yield Offer(text=f"{prefix}{name}", kind=Kind.Variable, about=about[family], rank="1")


def _functions() -> Iterator[Offer]:
    for name, function in FUNCTIONS.items():
        shown = f"{name}({', '.join(function.parameters)})"
        places = ", ".join(f"${{{at}:{kind}}}" for at, kind in enumerate(function.parameters, 1))
        yield Offer(
            text=name,
            kind=Kind.Function,
            detail=f"{shown}: {function.result}",
            about=function.about,
            snippet=f"{name}({places})",
            rank="3",
        )
    for word in ("and", "or", "not", "in", "true", "false"):
        yield Offer(text=word, kind=Kind.Operator, rank="4")


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/")))


def _zone_rank(zone: str) -> str:
    return "1" if zone.startswith("Europe/") else "2" if zone.startswith("Asia/") else "5"


@cache
def _countries() -> tuple[str, ...]:
    return tuple(sorted(holidays.list_supported_countries()))
