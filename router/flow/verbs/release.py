"""`release`: lets go of the call and leaves it to the PBX."""

from dataclasses import dataclass, replace
from typing import Final

from router.flow.model import Settings
from router.flow.reading.steps import StepReader
from router.flow.verbs import common
from router.flow.verbs.fragments import ref
from router.flow.verbs.spec import Family, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Settings):
    """Nothing can be set."""


def _read(step: StepReader) -> Release:
    return Release()


SPEC: Final[VerbSpec[Release]] = VerbSpec(
    name="release",
    settings=Release,
    schema=ref("nothing", "Lets go of the call and leaves it to the PBX.", title="release"),
    example="release",
    foreign_words="pass leave continue ignore noop no_op none skip nothing fallthrough let_go",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=replace(common.INFALLIBLE, takes_caller_away=True),
    family=Family.ENDS,
    exits=common.written_exits(()),
    timing=common.LAST,
    about=common.no_words,
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=None,
)
