"""The machine: what it is, how busy it is, which core a process stays on, and what CPU time it took."""
import os
import platform
import re
import time
from pathlib import Path

SERVER_CORE, LOAD_CORE = 0, 1


def pinned(core, command):
    return ["taskset", "-c", str(core), *map(str, command)]


def cpu_seconds(pid):
    """CPU time of every thread of `pid` so far: what /proc/PID/stat sums as utime + stime, in nanoseconds instead of ticks."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def settle(pid, seconds_max=20):
    """Waits until `pid` is idle: compaction and sweeps of one cell are not the next one's."""
    deadline = time.monotonic() + seconds_max
    while time.monotonic() < deadline:
        before = cpu_seconds(pid)
        time.sleep(0.25)
        if cpu_seconds(pid) - before < 0.0125:
            return


def description():
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    memory_kib = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1])
    return (f"{model[1].strip() if model else platform.machine()}, {os.cpu_count()} cores, {memory_kib / 2**20:.0f} GiB, "
            f"Linux {platform.release()}")


def load():
    return os.getloadavg()[0]


def others_busy(seconds=1.0):
    """The share of all cores that was busy just now, measured while this program sleeps."""
    def read():
        fields = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]
    total, idle = read()
    time.sleep(seconds)
    total_now, idle_now = read()
    return 1 - (idle_now - idle) / max(1, total_now - total)
