"""What `hold`, `cancel_transfer` and `connect` have in common: about a conversation, and of profile 2026 alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from router.flow.model import Settings, Template
from router.flow.reading.destinations import read_employee
from router.flow.reading.steps import StepReader
from router.flow.verbs import common, results
from router.flow.verbs.commands import expected, field, param
from router.flow.verbs.fragments import SENDS, ref, settings
from router.flow.verbs.spec import Command, Family, Schema, Timing, VerbSpec

_BY: Final = "The employee on whose behalf it is done: person NAME, or an extension. Default: the one on the leg."


@dataclass(frozen=True, slots=True, kw_only=True)
class OnConversation(Settings):
    """What a command about a conversation is told."""

    by: Template | None  # the employee's extension; None is the one on the leg


S = TypeVar("S", bound=OnConversation)


def spec(
    made: type[S],
    read: Callable[[StepReader], S],
    *,
    name: str,
    description: str,
    foreign_words: str,
    failed: str,
    path: str,
) -> VerbSpec[S]:
    """All of such a verb: its settings, what it does, when it fails, and the path of its command."""
    return VerbSpec(
        name=name,
        settings=made,
        schema=schema(name, description),
        example=f"{name}: {{next: STEP}}",
        foreign_words=foreign_words,
        read=read,
        outputs=common.no_outputs,
        ordered_map="",
        traits=common.IN_CONVERSATION,
        family=Family.DIALS,
        exits=common.written_exits(exits(failed), "next", "failed"),
        timing=TIMING,
        about=about,
        mistakes=common.no_mistakes,
        profiles=common.ONLY_2026,
        command=command(path),
    )


def schema(name: str, description: str) -> Schema:
    """Of its settings."""
    return settings(name, f"{description} Only profile 2026.", {"by": ref("text", _BY), **SENDS}, **{"x-bare": ["by"]})


def read_employee_of(step: StepReader) -> Template | None:
    """The exits, and who it is done for."""
    step.read_exits()
    return read_employee(step.scope, step.fields.get("by"), number=True)


def about(settings: OnConversation) -> Sequence[str]:
    return [f"by {settings.by.source}"] if settings.by is not None else []


def exits(failed: str) -> tuple[tuple[str, str], ...]:
    """Described; `failed` says when there is nothing that it could be done to."""
    refused = ("4100, 41xx", "It was refused with this code, or with one of this class.")
    return (results.NEXT, ("failed", f"{failed}, or the PBX refused it."), refused, results.OTHERS)


TIMING: Final[Timing[OnConversation]] = Timing(
    at_once=common.never,
    most=lambda settings: common.RESULT_SECONDS,
    silence=common.no_time,
    commands=common.no_commands,
)


def command(path: str) -> Command:
    return Command(
        path=path,
        heard="",
        result_is_awaited=True,
        schema=expected("The employee on whose behalf it is done, or nothing.", "null"),
        fields={"by": field(param("initiator"))},
        main="by",
        open="",
        recorded=None,
    )
