"""Instants as options of commands: `7d` ago, `2026-11-23`, `2026-11-23 12:00 MSK`, RFC 3339, or Unix seconds."""

import time
from typing import Any

import click

from router.cli.dates import read_date
from router.flow.durations import parse_duration
from router.protocol.rules import MOSCOW


class Instant(click.ParamType[float]):
    """An instant; one without a zone is Moscow's, as in every command."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Unix seconds."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        if seconds := parse_duration(text):
            return time.time() - seconds
        if text.isdecimal() and len(text) in (10, 11):
            return float(text)
        try:
            typed = read_date(text)
        except ValueError as error:
            self.fail(f"{value} does not do: {error}", param, ctx)
        if typed is None:
            self.fail(f"{value} is no instant: write 7d, 2026-11-23, or 2026-11-23T12:00+03:00", param, ctx)
        return (typed if typed.tzinfo else typed.replace(tzinfo=MOSCOW)).timestamp()
