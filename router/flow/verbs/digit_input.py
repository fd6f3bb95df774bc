"""What `menu` and `collect` have in common: prompts, then keys, and what becomes of silence and of wrong keys."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from router.flow.durations import format_duration
from router.flow.model import Sayable, Settings
from router.flow.reading.prompts import read_prompts
from router.flow.reading.steps import StepReader
from router.flow.verbs import common
from router.flow.verbs.fragments import described, ref
from router.flow.verbs.spec import Mistake, Timing

FIRST_DIGIT_SECONDS: Final = 5.0
REPROMPTS: Final = 1
PROMPT: Final = ref("prompts", "Cut off by the first key. Default: none, the PBX's own scheme speaks.")
TYPE_AHEAD: Final = described(
    "What was typed since the last step that listens counts, and the prompt is left out then. Default: false.",
    type="boolean",
    default=False,
)
RETRIES: Final = ("no_input", "no_match")
RETRIES_DESCRIBED: Final = (
    ("no_input", "Silence, after `max` re-prompts."),
    ("no_match", "Keys that mean nothing here, after `max` re-prompts."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`no_input` or `no_match` of a menu or a collect."""

    goto: str | None  # the exit; None when not written (then on_error)
    prompts: tuple[Sayable, ...] = ()  # empty: the menu's own prompt is played again
    max: int = 0  # how many re-prompts before `goto` is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitInput(Settings, ABC):
    """What a step that listens is told."""

    prompts: tuple[Sayable, ...]
    first_digit: float
    next_digit: float
    no_input: Retry
    no_match: Retry
    type_ahead: bool = False

    @property
    @abstractmethod
    def most_digits(self) -> int:
        """As many keys can be of use."""


D = TypeVar("D", bound=DigitInput)


def read_retry(step: StepReader, name: str) -> Retry:
    """One of RETRIES."""
    fields = step.fields.inside(name)
    goto = step.leads(name, fields.get("goto"))
    return Retry(goto=goto, prompts=read_prompts(step.scope, fields), max=fields.integer("max", REPROMPTS))


def redirected(settings: D, name: str, target: str) -> D:
    """With another target for one of RETRIES."""
    if name not in RETRIES:
        return settings
    changed: dict[str, Any] = {name: replace(getattr(settings, name), goto=target)}
    return replace(settings, **changed)


def _rounds(settings: DigitInput) -> Iterator[tuple[int, tuple[Sayable, ...]]]:
    """How often which prompts may be played: the first round, and those that the retries allow."""
    yield 1, settings.prompts
    for retry in (settings.no_input, settings.no_match):
        yield retry.max, retry.prompts or settings.prompts


def _most(settings: DigitInput) -> float:
    """Every round with its prompt, silence and keys."""
    one = settings.first_digit + settings.next_digit * settings.most_digits
    return sum(count * (common.heard(prompts) + one) for count, prompts in _rounds(settings))


def _commands(settings: DigitInput) -> Mapping[str, int]:
    return {"play": sum(count * common.plays(prompts) for count, prompts in _rounds(settings))}


def _silence(settings: DigitInput) -> float:
    return max(settings.first_digit, settings.next_digit)


TIMING: Final[Timing[DigitInput]] = Timing(at_once=common.never, most=_most, silence=_silence, commands=_commands)


def mistakes(settings: D, names: Mapping[str, str]) -> Iterator[Mistake[D]]:
    """One re-prompt more, or a wait that is twice as long; for another key only where one can matter."""
    for name in RETRIES:
        retry: Retry = getattr(settings, name)
        more: dict[str, Any] = {name: replace(retry, max=retry.max + 1)}
        text = f"max of `{name}` is {retry.max + 1}"
        yield Mistake(text=text, path=(name, "max"), settings=replace(settings, **more))
    if settings.type_ahead:
        yield Mistake(text="`type_ahead` is false", path=("type_ahead",), settings=replace(settings, type_ahead=False))
    for name in ("first_digit", "next_digit") if settings.most_digits > 1 else ("first_digit",):
        seconds = getattr(settings, name) * common.LONGER
        longer: dict[str, Any] = {name: seconds}
        text = f"`{name}` is {format_duration(seconds)}"
        yield Mistake(text=text, path=(name,), settings=replace(settings, **longer))
