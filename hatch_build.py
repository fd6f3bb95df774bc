"""Makes the client's stubs (`router/catalogue/stub.py`) when a wheel is built or the project is installed editable, and
puts the documentation's site into the wheel."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class StubsOfTheClient(BuildHookInterface[Any]):
    """They are not under version control: a wheel gets its own, an editable install those beside the sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before a wheel is made, `version` "standard" or "editable"."""
        sys.path.insert(0, self.root)
        from router.catalogue.stub import write

        if version == "editable":
            write()
            return
        self._made = TemporaryDirectory()
        for path in write(Path(self._made.name)):
            build_data["force_include"][str(path)] = f"router/client/{path.name}"
        site = Path(self.root) / "build" / "site"
        if site.is_dir():  # `make wheel` builds it
            build_data["force_include"][str(site)] = "router/site"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """After it is made."""
        if version != "editable":
            self._made.cleanup()
