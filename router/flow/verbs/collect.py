"""`collect`: plays prompts and collects digits into a variable."""

from dataclasses import dataclass
from typing import Final

from router.flow.model import Keys
from router.flow.reading.prompts import read_prompts
from router.flow.reading.steps import StepReader, or_default
from router.flow.resources.key_patterns import KeyTrie, parse_pattern
from router.flow.verbs import common, digit_input
from router.flow.verbs.digit_input import DigitInput, read_retry
from router.flow.verbs.fragments import TARGET, described, ref, settings
from router.flow.verbs.spec import Exits, Family, VerbSpec

NEXT_DIGIT_SECONDS: Final = 4.0
MOST_DIGITS: Final = 99  # of a DISA block, the longest packet that the PBX sends


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(DigitInput):
    into: str  # the variable
    min_length: int
    max_length: int
    terminator: str  # "#", "*" or ""
    keys: Keys | None  # the `pattern`, if one is given
    secret: bool

    @property
    def most_digits(self) -> int:
        return self.max_length


def _bound(default: int) -> dict[str, object]:
    return {"type": "integer", "minimum": 1, "maximum": MOST_DIGITS, "default": default}


_LENGTH: Final = {
    "title": "length",
    "description": "How many digits. Default: what `pattern` needs, or 1 to 99.",
    "type": ["integer", "object"],
    "minimum": 1,
    "maximum": MOST_DIGITS,
    "additionalProperties": False,
    "properties": {"min": _bound(1), "max": _bound(MOST_DIGITS)},
}
_INTO: Final = {"x-form": "the name of a variable", "x-offers": "variables"}
_SCHEMA: Final = settings(
    "collect",
    "Plays prompts and collects digits into a variable.",
    {
        "into": ref("name", "A variable of the flow, of type text or phone.", **_INTO),
        "prompt": digit_input.PROMPT,
        "first_digit": ref("first_digit"),
        "next_digit": ref("duration", "Silence this long between digits ends the input. Default: 4s.", default="4s"),
        "length": _LENGTH,
        "terminator": described("The key that ends the input. Default: none.", enum=["pound", "star", "#", "*"]),
        "pattern": ref("keys", "What the digits must look like, e.g. 2xxx.", type=["string", "integer"]),
        "secret": described("Never stored in clear or traced. Default: false.", type="boolean", default=False),
        "next": TARGET,
        "type_ahead": digit_input.TYPE_AHEAD,
        "no_input": ref("no_input"),
        "no_match": ref("no_match"),
    },
    "into",
    **{"x-bare": []},
)


def _read(step: StepReader) -> Collect:
    step.read_exits()
    no_input, no_match = read_retry(step, "no_input"), read_retry(step, "no_match")
    into = _variable(step)
    pattern = parse_pattern(step.fields.text("pattern"))
    least, most = _lengths(step, len(pattern) if pattern else None)
    return Collect(
        into=into,
        prompts=read_prompts(step.scope, step.fields),
        first_digit=or_default(step.fields.seconds("first_digit"), digit_input.FIRST_DIGIT_SECONDS),
        next_digit=or_default(step.fields.seconds("next_digit"), NEXT_DIGIT_SECONDS),
        min_length=least,
        max_length=most,
        terminator=parse_pattern(step.fields.text("terminator")) or "",
        keys=KeyTrie([pattern]) if pattern else None,
        secret=step.fields.flag("secret"),
        no_input=no_input,
        no_match=no_match,
        type_ahead=step.fields.flag("type_ahead"),
    )


def _variable(step: StepReader) -> str:
    node = step.fields.get("into")
    variable = step.scope.variable(node)
    if node is None or not variable:
        return step.scope.invalid()
    if variable.type not in ("text", "phone"):
        kind = f"`{variable.name}` is of type {variable.type}"
        message = f"{kind}; digits go into a text, so that leading zeros are kept"
        return step.scope.say("F507", node, message, "type: text")
    return variable.name


def _lengths(step: StepReader, of_pattern: int | None) -> tuple[int, int]:
    """(least, most) digits: as written, else as many as the pattern has, else any number."""
    node = step.fields.get("length")
    if node is None:
        return (of_pattern, of_pattern) if of_pattern else (1, MOST_DIGITS)
    if node.kind == "scalar":
        least = most = int(node.text)
    else:
        bounds = step.fields.inside("length")
        least, most = bounds.integer("min", 1), bounds.integer("max", MOST_DIGITS)
    if least > most:
        step.scope.say("F507", node, f"at least {least} and at most {most} digits is never the case")
    elif of_pattern is not None and not least <= of_pattern <= most:
        step.scope.say("F507", node, f"the pattern has {of_pattern} digits, which this never allows", "leave one out")
    return least, most


SPEC: Final[VerbSpec[Collect]] = VerbSpec(
    name="collect",
    settings=Collect,
    schema=_SCHEMA,
    example="collect: {prompt: audio.NAME, into: VARIABLE, next: STEP}",
    foreign_words=(
        "prompt input ask read background gather_input field get_digits waitexten digits listen get_input "
        "collect_digits collect_input getdigits capture pin pay"
    ),
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.IN_MENU,
    family=Family.LISTENS,
    exits=Exits(
        described=(("next", "The digits are complete and stand in the variable."), *digit_input.RETRIES_DESCRIBED),
        required=common.always("next", *digit_input.RETRIES),
        own=common.no_exits,
        redirected=digit_input.redirected,
    ),
    timing=digit_input.TIMING,
    about=lambda settings: [f"into {settings.into}", *common.prompt_names(settings.prompts)],
    mistakes=digit_input.mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
