"""A real Prometheus with the project's own rules, in a hurry: minutes of waiting and looking back become seconds."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which

import urllib3
import yaml

from tests.acceptance.processes import PROJECT, free_port, running_process, wait_for

RULES = PROJECT / "deploy" / "prometheus" / "ivr-router.rules.yaml"
WAIT = "3s"  # instead of each `for`
LOOK_BACK = "20s"  # instead of each range


def is_installed() -> bool:
    return which("prometheus") is not None


class Prometheus:
    """Scrapes one router each second."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = urllib3.PoolManager(retries=False)

    def firing(self) -> dict[str, str]:
        """Alerts that fire -> their summary."""
        alerts = self._get("/api/v1/alerts")["alerts"]
        return {one["labels"]["alertname"]: one["annotations"]["summary"] for one in alerts if one["state"] == "firing"}

    def has_scraped(self) -> bool:
        with suppress(urllib3.exceptions.HTTPError, ValueError):
            return bool(self._get("/api/v1/query?query=up")["result"])
        return False

    def _get(self, path: str) -> dict[str, list[dict[str, dict[str, str]]]]:
        found: dict[str, list[dict[str, dict[str, str]]]] = self._http.request("GET", self.address + path).json()[
            "data"
        ]
        return found


@contextmanager
def watching(directory: Path, router: str) -> Iterator[Prometheus]:
    """A Prometheus that scrapes the router at that address, for as long as the block lasts."""
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule["expr"] = re.sub(r"\[\d+m\]", f"[{LOOK_BACK}]", rule["expr"])
            if "for" in rule:
                rule["for"] = WAIT
    (directory / "rules.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    settings = {
        "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [{"job_name": "ivr-router", "static_configs": [{"targets": [router]}]}],
    }
    (directory / "prometheus.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    command = ["prometheus", f"--config.file={directory}/prometheus.yml", f"--web.listen-address={address}"]
    command += [f"--storage.tsdb.path={directory}/series", "--log.level=warn"]
    with running_process(command, {}, directory / "prometheus.log"):
        running = Prometheus(f"http://{address}")
        wait_for("the first scrape", running.has_scraped)
        yield running


def delays() -> dict[str, str]:
    """Alerts that wait for long -> how long."""
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
    return {rule["alert"]: rule["for"] for rule in rules if rule.get("for", "0m") not in ("0m", "30s", "1m")}
