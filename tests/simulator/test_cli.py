"""`ivr test`, `ivr trace` and `ivr calls` from the outside: what they print, and how they exit."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli import commands
from router.engine.state import Call, Entry
from router.history.journal import Record
from router.store import open_store
from tests.simulator.bundles import FLOW, RESOURCES, suite

PASSING = 'expect: {play: audio.menu}\nkeys: "2"\nexpect: {route: person operator}'
FAILING = "expect: {route: group sales}"


def ivr(*arguments: str) -> Result:
    return CliRunner().invoke(commands, arguments)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "resources.yaml").write_text(RESOURCES, encoding="utf-8")
    (tmp_path / "main.yaml").write_text(FLOW, encoding="utf-8")
    return tmp_path


def write_tests(bundle: Path, *scripts: str) -> str:
    (bundle / "main.test.yaml").write_text(suite(*scripts), encoding="utf-8")
    return str(bundle)


def test_tests_that_pass(bundle: Path) -> None:
    result = ivr("test", write_tests(bundle, PASSING, PASSING))
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "passed  main.test.yaml: script 1",
        "passed  main.test.yaml: script 2",
        "2 passed, 0 failed",
    ]


def test_a_test_that_fails(bundle: Path) -> None:
    result = ivr("test", write_tests(bundle, PASSING, FAILING))
    assert result.exit_code == 1
    assert "    - expect: {route: group sales}\n       at  expected" in result.output
    assert "  >  +0 s  expect: {route: group sales}  {play: audio.menu}\n  trace\n" in result.output
    assert result.output.endswith("1 passed, 1 failed\n")


def test_json(bundle: Path) -> None:
    result = ivr("test", write_tests(bundle, PASSING, FAILING), "--json")
    assert result.exit_code == 1
    answer = json.loads(result.output)
    assert (answer["passed"], answer["failed"], answer["findings"]) == (1, 1, [])
    assert [test["passed"] for test in answer["tests"]] == [True, False]


def test_a_pattern_chooses(bundle: Path) -> None:
    directory = write_tests(bundle, PASSING, FAILING)
    assert ivr("test", directory, "-k", "SCRIPT 1").exit_code == 0
    assert ivr("test", directory, "-k", "script 2").exit_code == 1
    assert ivr("test", directory, "-k", "script 3").exit_code == 2


def test_coverage(bundle: Path) -> None:
    directory = write_tests(bundle, PASSING)
    text = ivr("test", directory, "--coverage")
    assert text.exit_code == 0
    assert "coverage of main: 11 %, 3 of 15 steps" in text.output
    assert "main.yaml:30:3: no test reaches step talk" in text.output
    (flow,) = json.loads(ivr("test", directory, "--coverage", "--json").output)["coverage"]
    assert flow["percent"] == 10.6
    assert ivr("test", directory, "--coverage-min", "10").exit_code == 0
    assert ivr("test", directory, "--coverage-min", "11").exit_code == 1


def test_mutation(bundle: Path) -> None:
    directory = write_tests(bundle, PASSING)
    text = ivr("test", directory, "--mutate")
    assert text.exit_code == 0
    assert "no test notices in step watching that `held` is 2m" in text.output
    mutation = json.loads(ivr("test", directory, "--mutate", "--json").output)["mutation"]
    assert 0 < mutation["score"] < 50
    assert ivr("test", directory, "--mutate-min", "5").exit_code == 0
    assert ivr("test", directory, "--mutate-min", "90").exit_code == 1
    none = ivr("test", directory, "--mutate", "--mutate-seconds", "0")
    assert "0 of 0 mutants noticed; time for 0 of " in none.output


def test_mutation_needs_tests_that_pass(bundle: Path) -> None:
    result = ivr("test", write_tests(bundle, FAILING), "--mutate-min", "1")
    assert result.exit_code == 1
    assert "mutation score" not in result.output


def test_update(bundle: Path) -> None:
    directory = write_tests(bundle, PASSING, FAILING)
    result = ivr("test", directory, "--update")
    assert result.exit_code == 0
    assert result.output.endswith("updated main.test.yaml: 1 line\n2 passed, 0 failed\n")
    written = (bundle / "main.test.yaml").read_text(encoding="utf-8")
    assert written == suite(PASSING, "expect: {play: audio.menu}")
    assert "updated" not in ivr("test", directory, "--update").output


def test_update_keeps_a_byte_order_mark(bundle: Path) -> None:
    file = bundle / "main.test.yaml"
    file.write_text(suite(FAILING), encoding="utf-8-sig")
    assert json.loads(ivr("test", str(bundle), "--update", "--json").output)["updated"] == {"main.test.yaml": 1}
    assert file.read_bytes() == suite("expect: {play: audio.menu}").encode("utf-8-sig")


def test_update_refuses_what_it_cannot_write(bundle: Path) -> None:
    directory = write_tests(bundle, FAILING)
    (bundle / "main.test.yaml").chmod(0o444)
    result = ivr("test", directory, "--update")
    assert result.exit_code == 2
    assert "cannot be written, so nothing was updated" in result.output
    assert (bundle / "main.test.yaml").read_text(encoding="utf-8") == suite(FAILING)


def test_junit(bundle: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    assert ivr("test", write_tests(bundle, PASSING, FAILING), "--junit", str(report)).exit_code == 1
    assert 'tests="2" failures="1"' in report.read_text(encoding="utf-8")


def test_findings_of_a_test_file(bundle: Path) -> None:
    result = ivr("test", write_tests(bundle, "pbx: {result: 4100}"))
    assert result.exit_code == 1
    assert "main.test.yaml:6:9: F507 no command waits for this result" in result.output
    assert result.output.endswith("no tests were run, 1 error in the files\n")


def test_a_bundle_with_errors_runs_nothing(bundle: Path) -> None:
    (bundle / "main.yaml").write_text(FLOW.replace("start: screen", "start: scren"), encoding="utf-8")
    result = ivr("test", write_tests(bundle, PASSING), "--json")
    assert result.exit_code == 1
    answer = json.loads(result.output)
    assert answer["tests"] == []
    assert answer["findings"][0]["file"] == "main.yaml"


def test_the_directory_comes_from_the_environment(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_FLOWS", write_tests(bundle, PASSING))
    assert ivr("test").exit_code == 0
    monkeypatch.setenv("IVR_FLOWS", str(bundle / "nowhere"))
    assert ivr("test").exit_code == 2
    assert ivr("test", str(bundle / "nowhere")).exit_code == 2


def test_the_printed_example_passes() -> None:
    """A bundle of many steps, and its tests."""
    result = ivr("test", str(Path(__file__).parents[2] / "tests" / "bundles" / "reception"))
    assert result.exit_code == 0, result.output
    assert result.output.endswith("3 passed, 0 failed\n")


START = 1_795_424_400.0


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store with one ended call."""
    url = f"sqlite:///{tmp_path / 'ivr.db'}"
    monkeypatch.setenv("IVR_DATABASE", url)
    store = open_store(url)
    entered = Entry(at=START, kind="entered", data={"step": "screen", "verb": "switch", "visit": 1})
    with store.transaction() as tx:
        tx.load("main", entry_id="MQ+/==")
        tx.save_call(
            Call(
                account="main",
                entry_id="MQ+/==",
                token="t",
                started=START,
                ended=START + 5,
                status="ended",
                flow="main",
                version="abc",
                caller_number="79000000000",
                line="74950000001",
                outcome="missed",
            )
        )
        tx.record(Record(account="main", entry_id="MQ+/==", at=START, kind="call", trace=(entered,)))
    store.close()


@pytest.mark.usefixtures("database")
def test_trace() -> None:
    text = ivr("trace", "MQ+/==")
    assert text.exit_code == 0
    assert "09:00:00.000  step screen (switch)" in text.output
    assert "79000000000" in text.output
    answer = json.loads(ivr("trace", "MQ+/==", "--json").output)
    assert (answer["caller"], answer["outcome"]) == ("79000000000", "missed")
    assert answer["steps"][0]["step"] == "screen"


@pytest.mark.usefixtures("database")
def test_trace_masked() -> None:
    for arguments in ([], ["--json"]):
        output = ivr("trace", "MQ+/==", "--mask", *arguments).output
        assert "79000000000" not in output
        assert "7900*****00" in output


@pytest.mark.usefixtures("database")
def test_trace_of_no_call() -> None:
    result = ivr("trace", "nobody")
    assert result.exit_code == 1
    assert "there is no call nobody" in result.output


@pytest.mark.usefixtures("database")
def test_calls() -> None:
    text = ivr("calls")
    assert text.exit_code == 0
    assert "MQ+/==" in text.output
    (row,) = json.loads(ivr("calls", "--json").output)
    assert (row["entry_id"], row["started"], row["outcome"]) == ("MQ+/==", "2026-11-23T09:00:00.000Z", "missed")
    assert json.loads(ivr("calls", "--json", "--live").output) == []
    assert "no calls" in ivr("calls", "--live").output
    assert "79000000000" not in ivr("calls", "--mask").output
