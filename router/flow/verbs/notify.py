"""`notify`: tells a webhook of the account's own; the step does not wait for that."""

from dataclasses import dataclass
from typing import Any, Final

from router.flow.model import Settings, Template
from router.flow.reading.steps import StepReader
from router.flow.verbs import common
from router.flow.verbs.addresses import read_address, read_tree
from router.flow.verbs.commands import TEXT, field, param
from router.flow.verbs.fragments import NEXT, ref, settings
from router.flow.verbs.spec import Command, Family, QueuedCommand, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify(Settings):
    url: Template  # its scheme and host are literal text
    data: Any  # a tree of dict, list, Template and literal values
    type: str = ""  # words between full stops; "" for the flow's name and the step's


_DATA: Final = "What to tell. Unquoted numbers, true, false and null are such; everything else is text."
_TYPE: Final = {
    "description": "What the receiver goes by. Default: the flow's name and the step's, as in main.missed.",
    "type": "string",
    "pattern": "^[A-Za-z0-9_]{1,64}(\\.[A-Za-z0-9_]{1,64}){0,7}$",
    "x-form": "words between full stops such as call.missed",
}
_SCHEMA: Final = settings(
    "notify",
    "Tells your own webhook, signed and repeated until it is heard; the step does not wait for that.",
    {"url": ref("url"), "type": _TYPE, "data": ref("tree", _DATA), **NEXT},
    "url",
)


def _read(step: StepReader) -> Notify:
    """`{url, type, data, next}`."""
    step.read_exits()
    url = read_address(step.scope, step.fields.get("url"))
    data = read_tree(step.scope, step.fields.written("data"))
    return Notify(url=url, type=step.fields.text("type"), data=data) if url else step.scope.invalid()


def _url(command: QueuedCommand) -> tuple[str, ...]:
    """A URL may be written as in the flow or with its names filled in; secrets stay names either way."""
    return command.label.removeprefix("notify "), str(command.params.get("url", ""))


SPEC: Final[VerbSpec[Notify]] = VerbSpec(
    name="notify",
    settings=Notify,
    schema=_SCHEMA,
    example="notify: {url: https://HOST/PATH, next: STEP}",
    foreign_words="webhook post event publish log trigger http_post status_callback call_webhook service call_service",
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.FALLIBLE,
    family=Family.TELLS,
    exits=common.written_exits((("next", "At once: the notification is stored and will be sent."),), "next"),
    timing=common.AT_ONCE,
    about=lambda settings: [settings.url.source],
    mistakes=common.no_mistakes,
    profiles=common.EVERY_PROFILE,
    command=Command(
        path="notify",
        heard="",
        result_is_awaited=False,
        schema={"title": "command", "description": "The URL, or several fields of it.", "type": ["string", "object"]},
        fields={
            "url": field(_url, **TEXT),
            "data": field(param("data"), "what is compared of its data", type="object"),
        },
        main="url",
        open="data",
        recorded=None,
    ),
)
