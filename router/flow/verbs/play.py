"""`play`: one prompt or several, to the end; or nothing, for a while."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from router.flow.durations import format_duration
from router.flow.model import Sayable, Settings, Spoken
from router.flow.reading.prompts import read_prompts
from router.flow.reading.steps import StepReader
from router.flow.verbs import common, results
from router.flow.verbs.commands import expected, field, param
from router.flow.verbs.fragments import SENDS, ref, settings
from router.flow.verbs.spec import Command, Family, Mistake, QueuedCommand, Timing, VerbSpec

SILENCE: Final = "silence"
"""How the command is called that plays nothing, before how long it lasts: "silence 5s"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Settings):
    prompts: tuple[Sayable, ...] = ()  # empty with silence
    silence: float | None = None  # seconds; exactly one of the two is set


_SCHEMA: Final = settings(
    "play",
    "Plays prompts to the end, or keeps the caller for a while without a sound.",
    {
        "prompt": ref("prompts"),
        "silence": ref("duration", "Nothing is played for so long, and the PBX holds the caller (§3.2.6)."),
        **SENDS,
    },
    **{
        "x-bare": ["prompt"],
        "if": {"required": ["silence"]},
        "then": {"properties": {"prompt": False}},
        "else": {"title": "play", "x-needs": "`prompt` or `silence`", "required": ["prompt"]},
    },
)


def _read(step: StepReader) -> Play:
    step.read_exits()
    silence = step.fields.seconds("silence")
    node = step.fields.get("silence")
    if silence == 0 and node is not None:
        return step.scope.say("F507", node, "a silence of no length", "write silence: 1s, or leave the step out")
    return Play(prompts=read_prompts(step.scope, step.fields), silence=silence)


def _about(settings: Play) -> list[str]:
    if settings.silence is not None:
        return [f"{SILENCE} {format_duration(settings.silence)}"]
    return common.prompt_names(settings.prompts)


def _mistakes(settings: Play, names: Mapping[str, str]) -> Iterator[Mistake[Play]]:
    if settings.silence is not None:
        seconds = settings.silence * common.LONGER
        text = f"`silence` is {format_duration(seconds)}"
        yield Mistake(text=text, path=("silence",), settings=replace(settings, silence=seconds))


def _is_silent(settings: Play) -> bool:
    """Whether there may be nothing to play: then the step is over at once."""
    return settings.silence is None and all(
        isinstance(prompt, Spoken) and prompt.may_be_silent for prompt in settings.prompts
    )


_LABEL: Final = re.compile(r"audio\.(?P<name>\w+)(?:\[(?P<spoken>.*)\])?(?P<variant>\.[A-Za-z-]+)?", re.DOTALL)


def _prompt(command: QueuedCommand) -> tuple[str, ...]:
    """How the recording is called, with its variant and what it speaks or without them; and its id."""
    number, found = str(command.params.get("internal_id", "")), _LABEL.fullmatch(command.label)
    if found is None:
        return (command.label, number or SILENCE)
    name, spoken, variant = found["name"], found["spoken"], found["variant"] or ""
    written = [name] if spoken is None else [f"{name}[{spoken}]", f"{name}.{spoken}", name]
    return tuple(dict.fromkeys([*(f"audio.{one}{end}" for end in (variant, "") for one in written), number]))


def _silence(command: QueuedCommand) -> tuple[str, ...]:
    return (command.label.removeprefix(f"{SILENCE} ") if command.label.startswith(f"{SILENCE} ") else "",)


SPEC: Final[VerbSpec[Play]] = VerbSpec(
    name="play",
    settings=Play,
    schema=_SCHEMA,
    example="play: {prompt: audio.NAME, next: STEP}",
    foreign_words=(
        "say speak playback announce tts play_audio say_play audio message play_message output sound play_file speech "
        "play_sound play_url play_prompt prompt_user greeting stream_file say_and_play text_to_speech"
    ),
    read=_read,
    outputs=common.no_outputs,
    ordered_map="",
    traits=common.IN_MENU,
    family=Family.LISTENS,
    exits=common.written_exits(
        (
            ("next", "The prompt was heard, or the silence is over."),
            ("failed", "The prompt could not be played."),
            results.BY_CODE,
            results.OTHERS,
        ),
        "next",
        "failed",
    ),
    timing=Timing(
        at_once=_is_silent,
        most=lambda settings: common.heard(settings.prompts) if settings.silence is None else settings.silence,
        silence=lambda settings: settings.silence or 0.0,
        commands=lambda settings: {"play": common.plays(settings.prompts) or 1},
    ),
    about=_about,
    mistakes=_mistakes,
    profiles=common.EVERY_PROFILE,
    command=Command(
        path="play/start",
        heard="plays",
        result_is_awaited=False,
        schema={**expected("The prompt: audio.NAME, or its id in the cabinet; or silence."), "x-offers": "audio"},
        fields={
            "prompt": field(_prompt),
            "silence": field(_silence, "how long nothing is played, such as 5s"),
            "after_play_time": field(param("after_play_time"), "seconds"),
        },
        main="prompt",
        open="",
        recorded=lambda label: label,
    ),
)
