"""From the text of `pbx.yaml` to a `PbxConfig`, or one error that lists everything that is wrong with it.

YAML scalars are never constructed: extension 0105 and number 74950000000 stay the text that was written. The schema
(`schemas/pbx.schema.json`) gives the shapes, this module the types and the names that have to exist.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, Final, TypeVar

import jsonschema
import yaml

from router.emulator.config import Faults, Habits, PbxConfig
from router.emulator.forced_results import read_forced_results
from router.errors import ConfigurationError
from router.pbx.setup import Behaviour, Disa, Employee, Group, Menu, Scheme, Target
from router.protocol.schemas import load_schema

Knobs = TypeVar("Knobs", Habits, Faults)

_UNIT_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}
_DURATION: Final = re.compile(r"([0-9.]+)(ms|s|m)")


def load_config(text: str, name: str = "pbx.yaml") -> PbxConfig:
    """The configuration in `text`; ConfigurationError lists all findings, `name` stands before them."""
    try:
        raw = yaml.load(text, Loader=yaml.CBaseLoader)  # constructs nothing but text
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{name}: {error}") from error
    findings = list(_shape_findings(raw)) or list(_name_findings(raw))
    if findings:
        raise ConfigurationError("\n".join(f"{name}: {finding}" for finding in findings))
    return _config(raw)


def seconds(text: str) -> float:
    """The seconds of a duration such as 250ms, 4s or 1.5m."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ConfigurationError(f"{text!r} is not a duration such as 250ms, 4s or 2m")
    return float(found[1]) * _UNIT_SECONDS[found[2]]


def behaviour(text: str) -> Behaviour:
    """What `answers after 4s`, `busy` and the other words of the schema mean; ConfigurationError for anything else."""
    pattern = load_schema("pbx")["$defs"]["behaviour"]["pattern"]
    if re.fullmatch(pattern, text) is None:
        raise ConfigurationError(
            f"{text!r} is not one of: answers after 4s, rejects after 2s, fails with 5003 after 1s, busy, never,"
            " offline, do_not_disturb, off_hours"
        )
    told, _, after = text.partition(" after ")
    kind, _, reason = told.partition(" with ")
    return Behaviour(kind=kind, after_seconds=seconds(after) if after else 0.0, reason=int(reason) if reason else None)


def knobs(kind: type[Knobs], values: Mapping[str, Any]) -> Knobs:
    """Habits or faults from names and values (numbers, booleans or their text); unknown ones are refused."""
    known = {one.name: one.type for one in fields(kind)}
    return kind(**{name: _knob(name, value, known) for name, value in values.items()})


def _knob(name: str, value: Any, known: Mapping[str, Any]) -> Any:
    if name not in known:
        raise ConfigurationError(f"unknown setting {name!r}{_suggestion(name, known)}")
    try:
        number = {"true": 1.0, "false": 0.0}.get(str(value).lower())
        number = float(value) if number is None else number
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{name} has to be a number, not {value!r}") from error
    if not 0 <= number < 1e9 and name != "seed":
        raise ConfigurationError(f"{name} has to be 0 or more, not {value!r}")
    return known[name](number)


def _shape_findings(raw: object) -> Iterator[str]:
    validator = jsonschema.Draft202012Validator(load_schema("pbx"))
    for error in sorted(validator.iter_errors(raw), key=lambda one: [str(step) for step in one.absolute_path]):
        place = ".".join(str(step) for step in error.absolute_path) or "the file"
        yield f"{place}: {error.message}"


def _name_findings(raw: Mapping[str, Any]) -> Iterator[str]:
    """Names that are used and not defined."""
    people, groups = raw.get("employees", {}), raw.get("groups", {})
    for number, line in raw["lines"].items():
        if "scheme" in line:
            yield from _missing(f"lines.{number}.scheme", line["scheme"], raw["schemes"])
        else:
            yield from _target_findings(f"lines.{number}.to", line["to"], raw)
    for extension, group in groups.items():
        for member in group["members"]:
            yield from _missing(f"groups.{extension}.members", member, people)
        if extension in people:
            yield f"groups.{extension}: an employee has that extension too"
    try:
        read_forced_results(raw.get("results", {}))
    except ConfigurationError as error:
        yield from error.message.splitlines()
    for name, scheme in raw["schemes"].items():
        yield from _menu_findings(f"schemes.{name}", scheme, raw)


def _menu_findings(place: str, menu: Mapping[str, Any], raw: Mapping[str, Any]) -> Iterator[str]:
    if "greeting" in menu:
        yield from _missing(f"{place}.greeting", menu["greeting"], raw.get("audio", {}))
    yield from _target_findings(f"{place}.then", menu.get("then", "hang_up"), raw)
    if menu.get("then") == "repeat" and not {"greeting", "silence", "disa"} & set(menu):
        yield f"{place}.then: repeating a menu that takes no time would never end"
    disa = menu.get("disa", {})
    if int(disa.get("min", 1)) > int(disa.get("max", 99)):
        yield f"{place}.disa: min is larger than max"
    for key, item in menu.get("items", {}).items():
        yield from _menu_findings(f"{place}.items.{key}", item, raw)


def _target_findings(place: str, text: str, raw: Mapping[str, Any]) -> Iterator[str]:
    kind, _, value = text.partition(" ")
    section = {"extension": "employees", "group": "groups"}.get(kind)
    if section is not None:
        yield from _missing(place, value, raw.get(section, {}))


def _missing(place: str, name: str, known: Mapping[str, Any]) -> Iterator[str]:
    if name not in known:
        yield f"{place}: {name!r} does not exist{_suggestion(name, known)}"


def _suggestion(name: str, known: Mapping[str, Any]) -> str:
    close = get_close_matches(name, known, n=1)
    return f", did you mean {close[0]!r}?" if close else ""


def _config(raw: Mapping[str, Any]) -> PbxConfig:
    schemes = {name: _scheme(scheme) for name, scheme in raw["schemes"].items()}
    return PbxConfig(
        lines={
            number: schemes[line["scheme"]] if "scheme" in line else _target(line["to"])
            for number, line in raw["lines"].items()
        },
        employees={extension: _employee(extension, one) for extension, one in raw.get("employees", {}).items()},
        groups={extension: _group(extension, one) for extension, one in raw.get("groups", {}).items()},
        schemes=schemes,
        line_schemes={number: line["scheme"] for number, line in raw["lines"].items() if "scheme" in line},
        scheme_texts={name: one["description"] for name, one in raw["schemes"].items() if "description" in one},
        numbers={number: behaviour(text) for number, text in raw.get("numbers", {}).items()},
        audio_seconds={audio: seconds(_length(one)) for audio, one in raw.get("audio", {}).items()},
        audio_names={audio: one["name"] for audio, one in raw.get("audio", {}).items() if "name" in one},
        profile=raw.get("profile", "2021"),
        seeds=raw,
        results=read_forced_results(raw.get("results", {})),
        habits=knobs(Habits, raw.get("habits", {})),
        faults=knobs(Faults, raw.get("faults", {})),
    )


def _target(text: str) -> Target:
    kind, _, value = text.partition(" ")
    return Target(kind=kind, value=value)  # type: ignore[arg-type]  # the schema allows the three kinds only


def _length(written: str | Mapping[str, str]) -> str:
    """An audio file is written as its length, or as an object with a name."""
    return written if isinstance(written, str) else written["length"]


def _employee(extension: str, raw: Mapping[str, Any]) -> Employee:
    return Employee(
        extension=extension,
        number=raw["number"],
        more_numbers=tuple(raw.get("more_numbers", ())),
        name=raw.get("name", ""),
        behaviour=behaviour(raw.get("behaves", "answers after 4s")),
        ring_seconds=seconds(raw.get("ring", "30s")),
        talk_seconds=seconds(raw["talks"]) if "talks" in raw else None,
        consult_seconds=seconds(raw.get("consults", "5s")),
        is_recorded=raw.get("recorded") == "true",
    )


def _group(extension: str, raw: Mapping[str, Any]) -> Group:
    return Group(
        extension=extension,
        members=tuple(raw["members"]),
        name=raw.get("name", ""),
        together=raw.get("rings") == "together",
        ring_seconds=seconds(raw.get("ring", "15s")),
        wait_seconds=seconds(raw.get("wait", "60s")),
    )


def _scheme(raw: Mapping[str, Any]) -> Scheme:
    return Scheme(root=_menu((), raw), returns=raw.get("after_failed_route", "return") == "return")


def _menu(path: tuple[str, ...], raw: Mapping[str, Any]) -> Menu:
    then = raw.get("then", "hang_up")
    return Menu(
        path=path,
        greeting=raw.get("greeting", ""),
        silence_seconds=seconds(raw.get("silence", "0s")),
        disa=_disa(raw["disa"]) if "disa" in raw else None,
        items={key: _menu((*path, key), item) for key, item in raw.get("items", {}).items()},
        then=then if then in ("hang_up", "repeat") else _target(then),
    )


def _disa(raw: Mapping[str, str]) -> Disa:
    return Disa(
        min_digits=int(raw.get("min", "1")),
        max_digits=int(raw.get("max", "99")),
        first_seconds=seconds(raw.get("first", "10s")),
        next_seconds=seconds(raw.get("next", "5s")),
    )
