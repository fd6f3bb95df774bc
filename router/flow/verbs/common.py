"""Facts that several verbs share, and what many of them do not have: every field of a `VerbSpec` has to be filled."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from router.flow.findings import Report
from router.flow.model import Output, Sayable, Settings, Spoken
from router.flow.reading.names import Contracts
from router.flow.reading.setting_fields import Fields
from router.flow.verbs.spec import Exit, Exits, Mistake, Timing, Traits
from router.flow.yaml.node import Node

S = TypeVar("S", bound=Settings)

EVERY_PROFILE: Final = frozenset({"2021", "2026"})
"""The editions of the vendor's document."""

ONLY_2026: Final = frozenset({"2026"})

RESULT_SECONDS: Final = 5.0
"""How long `sms`, `callback`, `callback_group` and `record` wait for their result once the PBX accepted the request."""

LONGER: Final = 2
"""By how much a duration is multiplied to make a likely mistake of it."""

INFALLIBLE: Final = Traits(
    needs_caller=False,
    needs_free_caller=False,
    takes_caller_away=False,
    may_be_moved=False,
    can_fail=False,
    pauses=False,
)
"""Of a verb that only decides."""

FALLIBLE: Final = replace(INFALLIBLE, can_fail=True)
"""Of a verb that needs no caller and waits neither for a key nor for time."""

IN_CONVERSATION: Final = replace(FALLIBLE, needs_caller=True, pauses=True)
"""Of a verb that has to do with a conversation."""

IN_MENU: Final = replace(IN_CONVERSATION, needs_free_caller=True, may_be_moved=True)
"""Of a verb that the caller listens to in the PBX's menu."""


def always(*exits: str) -> Callable[[Settings], tuple[str, ...]]:
    """These exits, whatever the settings are."""
    return lambda settings: exits


def never(settings: Settings) -> bool:
    """Of no settings."""
    return False


def ever(settings: Settings) -> bool:
    """Of all settings."""
    return True


# what a verb may lack


def no_time(settings: Settings) -> float:
    """It takes none."""
    return 0.0


def no_commands(settings: Settings) -> Mapping[str, int]:
    """It sends none that is limited."""
    return {}


def no_outputs(step: Node, fields: Fields, contracts: Contracts, country: str, report: Report) -> dict[str, Output]:
    """It has none."""
    return {}


def no_words(settings: Settings) -> Sequence[str]:
    """Its name says it all."""
    return ()


def no_mistakes(settings: Settings, names: Mapping[str, str]) -> Iterable[Mistake[Any]]:
    """Nothing in its settings is likely to be a little wrong."""
    return ()


def no_exits(settings: Settings) -> Iterable[Exit]:
    """None of its own: all stand in `next` and `on`."""
    return ()


def unchanged(settings: S, name: str, target: str) -> S:
    """Of a verb without exits of its own."""
    return settings


def written_exits(described: tuple[tuple[str, str], ...], *required: str) -> Exits[Any]:
    """Those of a verb whose exits stand in `next` and `on`."""
    return Exits(described=described, required=always(*required), own=no_exits, redirected=unchanged)


def heard(prompts: Iterable[Sayable]) -> float:
    """Seconds for all of them, in the language in which each is the longest."""
    return sum(prompt.length for prompt in prompts)


def plays(prompts: Iterable[Sayable]) -> int:
    """How many commands play them, at most."""
    return sum(prompt.most if isinstance(prompt, Spoken) else 1 for prompt in prompts)


def prompt_names(prompts: Iterable[Sayable]) -> list[str]:
    """As authors write them."""
    return [f"audio.{prompt.name}" for prompt in prompts]


AT_ONCE: Final[Timing[Any]] = Timing(at_once=ever, most=no_time, silence=None, commands=no_commands)
"""Of a verb that waits for nothing."""

LAST: Final[Timing[Any]] = Timing(at_once=never, most=no_time, silence=None, commands=no_commands)
"""Of a verb behind which nothing follows."""
