"""Results on demand: what a request comes to when it has been asked for, whatever the PBX would have made of it.

A rule names a method, or `delivery` for the report of a message (§3.1.2), and gives a code of the document's list. A
command is accepted with 200 and its code comes in the pushed result, as §3.2 has it; with `at_once` the request itself
is refused. A code of class 1xxx is success: the request is carried out, and only its code is another. The first rule
that fits counts, and a rule with `times` is used up after so many.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

import jsonschema

from router.catalogue.methods import METHODS
from router.emulator.config import ForcedResult
from router.errors import ConfigurationError
from router.protocol.codes import MEANINGS
from router.protocol.schemas import load_schema

DELIVERY: Final = "delivery"
DELIVERY_CODES: Final = ("43xx",)  # §3.1.2

ForcedResults = Mapping[str, tuple[ForcedResult, ...]]
"""Rules by method, in the order in which they are tried."""


def is_success(code: int) -> bool:
    """Class 1xxx: what is done, although it may come to another code than 1000."""
    return code // 1000 == 1


def codes_of(classes: tuple[str, ...]) -> list[int]:
    """The codes of the document's list in classes such as "2xxx", "333x" and "4001"."""
    prefixes = tuple(one.rstrip("x") for one in classes)
    return [code for code in MEANINGS if str(code).startswith(prefixes)]


def read_forced_results(written: object, place: str = "results") -> dict[str, tuple[ForcedResult, ...]]:
    """The rules of `pbx.yaml` (all text) or of a request's JSON; ConfigurationError names all that is wrong."""
    raw = _texts(written)
    if not isinstance(raw, Mapping):
        raise ConfigurationError(f"{place} is a map from methods to codes or rules")
    findings = [finding for name, one in raw.items() for finding in _findings(name, one, f"{place}.{name}")]
    if findings:
        raise ConfigurationError("\n".join(findings))
    return {name: tuple(map(_rule, one if isinstance(one, list) else [one])) for name, one in raw.items()}


def _findings(name: str, written: object, place: str) -> Iterator[str]:
    if name not in METHODS and name != DELIVERY:
        close = get_close_matches(name, [*METHODS, DELIVERY], n=1)
        yield f"{place}: there is no such method{f', did you mean {close[0]!r}?' if close else ''}"
    shapes = load_schema("pbx")["$defs"]
    for rule in written if isinstance(written, list) else [written]:
        shape = shapes["result" if isinstance(rule, Mapping) else "code"]
        for error in jsonschema.Draft202012Validator(shape | {"$defs": shapes}).iter_errors(rule):
            yield f"{'.'.join([place, *map(str, error.absolute_path)])}: {error.message}"


def shown(rules: ForcedResults) -> dict[str, list[dict[str, Any]]]:
    """As `POST /emulator/results` takes them."""
    return {name: [_shown(rule) for rule in some] for name, some in rules.items()}


@dataclass(slots=True, eq=False)
class _Countdown:
    rule: ForcedResult
    left: int | None


class ForcedResultBook:
    """The rules in force, and how often each may still be used."""

    def __init__(self, rules: ForcedResults) -> None:
        self.set(rules)

    def set(self, rules: ForcedResults) -> None:
        """These rules and no others from now on."""
        self._rules = {name: [_Countdown(rule, rule.times) for rule in some] for name, some in rules.items()}

    def current(self) -> ForcedResults:
        """The rules with the times that are left of each; those that are used up are gone."""
        left = {name: tuple(_left(some)) for name, some in self._rules.items()}
        return {name: some for name, some in left.items() if some}

    def take(self, name: str, params: Mapping[str, Any]) -> ForcedResult | None:
        """The rule for a request with these parameters, None when the PBX decides; counts as one use."""
        for one in self._rules.get(name, ()):
            if one.left != 0 and _fits(one.rule.params, params):
                one.left = None if one.left is None else one.left - 1
                return one.rule
        return None


def _left(some: list[_Countdown]) -> Iterator[ForcedResult]:
    for one in some:
        if one.left != 0:
            yield ForcedResult(code=one.rule.code, times=one.left, at_once=one.rule.at_once, params=one.rule.params)


def _fits(wanted: Mapping[str, str], params: Mapping[str, Any]) -> bool:
    return all(_text_at(params, name) == value for name, value in wanted.items())


def _text_at(params: Mapping[str, Any], name: str) -> str | None:
    """The text of a parameter; `from.extension` is one inside of another."""
    value: Any = params
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return None if value is None else str(value)


def _texts(value: object) -> object:
    """JSON as `pbx.yaml` has it: every scalar as text."""
    if isinstance(value, Mapping):
        return {str(name): _texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rule(written: str | Mapping[str, Any]) -> ForcedResult:
    if isinstance(written, str):
        return ForcedResult(code=int(written))
    return ForcedResult(
        code=int(written["code"]),
        times=int(written["times"]) if "times" in written else None,
        at_once=written.get("at_once") == "true",
        params=written.get("with", {}),
    )


def _shown(rule: ForcedResult) -> dict[str, Any]:
    times = {} if rule.times is None else {"times": rule.times}
    return {"code": rule.code, **times, "at_once": rule.at_once, "with": dict(rule.params)}
