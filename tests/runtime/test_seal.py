"""What callers type in secret is sealed for its call and its variable."""

from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from router.engine.secret_marks import mark_sealed, replace_marks, sealed_values
from router.runtime.calls.encryption import SaltSealer, _key

SEALER = SaltSealer(["salt"])
names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
variables = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)


@given(st.text(st.characters(codec="utf-8"), min_size=1), names, variables)
def test_a_seal_opens_where_it_was_made(secret: str, entry_id: str, variable: str) -> None:
    sealed = SEALER.seal(secret, entry_id, variable)
    assert SEALER.open(sealed, entry_id, variable) == secret
    assert sealed == SEALER.seal(secret, entry_id, variable), "a step is a function"
    text = f"a{mark_sealed(sealed, entry_id, variable)}b"
    assert replace_marks(text, {}, SEALER.open) == f"a{secret}b"
    assert sealed_values({"x": [text]}, SEALER.open) == [secret]


@pytest.mark.parametrize(
    "other", [("e2", "pin"), ("e1", "pan"), ("pin", "e1"), ("e1pin",), ("e1", "pin", ""), ("e1",), ()]
)
def test_a_seal_that_was_moved_opens_as_nothing(other: tuple[str, ...]) -> None:
    assert SEALER.open(SEALER.seal("1234", "e1", "pin"), *other) == ""
    assert SEALER.seal("1234", "e1", "pin") != SEALER.seal("1234", *other)


def test_a_mark_that_claims_another_place_opens_as_nothing() -> None:
    sealed = SEALER.seal("1234", "e1", "pin")
    for text in (mark_sealed(sealed, "e2", "pin"), mark_sealed(sealed, "e1", "pan"), f"\0={sealed}\0"):
        assert replace_marks(text, {}, SEALER.open) == ""


def test_what_an_older_version_has_sealed_still_opens() -> None:
    """A call that was under way while the router was brought up to date: bound to nothing, in variables and marks."""
    older = urlsafe_b64encode(AESSIV(_key("salt")).encrypt(b"1234", None)).decode()
    assert SEALER.open(older, "e1", "pin") == "1234"
    assert SaltSealer(["new", "salt"]).open(older, "e1", "pin") == "1234"
    assert replace_marks(f"\0={older}\0", {}, SEALER.open) == "1234"


def test_a_salt_that_is_rotated_still_opens() -> None:
    sealed = SEALER.seal("1234", "e1", "pin")
    assert SaltSealer(["new", "salt"]).open(sealed, "e1", "pin") == "1234"
    assert SaltSealer(["new"]).open(sealed, "e1", "pin") == ""
    assert SEALER.open("nonsense!", "e1", "pin") == SEALER.open("", "e1", "pin") == ""
