"""What a configured process writes to standard error, from wherever it comes."""

import json
import subprocess
import sys
from typing import Any

SAYS = r"""
import logging, os, sys, threading, warnings
import structlog
from router.logs import configure, hide
configure(os.environ, serves=True)
from router.bootstrap.process_setup import read_settings
read_settings({"MANGO_API_KEY": "the-key-of-all", "MANGO_API_SALT": "the-salt-of-all", "IVR_ADMIN_TOKEN": "t" * 24,
               "IVR_DATABASE": "postgresql://ivr:pass%40word@db/ivr", "IVR_MASK_AFTER": "1d"})
log = structlog.get_logger()
log.info("ours", account="clinic", entry_id="79000000001", command_id="c", said="the-salt-of-all", caller="79000000001")
structlog.contextvars.bind_contextvars(entry_id="bound")
log.debug("not at this level")
log.info("in a context")
logging.getLogger("library").warning("%s of theirs: %s", "a line", "the-key-of-all")
logging.getLogger("library").error("bad %d", "argument")
warnings.warn("an old way of pass%40word and pass@word", stacklevel=1)
print("printed\nin two lines, " + "t" * 24, file=sys.stderr)
try:
    1 / 0
except ZeroDivisionError:
    log.exception("it failed")
threading.Thread(target=lambda: [][0]).start()
raise ValueError("the end of the-salt-of-all")
"""


def lines(form: str, code: str = SAYS) -> list[str]:
    environ = {"IVR_LOG": form, "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.stdout == ""
    return ended.stderr.splitlines()


def test_every_line_is_an_object_without_secrets() -> None:
    text = lines("json")
    found: list[dict[str, Any]] = [json.loads(line) for line in text]
    events = [line["event"] for line in found]
    assert events[:4] == ["ours", "in a context", "a line of theirs: ***", "bad %d"]
    assert {"printed", "in two lines, ***", "it failed"} <= set(events)
    assert found[0] | {"said": "***", "caller": "7900*****01", "entry_id": "79000000001"} == found[0]
    assert found[1]["entry_id"] == "bound"
    assert {"ZeroDivisionError", "IndexError", "ValueError"} <= {line.get("error_type") for line in found}
    for secret in ("the-key-of-all", "the-salt-of-all", "pass%40word", "pass@word", "t" * 24):
        assert secret not in "".join(text)


def test_console_lines_are_those_of_one_form() -> None:
    ours = [line for line in lines("console") if not line.startswith("    ")]
    assert any("[info    ] ours" in line and "account=clinic" in line for line in ours)
    assert "the-salt-of-all" not in "".join(ours)
