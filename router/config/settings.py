"""Everything that can be configured, in one table, from the environment and from one YAML file.

The table feeds the parsing of both, the documentation, and the test that nothing is undocumented. A value is text
until its parser here has read it, in the file too: YAML's own guesses (`0105` is 69, `on` is true) never happen. What
is wrong is said with the setting's name and with what would be right, and never with a secret's value.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final

from router.catalogue.methods import Limit
from router.config import setting_values as values
from router.config.receivers import Receiver
from router.config.settings_file import read_file, read_leniently
from router.errors import ConfigurationError

SQLITE: Final = "sqlite:///"

Networks = tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """One api key: a PBX, with the flows that answer for it."""

    name: str
    api_key: str = field(repr=False)
    api_salt: str = field(repr=False)
    salt_old: str = field(repr=False, default="")  # still accepted while the salt is rotated; "" for none
    api_url: str = "https://app.mango-office.ru/vpbx/"  # ends with a slash
    cc_url: str = "https://app.mango-office.ru/cc/"
    profile: str = "2021"  # or "2026"
    limit_share: float = 1.0  # 0 < share <= 1
    limits: Mapping[str, Limit] = field(default_factory=dict)  # window -> what replaces the document's limit
    allowed_networks: Networks | None = None  # of webhook senders; None lets any address in
    flows: str = "flows"  # the bundle's directory
    lookup_private: bool = False  # whether a lookup may be redirected to a private address
    secrets: Mapping[str, str] = field(repr=False, default_factory=dict)  # `secrets.NAME` in flows
    receivers: tuple[Receiver, ...] = ()  # of notifications, with secrets of their own
    values: Mapping[str, str] = field(default_factory=dict)  # `values.NAME` in flows
    timezone: str = "Europe/Moscow"  # of the days that figures are counted by

    @property
    def salts(self) -> tuple[str, ...]:
        """Every salt that an incoming sign may be made with."""
        return (self.api_salt, self.salt_old) if self.salt_old else (self.api_salt,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration. Durations are seconds."""

    accounts: tuple[AccountSettings, ...]
    database: str = field(repr=False, default="sqlite:///ivr.db")  # its URL may hold a password
    durability: str = "full"  # or "normal": the last moments before a power cut may be lost
    spool: str = ""  # a directory for events while the database is away; "" for the default beside it
    admin_token: str = field(repr=False, default="")  # "" : console and API answer loopback only
    session_idle_seconds: float = 12 * 3600.0  # a browser that does nothing for so long has to log in again
    session_seconds: float = 7 * 86400.0  # and every one after so long
    numbers_role: str = "viewer"  # the lowest role that sees callers' numbers whole
    oidc_issuer: str = ""  # "" : no logins by OpenID Connect
    oidc_client_id: str = ""
    oidc_client_secret: str = field(repr=False, default="")
    oidc_claim: str = "email"  # what of the provider's is a user's name here
    oidc_redirect: str = ""  # "": made from the address that the browser asks at
    oidc_role: str = ""  # of who is unknown here and logs in by it; "": only who was added may
    oidc_roles: tuple[tuple[str, str], ...] = ()  # (a group at the provider, the role that it gives); (): they are ours
    oidc_roles_claim: str = "groups"  # where the provider's word has a person's groups
    cors_origins: tuple[str, ...] = ()  # of web pages elsewhere that may use the API, with a token
    watch: bool = True
    builder_idle_seconds: float | None = 600.0  # None: each large bundle is checked by a process of its own
    enabled: bool = True  # False: record events, send nothing
    retention_seconds: float = 30 * 86400.0
    mask_after_seconds: float | None = None  # None: numbers are never masked
    stale_after_seconds: float = 4 * 3600.0
    reorder_seconds: float = 0.3
    listen: str = "127.0.0.1:8080"
    trusted_proxies: Networks = ()
    max_body_bytes: int = 1 << 20
    max_upload_bytes: int = 16 << 20
    prefix: str = ""  # of the webhook's paths, without outer slashes; "" for none
    fast_path: bool = True  # False: every notification goes through gunicorn and Flask

    @property
    def spool_directory(self) -> str:
        """Where events go while the database is away."""
        if self.spool:
            return self.spool
        return f"{self.database.removeprefix(SQLITE)}-spool" if self.database.startswith(SQLITE) else "ivr-spool"

    def account(self, name: str) -> AccountSettings:
        """The account of that name; KeyError when there is none."""
        return next(account for account in self.accounts if account.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table."""

    name: str  # in the file
    variable: str  # in the environment
    attribute: str  # of Settings or AccountSettings
    parse: Callable[[str], Any]  # raises ValueError, saying what it wants
    default: str | None  # as one would write it; None when there must be a value
    help: str
    secret: bool = False  # never shown; may be written as file:PATH


_S = Setting
ACCOUNT_SETTINGS: Final = (
    _S(name="api_key", variable="MANGO_API_KEY", attribute="api_key", parse=values.text, default=None, secret=True,
       help="the PBX's unique code, from the cabinet's API connector"),
    _S(name="api_salt", variable="MANGO_API_SALT", attribute="api_salt", parse=values.text, default=None, secret=True,
       help="the key that signs, from the same page"),
    _S(name="salt_old", variable="MANGO_SALT_OLD", attribute="salt_old", parse=values.optional_text, default="",
       secret=True, help="a second salt that is still accepted while it is rotated"),
    _S(name="api_url", variable="MANGO_API_URL", attribute="api_url", parse=values.url,
       default="https://app.mango-office.ru/vpbx/", help="where commands go, to <url>commands/..."),
    _S(name="cc_url", variable="MANGO_CC_URL", attribute="cc_url", parse=values.url,
       default="https://app.mango-office.ru/cc/", help="the contact centre's methods"),
    _S(name="profile", variable="MANGO_PROFILE", attribute="profile", parse=values.one_of("2021", "2026"),
       default="2021", help="which edition of the vendor's document the PBX follows: 2021 or 2026"),
    _S(name="limit_share", variable="MANGO_LIMIT_SHARE", attribute="limit_share", parse=values.share, default="1.0",
       help="the share of each limit that is ours, when another integration uses the key too"),
    _S(name="allowed_ips", variable="MANGO_ALLOWED_IPS", attribute="allowed_networks", parse=values.networks_or_any,
       default="81.88.80.132 81.88.80.133 81.88.82.36 81.88.82.44 81.88.82.45",
       help="addresses and networks that notifications may come from, or any"),
    _S(name="flows", variable="IVR_FLOWS", attribute="flows", parse=values.text, default="flows",
       help="the bundle's directory"),
    _S(name="lookup_private", variable="IVR_LOOKUP_PRIVATE", attribute="lookup_private", parse=values.flag,
       default="0", help="1: a lookup may be redirected to private, loopback and link-local addresses"),
    _S(name="timezone", variable="IVR_TIMEZONE", attribute="timezone", parse=values.timezone, default="Europe/Moscow",
       help="the zone of the days and hours that figures are counted by; flows have their own"),
)  # fmt: skip
ROUTER_SETTINGS: Final = (
    _S(name="database", variable="IVR_DATABASE", attribute="database", parse=values.database_url,
       default="sqlite:///ivr.db", secret=True, help="sqlite:///PATH or postgresql://..."),
    _S(name="durability", variable="IVR_DURABILITY", attribute="durability", parse=values.one_of("full", "normal"),
       default="full", help="normal: faster, but a power cut may lose the last moments that were acknowledged"),
    _S(name="spool", variable="IVR_SPOOL", attribute="spool", parse=values.optional_text, default="",
       help="the directory for events that come while the database is away; without it PATH-spool beside SQLite's file,"
            " or ivr-spool in the current directory"),
    _S(name="admin_token", variable="IVR_ADMIN_TOKEN", attribute="admin_token", parse=values.token,
       default="", secret=True, help="bearer token of console and API, 24 characters or more (`ivr token` makes"
            " one); without it they answer loopback only"),
    _S(name="session_idle", variable="IVR_SESSION_IDLE", attribute="session_idle_seconds", parse=values.duration,
       default="12h", help="a browser that does nothing for so long has to log in again"),
    _S(name="session_longest", variable="IVR_SESSION_LONGEST", attribute="session_seconds", parse=values.duration,
       default="7d", help="every browser has to log in again after so long"),
    _S(name="numbers_role", variable="IVR_NUMBERS_ROLE", attribute="numbers_role",
       parse=values.one_of("viewer", "operator", "author", "admin"), default="viewer",
       help="the lowest role that sees callers' numbers whole; lower ones see them with their middle hidden"),
    _S(name="oidc_issuer", variable="IVR_OIDC_ISSUER", attribute="oidc_issuer", parse=values.issuer, default="",
       help="an OpenID Connect provider that people may log in by, such as https://id.example.org/realms/office"),
    _S(name="oidc_client_id", variable="IVR_OIDC_CLIENT_ID", attribute="oidc_client_id", parse=values.optional_text,
       default="", help="what the provider calls this router"),
    _S(name="oidc_client_secret", variable="IVR_OIDC_CLIENT_SECRET", attribute="oidc_client_secret",
       parse=values.optional_text, default="", secret=True, help="the secret that belongs to it"),
    _S(name="oidc_claim", variable="IVR_OIDC_CLAIM", attribute="oidc_claim", parse=values.text, default="email",
       help="what of the provider's word on a person is the user's name here: email, preferred_username"),
    _S(name="oidc_redirect", variable="IVR_OIDC_REDIRECT", attribute="oidc_redirect", parse=values.issuer, default="",
       help="the address that the provider sends browsers back to, which ends with /api/session/provider/back; without"
            " it the one that the browser asks at"),
    _S(name="oidc_role", variable="IVR_OIDC_ROLE", attribute="oidc_role",
       parse=values.one_of("", *values.ROLES), default="",
       help="the role of people who log in by the provider for the first time; without it only users that were added"
            " may"),
    _S(name="oidc_roles", variable="IVR_OIDC_ROLES", attribute="oidc_roles", parse=values.roles_of_groups, default="",
       help="groups at the provider with the roles that they give, such as ivr-admins=admin, support=operator: the"
            " highest counts, anew with each login; who is in none of them has IVR_OIDC_ROLE, or is refused"),
    _S(name="oidc_roles_claim", variable="IVR_OIDC_ROLES_CLAIM", attribute="oidc_roles_claim", parse=values.text,
       default="groups", help="what of the provider's word has a person's groups: groups, realm_access.roles"),
    _S(name="cors_origins", variable="IVR_CORS_ORIGINS", attribute="cors_origins", parse=values.origins, default="",
       help="exact origins of web pages elsewhere that may use the API with a token, such as https://wall.example.org"),
    _S(name="watch", variable="IVR_WATCH", attribute="watch", parse=values.flag, default="1",
       help="publish the bundle when its files change"),
    _S(name="builder_idle", variable="IVR_BUILDER_IDLE", attribute="builder_idle_seconds",
       parse=values.duration_or_never, default="10m",
       help="how long the process that checks large bundles stays for the next one, or never"),
    _S(name="enabled", variable="IVR_ENABLED", attribute="enabled", parse=values.flag, default="1",
       help="0: record events, send nothing, leave calls to the PBX"),
    _S(name="retention", variable="IVR_RETENTION", attribute="retention_seconds", parse=values.duration,
       default="30d", help="how long calls, traces, events and commands are kept after the call's end"),
    _S(name="mask_after", variable="IVR_MASK_AFTER", attribute="mask_after_seconds", parse=values.duration_or_never,
       default="never", help="how long after a call's end its numbers are masked in what is kept, or never"),
    _S(name="stale_after", variable="IVR_STALE_AFTER", attribute="stale_after_seconds", parse=values.duration,
       default="4h", help="a call without news for so long is reconciled with the PBX's statistics, or closed"),
    _S(name="reorder_ms", variable="IVR_REORDER_MS", attribute="reorder_seconds", parse=values.milliseconds,
       default="300", help="how long a gap in seq is waited for, in milliseconds"),
    _S(name="listen", variable="IVR_LISTEN", attribute="listen", parse=values.host_and_port,
       default="127.0.0.1:8080", help="the address that gunicorn binds"),
    _S(name="trusted_proxies", variable="IVR_TRUSTED_PROXIES", attribute="trusted_proxies", parse=values.networks,
       default="", help="addresses and networks whose X-Forwarded-For is believed"),
    _S(name="max_body", variable="IVR_MAX_BODY", attribute="max_body_bytes", parse=values.byte_size, default="1MiB",
       help="the largest request body"),
    _S(name="max_upload", variable="IVR_MAX_UPLOAD", attribute="max_upload_bytes", parse=values.byte_size,
       default="16MiB", help="the largest archive of a bundle that may be sent to the API"),
    _S(name="prefix", variable="IVR_PREFIX", attribute="prefix", parse=values.path_prefix, default="",
       help="a path that webhook, API, console, health and metrics are also served under"),
    _S(name="fast_path", variable="IVR_FAST_PATH", attribute="fast_path", parse=values.flag, default="1",
       help="0: notifications go through WSGI and Flask like all other requests, which is slower"),
)  # fmt: skip
CONFIG_VARIABLE: Final = "IVR_CONFIG"  # the path of the configuration file
DEFAULT_CONFIG: Final = "ivr.yaml"

_reference = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where references in values lead."""

    environ: Mapping[str, str]
    read_secret: Callable[[str], str]
    keys: bool  # False: accounts have neither keys nor secrets, and none are looked for
    faults: list[ConfigurationError] | None = None  # takes what is wrong; None: the first fault is raised

    def tried(self, read: Callable[[], Any], instead: Any) -> Any:
        """What `read` gives; `instead` for what is wrong, where faults are collected."""
        try:
            return read()
        except ConfigurationError as error:
            if self.faults is None:
                raise
            self.faults.append(error)
            return instead

    def resolve(self, place: str, value: str, *, secret: bool) -> str:
        """`value` with each ${NAME} replaced; of a secret, `file:PATH` is replaced by the file's content."""
        if secret and value.startswith("file:"):
            return self._content(place, value.removeprefix("file:"))
        return _reference.sub(lambda match: self._variable(place, match[1]), value)

    def variable(self, setting: Setting) -> str:
        """The setting's own variable; `""` when it is not set, or set to nothing as compose files do."""
        value = self.environ.get(setting.variable, "").strip()
        return self.resolve(setting.variable, value, secret=setting.secret)

    def _variable(self, place: str, name: str) -> str:
        if name not in self.environ:
            raise ConfigurationError(
                f"{place} refers to ${{{name}}}, and there is no such variable in the environment", setting=place
            )
        return self.environ[name]

    def _content(self, place: str, path: str) -> str:
        try:
            return self.read_secret(path).rstrip("\r\n")
        except (OSError, ValueError) as error:
            why = (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ConfigurationError(
                f"{place} refers to the file {path}, which cannot be read: {why}", setting=place
            ) from error


def load_settings(
    environ: Mapping[str, str], file_text: str | None, read_secret: Callable[[str], str], *, keys: bool = True
) -> Settings:
    """The configuration; ConfigurationError names the first setting that is wrong and says what instead.

    `file_text` is the YAML file's content, None when there is none; `read_secret` gives the text of the file at a
    path. A router's setting is taken from the environment, else from the file, else its default. An account's is
    taken from its entry in the file, else from the environment, else its default; keys and salts of accounts in the
    file come from nowhere else. Without accounts in the file the environment makes one, called `default`. Without
    `keys` the accounts' keys, salts and secrets are "": enough for commands that send nothing.
    """
    sources = _Sources(environ, read_secret, keys)
    written = read_file(file_text) if file_text is not None else {}
    settings = _settings(written, sources)
    _distinct("name", [account.name for account in settings.accounts])
    if keys:
        _distinct("api_key", [account.api_key for account in settings.accounts])
    return settings


def survey_settings(
    environ: Mapping[str, str], file_text: str | None, read_secret: Callable[[str], str]
) -> tuple[Settings, list[ConfigurationError]]:
    """The configuration as far as it can be read, and everything that is wrong with it: a setting that does not do has
    its default, a key or a salt that is not there is ""."""
    written, faults = read_leniently(file_text) if file_text is not None else ({}, [])
    sources = _Sources(environ, read_secret, keys=True, faults=faults)
    settings = _settings(written, sources)
    sources.tried(lambda: _distinct("name", [account.name for account in settings.accounts]), None)
    keys = [account.api_key for account in settings.accounts if account.api_key]
    sources.tried(lambda: _distinct("api_key", keys), None)
    return settings, faults


def _settings(written: Mapping[str, Any], sources: _Sources) -> Settings:
    router = {
        setting.attribute: sources.tried(partial(_router_value, setting, written, sources), _default(setting))
        for setting in ROUTER_SETTINGS
    }
    entries = written.get("accounts") or [{"name": "default"}]
    accounts = tuple(_account(entry, sources, from_file="accounts" in written) for entry in entries)
    return Settings(accounts=accounts, **router)


def _router_value(setting: Setting, written: Mapping[str, Any], sources: _Sources) -> Any:
    if value := sources.variable(setting):
        return _parse(setting, setting.variable, value)
    if setting.name in written:
        value = sources.resolve(setting.name, values.joined(written[setting.name]), secret=setting.secret)
        return _parse(setting, setting.name, value)
    return _parse(setting, setting.variable, setting.default or "")


def _account(entry: Mapping[str, Any], sources: _Sources, *, from_file: bool) -> AccountSettings:
    name = str(entry["name"])
    found = {
        setting.attribute: sources.tried(
            partial(_account_value, setting, entry, sources, from_file=from_file), DEFAULTS[setting.name]
        )
        for setting in ACCOUNT_SETTINGS
    }
    secrets = {
        key: sources.tried(partial(sources.resolve, f"accounts.{name}.secrets.{key}", value, secret=True), "")
        for key, value in (entry.get("secrets", {}) if sources.keys else {}).items()
    }
    given = {
        key: sources.tried(partial(sources.resolve, f"accounts.{name}.values.{key}", value, secret=False), "")
        for key, value in entry.get("values", {}).items()
    }
    limits = {
        window: limit
        for window, rate in entry.get("limits", {}).items()
        if (limit := sources.tried(partial(_limit, name, window, rate), None)) is not None
    }
    receivers = tuple(
        receiver
        for key, written in (entry.get("receivers", {}) if sources.keys else {}).items()
        if (receiver := sources.tried(partial(_receiver, name, key, written, sources), None)) is not None
    )
    return AccountSettings(name=name, secrets=secrets, values=given, limits=limits, receivers=receivers, **found)


def _account_value(setting: Setting, entry: Mapping[str, Any], sources: _Sources, *, from_file: bool) -> Any:
    if setting.secret and not sources.keys:
        return ""
    if setting.name in entry:
        place = f"accounts.{entry['name']}.{setting.name}"
        value = sources.resolve(place, values.joined(entry[setting.name]), secret=setting.secret)
        return _parse(setting, place, value)
    if not (from_file and setting.secret) and (value := sources.variable(setting)):
        return _parse(setting, setting.variable, value)
    if setting.default is None:
        raise ConfigurationError(
            f"{setting.variable} is not set: {setting.help}; set it in the environment, or write accounts into a "
            f"file and name that in {CONFIG_VARIABLE}",
            setting=setting.variable,
        )
    return DEFAULTS[setting.name]


def _parse(setting: Setting, place: str, value: str) -> Any:
    try:
        return setting.parse(value.strip())
    except ValueError as error:
        shown = "its value" if setting.secret else repr(value)
        raise ConfigurationError(f"{place}: {shown} does not do: {error}", setting=place) from None


def _limit(account: str, window: str, rate: str) -> Limit:
    place = f"accounts.{account}.limits.{window}"
    try:
        count, seconds = values.rate(rate)
    except ValueError as error:
        raise ConfigurationError(f"{place}: {rate!r} does not do: {error}", setting=place) from None
    return Limit(window=window, count=count, seconds=seconds)


def _receiver(account: str, name: str, written: Mapping[str, str], sources: _Sources) -> Receiver:
    place = f"accounts.{account}.receivers.{name}"

    def value(key: str, read: Callable[[str], str], *, secret: bool) -> str:
        try:
            return read(sources.resolve(f"{place}.{key}", written.get(key, ""), secret=secret).strip())
        except ValueError as error:
            raise ConfigurationError(f"{place}.{key}: its value does not do: {error}", setting=place) from None

    url = value("url", values.receiver_url, secret=False)
    signing = value("secret", values.webhook_secret, secret=True)
    old = value("old_secret", values.optional_webhook_secret, secret=True)
    return Receiver(name=name, url=url, secrets=(signing, old) if old else (signing,))


def _distinct(name: str, found: list[str]) -> None:
    if len(set(found)) < len(found):
        raise ConfigurationError(f"two accounts have the same {name}; each needs its own", setting=f"accounts.{name}")


def _default(setting: Setting) -> Any:
    """Its default, read; "" of what has none."""
    return "" if setting.default is None else setting.parse(setting.default)


DEFAULTS: Final = {setting.name: _default(setting) for setting in ACCOUNT_SETTINGS}
"""Those of an account, read once: there may be thousands of accounts."""
