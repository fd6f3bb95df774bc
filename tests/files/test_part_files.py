"""Parts in files of a machine: whole, ours alone, and never the reason for a failure."""

import os
from pathlib import Path

import pytest

from router.files.part_files import MappedParts
from router.flow.image_parts import Reference, reference_to

CONTENT = b"a list of numbers " * 1000
OTHER = b"another list " * 1000


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "parts"


def named(content: bytes) -> Reference:
    return reference_to(content)


def test_what_was_put_is_got_by_another_process(directory: Path) -> None:
    put = MappedParts(directory).put(named(CONTENT), CONTENT)
    got = MappedParts(directory).get(named(CONTENT))
    assert got is not None
    assert bytes(put) == bytes(got) == CONTENT
    assert isinstance(got, memoryview)
    assert (directory.stat().st_mode & 0o777, (directory / named(CONTENT).digest).stat().st_mode & 0o777) == (
        0o700, 0o600,
    )  # fmt: skip


def test_what_is_not_there(directory: Path) -> None:
    assert MappedParts(directory).get(named(CONTENT)) is None


@pytest.mark.parametrize("damage", [b"", CONTENT[:-1], CONTENT[:-1] + b"?", CONTENT + b"!"])
def test_what_is_not_whole_counts_as_absent_and_is_written_anew(directory: Path, damage: bytes) -> None:
    parts, reference = MappedParts(directory), named(CONTENT)
    parts.put(reference, CONTENT)
    (directory / reference.digest).write_bytes(damage)
    assert parts.get(reference) is None
    assert bytes(parts.put(reference, CONTENT)) == CONTENT
    assert bytes(parts.get(reference) or b"") == CONTENT


def test_a_link_and_a_file_that_others_may_write_are_not_followed(directory: Path, tmp_path: Path) -> None:
    parts, reference = MappedParts(directory), named(CONTENT)
    parts.put(named(OTHER), OTHER)
    (tmp_path / "elsewhere").write_bytes(CONTENT)
    (directory / reference.digest).symlink_to(tmp_path / "elsewhere")
    assert parts.get(reference) is None
    parts.put(reference, CONTENT)
    (directory / reference.digest).chmod(0o666)
    assert parts.get(reference) is None


def test_a_directory_that_others_may_write_is_of_no_use(directory: Path) -> None:
    directory.mkdir(mode=0o777)
    directory.chmod(0o777)
    parts = MappedParts(directory)
    assert parts.put(named(CONTENT), CONTENT) is CONTENT
    assert list(directory.iterdir()) == []


def test_without_a_directory_each_process_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    parts = MappedParts(tmp_path / "file" / "parts")
    assert parts.put(named(CONTENT), CONTENT) is CONTENT
    assert parts.get(named(CONTENT)) is None


def test_the_oldest_go_and_stay_with_those_who_have_them(directory: Path) -> None:
    parts = MappedParts(directory, most_bytes=len(CONTENT) + len(OTHER) - 1)
    mapped = parts.put(named(CONTENT), CONTENT)
    os.utime(directory / named(CONTENT).digest, (1, 1))
    parts.put(named(OTHER), OTHER)
    assert [path.name for path in directory.iterdir()] == [named(OTHER).digest]
    assert bytes(mapped) == CONTENT


def test_one_that_is_larger_than_all_may_be_is_kept_alone(directory: Path) -> None:
    parts = MappedParts(directory, most_bytes=10)
    parts.put(named(CONTENT), CONTENT)
    assert bytes(parts.get(named(CONTENT)) or b"") == CONTENT
