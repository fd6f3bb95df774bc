"""The alert rules: valid, each fires in its trouble and in no other, and each leads to what to do."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

from tests.deploy.faults import FAULTS, HEALTHY, LENGTH, Fault, Series, event, grows

PROJECT = Path(__file__).parents[2]
RULES = PROJECT / "deploy" / "prometheus" / "ivr-router.rules.yaml"
JOB = 'job="ivr-router",instance="10.0.0.1:8080"'
needs_promtool = pytest.mark.skipif(which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def named(series: str, instance: str = JOB) -> str:
    """The series as a router's scrape has it."""
    name, _, labels = series.partition("{")
    return f"{name}{{{instance}{',' + labels if labels else '}'}"


def case(series: Series, firing: Mapping[float, Mapping[str, int]], name: str, interval: str = "1m") -> dict[str, Any]:
    """One of promtool's tests: with these series exactly these alerts fire, each so many times, after so many
    minutes."""
    expr = 'count by (alertname) (ALERTS{alertstate="firing"})'
    looks = [
        {
            "expr": expr,
            "eval_time": f"{minutes}m",
            "exp_samples": [{"labels": f'{{alertname="{alert}"}}', "value": count} for alert, count in alerts.items()],
        }
        for minutes, alerts in firing.items()
    ]
    given = [{"series": one, "values": values} for one, values in series.items()]
    return {"name": name, "interval": interval, "input_series": given, "promql_expr_test": looks}


def of_fault(name: str, fault: Fault) -> dict[str, Any]:
    found = {one: values for one, values in HEALTHY.items() if one not in fault.gone} | fault.differs
    return case({named(one): values for one, values in found.items()}, {fault.minutes: {fault.alert: 1}}, name)


def run(tmp_path: Path, tests: list[dict[str, Any]]) -> None:
    content = {"rule_files": [str(RULES)], "evaluation_interval": tests[0]["interval"], "tests": tests}
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    done = subprocess.run(
        ["promtool", "test", "rules", str(tmp_path / "tests.yaml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_the_rules_and_the_configuration_are_valid() -> None:
    for command in (
        ["promtool", "check", "rules", "--lint-fatal", str(RULES)],
        ["promtool", "check", "config", str(RULES.with_name("prometheus.example.yml"))],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_each_alert_fires_in_its_trouble_and_in_no_other(tmp_path: Path) -> None:
    healthy = {named(one): values for one, values in HEALTHY.items()}
    quiet = case(healthy, {minutes: {} for minutes in (1, 10, 45, LENGTH)}, "healthy")
    run(tmp_path, [quiet, *(of_fault(name, fault) for name, fault in FAULTS.items())])


@needs_promtool
def test_one_of_several_is_down(tmp_path: Path) -> None:
    both = {named(one): values for one, values in HEALTHY.items()}
    other = 'job="ivr-router",instance="10.0.0.2:8080"'
    run(tmp_path, [case(both | {named("up", other): "0x90"}, {10: {"IvrRouterInstanceDown": 1}}, "one is down")])


@needs_promtool
def test_silence_at_an_hour_that_was_busy_a_week_ago(tmp_path: Path) -> None:
    """Calls from eight to eighteen, every day but the eighth, when none comes at all; and nights, when none ever does."""
    per_hour = 6  # one sample in ten minutes
    days, age, count, total = [], [], 0, 8 * 24 * per_hour
    for sample in range(total):
        day, hour = divmod(sample // per_hour, 24)
        if 8 <= hour < 18 and day < 7:
            count += 5
            last = sample
        days.append(str(count))
        age.append(str(600 * (sample - last) if count else 7200))
    series = {
        named("up"): f"1x{total}",
        named(event()): " ".join(days),
        named('ivr_last_event_age_seconds{account="clinic"}'): " ".join(age),
    }
    night, opening, noon = (60 * (7 * 24 + hour) for hour in (4, 8, 12))
    run(tmp_path, [case(series, {night: {}, opening: {}, noon: {"IvrNoEvents": 1}}, "a silent day", "10m")])


def test_every_alert_has_its_trouble() -> None:
    tried = {fault.alert for fault in FAULTS.values()} | {"IvrRouterInstanceDown", "IvrNoEvents"}
    assert tried == {rule["alert"] for rule in rules()}


def test_every_alert_says_what_to_do_and_where() -> None:
    page = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in re.findall("^#+ (.*)", page, re.M)
    }
    for rule in rules():
        told = rule["annotations"]
        assert set(told) == {"summary", "description", "runbook_url"}, rule["alert"]
        assert len(told["summary"]) < 120
        assert len(told["description"].split()) >= 8
        path, _, heading = told["runbook_url"].partition("#")
        assert (path, heading in headings) == ("docs/operations.md", True), rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning")
        for label in re.findall(r"\$labels\.(\w+)", told["summary"] + told["description"]):
            assert _keeps(rule["expr"], label), f"{rule['alert']} names {label}, which its expression takes away"


def _keeps(expression: str, label: str) -> bool:
    """Whether the result has the label: it is not summed away by the first aggregation."""
    summed = re.match(r"(?:\(?)(?:sum|max|min|count|histogram_quantile\([\d.]+, sum) by \(([^)]*)\)", expression)
    return summed is None or label in summed[1].split(", ")


def test_rules_go_by_metrics_that_there_are(exported: set[str]) -> None:
    used = set(re.findall(r"\b(?:ivr|process)_\w+", " ".join(rule["expr"] for rule in rules())))
    assert used <= exported
    in_faults = {one.partition("{")[0] for fault in FAULTS.values() for one in {**HEALTHY, **fault.differs}} - {"up"}
    assert in_faults <= exported
    assert grows(1) == "0+1x90"
