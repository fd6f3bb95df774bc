"""A checked bundle as bytes that open at once, however large it is: an image.

Reading 10,000 steps from their YAML takes a second of one processor, and a worker that has calls to serve has no second
to spare. So whoever publishes a bundle makes its image, once; a worker opens that. Every step, list and table is packed
by itself and unpacked when it is first asked for, in some tens of microseconds, with its expressions compiled again.
Tables and large lists stay packed then, too (`packed_texts`): a table of 200,000 rows is there in a few milliseconds.
What is large may be kept apart from the image, once for all versions that have it (`image_parts`).

What always holds: an opened bundle behaves as the one that was packed; an image is data and nothing of it is executed;
an image that another state of this program made is not opened (`open_image` answers None), since its fields may mean
something else. The files stay the source of a version, and an image can be made from them again at any time.
"""

import hashlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from inspect import get_annotations
from types import ModuleType
from typing import Any, Final

import msgspec

from router.flow import model
from router.flow.bundle_version import FORMAT
from router.flow.expressions.compiler import CompiledExpression, compile_expression
from router.flow.expressions.template import CompiledTemplate
from router.flow.expressions.text_of import TextOf
from router.flow.image_parts import Opened, Reference, Source, apart, moved, no_source, references_in, together
from router.flow.load_cache import Kept
from router.flow.resources.hours import OpeningHours
from router.flow.resources.key_patterns import KeyTrie
from router.flow.resources.number_lists import CompiledList
from router.flow.resources.packed_texts import PackedMap, PackedRows
from router.flow.verbs import VERBS

LAZY: Final = frozenset({"steps", "lists", "tables"})
"""Fields of the model that hold many or large values by name: each value is packed by itself."""

OPENED_TIMES: Final = 12
"""So many times as large as its packed form is a step when it is opened (measured); lists and tables stay packed."""

_encode: Final = msgspec.msgpack.encode
_decode: Final = msgspec.msgpack.decode


_parts: Final = msgspec.msgpack.Decoder(tuple[Any, msgspec.Raw, Any]).decode
"""The bundle in an image stays packed: it may be large, and only its calendars be asked for."""


def pack_image(
    bundle: model.Bundle, parts: dict[str, bytes] | None = None, kept: Mapping[str, Kept] | None = None
) -> bytes:
    """The bundle as bytes. With `parts` what is large goes there, by its digest; `kept` has what was packed of its
    flows, lists and tables before."""
    if parts is None:
        return _encode([FINGERPRINT, _flat(bundle), calendars_of_bundle(bundle)])
    packing = _Packing(parts, kept or {})
    flat = [_TAGS[model.Bundle], *(packing.field(name, getattr(bundle, name)) for name in _field_names(model.Bundle))]
    return _encode([FINGERPRINT, flat, calendars_of_bundle(bundle)])


class _Packing:
    """A bundle while its image is made, with parts; what was packed before is taken from where it is kept."""

    def __init__(self, parts: dict[str, bytes], kept: Mapping[str, Kept]) -> None:
        self._parts = parts
        self._kept = kept

    def field(self, name: str, value: Any) -> Any:
        """A field of the bundle."""
        if name == "flows":
            return {flow: self._apart(f"flows.{flow}", partial(_flow_apart, inner)) for flow, inner in value.items()}
        if name not in LAZY:
            return _flat(value)
        packed = {inner: self._packed(f"{name}.{inner}", one) for inner, one in value.items()}
        told = apart(packed, self._parts, lambda inner, one: self._apart(f"{name}.{inner}", partial(_value_apart, one)))
        return [_TAGS[Opened], told]

    def _packed(self, name: str, value: Any) -> bytes:
        return self._of(name).keep("packed", lambda: _encode(_flat(value)))

    def _apart(self, name: str, make: Callable[[], tuple[Any, dict[str, bytes]]]) -> Any:
        told, own = self._of(name).keep("apart", make)
        self._parts |= own
        return told

    def _of(self, name: str) -> Kept:
        return self._kept.get(name) or Kept()


def _flow_apart(flow: model.Flow) -> tuple[Any, dict[str, bytes]]:
    parts: dict[str, bytes] = {}
    return _with_parts(_flat(flow), parts), parts


def _value_apart(packed: bytes) -> tuple[Any, dict[str, bytes]]:
    parts: dict[str, bytes] = {}
    return moved(packed, parts), parts


def parts_of_image(image: bytes) -> list[Reference]:
    """The parts that an image of this program refers to; none of any other one."""
    try:
        fingerprint, flat, _ = _parts(image)
        return list(references_in(_decode(flat))) if fingerprint == FINGERPRINT else []
    except msgspec.DecodeError:
        return []


def calendar_countries(bundle: model.Bundle) -> list[str]:
    """The countries whose holidays the bundle goes by."""
    entries = [entry for entry in bundle.hours.values() if isinstance(entry, OpeningHours)]
    return sorted({entry.calendar.country for entry in entries if entry.calendar is not None})


def calendars_of_bundle(bundle: model.Bundle) -> dict[str, Any]:
    """Country -> the days of its holidays' calendar that the bundle goes by."""
    entries = [entry for entry in bundle.hours.values() if isinstance(entry, OpeningHours)]
    calendars = {entry.calendar.country: entry.calendar for entry in entries if entry.calendar is not None}
    return {country: calendar.frozen() for country, calendar in sorted(calendars.items())}


def calendars_of(image: bytes | None) -> dict[str, Any]:
    """The calendars of an image, whichever program made it; none of an image that keeps none."""
    try:
        _, _, calendars = _parts(image or b"")
    except msgspec.DecodeError:
        return {}
    return calendars if isinstance(calendars, dict) else {}


def is_current(image: bytes) -> bool:
    """Whether this program made the image, so that it can be opened where its parts are."""
    return image.startswith(IMAGE_HEAD)


def open_image(image: bytes, source: Source = no_source) -> model.Bundle | None:
    """The bundle that was packed; None when these bytes are not an image that this program made. `source` gives its
    parts."""
    try:
        fingerprint, flat, _ = _parts(image)
        bundle = _built(_with_values(_decode(flat), source)) if fingerprint == FINGERPRINT else None
    except (msgspec.DecodeError, TypeError, ValueError, LookupError):
        return None
    return bundle if isinstance(bundle, model.Bundle) else None


def held_bytes(bundle: model.Bundle, image_bytes: int) -> int:
    """About how much memory an opened bundle takes once everything in it was asked for: its parts too, though other
    versions and other processes may have the same."""
    packed = sum(values.packed_bytes for values in (bundle.lists, bundle.tables) if isinstance(values, Opened))
    steps = [flow.steps for flow in bundle.flows.values()]
    opened = sum(values.packed_bytes for values in steps if isinstance(values, Opened))
    return packed + (max(image_bytes - packed, 0) + opened) * OPENED_TIMES


# To plain values: text, numbers, maps stand for themselves; everything else is a list that begins with its tag.


_PLAIN: Final = (str, int, float, type(None))


def _flat(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    kind = type(value)
    if kind in _TAGS:
        return [_TAGS[kind], *_PARTS[kind](value)]
    if isinstance(value, Mapping):
        return {key: _flat(inner) for key, inner in value.items()}
    raise TypeError(f"a {type(value).__name__} has no place in an image")


def _fields_of(made: type) -> Callable[[Any], list[Any]]:
    names = _field_names(made)
    return lambda value: [_flat_field(name, getattr(value, name)) for name in names]


def _flat_field(name: str, value: Any) -> Any:
    if name not in LAZY:
        return _flat(value)
    return [_TAGS[Opened], {key: _encode(_flat(inner)) for key, inner in value.items()}]


def _sequence(value: Any) -> list[Any]:
    return [_flat(inner) for inner in value]


def _expression(value: CompiledExpression) -> list[Any]:
    return [value.source, dict(sorted(value.types.items())), value.country]  # in one order, so that the part is known


def _template(value: CompiledTemplate) -> list[Any]:
    return [value.source, value.pieces, value.is_phone]


def _text_of(value: TextOf) -> list[Any]:
    return [_flat(value.expression)]


def _table(value: model.Table) -> list[Any]:
    numbers, dates = PackedMap.of(value.numbers), PackedMap.of(value.dates)
    return [list(value.columns), PackedRows.parts_of(value.columns, value.rows), dates.parts(), numbers.parts()]


def _hours(value: OpeningHours) -> list[Any]:
    return [*value.written, value.calendar.frozen() if value.calendar is not None else None]


def _keys(value: KeyTrie) -> list[Any]:
    return list(value.patterns)


def _list(value: CompiledList) -> list[Any]:
    return value.parts()


# And back.


def _built(flat: Any) -> Any:
    if isinstance(flat, dict):
        return {key: _built(inner) for key, inner in flat.items()}
    if isinstance(flat, list):
        tag, *parts = flat
        return _BUILD[tag](parts)
    return flat


def _with_parts(flat: Any, parts: dict[str, bytes]) -> Any:
    if isinstance(flat, dict):
        return {key: _with_parts(inner, parts) for key, inner in flat.items()}
    if not isinstance(flat, list):
        return flat
    if flat[:1] == _OPENED and isinstance(flat[1], dict):
        return [flat[0], apart(flat[1], parts)]
    return [_with_parts(inner, parts) for inner in flat]


def _with_values(flat: Any, source: Source) -> Any:
    """Only what is by name holds parts, and it is deep in the model's own fields alone."""
    if isinstance(flat, dict):
        return {key: _with_values(inner, source) for key, inner in flat.items()}
    if not isinstance(flat, list):
        return flat
    if flat[:1] == _OPENED and isinstance(flat[1], dict | msgspec.msgpack.Ext):
        return [flat[0], together(flat[1], _built, source)]
    return [_with_values(inner, source) for inner in flat]


def _build_fields(made: type) -> Callable[[list[Any]], Any]:
    names = _field_names(made)
    return lambda parts: made(**dict(zip(names, map(_built, parts), strict=True)))


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
        rows=PackedRows(tuple(columns), rows),
        dates=PackedMap(dates),
        numbers=PackedMap(numbers),
    )


def _field_names(made: type) -> tuple[str, ...]:
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
    (tuple, _sequence, lambda parts: tuple(map(_built, parts))),
    (list, _sequence, lambda parts: list(map(_built, parts))),
    (frozenset, lambda value: _sequence(sorted(value)), lambda parts: frozenset(map(_built, parts))),
    (CompiledExpression, _expression, _build_expression),
    (CompiledTemplate, _template, _build_template),
    (TextOf, _text_of, lambda parts: TextOf(_built(parts[0]))),
    (KeyTrie, _keys, KeyTrie),
    (OpeningHours, _hours, lambda parts: OpeningHours(*parts)),
    (CompiledList, _list, CompiledList.of_parts),
    (model.Table, _table, _build_table),
    (Opened, _sequence, lambda parts: parts[0]),
    *((made, _fields_of(made), _build_fields(made)) for made in _MODEL if made is not model.Table),
)
"""Every type in a bundle: how it becomes plain values, and how it is made of them. Its place here is its tag."""

_OPENED: Final = [next(tag for tag, (made, _, _) in enumerate(_FORMS) if made is Opened)]
_TAGS: Final = {made: tag for tag, (made, _, _) in enumerate(_FORMS)}
_PARTS: Final = {made: parts for made, parts, _ in _FORMS}
_BUILD: Final = [build for _, _, build in _FORMS]


def _fields_told(made: type) -> tuple[tuple[str, str], ...]:
    """Each field with its type as it is written: what was a number and is a list now is another form."""
    written = map(get_annotations, reversed(made.__mro__))
    types = {name: repr(kind) for annotations in written for name, kind in annotations.items()}
    return tuple((name, types.get(name, "")) for name in _field_names(made))


FINGERPRINT: Final = hashlib.sha256(
    repr([FORMAT, [(made.__name__, _fields_told(made)) for made in _MODEL], [made.__name__ for made in _TAGS]]).encode()
).hexdigest()
"""Of this program's forms: another one would read the same bytes in another way."""

IMAGE_HEAD: Final = _encode([FINGERPRINT, None, None])[:-2]
"""What an image of this program begins with."""
