"""Whether the directory is what callers get, and how the last publication went."""

import os
from pathlib import Path

import pytest

from router.bootstrap.versions import Versions
from router.config.settings import load_settings
from router.errors import BundleRefused
from router.files import bundle
from router.runtime.monitoring.metrics import account_marks, name_accounts
from tests.stores import MemoryStore

FLOW = "flow: main\nfor: any\nstart: bye\nsteps:\n  bye: hangup\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "main.yaml").write_text(FLOW, encoding="utf-8")
    return tmp_path


@pytest.fixture
def versions(directory: Path) -> Versions:
    environ = {"MANGO_API_KEY": "k", "MANGO_API_SALT": "s", "IVR_FLOWS": str(directory)}
    name_accounts(["default"])
    return Versions(MemoryStore(), load_settings(environ, None, lambda path: path).accounts)


def write(directory: Path, text: str) -> None:
    path = directory / "main.yaml"
    path.write_text(text, encoding="utf-8")
    later = path.stat().st_mtime_ns + 1_000_000  # within the same tick of the file system
    os.utime(path, ns=(later, later))


def test_drift(versions: Versions, directory: Path) -> None:
    assert versions.has_drifted("default"), "nothing is active"
    versions.publish("default", str(directory))
    assert not versions.has_drifted("default")
    write(directory, FLOW + "# only a comment\n")
    assert not versions.has_drifted("default"), "the same version"
    write(directory, FLOW.replace("hangup", "release"))
    assert versions.has_drifted("default")
    versions.publish("default", str(directory))
    assert not versions.has_drifted("default")
    write(directory, FLOW + "nonsense: [")
    assert versions.has_drifted("default"), "refused"
    write(directory, FLOW)
    assert versions.has_drifted("default"), "back to what was before the active one"
    (directory / "main.yaml").unlink()
    directory.rmdir()
    assert versions.has_drifted("default"), "gone"


def test_a_directory_is_read_again_only_when_it_has_changed(
    versions: Versions, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions.publish("default", str(directory))
    assert not versions.has_drifted("default")
    monkeypatch.setattr("router.bootstrap.drift.read_directory", lambda path: 1 / 0)
    assert not versions.has_drifted("default")
    write(directory, FLOW.replace("hangup", "release"))
    with pytest.raises(ZeroDivisionError):
        versions.has_drifted("default")


def test_a_canary_from_the_directory_is_no_drift(versions: Versions, directory: Path) -> None:
    versions.publish("default", str(directory))
    write(directory, FLOW.replace("hangup", "release"))
    versions.publish("default", str(directory), 0.1)
    assert not versions.has_drifted("default")


def test_how_the_last_publication_went(versions: Versions, directory: Path) -> None:
    marks = account_marks()
    assert marks.last_publication("default") == (0.0, False)
    write(directory, "flow: [")
    assert versions.follow()
    failed_at, succeeded = marks.last_publication("default")
    assert failed_at > 0.0
    assert not succeeded
    write(directory, FLOW)
    versions.follow()
    published_at, succeeded = marks.last_publication("default")
    assert succeeded
    assert published_at >= failed_at
    versions.follow()
    assert marks.last_publication("default") == (published_at, True), "nothing was published"
    with pytest.raises(BundleRefused):
        versions.publish_files("default", {"main.yaml": b"flow: ["})
    assert not marks.last_publication("default")[1]
    versions.publish("default", str(directory))
    assert marks.last_publication("default")[1]


def test_states_of_files(directory: Path) -> None:
    before = bundle.file_states(directory)
    assert [name for name, _, _ in before] == ["main.yaml"]
    (directory / ".hidden.yaml").touch()
    assert bundle.file_states(directory) == before
    write(directory, FLOW[::-1])
    assert bundle.file_states(directory) != before
    with pytest.raises(OSError, match="nowhere"):
        bundle.file_states(directory / "nowhere")
