"""A PBX on a virtual clock: no sockets, no waiting, nothing left to chance unless a test asks for it."""

from dataclasses import replace
from random import Random
from typing import Any

from router.catalogue.methods import METHODS
from router.emulator.config import Faults, Habits, PbxConfig
from router.emulator.load import load_config
from router.emulator.notifications import Notification
from router.emulator.pbx import Pbx
from router.emulator.pbx_answers import Answer
from router.pbx.legs import Journey, Leg
from router.protocol.envelope import encode_form

LINE = "74952150438"
CALLER = "79000000000"
KEY, SALT = "key", "salt"

QUIET = Habits(
    late_legs=0.0,
    nameless_legs=0.0,
    result_spread_seconds=0.0,
    jitter_seconds=0.0,
    many_json_styles=False,
)

CONFIG = """
lines:
  74952150438: {scheme: main}
  74952150439: {to: extension 101}
  74952150440: {scheme: strict}
  74952150441: {scheme: story}
employees:
  100: {number: "sip:operator@pbx.example", behaves: answers after 3s}
  101: {number: "sip:sales@pbx.example", behaves: answers after 4s, consults: 6s, login: sales, password: secret}
  102: {number: "sip:support@pbx.example", behaves: busy}
  103: {number: "79000000103", behaves: never, ring: 20s}
  104: {number: "79000000104", behaves: rejects after 2s}
  105: {number: "79000000105", behaves: offline}
  106: {number: "79000000106", behaves: do_not_disturb}
  107: {number: "79000000107", behaves: answers after 1s, talks: 9s}
  0108: {number: "79000000108", behaves: answers after 40s}
groups:
  303: {members: [103, 101], rings: together, ring: 20s, wait: 60s}
  304: {members: [102, 103, 100], rings: in_turn, ring: 5s, wait: 30s}
  305: {members: [105, 106]}
  306: {members: [102], wait: 10s}
numbers: {79000000200: busy}
audio: {17: 9s, 31: 4s}
schemes:
  main:
    greeting: 31
    silence: 30s
    items:
      1: {silence: 20s, items: {5: {silence: 7s, then: repeat}}}
      2: {greeting: 17, disa: {min: 2, max: 6, first: 10s, next: 5s}, silence: 12s, then: extension 100}
    then: extension 101
  strict: {silence: 15s, after_failed_route: hang_up}
  story:
    items: {1: {disa: {min: 1, max: 99}, silence: 10s}}
    silence: 30s
"""


class Stage:
    """A PBX and its present; `sent` is everything that it has sent so far."""

    def __init__(self, config: PbxConfig) -> None:
        self.now = 1_700_000_000.0
        self.pbx = Pbx(config, api_key=KEY, salt=SALT, now=self.now, ids=Random(1))
        self.sent: list[Notification] = []
        self._commands = 0

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.sent += self.pbx.advance(self.now)

    def dial(self, caller: str = CALLER, line: str = LINE) -> Journey:
        journey = self.pbx.dial(self.now, caller, line)
        assert journey is not None
        self.wait(0)
        return journey

    def press(self, journey: Journey, digits: str) -> None:
        self.pbx.press(self.now, journey, digits)
        self.wait(0)

    def hang_up(self, journey: Journey) -> None:
        self.pbx.hang_up(self.now, journey)
        self.wait(0)

    def ask(self, command: str, **params: Any) -> Answer:
        """A signed command, a long time after the one before as far as the limits go."""
        self._commands += 1
        fields = {"command_id": f"cmd{self._commands}", **params}
        body = encode_form(KEY, SALT, fields)
        answer = self.pbx.request(
            self.now, self._commands * 10.0, METHODS[command], body, "application/x-www-form-urlencoded"
        )
        self.wait(0)
        return answer

    def result(self, command: str, **params: Any) -> int | None:
        """The result code of a command that is accepted."""
        assert self.ask(command, **params).status == 200
        result = self.pbx.requests[-1]["result"]
        assert result is None or isinstance(result, int)
        return result

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [dict(one.payload) for one in self.sent if one.path == path]

    def course(self, leg: Leg) -> list[tuple[str, int | None]]:
        """The states of a leg as they were sent, with their reasons, in order of seq."""
        bodies = [body for body in self.bodies("events/call") if body["call_id"] == leg.call_id]
        bodies.sort(key=lambda body: body["seq"])
        assert [body["seq"] for body in bodies] == list(range(1, len(bodies) + 1))
        return [(body["call_state"], body.get("disconnect_reason")) for body in bodies]


def stage(habits: Habits = QUIET, faults: Faults | None = None) -> Stage:
    """A stage for the configuration above."""
    return Stage(replace(load_config(CONFIG), habits=habits, faults=faults or Faults()))
