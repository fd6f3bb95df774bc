"""`play`: one prompt or several, to the end."""

from dataclasses import dataclass
from typing import Final

from router.flow.model import Prompt, Settings
from router.flow.reading.steps import StepReader
from router.flow.verbs import common
from router.flow.verbs.commands import expected, field, labelled, param
from router.flow.verbs.fragments import SENDS, ref, settings
from router.flow.verbs.spec import Command, Family, Timing, VerbSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Settings):
    prompts: tuple[Prompt, ...]


def _read(step: StepReader) -> Play:
    step.read_exits()
    return Play(prompts=step.scope.prompts(step.fields))


SPEC: Final[VerbSpec[Play]] = VerbSpec(
    name="play",
    settings=Play,
    schema=settings("play", "Plays prompts to the end.", {"prompt": ref("prompts"), **SENDS}, "prompt"),
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
        (("next", "The prompt was heard."), ("failed", "The prompt could not be played.")), "next", "failed"
    ),
    timing=Timing(
        at_once=common.never,
        most=lambda settings: common.heard(settings.prompts),
        silence=lambda settings: 0.0,
        commands=lambda settings: {"play": len(settings.prompts)},
    ),
    about=lambda settings: common.prompt_names(settings.prompts),
    mistakes=common.no_mistakes,
    command=Command(
        path="play/start",
        heard="plays",
        result_is_awaited=False,
        schema={**expected("The prompt: audio.NAME, or its id in the cabinet."), "x-offers": "audio"},
        fields={
            "prompt": field(labelled("internal_id")),
            "after_play_time": field(param("after_play_time"), "seconds"),
        },
        main="prompt",
        open="",
        recorded=lambda label: label,
    ),
)
