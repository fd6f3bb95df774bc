"""What an older version had and a newer one has not: of names, and of JSON Schemas in both directions."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = Any


def lost(old: Json, new: Json, at: str = "") -> Iterator[str]:
    """What of a value is not there any more: keys and members have to stay, all else has to be the same."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key in new:
                yield from lost(value, new[key], f"{at}/{key}")
            else:
                yield f"{at}/{key} is gone"
    elif isinstance(old, list) and isinstance(new, list) and all(isinstance(each, str) for each in old):
        yield from (f"{at}: {each} is gone" for each in old if each not in new)
    elif isinstance(old, list) and isinstance(new, list) and len(old) <= len(new):
        for number, (was, now) in enumerate(zip(old, new, strict=False)):
            yield from lost(was, now, f"{at}/{number}")
    elif old != new:
        yield f"{at} is {new!r}, and was {old!r}"


# schemas


BOUNDS: Final = {"minimum": 1, "minLength": 1, "minItems": 1, "minProperties": 1, "exclusiveMinimum": 1}
BOUNDS_ABOVE: Final = {"maximum": -1, "maxLength": -1, "maxItems": -1, "maxProperties": -1, "exclusiveMaximum": -1}
UNCHANGED: Final = ("not", "if", "then", "else", "dependentRequired", "patternProperties", "uniqueItems", "contains")
ALL_TYPES: Final = frozenset(("object", "array", "string", "number", "integer", "boolean", "null"))


class Narrowing:
    """Finds what one schema takes and another one does not, node by node.

    It may call narrowed what is only written in another way, and never takes a narrower schema for an equal one."""

    def __init__(self, wide: Mapping[str, Json], narrow: Mapping[str, Json], *, words_may_come: bool = False) -> None:
        """The roots, whose references are followed. With `words_may_come` an enumeration of `wide` may be longer."""
        self._roots = (wide, narrow)
        self._words_may_come = words_may_come
        self._seen: set[tuple[int, int]] = set()
        self._kept: list[Json] = []  # what was seen: an id is another's once its owner is gone

    def found(self, old: Json, new: Json, at: str = "") -> Iterator[str]:
        """What `old` takes and `new` refuses."""
        old, new = self._followed(old, 0), self._followed(new, 1)
        if new is True or new == {} or old is False or (id(old), id(new)) in self._seen:
            return
        if new is False:
            yield f"{at}: nothing is taken any more"
            return
        if old is True:
            old = {}
        self._seen.add((id(old), id(new)))
        self._kept += [old, new]
        forms = old.get("anyOf", old.get("oneOf")) if "anyOf" not in new and "oneOf" not in new else None
        for form in forms or [old]:
            yield from self._node(form if forms is None else self._followed(form, 0), new, at)

    def _node(self, old: Json, new: Json, at: str) -> Iterator[str]:
        yield from self._values(old, new, at)
        yield from self._object(old, new, at)
        yield from self._branches(old, new, at)
        if "items" in new:
            yield from self.found(old.get("items", True), new["items"], f"{at}[]")

    def _followed(self, schema: Json, side: int) -> Json:
        while isinstance(schema, dict) and "$ref" in schema:
            target: Json = self._roots[side]
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            beside = {key: value for key, value in schema.items() if key not in ("$ref", "description")}
            schema = {**target, **beside} if beside else target
        return schema

    def _values(self, old: Json, new: Json, at: str) -> Iterator[str]:
        gone = _types(old) - _types(new)
        if gone - ({"integer"} if "number" in _types(new) else set()):
            yield f"{at}: {', '.join(sorted(gone))} is not taken any more"
        words, known = _words(old), _words(new)
        if known is not None and not (self._words_may_come and words is not None):
            missing = (
                ["any other"]
                if words is None and "pattern" not in old
                else [word for word in words or () if word not in known]
            )
            yield from (f"{at}: {word!r} is not taken any more" for word in missing)
        for name, sign in (BOUNDS | BOUNDS_ABOVE).items():
            if name in new and (name not in old or sign * new[name] > sign * old[name]):
                yield f"{at}: {name} is {new[name]}, and was {old.get(name, 'none')}"
        if "pattern" in new and new["pattern"] != old.get("pattern") and words is None:
            yield f"{at}: the pattern has changed"
        for name in UNCHANGED:
            if name in new and new[name] != old.get(name):
                yield f"{at}: {name} has changed"

    def _object(self, old: Json, new: Json, at: str) -> Iterator[str]:
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield f"{at}: {name} has to be given"
        known = new.get("properties", {})
        further = new.get("additionalProperties", True)
        for name, schema in old.get("properties", {}).items():
            if name in known:
                yield from self.found(schema, known[name], f"{at}.{name}")
            elif further is False:
                yield f"{at}.{name} is gone"
            else:
                yield from self.found(schema, further, f"{at}.{name}")
        if old.get("additionalProperties", True) is not False and "additionalProperties" in new:
            yield from self.found(old.get("additionalProperties", True), further, f"{at}.*")

    def _branches(self, old: Json, new: Json, at: str) -> Iterator[str]:
        for kind in ("anyOf", "oneOf"):
            if kind not in new:
                continue
            for branch in old.get("anyOf", old.get("oneOf", [old])):
                if all(any(self._tried(branch, each)) for each in new[kind]):
                    yield f"{at}: a form is not taken any more"
        if "allOf" in new and new["allOf"] != old.get("allOf"):
            pairs = zip(old.get("allOf", []), new["allOf"], strict=False)
            if len(new["allOf"]) > len(old.get("allOf", [])):
                yield f"{at}: one more condition"
            for was, now in pairs:
                yield from self.found(was, now, at)

    def _tried(self, old: Json, new: Json) -> Iterator[str]:
        before = set(self._seen)
        yield from self.found(old, new)
        self._seen = before


def _types(schema: Mapping[str, Json]) -> frozenset[str]:
    if "type" in schema:
        given = schema["type"]
        return frozenset([given] if isinstance(given, str) else given)
    return ALL_TYPES


def _words(schema: Mapping[str, Json]) -> list[Json] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")
