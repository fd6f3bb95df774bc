"""Real processes for acceptance tests: gunicorn with the router, and the emulator, on free loopback ports."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3

PROJECT = Path(__file__).parents[2]
READY_SECONDS = 60.0
STOP_SECONDS = 30.0
KEY = "test-key"
SALT = "test-salt"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, found: Callable[[], Any], seconds: float = 120.0) -> Any:
    """What `found` answers as soon as it is true; AssertionError when it never is."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := found():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds:g} s")


@dataclass
class Site:
    """A running router with the PBX that it serves."""

    router: str
    pbx: str
    environ: dict[str, str]
    http: urllib3.PoolManager
    process: "subprocess.Popen[bytes]"  # gunicorn's master

    def get(self, path: str) -> Any:
        return self.http.request("GET", f"{self.router}{path}").json()

    def control(self, method: str, path: str, **fields: Any) -> Any:
        answer = self.http.request(method, f"{self.pbx}/emulator/{path}", json=fields or None)
        assert answer.status < 300, answer.data
        return answer.json()

    def dial(self, line: str, number: str = "79000000001") -> str:
        return str(self.control("POST", "calls", **{"from": number, "line": line})["entry_id"])

    def phone(self, entry_id: str) -> Any:
        return self.control("GET", f"calls/{quote(entry_id, safe='')}")

    def press(self, entry_id: str, digits: str) -> None:
        self.control("POST", f"calls/{quote(entry_id, safe='')}/keys", digits=digits)

    def hang_up(self, entry_id: str) -> None:
        self.control("POST", f"calls/{quote(entry_id, safe='')}/hangup", now=True)

    def call(self, entry_id: str) -> Any:
        """The one-call object of the admin API; an empty one while the router knows nothing."""
        answer = self.http.request("GET", f"{self.router}/api/calls/{quote(entry_id, safe='')}")
        return answer.json() if answer.status == 200 else {"steps": [], "commands": [], "outcome": ""}

    def wait_for_step(self, entry_id: str, step: str, seconds: float = 120.0) -> Any:
        """The call, once it has entered the step."""

        def found() -> Any:
            call = self.call(entry_id)
            return call if any(entered["step"] == step for entered in call["steps"]) else None

        return wait_for(f"step {step}", found, seconds)

    def ivr(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the router's in its environment."""
        return subprocess.run(
            [sys.executable, "-m", "router.cli", *arguments],
            env=self.environ,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@contextmanager
def site(directory: Path, *, pbx: Path, flows: Path, workers: int = 2, **environ: str) -> Iterator[Site]:
    """Start the emulator and the router; both end with the block."""
    pbx_port = free_port()
    with (
        router(directory, f"127.0.0.1:{pbx_port}", flows=flows, workers=workers, **environ) as running,
        emulator(directory, pbx, running.router, running),
    ):
        yield running


@contextmanager
def emulator(directory: Path, pbx: Path, webhook: str, served: Site) -> Iterator[None]:
    """Start the emulator that `served` sends its commands to; it reports to `webhook`."""
    command = [sys.executable, "-m", "router.cli", "emulator", "--config", str(pbx)]
    command += ["--listen", served.pbx.removeprefix("http://"), "--webhook", webhook]
    with running_process(command, served.environ, directory / "emulator.log"):
        wait_for("the emulator's answer", lambda: _answers(served.http, f"{served.pbx}/emulator/calls"))
        yield


@contextmanager
def router(
    directory: Path,
    pbx: str,
    *,
    flows: Path,
    workers: int = 2,
    files: int = 0,
    ready: str = "readyz",
    user: str = "",
    app: str = "wsgi:app",
    **environ: str,
) -> Iterator[Site]:
    """Start the router alone; `pbx` is the address that its commands go to, `ready` the path that has to answer. With
    `files` each of its processes may have so many file descriptors; with `user` they are that user's; `app` is what is served."""
    address = environ.get("IVR_LISTEN") or f"127.0.0.1:{free_port()}"
    given = {
        **os.environ,
        "MANGO_API_KEY": KEY,
        "MANGO_API_SALT": SALT,
        "MANGO_API_URL": f"http://{pbx}/vpbx/",
        "MANGO_CC_URL": f"http://{pbx}/cc/",
        "MANGO_ALLOWED_IPS": "127.0.0.1",
        "IVR_DATABASE": f"sqlite:///{directory}/ivr.db",
        "IVR_FLOWS": str(flows),
        "IVR_SPOOL": str(directory / "spool"),  # hosts on PostgreSQL would share one in the working directory
        "IVR_LISTEN": address,
        "IVR_WORKERS": str(workers),
        **environ,
    }
    http = urllib3.PoolManager(retries=False, maxsize=32)
    command = [sys.executable, "-m", "gunicorn", app]
    if files:
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
    if user:
        command = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", *command]
    with running_process(command, given, directory / "router.log") as process:
        wait_for("the router's readiness", lambda: _answers(http, f"http://{address}/{ready}"), READY_SECONDS)
        yield Site(f"http://{address}", f"http://{pbx}", given, http, process)
    http.clear()


@contextmanager
def running_process(
    command: list[str], environ: dict[str, str], log: Path, place: Path = PROJECT
) -> "Iterator[subprocess.Popen[bytes]]":
    """A process for as long as the block lasts; if the block fails, what it printed is shown."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environ, cwd=place, stdout=output, stderr=output)
    try:
        yield process
    except BaseException:
        sys.stderr.write(log.read_text(errors="replace")[-10_000:])
        raise
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(http: urllib3.PoolManager, url: str) -> bool:
    try:
        return http.request("GET", url, timeout=2.0).status == 200
    except urllib3.exceptions.HTTPError:
        return False
