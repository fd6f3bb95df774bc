"""What a line looks like, whatever is in it, and what is taken out of it."""

import json
from typing import Any

import pytest

from router.errors import ConfigurationError
from router.logs.log_options import LogOptions, read_options
from router.logs.rendering import Cleaning, Line, render, told_exception
from router.runtime.calls.number_masking import with_masks

HOSTILE = 'one\ntwo\r\x1b[31m\x00\x85\u2028\u202e "q" \\ {"level": "info"}\udc80'
SECRET = "a1b2c3d4e5f6"


class Strange:
    def __str__(self) -> str:
        raise RuntimeError("no")


def shown(form: str, most: int = 100_000, **facts: Any) -> str:
    line: Line = {"timestamp": "2026-11-30T09:00:00.000Z", "level": "error", "event": "it failed", "pid": 7, **facts}
    return render(Cleaning().clean(line), form, most).decode()


@pytest.mark.parametrize(
    "value",
    [
        HOSTILE,
        b"\xff\n",
        float("nan"),
        float("inf"),
        Strange(),
        {"a\n": [HOSTILE, {1: Strange()}]},
        (1, 2),
        {3},
        10**400,
    ],
)
def test_json_is_one_object_on_one_line(value: Any) -> None:
    text = shown("json", fact=value, sender=HOSTILE)
    assert text.splitlines(keepends=True) == [text]
    assert text.endswith("}\n")
    found = json.loads(text)
    assert found["event"] == "it failed"
    assert all(character.isprintable() for character in text[:-1])


def test_what_holds_itself_is_told() -> None:
    ring: list[Any] = []
    ring.append(ring)
    assert json.loads(shown("json", fact=ring))["fact"]


@pytest.mark.parametrize("value", [HOSTILE, {"a\n": HOSTILE}])
def test_console_line_cannot_be_forged(value: Any) -> None:
    (line,) = shown("console", fact=value).splitlines()
    assert line.startswith("2026-11-30T09:00:00.000Z [error   ] it failed")
    assert line.isprintable()


def test_traceback_is_indented_on_the_console_and_one_field_in_json() -> None:
    try:
        raise ValueError("first\n2026-11-30T09:00:00.000Z [error   ] forged\x1b[2J")
    except ValueError as error:
        kind, trace = told_exception(error)
    assert kind == "ValueError"
    _, *rest = shown("console", exception=trace).splitlines()
    assert rest
    assert all(row.startswith("    ") for row in rest)
    assert "\x1b" not in shown("console", exception=trace)
    assert "Traceback" in json.loads(shown("json", exception=trace))["exception"]


@pytest.mark.parametrize("most", [4096, 400, 200])
def test_line_has_room_in_a_pipe(most: int) -> None:
    text = shown("json", most, exception="x\n" * 50_000, findings=["y" * 9000] * 50, event="z" * 9000)
    assert len(text.encode()) <= most
    assert json.loads(text)["level"] == "error"


def test_secrets_are_taken_out_wherever_they_are() -> None:
    cleaning = Cleaning()
    cleaning.hide([SECRET, "short"])
    line = cleaning.clean({"event": f"url?key={SECRET}", "a": {SECRET: [SECRET]}, "b": SECRET.encode(), "c": "short"})
    assert SECRET not in str(line)
    assert line["c"] == "short"  # so short a one would star every other word


def test_numbers_are_masked_where_that_is_configured() -> None:
    cleaning = Cleaning()
    cleaning.hide([], with_masks)
    line = cleaning.clean(
        {"event": "79000000001 failed", "to": "+79000000001", "entry_id": "79000000001", "pid": 12345678}
    )
    assert line == {"event": "7900*****01 failed", "to": "+790******01", "entry_id": "79000000001", "pid": 12345678}


@pytest.mark.parametrize(
    ("environ", "is_terminal", "options"),
    [
        ({}, True, LogOptions(format="console", level="info")),
        ({}, False, LogOptions(format="json", level="info")),
        ({"IVR_LOG": "json"}, True, LogOptions(format="json", level="info")),
        ({"IVR_LOG": " Console ", "IVR_LOG_LEVEL": "DEBUG"}, False, LogOptions(format="console", level="debug")),
        ({"IVR_LOG": "", "IVR_LOG_LEVEL": ""}, True, LogOptions(format="console", level="info")),
    ],
)
def test_options(environ: dict[str, str], is_terminal: bool, options: LogOptions) -> None:
    assert read_options(environ, is_terminal=is_terminal) == options


@pytest.mark.parametrize(
    ("environ", "said"),
    [({"IVR_LOG": "xml"}, "console or json"), ({"IVR_LOG_LEVEL": "loud"}, "debug, info, warning, error or critical")],
)
def test_options_that_are_none(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_options(environ, is_terminal=False)
    (variable,) = environ
    assert refused.value.message.startswith(variable)
    assert said in refused.value.message
