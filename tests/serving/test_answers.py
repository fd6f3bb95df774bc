"""The worker's own answers carry what the application's do."""

import pytest

from router.serving.raw_answers import Answers


@pytest.mark.parametrize(("status", "retry"), [(503, b"Retry-After: 1"), (200, None), (403, None)])
def test_only_what_may_be_sent_again_says_when(status: int, retry: bytes | None) -> None:
    head, _, body = Answers().build(status, b"{}", keeps=True).partition(b"\r\n\r\n")
    found = [line for line in head.split(b"\r\n") if line.startswith(b"Retry-After")]
    assert (found, body) == ([retry] if retry else [], b"{}")
