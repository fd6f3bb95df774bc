"""What is wrong with the settings, and what is allowed by them and better were not."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

from router.cli.doctor.checks.variables import unknown_variables
from router.cli.doctor.deployment import Deployment
from router.cli.doctor.diagnosis import Diagnosis, dubious, fine, several, wrong
from router.cli.doctor.machine import is_tilde
from router.errors import RouterError

AREA: Final = "configuration"
LOCAL: Final = ("127.", "[::1]:", "localhost:", "unix:")
DATABASE_SECONDS: Final = 1.0  # that are waited for it
LOOPBACK: Final = ("127.", "localhost", "::1")


def configuration(deployment: Deployment) -> Iterator[Diagnosis]:
    """Everything that can be said of the settings alone."""
    for fault in deployment.faults:
        yield wrong(
            AREA, fault.message, "docs/configuration.md names every setting; the router does not start with this"
        )
    names = [one.name for one in deployment.accounts]
    yield fine(AREA, f"{len(names)} account(s): {several(names)}")
    for name, meant in unknown_variables(deployment.environ, deployment.written):
        told = f"{name} is in the environment, and there is no such setting"
        remedy = f"did you mean {meant}?" if meant else "docs/configuration.md names every setting"
        yield dubious(AREA, told, remedy)
    if not deployment.settings.enabled:
        yield dubious(AREA, "IVR_ENABLED is 0: events are recorded and nothing is sent", "set it to 1 to take calls")
    yield from _doors(deployment)
    yield from _addresses(deployment)
    yield from _paths(deployment)


def _lets_in(deployment: Deployment) -> bool:
    """Whether anybody can show who they are: by a token, at the provider, or as a user of the database."""
    settings = deployment.settings
    if settings.admin_token or settings.oidc_issuer:
        return True
    if deployment.is_sqlite and not Path(f"{deployment.database_file}-lock").exists():
        return False  # no router has written to it yet
    store = deployment.store.get(min(deployment.until, monotonic() + DATABASE_SECONDS))
    try:
        return store is not None and store.has_users()
    except RouterError:
        return False


def _doors(deployment: Deployment) -> Iterator[Diagnosis]:
    """Who may come in: to console and API, and to the webhook."""
    settings = deployment.settings
    is_open = not settings.listen.startswith(LOCAL)
    if (is_open or settings.trusted_proxies) and not _lets_in(deployment):
        place = f"listens on {settings.listen}" if is_open else "stands behind proxies"
        yield dubious(
            AREA,
            f"the server {place} and there is no IVR_ADMIN_TOKEN",
            "console and API refuse every request; set a token (`ivr token` makes one), or add people (`ivr user add`)",
        )
    if settings.listen.startswith("unix:"):
        yield dubious(
            AREA,
            f"the server listens on {settings.listen}: a sender has no address there, so notifications are refused",
            "let it listen on TCP, such as 127.0.0.1:8080",
        )
    if anybody := [one.name for one in deployment.accounts if one.allowed_networks is None]:
        yield dubious(
            f"account {several(anybody)}",
            "notifications are taken from any address",
            "unset MANGO_ALLOWED_IPS to take the vendor's five addresses only",
        )


def _addresses(deployment: Deployment) -> Iterator[Diagnosis]:
    """Where commands go."""
    plain: dict[str, list[str]] = {}
    for account in deployment.accounts:
        parts = urlsplit(account.api_url)
        if parts.scheme == "http" and not (parts.hostname or "").startswith(LOOPBACK):
            plain.setdefault(account.api_url, []).append(account.name)
    for url, names in plain.items():
        told = f"commands go to {url} without TLS"
        yield wrong(f"account {several(names)}", told, "the vendor's address begins with https://")


def _paths(deployment: Deployment) -> Iterator[Diagnosis]:
    settings = deployment.settings
    named = {"IVR_SPOOL": settings.spool, "IVR_DATABASE": deployment.database_file if deployment.is_sqlite else ""}
    named |= {f"flows of {account.name}": account.flows for account in deployment.accounts}
    for name, path in named.items():
        if is_tilde(path):
            yield wrong(AREA, f"{name}: {path} begins with ~, which only a shell expands", "write the whole path")
