"""Grafana's dashboard: every expression is one that Prometheus reads, of metrics and labels that the router exports."""

import json
import re
import subprocess
from itertools import combinations
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

GRAFANA = Path(__file__).parents[2] / "deploy" / "grafana"
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards" / "ivr-router.json").read_text(encoding="utf-8"))
VARIABLES = {"$__rate_interval": "5m", "$instance": ".*", "$account": ".*"}
FUNCTIONS = re.compile(r"\b(?:ivr|process)_\w+")


def expressions() -> list[str]:
    """Of panels and annotations, with the variables filled in."""
    found = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
    found += [annotation["expr"] for annotation in DASHBOARD["annotations"]["list"]]
    for name, value in VARIABLES.items():
        found = [one.replace(name, value) for one in found]
    return found


@pytest.mark.skipif(which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
def test_prometheus_reads_every_expression(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(expressions())]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = subprocess.run(
        ["promtool", "check", "rules", str(tmp_path / "rules.yaml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_variable_is_left_and_every_metric_is_exported(exported: set[str]) -> None:
    used = set()
    for one in expressions():
        assert "$" not in one, one
        used |= set(FUNCTIONS.findall(one))
    used |= {re.findall(r"label_values\((\w+)", one["definition"])[0] for one in DASHBOARD["templating"]["list"][1:]}
    assert used <= exported
    shown = {name.removesuffix("_bucket") for name in used if name.startswith("ivr_")}
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in exported if name.startswith("ivr_")}
    assert families - shown == set(), "what is exported is shown"


def test_panels_have_a_place_and_a_title_of_their_own() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["type"] == "row" or panel["targets"]
        assert panel["type"] == "row" or panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
        assert one["x"] + one["w"] <= 24


def test_the_provisioning_files() -> None:
    provider = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "ivr-router.yaml").read_text())
    assert provider["apiVersion"] == 1
    assert provider["providers"][0]["options"]["path"].startswith("/")
    source = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "prometheus.yaml").read_text())
    assert source["datasources"][0]["type"] == "prometheus"
