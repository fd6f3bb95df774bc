"""Settings, from the environment and from a file."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from router.catalogue.methods import COMMANDS, METHODS, PLATFORM, Limit
from router.config import setting_values
from router.config.settings import ACCOUNT_SETTINGS, ROUTER_SETTINGS, Settings, load_settings
from router.errors import ConfigurationError
from router.protocol.schemas import load_schema

KEYS = {"MANGO_API_KEY": "the-key", "MANGO_API_SALT": "the-salt"}
DESIGN = """
database: postgresql://ivr:${PASSWORD}@db/ivr
accounts:
  - {name: clinic, api_key: "${CLINIC_KEY}", api_salt: "${CLINIC_SALT}",
     flows: flows/clinic, secrets: {crm: "${CRM_TOKEN}"}}
  - {name: shop, api_key: "${SHOP_KEY}", api_salt: "file:/run/secrets/shop",
     flows: flows/shop, profile: "2026", limits: {route: 1/2s}}
"""
DESIGN_ENVIRON = {
    "PASSWORD": "p@ss", "CLINIC_KEY": "key-1", "CLINIC_SALT": "salt-1", "CRM_TOKEN": "crm-1", "SHOP_KEY": "key-2",
}  # fmt: skip


def load(environ: dict[str, str], text: str | None = None) -> Settings:
    return load_settings(environ, text, lambda path: f"content of {path}\n")


def refusal(environ: dict[str, str], text: str | None = None) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(environ, text)
    return refused.value.message


def test_two_variables_make_an_account() -> None:
    settings = load(KEYS)
    (account,) = settings.accounts
    assert (account.name, account.api_key, account.api_salt) == ("default", "the-key", "the-salt")
    assert account.salts == ("the-salt",)
    assert account.api_url == "https://app.mango-office.ru/vpbx/"
    assert account.allowed_networks is not None
    assert ip_network("81.88.82.45") in account.allowed_networks
    assert (settings.database, settings.retention_seconds) == ("sqlite:///ivr.db", 30 * 86400)
    assert (settings.reorder_seconds, settings.max_body_bytes, settings.mask_after_seconds) == (0.3, 2**20, None)


@pytest.mark.parametrize("variable", KEYS)
def test_key_and_salt_are_required(variable: str) -> None:
    environ = {name: value for name, value in KEYS.items() if name != variable}
    assert variable in refusal(environ)
    assert variable in refusal({**environ, variable: " "})
    assert variable in refusal(environ, "watch: 0")


def test_every_variable_of_the_table() -> None:
    written: dict[str, tuple[str, Any]] = {
        "MANGO_API_KEY": ("k", "k"),
        "MANGO_API_SALT": ("s", "s"),
        "MANGO_SALT_OLD": ("old", "old"),
        "MANGO_API_URL": ("http://127.0.0.1:8090/vpbx", "http://127.0.0.1:8090/vpbx/"),
        "MANGO_CC_URL": ("http://127.0.0.1:8090/cc/", "http://127.0.0.1:8090/cc/"),
        "MANGO_PROFILE": ("2026", "2026"),
        "MANGO_LIMIT_SHARE": ("0.5", 0.5),
        "MANGO_ALLOWED_IPS": ("any", None),
        "IVR_FLOWS": ("other", "other"),
        "IVR_LOOKUP_PRIVATE": ("1", True),
        "IVR_DATABASE": ("postgresql://ivr@db/ivr", "postgresql://ivr@db/ivr"),
        "IVR_SPOOL": ("/var/spool/ivr", "/var/spool/ivr"),
        "IVR_ADMIN_TOKEN": ("t" * 24, "t" * 24),
        "IVR_CORS_ORIGINS": (
            "https://wall.example.org, http://127.0.0.1:3000",
            ("https://wall.example.org", "http://127.0.0.1:3000"),
        ),
        "IVR_SESSION_IDLE": ("1h", 3600.0),
        "IVR_SESSION_LONGEST": ("1d", 86400.0),
        "IVR_NUMBERS_ROLE": ("operator", "operator"),
        "IVR_OIDC_ISSUER": ("https://id.example.org/realms/office", "https://id.example.org/realms/office"),
        "IVR_OIDC_CLIENT_ID": ("router", "router"),
        "IVR_OIDC_CLIENT_SECRET": ("se-cret", "se-cret"),
        "IVR_OIDC_CLAIM": ("preferred_username", "preferred_username"),
        "IVR_OIDC_REDIRECT": ("https://ivr.example/back", "https://ivr.example/back"),
        "IVR_OIDC_ROLE": ("viewer", "viewer"),
        "IVR_OIDC_ROLES": ("ivr admins=admin, x=y=viewer", (("ivr admins", "admin"), ("x=y", "viewer"))),
        "IVR_OIDC_ROLES_CLAIM": ("realm_access.roles", "realm_access.roles"),
        "IVR_WATCH": ("0", False),
        "IVR_DURABILITY": ("normal", "normal"),
        "IVR_ENABLED": ("off", False),
        "IVR_RETENTION": ("12h", 43200.0),
        "IVR_MASK_AFTER": ("7d", 604800.0),
        "IVR_STALE_AFTER": ("1h30m", 5400.0),
        "IVR_REORDER_MS": ("50", 0.05),
        "IVR_LISTEN": ("0.0.0.0:80", "0.0.0.0:80"),
        "IVR_TRUSTED_PROXIES": ("10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1"))),
        "IVR_MAX_BODY": ("64KiB", 65536),
        "IVR_MAX_UPLOAD": ("1MiB", 1048576),
        "IVR_PREFIX": ("/mango/hook/", "mango/hook"),
        "IVR_FAST_PATH": ("0", False),
        "IVR_BUILDER_IDLE": ("never", None),
        "IVR_TIMEZONE": ("Asia/Omsk", "Asia/Omsk"),
    }
    assert set(written) == {setting.variable for setting in (*ACCOUNT_SETTINGS, *ROUTER_SETTINGS)}
    settings = load({name: text for name, (text, _) in written.items()})
    for setting in ROUTER_SETTINGS:
        assert getattr(settings, setting.attribute) == written[setting.variable][1], setting.variable
    for setting in ACCOUNT_SETTINGS:
        assert getattr(settings.accounts[0], setting.attribute) == written[setting.variable][1], setting.variable
    assert settings.accounts[0].salts == ("s", "old")


@pytest.mark.parametrize(
    ("environ", "directory"),
    [
        ({}, "ivr.db-spool"),
        ({"IVR_DATABASE": "sqlite:////var/lib/ivr/ivr.db"}, "/var/lib/ivr/ivr.db-spool"),
        ({"IVR_DATABASE": "postgresql://ivr@db/ivr"}, "ivr-spool"),
        ({"IVR_DATABASE": "postgresql://ivr@db/ivr", "IVR_SPOOL": "/s"}, "/s"),
    ],
)
def test_where_events_wait_for_the_database(environ: dict[str, str], directory: str) -> None:
    assert load({**KEYS, **environ}).spool_directory == directory


def test_the_file_of_the_design() -> None:
    settings = load(DESIGN_ENVIRON, DESIGN)
    clinic, shop = settings.accounts
    assert settings.database == "postgresql://ivr:p@ss@db/ivr"
    assert (clinic.api_key, clinic.api_salt, clinic.flows, clinic.secrets) == (
        "key-1", "salt-1", "flows/clinic", {"crm": "crm-1"},
    )  # fmt: skip
    assert (shop.api_salt, shop.profile) == ("content of /run/secrets/shop", "2026")
    assert shop.limits == {"route": Limit(window="route", count=1, seconds=2.0)}
    assert settings.account("shop") is shop


def test_nearer_settings_win() -> None:
    text = """
watch: 0
accounts:
  - {name: a, api_key: k, api_salt: s, profile: "2021"}
  - {name: b, api_key: l, api_salt: s}
"""
    settings = load({"IVR_WATCH": "1", "MANGO_PROFILE": "2026", "MANGO_API_KEY": "x", "MANGO_SALT_OLD": "y"}, text)
    assert settings.watch is True
    assert [account.profile for account in settings.accounts] == ["2021", "2026"]
    assert [account.api_key for account in settings.accounts] == ["k", "l"]
    assert [account.salt_old for account in settings.accounts] == ["", ""]


def test_scalars_stay_the_text_that_was_written() -> None:
    text = """
accounts:
  - {name: on, api_key: 0105, api_salt: 18:00, profile: 2026, limit_share: .5, allowed_ips: [10.0.0.0/8]}
"""
    (account,) = load({}, text).accounts
    assert (account.name, account.api_key, account.api_salt, account.profile) == ("on", "0105", "18:00", "2026")
    assert account.allowed_networks == (ip_network("10.0.0.0/8"),)
    assert account.limit_share == 0.5


@pytest.mark.parametrize("empty", ["", "# nothing\n", "---\n"])
def test_an_empty_file_changes_nothing(empty: str) -> None:
    assert load(KEYS, empty) == load(KEYS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acounts: []", "did you mean 'accounts'"),
        ("accounts: []", "accounts"),
        ("colour: red", "unknown setting 'colour' in the file; known are accounts, admin_token"),
        ("accounts:\n  - {name: a, api_key: k, api_sald: s}", "did you mean 'api_salt'"),
        ("accounts:\n  - {name: a, api_key: k}", "lacks 'api_salt' in accounts.0"),
        ("accounts:\n  - {name: Ä, api_key: k, api_salt: s}", "accounts.0.name"),
        ("accounts:\n  - {name: a, api_key: k, api_salt: s, limits: {rout: 1/2s}}", "did you mean 'route'"),
        ("accounts:\n  - {name: a, api_key: k, api_salt: s, limits: {route: twice}}", "accounts.a.limits.route"),
        ("accounts:\n  - {name: a, api_key: k, api_salt: s, profile: 2024}", "accounts.a.profile: '2024'"),
        ("accounts:\n  - {name: a, api_key: k, api_salt: '${NOWHERE}'}", "accounts.a.api_salt refers to ${NOWHERE}"),
        (
            "accounts:\n  - {name: a, api_key: k, api_salt: s}\n  - {name: a, api_key: l, api_salt: s}",
            "the same name",
        ),
        (
            "accounts:\n  - {name: a, api_key: k, api_salt: s}\n  - {name: b, api_key: k, api_salt: s}",
            "the same api_key",
        ),
        ("watch: 1\nwatch: 0", "'watch' twice"),
        ("watch: [", "is not YAML"),
        ("watch: maybe", "watch: 'maybe' does not do: write 1 or 0"),
        ("- 1", "the file"),
        ("42", "the file"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(text: str, said: str) -> None:
    assert said in refusal({}, text)


@pytest.mark.parametrize(
    ("variable", "wrong"),
    [
        ("MANGO_API_URL", "app.mango-office.ru"),
        ("MANGO_API_URL", "ftp://a/"),
        ("MANGO_LIMIT_SHARE", "2"),
        ("MANGO_LIMIT_SHARE", "half"),
        ("MANGO_LIMIT_SHARE", "nan"),
        ("MANGO_ALLOWED_IPS", "81.88.80.300"),
        ("MANGO_ALLOWED_IPS", ","),
        ("IVR_DATABASE", "mysql://x"),
        ("IVR_RETENTION", "30"),
        ("IVR_MASK_AFTER", "sometimes"),
        ("IVR_REORDER_MS", "1.5"),
        ("IVR_REORDER_MS", "60001"),
        ("IVR_LISTEN", "8080"),
        ("IVR_LISTEN", "host:http"),
        ("IVR_TRUSTED_PROXIES", "proxy"),
        ("IVR_ADMIN_TOKEN", "t" * 23),
        ("IVR_ADMIN_TOKEN", "short"),
        ("IVR_ADMIN_TOKEN", "with a blank between its words"),
        ("IVR_ADMIN_TOKEN", "не латинскими буквами написано"),
        ("IVR_CORS_ORIGINS", "*"),
        ("IVR_CORS_ORIGINS", "null"),
        ("IVR_CORS_ORIGINS", "wall.example.org"),
        ("IVR_CORS_ORIGINS", "https://wall.example.org/"),
        ("IVR_CORS_ORIGINS", "https://Wall.example.org"),
        ("IVR_MAX_BODY", "1"),
        ("IVR_MAX_BODY", "1MB"),
        ("IVR_MAX_BODY", "1025MiB"),
        ("IVR_PREFIX", "a b"),
    ],
)
def test_what_is_wrong_in_a_variable_is_named(variable: str, wrong: str) -> None:
    assert refusal({**KEYS, variable: wrong}).startswith(f"{variable}: ")


def test_a_short_token_is_refused_with_the_advice() -> None:
    said = refusal({**KEYS, "IVR_ADMIN_TOKEN": "sesame"})
    assert "6 characters" in said
    assert "`ivr token`" in said
    assert "sesame" not in said
    assert load({**KEYS, "IVR_ADMIN_TOKEN": ""}).admin_token == ""


def test_secrets_are_never_shown() -> None:
    settings = load({**DESIGN_ENVIRON, "IVR_ADMIN_TOKEN": "bearer-me-as-often-as-you-like"}, DESIGN)
    shown = repr(settings) + str(settings)
    for secret in (*DESIGN_ENVIRON.values(), "content of", "bearer-me"):
        assert secret not in shown
    assert "hidden" not in refusal({**KEYS, "IVR_DATABASE": "hidden://x"})
    assert "hidden" not in refusal({}, "accounts:\n  - {name: a, api_key: k, api_salt: [hidden]}")


def test_secrets_that_cannot_be_read(tmp_path: Path) -> None:
    text = f"accounts:\n  - {{name: a, api_key: k, api_salt: 'file:{tmp_path}/none'}}"
    with pytest.raises(ConfigurationError, match=r"accounts\.a\.api_salt refers to the file"):
        load_settings({}, text, lambda path: Path(path).read_text())


def test_a_secret_file_may_be_named_in_the_environment() -> None:
    assert load({**KEYS, "MANGO_API_SALT": "file:/salt"}).accounts[0].api_salt == "content of /salt"


def test_unix_sockets_may_be_listened_on() -> None:
    assert load({**KEYS, "IVR_LISTEN": "unix:/run/ivr.sock"}).listen == "unix:/run/ivr.sock"


def test_table_and_schema_say_the_same() -> None:
    schema = load_schema("config")
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == {"accounts", *(setting.name for setting in ROUTER_SETTINGS)}
    account = schema["properties"]["accounts"]["items"]["properties"]
    maps = {"name", "limits", "secrets", "receivers", "values"}
    assert set(account) == {*maps, *(setting.name for setting in ACCOUNT_SETTINGS)}
    windows = {limit.window for method in METHODS.values() for limit in method.limits}
    assert set(account["limits"]["properties"]) == windows | {PLATFORM.window} | set(COMMANDS)


def test_defaults_of_the_table_are_those_of_the_dataclasses() -> None:
    """Whoever makes settings by hand gets what an empty environment gives, sender addresses apart."""
    for setting in ROUTER_SETTINGS:
        field = Settings.__dataclass_fields__[setting.attribute]
        assert setting.parse(setting.default or "") == field.default, setting.name


def test_lists_read_as_in_a_variable() -> None:
    assert setting_values.joined(["10.0.0.0/8", "::1"]) == "10.0.0.0/8 ::1"


RECEIVERS = """
accounts:
  - {name: clinic, api_key: k, api_salt: s, receivers: {crm: {url: "https://crm.example/hooks", secret: %s, old_secret: %s}}}
"""
NEW_SECRET, OLD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "file:/run/secrets/old"


def test_receivers_have_secrets_of_their_own() -> None:
    text = RECEIVERS % (NEW_SECRET, OLD_SECRET)
    settings = load_settings({}, text, lambda _path: f"whsec_{'A' * 32}\n")
    (receiver,) = settings.account("clinic").receivers
    assert (receiver.name, receiver.url) == ("crm", "https://crm.example/hooks")
    assert receiver.secrets == (NEW_SECRET, f"whsec_{'A' * 32}")
    assert load_settings({}, text, lambda _path: "", keys=False).account("clinic").receivers == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RECEIVERS % ("whsec_c2hvcnQ=", '""'), "accounts.clinic.receivers.crm.secret: its value does not do"),
        (RECEIVERS % (NEW_SECRET, "whsec_x"), "accounts.clinic.receivers.crm.old_secret: its value does not do"),
        ((RECEIVERS % (NEW_SECRET, '""')).replace("https://crm.example/hooks", "crm.example"), "receivers.crm.url"),
        ((RECEIVERS % (NEW_SECRET, '""')).replace("/hooks", "/hooks?key=1"), "write a URL without a query"),
        ((RECEIVERS % (NEW_SECRET, '""')).replace("old_secret", "oldsecret"), "did you mean 'old_secret'"),
    ],
)
def test_receivers_that_do_not_do(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)) as refused:
        load_settings({}, text, lambda _path: "")
    assert "c2hvcnQ" not in refused.value.message
