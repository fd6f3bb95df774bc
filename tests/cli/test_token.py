"""`ivr token`: long, random, and taken as it is."""

import json

from click.testing import CliRunner

from router.cli.token import token


def test_each_token_is_another_one() -> None:
    first, second = (CliRunner().invoke(token).output for _ in range(2))
    assert first != second
    assert len(first.strip()) >= 40
    assert first == first.strip() + "\n"


def test_json() -> None:
    made = json.loads(CliRunner().invoke(token, ["--json"]).output)
    assert len(made[0]["token"]) >= 40
