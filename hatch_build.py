"""Writes the client's stubs (`router/catalogue/stub.py`) when a wheel is built or the project is installed editable."""

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class StubsOfTheClient(BuildHookInterface[Any]):
    """They are not under version control, so hatchling is told to take them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before a wheel is made, `version` "standard" or "editable"."""
        sys.path.insert(0, self.root)
        from router.catalogue.stub import write

        build_data["artifacts"] += [str(path.relative_to(self.root)) for path in write()]
