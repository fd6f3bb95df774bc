"""A bundle of the library behind gunicorn, with the emulator's PBX in front and a web server for all other systems.

The clock is the machine's, so the hours of the copy that is served are open always or never, as a test says. Calls of one
bundle run side by side: they are dialled first and followed afterwards.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.acceptance.processes import KEY, SALT, Site, site, wait_for
from tests.library.bundles import LibraryBundle
from tests.sender.web import Web

NOTHING: Final[Mapping[str, Any]] = {}
HOURS: Final = re.compile(r"^hours:\n(?:[ #].*\n|\n)*", re.MULTILINE)
LENGTH: Final = re.compile(r"(?<=length: )[0-9.]+s")
PBX_LENGTH: Final = re.compile(r"(?<=^  [0-9]{4}: )[0-9.]+s", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A bundle that is served."""

    site: Site
    flows: Path  # the copy that is served
    web: Web

    def rewrite(self, file: str, old: str, new: str) -> None:
        """Change a file, as an author does while callers are on the line; done when the new version is active."""
        before, path = self._version(), self.flows / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        wait_for("the new version", lambda: self._version() != before)

    def _version(self) -> str:
        versions = self.site.get("/api/versions")["versions"]
        return next(str(one["version"]) for one in versions if one["state"] == "active")

    def prompted(self, entry_id: str, label: str) -> None:
        """Until the caller hears this."""
        wait_for(label, lambda: any(one["label"] == label for one in self.site.call(entry_id)["commands"]))

    def answered(self, entry_id: str, step: str) -> None:
        """Until somebody talks to the caller whom this step has routed; then the caller hangs up."""
        wait_for(f"an answer at {step}", lambda: (step, "answered") in self.path(entry_id))
        self.site.hang_up(entry_id)

    def path(self, entry_id: str) -> list[tuple[str, str]]:
        """(step, exit) of every step up to now."""
        return [(one["step"], one["exit"]) for one in self.site.call(entry_id)["steps"]]

    def ended(self, entry_id: str) -> Any:
        """The call, when it is over and its flow, too."""
        return wait_for("the end", lambda: (call := self.site.call(entry_id))["outcome"] and call["ended"] and call)

    def exits(self, entry_id: str) -> dict[str, str]:
        """step -> the exit by which it was left last, when the call is over."""
        return {one["step"]: one["exit"] for one in self.ended(entry_id)["steps"]}

    def asked(self, path: str) -> list[dict[str, str]]:
        """The headers of what was asked of other systems at this path."""
        return [one.headers for one in self.web.asked if one.path == path]


@contextmanager
def live(
    bundle: LibraryBundle,
    directory: Path,
    web: Web,
    *,
    hosts: tuple[str, ...] = (),
    is_open: Mapping[str, bool] = NOTHING,
    secrets: Mapping[str, str] = NOTHING,
    values: Mapping[str, str] = NOTHING,
    profile: str = "2021",
    length: str = "",
) -> Iterator[Live]:
    """Serve a copy of the bundle: its hours as `is_open` says, `hosts` replaced by the web server, and each recording of
    this `length`, so that a test need not hear them out."""
    flows = directory / "flows"
    shutil.copytree(bundle.directory, flows)
    for file in flows.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        for host in hosts:
            text = text.replace(host, web.url)
        text = HOURS.sub(lambda _: hours(is_open), text)
        file.write_text(LENGTH.sub(length, text) if length else text, encoding="utf-8")
    pbx, written = directory / "pbx.yaml", bundle.pbx.read_text(encoding="utf-8")
    pbx.write_text(PBX_LENGTH.sub(length, written) if length else written, encoding="utf-8")
    account = {"name": "library", "api_key": KEY, "api_salt": SALT, "flows": str(flows), "profile": profile}
    config = {"accounts": [{**account, "secrets": dict(secrets), "values": dict(values)}]}
    (directory / "ivr.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    environ = {"IVR_CONFIG": str(directory / "ivr.yaml"), "IVR_WATCH": "1", "IVR_LOOKUP_PRIVATE": "1"}
    with site(directory, pbx=pbx, flows=flows, workers=1, **environ) as running:
        yield Live(site=running, flows=flows, web=web)


def hours(is_open: Mapping[str, bool]) -> str:
    """The resources' hours, the same at any time of the day."""
    ranges = {True: 'mon-sun: "00:00-24:00"', False: "mon: closed"}
    return "hours:\n" + "".join(f"  {name}: {{open: {{{ranges[now]}}}}}\n" for name, now in is_open.items())
