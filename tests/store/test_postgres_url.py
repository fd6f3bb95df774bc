"""A database's URL that libpq reads otherwise than it was meant: parts of its password are nowhere shown."""

import pytest

from router.errors import ConfigurationError
from router.store.postgres.connections import complete


@pytest.mark.parametrize(
    "password",
    ["a@SECRET", "a@SECRET:1", "SECRET/@", "SECRET/x", "1/SECRET", "%zzSECRET", "a@b@SECRET"],
)
def test_password_with_special_characters_is_refused_unshown(password: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        complete(f"postgresql://ivr:{password}@db/ivr")
    assert "%XX" in refused.value.message
    assert "SECRET" not in f"{refused.value!r} {refused.value.message}"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("postgresql://ivr:a%40b%2Fc%3Fd%25:e#f@db/ivr", "host=db"),
        ("postgresql://ivr:a?b=c@db/ivr", "host=db"),
        ("postgresql:///ivr?host=/run/postgresql", "host=/run/postgresql"),
        ("postgresql://ivr@[::1]:5432/ivr?sslmode=verify-full&sslrootcert=/etc/a@b.pem", "host=::1"),
        ("postgresql://ivr:x@one:5432,two/ivr?target_session_attrs=read-write", "host=one,two"),
    ],
)
def test_urls_that_are_fine(url: str, host: str) -> None:
    assert host in complete(url)
