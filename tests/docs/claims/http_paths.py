"""Paths of HTTP in the text and in calls of curl: the router or the emulator has them, with this method and these parameters."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from router.web.openapi import query_parameters
from router.web.webhook import MOUNTS
from tests.docs.claims.page import PROJECT, Page

_METHODS: Final = "GET|POST|PUT|PATCH|DELETE"
_IN_TEXT: Final = re.compile(rf"(?:(?P<method>{_METHODS}) )?(?P<path>(?:…)?/[^\s`]+)(?: .*)?")
_HEADS: Final = ("api", "emulator", "events", "result", "healthz", "readyz", "metrics", "ping")
_CURL: Final = re.compile(r"\bcurl\b(?P<options>.*?)(?P<url>https?://[^\s'\"]+|localhost:\d+/[^\s'\"]*)(?P<more>.*)")
_QUERY_ALONE: Final = re.compile(r"\?(\w+)=.*")

_OF_THE_SYSTEM: Final = {"proc", "tmp", "etc", "opt", "usr", "var", "run", "home", "dev"}

Operation = tuple[str, str, frozenset[str] | None]
"""Path with {names}, method, and its query's parameters; None: not known."""


def wrong(page: Page) -> Iterator[str]:
    for span in page.spans:
        if (alone := _QUERY_ALONE.fullmatch(span.text)) is not None:
            if not any(names and alone[1] in names for _, _, names in known()) and alone[1] not in _OF_OTHERS:
                yield f"{page.place(span.line)}: no path has a parameter {alone[1]}"
        elif (found := _IN_TEXT.fullmatch(span.text)) is not None:
            said = complaint(found["method"] or "", found["path"])
            if said is not None:
                yield f"{page.place(span.line)}: {said}"
    written = [(span.line, span.text) for span in page.spans]
    for fence in page.fences:
        lines = fence.text.replace("\\\n", "  ").splitlines()
        written += [(fence.line + number, line) for number, line in enumerate(lines)]
    for number, line in written:
        for found in _CURL.finditer(line):
            if (said := _curl(found)) is not None:
                yield f"{page.place(number)}: {said}"


_OF_OTHERS: Final = {"sslmode", "login"}
"""Parameters of libpq, and of the console."""


def _curl(found: re.Match[str]) -> str | None:
    url = urlsplit(found["url"] if "://" in found["url"] else f"http://{found['url']}")
    words = found["options"] + found["more"]
    asked = re.search(rf"(?:-X|--request) ?({_METHODS})", words)
    sends = re.search(r"(?:^|\s)(?:-d|--data|--json|-F|--form|--data-binary|-T)\b", words)
    method = asked[1] if asked else "POST" if sends else "GET"
    path = url.path or "/"
    return complaint(method, f"{path}?{url.query}" if url.query else path)


def complaint(method: str, written: str) -> str | None:
    """What is wrong with a path; None when it exists, or is of something else."""
    path, _, query = written.partition("?")
    if re.fullmatch(r"/[a-z]+z?", path) and not _is_end_or_mount(path):
        return f"there is no path {path}"
    if not path.startswith("…") and path.strip("/").split("/")[0] not in _HEADS:
        return None
    for spelling in _spellings(path):
        fitting = [operation for operation in known() if _fits(spelling, operation[0])]
        if not fitting:
            return f"there is no path {spelling}"
        fitting = [operation for operation in fitting if method in ("", operation[1])]
        if not fitting:
            return f"{spelling} takes no {method}"
        for name in re.findall(r"(?:^|&)(\w+)=", query):
            if all(names is not None and name not in names for _, _, names in fitting):
                return f"{spelling} has no parameter {name}"
    return None


def _is_end_or_mount(path: str) -> bool:
    """The end of a path (`/records` of one call), where the webhook is mounted, or the beginning of many."""
    word = path[1:]
    ends = {template.rstrip("/").rsplit("/", 1)[-1] for template, _, _ in known()}
    mounts = {mount.strip("/").split("/")[0] for mount in MOUNTS}
    return word in ends | mounts | set(_HEADS) | _OF_THE_SYSTEM


def _spellings(path: str) -> list[str]:
    """`/api/figures/{calls,steps}` is two."""
    choice = re.search(r"\{(\w+(?:,\w+)+)\}", path)
    if choice is None:
        return [path]
    return [path.replace(choice[0], each) for each in choice[1].split(",")]


def _fits(path: str, template: str) -> bool:
    parts, known_parts = path.strip("/").split("/"), template.strip("/").split("/")
    if parts[0] == "…":  # the end of a path
        parts = parts[1:]
        known_parts = known_parts[-len(parts) :]
    if parts[-1] in ("...", "…"):  # a path and all below it
        return len(known_parts) >= len(parts) and all(map(_same, parts[:-1], known_parts))
    return _under(parts, known_parts) or (len(parts) == len(known_parts) and all(map(_same, parts, known_parts)))


def _under(parts: list[str], known_parts: list[str]) -> bool:
    """`/api` is the beginning of many."""
    return len(parts) == 1 and parts == known_parts[:1] and parts[0] in ("api", "emulator", "events", "result")


def _same(written: str, known_part: str) -> bool:
    return written == known_part or known_part.startswith(("{", "<"))


@cache
def known() -> tuple[Operation, ...]:
    described = [(path, method, frozenset(names)) for (path, method), names in query_parameters().items()]
    faces = (PROJECT / "router" / "emulator" / "http_faces.py").read_text(encoding="utf-8")
    emulated = [
        (path, method.upper(), None) for method, path in re.findall(r'@app\.(get|post)\("(/emulator[^"]*)"', faces)
    ]
    mounted = [(f"{mount}{{kind}}", "POST", frozenset[str]()) for mount in MOUNTS]
    return (*described, *emulated, *mounted)
