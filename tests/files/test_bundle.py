"""A bundle's files: which they are, and that packing keeps them."""

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import BundleRefused, ConfigurationError
from router.files import bundle
from router.files.bundle import file_states, look_into, pack, read_directory, unpack


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


def test_a_directory_that_is_kept_apart_is_no_part_and_a_bundle_of_its_own(tmp_path: Path) -> None:
    _write(tmp_path, "main.yaml", "more/x.yaml", "library/.nobundle", "library/clinic/main.yaml")
    assert list(read_directory(tmp_path)) == ["main.yaml", "more/x.yaml"]
    assert list(read_directory(tmp_path / "library")) == ["clinic/main.yaml"]


def test_a_link_within_the_bundle_is_followed(tmp_path: Path) -> None:
    """As a mounted ConfigMap has them: through a hidden directory that is a link."""
    _write(tmp_path, "flows/..2026/main.yaml")
    root = tmp_path / "flows"
    (root / "..data").symlink_to("..2026")
    (root / "main.yaml").symlink_to("..data/main.yaml")
    assert look_into(root) == ({"main.yaml": b"flows/..2026/main.yaml"}, ())


def told(root: Path) -> dict[str, tuple[str, str]]:
    """What is wrong with the bundle's files: name -> (severity, message); they are no part of it."""
    files, findings = look_into(root)
    assert {finding.code for finding in findings} <= {"F116"}
    assert not files.keys() & {finding.mark.file for finding in findings}
    return {finding.mark.file: (finding.severity, finding.message) for finding in findings}


def test_links_that_are_no_part_of_a_bundle(tmp_path: Path) -> None:
    root = tmp_path / "flows"
    _write(tmp_path, "flows/main.yaml", "flows/sub/more.yaml", "secret.txt", "other/x.yaml")
    links = {
        "self.yaml": "self.yaml", "a.yaml": "b.yaml", "b.yaml": "sub/../a.yaml", "loop": "loop", "out.txt": "../secret.txt",
        "far.txt": "/etc/passwd", "zero.csv": "/dev/zero", "gone.yaml": "nowhere.yaml", "up": ".", "sub/above": "..",
        "linked": "../other", "linked.yaml": "sub", ".hidden.yaml": ".hidden.yaml", "README": "nowhere", "notes.md": "main.yaml",
        "through.yaml": "main.yaml/x", "again.yaml": "sub/more.yaml",
    }  # fmt: skip
    for name, target in links.items():
        (root / name).symlink_to(target)
    (root / "long.yaml").symlink_to("x" * 300 + ".yaml")
    assert told(root) == {
        **dict.fromkeys(["self.yaml", "a.yaml", "b.yaml", "loop"], ("error", "the link leads to itself")),
        **dict.fromkeys(["out.txt", "far.txt", "zero.csv"], ("error", "the link leads out of the bundle")),
        **dict.fromkeys(
            ["gone.yaml", "through.yaml", "long.yaml"], ("error", "the link leads to nothing that can be read")
        ),
        **dict.fromkeys(
            ["up", "sub/above"], ("warning", "the link leads to a directory that holds it, and is not entered")
        ),
        **dict.fromkeys(["linked", "linked.yaml"], ("warning", "the link leads to a directory, and is not entered")),
    }
    with pytest.raises(BundleRefused) as refused:
        read_directory(root)
    assert len(refused.value.findings) == 14
    assert file_states(root)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    _write(tmp_path, "main.yaml", "folder.yaml/x.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.txt"))
    os.mkfifo(tmp_path / "pipe.md")
    assert told(tmp_path) == {
        "pipe.yaml": ("error", "this is a pipe, not a file"),
        "socket.txt": ("error", "this is a socket, not a file"),
    }
    assert set(look_into(tmp_path)[0]) == {"main.yaml", "folder.yaml/x.yaml"}


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    _write(tmp_path, "main.yaml", "closed.yaml", "sub/more.yaml")
    for name in ("closed.yaml", "sub"):
        (tmp_path / name).chmod(0)
    try:
        assert told(tmp_path) == {
            "closed.yaml": ("error", "the file cannot be read: Permission denied"),
            "sub": ("error", "the directory cannot be read: Permission denied"),
        }
    finally:
        (tmp_path / "sub").chmod(0o700)


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.yaml")
    try:
        (tmp_path / name).write_text("x")
    except OSError:
        pytest.skip("this file system has no such names")
    assert told(tmp_path) == {"caf\\xe9.yaml": ("error", "the file's name is not UTF-8")}


def test_a_directory_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no directory"):
        read_directory(tmp_path / "nowhere")


def test_there_is_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "a.yaml", "b.yaml")
    monkeypatch.setattr(bundle, "MOST_BYTES", 11)
    with pytest.raises(ConfigurationError, match="more than"):
        read_directory(tmp_path)
    monkeypatch.setattr(bundle, "MOST_BYTES", 5)
    assert set(told(tmp_path)) == {"a.yaml", "b.yaml"}


@given(st.dictionaries(st.text(max_size=20), st.binary(max_size=50)))
def test_packing_keeps_everything_and_does_not_depend_on_order(files: dict[str, bytes]) -> None:
    assert unpack(pack(files)) == files
    assert pack(files) == pack(dict(reversed(files.items())))


@pytest.mark.parametrize("content", [b"", b"nonsense", pack({"a": b"b"})[:-6]])
def test_what_was_not_packed_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigurationError):
        unpack(content)
