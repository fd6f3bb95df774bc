"""The configuration file: its YAML, checked against `schemas/config.schema.json`.

Every scalar stays the text that was written: the schema and the settings' own parsers give the types. Messages name the
place in the file and never a value, since any of them may be a secret.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

import jsonschema_rs
import yaml

from router.errors import ConfigurationError
from router.protocol.schemas import load_schema


class _TextLoader(yaml.CBaseLoader):
    """Builds maps, lists and texts; refuses a key that is written twice, which YAML would let win silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ConfigurationError(f"the configuration file has {key!r} twice, near line {_line(node)}")
        return super().construct_mapping(node, deep)


def read_file(text: str) -> dict[str, Any]:
    """The file's content; ConfigurationError when it is not YAML or does not fit the schema. An empty file is {}."""
    content = _parsed(text)
    faults = _faults_of(content)
    if faults:
        raise faults[0]
    return dict(content)


def read_leniently(text: str) -> tuple[dict[str, Any], list[ConfigurationError]]:
    """What of the file can be used, and everything that is wrong with it."""
    try:
        content = _parsed(text)
    except ConfigurationError as error:
        return {}, [error]
    faults = _faults_of(content)
    return (_usable(content) if faults else dict(content)), faults


def _parsed(text: str) -> Any:
    try:
        return yaml.load(text, _TextLoader) or {}  # a base loader: builds no objects
    except yaml.YAMLError as error:
        raise ConfigurationError(f"the configuration file is not YAML: {_first_line(error)}") from None
    except RecursionError:
        raise ConfigurationError("the configuration file is nested too deeply") from None


def _faults_of(content: Any) -> list[ConfigurationError]:
    return [_refusal(fault) for fault in sorted(_validator().iter_errors(content), key=_is_known)]


def _usable(content: Any) -> dict[str, Any]:
    """The settings that the schema knows and takes, and of the accounts those that have a name."""
    schema: Any = load_schema("config")
    found = _fitting(content, schema) if isinstance(content, dict) else {}
    entries = content.get("accounts") if isinstance(content, dict) else None
    named = [entry for entry in entries or () if isinstance(entry, dict) and isinstance(entry.get("name"), str)]
    return {**found, "accounts": [_fitting(entry, _entry_schema(schema)) for entry in named]} if named else found


def _fitting(content: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """What stands under names that are known and fits what the schema says of each."""
    properties, shared = schema["properties"], {"$defs": schema.get("$defs", {})}
    return {
        name: value
        for name, value in content.items()
        if name in properties and jsonschema_rs.is_valid({**shared, **properties[name]}, value)
    }


def _entry_schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of one account."""
    return {**schema["properties"]["accounts"]["items"], "$defs": schema.get("$defs", {})}


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(load_schema("config"), mask="its value")


def _is_known(fault: Any) -> bool:
    """Sorts unknown settings first: a misspelt one is often missing, too, and that says less."""
    return bool(fault.kind.name != "additionalProperties")


def _refusal(error: Any) -> ConfigurationError:
    place = ".".join(map(str, error.instance_path)) or "the file"
    if error.kind.name == "additionalProperties":
        unknown = error.kind.unexpected[0]
        return ConfigurationError(
            f"the configuration file has an unknown setting {unknown!r} in {place}{_did_you_mean(unknown, error)}",
            setting=unknown,
        )
    if error.kind.name == "required":
        return ConfigurationError(f"the configuration file lacks {error.kind.property!r} in {place}", setting=place)
    return ConfigurationError(f"the configuration file: {place}: {error.message}", setting=place)


def _did_you_mean(unknown: str, error: Any) -> str:
    schema: Any = load_schema("config")
    for part in error.schema_path[:-1]:
        schema = schema[part]
    close = get_close_matches(unknown, _names(schema), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(sorted(_names(schema)))}"


def _names(schema: Mapping[str, Any]) -> list[str]:
    return list(schema.get("properties", ()))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _first_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    return f"{getattr(error, 'problem', None) or 'it cannot be read'}{where}"
