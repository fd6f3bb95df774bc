"""Slips of authors: one word of a sound bundle in another language's manner, each kind in turn."""

import random
import re
from collections.abc import Iterator, Mapping
from typing import Final

SLIPS: Final[tuple[tuple[str, str], ...]] = (
    (r"\bgoto\b", "next"),
    (r"\bgoto\b", "then"),
    (r"\bnext\b", "goto"),
    (r"\bnext\b", "transition"),
    (r"\bwhen\b", "if"),
    (r"\bwhen\b", "condition"),
    (r"\belse\b", "default"),
    (r"\bprompt\b", "say"),
    (r"\bprompt\b", "audio"),
    (r"\bring\b", "timeout"),
    (r"\bkeys\b", "options"),
    (r"\bmax\b", "tries"),
    (r"\bfirst_digit\b", "timeout"),
    (r"\bno_input\b", "noinput"),
    (r"\bno_match\b", "invalid"),
    (r"\bbusy\b", "BUSY"),
    (r"\bno_answer\b", "noanswer"),
    (r"\bmenu: \{", "gather: {"),
    (r"\broute: \{", "dial: {"),
    (r"\broute: \{", "connect: {"),
    (r"\bplay: \{", "playback: {"),
    (r"\bswitch:", "choose:"),
    (r"\bwait: \{", "pause: {"),
    (r"\bsms: \{", "send_sms: {"),
    (r": hangup\b", ": end"),
    (r": hangup\b", ": {hang_up: true}"),
    (r": hangup\b", ": {hangup: true}"),
    (r"\baudio\.(?=\w)", ""),
    (r"\blists\.(?=\w)", ""),
    (r"\bgroup (?=\w)", ""),
    (r"\bperson (?=\w)", ""),
    (r"\bextension (?=\d)", ""),
    (r"(?<=: )(\d+)s\b", r"\1"),
    (r"(?<=: )(\d+)s\b", r"\1 sec"),
    (r"(?<=: )(\d+)s\b", r"00:00:\1"),
    (r"\band\b", "&&"),
    (r"\bor\b", "||"),
    (r"\bnot (?=\w)", "!"),
    (r"\bnot (?=hours)", ""),
    (r"==", "="),
    (r"==", "==="),
    (r"\.open\b", ".closed"),
    (r"(hours\.\w+)\.open\b", r"\1"),
    (r"(caller\.number) in (lists\.\w+)", r"\2.contains(\1)"),
    (r"(caller\.number) in (lists\.\w+)", r"\2 contains \1"),
    (r"(caller\.number) in (lists\.\w+)", r"\1 == \2"),
    (r"starts_with\((\w+), ", r"\1.startswith("),
    (r"\$\{([\w.]+)\}", r"{{\1}}"),
    (r"\$\{([\w.]+)\}", r"\1"),
    (r"\$\{([\w.]+)\}", r"$\1"),
    (r"\{goto: (\w+)\}", r"\1"),
    (r"\{for: (\w+), next: (\w+)\}", r"\1"),
    (r"\{extension: (\S+)\}", r"\1"),
    (r"keys: \{(\w+): (\w+),", r"keys: {\1: {goto: \2},"),
    (r", on: \{", ", exits: {"),
    (r"\bhigh\b", "urgent"),
    (r"type: text", "type: string"),
    (r"type: number", "type: int"),
    (r"^start:", "initial:"),
    (r"^steps:", "states:"),
    (r"^on_error:", "fallback:"),
)
"""(what is written, how it is written elsewhere)."""


def slips_of(files: Mapping[str, bytes], most: int, seed: int = 1) -> Iterator[dict[str, bytes]]:
    """The files after one slip, up to `most` of each kind, the same for the same seed."""
    chance = random.Random(seed)
    for pattern, instead in SLIPS:
        places = [
            (name, found)
            for name, content in sorted(files.items())
            if name.endswith(".yaml") and not name.endswith(".test.yaml")
            for found in re.finditer(pattern, content.decode(), re.MULTILINE)
        ]
        for name, found in chance.sample(places, min(most, len(places))):
            text = files[name].decode()
            yield {**files, name: (text[: found.start()] + found.expand(instead) + text[found.end() :]).encode()}
