"""The shapes of what the PBX answers, for annotations: typed dictionaries to an editor and a type checker, which read
`answers.pyi`, made by the build; at run time each is a plain `dict`."""

from typing import Any

from router.catalogue.stub import shapes


def __getattr__(name: str) -> Any:
    if name in shapes():
        return dict[str, Any]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
