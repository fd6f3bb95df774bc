"""Trying one trouble: bring it about, wait until what has to be said is said, and write down what is."""

import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.troubles.catalogue import Trouble
from tests.troubles.house import Said, house, observe, remember, started

PATIENCE = 45.0  # seconds: within a minute, with room for a busy machine
SETTLE = 6.0  # for what is said a moment later


def tried(trouble: Trouble) -> tuple[Said, list[str]]:
    """What was said, and what of it is not as it has to be. Raises steps.NotHere."""
    with tempfile.TemporaryDirectory(prefix="ivr-trouble-") as directory, house(Path(directory)) as home:
        trouble.before(home)
        with started(home) as prometheus:
            fresh = trouble.after is not Trouble.__dataclass_fields__["after"].default
            if fresh:
                remember(home)
                time.sleep(2.5)
            trouble.after(home)
            until = time.monotonic() + PATIENCE
            said = observe(home, prometheus)
            while complaints(trouble, said) and time.monotonic() < until:
                time.sleep(1.0)
                with suppress(OSError):
                    said = observe(home, prometheus)
            time.sleep(SETTLE)
            said = observe(home, prometheus)
        return _anonymous(said, home.place, home.environ), complaints(trouble, said)


def complaints(trouble: Trouble, said: Said) -> list[str]:
    """What has to be said and is not, or is and must not be."""
    wrong = []
    for column in ("readyz", "doctor", "metrics", "log"):
        wanted, found = getattr(trouble, column), getattr(said, column)
        text = found if isinstance(found, str) else "\n".join(found)
        if wanted and not re.search(wanted, text, re.IGNORECASE):
            wrong.append(f"{column}: no {wanted!r} in {text!r}")
    alerts = set(said.alerts)
    if missing := trouble.alerts - alerts - trouble.may:
        wrong.append(f"alerts: {', '.join(sorted(missing))} did not fire")
    if more := alerts - trouble.alerts - trouble.may:
        wrong.append(f"alerts: {', '.join(sorted(more))} fired")
    return wrong


def _anonymous(said: Said, place: Path, environ: dict[str, str]) -> Said:
    """Without what is of this run alone."""

    def plain(text: str) -> str:
        text = text.replace(str(place), "…").replace(environ["IVR_LISTEN"], "HOST:PORT")
        text = re.sub(r"127\.0\.0\.1:\d+|port \d+", "HOST:PORT", text)
        text = re.sub(r"\b[0-9a-f]{32}\b", "VERSION", text)
        return re.sub(r"\(?pid[ :=]+\d+\)?|\d{4}-\d\d-\d\dT[\d:.]+Z", "", text)

    return Said(
        readyz=plain(said.readyz),
        doctor=[plain(one) for one in said.doctor],
        metrics=[plain(one) for one in said.metrics],
        alerts=said.alerts,
        log=[plain(one) for one in said.log],
    )
