"""The tutorial, followed to the letter: what docs/tutorial.md has one type is run in an empty home, with the wheel
installed. Only the ports are others, and the environment is one that has the wheel already. The Russian page has the
same blocks (tests/docs/test_translations.py)."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from router.cli.language import said_in
from tests.acceptance.processes import free_port
from tests.docs.pages import PROJECT, Block, blocks

pytestmark = pytest.mark.acceptance

PAGES = {"en": PROJECT / "docs" / "tutorial.md", "ru": PROJECT / "docs" / "tutorial.ru.md"}
UNTIL_IT_ANSWERS = "for i in $(seq 300); do (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && break; sleep 0.1; done"
READY = "for i in $(seq 300); do {python} -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/readyz')\" 2>/dev/null && break; sleep 0.1; done"


def _shown() -> list[Block]:
    return [block for block in blocks() if block.page == PAGES["en"]]


@pytest.fixture
def home(tmp_path: Path, installed: Path) -> Path:
    """An empty home, but for what `python3 -m venv` and `pip install` would make."""
    made = tmp_path / "made"
    made.mkdir()
    (made / "ivr").write_text(f'#!/bin/sh\nexec {installed}/bin/python -m router.cli "$@"\n')
    (made / "ivr").chmod(0o755)
    (made / "activate").write_text('export PATH="$HOME/first-call/.venv/bin:$PATH"\n')
    return tmp_path


def _script(ports: dict[str, int], python: Path) -> str:
    """All blocks that are run or written, in one shell; what has a terminal of its own starts from the home and a path
    without `ivr`, is waited for, and ends with the shell."""
    lines = ["set -eu", "trap 'kill $(jobs -p) 2>/dev/null' EXIT", "cd; BARE=$PATH"]
    waits = iter((UNTIL_IT_ANSWERS.format(port=ports["8090"]), READY.format(python=python, port=ports["8080"])))
    for block in _shown():
        if block.mark == "run":
            lines.append(block.text)
        elif block.mark == "run in the background":
            lines += [f"(cd; PATH=$BARE; {block.text.strip()}) >> ~/background.log 2>&1 &", next(waits)]
        elif block.mark == "pbx pbx.yaml":
            lines.append(f"cat > pbx.yaml <<'END'\n{block.text}END")
    change, way = (block.text.rstrip() for block in _shown() if block.info == "text")
    lines += [
        f"sed -i 's|^  support: .*|{change}|' flows/main.yaml",
        "for i in $(seq 100); do [ $(ivr versions --json | grep -o '\"version\"' | wc -l) -gt 1 ] && break; sleep 0.1; done",
        'echo "--- changed"',
        "ivr call --line 74950000001 --keys 2 --hangup-after 3s --trace",
        'echo "--- to be mended"',
        "! ivr test flows",
        "tail -n 1 flows/main.test.yaml | grep -q -- '- expect: hangup'",
        f"sed -i '$d' flows/main.test.yaml; cat >> flows/main.test.yaml <<'END'\n{way}\nEND",
        'echo "--- mended"',
        "ivr test flows",
    ]
    return _here("\n".join(lines), ports)


def _here(script: str, ports: dict[str, int]) -> str:
    """With the ports and the environment of the test."""
    script = script.replace("python3 -m venv .venv", "mkdir -p .venv/bin && cp ~/made/* .venv/bin/")
    script = re.sub(r"^\.venv/bin/pip install .*$", "", script, flags=re.MULTILINE)
    for written, port in ports.items():
        script = script.replace(f":{written}", f":{port}")
    script = script.replace(
        "ivr emulator", f"ivr emulator --listen 127.0.0.1:{ports['8090']} --webhook http://127.0.0.1:{ports['8080']}"
    )
    script = script.replace("ivr call", f"ivr call --emulator http://127.0.0.1:{ports['8090']}")
    return script.replace("ivr serve", f"ivr serve --listen 127.0.0.1:{ports['8080']}")


def _followed(home: Path, python: Path) -> tuple[str, str, str, str]:
    """What is printed before the rules change, by the call after that, by the tests that fail, and once they are mended."""
    ports = {"8080": free_port(), "8090": free_port()}
    inherited = {name: value for name, value in os.environ.items() if not re.match("(IVR|MANGO)_", name)}
    environ = inherited | {"HOME": str(home), "IVR_LISTEN": f"127.0.0.1:{ports['8080']}"}
    command = ["bash", "-c", _script(ports, python)]
    done = subprocess.run(command, cwd=home, env=environ, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr + (home / "background.log").read_text(encoding="utf-8")
    before, call, failing, mended = re.split(r"^--- .*\n", done.stdout, flags=re.MULTILINE)
    return before, call, failing, mended


def _test_that_is_named(language: str) -> str:
    """The test that the page says will fail."""
    found = re.search(r'["«]([^"»\n]*support[^"»\n]*)["»]', PAGES[language].read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def test_tutorial(home: Path, installed: Path) -> None:
    before, call, failing, mended = _followed(home, installed / "bin" / "python")
    assert "tests pass, and reach every exit" in before
    assert "0 errors" in before
    assert re.search(r"^\d+ passed, 0 failed", before, re.MULTILINE)
    assert "left menu by 1 to sales: key 1" in before
    assert "command route group sales" in before
    assert re.search("left support by [a-z_]+ to sales", call), call
    assert "left sales by answered" in call or "command route group sales" in call
    assert f"main.test.yaml: {_test_that_is_named('en')}" in failing
    assert "5 passed, 1 failed" in failing
    assert "6 passed, 0 failed" in mended
    assert (home / "first-call" / "flows" / "cabinet.md").is_file()


def test_the_russian_page_names_the_test_that_init_writes() -> None:
    assert _test_that_is_named("ru") == said_in("ru", _test_that_is_named("en"), "init")
