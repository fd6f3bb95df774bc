"""The verifiers that docs/notify.md prints tell our requests from others, each in its own language."""

import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
import pytest

from router.history.delivery_view import delivery_object
from router.protocol.webhook_sign import signatures
from tests.docs.pages import PROJECT, blocks
from tests.history.test_delivery_view import told
from tests.openapi import problems

PAGE: Final = PROJECT / "docs" / "notify.md"
SECRET, OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = '{"type":"main.tell","data":{"имя":"Анна"}}'.encode()

DRIVERS: Final[
    Mapping[str, tuple[str, str, tuple[str, ...]]]
] = {  # language -> file, what is put behind it, how it runs
    "python": (
        "verify.py",
        "import sys\nwith open(sys.argv[5], 'rb') as file:\n    body = file.read()\nnames = ('webhook-id', 'webhook-timestamp',"
        " 'webhook-signature')\nsys.exit(0 if verify(sys.argv[1], dict(zip(names, sys.argv[2:5])), body) else 9)\n",
        ("python3",),
    ),
    "javascript": (
        "verify.js",
        "const [secret, id, timestamp, signature, file] = process.argv.slice(2);\n"
        "const headers = {'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature};\n"
        "process.exit(verify(secret, headers, require('node:fs').readFileSync(file)) ? 0 : 9);\n",
        ("node",),
    ),
    "php": (
        "verify.php",
        "$names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];\n"
        "exit(verify($argv[1], array_combine($names, array_slice($argv, 2, 3)), file_get_contents($argv[5])) ? 0 : 9);\n",
        ("php",),
    ),
    "go": (
        "verify.go",
        """
func main() {
	headers := http.Header{}
	for number, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		headers.Set(name, os.Args[number+2])
	}
	body, err := os.ReadFile(os.Args[5])
	if err != nil || !Verify(os.Args[1], headers, body, 5*time.Minute) {
		os.Exit(9)
	}
}
""",
        (),
    ),
    "shell": ("verify.sh", 'verify "$@" || exit 9\n', ("sh",)),
}


def verifiers() -> dict[str, str]:
    """Language -> its function, as the page prints it."""
    found = [block for block in blocks() if block.page == PAGE and block.mark.startswith("verifier: ")]
    return {block.mark.removeprefix("verifier: "): block.text for block in found}


@pytest.fixture(scope="module", params=sorted(DRIVERS))
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """How the verifier of a language is run; skipped where the language is not there."""
    name, driver, runs = DRIVERS[request.param]
    needed = {"go": "go", "shell": "openssl"}.get(request.param, runs[0] if runs else "")
    if shutil.which(needed) is None:
        pytest.skip(f"{needed} is not installed")
    directory = tmp_path_factory.mktemp(request.param)
    text = verifiers()[request.param]
    if request.param == "go":
        text = text.replace('"net/http"\n', '"net/http"\n\t"os"\n')
    (directory / name).write_text(text + driver, encoding="utf-8")
    if not runs:
        built = directory / "verify"
        subprocess.run(["go", "build", "-o", built, directory / name], check=True, timeout=120)
        return (str(built),)
    return *runs, str(directory / name)


Verify = Callable[..., bool]


@pytest.fixture
def verify(program: tuple[str, ...], tmp_path: Path) -> Verify:
    """(secret, id, timestamp, signatures, body) -> whether it is taken for ours."""

    def run(secret: str, delivery_id: str, timestamp: object, signature: str, body: bytes) -> bool:
        (tmp_path / "body").write_bytes(body)
        arguments = [*program, secret, delivery_id, str(timestamp), signature, str(tmp_path / "body")]
        done = subprocess.run(arguments, capture_output=True, timeout=60, check=False)
        assert done.returncode in (0, 9), done.stderr.decode()
        return done.returncode == 0

    return run


def test_ours_is_taken_and_what_was_changed_is_not(verify: Verify) -> None:
    now = int(time.time())
    sign = signatures([SECRET], "t-7", now, BODY)
    assert verify(SECRET, "t-7", now, sign, BODY)
    assert verify(SECRET, "t-7", now, signatures([OTHER, SECRET], "t-7", now, BODY), BODY)
    assert not verify(SECRET, "t-7", now, signatures([OTHER], "t-7", now, BODY), BODY)
    assert not verify(SECRET, "t-7", now, sign, BODY + b" ")
    assert not verify(SECRET, "t-8", now, sign, BODY)
    assert not verify(SECRET, "t-7", now + 1, sign, BODY)


def test_what_is_old_or_has_no_time_is_not_taken(verify: Verify) -> None:
    for timestamp in (int(time.time()) - 400, int(time.time()) + 400):
        assert not verify(SECRET, "t-7", timestamp, signatures([SECRET], "t-7", timestamp, BODY), BODY)
    for timestamp in ("", "now", "-1"):
        assert not verify(SECRET, "t-7", timestamp, signatures([SECRET], "t-7", 0, BODY), BODY)


def test_each_language_that_is_tested_is_printed() -> None:
    assert sorted(verifiers()) == sorted(DRIVERS)


def test_the_envelope_on_the_page_is_described_and_whole() -> None:
    (shown,) = [block.text for block in blocks() if block.page == PAGE and block.mark == "envelope"]
    envelope = msgspec.json.decode(shown)
    assert not problems({"$ref": "#/components/schemas/Envelope"}, envelope)
    assert envelope.keys() == delivery_object(told())["envelope"].keys()
