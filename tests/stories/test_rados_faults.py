"""A store in RADOS when things break: the gateway, an OSD, the monitor, space. What was acknowledged is there byte for byte.

Each test has a server of its own in the cluster of $COFFER_TEST_CEPH_CONF, and leaves the cluster whole."""
import os
import random
import subprocess
import threading
import time

import botocore.exceptions
import pytest

import ceph
from checks import refused
from harness import Server, binary
from test_faults import Ledger, Writer, body_of, check, fsck, read_back

pytestmark = pytest.mark.cluster

MIB = 1 << 20
ROUNDS_QUICK, ROUNDS_ALL = 3, 20
NO_ANSWER = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)


@pytest.fixture
def cluster():
    return ceph.Cluster(ceph.configured())


def seed_of(default):
    seed = int(os.environ.get("COFFER_TEST_SEED", default))
    print(f"seed {seed}")
    return seed


class PatientWriter(Writer):
    """Works on until it is told to stop: an error of the server leaves what was under way open."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.s3 = arguments[0].client("s3", read_timeout=120)
        self.ending = threading.Event()
        self.refusals = 0

    def run(self):
        while not self.ending.is_set():
            try:
                self.step(f"writer-{self.number}/{self.random.randrange(12)}")
                self.done += 1
            except NO_ANSWER:
                self.refusals += 1
            except botocore.exceptions.ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                    raise
                self.refusals += 1


def under_load(server, seed, disturb, writers=4):
    """Runs `disturb` while writers work; then all that was acknowledged is there, and the store is sound."""
    randomness, ledger = random.Random(seed), Ledger()
    server.client("s3").create_bucket(Bucket="crash")
    threads = [PatientWriter(server, ledger, number, randomness.randrange(1 << 32)) for number in range(writers)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    disturb()
    time.sleep(2)
    for thread in threads:
        thread.ending.set()
    for thread in threads:
        thread.join(timeout=180)
        assert not thread.is_alive()
    assert sum(thread.done for thread in threads) > 0
    check(ledger, read_back(server))
    status, text = fsck(server)
    assert status == 0 and "clean" in text, text
    return ledger, sum(thread.refusals for thread in threads)


def kill_rounds(rounds, seed):
    randomness, ledger = random.Random(seed), Ledger()
    with Server(rados=True) as server:
        server.client("s3").create_bucket(Bucket="crash")
        for round_number in range(rounds):
            writers = [Writer(server, ledger, number, randomness.randrange(1 << 32)) for number in range(4)]
            for writer in writers:
                writer.start()
            time.sleep(randomness.uniform(1.0, 3.0))
            server.kill()
            for writer in writers:
                writer.join(timeout=60)
                assert not writer.is_alive()
            assert sum(writer.done for writer in writers) > 0
            status, text = fsck(server)
            assert status == 0 and "clean" in text, f"round {round_number}: {text}"
            server.start()
            check(ledger, read_back(server))
        status, text = fsck(server, "--open")
        assert status == 0 and "clean" in text, text


def test_the_gateway_is_killed_under_load():
    kill_rounds(ROUNDS_QUICK, seed_of(1))


@pytest.mark.slow
def test_the_gateway_is_killed_under_load_long():
    kill_rounds(ROUNDS_ALL, seed_of(random.randrange(1 << 30)))


def test_what_a_killed_gateway_left_behind_is_named_and_swept(cluster):
    """A body whose upload never ended, and one whose row was never committed, do not keep their space."""
    with Server(rados=True) as server:
        s3, blobs = server.client("s3"), f"{server.home.name}/blobs"
        s3.create_bucket(Bucket="swept")
        s3.put_object(Bucket="swept", Key="kept", Body=body_of(1, 9 * MIB))
        kept = set(cluster.objects(blobs))
        assert len(kept) == 3
        environment = server.server_environment
        for point in ["commit.linking=kill", "segment.write=kill@30"]:
            assert server.stop() == 0
            server.server_environment = lambda: {**environment(), "COFFER_FAULT": point}  # noqa: B023
            server.start()
            server.server_environment = environment
            with pytest.raises(NO_ANSWER):
                server.client("s3").put_object(Bucket="swept", Key="lost", Body=body_of(2, 9 * MIB))
            assert server.process.wait(timeout=10) != 0
            lost = set(cluster.objects(blobs)) - kept
            assert len({name.split(".")[0] for name in lost}) == 1
            status, text = fsck(server)
            assert status == 0, text
            [line] = [line for line in text.splitlines() if line.startswith("unlinked: ")]
            assert lost.pop().split(".")[0] in line
            server.start()
            deadline = time.monotonic() + 60
            while set(cluster.objects(blobs)) != kept and time.monotonic() < deadline:
                time.sleep(1)
            assert set(cluster.objects(blobs)) == kept
            assert server.client("s3").get_object(Bucket="swept", Key="kept")["Body"].read() == body_of(1, 9 * MIB)
        status, text = fsck(server)
        assert status == 0 and "unlinked: " not in text, text


def test_an_osd_stops_and_comes_back(cluster):
    def disturb():
        cluster.stop("osd", "0")
        time.sleep(8)
        cluster.start("osd", "0")
        cluster.await_health()

    with Server(rados=True) as server:
        under_load(server, seed_of(2), disturb)


def test_the_monitor_restarts(cluster):
    def disturb():
        cluster.stop("mon", "a")
        time.sleep(5)
        cluster.start("mon", "a")
        cluster.await_health()

    with Server(rados=True) as server:
        under_load(server, seed_of(3), disturb)


@pytest.mark.slow
def test_operations_time_out_and_nobody_knows(cluster):
    """Every OSD is away for longer than an operation waits: some answers are errors, and each key holds what was sent."""
    def disturb():
        osds = [str(number) for number in range(int(cluster.ceph("osd", "ls").split()[-1]) + 1)]
        for osd in osds:
            cluster.stop("osd", osd)
        time.sleep(45)
        for osd in osds:
            cluster.start("osd", osd)
        cluster.await_health()

    with Server(rados=True) as server:
        _, refusals = under_load(server, seed_of(4), disturb)
        assert refusals > 0


def test_a_full_cluster_refuses_bodies_and_takes_deletes(cluster):
    with Server(rados=True) as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="full")
        for name, size in [("small", 100), ("large", 100_000)]:
            s3.put_object(Bucket="full", Key=name, Body=b"x" * size)
        cluster.ceph("osd", "pool", "set-quota", ceph.POOL, "max_bytes", "4096")
        try:
            cluster.await_full(True)
            time.sleep(5)
            for size in [100, 100_000, 10 * MIB]:
                with refused("ServiceUnavailable", 503):
                    s3.put_object(Bucket="full", Key="new", Body=b"x" * size)
            assert s3.get_object(Bucket="full", Key="large")["Body"].read() == b"x" * 100_000
            s3.delete_object(Bucket="full", Key="large")
            s3.delete_object(Bucket="full", Key="small")
            assert s3.list_objects_v2(Bucket="full")["KeyCount"] == 0
        finally:
            cluster.ceph("osd", "pool", "set-quota", ceph.POOL, "max_bytes", "0")
            cluster.await_full(False)
        deadline = time.monotonic() + 60
        while True:
            try:
                s3.put_object(Bucket="full", Key="again", Body=b"x" * 100_000)
                break
            except botocore.exceptions.ClientError:
                assert time.monotonic() < deadline
                time.sleep(1)
        status, text = fsck(server)
        assert status == 0, text


def start_refused(server, *arguments, store_name=None):
    """The sentence with which the server does not start."""
    begun = time.monotonic()
    command = [str(binary()), "server", "--data-dir", str(server.data), "--listen", "127.0.0.1:0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=server.server_environment(), timeout=60)
    assert done.returncode in (1, 2) and time.monotonic() - begun < 45
    return done.stderr.strip().splitlines()[-1]


def test_what_cannot_be_opened_is_told_in_a_sentence(cluster, tmp_path):
    nowhere = tmp_path / "ceph.conf"
    nowhere.write_text("[global]\nmon_host = v2:127.0.0.1:9\nauth_client_required = none\n")
    at = ["--store", "rados", "--ceph-conf"]
    with Server(rados=True) as server:
        name = ["--store-name", server.home.name]
        with Server(rados=False) as other:
            assert other.stop() == 0
            assert "holds an embedded store" in start_refused(other, *at, str(cluster.conf), "--pool", ceph.POOL, *name)
            other.start()
        assert "is in use by another process" in start_refused(server, *at, str(cluster.conf), "--pool", ceph.POOL, *name)
        assert server.stop() == 0
        assert "lies in a RADOS pool" in start_refused(server)
        assert "cannot be read" in start_refused(server, *at, str(tmp_path / "missing"), "--pool", ceph.POOL, *name)
        assert "does not answer" in start_refused(server, *at, str(nowhere), "--pool", ceph.POOL, *name)
        assert "There is no pool absent." in start_refused(server, *at, str(cluster.conf), "--pool", "absent", *name)
        assert "holds none" in start_refused(server, *at, str(cluster.conf), "--pool", ceph.POOL, "--store-name", "other")
        cluster.rados("-N", server.home.name, "getomapval", "store", "format", str(tmp_path / "record"))
        record = (tmp_path / "record").read_bytes()
        assert record == (server.data / "FORMAT").read_bytes()
        newer = record.replace(b"coffer-rados 1\nleast-reader 1", b"coffer-rados 7\nleast-reader 7")
        (tmp_path / "newer").write_bytes(newer)
        put = ["-N", server.home.name, "setomapval", "store", "format", "--input-file"]
        cluster.rados(*put, str(tmp_path / "newer"))
        status, text = fsck(server)
        assert status == 2 and "in format 7, which needs a reader of format 7 or later" in text, text
        cluster.rados(*put, str(tmp_path / "record"))
        server.start()
