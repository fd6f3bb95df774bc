"""Addresses with ports: those that the program, the container files or the page itself listen on."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from tests.docs.claims.page import PROJECT, Page

_ADDRESS: Final = re.compile(r"\b(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1?\]):(\d{2,5})\b")
_CHOSEN: Final = re.compile(
    r"(?:--listen|--bind|-b|--port|listen|bind|IVR_LISTEN=|listen:|\bport)[ =\"']*[\w.:*\[\]]*?(\d{2,5})\b"
)


def wrong(page: Page) -> Iterator[str]:
    chosen = set(_CHOSEN.findall("\n".join(fence.text for fence in page.fences)))
    for number, line in enumerate(page.text.splitlines(), 1):
        for port in _ADDRESS.findall(line):
            if port not in known() | chosen:
                yield f"{page.place(number)}: nothing listens on port {port}"


@cache
def known() -> frozenset[str]:
    """Ports of the program's defaults and of the files that deploy it."""
    sources = [
        PROJECT / "compose.yaml",
        PROJECT / "Dockerfile",
        *(file for file in (PROJECT / "deploy").rglob("*") if file.suffix in (".yml", ".yaml", ".conf", ".service")),
        *(PROJECT / "router" / "cli").rglob("*.py"),
        PROJECT / "router" / "config" / "settings.py",
        PROJECT / "router" / "tracing" / "exporter.py",
    ]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    return frozenset(re.findall(r":(\d{4,5})\b", text)) | {"4318"}  # OpenTelemetry's own
