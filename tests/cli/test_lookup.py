"""`ivr lookup`: the real other side is asked, and what it said is shown beside what the flow makes of it."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result

from router.cli.lookup import lookup

FLOW = """flow: main
for: any
on_error: bye
vars: {pin: {type: text}}
start: client
steps:
  client:
    lookup:
      http:
        url: ADDRESS/clients/${caller.number}?pin=${vars.pin}
        headers: {Authorization: "Bearer ${secrets.crm}"}
      outputs:
        name: {type: text}
        debt: {type: number, from: "account.debt"}
        since: {type: date, default: "2020-01-01"}
        vip: {type: bool}
      next: greet
      on: {not_found: bye}
  greet: {play: {prompt: audio.hello, next: duty}}
  duty: {lookup: {table: rota, key: now.date, outputs: {who: {type: text}}, next: bye}}
  bye: hangup
"""
RESOURCES = """audio: {hello: {id: 1, length: 2s}}
tables: {rota: {file: rota.csv, key: day}}
"""


class Crm(BaseHTTPRequestHandler):
    """Knows one client, and says what it was asked with."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        known = self.path.startswith("/clients/79000000001")
        body = (
            b'{"name": "\xd0\x9e\xd0\xbb\xd1\x8f", "account": {"debt": "120,50"}, "vip": "perhaps"}' if known else b"{}"
        )
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def crm() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Crm)
    Crm.asked.clear()
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bundle(tmp_path: Path, crm: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "main.yaml").write_text(FLOW.replace("ADDRESS", crm))
    (tmp_path / "resources.yaml").write_text(RESOURCES)
    (tmp_path / "rota.csv").write_text("day,who\n2026-11-23,Olga\n")
    monkeypatch.chdir(tmp_path)
    account = {"name": "shop", "api_key": "key", "api_salt": "salt", "flows": ".", "secrets": {"crm": "${CRM_TOKEN}"}}
    (tmp_path.parent / f"{tmp_path.name}.yaml").write_text(json.dumps({"accounts": [account]}))
    monkeypatch.setenv("IVR_CONFIG", str(tmp_path.parent / f"{tmp_path.name}.yaml"))
    monkeypatch.setenv("CRM_TOKEN", "t0p-secret")
    return tmp_path


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(lookup, list(arguments))


def test_answer_outputs_and_what_did_not_fit(bundle: Path) -> None:
    answer = _run("main", "client", "caller.number=+7 900 000-00-01", "vars.pin=12 34")
    assert answer.exit_code == 0, answer.output
    assert Crm.asked == [("/clients/79000000001?pin=12%2034", "Bearer t0p-secret")]
    assert "answer   HTTP 200, " in answer.output
    assert '"vip": "perhaps"' in answer.output
    assert 'output   name = "Оля" (text)' in answer.output
    assert "output   debt = 120.5 (number)" in answer.output
    assert 'output   since = "2020-01-01" (date), its default: not in the answer' in answer.output
    assert "output   vip = false (bool), its default: " in answer.output
    assert "exit     next -> greet" in answer.output
    assert "t0p-secret" not in answer.output


def test_not_found_and_json(bundle: Path) -> None:
    told = json.loads(_run("main", "client", "caller.number=79000000002", "--json").output)
    assert (told["state"], told["reason"], told["exit"]) == ("not_found", "HTTP 404", "not_found -> bye")
    assert [answer["status"] for answer in told["answers"]] == [404]


def test_nobody_listens(bundle: Path) -> None:
    text = (bundle / "main.yaml").read_text()
    address = text.split("url: ")[1].split("/clients")[0]
    (bundle / "main.yaml").write_text(text.replace(address, "http://127.0.0.1:9"))
    answer = _run("main", "client")
    assert answer.exit_code == 1
    assert "result   failed: " in answer.output
    assert "exit     failed -> bye" in answer.output


def test_a_table_answers_by_itself(bundle: Path) -> None:
    answer = _run("main", "duty")
    assert 'output   who = "Olga" (text)' in answer.output, answer.output
    assert "row 2026-11-23 of table rota" in answer.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["main", "clent"], "did you mean `client`?"),
        (["mian", "client"], "did you mean `main`?"),
        (["main", "greet"], "has no lookup greet: its lookups are client, duty"),
        (["main", "client", "caller.numbr=1"], "did you mean `caller.number`?"),
        (["main", "client", "79000000001"], "is not NAME=VALUE"),
        (["main", "client", "vars.pim=1"], "there is no variable `pim`"),
    ],
)
def test_what_cannot_be_asked(bundle: Path, arguments: list[str], said: str) -> None:
    answer = _run(*arguments)
    assert answer.exit_code == 2
    assert said in answer.output, answer.output
    assert not Crm.asked
