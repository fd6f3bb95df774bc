"""`process_*` of a whole server: gunicorn's master and all its workers, whichever of them is asked.

The CPU time is that of all, the dead ones included (the master's own account of its children), so it never goes back.
Memory is the sum, which counts pages that they share once for each. Of open files the process is told that has most,
since the limit holds for each. The start is the master's. Without several processes it is this process alone.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from prometheus_client import ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

TICKS: Final = os.sysconf("SC_CLK_TCK")
CUTIME, CSTIME = 13, 14  # fields of /proc/PID/stat behind the name: the CPU time of children that have ended


class ServerCollector(Collector):
    """Of the processes `family()`: the eldest first."""

    def __init__(self, *, has_workers: bool, proc: str = "/proc") -> None:
        self._has_workers = has_workers
        self._proc = proc

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """Nothing where there is no /proc."""
        family = self._family()
        found = [values for pid in family if (values := self._values(pid))]
        if self._has_workers:
            yield GaugeMetricFamily("ivr_workers", "Workers that live.", value=len(family) - 1)
        if not found:
            return
        cpu = sum(values["process_cpu_seconds_total"] for values in found) + self._cpu_of_the_dead(family[0])
        yield CounterMetricFamily("process_cpu_seconds", "CPU time of master and workers, the dead included.", cpu)
        for name, text in (
            ("process_resident_memory_bytes", "Resident memory of master and workers together."),
            ("process_virtual_memory_bytes", "Virtual memory of master and workers together."),
        ):
            yield GaugeMetricFamily(name, text, sum(values.get(name, 0.0) for values in found))
        started = found[0]["process_start_time_seconds"]
        yield GaugeMetricFamily("process_start_time_seconds", "When the master started, Unix seconds.", started)
        files = max(values.get("process_open_fds", 0.0) for values in found)
        yield GaugeMetricFamily("process_open_fds", "Open files of the process that has most.", files)
        limit = min(values.get("process_max_fds", 0.0) for values in found)
        yield GaugeMetricFamily("process_max_fds", "How many files each process may open.", limit)

    def _family(self) -> Sequence[int]:
        own = os.getpid()
        if not self._has_workers:
            return [own]
        master = self._parent()
        workers = self._children(master)
        return [master, *workers] if own in workers else [own]  # an orphan's foster parent is no master

    def _parent(self) -> int:
        return os.getppid()

    def _children(self, parent: int) -> list[int]:
        try:
            tasks = list(Path(self._proc, str(parent), "task").iterdir())
            return sorted(int(pid) for task in tasks for pid in (task / "children").read_text().split())
        except (OSError, ValueError):  # a kernel without CONFIG_PROC_CHILDREN
            return []

    def _values(self, pid: int) -> dict[str, float]:
        """Empty for a process that has just ended."""
        collector = ProcessCollector(proc=self._proc, pid=lambda: pid, registry=None)
        return {sample.name: sample.value for family in collector.collect() for sample in family.samples}

    def _cpu_of_the_dead(self, master: int) -> float:
        if not self._has_workers:
            return 0.0
        try:
            fields = Path(self._proc, str(master), "stat").read_text().rpartition(")")[2].split()
            return (int(fields[CUTIME]) + int(fields[CSTIME])) / TICKS
        except (OSError, ValueError, IndexError):
            return 0.0
