"""Files of recordings, and what speech analytics makes of them (§3.4).

A link to a file is good for one access. Topics are counted in what was said: `pbx.yaml` gives the phrases of every
conversation and the words of each topic.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from router.emulator.pbx_answers import Answer, Params, done, no_such, wrong
from router.emulator.state.api_values import whole, yes
from router.emulator.state.mp3 import silence
from router.emulator.state.numbering import Numbering
from router.emulator.switchboard import EmulatedSwitchboard
from router.pbx.legs import Journey, Recording
from router.pbx.recording import SAVING_SECONDS, is_saved

NO_SUCH_RECORDING: Final = 3320
NOT_AVAILABLE: Final = 2230
MOST_IDS: Final = 500
MONO: Final = 0
KEPT_LINKS: Final = 10_000
TAGGING_SECONDS: Final = 3.0
"""Topics are known so long after a recording's end."""


class Recordings:
    """The files of the recordings that the switchboard made."""

    def __init__(self, board: EmulatedSwitchboard, ids: Numbering, seeds: Mapping[str, Any]) -> None:
        self._board = board
        speech = seeds.get("speech", {})
        self._phrases = [[*phrase.split(": ", 1)] for phrase in speech.get("phrases", ())]
        self._topics = {name: (ids.next("topic"), tuple(words)) for name, words in speech.get("topics", {}).items()}
        self._has_links = yes(seeds.get("signed_links", "true"))
        self._links: dict[str, str] = {}  # token -> recording_id

    def methods(self) -> Mapping[str, Callable[[Params], Answer]]:
        """By their names in the catalogue."""
        return {
            "queries/recording/post": lambda params: self._redirect(params["recording_id"]),
            "queries/recording/link": self._link,
            "queries/recording/issa": self._cabinet,
            "queries/recording_categories": self._categories,
            "queries/recording_transcripts": self._transcripts,
        }

    def file(self, token: str) -> bytes | None:
        """The mp3 behind a link; None when there is none, or not any more."""
        recording = self._board.recordings.get(self._links.pop(token, ""))
        return silence(recording.seconds) if recording is not None else None

    def link(self, recording_id: str) -> str:
        """A new link to a file, good for one access; RequestRefused 3320 when there is no such recording yet."""
        self._saved(recording_id)
        token = self._board.ids.token()
        self._links[token] = recording_id
        if len(self._links) > KEPT_LINKS:
            del self._links[next(iter(self._links))]
        return f"/files/{token}"

    def announce(self, journey: Journey, recording: Recording) -> None:
        """Profile 2026: the file is there, and then its topics are known."""
        if self._board.config.profile != "2026":
            return
        named = {"recording_id": recording.recording_id, "entry_id": recording.entry_id}
        ended = recording.ended or recording.started
        added = named | {"extension": recording.extension, "timestamp": int(ended + SAVING_SECONDS)}
        self._board.announce(journey, "events/record/added", added, SAVING_SECONDS)
        tags = [topic_id for topic_id, words in self._topics.values() if self._terms(words)]
        if tags:
            tagged = named | {"tags": tags, "timestamp": int(ended + TAGGING_SECONDS)}
            self._board.announce(journey, "events/record/tagged", tagged, TAGGING_SECONDS)

    def _saved(self, recording_id: str) -> Recording:
        found = self._board.recordings.get(recording_id)
        if found is None or not is_saved(found, self._board.queue.now):
            raise no_such("recording", NO_SUCH_RECORDING)
        return found

    def _redirect(self, recording_id: str) -> Answer:
        return Answer(status=302, location=self.link(recording_id))

    def _link(self, params: Params) -> Answer:
        if not self._has_links:
            raise wrong("signed links are switched off", code=NOT_AVAILABLE)
        if whole(params["timestamp"]) < self._board.queue.now:
            raise wrong("the link's time is over")
        return self._redirect(params["recording_id"])

    def _cabinet(self, params: Params) -> Answer:
        self._saved(params["recording_id"])
        return Answer(status=302, location=f"/cabinet/mail/{params['action']}/id/{params['recording_id']}")

    def _categories(self, params: Params) -> Answer:
        with_terms, with_names = yes(params.get("with_terms")), yes(params.get("with_names"))
        return done(
            data=[
                {"recording_id": one.recording_id, "categories": self._found(one, with_terms, with_names)}
                for one in self._asked(params)
            ]
        )

    def _found(self, recording: Recording, with_terms: bool, with_names: bool) -> list[dict[str, Any]]:
        assigned = int((recording.ended or 0) + TAGGING_SECONDS)
        return [
            {"id": topic_id, "assign_time": assigned, "version": 1}
            | ({"terms": terms} if with_terms else {})
            | ({"name": name} if with_names else {})
            for name, (topic_id, words) in self._topics.items()
            if (terms := self._terms(words))
        ]

    def _terms(self, words: tuple[str, ...]) -> list[dict[str, Any]]:
        said = " ".join(phrase[1].casefold() for phrase in self._phrases)
        counts = {word: said.count(word.casefold()) for word in words}
        return [{"channels": [MONO], "count": count, "value": word} for word, count in counts.items() if count]

    def _transcripts(self, params: Params) -> Answer:
        return done(
            data=[
                {
                    "recording_id": one.recording_id,
                    "names": self._names(one),
                    "phrases": self._phrases,
                }
                for one in self._asked(params)
            ]
        )

    def _names(self, recording: Recording) -> dict[str, str]:
        """§3.4.5: who of the two sides is an employee decides how they are called."""
        leg = self._board.legs[recording.call_id]
        sides = [self._board.employees.get(one.extension) for one in (leg.caller, leg.callee)]
        known = [one for one in sides if one is not None]
        if len(known) == 1:
            return {"client": "Клиент", "operator": "Сотрудник"}
        names = [one.name for one in known] or ["", ""]
        return {"client": names[0] or "Канал 1", "operator": names[1] or "Канал 2"}

    def _asked(self, params: Params) -> list[Recording]:
        """The recordings of a list, of its JSON text, or the single one; RequestRefused when one is not there."""
        wanted = params["recording_id"]
        if isinstance(wanted, str):
            wanted = _list(wanted) if wanted.startswith("[") else [wanted]
        if len(wanted) > MOST_IDS:
            raise wrong(f"at most {MOST_IDS} recordings can be asked for at once")
        return [self._saved(one) for one in wanted]


def _list(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise wrong("recording_id is no list of ids", code=3104)
    return found
