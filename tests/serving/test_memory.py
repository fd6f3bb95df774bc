"""Large blocks leave the process when they are freed, also when smaller ones were made after them."""

import subprocess
import sys

import pytest

BLOCKS = """
import sys
from router.serving.memory import give_back_large_blocks

def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4 // 1024

if sys.argv[1] == "given back" and not give_back_large_blocks():
    print("no bound")
    sys.exit()
first = bytearray(b"x") * (16 << 20)
del first
before = resident()
large, small = [], []
for _ in range(8):
    large.append(bytearray(b"x") * (12 << 20))
    small.append(bytearray(b"x") * (100 << 10))
large.clear()
print(resident() - before)
"""


def kept(how: str) -> int:
    """MB that stay in a process after it has freed 96 of them."""
    told = subprocess.run([sys.executable, "-c", BLOCKS, how], capture_output=True, text=True, check=True)
    if told.stdout.strip() == "no bound":
        pytest.skip("the C library's allocator has no such bound")
    return int(told.stdout)


def test_freed_blocks_leave_the_process() -> None:
    assert kept("given back") < 12
    assert kept("as it is") > 48
