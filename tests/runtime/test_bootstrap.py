"""Reading the configuration, and what must not stop a worker."""

from pathlib import Path

import pytest

from router.bootstrap import versions
from router.bootstrap.process_setup import open_store_from_environment, read_settings
from router.bootstrap.router import Router
from router.config.settings import load_settings
from router.errors import ConfigurationError
from tests.stores import MemoryStore

ENVIRON = {"MANGO_API_KEY": "k", "MANGO_API_SALT": "s", "IVR_WATCH": "0"}


@pytest.mark.parametrize(("content", "said"), [(b"\xff\xfe", "not UTF-8"), (None, "cannot be read")])
def test_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "ivr.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        read_settings({**ENVIRON, "IVR_CONFIG": str(path)})


def test_reading_commands_make_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_DATABASE", f"sqlite:///{tmp_path}/nothing.db")
    with pytest.raises(ConfigurationError, match="there is no database"):
        open_store_from_environment()
    assert list(tmp_path.iterdir()) == []


def test_whatever_publishing_meets_the_worker_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path) -> dict[str, bytes]:
        raise IndexError("a bug in the loader")

    monkeypatch.setattr(versions, "read_directory", broken)
    router = Router(load_settings(ENVIRON, None, lambda path: path), MemoryStore(), starts_itself=False)
    router.versions.follow()
    assert router.ready() == ("not ready", "no active bundle for default")


def test_damaged_version_is_not_ready() -> None:
    store = MemoryStore()
    router = Router(load_settings(ENVIRON, None, lambda path: path), store, starts_itself=False)
    with store.transaction() as tx:
        tx.store_version("default", "v1", b"not a bundle", activate=True)
    assert router.ready()[0] == "not ready"
