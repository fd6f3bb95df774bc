"""A bundle as an archive: what other programs make is read, and nothing that strangers make does harm."""

import gzip
import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.errors import ArchiveInvalid, BundleRefused
from router.files import archive
from router.files.archive import read_archive, write_archive
from router.files.bundle import read_directory

FLOWS = Path(__file__).parents[2] / "flows"
MAIN = b"flow: main\n"


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as made:
        for info, content in members:
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return plain.getvalue()


def test_what_is_written_is_read_and_always_the_same() -> None:
    files = read_directory(FLOWS)
    written = write_archive(files)
    assert read_archive(written) == files
    assert write_archive(dict(reversed(files.items()))) == written


@pytest.mark.parametrize("form", ["gnu", "posix", "ustar", "v7"])
@pytest.mark.parametrize("compressed", [True, False])
def test_what_tar_makes_of_the_directory(form: str, compressed: bool) -> None:
    options = ["-C", str(FLOWS), "-czf" if compressed else "-cf", "-", "--format", form, "."]
    made = subprocess.run(["tar", *options], capture_output=True, check=True).stdout
    assert read_archive(made) == read_directory(FLOWS)


def test_what_is_no_part_of_a_bundle_is_passed_over() -> None:
    made = tar(
        (member("main.yaml"), MAIN), (member("README.md"), b"#"), (member(".git/config.yaml"), b"x"),
        (member("night", tarfile.DIRTYPE), b""), (member("night/._a.yaml"), b"x"), (member("./night/b.yaml"), MAIN),
        (member(".link", tarfile.SYMTYPE, "/etc"), b""),
    )  # fmt: skip
    assert read_archive(made) == {"main.yaml": MAIN, "night/b.yaml": MAIN}


def test_a_directory_that_is_kept_apart_is_passed_over_wherever_its_mark_comes() -> None:
    made = tar(
        (member("./library/clinic/main.yaml"), MAIN), (member("library/link", tarfile.SYMTYPE, "/etc"), b""),
        (member("./library/.nobundle"), b""), (member(".nobundle"), b""), (member("library.yaml"), MAIN),
        (member("more/library/main.yaml"), MAIN),
    )  # fmt: skip
    assert read_archive(made) == {"library.yaml": MAIN, "more/library/main.yaml": MAIN}


@pytest.mark.parametrize(
    ("made", "file", "said"),
    [
        (member("../x.yaml"), "../x.yaml", "leads out of the bundle"),
        (member("a/../../x.yaml"), "a/../../x.yaml", "leads out of the bundle"),
        (member("/etc/x.yaml"), "/etc/x.yaml", "leads out of the bundle"),
        (member("x.yaml", tarfile.SYMTYPE, "/etc/passwd"), "x.yaml", "this is a link"),
        (member("x.yaml", tarfile.LNKTYPE, "main.yaml"), "x.yaml", "this is a link"),
        (member("x", tarfile.CHRTYPE), "x", "this is a device"),
        (member("x", tarfile.BLKTYPE), "x", "this is a device"),
        (member("x", tarfile.FIFOTYPE), "x", "this is a pipe"),
        (member("./main.yaml"), "./main.yaml", "two files of this name"),
        (member("a\udcff.yaml"), "a\\xff.yaml", "not UTF-8"),
    ],
)
def test_what_no_bundle_may_have(made: tarfile.TarInfo, file: str, said: str) -> None:
    with pytest.raises(BundleRefused) as refused:
        read_archive(tar((member("main.yaml"), MAIN), (made, b"")))
    (finding,) = refused.value.findings
    assert finding.mark.file == file
    assert said in finding.message


def test_all_of_them_are_told() -> None:
    with pytest.raises(BundleRefused) as refused:
        read_archive(tar((member("/a"), b""), (member("b", tarfile.FIFOTYPE), b"")))
    assert [finding.mark.file for finding in refused.value.findings] == ["/a", "b"]


def test_few_bytes_that_stand_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(archive, "MOST_PLAIN_BYTES", 2 << 20)
    large = member("a.yaml")
    large.size = 8 << 20
    for bomb in (
        gzip.compress(large.tobuf() + bytes(8 << 20)),
        gzip.compress(tar((member("a.txt"), bytes(600 << 10)), (member("b.txt"), bytes(600 << 10)))),
        gzip.compress(tar((member("README"), bytes(3 << 20)))),
    ):
        with pytest.raises(ArchiveInvalid, match="is it a bundle"):
            read_archive(bomb)


def test_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_ENTRIES", 20)
    with pytest.raises(ArchiveInvalid, match="more than 20 members"):
        read_archive(tar(*((member(f"{number}.md"), b"") for number in range(21))))


def test_what_is_no_archive() -> None:
    whole = write_archive({"main.yaml": os.urandom(3000)})
    odd = [os.urandom(2000), b"PK\x03\x04" + bytes(2000), whole[:200], whole[:-4], whole[:-9] + b"12345" + whole[-4:]]
    odd += [gzip.decompress(whole)[:700], tar((member("main.yaml"), MAIN)).replace(b"0000644", b"zzzzzzz")]
    for content in odd:
        with pytest.raises(ArchiveInvalid):
            read_archive(content)


@given(st.data())
@settings(max_examples=200)
def test_any_change_is_taken_or_refused(data: st.DataObject) -> None:
    content = bytearray(tar((member("main.yaml"), MAIN), (member("night/b.yaml"), MAIN)))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, 2047))] = data.draw(st.integers(0, 255))
    try:
        files = read_archive(bytes(content))
    except (ArchiveInvalid, BundleRefused):
        return
    assert all(not name.startswith("/") and ".." not in name.split("/") for name in files)
