"""`ivr demo` from a wheel alone in an empty folder: what it prints is typed as it stands, and the console has calls."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from tests.acceptance.processes import STOP_SECONDS, free_port, wait_for

pytestmark = pytest.mark.acceptance

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Demo:
    """The process, and what it has printed until now."""

    def __init__(self, program: Path, folder: Path) -> None:
        router, pbx = free_port(), free_port()
        inherited = {name: value for name, value in os.environ.items() if not re.match("(IVR|MANGO|PYTHON)", name)}
        self.environ = inherited | {"IVR_LANG": "ru", "IVR_LISTEN": f"127.0.0.1:{router}", "IVR_WORKERS": "1"}
        self.url, self._told = f"http://127.0.0.1:{router}", folder.with_name(f"{folder.name}.log")
        command = [program, "demo", "--pbx", f"127.0.0.1:{pbx}"]
        with self._told.open("w") as out:
            self.process = subprocess.Popen(command, cwd=folder, env=self.environ, stdout=out, stderr=out)

    @property
    def text(self) -> str:
        return COLOURS.sub("", self._told.read_text(encoding="utf-8"))

    def typed(self) -> list[str]:
        """Its commands, as somebody copies them."""
        rows = (row.partition("Список звонков")[2] or row for row in self.text.splitlines())
        return [row.strip() for row in rows if re.match(r"\s+(cd |IVR_LANG=ru )", row)]


@pytest.fixture
def demo(installed: Path, tmp_path: Path) -> Iterator[Demo]:
    program = installed / "bin" / "ivr"
    program.write_text(f'#!/bin/sh\nexec {installed}/bin/python -m router.cli "$@"\n')
    program.chmod(0o755)
    running = Demo(program, tmp_path)
    yield running
    running.process.terminate()
    running.process.wait(2 * STOP_SECONDS)


def test_what_it_prints_works_as_printed(demo: Demo, tmp_path: Path) -> None:
    wait_for("the commands", lambda: "Ctrl-C" in demo.text)
    enter, explained, _, blocked, calls, check, test = demo.typed()
    assert enter == f"cd {tmp_path}/ivr-demo"
    other_terminal = {name: value for name, value in demo.environ.items() if not name.startswith("IVR_")}

    def typed(command: str) -> "subprocess.Popen[str]":
        shell = ["sh", "-c", f"{enter}\n{command}"]
        return subprocess.Popen(shell, env=other_terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    side_by_side = [typed(command) for command in (explained, blocked, check, test)]
    told = [process.communicate(timeout=180)[0] for process in side_by_side]
    assert "из main_menu по 1 в sales: клавиша 1" in told[0]
    assert "сценарий" in told[1]
    assert "0 ошибок" in told[2]
    assert "не прошло 0" in told[3]
    assert [process.returncode for process in side_by_side] == [0] * len(side_by_side)
    rows = typed(calls).communicate(timeout=60)[0].splitlines()[1:]
    assert len({row.split()[4] for row in rows}) >= 5, "callers of its own are there as well"
    live = json.loads(urllib3.request("GET", f"{demo.url}/api/live").data)
    assert live["calls"], "somebody still talks"
    assert urllib3.request("GET", f"{demo.url}/console/").status == 200
