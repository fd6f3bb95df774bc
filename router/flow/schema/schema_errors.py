"""Which of a validator's errors tell a mistake: one mistake may break several rules."""

from collections.abc import Iterable
from typing import Any

from router.flow.suggestions.foreign_words import other_meaning
from router.flow.suggestions.spelling import closest

Path = tuple[str | int, ...]


def telling(errors: list[Any]) -> Iterable[Any]:
    """Without the errors that only follow from another one at the same place, or above it."""
    unknown = {tuple(error.instance_path): error for error in errors if error.kind.name == "additionalProperties"}
    crowded = {tuple(error.instance_path) for error in errors if _is_crowded(error)} - set(unknown)
    excluded: set[Path] = set()
    for error in errors:
        path = tuple(error.instance_path)
        beside = unknown.get(path)
        if (beside is not None and _follows(error, beside)) or (crowded and _lies_below(path, crowded)):
            continue
        if error.kind.name == "falseSchema":  # of several keys that exclude others, one says it
            around = path[:-1]
            if around in excluded:
                continue
            excluded.add(around)
        yield error


def _is_crowded(error: Any) -> bool:
    """A step of several verbs: which of them is meant is not known, so nothing is said of their settings."""
    return error.kind.name == "maxProperties" and len(error.instance_path) == 2 and error.instance_path[0] == "steps"


def _lies_below(path: Path, above: set[Path]) -> bool:
    return any(path[:length] in above for length in range(1, len(path)))


def _follows(error: Any, unknown: Any) -> bool:
    """A misspelt key is unknown, and missing, and one too many: unknown says it best."""
    unexpected = unknown.kind.unexpected
    if error.kind.name == "maxProperties":
        return bool(len(error.instance) - len(unexpected) <= error.kind.limit)
    if error.kind.name != "required":
        return False
    return (
        len(unexpected) == len(error.instance)
        or error.kind.property == "vars"
        or any(other_meaning(key, [error.kind.property]) or closest(key, [error.kind.property]) for key in unexpected)
    )
