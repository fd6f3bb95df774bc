"""Files that nobody else may read, whatever the umask."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.private_files import create_private, keep_private, make_private_directory, open_private
from router.store.sqlite.forks import ProcessConnections


@pytest.fixture(params=[0, 0o022, 0o077, 0o277, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_what_is_made_is_private(tmp_path: Path) -> None:
    os.close(open_private(tmp_path / "file"))
    create_private(tmp_path / "other")
    make_private_directory(tmp_path / "a" / "b" / "c")
    assert {mode(tmp_path / name) for name in ("file", "other")} == {0o600}
    assert {mode(tmp_path / name) for name in ("a", "a/b", "a/b/c")} == {0o700}


@pytest.mark.usefixtures("umask")
def test_a_database_is_private_with_all_that_stands_beside_it(tmp_path: Path) -> None:
    connections = ProcessConnections(str(tmp_path / "ivr.db"))
    with connections.here.writing() as connection:
        connection.execute("CREATE TABLE t (x)")
        names = {path.name: mode(path) for path in tmp_path.iterdir()}
    assert names == dict.fromkeys(["ivr.db", "ivr.db-wal", "ivr.db-shm", "ivr.db-lock"], 0o600)
    connections.here.close()


@pytest.mark.parametrize(("before", "after"), [(0o666, 0o600), (0o644, 0o600), (0o444, 0o400), (0o600, 0o600)])
def test_what_was_loose_is_tightened_and_read_only_stays(tmp_path: Path, before: int, after: int) -> None:
    path = tmp_path / "file"
    path.write_text("kept")
    path.chmod(before)
    assert keep_private(path)
    assert (mode(path), path.read_text()) == (after, "kept")
    path.chmod(before | 0o200)
    os.close(open_private(path))
    assert mode(path) == after | 0o200


def test_a_directory_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private_directory(tmp_path)
    make_private_directory(tmp_path / "new")
    assert (mode(tmp_path), mode(tmp_path / "new")) == (0o755, 0o700)
    assert keep_private(tmp_path / "nothing")
