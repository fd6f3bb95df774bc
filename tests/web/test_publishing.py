"""Bundles that are sent to the API, and what a stored version consists of."""

import hashlib
import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from router.bootstrap import uploads
from router.bootstrap.router import Router
from router.files.archive import read_archive, write_archive
from router.web import create_app, larger_bodies
from tests.runtime.living import FIRST, SECOND, living_router, publish, write_bundle
from tests.web.parts import FakeParts, settings

BROKEN = FIRST.replace("start: bye", "start: by")
TESTED = "flow: main\ntests:\n  - name: gone\n    script:\n      - expext: {hangup: {}}\n"
KIND = "application/gzip"


@pytest.fixture
def router(tmp_path: Path) -> Router:
    write_bundle(tmp_path / "flows", FIRST)
    return living_router(IVR_FLOWS=str(tmp_path / "flows"))


@pytest.fixture
def client(router: Router) -> FlaskClient:
    return create_app(router).test_client()


def packed(**files: str) -> bytes:
    return write_archive({f"{name}.yaml": text.encode() for name, text in files.items()})


def send(client: FlaskClient, query: str, body: bytes, kind: str = KIND, **headers: str) -> Any:
    return client.post(f"/api/versions{query}", data=body, content_type=kind, headers=headers)


def test_what_is_sent_is_published_with_its_origin(router: Router, client: FlaskClient) -> None:
    query = "?author=anna&commit=c0ffee&message=evening+hours&source=https%3A%2F%2Fgit.example%2Fflows"
    answer = send(client, query, packed(main=SECOND))
    assert (answer.status_code, answer.get_json()["state"]) == (201, "active")
    version = answer.get_json()["version"]
    assert router.store.serving("default").active == version
    (row,) = client.get("/api/versions").get_json()["versions"]
    told = {name: row[name] for name in ("author", "commit", "message", "source")}
    assert told == {
        "author": "anna", "commit": "c0ffee", "message": "evening hours", "source": "https://git.example/flows",
    }  # fmt: skip
    assert publish(router, SECOND) == version


def test_without_a_body_it_is_the_directory(client: FlaskClient, tmp_path: Path) -> None:
    row = client.post("/api/versions").get_json()
    assert row["source"].startswith(str(tmp_path / "flows"))


def test_a_canary_of_what_is_sent(router: Router, client: FlaskClient) -> None:
    client.post("/api/versions")
    assert send(client, "?canary=10%25", packed(main=SECOND)).get_json()["state"] == "canary"


def test_errors_are_told_and_nothing_is_published(router: Router, client: FlaskClient) -> None:
    refused = send(client, "", packed(main=BROKEN))
    assert (refused.status_code, refused.content_type) == (422, "application/problem+json")
    assert [finding["code"] for finding in refused.get_json()["findings"]] == ["F301"]
    assert router.store.versions("default") == []


@pytest.mark.parametrize(
    ("files", "status"),
    [({"main": FIRST}, 200), ({"main": BROKEN}, 422), ({"main": FIRST, "main.test": TESTED}, 422), ({}, 422)],
    ids=["sound", "broken", "broken test", "nothing"],
)
def test_only_checked_is_what_the_terminal_tells(
    router: Router, client: FlaskClient, tmp_path: Path, files: dict[str, str], status: int
) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir()
    for name, text in files.items():
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    answer = send(client, "?dry_run=1", packed(**files))
    command = [sys.executable, "-m", "router.cli", "check", str(place), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.get_json() == json.loads(done.stdout)
    assert (answer.status_code, done.returncode) == (status, 0 if status == 200 else 1)
    assert router.store.versions("default") == []


def test_the_directory_is_only_checked_too(router: Router, client: FlaskClient, tmp_path: Path) -> None:
    write_bundle(tmp_path / "flows", BROKEN)
    answer = client.post("/api/versions?dry_run=1")
    assert (answer.status_code, answer.get_json()["errors"]) == (422, 1)
    (tmp_path / "flows" / "out.yaml").symlink_to("/etc/hostname")
    assert [finding["code"] for finding in client.post("/api/versions?dry_run=1").get_json()["findings"]] == ["F116"]


@pytest.mark.parametrize(
    ("query", "body", "kind", "status", "said"),
    [
        ("", b"{}", "application/json", 415, "a body is the bundle's directory as a tar"),
        ("", packed(main=FIRST), "application/x-www-form-urlencoded", 415, "a body is"),
        ("", b"no tar", KIND, 400, "no tar that can be read"),
        ("?dry_run=1", b"no tar", KIND, 400, "no tar that can be read"),
        ("?dry_run=yes", packed(main=FIRST), KIND, 400, "dry_run is one of 0, 1"),
        ("?fail_over=5%25", packed(main=FIRST), KIND, 400, "replay_since=7d"),
        ("?replay_since=week", packed(main=FIRST), KIND, 400, "replay_since is a duration"),
        ("?replay_since=7d&fail_over=101", packed(main=FIRST), KIND, 400, "fail_over is a share"),
        (f"?author={'a' * 201}", packed(main=FIRST), KIND, 400, "author has at most 200"),
        ("?comit=1", packed(main=FIRST), KIND, 400, "there is no parameter 'comit'"),
        ("?account=nobody", packed(main=FIRST), KIND, 404, "no such account"),
    ],
)  # fmt: skip
def test_what_is_refused(
    router: Router, client: FlaskClient, query: str, body: bytes, kind: str, status: int, said: str
) -> None:
    answer = send(client, query, body, kind)
    assert answer.status_code == status
    assert said in answer.get_json()["detail"]
    assert router.store.versions("default") == []


def test_a_body_is_what_its_digest_says(client: FlaskClient) -> None:
    body = packed(main=FIRST)

    def digest(of: bytes, name: str) -> str:
        return f"{name}=:{b64encode(hashlib.new(name.replace('-', ''), of).digest()).decode()}:"

    for name in ("sha-256", "sha-512"):
        right, wrong = digest(body, name), digest(body + b"\0", name)
        assert send(client, "?dry_run=1", body, **{"Content-Digest": right}).status_code == 200
        assert send(client, "?dry_run=1", body, **{"Content-Digest": wrong}).status_code == 400
    assert send(client, "?dry_run=1", body, **{"Content-Digest": "sha-256=:!:"}).status_code == 400


def test_size_is_bounded_on_this_path_alone() -> None:
    client = create_app(FakeParts(settings(IVR_MAX_BODY="8KiB", IVR_MAX_UPLOAD="16KiB"))).test_client()
    assert send(client, "?dry_run=1", bytes(16 << 10)).status_code == 200
    refused = send(client, "?dry_run=1", bytes((16 << 10) + 1))
    assert (refused.status_code, "IVR_MAX_UPLOAD" in refused.get_json()["detail"]) == (413, True)
    command = client.post("/api/calls/e1/commands", data=bytes(9 << 10), content_type="application/json")
    assert command.status_code == 413
    assert larger_bodies(settings(IVR_PREFIX="a/b", IVR_MAX_UPLOAD="16KiB")) == {
        "/api/versions": 16384, "/a/b/api/versions": 16384,
    }  # fmt: skip


def test_one_at_a_time_is_looked_at(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PATIENCE_SECONDS", 0.01)
    with uploads._turn:
        answer = send(client, "?dry_run=1", packed(main=FIRST))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


class TestFiles:
    def test_the_list_the_text_of_one_and_all_of_them(self, router: Router, client: FlaskClient) -> None:
        files = {
            "main.yaml": FIRST.encode(),
            "lists/vip.txt": b"79000000001\n",
            "lists/old.csv": "имя".encode("cp1251"),
        }
        version = router.versions.publish_files("default", files)["version"]
        listed = client.get(f"/api/versions/{version}/files").get_json()
        assert listed["files"] == [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(files.items())
        ]
        for name, content in files.items():
            one = client.get(f"/api/versions/{version}/files/{name}")
            assert (one.status_code, one.data) == (200, content)
        assert one.content_type == "application/octet-stream"
        whole = client.get(f"/api/versions/{version}/files", headers={"Accept": KIND})
        assert (whole.content_type, read_archive(whole.data)) == (KIND, files)
        again = send(client, "", whole.data)
        assert again.get_json()["version"] == version

    @pytest.mark.parametrize("path", ["none/files", "none/files/main.yaml"])
    def test_what_is_not_there(self, client: FlaskClient, path: str) -> None:
        client.post("/api/versions")
        assert client.get(f"/api/versions/{path}").status_code == 404

    def test_a_name_is_a_name_and_no_path(self, router: Router, client: FlaskClient) -> None:
        version = publish(router, FIRST)
        for name in ("../main.yaml", "/etc/passwd", "./main.yaml", "main.yaml/"):
            assert client.get(f"/api/versions/{version}/files/{name}").status_code in (404, 405)
