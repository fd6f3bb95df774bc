"""What a bundle consists of as plain values, and back: texts, numbers and maps stand for themselves, everything else is
a list that begins with its type's tag. `bundle_image` packs these values; FINGERPRINT is of this program's forms.
"""

import hashlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from inspect import get_annotations
from types import ModuleType
from typing import Any, Final

import msgspec

from router.flow import model
from router.flow.bundle_version import FORMAT
from router.flow.expressions.compiler import CompiledExpression, compile_expression
from router.flow.expressions.template import CompiledTemplate
from router.flow.expressions.text_of import TextOf
from router.flow.image_parts import Opened, Source, apart, together
from router.flow.resources.hours import OpeningHours
from router.flow.resources.key_patterns import KeyTrie
from router.flow.resources.number_lists import CompiledList
from router.flow.resources.packed_texts import PackedMap, TableRows
from router.flow.verbs import VERBS

LAZY: Final = frozenset({"steps", "lists", "tables"})
"""Fields of the model that hold many or large values by name: each value is packed by itself."""

_encode: Final = msgspec.msgpack.encode

_PLAIN: Final = (str, int, float, type(None))


def flat(value: Any) -> Any:
    """The plain values of one."""
    if isinstance(value, _PLAIN):
        return value
    kind = type(value)
    if kind in TAGS:
        return [TAGS[kind], *_PARTS[kind](value)]
    if isinstance(value, Mapping):
        return {key: flat(inner) for key, inner in value.items()}
    raise TypeError(f"a {type(value).__name__} has no place in an image")


def _fields_of(made: type) -> Callable[[Any], list[Any]]:
    names = field_names(made)
    return lambda value: [_flat_field(name, getattr(value, name)) for name in names]


def _flat_field(name: str, value: Any) -> Any:
    if name not in LAZY:
        return flat(value)
    return [TAGS[Opened], {key: _encode(flat(inner)) for key, inner in value.items()}]


def _sequence(value: Any) -> list[Any]:
    return [flat(inner) for inner in value]


def _expression(value: CompiledExpression) -> list[Any]:
    return [value.source, dict(sorted(value.types.items())), value.country]  # in one order, so that the part is known


def _template(value: CompiledTemplate) -> list[Any]:
    return [value.source, value.pieces, value.is_phone]


def _text_of(value: TextOf) -> list[Any]:
    return [flat(value.expression)]


def _table(value: model.Table) -> list[Any]:
    rows, dates, numbers = map(PackedMap.of, (value.rows.cells, value.dates, value.numbers))
    return [list(value.columns), rows.parts(), dates.parts(), numbers.parts()]


def _hours(value: OpeningHours) -> list[Any]:
    return [*value.written, value.calendar.frozen() if value.calendar is not None else None]


def _keys(value: KeyTrie) -> list[Any]:
    return list(value.patterns)


def _list(value: CompiledList) -> list[Any]:
    return value.parts()


def built(plain: Any) -> Any:
    """What plain values are of."""
    if isinstance(plain, dict):
        return {key: built(inner) for key, inner in plain.items()}
    if isinstance(plain, list):
        tag, *parts = plain
        return _BUILD[tag](parts)
    return plain


def with_parts(plain: Any, parts: dict[str, bytes]) -> Any:
    """The same with what is large in `parts`."""
    if isinstance(plain, dict):
        return {key: with_parts(inner, parts) for key, inner in plain.items()}
    if not isinstance(plain, list):
        return plain
    if plain[:1] == _OPENED and isinstance(plain[1], dict):
        return [plain[0], apart(plain[1], parts)]
    return [with_parts(inner, parts) for inner in plain]


def with_values(plain: Any, source: Source) -> Any:
    """Only what is by name holds parts, and it is deep in the model's own fields alone."""
    if isinstance(plain, dict):
        return {key: with_values(inner, source) for key, inner in plain.items()}
    if not isinstance(plain, list):
        return plain
    if plain[:1] == _OPENED and isinstance(plain[1], dict | msgspec.msgpack.Ext):
        return [plain[0], together(plain[1], built, source)]
    return [with_values(inner, source) for inner in plain]


def _build_fields(made: type) -> Callable[[list[Any]], Any]:
    names = field_names(made)
    return lambda parts: made(**dict(zip(names, map(built, parts), strict=True)))


def _build_expression(parts: list[Any]) -> CompiledExpression:
    source, types, country = parts
    compiled, problems = compile_expression(source, types, country=country)
    if not isinstance(compiled, CompiledExpression):
        raise ValueError(f"the expression {source!r} is none any more: {problems[0].message}")
    return compiled


def _build_template(parts: list[Any]) -> CompiledTemplate:
    source, pieces, is_phone = parts
    return CompiledTemplate(
        source=source,
        names=frozenset(name for _, name in pieces if name),
        pieces=tuple(map(tuple, pieces)),
        is_phone=is_phone,
    )


def _build_table(parts: list[Any]) -> model.Table:
    columns, rows, dates, numbers = parts
    return model.Table(
        columns=tuple(columns),
        rows=TableRows(tuple(columns), PackedMap(rows)),
        dates=PackedMap(dates),
        numbers=PackedMap(numbers),
    )


def field_names(made: type) -> tuple[str, ...]:
    """In the order in which plain values have them."""
    if is_dataclass(made):
        return tuple(field.name for field in fields(made))
    names: tuple[str, ...] = made.__struct_fields__  # type: ignore[attr-defined]  # all others are structs
    return names


def _data(module: ModuleType) -> dict[type, None]:
    """The classes of data that a module defines."""
    own = [made for made in vars(module).values() if isinstance(made, type) and made.__module__ == module.__name__]
    return dict.fromkeys(made for made in own if is_dataclass(made) or issubclass(made, msgspec.Struct))


def _with_verbs() -> tuple[type, ...]:
    """The model, and what verbs are told: their settings, and the parts of these that stand beside them."""
    modules = {base.__module__ for spec in VERBS.values() for base in spec.settings.__mro__[:-1]}
    return tuple(_data(model) | {made: None for name in sorted(modules) for made in _data(sys.modules[name])})


_MODEL: Final = _with_verbs()

_FORMS: Final[tuple[tuple[type, Callable[[Any], list[Any]], Callable[[list[Any]], Any]], ...]] = (
    (tuple, _sequence, lambda parts: tuple(map(built, parts))),
    (list, _sequence, lambda parts: list(map(built, parts))),
    (frozenset, lambda value: _sequence(sorted(value)), lambda parts: frozenset(map(built, parts))),
    (CompiledExpression, _expression, _build_expression),
    (CompiledTemplate, _template, _build_template),
    (TextOf, _text_of, lambda parts: TextOf(built(parts[0]))),
    (KeyTrie, _keys, KeyTrie),
    (OpeningHours, _hours, lambda parts: OpeningHours(*parts)),
    (CompiledList, _list, CompiledList.of_parts),
    (model.Table, _table, _build_table),
    (Opened, _sequence, lambda parts: parts[0]),
    *((made, _fields_of(made), _build_fields(made)) for made in _MODEL if made is not model.Table),
)
"""Every type in a bundle: how it becomes plain values, and how it is made of them. Its place here is its tag."""

_OPENED: Final = [next(tag for tag, (made, _, _) in enumerate(_FORMS) if made is Opened)]
TAGS: Final = {made: tag for tag, (made, _, _) in enumerate(_FORMS)}
_PARTS: Final = {made: parts for made, parts, _ in _FORMS}
_BUILD: Final = [build for _, _, build in _FORMS]


def fields_told(made: type) -> tuple[tuple[str, str], ...]:
    """Each field with its type as it is written: what was a number and is a list now is another form."""
    written = map(get_annotations, reversed(made.__mro__))
    types = {name: repr(kind) for annotations in written for name, kind in annotations.items()}
    return tuple((name, types.get(name, "")) for name in field_names(made))


FINGERPRINT: Final = hashlib.sha256(
    repr([FORMAT, [(made.__name__, fields_told(made)) for made in _MODEL], [made.__name__ for made in TAGS]]).encode()
).hexdigest()
"""Of this program's forms: another one would read the same bytes in another way."""
