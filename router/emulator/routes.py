"""Which method of the catalogue an address means: every path of a row, with its API's prefix, and the PBX's without.

A slash at the end does not count. The two links of §3.4 carry their parameters in the path, behind the method's own.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from router.catalogue.methods import METHODS, PBX, Method

LINK_PARTS: Final = {"queries/recording/link": 5, "queries/recording/issa": 2}
"""Method -> how many parts of the path are its parameters; the first one may have slashes itself."""


def _paths() -> Iterator[tuple[str, Method]]:
    for method in METHODS.values():
        for path in (method.path, *method.spellings):
            yield f"{method.base}/{path}", method
            if method.base == PBX:
                yield path, method


ROUTES: Final[Mapping[str, Method]] = dict(_paths())


def find(path: str, profile: str) -> tuple[Method, tuple[str, ...]] | None:
    """The method of a path without its outer slashes, and the parts of a link; None when the profile has none there."""
    method = ROUTES.get(path.strip("/"))
    if method is not None and method.kind != "link":
        return (method, ()) if profile in method.profiles else None
    for prefix, linked in ROUTES.items():
        if linked.kind == "link" and path.startswith(f"{prefix}/"):
            return linked, _parts(path.removeprefix(f"{prefix}/").rstrip("/"), LINK_PARTS[linked.name])
    return None


def _parts(text: str, count: int) -> tuple[str, ...]:
    """From the end: an id of a recording is base64 and may hold a slash."""
    return tuple(text.rsplit("/", count - 1))
