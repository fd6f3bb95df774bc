"""Codes: of findings, of the PBX and the webhook, and the exit codes of commands."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from router.flow.finding_rules import RULES
from tests.docs.claims.page import PROJECT, Page, Passage

_FINDING: Final = re.compile(r"(?<![\w/#$.-])([A-Z]\d{3})(?![\w-])")
_CODE: Final = re.compile(r"[1-6]\d{3}")
_EXITS: Final = re.compile(
    r"(?:exit(?:s| status| code)?(?: with| is| of)?(?: the)?(?: code| status)?|код(?:ом|а)? (?:выхода|завершения)(?: —)?|с кодом"
    r"|кодом) `?(\d+)`?(?! (?:of|событи))",
    re.IGNORECASE,
)


def wrong(page: Page) -> Iterator[str]:
    for passage in page.passages:
        for code in _FINDING.findall(passage.text):
            if code not in RULES:
                yield f"{page.place(passage.line)}: there is no finding {code}"
        yield from _exit_codes(page, passage)
    for span in page.spans:
        if _CODE.fullmatch(span.text) and span.text not in known() and not _year(span.text):
            yield f"{page.place(span.line)}: there is no code {span.text}"
    for passage in page.passages:
        yield from _refusals(page, passage)


_OF_OTHERS: Final = re.compile(r"systemd|gunicorn|SIG", re.IGNORECASE)


def _exit_codes(page: Page, passage: Passage) -> Iterator[str]:
    for listed in re.findall(r"(?:exit codes|коды завершения) (\d(?:, \d)* (?:and|и) \d)", passage.text):
        if re.findall(r"\d", listed) != ["0", "1", "2"]:
            yield f"{page.place(passage.line)}: commands end with 0, 1 or 2, not {listed}"
    for code in _EXITS.findall(passage.text):
        if len(code) < 3 and int(code) > 2 and not _OF_OTHERS.search(passage.text):
            yield f"{page.place(passage.line)}: commands end with 0, 1 or 2, not {code}"


def _refusals(page: Page, passage: Passage) -> Iterator[str]:
    """A row of the webhook's answers: status, code, names."""
    row = re.match(r"\| (\d{3}) \| (\d{4}) \| ([^|]+) \|", passage.text)
    for name in re.findall(r"`([\w-]+)`", row[3]) if row else ():
        if name not in refusals() and not re.search(rf'"{name}\\?"', _source()):
            yield f"{page.place(passage.line)}: nothing is refused as {name}"
        if row is not None and name in refusals() and (row[1], row[2]) != refusals()[name]:
            yield f"{page.place(passage.line)}: {name} is {' with code '.join(refusals()[name])}"


@cache
def refusals() -> dict[str, tuple[str, str]]:
    """Name of a refusal -> its status and code."""
    text = (PROJECT / "router" / "protocol" / "request_refusals.py").read_text(encoding="utf-8")
    found = re.findall(r'status=(\d+), result=(\d+), error="([\w-]+)"', text)
    return {name: (status, code) for status, code, name in found}


@cache
def _source() -> str:
    return "".join(file.read_text(encoding="utf-8") for file in (PROJECT / "router").rglob("*.py"))


def _year(text: str) -> bool:
    return text.startswith("20")


@cache
def known() -> frozenset[str]:
    """Every code of four digits that the catalogue, the protocol or the document's examples have."""
    found: set[str] = set()
    for source in (PROJECT / "router").rglob("*.py"):
        found.update(re.findall(r"\b[1-6]\d{3}\b", source.read_text(encoding="utf-8")))
    return frozenset(found)
