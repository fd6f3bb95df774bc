"""Logging in through an OpenID Connect provider: the authorization code flow with PKCE (OpenID Connect Core, RFC 7636).

The library makes the requests and checks signatures; this says which provider, and what its word has to hold: it is
for us, fresh, answers our own question, and names somebody. The libraries come with an extra (`ivr-router[oidc]`).
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

from router.errors import ConfigurationError, IdentityRefused

DISCOVERY: Final = "/.well-known/openid-configuration"
SECONDS: Final = 10.0  # for each of the provider's answers
FRESH_SECONDS: Final = 3600.0  # for what the provider says of itself
LEEWAY_SECONDS: Final = 60
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Question(NamedTuple):
    """What one login asks, kept by its browser until the provider has answered."""

    state: str
    nonce: str
    verifier: str

    def __str__(self) -> str:
        return ".".join(self)

    @classmethod
    def new(cls) -> "Question":
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    @classmethod
    def read(cls, text: str) -> "Question | None":
        parts = text.split(".")
        return cls(*parts) if len(parts) == 3 and all(parts) else None


class Person(NamedTuple):
    """Whom the provider names."""

    subject: str  # never another person's, as long as the provider exists
    name: str  # what a user is called here
    groups: tuple[str, ...] = ()  # that the provider says this person is in


class IdentityProvider:
    """One provider. Thread-safe; raises IdentityRefused for what it does not answer well."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        secret: str,
        claim: str,
        groups_claim: str,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._secret = secret
        self._claim = claim
        self._groups_claim = groups_claim
        self._now = now
        self._lock = threading.Lock()
        self._told: tuple[Mapping[str, Any], float] = {}, 0.0

    def address(self, question: Question, redirect: str) -> str:
        """Where a browser is sent to log in."""
        with self._client(redirect) as client:
            address, _ = client.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=question.state,
                nonce=question.nonce,
                code_verifier=question.verifier,
            )
        return str(address)

    def person(self, question: Question, code: str, redirect: str) -> Person:
        """Whom a code stands for."""
        keys = self._get(self._endpoint("jwks_uri"))
        with _telling("the provider took no code"), self._client(redirect) as client:
            answer = client.fetch_token(
                self._endpoint("token_endpoint"), code=code, code_verifier=question.verifier, timeout=SECONDS
            )
        claims = self._claims(str(answer.get("id_token", "")), keys, question.nonce)
        return Person(f"{self._issuer} {claims['sub']}", self._name(claims), self._groups(claims))

    def farewell(self) -> str:
        """The provider's own page for logging out there (OpenID Connect RP-Initiated Logout); "" where it has none."""
        try:
            address = self._endpoint("end_session_endpoint")
        except IdentityRefused:
            return ""
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode({'client_id': self._client_id})}"

    def _claims(self, token: str, keys: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """What the provider says of the person (OpenID Connect Core, section 3.1.3.7)."""
        from joserfc import jwt
        from joserfc.jwk import KeySet

        with _telling("the provider's word cannot be trusted"):
            claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims  # type: ignore[arg-type]
            jwt.JWTClaimsRegistry(
                now=int(self._now()),
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != self._client_id:
            raise IdentityRefused("the provider's word is meant for another program")
        return dict(claims)

    def _name(self, claims: Mapping[str, Any]) -> str:
        name = claims.get(self._claim)
        if not isinstance(name, str) or not name:
            raise IdentityRefused(f"the provider tells no {self._claim} (IVR_OIDC_CLAIM)")
        if self._claim == "email" and claims.get("email_verified") is not True:
            raise IdentityRefused("the provider has not verified this address (email_verified)")
        return name

    def _groups(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        """A claim inside of another one is written with a dot, as in realm_access.roles."""
        found: Any = claims.get(self._groups_claim)
        if found is None:
            found = claims
            for part in self._groups_claim.split("."):
                found = found.get(part) if isinstance(found, Mapping) else None
        groups = [found] if isinstance(found, str) else found
        return tuple(one for one in groups if isinstance(one, str)) if isinstance(groups, list) else ()

    def _endpoint(self, name: str) -> str:
        with self._lock:
            told, until = self._told
        if until <= time.monotonic():
            told = self._get(self._issuer.rstrip("/") + DISCOVERY)
            if told.get("issuer") != self._issuer:
                raise IdentityRefused(
                    f"the provider calls itself {told.get('issuer')!r}: write that as IVR_OIDC_ISSUER"
                )
            with self._lock:
                self._told = told, time.monotonic() + FRESH_SECONDS
        found = told.get(name)
        if not isinstance(found, str) or urlsplit(found).scheme not in ("http", "https"):
            raise IdentityRefused(f"the provider's description has no {name}")
        return found

    def _get(self, address: str) -> Mapping[str, Any]:
        import requests

        with _telling("the provider does not answer"):
            answer = requests.get(address, timeout=SECONDS)
            answer.raise_for_status()
            told = answer.json()
        if not isinstance(told, dict):
            raise IdentityRefused("the provider's answer is no object")
        return told

    def _client(self, redirect: str) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        return OAuth2Session(
            self._client_id,
            self._secret,
            scope="openid email profile",
            redirect_uri=redirect,
            code_challenge_method="S256",
        )


def demand_libraries() -> None:
    """Raises ConfigurationError when the extra is not installed."""
    if not all(map(find_spec, ("authlib", "requests"))):
        message = "IVR_OIDC_ISSUER needs authlib and requests: pip install 'ivr-router[oidc]'"
        raise ConfigurationError(message, setting="oidc_issuer")


class _telling:  # noqa: N801  # read as a statement
    """Whatever the libraries raise is a login that does not come about, with their words."""

    def __init__(self, said: str) -> None:
        self._said = said

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, IdentityRefused):
            raise IdentityRefused(f"{self._said}: {type(error).__name__}: {error}") from error
