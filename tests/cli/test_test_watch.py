"""`ivr test --watch`: a change is judged at once, a broken file ends nothing, Ctrl-C does."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from router.cli.test import test as run_tests

ROOT = Path(__file__).parents[2]


def test_it_runs_again_after_each_change(tmp_path: Path) -> None:
    place = tmp_path / "flows"
    shutil.copytree(ROOT / "tests" / "bundles" / "reception", place)
    main = (place / "main.yaml").read_text(encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "router.cli", "test", "--watch", str(place)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None

    def until(words: str) -> str:
        for line in process.stdout or ():
            if words in line:
                return line
        raise AssertionError(f"it ended without {words!r}")

    try:
        until("3 passed, 0 failed")
        wrong = main.replace("1: sales", "1: support")
        # A watch begins a moment after the first run: write until it is noticed.
        while not _noticed(process, place / "main.yaml", wrong):
            pass
        until("2 passed, 1 failed")
        (place / "main.yaml").write_text(main.replace("steps:", "steps"), encoding="utf-8")
        until("main.yaml:")
        (place / "main.yaml").write_text(main, encoding="utf-8")
        until("3 passed, 0 failed")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _noticed(process: "subprocess.Popen[str]", file: Path, text: str) -> bool:
    import select

    file.write_text(text, encoding="utf-8")
    readable, _, _ = select.select([process.stdout], [], [], 2.0)
    return bool(readable)


def test_updating_while_watching_is_refused() -> None:
    answer = CliRunner().invoke(run_tests, [str(ROOT / "tests" / "bundles" / "reception"), "--watch", "--update"])
    assert answer.exit_code == 2
    assert "use one of them" in answer.output
