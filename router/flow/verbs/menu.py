"""`menu`: plays prompts and goes where the pressed key says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from router.flow.model import Keys
from router.flow.reading.prompts import read_prompts
from router.flow.reading.steps import StepReader, or_default
from router.flow.resources.key_patterns import KeyTrie, parse_pattern
from router.flow.verbs import common, digit_input
from router.flow.verbs.digit_input import DigitInput, read_retry
from router.flow.verbs.fragments import TARGET, ref, settings
from router.flow.verbs.spec import Exit, Exits, Family, VerbSpec

NEXT_DIGIT_SECONDS: Final = 2.0
KEY_NAMES: Final[Mapping[str, str]] = {"*": "star", "#": "pound"}
"""Keys by the names that authors write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(DigitInput):
    keys: Keys
    targets: Mapping[str, str]  # pattern -> step

    @property
    def most_digits(self) -> int:
        return max(map(len, self.targets))


_KEYS: Final = {
    "title": "keys",
    "description": "The step for each key or pattern; x is any digit, star and pound are the other two keys.",
    "x-example": "{1: STEP, 2: STEP}",
    "type": "object",
    "minProperties": 1,
    "propertyNames": ref("keys"),
    "additionalProperties": TARGET,
}
_SCHEMA: Final = settings(
    "menu",
    "Plays prompts and goes where the pressed key says.",
    {
        "prompt": digit_input.PROMPT,
        "first_digit": ref("first_digit"),
        "next_digit": ref(
            "duration",
            "How long to wait for another key while several patterns are possible. Default: 2s.",
            default="2s",
        ),
        "keys": _KEYS,
        "type_ahead": digit_input.TYPE_AHEAD,
        "no_input": ref("no_input"),
        "no_match": ref("no_match"),
    },
    "keys",
)


def _read(step: StepReader) -> Menu:
    targets = _targets(step)
    return Menu(
        prompts=read_prompts(step.scope, step.fields),
        first_digit=or_default(step.fields.seconds("first_digit"), digit_input.FIRST_DIGIT_SECONDS),
        next_digit=or_default(step.fields.seconds("next_digit"), NEXT_DIGIT_SECONDS),
        keys=KeyTrie(targets),
        targets=targets,
        no_input=read_retry(step, "no_input"),
        no_match=read_retry(step, "no_match"),
        type_ahead=step.fields.flag("type_ahead"),
    )


def _targets(step: StepReader) -> dict[str, str]:
    targets: dict[str, str] = {}
    seen: set[str] = set()
    for key, node in step.fields.inside("keys").entries():
        pattern = parse_pattern(key.text)
        if pattern is None or pattern in seen:
            step.scope.say("F102", key, f"`{key.text}` is the key `{pattern}`, which stands already above")
            continue
        seen.add(pattern)
        goto = step.leads(key.text, node, listed=False)
        if goto is not None:
            targets[pattern] = goto
    return targets


def _exits(settings: Menu) -> Iterator[Exit]:
    for pattern, target in settings.targets.items():
        yield Exit(name=pattern, label=KEY_NAMES.get(pattern, pattern), target=target, path=("keys", pattern))


def _redirected(settings: Menu, name: str, target: str) -> Menu:
    targets = {key: target if key == name else to for key, to in settings.targets.items()}
    return digit_input.redirected(replace(settings, targets=targets), name, target)


SPEC: Final[VerbSpec[Menu]] = VerbSpec(
    name="menu",
    settings=Menu,
    schema=_SCHEMA,
    example="menu: {prompt: audio.NAME, keys: {1: STEP}}",
    foreign_words=(
        "gather options choice ivr_menu gather_input_on_call dtmf ivr get_dtmf voice_menu user_input switch_digit "
        "prompt input ask read background gather_input field get_digits waitexten digits listen get_input"
    ),
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.IN_MENU,
    family=Family.LISTENS,
    exits=Exits(
        described=(
            ("a key or a pattern", "The keys pressed match it, and no longer pattern is waited for."),
            *digit_input.RETRIES_DESCRIBED,
        ),
        required=common.always(*digit_input.RETRIES),
        own=_exits,
        redirected=_redirected,
    ),
    timing=digit_input.TIMING,
    about=lambda settings: common.prompt_names(settings.prompts),
    mistakes=digit_input.mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
