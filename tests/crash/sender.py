"""The PBX's other side: callers who ring, press a key and hang up, and the results of the commands that came.

It repeats what was not answered, gives up a few events as a real sender may, sends some twice, and remembers the key of
everything that was answered with 200: that, and only that, the router has promised to keep.
"""

import itertools
import queue
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import urllib3

from router.protocol.envelope import encode_form, json_text
from router.protocol.parse import dedupe_key, parse_event
from tests.acceptance.processes import KEY, SALT
from tests.crash.receiver import Arrival

LINE: Final = "74950000000"
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
RETRY_SECONDS: Final = 0.05
GIVEN_UP: Final = 0.03  # of the events that met a broken connection
SENT_TWICE: Final = 0.1
RESULT_SENDERS: Final = 4


class Sender:
    """`callers` of them at a time call until `stop`; `address` is the router's. Of the commands in `accepted` the
    results are told."""

    def __init__(self, address: str, accepted: "queue.Queue[Arrival | None]", callers: int, seed: int) -> None:
        self.acknowledged: dict[str, str] = {}  # journal key -> entry_id, "" when it has none
        self.rung: set[str] = set()  # entry_ids whose first event was acknowledged
        self.answers = 0
        self.refusals = 0
        self._address = address
        self._numbers = itertools.count(1)
        self._chance = random.Random(seed)
        self._http = urllib3.PoolManager(retries=False, maxsize=callers + RESULT_SENDERS, timeout=10.0)
        self._stopping = threading.Event()
        self._abandoned = threading.Event()
        self._results = accepted
        self._pool = ThreadPoolExecutor(callers + RESULT_SENDERS)
        self._callers = [self._pool.submit(self._call_on) for _ in range(callers)]
        self._reporters = [self._pool.submit(self._report_on) for _ in range(RESULT_SENDERS)]

    def stop(self) -> None:
        """Let every call come to its end."""
        self._stopping.set()
        for caller in self._callers:
            caller.result()

    def stop_reporting(self) -> None:
        """Tell the last results."""
        self._stopping.set()
        for _ in self._reporters:
            self._results.put(None)
        for reporter in self._reporters:
            reporter.result()
        self._pool.shutdown()
        self._http.clear()

    def abandon(self) -> None:
        """The router is no more: repeat nothing."""
        self._abandoned.set()

    def _call_on(self) -> None:
        while not self._stopping.is_set():
            self._call(next(self._numbers))

    def _call(self, number: int) -> None:
        names = {"entry_id": f"entry-{number}", "call_id": f"leg-{number}", "timestamp": int(time.time())}
        parties = {"from": {"number": f"7900{number:07}"}, "to": {"number": LINE, "line_number": LINE}}
        leg = {**names, **parties, "location": "ivr"}
        if self._tell("events/call", {**leg, "seq": 1, "call_state": "Appeared"}):
            self.rung.add(names["entry_id"])
        self._pause(0.6)
        self._tell("events/dtmf", {**names, "seq": 1, "dtmf": self._chance.choice("122"), "location": "ivr"})
        self._pause(1.5)
        self._tell("events/call", {**leg, "seq": 2, "call_state": "Disconnected", "disconnect_reason": 1110})
        self._tell("events/summary", {"entry_id": names["entry_id"], **parties, "call_direction": 1, "create_time": 1,
                                      "forward_time": 1, "talk_time": 0, "end_time": 2, "entry_result": 0,
                                      "disconnect_reason": 1110})  # fmt: skip

    def _report_on(self) -> None:
        while (arrival := self._results.get()) is not None:
            self._pause(0.1)
            self._tell(f"result/{arrival.command}", {"command_id": arrival.command_id, "result": 1000})

    def _pause(self, most_seconds: float) -> None:
        time.sleep(self._chance.uniform(0.0, most_seconds))

    def _tell(self, path: str, payload: dict[str, Any]) -> bool:
        """Post until it is answered with 200, some of them twice; False when it was given up."""
        body = encode_form(KEY, SALT, payload)
        repetitions = 2 if self._chance.random() < SENT_TWICE else 1
        for _ in range(repetitions):
            while (status := self._post(path, body)) != 200:
                if self._abandoned.is_set():
                    return False
                if not status and self._chance.random() < GIVEN_UP and not path.startswith("result/"):
                    return False
                time.sleep(RETRY_SECONDS)
            self._remember(path, payload)
        return True

    def _post(self, path: str, body: bytes) -> int:
        """The answer's status, 0 when there was none."""
        try:
            status = self._http.request("POST", f"http://{self._address}/{path}", body=body, headers=FORM).status
        except urllib3.exceptions.HTTPError:
            return 0
        self.refusals += status != 200
        return status

    def _remember(self, path: str, payload: dict[str, Any]) -> None:
        text = json_text(payload).encode()
        key, _ = dedupe_key(parse_event(path, text), path, text)
        self.acknowledged[key] = str(payload.get("entry_id", ""))
        self.answers += 1
