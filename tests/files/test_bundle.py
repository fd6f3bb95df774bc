"""A bundle's files: which they are, and that packing keeps them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import ConfigurationError
from router.files import bundle
from router.files.bundle import pack, read_directory, unpack


def _write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")


def test_flows_lists_and_tables_of_all_directories_by_posix_name(tmp_path: Path) -> None:
    _write(tmp_path, "main.yaml", "sub/deep/more.yaml", "blocked.txt", "sub/rota.csv", "README.md", "main.yaml~")
    assert read_directory(tmp_path) == {
        "blocked.txt": b"blocked.txt",
        "main.yaml": b"main.yaml",
        "sub/deep/more.yaml": b"sub/deep/more.yaml",
        "sub/rota.csv": b"sub/rota.csv",
    }


def test_hidden_files_and_directories_are_no_part(tmp_path: Path) -> None:
    _write(tmp_path, "main.yaml", ".main.yaml", ".git/config.yaml")
    assert list(read_directory(tmp_path)) == ["main.yaml"]


def test_a_link_within_the_bundle_is_followed_and_one_that_leads_out_refused(tmp_path: Path) -> None:
    root = tmp_path / "flows"
    _write(tmp_path, "flows/main.yaml", "secret.txt")
    (root / "again.yaml").symlink_to(root / "main.yaml")
    assert read_directory(root)["again.yaml"] == b"flows/main.yaml"
    (root / "blocked.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(ConfigurationError, match="leads out"):
        read_directory(root)


def test_a_directory_that_is_a_link_is_not_entered(tmp_path: Path) -> None:
    _write(tmp_path, "flows/main.yaml", "elsewhere/other.yaml")
    (tmp_path / "flows" / "linked").symlink_to(tmp_path / "elsewhere")
    assert list(read_directory(tmp_path / "flows")) == ["main.yaml"]


def test_what_is_not_there_or_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no directory"):
        read_directory(tmp_path / "nowhere")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "missing.yaml")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_directory(tmp_path)


def test_there_is_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "a.yaml", "b.yaml")
    monkeypatch.setattr(bundle, "MOST_BYTES", 11)
    with pytest.raises(ConfigurationError, match="more than"):
        read_directory(tmp_path)
    monkeypatch.setattr(bundle, "MOST_BYTES", 5)
    with pytest.raises(ConfigurationError, match="too large"):
        read_directory(tmp_path)


@given(st.dictionaries(st.text(max_size=20), st.binary(max_size=50)))
def test_packing_keeps_everything_and_does_not_depend_on_order(files: dict[str, bytes]) -> None:
    assert unpack(pack(files)) == files
    assert pack(files) == pack(dict(reversed(files.items())))


@pytest.mark.parametrize("content", [b"", b"nonsense", pack({"a": b"b"})[:-6]])
def test_what_was_not_packed_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigurationError):
        unpack(content)
