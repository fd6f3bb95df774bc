"""`Retry-After` in each of its forms."""

import pytest

from router.protocol.retry_after import read_retry_after

NOW = 1_795_000_000.0  # Wed, 18 Nov 2026 11:06:40 GMT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Wed, 18 Nov 2026 11:07:40 GMT", 60.0),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("9" * 40, None),
        ("Wed, 18 Nov 2020 11:07:40 GMT", None),
        ("Wed, 99 Nov 2026 11:07:40 GMT", None),
    ],
)
def test_what_it_says(text: str, seconds: float | None) -> None:
    assert read_retry_after(text, NOW) == seconds
