"""How a request to the webhook is refused: HTTP status, the document's code (class 31xx), and a name for programs; and
the PBX's own words in an answer that refuses (§2.2)."""

from collections.abc import Callable

import pytest

from router.errors import RequestRefused
from router.protocol import request_refusals
from router.protocol.peer_words import MOST_SAID, words_of


@pytest.mark.parametrize(
    ("refused", "status", "result", "error"),
    [
        (request_refusals.wrong_method, 405, 3101, "wrong-method"),
        (request_refusals.wrong_sign, 403, 3102, "wrong-sign"),
        (lambda: request_refusals.missing("seq"), 400, 3103, "missing-parameter"),
        (lambda: request_refusals.malformed("seq is no number"), 400, 3104, "malformed-parameter"),
        (request_refusals.unknown_key, 403, 3105, "unknown-key"),
        (lambda: request_refusals.unknown_sender("not from there"), 403, 3105, "unknown-sender"),
        (lambda: request_refusals.too_large(10), 413, 3104, "too-large"),
    ],
)
def test_each_reason_has_its_codes(refused: Callable[[], RequestRefused], status: int, result: int, error: str) -> None:
    made = refused()
    assert (made.status, made.result, made.error) == (status, result, error)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"code": 3104, "message": "Bad number"}', "Bad number"),
        ('{"result": 3104, "status": 420, "name": "N", "message": "M"}', "M; N"),
        ('{"message": "M", "error": "M"}', "M"),
        ('{"code": 1, "message": "M", "field": "to", "none": null, "empty": []}', 'M; {"field":"to"}'),
        ('{"message": {"ru": "x"}}', '{"message":{"ru":"x"}}'),
        ("[1]", "[1]"),
        ('"text"', '"text"'),
        ("3104", ""),
        ("{}", ""),
        ("<html>\n Bad\tgateway </html>", "<html> Bad gateway </html>"),
        ("", ""),
    ],
)
def test_the_words_of_an_answer(body: str, words: str) -> None:
    assert words_of(body) == words


def test_words_have_an_end() -> None:
    assert words_of("x" * 2000) == "x" * MOST_SAID
