"""docs/emulator.md: what the emulator does, with the fields of `pbx.yaml` from its schema."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from docs.russian import Said
from router.protocol.schemas import load_schema

Row = tuple[str, str, str]

INTRODUCTION: Final = """\
`ivr emulator` plays the PBX on this machine: it sends signed events and results, takes every method of the document
([api.md](api.md)) with real state behind it, checks signs and parameters, and keeps the PBX's limits exactly, over a
sliding window. `ivr demo` (`make run`) starts it together with the router. It has no password: keep it on a loopback
address.

```sh
export MANGO_API_KEY=some-key MANGO_API_SALT=some-salt
ivr emulator --config pbx.yaml --listen 127.0.0.1:8090 --webhook http://127.0.0.1:8080 --speed 1
```

The router needs the same key and salt, `MANGO_API_URL=http://127.0.0.1:8090/vpbx/`,
`MANGO_CC_URL=http://127.0.0.1:8090/cc/` and `MANGO_ALLOWED_IPS=127.0.0.1`. `--profile 2026` (or `MANGO_PROFILE`) makes
it keep to the later document: 429 in place of 503, a blocked key after the second invalid request within two minutes,
further commands and events.

## A phone in the terminal

```sh
ivr call --line 74952150438 --from 79000000001 --keys 1 --hangup-after 10s
ivr call --count 12 --gap 200ms --keys 1      # a burst
```

`--keys` may be given several times: the next ones are pressed at the next prompt. `--trace` explains the call at its
end and `--json` prints all that the PBX knows of it.

## pbx.yaml

<!-- pbx -->
```yaml
lines:
  74950000001: {scheme: main}                 # or {to: extension 100}, without a menu
employees:
  100: {name: Operator, number: "sip:operator@pbx.example", behaves: answers after 3s}
  101: {name: Sales, number: "79000000101", behaves: busy, ring: 20s, talks: 30s, consults: 5s}
groups:
  303: {name: Sales, members: [101, 100], rings: in_turn, ring: 15s, wait: 60s}
numbers:
  79000000555: rejects after 2s               # outside; any other number answers after 5s
audio:
  17: 9s                                      # internal id: length
schemes:
  main:
    greeting: 17
    silence: 30s                              # then the scheme goes on by itself
    items:
      1: {silence: 30s, then: group 303}
      9: {disa: {min: 1, max: 9, first: 10s, next: 5s}, silence: 30s, then: hang_up}
    then: extension 100                       # or group, number, hang_up, repeat
    after_failed_route: return                # or hang_up
habits: {late_legs: 0.1, late_leg_seconds: 3}
faults: {seed: 7, duplicate: 0.05}
```"""

BEHAVIOUR: Final = """\
An employee `behaves` as `answers after 4s`, `rejects after 2s`, `busy`, `never`, `offline`, `do_not_disturb`,
`off_hours` (nobody is told of the leg, §3.1.1), or as `fails with 5003 after 1s`: any disconnect reason of the
document's list, at once when no time is given. Ids of employees, lines and the like are given in the file's order; the
methods that list them tell them."""

DATA: Final = """\
## What clients may send

What is seen of programs in production, and what their users have answered by the PBX: `""`, `null`, `[]` or nothing for
what is not filled in (`sms_sender`, `sip_headers`, both sides of a statistics filter, the whole `json`); numbers as
text and text as numbers; names that a method does not know, at any depth, which are passed over; a file fetched by POST
after the redirect. What is required and empty is 3104, what is missing 3103. CSV ends its lines with `\\r\\n` and has
`[]` for no recordings. Statistics are pushed to `result/stat`.

## What the methods see

- **Calls** fill both statistics, `cc/call` and the contact's `last_call`. `callback`, `callback_group`, campaigns at
  work and tasks with `is_auto_call` make calls of their own.
- **Recordings** begin by `recording/start`, or by themselves for an employee who is `recorded`. Two seconds after their
  end the file can be had: an mp3 of silence, as long as the conversation. A link is good for one access. The cabinet of
  §3.4.3 asks for an employee's login and password.
- **Employees, groups, lines**: what is changed holds for the next call. Who is deleted does not ring; a scheme that is
  set on a line takes it; callers on the black list end with 1151.
- **The address book** tells each change by `events/ab`, **statuses** of the contact centre by
  `events/user/status_changed` and `session_end`, without a sign. Who is not online is given no calls, by a group or by
  the extension, and of such a leg nothing is told; of one in "do not disturb" it is (§3.1.1). A number is always rung.
- **Numbers** are taken as people write them, and go out as digits (§3.2.7). `more_numbers` are the employee's, too.
- **Campaigns** dial only with employees whose status is outbound dialling and on whose card `use_status` is on
  (§3.8.4.1): `status: dialling` in `pbx.yaml`, or `POST /emulator/employees/101 {"status": "dialling"}`.
- **Lists of contacts** are judged one by one: what cannot be carried out has its code and place in the answer.
- **SIP lines** are of region `sip` and only take calls, or `active` and of region `sip-uac`: a callback goes through
  such a line by its `name`, never by its address (§3.2.1).
- **Services** can be connected unless `services: false`: then what would connect one answers 5201 (§2.3).
- Everything is in memory and is gone with the process."""

CONTROL: Final = """\
## Control

| request | |
| --- | --- |
| `GET /emulator` | that it is one: lines, employees, `proof` (the word `emulator`, signed as a notification) |
| `POST /emulator/calls {"from": ..., "line": ...}` | dials, with a `sip_call_id` if given; answers `id`, `entry_id` |
| `POST /emulator/calls {..., "phones": "wait"}` | phones that ring for this call do nothing until `happens` says what |
| `POST /emulator/calls {"from": "101", "to": ...}` | an employee dials a number or an extension |
| `GET /emulator/calls`, `GET /emulator/calls/ID` | all calls; one with its legs, notifications and commands |
| `POST /emulator/calls/ID/keys {"digits": "1"}` | presses keys; the scheme splits them into packets |
| `POST /emulator/calls/ID/hangup` | the caller hangs up |
| `POST /emulator/calls/ID/happens {"what": "busy"}` | as `pbx:` of a test; `{"collected": "47"}`: one packet |
| `POST /emulator/calls/ID/happens {"consults": "102"}` | the employee asks a colleague, the caller is on hold |
| `POST /emulator/employees/101 {"behaves": "busy", "status": "break"}` | changes a person; either will do |
| `GET /emulator/faults`, `POST /emulator/faults` | reads, sets faults (and habits, under `habits`) |
| `GET /emulator/results`, `POST /emulator/results` | reads, sets results on demand, as `results` of `pbx.yaml` |
| `GET /emulator/requests` | what was asked of the PBX |

`ID` is the short `id` or the `entry_id`, percent-encoded.

## Habits and faults

Habits are what the real PBX does every day, and are on: notifications in parallel, a result before or after its events,
legs that come late or name no command, a blind leg whose `from` changes with its second event, JSON in several styles.

Faults are off. A share is between 0 and 1, and one `seed` gives one course of events.

| fault | |
| --- | --- |
| `reorder`, `reorder_seconds` | held back so that later ones overtake |
| `duplicate`, `drop`, `delay`, `delay_seconds` | of notifications |
| `error` | a command answered with 502 and not carried out |
| `time_out`, `time_out_seconds` | carried out and not answered |
| `limit` | a 503, as another user of the key would cause it |
| `numbers_as_text` | numbers in notifications as text, as in the document's examples; no PBX was seen to do it |
| `slow_results`, `slow_result_seconds`, `early_results` | of results; early is before the HTTP answer |
| `refused_results` | a command accepted with 200 and refused in its result, with a code that the document has for it |
| `undelivered` | a message whose report (`events/sms`) has a code of class 43xx |

```sh
curl -X POST http://127.0.0.1:8090/emulator/faults -H 'Content-Type: application/json' \\
     -d '{"seed": 7, "reorder": 0.3, "duplicate": 0.1, "time_out": 0.05, "time_out_seconds": 6}'
```

## Results on demand

`results` says what requests come to, whatever the PBX would have made of them: in `pbx.yaml`, or by
`POST /emulator/results` while it runs, whose rules replace all others (`{}` takes all away). The name is the method's
([api.md](api.md)), or `delivery` for the report of a message.

<!-- pbx results -->
```yaml
results:
  sms: 4300                                              # every one: 200 at first, then the result 4300
  callback: {code: 2240, times: 1}                       # the next one only
  route:
    - {code: 5003, times: 2, with: {to_number: "101"}}   # the first two to that employee
    - {code: 3200, at_once: true, with: {to_number: "79000000000"}}   # HTTP 420 in place of 200
  delivery: {code: 4391, with: {to_number: "79000000001"}}
  account/balance: 2110                                  # no command: the answer itself
```

A command that is refused so does nothing. A code of class 1xxx is success: the command is carried out, and its result
has that code (`1090` has to be read as 1000).

```sh
curl -X POST http://127.0.0.1:8090/emulator/results -H 'Content-Type: application/json' -d '{"callback_group": 4001}'
```"""

FORMS: Final[Mapping[str, str]] = {
    "duration": "4s, 250ms, 1m",
    "number": "a number",
    "share": "0 to 1",
    "switch": "true or false",
    "extension": "an extension",
    "behaviour": "see below",
    "target": "extension, group or number with its name",
    "then": "hang_up, repeat or a target",
    "names": "a list, or a map to ids",
}
"""What a shape of the schema's `$defs` looks like."""

TYPES: Final[Mapping[str, str]] = {"object": "a map", "array": "a list"}
TEXT: Final = "text"
IN_WORDS: Final = frozenset({TEXT, *TYPES.values(), *FORMS.values()} - {FORMS["duration"]})
"""Forms that are said in words; others are values, which no language changes."""

NAMES: Final[Mapping[str, str]] = {
    "lines": "NUMBER",
    "employees": "EXTENSION",
    "groups": "EXTENSION",
    "numbers": "NUMBER",
    "audio": "ID",
    "schemes": "NAME",
    "trunks": "NUMBER",
    "visitors": "NUMBER",
    "items": "KEY",
}
"""What the keys are of a map that has any."""


def fields(said: Said) -> list[tuple[str, ...]]:
    """(field, form, meaning) of everything that `pbx.yaml` may hold."""
    schema = load_schema("pbx")
    told = _fields(schema, schema["$defs"], "", ())
    return [(place, said(form) if form in IN_WORDS else form, said(about)) for place, form, about in told]


def _fields(shape: Mapping[str, Any], shapes: Mapping[str, Any], place: str, seen: tuple[str, ...]) -> Iterator[Row]:
    for name, written in shape.get("properties", {}).items():
        yield from _field(written, shapes, f"{place}.{name}" if place else name, seen)


def _field(written: Mapping[str, Any], shapes: Mapping[str, Any], place: str, seen: tuple[str, ...]) -> Iterator[Row]:
    named = written.get("$ref", "").rpartition("/")[2]
    shape = shapes[named] | written if named else written
    if named and "$ref" in shapes[named]:  # a shape that only adds words to another one
        named = shapes[named]["$ref"].rpartition("/")[2]
    yield f"`{place}`", _form(shape, named), str(shape.get("description", "")).replace("*", "\\*")
    if named and named in seen:
        return
    below = (*seen, named) if named else seen
    yield from _fields(shape, shapes, place, below)
    inner = shape.get("additionalProperties", {})
    key = NAMES.get(re.split(r"[.\[]", place)[-1], "NAME")
    for branch in _branches(inner):
        yield from _inside(branch, shapes, f"{place}.{key}", below)
    for branch in _branches(shape.get("items", {})):
        yield from _inside(branch, shapes, f"{place}[]", below)


def _inside(branch: Mapping[str, Any], shapes: Mapping[str, Any], place: str, seen: tuple[str, ...]) -> Iterator[Row]:
    named = branch.get("$ref", "").rpartition("/")[2]
    if named not in seen:
        yield from _fields(shapes.get(named, branch), shapes, place, (*seen, named) if named else seen)


def _branches(shape: Any) -> list[Mapping[str, Any]]:
    return list(shape.get("anyOf", [shape])) if isinstance(shape, dict) else []


def _form(shape: Mapping[str, Any], named: str) -> str:
    if named in FORMS:
        return FORMS[named]
    if "enum" in shape:
        return ", ".join(str(one) for one in shape["enum"])
    return TYPES.get(str(shape.get("type")), TEXT)
