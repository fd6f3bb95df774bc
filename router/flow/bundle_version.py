"""A bundle's version: the same content has the same version on every machine.

Content is what was read, not how it was written: formatting, comments, quoting, key order, file names and the order
of files do not count, and neither do tests. What a list or a table takes from its file counts as if it stood in the
resources. Two maps count with their order, since it means something: the assignments of a `set`, and the branches of a
`split` (which callers take which depends on it).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from router.flow.verbs import VERBS

FORMAT: Final = 2  # raised when the same content would come to mean something else
ORDERED: Final = {name: spec.ordered_map for name, spec in VERBS.items() if spec.ordered_map}
"""Verb -> its map whose order counts."""
LENGTH: Final = 32  # hexadecimal digits: 128 bits, beyond any accident


def version_of(content: Mapping[str, Any]) -> str:
    """The version of `{"flows": {NAME: …}, "resources": {KIND: {NAME: …}}, "contents": {KIND.NAME: …}}`.

    Everything within is str, list or dict of str, as `source.plain` gives it. 32 hexadecimal digits.
    """
    flows = {name: canonical_flow(flow) for name, flow in content.get("flows", {}).items()}
    contents = {name: canonical(one) for name, one in content.get("contents", {}).items()}
    return version_of_texts(flows, content.get("resources", {}), contents)


def version_of_texts(flows: Mapping[str, str], resources: Mapping[str, Any], contents: Mapping[str, str]) -> str:
    """The same where the flows and the contents of files are canonical texts already."""
    named = canonical({kind: _without_file_names(names) for kind, names in resources.items()})
    told = hashlib.sha256()
    for text in (f"[{FORMAT},", *_map_of(flows), ",", named, ",", *_map_of(contents), "]"):
        told.update(text.encode("utf-8", "surrogatepass"))
    return told.hexdigest()[:LENGTH]


def canonical(value: Any) -> str:
    """The text that stands for a value in a version."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def canonical_flow(flow: Any) -> str:
    """That of a flow."""
    return canonical(_ordered_sets(flow))


def _map_of(texts: Mapping[str, str]) -> Iterator[str]:
    """A map as `canonical` writes it, whose values are written already."""
    yield "{"
    for place, (name, text) in enumerate(sorted(texts.items())):
        yield f"{',' if place else ''}{canonical(name)}:"
        yield text
    yield "}"


def _without_file_names(names: Any) -> Any:
    return {name: _blank_file(entry) for name, entry in names.items()} if isinstance(names, dict) else names


def _blank_file(entry: Any) -> Any:
    return {**entry, "file": ""} if isinstance(entry, dict) and "file" in entry else entry


def _ordered_sets(flow: Any) -> Any:
    steps = flow.get("steps") if isinstance(flow, dict) else None
    return (
        {**flow, "steps": {name: _ordered_set(step) for name, step in steps.items()}}
        if isinstance(steps, dict)
        else flow
    )


def _ordered_set(step: Any) -> Any:
    for verb, key in ORDERED.items():
        settings = step.get(verb) if isinstance(step, dict) else None
        inner = settings.get(key) if isinstance(settings, dict) else None
        if isinstance(settings, dict) and isinstance(inner, dict):
            return {verb: {**settings, key: list(inner.items())}}
    return step
