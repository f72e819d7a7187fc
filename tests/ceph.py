"""A throw-away Ceph cluster on loopback (tests/tools/mini-ceph.sh), and the ways to hurt it."""
import os
import re
import subprocess
import time
from pathlib import Path

POOL = "coffer"
MINI_CEPH = Path(__file__).resolve().parent / "tools/mini-ceph.sh"


def configured():
    """The ceph.conf of the cluster that tests may use; None: there is none."""
    return os.environ.get("COFFER_TEST_CEPH_CONF")


def chosen():
    """Whether the stories' servers keep their stores in that cluster."""
    return os.environ.get("COFFER_TEST_STORE") == "rados"


def store_arguments(name):
    """The server's options for a store of this name."""
    return ["--store", "rados", "--ceph-conf", configured(), "--pool", POOL, "--store-name", name]


class Cluster:
    def __init__(self, conf):
        self.conf = Path(conf)
        self.folder = self.conf.parent

    @classmethod
    def make(cls, folder, osds=1, store="memstore", auth="none"):
        """Starts a new cluster, its OSDs in memory or on disk (bluestore), with the pool that the tests use, of as many copies as OSDs."""
        environment = {**os.environ, "DIR": str(folder), "STORE": store, "AUTH": auth, "OSDS": str(osds), "SIZE": str(osds)}
        subprocess.run([MINI_CEPH, "start"], env=environment, timeout=180, check=True)
        cluster = cls(Path(folder) / "ceph.conf")
        # An OSD in memory writes what it has to disk only where it may take its time to end.
        cluster.ceph("config", "set", "osd", "osd_fast_shutdown", "false")
        cluster.ceph("osd", "pool", "create", POOL, "16")
        cluster.ceph("osd", "pool", "application", "enable", POOL, "coffer")
        return cluster

    def destroy(self):
        subprocess.run([MINI_CEPH, "destroy"], env={**os.environ, "DIR": str(self.folder)}, timeout=180, check=True)

    def ceph(self, *arguments):
        return subprocess.run(["ceph", "-c", self.conf, "--connect-timeout", "20", *arguments], timeout=60, check=True, capture_output=True,
                              text=True).stdout

    def rados(self, *arguments):
        return subprocess.run(["rados", "-c", self.conf, "-p", POOL, *arguments], timeout=120, check=True, capture_output=True).stdout

    def objects(self, namespace):
        """The names of a namespace's objects."""
        return self.rados("-N", namespace, "ls").decode().split()

    def stop(self, kind, name):
        """Ends one daemon: ("osd", "0") or ("mon", "a"). An OSD in memory keeps what it has on disk meanwhile."""
        pid = int((self.folder / f"run/{kind}.{name}.pid").read_text())
        os.kill(pid, 15)
        deadline = time.monotonic() + 60
        while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not os.path.exists(f"/proc/{pid}"), f"{kind}.{name} does not end"

    def start(self, kind, name):
        subprocess.run([f"ceph-{kind}", "-c", self.conf, "-i", name], timeout=60, check=True, stdout=subprocess.DEVNULL)

    def await_health(self, seconds=90):
        """Waits until every placement group can be read and written."""
        deadline = time.monotonic() + seconds
        while not re.search(r"pgs: \d+ active\+clean;", text := self.ceph("pg", "stat")):
            assert time.monotonic() < deadline, text
            time.sleep(0.5)

    def await_full(self, full, seconds=60):
        deadline = time.monotonic() + seconds
        while ("POOL_FULL" in (text := self.ceph("health", "detail"))) != full:
            assert time.monotonic() < deadline, text
            time.sleep(0.5)
