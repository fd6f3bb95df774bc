"""The four readers, each as a function of some bytes that raises AssertionError, or anything else, when it is wrong."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec
from gunicorn.config import Config
from gunicorn.http.errors import ParseException

from router.errors import RequestRefused
from router.flow.expressions import compile_expression, compile_template
from router.flow.expressions.template import CompiledTemplate
from router.flow.finding_output import render_text, to_json
from router.flow.finding_rules import RULES
from router.flow.loader import load
from router.flow.reports import as_github, as_sarif
from router.protocol.envelope import Envelope, decode_form, open_envelope
from router.protocol.kinds import KINDS
from router.protocol.parse import dedupe_key, read_event
from router.protocol.sign import is_signed
from router.serving.gunicorn_request import CutRequestParser
from router.serving.http_parser import Limits, Refused
from router.serving.requests import Incoming
from router.simulator.read import read_scripts
from tests.flow.scopes import NAMES, FixedScope

# The envelope, and what is in it: the first byte chooses the path and the content type, the second one the way in.

PATHS: Final = (*sorted(KINDS), "events/other")
TYPES: Final = ("application/x-www-form-urlencoded", "", "multipart/form-data; boundary=b", "text/plain")


def envelope(data: bytes) -> None:
    """A body is a form with an event in it, or it is refused with a status of ours and without an echo."""
    if len(data) < 2:
        return
    path, kind, body = PATHS[data[0] % len(PATHS)], TYPES[data[1] % len(TYPES)], data[2:]
    if data[1] >= 128:
        _event(path, body)
        return
    try:
        form = decode_form(body, kind)
        opened = open_envelope(form, unsigned=path.startswith("events/user/"))
    except RequestRefused as refused:
        _check_refusal(refused)
        return
    if data[1] % len(TYPES) < 2:
        assert form == _read_by_the_library(body)
    _not_ours(opened)
    _event(path, opened.json)


def _check_refusal(refused: RequestRefused) -> None:
    assert (refused.status, refused.result in (3103, 3104)) == (400, True)
    assert refused.message.isprintable()


def _read_by_the_library(body: bytes) -> dict[str, bytes]:
    fields = (pair.partition(b"=") for pair in body.split(b"&"))
    read = ((unquote_to_bytes(name.replace(b"+", b" ")), value) for name, _, value in fields if name)
    return {name.decode("latin-1"): unquote_to_bytes(value.replace(b"+", b" ")) for name, value in read}


def _not_ours(opened: Envelope) -> None:
    """No input can have guessed the salt."""
    if opened.sign is not None:
        assert not is_signed(opened.api_key, opened.json, opened.sign, ("a salt that no corpus holds",))


def _event(path: str, text: bytes) -> None:
    try:
        event, odd = read_event(path, text)
    except RequestRefused as refused:
        _check_refusal(refused)
        return
    assert all(sentence.isprintable() for sentence in odd)
    assert msgspec.json.decode(msgspec.json.encode(event), type=type(event)) == event
    key, digest = dedupe_key(event, path, text)
    assert (key, digest) == dedupe_key(read_event(path, text)[0], path, text)
    key.encode()


# Requests: what a connection brings, at once and in pieces.

GUNICORN: Final = Config()
LIMITS: Final = Limits(body=4096)
MOST: Final = 3000  # bytes; fed one by one, too


def requests(data: bytes) -> None:
    """However the bytes come, they are cut at the same places, and no plain request is read otherwise by gunicorn."""
    data = data[:MOST]
    whole = list(_cut(data, len(data) or 1, plain=True))
    pieces = list(_cut(data, 1, plain=True))
    assert whole == pieces, (whole, pieces)
    through_gunicorn = [body for _, body in _cut(data, 7, plain=False)]
    assert [body for _, body in whole] == through_gunicorn


def _cut(data: bytes, size: int, *, plain: bool) -> Iterator[tuple[str, bytes]]:
    """(what, body) of each request, in order; ends with what was refused, or waits for more."""
    incoming = Incoming(LIMITS)
    try:
        for start in range(0, len(data), size):
            incoming.add(data[start : start + size])
            while incoming.has_begun and incoming.is_whole():
                yield _taken(incoming, plain=plain)
    except Refused as refused:
        yield f"refused {refused.status}", b""


def _taken(incoming: Incoming, *, plain: bool) -> tuple[str, bytes]:
    if plain and (request := incoming.take_plain("127.0.0.1", lambda _path: True)) is not None:
        return f"POST {request.path}", request.body
    head, body = incoming.take()
    assert head.endswith(b"\r\n\r\n")
    try:
        parsed = next(CutRequestParser(GUNICORN, ("127.0.0.1", 1), head, body))
    except ParseException:
        return "unparsed", body
    assert parsed.body.read() == body
    return f"{parsed.method} {parsed.path}", body


# Bundles: files of a directory, one behind the other.

SEPARATOR: Final = b"\n#--\n"
FILES: Final = ("main.yaml", "resources.yaml", "main.test.yaml", "more.yaml")
TODAY: Final = date(2026, 11, 23)


def bundle(data: bytes) -> None:
    """A directory is a bundle, or there are findings that say where and what, which every format can show."""
    files = dict(zip(FILES, data.split(SEPARATOR), strict=False))
    loaded = load(files, today=TODAY)
    findings = loaded.findings
    if loaded.bundle is not None:
        texts = {name: files[name].decode("utf-8-sig") for name in loaded.tests}
        findings = (*findings, *read_scripts(loaded.tests, loaded.bundle, texts)[1])
        assert load(files, today=TODAY).bundle.version == loaded.bundle.version  # type: ignore[union-attr]
    assert loaded.bundle is not None or findings
    for finding in findings:
        assert finding.code in RULES
        assert finding.mark.file in files or finding.mark.file == "."
        assert finding.mark.line >= 1
        assert 1 <= finding.mark.column <= len(finding.excerpt) + 1 or not finding.excerpt
    shown = render_text(findings) + as_github(findings, "flows")
    assert (shown + json.dumps([to_json(findings), as_sarif(findings, "flows", "1")])).encode()
    assert "\x1b" not in shown


# Expressions: the first byte says what is expected, the rest is the source.

EXPECTED: Final = (None, "bool", "text", "number", "phone", "template")
TYPES_OF: Final[Mapping[str, tuple[type, ...]]] = {
    "bool": (bool,), "text": (str,), "number": (int, float), "phone": (str,), "list": (str,),
}  # fmt: skip
SCOPES: Final = (
    {},
    {"digits": "12345", "vars.lang": "ru", "vars.tries": -7, "vars.flag": True, "caller.number": "79000000000"},
    {"digits": "*#", "vars.lang": "\u2028é🦔", "vars.tries": 2**53, "vars.phone": "+7 (900) 000-00-00"},
)
EMPTY: Final[Mapping[str, Any]] = {"bool": False, "text": "", "number": 0, "phone": ""}


def expressions(data: bytes) -> None:
    """Whatever compiles has a value of its type in every scope; whatever does not has findings inside the source."""
    source, expect = data[1:].decode("utf-8", "replace"), EXPECTED[data[0] % len(EXPECTED)] if data else None
    if expect == "template":
        made, found = compile_template(source, NAMES)
    else:
        made, found = compile_expression(source, NAMES, expect)
    assert (made is None) == bool(found)
    for problem in found:
        assert problem.code in RULES
        assert 0 <= problem.offset <= len(source)
        assert 0 <= problem.offset + problem.length <= len(source) + 1
    for values in SCOPES if made is not None else ():
        scope = FixedScope({name: EMPTY.get(kind, "") for name, kind in NAMES.items()} | values, {"vip": {"a"}})
        if isinstance(made, CompiledTemplate):
            assert isinstance(made.render(scope), str)
        else:
            _worth(made, scope)


def _worth(made: Any, scope: FixedScope) -> None:
    worth = made.evaluate(scope)
    assert isinstance(worth, TYPES_OF[made.type]), (worth, made.type)
    assert made.type == "bool" or not isinstance(worth, bool)
    assert made.evaluate_with_trace(scope)[0] == worth
    json.dumps(made.explain(scope)).encode()


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    target.__name__: target for target in (envelope, requests, bundle, expressions)
}
