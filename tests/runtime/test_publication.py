"""What callers lose by a publication, and how everybody who publishes is told: log, API, terminal."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from router.bootstrap.process_setup import migrate_database, open_store_from_environment
from router.cli import commands as ivr
from router.files.bundle import read_directory
from router.flow.loader import load
from router.flow.model import Bundle
from router.runtime.versions.publication import Lost, LostLine, lost_between
from router.web import create_app
from tests.runtime.living import living_router

CASES = Path(__file__).parents[1] / "cases" / "warnings"
MAIN = "flow: main\nfor: any\non_error: bye\nstart: bye\nsteps: {bye: hangup}\n"
GONE = "no flow names the line 74950000002 of second: calls there are taken by no flow now and left to the PBX"


def bundle(*flows: str, **resources: str) -> Bundle:
    files = {f"f{number}.yaml": text for number, text in enumerate(flows)} | {
        f"{name}.yaml": text for name, text in resources.items()
    }
    loaded = load({name: text.encode() for name, text in files.items()})
    assert loaded.bundle is not None, loaded.findings
    return loaded.bundle


def flow(name: str, takes: str) -> str:
    return f"flow: {name}\nfor: {takes}\non_error: bye\nstart: bye\nsteps: {{bye: hangup}}\n"


SHOP = flow("shop", '{lines: ["74950000002", "74950000003"], location: ivr}')
LISTED = flow("shop", "{lines: lists.shops}")
SHOPS = 'lists: {shops: {numbers: ["74950000002", "74950000003", "7495111*"]}}\n'


def test_nothing_is_lost_where_everything_is_still_taken() -> None:
    assert not lost_between(bundle(MAIN, SHOP), bundle(MAIN, SHOP))
    assert not lost_between(bundle(MAIN, SHOP), bundle(MAIN, LISTED, r=SHOPS))
    assert not lost_between(None, bundle(MAIN))
    assert not lost_between(bundle(MAIN), bundle(MAIN, SHOP))


def test_a_flow_that_is_gone_and_who_takes_its_lines_now() -> None:
    lost = lost_between(bundle(MAIN, SHOP), bundle(MAIN))
    lines = tuple(LostLine(line=line, flow="shop", now="main") for line in ("74950000002", "74950000003"))
    assert lost == Lost(flows=("shop",), lines=lines)
    assert lost.sentences() == [
        "the flow shop is gone",
        "no flow names the lines 74950000002, 74950000003 of shop: calls there go to the flow main now",
    ]


def test_a_line_that_left_its_list() -> None:
    fewer = 'lists: {shops: {numbers: ["74950000003", "7495111*"]}}\n'
    lost = lost_between(bundle(MAIN, LISTED, r=SHOPS), bundle(MAIN, LISTED, r=fewer))
    assert lost == Lost(lines=(LostLine(line="74950000002", flow="shop", now="main"),))


def test_a_fallback_that_takes_no_line_any_more() -> None:
    lost = lost_between(bundle(MAIN), bundle(flow("main", '{lines: ["74950000001"]}')))
    assert lost.sentences() == [
        "the lines that no flow names went to main: their calls are taken by no flow now and left to the PBX"
    ]


def test_a_line_that_another_flow_names_is_not_lost() -> None:
    lost = lost_between(bundle(SHOP, MAIN), bundle(flow("main", "any"), flow("other", '{lines: ["74950000002"]}')))
    assert [(one.line, one.now) for one in lost.lines] == [("74950000003", "main")]


def test_of_many_lines_some_are_named() -> None:
    many = ", ".join(f'"7495{number:07d}"' for number in range(40))
    lost = lost_between(bundle(flow("shop", f"{{lines: [{many}]}}"), MAIN), bundle(MAIN))
    assert len(lost.lines) == 40
    assert "and 30 more" in lost.sentences()[1]


# told


@pytest.fixture
def flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The account's directory: two flows, one of which has a warning."""
    directory = tmp_path / "flows"
    directory.mkdir()
    for name, content in {**read_directory(CASES / "base"), **read_directory(CASES / "twoflows")}.items():
        (directory / name).write_bytes(content)
    values = {"MANGO_API_KEY": "k", "MANGO_API_SALT": "s", "IVR_FLOWS": str(directory)}
    for name, value in {**values, "IVR_DATABASE": f"sqlite:///{tmp_path}/ivr.db"}.items():
        monkeypatch.setenv(name, value)
    migrate_database()
    return directory


def run(*arguments: str) -> tuple[list[dict[str, Any]], str]:
    """(rows, what people read on standard error)."""
    told = CliRunner().invoke(ivr, list(arguments))
    found = CliRunner().invoke(ivr, [*arguments, "--json"])
    assert (told.exit_code, found.exit_code) == (0, 0), told.output
    rows: list[dict[str, Any]] = json.loads(found.stdout)
    return rows, told.stderr


def test_the_terminal_shows_warnings_and_what_is_gone(flows: Path) -> None:
    (first,), said = run("publish")
    assert [warning["code"] for warning in first["warnings"]] == ["W610"]
    assert "second.yaml:6:46: W610" in said
    assert first["lost"]["told"] == []
    (flows / "second.yaml").unlink()
    (flows / "second.test.yaml").unlink()
    told = CliRunner().invoke(ivr, ["publish"]).stderr
    assert "CAREFUL: the flow second is gone" in told
    assert f"CAREFUL: {GONE}" in told
    noted = {row["version"]: row["note"] for row in run("versions")[0]}
    assert noted == {first["version"]: "1 warning"} | {
        version: f"the flow second is gone; {GONE}" for version in noted if version != first["version"]
    }


def test_programs_are_told_the_same(flows: Path) -> None:
    CliRunner().invoke(ivr, ["publish"])
    (flows / "second.yaml").unlink()
    (flows / "second.test.yaml").unlink()
    found = CliRunner().invoke(ivr, ["publish", "--json"])
    (row,) = json.loads(found.stdout)
    assert row["lost"] == {
        "flows": ["second"],
        "lines": [{"line": "74950000002", "flow": "second", "now": None}],
        "told": ["the flow second is gone", GONE],
    }


def test_a_rollback_tells_too(flows: Path) -> None:
    second = (flows / "second.yaml").read_bytes()
    (flows / "second.yaml").unlink()
    (flows / "second.test.yaml").unlink()
    CliRunner().invoke(ivr, ["publish"])
    (flows / "second.yaml").write_bytes(second)
    CliRunner().invoke(ivr, ["publish"])
    assert f"CAREFUL: {GONE}" in CliRunner().invoke(ivr, ["rollback"]).stderr
    assert open_store_from_environment().serving("default").active is not None


def test_the_api_and_the_log_tell(flows: Path) -> None:
    router = living_router(IVR_FLOWS=str(flows))
    client = create_app(router).test_client()
    answer = client.post("/api/versions").get_json()
    assert [warning["code"] for warning in answer["warnings"]] == ["W610"]
    router.versions.follow()
    (flows / "second.yaml").unlink()
    (flows / "second.test.yaml").unlink()
    with capture_logs() as logs:
        assert router.versions.follow()
    assert [entry["log_level"] for entry in logs] == ["info", "warning"]
    assert logs[1]["lost"]["flows"] == ["second"]
    assert GONE in logs[1]["event"]
    back = client.post(f"/api/versions/{answer['version']}/activate").get_json()
    assert back["lost"]["told"] == []
    assert any(GONE in row["note"] for row in client.get("/api/versions").get_json()["versions"])


def test_a_file_that_is_put_back_is_a_rollback_and_the_log_says_so(flows: Path) -> None:
    router = living_router(IVR_FLOWS=str(flows))
    router.versions.follow()
    first = router.store.serving("default").active
    text = (flows / "main.yaml").read_text(encoding="utf-8")
    (flows / "main.yaml").write_text(text.replace("ring: 25s", "ring: 20s"), encoding="utf-8")
    router.versions.follow()
    second = router.store.serving("default").active
    assert second != first
    (flows / "main.yaml").write_text(text, encoding="utf-8")
    with capture_logs() as logs:
        router.versions.follow()
    assert router.store.serving("default").active == first
    assert logs[0]["event"].startswith("rolled back: the directory was changed back")
    assert (logs[0]["version"], logs[0]["replaced"]) == (first, second)
    assert [entry["event"] for entry in logs[1:]] == ["the published bundle has warnings"]


def test_the_log_names_the_first_of_many_findings_and_counts_the_others(flows: Path) -> None:
    router = living_router(IVR_FLOWS=str(flows))
    text = (flows / "main.yaml").read_text(encoding="utf-8")
    for steps in (lambda number: f"  more_{number}: {{release: {{}}}}\n", lambda number: f"  more_{number}: {{}}\n"):
        lines = "".join(steps(number) for number in range(50))
        (flows / "main.yaml").write_text(text.replace("steps:\n", f"steps:\n{lines}"), encoding="utf-8")
        with capture_logs() as logs:
            router.versions.follow()
        (findings,) = (entry["findings"] for entry in logs if "findings" in entry)
        assert "more_19" in findings
        assert "more_40" not in findings
        assert "more: `ivr check` shows them" in findings
