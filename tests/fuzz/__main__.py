"""`python -m tests.fuzz [TARGET…] [--seconds N]`: look for inputs that break a reader.

Each target has its share of the seconds, in a process of its own with the router's code instrumented. Inputs that reach
new code are collected in `.run/fuzz/TARGET`, where the next run goes on; what breaks a target is written to
`.run/fuzz/TARGET-findings` and ends its run with exit code 1. `--keep TARGET` writes the smallest set of inputs that
reaches all that is reached into `tests/fuzz/corpus/TARGET`.
"""

import argparse
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2]
CORPUS: Final = Path(__file__).parent / "corpus"
WORK: Final = PROJECT / ".run" / "fuzz"
SLOW_SECONDS: Final = 20  # for one input
MOST_BYTES: Final = {"envelope": 2000, "requests": 1500, "bundle": 4000, "expressions": 400}
KEPT_BYTES: Final = 600  # of an input that is kept
KEPT: Final = 120  # inputs of a target


def fuzz(target: str, arguments: list[str]) -> None:
    """Run libFuzzer in this process; it ends the process. To merge, it starts itself anew."""
    import atheris  # an extra: the corpus is fed without it

    with atheris.instrument_imports(include=["router"], enable_loader_override=False):
        from tests.fuzz.targets import TARGETS

    def feed(data: bytes) -> None:
        try:
            TARGETS[target](data)
        except BaseException:
            (WORK / f"{target}-findings" / f"{sha256(data).hexdigest()[:16]}").write_bytes(data)
            raise

    itself = WORK / f"{target}.sh"
    itself.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.fuzz {target} --inside -- "$@"\n')
    itself.chmod(0o700)
    atheris.Setup([str(itself), *arguments], feed)
    atheris.Fuzz()


def explore(target: str, seconds: int) -> int:
    found, findings = WORK / target, WORK / f"{target}-findings"
    for directory in (found, findings):
        directory.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES[target]}", f"-timeout={SLOW_SECONDS}"]
    options += [f"-artifact_prefix={findings}/", "-print_final_stats=1", "-verbosity=0"]
    return _apart(target, options, found, CORPUS / target)


def keep(target: str) -> int:
    """The merge of libFuzzer, from small inputs to large ones, and of these the first."""
    merged = WORK / f"{target}-merged"
    merged.mkdir(parents=True, exist_ok=True)
    _apart(target, ["-merge=1", f"-max_len={KEPT_BYTES}", "-verbosity=0"], merged, CORPUS / target, WORK / target)
    for path in sorted(merged.iterdir(), key=lambda path: path.stat().st_size)[:KEPT]:
        (CORPUS / target / path.name[:12]).write_bytes(path.read_bytes())
    return 0


def _apart(target: str, options: list[str], *directories: Path) -> int:
    command = [sys.executable, "-m", "tests.fuzz", target, "--inside", "--", *options, *map(str, directories)]
    return subprocess.run(command, cwd=PROJECT, check=False).returncode


def main() -> int:
    given, options = _split(sys.argv[1:])
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", choices=[[], *MOST_BYTES], default=[])
    parser.add_argument("--seconds", type=int, default=3600, help="for all targets together")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(given)
    targets = arguments.targets or list(MOST_BYTES)
    if arguments.inside:
        fuzz(targets[0], options)
        return 0
    if arguments.keep:
        return max(keep(target) for target in targets)
    codes = {target: explore(target, arguments.seconds // len(targets)) for target in targets}
    for target, code in codes.items():
        print(f"{target}: {'nothing found' if code == 0 else f'ended with {code}: see .run/fuzz/{target}-findings'}")
    return int(any(codes.values()))


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Ours and libFuzzer's, which stand behind `--`."""
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:place], arguments[place + 1 :]


if __name__ == "__main__":
    sys.exit(main())
