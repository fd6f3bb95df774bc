"""How diagnoses are printed: a line each in the language of IVR_LANG, or one JSON array in English; at once, for every
kind of terminal."""

import json
import os
import sys
from dataclasses import asdict
from typing import Final

import click

from router.cli.doctor.diagnosis import ERROR, OK, SKIPPED, WARNING, Diagnosis
from router.cli.language import said

SIGNS: Final = {
    OK: ("ok", {"fg": "green"}),
    WARNING: ("warning", {"fg": "yellow"}),
    ERROR: ("ERROR", {"fg": "red", "bold": True}),
    SKIPPED: ("-", {"dim": True}),
}
WORDS: Final = "doctor"  # its own folder of the catalogue
ARROW: Final = "→"
PLAIN_ARROW: Final = "->"
STANDARD_ERROR: Final = 2


class OutputClosedError(Exception):
    """The reader of the output has gone (`ivr doctor | head`)."""


class Printer:
    """Prints diagnoses as they come, and counts them."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._indent = 1 + max(len(_said(word)) for word, _ in SIGNS.values())
        self._is_first = True
        self.errors = 0
        self.warnings = 0

    def begin(self) -> None:
        if self._as_json:
            _put("[")

    def show(self, diagnosis: Diagnosis) -> None:
        self.errors += diagnosis.level == ERROR
        self.warnings += diagnosis.level == WARNING
        if self._as_json:
            comma = "" if self._is_first else ",\n"
            self._is_first = False
            _put(f"{comma}{json.dumps(asdict(diagnosis), ensure_ascii=not _is_utf8(), indent=2)}", newline=False)
            return
        word, style = SIGNS[diagnosis.level]
        sign = click.style(f"{_said(word):{self._indent}}", **style)  # type: ignore[arg-type]
        _put(f"{sign}{_said(diagnosis.area)}: {_said(diagnosis.told)}")
        if diagnosis.remedy and diagnosis.level != OK:
            _put(click.style(f"{'':{self._indent}}{ARROW} {_said(diagnosis.remedy)}", dim=True))

    def end(self) -> None:
        _put("\n]" if self._as_json else _said(f"{self.errors} error(s), {self.warnings} warning(s)"))


def open_standard_files() -> None:
    """Descriptors that the parent process had closed (`>&-`) are opened on nothing: else a pipe would get their
    numbers, and be written to as if it were the output."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= STANDARD_ERROR:
        pass
    os.close(number)


def leave_closed_output() -> None:
    """Nothing more can be said, at the interpreter's end neither."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _said(text: str) -> str:
    return said(text, WORDS)


def _is_utf8() -> bool:
    return sys.stdout is not None and (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _put(text: str, *, newline: bool = True) -> None:
    if sys.stdout is None:  # it was closed from the beginning: the exit code is all that is asked for
        return
    encoding = sys.stdout.encoding or "ascii"
    try:
        ARROW.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        text = text.replace(ARROW, PLAIN_ARROW)
    try:
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=newline)
        sys.stdout.flush()
    except OSError as error:  # a closed pipe, or a full disk behind a redirection
        raise OutputClosedError(str(error)) from error
