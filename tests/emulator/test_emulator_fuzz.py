"""No request, right or wrong, is an error of the emulator's own: each method is asked with random JSON of its own schema,
with wrong types, unknown names, and ids that exist or not, while one call is over, one is up and one is in the menu."""

import json
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.catalogue.methods import METHODS, Method
from router.emulator.load import load_config
from router.emulator.pbx_answers import Answer
from router.protocol.sign import sign
from tests.catalogue.contract import HERE
from tests.emulator.random_requests import Requests, as_json, known_values
from tests.emulator.stage import CALLER, KEY, QUIET, SALT, Stage

CONFIG = load_config((HERE / "pbx.yaml").read_text(encoding="utf-8"))
REQUESTS = 30
ASKED = [name for name, method in METHODS.items() if method.kind != "link"]
FORM = "application/x-www-form-urlencoded"
LISTS: dict[str, dict[str, Any]] = {
    "config/users/request": {"ext_fields": ["general.user_id", "telephony.line_id"]},
    "groups": {},
    "incominglines": {},
    "schemas": {},
    "sips": {},
    "trunks/numbers": {},
    "bwlists/numbers": {},
    "roles": {},
    "ab/contact/init": {"query": "", "contact_ext_fields": 1},
    "ab/organizations/init": {"query": ""},
    "ab/groups/init": {"query": ""},
    "ab/custom_fields": {},
}


class Pbx:
    """A PBX with three calls, and what means something to it."""

    def __init__(self, profile: str) -> None:
        self.scene = Stage(replace(CONFIG, profile=profile, habits=QUIET))
        self._number = 0
        journeys = [self.scene.dial(CALLER, f"7495000000{line}") for line in (2, 3, 1)]
        self.scene.wait(15)
        self.scene.hang_up(journeys[0])
        self.scene.wait(10)
        legs = [leg.call_id for journey in journeys for leg in journey.legs]
        recordings = [one.recording_id for journey in journeys for one in journey.recordings]
        self.calls = [*legs, *legs, *recordings, *(journey.entry_id for journey in journeys)]

    def ask(self, method: Method, params: dict[str, Any]) -> Answer:
        """A signed request, long after the one before."""
        self._number += 1
        text = as_json(params)
        body = urlencode({"vpbx_api_key": KEY, "sign": sign(KEY, text, SALT), "json": text}).encode()
        answer = self.scene.pbx.request(self.scene.now, self._number * 200.0, method, body, FORM)
        assert answer.status < 500, (method.name, text)
        json.dumps(answer.body, allow_nan=False)
        return answer


@cache
def ids() -> tuple[Any, ...]:
    """What the lists name; every PBX here has the same."""
    pbx = Pbx("2021")
    bodies = [pbx.ask(METHODS[name], params).body for name, params in LISTS.items()]
    now = int(pbx.scene.now)
    times = (now - 5000, now + 5000, str(now - 90), "2023-11-14 22:00:00", "2023-11-15 23:00:00")
    return tuple(dict.fromkeys(known_values(bodies))) + times * 5


@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32), wrong=st.sampled_from([0.0, 0.03, 0.1, 0.4]))
def test_every_request_has_an_answer(name: str, seed: int, wrong: float) -> None:
    random, method = Random(seed), METHODS[name]
    pbx = Pbx("2021" if "2021" in method.profiles else "2026")
    known = [*ids(), *pbx.calls]
    for _ in range(REQUESTS):
        params = {"command_id": "c"} if method.has_result else {}
        params |= Requests(random, tuple(known), wrong).request(method.schema)
        answer = pbx.ask(method, params)
        known += [one for one in known_values(answer.body) if str(one) not in ("1000", "0")][:5]
        pbx.scene.wait(random.choice([0, 1, 5]))
