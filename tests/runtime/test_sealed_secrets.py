"""What the database has of the secrets of one-time codes, and which configurations open it."""

from router.config.settings import load_settings
from router.runtime.administration.one_time_codes import new_secret
from router.runtime.administration.sealed_secrets import SecretSealer

SECRET = new_secret()


def sealer(salt: str = "first", **environ: str) -> SecretSealer:
    given = {"MANGO_API_KEY": "k", "MANGO_API_SALT": salt, **environ}
    return SecretSealer(load_settings(given, None, lambda path: path).accounts)


def test_a_secret_opens_for_its_user_alone() -> None:
    kept = sealer().seal(SECRET, "u1")
    assert SECRET not in kept
    assert sealer().open(kept, "u1") == SECRET
    assert sealer().open(kept, "u2") is None
    assert sealer("another").open(kept, "u1") is None
    assert sealer().open(kept[:-1], "u1") is None


def test_a_salt_is_rotated_without_anybody_losing_their_codes() -> None:
    kept = sealer("first").seal(SECRET, "u1")
    rotating = sealer("second", MANGO_SALT_OLD="first")
    assert rotating.open(kept, "u1") == SECRET
    assert sealer("second").open(rotating.seal(SECRET, "u1"), "u1") == SECRET


def test_any_account_of_today_opens_what_the_first_one_of_yesterday_has_sealed() -> None:
    accounts = "accounts:\n  - {name: new, api_key: n, api_salt: new}\n  - {name: old, api_key: o, api_salt: first}\n"
    both = SecretSealer(load_settings({}, accounts, lambda path: path).accounts)
    assert both.open(sealer("first").seal(SECRET, "u1"), "u1") == SECRET


def test_what_the_first_versions_wrote_is_in_clear_and_opens() -> None:
    assert sealer().open(SECRET, "u1") == SECRET
    without = SecretSealer(())
    assert without.seal(SECRET, "u1") == SECRET
