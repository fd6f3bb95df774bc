"""Real workers under load, killed one by one or all at once, at random instants, and started again.

The next kill waits for a sign of life (an answered event), so that every one of them hits a router at work.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from router.history.journal import QUEUED, SENT
from router.runtime.ports import Store
from router.store import open_store
from router.store.spool import DiskSpool
from tests.acceptance.processes import KEY, PROJECT, SALT, free_port, wait_for
from tests.crash.outages import Outage
from tests.crash.receiver import LIMITS, Receiver, receiver
from tests.crash.sender import LINE, Sender
from tests.crash.verdict import Verdict, judge

WORKERS: Final = 3
CALLERS: Final = 10
PATIENCE_SECONDS: Final = 120.0  # for a sign of life
LONGEST_PEACE_SECONDS: Final = 0.6  # between a sign of life and the next kill
SETTLING_SECONDS: Final = 180.0  # for the last command's outcome
OUTAGE_SECONDS: Final = 1.5
KILLS: Final = {"worker": 0.86, "master": 0.07, "all": 0.07}
"""What is killed, and how often."""

GRACEFUL: Final = {"TERM": 0.4, "HUP": 0.4, "QUIT": 0.2}
"""The signals that end work in good order, and how often each is sent."""

FLOW: Final = f"""
flow: main
for: {{lines: ["{LINE}"], location: ivr}}
window: 60s
start: menu
on_error: bye
steps:
  menu:
    menu:
      prompt: audio.hello
      first_digit: 20s
      keys: {{1: out, 2: note}}
      no_input: {{goto: bye}}
      no_match: {{goto: bye}}
  out: {{route: {{to: number 79000000099, ring: 20s, on: {{answered: talking, else: bye}}}}}}
  talking: {{watch: {{ended: done}}}}
  note: {{sms: {{to: "${{caller.number}}", from: "100", text: Hello, next: bye, on: {{failed: bye}}}}}}
  bye: hangup
  done: release
"""
RESOURCES: Final = "audio: {hello: {id: 7, length: 20s}}\n"


@dataclass
class Crashes:
    """What was done to the router."""

    kinds: Mapping[str, float]
    kills: Counter[str] = field(default_factory=Counter)
    outages: Counter[str] = field(default_factory=Counter)
    instants: list[float] = field(default_factory=list)  # of the kills, monotonic

    @property
    def were_graceful(self) -> bool:
        return set(self.kinds) <= set(GRACEFUL)


class Victim:
    """gunicorn with its workers, on one port for all its lives."""

    def __init__(self, directory: Path, database: str, pbx: str) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._log = (directory / "router.log").open("ab")
        flows = directory / "flows"
        flows.mkdir()
        (flows / "main.yaml").write_text(FLOW, encoding="utf-8")
        (flows / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
        (directory / "ivr.yaml").write_text(_configuration(flows, pbx), encoding="utf-8")
        self._environ = {
            **os.environ,
            "IVR_CONFIG": str(directory / "ivr.yaml"),
            "IVR_DATABASE": database,
            "IVR_SPOOL": str(directory / "spool"),
            "IVR_LISTEN": self.address,
            "IVR_WORKERS": str(WORKERS),
            "IVR_WATCH": "0",
        }
        self._start()

    def end(self, kind: str, chance: random.Random) -> None:
        """Kill, or send a signal; then all of it runs again."""
        if kind in GRACEFUL:
            self._signal(kind)
        else:
            self._kill_some(kind, chance)

    def _signal(self, kind: str) -> None:
        workers = self.workers()
        self._master.send_signal(signal.Signals[f"SIG{kind}"])
        if kind == "HUP":
            wait_for("the end of the old workers", lambda: not any(map(_is_alive, workers)))
        else:
            self._master.wait(60)
            self._start()

    def _kill_some(self, kind: str, chance: random.Random) -> None:
        workers = self.workers()
        if kind == "worker":
            self._kill(chance.sample(workers, 1))
            return
        if kind == "master":  # its workers go on for a moment, as orphans
            self._kill([self._master.pid])
            time.sleep(chance.uniform(0.0, 0.8))
        self._kill([self._master.pid, *workers])
        self._master.wait()
        for worker in workers:
            wait_for("the end of a worker", lambda worker=worker: not _is_alive(worker))
        self._start()

    def workers(self) -> list[int]:
        """Worker processes that live; there is always one, or will be."""
        return list(wait_for("a worker", self._children))

    def processes(self) -> list[int]:
        """The master and its workers."""
        return [self._master.pid, *self._children()]

    def stop(self) -> None:
        """As an administrator does."""
        self._master.terminate()
        self._master.wait(60)
        self._log.close()

    def _start(self) -> None:
        self._master = subprocess.Popen(
            [*_bound_by_modes(), sys.executable, "-m", "gunicorn", "wsgi:app"],
            env=self._environ, cwd=PROJECT, stdout=self._log, stderr=self._log,
        )  # fmt: skip

    def _children(self) -> list[int]:
        with suppress(OSError):
            pid = self._master.pid
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    @staticmethod
    def _kill(pids: list[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def running(directory: Path, database: str, seed: int) -> Iterator[tuple[Victim, Sender, Receiver]]:
    """A router under load, with both its peers; when the block ends the last results have been told."""
    with receiver(seed) as pbx:
        victim = Victim(directory, database, pbx.address)
        sender = Sender(victim.address, pbx.accepted, CALLERS, seed + 1)
        try:
            yield victim, sender, pbx
        except BaseException:
            sender.abandon()
            raise
        finally:
            sender.stop_reporting()
            victim.stop()


def crash(
    directory: Path,
    database: str,
    *,
    kills: int,
    seed: int,
    told: Callable[[str], object],
    kinds: Mapping[str, float] = KILLS,
    outages: Sequence[Outage] = (),
    every: int = 10,
) -> Verdict:
    """Kill so often, wait until all has come to rest, and compare. With each `every`th kill the database is away, by
    the next of `outages`."""
    chance = random.Random(seed)
    crashes = Crashes(kinds)
    with running(directory, database, seed) as (victim, sender, pbx):
        for number in range(1, kills + 1):
            _wait_for_life(sender)
            time.sleep(chance.uniform(0.0, LONGEST_PEACE_SECONDS))
            kind = chance.choices(list(kinds), list(kinds.values()))[0]
            outage = outages[(number // every - 1) % len(outages)] if outages and number % every == 0 else None
            with outage(victim) if outage else nullcontext():
                time.sleep(OUTAGE_SECONDS if outage else 0.0)
                crashes.instants.append(time.monotonic())
                victim.end(kind, chance)
            if outage:
                crashes.outages[outage.__name__] += 1  # type: ignore[attr-defined]  # each is a method
            crashes.kills[kind] += 1
            if number % 10 == 0:
                told(f"{number} kills, {sender.answers} events answered, {len(pbx.arrivals)} commands arrived")
        _wait_for_life(sender)
        sender.stop()
        told("waiting until every command has its outcome")
        settle(database, directory / "spool")
    return judge(open_store(database), sender, pbx, crashes)


def settle(database: str, spool: Path) -> None:
    """Until nothing is spooled, queued or sent any more; what then still is, the verdict shows."""
    store, waiting = open_store(database), DiskSpool(spool)
    with suppress(AssertionError):
        wait_for("an empty spool", waiting.is_empty, SETTLING_SECONDS)
        wait_for("rest", lambda: not (_any(store, QUEUED) or _any(store, SENT)), SETTLING_SECONDS)
    store.close()


def _any(store: Store, state: str) -> bool:
    return bool(store.commands(None, state=state, limit=1))


def _wait_for_life(sender: Sender) -> None:
    before = sender.answers
    wait_for("an answer", lambda: sender.answers > before, PATIENCE_SECONDS)


def _bound_by_modes() -> list[str]:
    """What makes a file's mode count for root, too."""
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _configuration(flows: Path, pbx: str) -> str:
    limits = ", ".join(f"{window}: {count}/{seconds:g}s" for window, (count, seconds) in LIMITS.items())
    return (
        "accounts:\n"
        f"  - name: default\n    api_key: {KEY}\n    api_salt: {SALT}\n    api_url: http://{pbx}/vpbx/\n"
        f"    flows: {flows}\n    allowed_ips: any\n    limits: {{{limits}}}\n"
    )
