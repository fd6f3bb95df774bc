"""What differs between two bundles, in an author's terms: flows, their steps and settings, resources, numbers, rows.

Both sides are contents as versions are made of (`version.version_of`). So what makes no other version (formatting,
comments, the order of keys, names of files) is no difference here, and two versions always differ somewhere.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from router.flow.bundle_version import ORDERED

Content = Mapping[str, Any]
"""{"flows": {NAME: …}, "resources": {KIND: {NAME: …}}, "contents": {KIND.NAME: …}}; all within is str, list or dict."""

ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"
HEAD: Final = "head"  # of a flow: all that stands beside its steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One setting: as it is written on each side, "" where it is not."""

    path: str  # "ring", "on.busy", "keys.1"
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step, flow or resource that is not the same."""

    kind: str  # ADDED, REMOVED, CHANGED
    owner: str  # "flow main", "audio", "lists", ...
    name: str  # the step or the resource; HEAD; "" for the flow as a whole
    about: str = ""  # its verb, or how large it is
    details: tuple[Detail, ...] = ()  # of what is CHANGED


def differences(before: Content, after: Content) -> list[Change]:
    """Every change that leads from one content to the other."""
    return [*_flows(before.get("flows", {}), after.get("flows", {})), *_resources(before, after)]


# flows


def _flows(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in _names(before, after):
        owner = f"flow {name}"
        if name not in before or name not in after:
            kind = ADDED if name in after else REMOVED
            steps = len((after if kind == ADDED else before)[name].get("steps", {}))
            yield Change(kind=kind, owner=owner, name="", about=f"{steps} step{'' if steps == 1 else 's'}")
        else:
            yield from _flow(owner, before[name], after[name])


def _flow(owner: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    if details := tuple(_details(_head(before), _head(after))):
        yield Change(kind=CHANGED, owner=owner, name=HEAD, details=details)
    were, are = before.get("steps", {}), after.get("steps", {})
    for name in _names(were, are):
        if name not in were or name not in are:
            kind = ADDED if name in are else REMOVED
            yield Change(kind=kind, owner=owner, name=name, about=_verb(are.get(name, were.get(name))))
        elif details := tuple(_step(were[name], are[name])):
            yield Change(kind=CHANGED, owner=owner, name=name, about=_verb(are[name]), details=details)


def _head(flow: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flow.items() if key != "steps"}


def _verb(step: Any) -> str:
    """A step is one verb with its settings, or a bare verb."""
    return next(iter(step)) if isinstance(step, dict) else str(step)


def _step(before: Any, after: Any) -> Iterator[Detail]:
    verb = _verb(after)
    if _verb(before) != verb:
        yield Detail(path="", before=_said(before), after=_said(after))
        return
    was, now = (step[verb] if isinstance(step, dict) else {} for step in (before, after))
    yield from _details(was, now)
    key = ORDERED.get(verb, "")
    if key and isinstance(was, dict) and isinstance(now, dict):
        yield from _order(key, was.get(key), now.get(key))


def _order(path: str, before: Any, after: Any) -> Iterator[Detail]:
    """Where the order of a map counts: the same keys in another one."""
    if isinstance(before, dict) and isinstance(after, dict) and set(before) == set(after):
        orders = [", ".join(side) for side in (before, after)]
        if orders[0] != orders[1]:
            yield Detail(path=f"order of {path}", before=orders[0], after=orders[1])


# settings


def _details(before: Any, after: Any, path: str = "") -> Iterator[Detail]:
    """Every place in which two trees differ; of lists the entries that only one of them has."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in _names(before, after):
            yield from _details(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _entries(before, after, path)
    else:
        yield Detail(path=path, before=_said(before), after=_said(after))


def _entries(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[Detail]:
    if len(before) + len(after) > MOST_ALIGNED:
        yield from _counted(path, before, after)
        return
    were, are = [_said(item) for item in before], [_said(item) for item in after]
    for kind, start, end, other_start, other_end in SequenceMatcher(None, were, are, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        gone, come = were[start:end], are[other_start:other_end]
        for number in range(max(len(gone), len(come))):
            was = gone[number] if number < len(gone) else ""
            yield Detail(path=path, before=was, after=come[number] if number < len(come) else "")


def _said(value: Any) -> str:
    """As it could be written in YAML."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_said(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_said, value))}]"
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if value == "" else str(value)


# resources


def _resources(before: Content, after: Content) -> Iterator[Change]:
    were, are = before.get("resources", {}), after.get("resources", {})
    for kind in _names(were, are):
        old, new = were.get(kind, {}), are.get(kind, {})
        for name in _names(old, new):
            if name not in old or name not in new:
                yield Change(kind=ADDED if name in new else REMOVED, owner=kind, name=name)
                continue
            place = f"{kind}.{name}"
            noun = "rows" if kind == "tables" else "entries"
            held = _counted(noun, before.get("contents", {}).get(place, []), after.get("contents", {}).get(place, []))
            details = (*_details(_without_file(old[name]), _without_file(new[name])), *held)
            if details:
                yield Change(kind=CHANGED, owner=kind, name=name, details=details)


def _without_file(resource: Any) -> Any:
    """What stands in a file counts, not what the file is called."""
    return {**resource, "file": ""} if isinstance(resource, dict) and "file" in resource else resource


MOST_ALIGNED: Final = 400
"""Longer lists are numbers of people and the like: what is told of them is how many came and went."""


def _counted(noun: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Detail]:
    were, are = (Counter(map(_said, side)) for side in (before, after))
    gone, come = (were - are).total(), (are - were).total()
    if gone:
        yield Detail(path=noun, before=f"{gone} of {len(before)}: {_some(were - are)}", after="")
    if come:
        yield Detail(path=noun, before="", after=f"{come} of {len(after)}: {_some(are - were)}")
    if before != after and not gone and not come:
        yield Detail(path=f"order of {noun}", before="", after="another one")


SHOWN: Final = 3


def _some(counted: Iterable[str]) -> str:
    found = list(counted)
    return ", ".join(found[:SHOWN]) + (", …" if len(found) > SHOWN else "")


def _names(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Of both sides, in the order of the later one, with what is gone at the end."""
    return list(dict.fromkeys([*after, *before]))
