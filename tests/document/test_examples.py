"""The examples themselves: that they are all there, can be read, and hold nobody's number."""

import re
from collections import Counter

from tests.document.document import ANY, PATHS, examples

KINDS = {"request": 89, "answer": 73, "push": 55, "link": 2, "redirect": 4, "file": 2, "part": 1}
TELEPHONE = re.compile(r"(?<![\w@.])(?:7\d{10}|375\d{9})(?!\w)")


def test_every_example_of_the_document_is_there() -> None:
    assert Counter(one.kind for one in examples()) == KINDS
    assert len({one.id for one in examples()}) == sum(KINDS.values())


def test_what_is_asked_and_answered_belongs_to_a_method() -> None:
    for one in examples("request", "answer"):
        assert one.path == ANY or one.path in PATHS, one.id


def test_every_method_of_the_document_has_an_example() -> None:
    without = {
        method.name
        for path, method in PATHS.items()
        if method.kind != "link" and method.section != "2026" and path == method.path
    } - {one.method.name for one in examples("request")}
    assert not without


def test_texts_are_json() -> None:
    for one in examples("request", "answer", "push", "part"):
        assert one.csv or isinstance(one.content, dict), one.id


def test_no_number_is_anybodys() -> None:
    for one in examples():
        found = TELEPHONE.findall(one.json + one.csv)
        assert all(number.startswith("7900000") for number in found), one.id
