"""`python -m tests.deploy.clean_root [PACKAGE.deb]`: install the Debian package in a clean root, use it as its
administrator would, put it over itself while it serves, and purge it. Needs root, debootstrap and a mirror; `make soak`.

There is no systemd in such a root: the service is begun as `ivr service run serve`, which is the unit's user, settings
and directory; what the unit adds, the sandbox, is judged by `tests/cli/test_service.py`.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from router.protocol.envelope import encode_form
from tests.acceptance.processes import PROJECT, free_port
from tests.acceptance.test_any_order import FORM, events

KEY, SALT = "clean-key", "clean-salt"
SUITE = os.environ.get("IVR_DEBIAN", "bookworm")
FLOW = "flow: main\nfor: any\nstart: bye\nsteps: {bye: hangup}\n"


def main() -> int:
    if os.geteuid() or shutil.which("debootstrap") is None:
        print("not tried: this needs root and debootstrap")
        return 0
    package = Path(sys.argv[1]) if len(sys.argv) > 1 else next((PROJECT / "dist").glob("ivr-router_*.deb"))
    directory = Path(tempfile.mkdtemp(prefix="ivr-clean-"))
    try:
        root = Root(directory / "root")
        root.make()
        with root.mounted():
            _try(root, package)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("installed, served, upgraded without a lost event, purged")
    return 0


class Root:
    """A Debian with nothing in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self) -> None:
        command = ["debootstrap", "--variant=minbase", "--include=python3,procps", SUITE, str(self.path)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    @contextmanager
    def mounted(self) -> Iterator[None]:
        places = {"proc": self.path / "proc", "tmpfs": self.path / "dev/shm"}
        for kind, place in places.items():
            place.mkdir(exist_ok=True)
            subprocess.run(["mount", "-t", kind, kind, str(place)], check=True)
        try:
            yield
        finally:
            for place in places.values():
                subprocess.run(["umount", "--lazy", str(place)], check=False)

    def command(self, *words: str) -> list[str]:
        settings = [f"{name}={value}" for name, value in ENVIRON.items()]
        return ["chroot", str(self.path), "env", "-i", *settings, *words]

    def run(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False)
        assert done.returncode == status, f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


ENVIRON = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def _try(root: Root, package: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    shutil.copy(package, root.path / "tmp/ivr.deb")
    told = root.run("dpkg", "--install", "/tmp/ivr.deb")
    assert "MANGO_API_KEY and MANGO_API_SALT" in told, told
    assert "ivr, version" in root.run("ivr", "--version")
    environment = root.path / "etc/ivr-router/environment"
    assert environment.stat().st_mode & 0o777 == 0o600
    text = environment.read_text().replace("MANGO_API_KEY=", f"MANGO_API_KEY={KEY}")
    text = text.replace("MANGO_API_SALT=", f"MANGO_API_SALT={SALT}")
    environment.write_text(
        f"{text}MANGO_ALLOWED_IPS=any\nIVR_LISTEN={listen}\nMANGO_API_URL=http://127.0.0.1:9/vpbx/\n"
    )
    _bring_flows(root)
    assert "0 errors" in root.run("ivr", "service", "run", "check", "flows")
    served = subprocess.Popen(root.command("ivr", "service", "run", "serve"), stderr=subprocess.DEVNULL)
    try:
        _serve(root, served, f"http://{listen}")
    finally:
        served.kill()
    root.run("dpkg", "--purge", "ivr-router")
    for left in ("etc/ivr-router", "var/lib/ivr-router", "usr/lib/ivr-router", "lib/systemd/system/ivr-router.service"):
        assert not (root.path / left).exists(), left


def _bring_flows(root: Root) -> None:
    """As an administrator does, who has root."""
    flows = root.path / "root/flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(FLOW)
    root.run("ivr", "service", "install", "--no-unit", "--flows", "/root/flows")


def _serve(root: Root, served: "subprocess.Popen[bytes]", url: str) -> None:
    http = urllib3.PoolManager(retries=False)
    _wait("ready", lambda: _status(http, f"{url}/readyz") == 200)
    with Load(url) as load:
        _wait("events", lambda: len(load.acknowledged) > 50)
        root.run("dpkg", "--install", "/tmp/ivr.deb")  # over itself: what an upgrade does to the files
        served.send_signal(signal.SIGHUP)  # what postinst asks systemd for
        before = len(load.acknowledged)
        _wait("events after the upgrade", lambda: len(load.acknowledged) > before + 200)
    assert set(load.statuses) == {200}, load.statuses
    calls = root.run("ivr", "service", "run", "calls", "--json", "--limit", "500")
    missing = [name for name in load.acknowledged[-100:] if f'"{name}"' not in calls]
    assert not missing, missing
    served.terminate()
    assert served.wait(60) == 0


class Load:
    """One caller after the other, until it is told to stop."""

    def __init__(self, url: str) -> None:
        self.statuses: Counter[int] = Counter()
        self.acknowledged: list[str] = []
        self._url = url
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._call)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _call(self) -> None:
        http = urllib3.PoolManager(retries=False)
        number = 0
        while not self._done.wait(0.01):
            number += 1
            path, payload = events(0)[0]
            name = f"load-{number}"
            body = encode_form(KEY, SALT, {**payload, "entry_id": name, "call_id": name})
            try:
                status = http.request("POST", f"{self._url}/{path}", body=body, headers=FORM).status
            except urllib3.exceptions.HTTPError:
                continue  # a connection that was closed in front of a request: the PBX asks again
            self.statuses[status] += 1
            if status == 200:
                self.acknowledged.append(name)


def _status(http: urllib3.PoolManager, url: str) -> int:
    try:
        return http.request("GET", url).status
    except urllib3.exceptions.HTTPError:
        return 0


def _wait(what: str, found: Callable[[], object], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not found():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
