"""The tutorial, followed to the letter: what docs/tutorial.md has one type is run in an empty folder, with the wheel
installed. Only the ports are others."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.processes import free_port
from tests.docs.pages import PROJECT, Block, blocks

pytestmark = pytest.mark.acceptance

PAGE = PROJECT / "docs" / "tutorial.md"
UNTIL_IT_ANSWERS = "for i in $(seq 300); do (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && break; sleep 0.1; done"
READY = "for i in $(seq 300); do {python} -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/readyz')\" 2>/dev/null && break; sleep 0.1; done"


def _shown() -> list[Block]:
    return [block for block in blocks() if block.page == PAGE]


@pytest.fixture
def folder(tmp_path: Path, installed: Path) -> Path:
    """An empty folder, and `ivr` on the path."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "ivr"
    program.write_text(f'#!/bin/sh\nexec {installed}/bin/python -m router.cli "$@"\n')
    program.chmod(0o755)
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


def _script(ports: dict[str, int], python: Path) -> str:
    """All blocks that are run, in one shell; what runs in the background is waited for, and ends with the shell."""
    lines = ["set -eu", "trap 'kill $(jobs -p) 2>/dev/null' EXIT"]
    waits = iter(
        (
            UNTIL_IT_ANSWERS.format(port=ports["8090"]),
            READY.format(python=python, port=ports["8080"]),
        )
    )
    for block in _shown():
        if block.mark == "run":
            lines.append(block.text)
        elif block.mark == "run in the background":
            lines += [f"({block.text.strip()}) >> background.log 2>&1 &", next(waits)]
    (change,) = (block.text.rstrip() for block in _shown() if block.info == "text")
    lines += [
        f"sed -i 's|^  support: .*|{change}|' flows/main.yaml",
        "for i in $(seq 100); do [ $(ivr versions --json | grep -o '\"version\"' | wc -l) -gt 1 ] && break; sleep 0.1; done",
        'echo "--- changed"',
        "ivr call --line 74950000001 --keys 2 --hangup-after 3s --trace",
    ]
    script = "\n".join(lines)
    for written, port in ports.items():
        script = script.replace(f":{written}", f":{port}")
    script = script.replace(
        "ivr emulator", f"ivr emulator --listen 127.0.0.1:{ports['8090']} --webhook http://127.0.0.1:{ports['8080']}"
    )
    script = script.replace("ivr call", f"ivr call --emulator http://127.0.0.1:{ports['8090']}")
    return script.replace("ivr serve", f"ivr serve --listen 127.0.0.1:{ports['8080']}")


def test_tutorial(folder: Path, installed: Path) -> None:
    ports = {"8080": free_port(), "8090": free_port()}
    (pbx,) = (block for block in _shown() if block.mark == "pbx pbx.yaml")
    (folder / "pbx.yaml").write_text(pbx.text, encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not re.match("(IVR|MANGO)_", name)}
    environ = inherited | {
        "PATH": f"{folder.parent / 'bin'}:{os.environ['PATH']}",
        "IVR_LISTEN": f"127.0.0.1:{ports['8080']}",
    }
    command = ["bash", "-c", _script(ports, installed / "bin" / "python")]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=240, check=False)
    told = done.stdout + done.stderr + (folder / "background.log").read_text(encoding="utf-8")
    assert done.returncode == 0, told
    before, _, after = done.stdout.partition("--- changed")
    assert "tests pass, and reach every exit" in before
    assert "0 errors" in before
    assert re.search(r"^\d+ passed, 0 failed", before, re.MULTILINE)
    assert "left menu by 1 to sales: key 1" in before
    assert "command route group sales" in before
    assert re.search("left support by [a-z_]+ to sales", after), told
    assert "left sales by answered" in after or "command route group sales" in after
    assert (folder / "flows" / "cabinet.md").is_file()
