"""A prompt that says "press 3" beside a menu without a 3: the caller does as told, and hears that it is wrong.

What a recording says is written for people, so this reads it as people do: behind a word such as press, single digits
and the names of keys are keys, unless a unit of time or of money follows.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from router.flow.checks.subflow_summary import Summaries
from router.flow.findings import Report
from router.flow.model import Prompt
from router.flow.reading.flows import ParsedFlow
from router.flow.reading.setting_fields import NOTHING
from router.flow.verbs.menu import Menu
from router.flow.yaml.node import Node, find, items, length_of

_INVITES: Final = re.compile(
    r"\b(press|dial|key|button|нажмите|наберите|нажав|цифр\w*|клавиш\w*|кнопк\w*)\b", re.IGNORECASE
)
_UNITS: Final = "hours?|minutes?|seconds?|days?|час|минут|секунд|дн|ден|руб|процент|год|лет"
_NOT_A_KEY: Final = rf"(?!\s*(?:[:.,]\d|[-–—/%°₽$€]\s*\d?|(?:{_UNITS})))"
_KEY: Final = re.compile(
    rf"(?<![\w:.,/-])(?:(\d)(?!\w){_NOT_A_KEY}|(star|asterisk|pound|hash|зв[её]здочк\w*|реш[её]тк\w*)\b)", re.IGNORECASE
)
_SPOKEN: Final = re.compile(
    r"\b(?:press|dial|нажмите|наберите)\s+(zero|one|two|three|four|five|six|seven|eight|nine|"
    r"ноль|один|два|три|четыре|пять|шесть|семь|восемь|девять)\b",
    re.IGNORECASE,
)
_DIGITS: Final[Mapping[str, str]] = {
    word: str(digit)
    for words in (
        "zero one two three four five six seven eight nine",
        "ноль один два три четыре пять шесть семь восемь девять",
    )
    for digit, word in enumerate(words.split())
}


def check_saying(parsed: ParsedFlow, summaries: Summaries, report: Report) -> None:
    """W605 at the prompt of a menu, once for each key that the menu lacks."""
    for step in parsed.steps.values():
        settings = step.settings
        if not isinstance(settings, Menu):
            continue
        said = dict.fromkeys(
            (prompt.name, key)
            for prompt in (*settings.prompts, *settings.no_input.prompts, *settings.no_match.prompts)
            if isinstance(prompt, Prompt)
            for key in keys_named(prompt)
        )
        for name, key in said:
            if settings.keys.match(key) == (None, False):
                node = _written(step.written, f"audio.{name}") or step.verb
                shown = {"*": "star", "#": "pound"}.get(key, key)
                message = f"`audio.{name}` names the key {shown}, which `{step.name.text}` does not have"
                report.add("W605", node.mark, message, length=length_of(node))


def keys_named(prompt: Prompt) -> Iterator[str]:
    """The keys that the prompt invites to press, in any language."""
    for audio in prompt.variants.values():
        invited = _INVITES.search(audio.says)
        if invited is not None:
            yield from (_key(found) for found in _KEY.finditer(audio.says, invited.start()))
            yield from (_DIGITS[found[1].lower()] for found in _SPOKEN.finditer(audio.says))


def _key(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    return "*" if found[2].lower().startswith(("star", "aster", "зв")) else "#"


def _written(settings: Node, prompt: str) -> Node | None:
    """Where the menu names the prompt."""
    for place in (settings, find(settings, "no_input") or NOTHING, find(settings, "no_match") or NOTHING):
        written = find(place, "prompt")
        for node in (written, *items(written)) if written is not None else ():
            if node.text == prompt:
                return node
    return None
