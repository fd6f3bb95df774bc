"""Under which licence each dependency comes, as its own metadata say (SPDX), and why that goes with ours.

Kept by hand: a test holds it to the lock files, to what is installed, and to the licences that are known to be fine.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from docs.locks import DEVELOPMENT, PRODUCTION, SOAK, locked

OURS: Final = "Apache-2.0"

COMPATIBLE: Final[Mapping[str, str]] = {
    "0BSD": "permissive",
    "Apache-2.0": "ours",
    "BSD-2-Clause": "permissive: keep its notice",
    "BSD-3-Clause": "permissive: keep its notice",
    "CC0-1.0": "public domain",
    "ISC": "permissive: keep its notice",
    "LGPL-3.0-only": "a library that is imported, unchanged, and can be replaced by the user: no duty for our code",
    "MIT": "permissive: keep its notice",
    "MIT-0": "permissive",
    "MIT-CMU": "permissive: keep its notice",
    "MPL-2.0": "its duties end with its own files, which are unchanged",
    "PSF-2.0": "permissive: keep its notice",
    "ZPL-2.1": "permissive: keep its notice",
    "Zlib": "permissive",
}
"""Licences under which a package may be depended upon -> why that goes with Apache-2.0."""

LICENCES: Final[Mapping[str, str]] = {
    "annotated-types": "MIT",
    "anyio": "MIT",
    "argon2-cffi": "MIT",
    "argon2-cffi-bindings": "MIT",
    "arrow": "Apache-2.0",
    "ast-serialize": "MIT",
    "atheris": "Apache-2.0",
    "attrs": "MIT",
    "authlib": "BSD-3-Clause",
    "babel": "BSD-3-Clause",
    "backrefs": "MIT",
    "blinker": "MIT",
    "boolean-py": "BSD-2-Clause",
    "cattrs": "MIT",
    "certifi": "MPL-2.0",
    "cffi": "MIT-0",
    "charset-normalizer": "MIT",
    "check-jsonschema": "Apache-2.0",
    "click": "BSD-3-Clause",
    "colorama": "BSD-3-Clause",
    "contourpy": "BSD-3-Clause",
    "coverage": "Apache-2.0",
    "cryptography": "Apache-2.0 OR BSD-3-Clause",
    "cycler": "BSD-3-Clause",
    "cyclonedx-python-lib": "Apache-2.0",
    "defusedxml": "PSF-2.0",
    "editables": "MIT",
    "execnet": "MIT",
    "flask": "BSD-3-Clause",
    "fonttools": "MIT",
    "fqdn": "MPL-2.0",
    "gevent": "MIT",
    "ghp-import": "Apache-2.0",
    "googleapis-common-protos": "Apache-2.0",
    "granian": "BSD-3-Clause",
    "graphql-core": "MIT",
    "greenlet": "MIT AND PSF-2.0",
    "grimp": "BSD-2-Clause",
    "gunicorn": "MIT",
    "h11": "MIT",
    "harfile": "MIT",
    "hatchling": "MIT",
    "holidays": "MIT",
    "httpcore": "BSD-3-Clause",
    "httptools": "MIT",
    "httpx": "BSD-3-Clause",
    "hypothesis": "MPL-2.0",
    "hypothesis-graphql": "MIT",
    "idna": "BSD-3-Clause",
    "import-linter": "BSD-2-Clause",
    "iniconfig": "MIT",
    "isoduration": "ISC",
    "itsdangerous": "BSD-3-Clause",
    "jedi": "MIT",
    "jinja2": "BSD-3-Clause",
    "jmespath": "MIT",
    "joserfc": "BSD-3-Clause",
    "jsonpointer": "BSD-3-Clause",
    "jsonschema": "MIT",
    "jsonschema-path": "Apache-2.0",
    "jsonschema-rs": "MIT",
    "jsonschema-specifications": "MIT",
    "kiwisolver": "BSD-3-Clause",
    "lark": "MIT",
    "lazy-object-proxy": "BSD-2-Clause",
    "libcst": "MIT AND PSF-2.0 AND Apache-2.0",
    "librt": "MIT",
    "license-expression": "Apache-2.0",
    "linkify-it-py": "MIT",
    "lsprotocol": "MIT",
    "markdown": "BSD-3-Clause",
    "markdown-it-py": "MIT",
    "markupsafe": "BSD-3-Clause",
    "matplotlib": "PSF-2.0",
    "mdit-py-plugins": "MIT",
    "mdurl": "MIT",
    "mergedeep": "MIT",
    "mkdocs": "BSD-2-Clause",
    "mkdocs-get-deps": "MIT",
    "mkdocs-material": "MIT",
    "mkdocs-material-extensions": "MIT",
    "mkdocs-static-i18n": "MIT",
    "msgspec": "BSD-3-Clause",
    "mutmut": "BSD-3-Clause",
    "mypy": "MIT",
    "mypy-extensions": "MIT",
    "numpy": "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
    "openapi-schema-validator": "BSD-3-Clause",
    "openapi-spec-validator": "Apache-2.0",
    "opentelemetry-api": "Apache-2.0",
    "opentelemetry-exporter-http-transport": "Apache-2.0",
    "opentelemetry-exporter-otlp-common": "Apache-2.0",
    "opentelemetry-exporter-otlp-proto-common": "Apache-2.0",
    "opentelemetry-exporter-otlp-proto-http": "Apache-2.0",
    "opentelemetry-proto": "Apache-2.0",
    "opentelemetry-sdk": "Apache-2.0",
    "opentelemetry-semantic-conventions": "Apache-2.0",
    "packageurl-python": "MIT",
    "packaging": "Apache-2.0 OR BSD-2-Clause",
    "paginate": "MIT",
    "parso": "MIT",
    "pathable": "Apache-2.0",
    "pathspec": "MPL-2.0",
    "phonenumbers": "Apache-2.0",
    "pillow": "MIT-CMU",
    "platformdirs": "MIT",
    "playwright": "Apache-2.0",
    "pluggy": "MIT",
    "prometheus-client": "Apache-2.0 AND BSD-2-Clause",
    "protobuf": "BSD-3-Clause",
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "psycopg-pool": "LGPL-3.0-only",
    "py-serializable": "Apache-2.0",
    "pyarrow": "Apache-2.0",
    "pycparser": "BSD-3-Clause",
    "pydantic": "MIT",
    "pydantic-core": "MIT",
    "pydantic-settings": "MIT",
    "pygls": "Apache-2.0",
    "pygments": "BSD-2-Clause",
    "pymdown-extensions": "MIT",
    "pyparsing": "MIT",
    "pyrate-limiter": "MIT",
    "pytest": "MIT",
    "pytest-cov": "MIT",
    "pytest-xdist": "MIT",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "python-dotenv": "BSD-3-Clause",
    "pyyaml": "MIT",
    "pyyaml-env-tag": "MIT",
    "pyyaml-ft": "MIT",
    "referencing": "MIT",
    "regress": "MIT",
    "requests": "Apache-2.0",
    "rfc3339-validator": "MIT",
    "rfc3986-validator": "MIT",
    "rfc3987-syntax": "MIT",
    "rich": "MIT",
    "rpds-py": "MIT",
    "ruamel-yaml": "MIT",
    "ruff": "MIT",
    "schemathesis": "MIT",
    "segno": "BSD-3-Clause",
    "setproctitle": "BSD-3-Clause",
    "six": "MIT",
    "sortedcontainers": "Apache-2.0",
    "structlog": "MIT OR Apache-2.0",
    "textual": "MIT",
    "tomlkit": "MIT",
    "trove-classifiers": "Apache-2.0",
    "types-jsonschema": "Apache-2.0",
    "types-pyyaml": "Apache-2.0",
    "typing-extensions": "PSF-2.0",
    "typing-inspection": "MIT",
    "tzdata": "Apache-2.0",
    "uri-template": "MIT",
    "urllib3": "MIT",
    "uv": "MIT OR Apache-2.0",
    "waitress": "ZPL-2.1",
    "watchdog": "Apache-2.0",
    "watchfiles": "MIT",
    "webcolors": "BSD-3-Clause",
    "werkzeug": "BSD-3-Clause",
    "zope-event": "ZPL-2.1",
    "zope-interface": "ZPL-2.1",
    "zxing-cpp": "Apache-2.0",
}

INTRODUCTION: Final = f"""\
The project is under the licence {OURS} ([LICENSE](../LICENSE)). The wheel holds no code of others: what it needs is
installed beside it. Versions are those of the lock files, licences those that the packages' own metadata state. The
bill of materials (CycloneDX) says the same: `make wheel` puts `ivr-router.cdx.json` beside the wheel."""


def table(lock: str, without: Iterable[str] = ()) -> list[tuple[str, ...]]:
    """(package, version, licence) of a lock file, without what another table has."""
    rows: dict[str, list[str]] = {}
    for package in locked(lock):
        if package.name not in without:
            rows.setdefault(package.name, []).append(package.version)
    return [(f"`{name}`", " or ".join(versions), LICENCES[name]) for name, versions in rows.items()]


def production() -> list[tuple[str, ...]]:
    return table(PRODUCTION)


def development() -> list[tuple[str, ...]]:
    """What tests, tools, benchmarks and long runs need besides."""
    installed = {package.name for package in locked(PRODUCTION)}
    return sorted({*table(DEVELOPMENT, installed), *table(SOAK, installed)})


def reasons() -> list[tuple[str, ...]]:
    """Each licence that is in use, and why it is fine."""
    used = {part for licence in LICENCES.values() for part in parts(licence)}
    return [(licence, why) for licence, why in COMPATIBLE.items() if licence in used]


def parts(expression: str) -> list[str]:
    """The licences in an SPDX expression without brackets."""
    return expression.replace(" AND ", " OR ").split(" OR ")
