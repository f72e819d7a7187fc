"""Coffer and Ceph's own gateway on one cluster: the same requests under SSE-KMS, and the CPU of gateway and OSD apart."""
import http.client
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest

import load
import machine
import servers
from machine import SERVER_CORE, pinned

import ceph  # servers makes tests/ known

NEEDED = ("ceph-osd", "radosgw", "radosgw-admin")
RGW_SH = servers.harness.TOP / "tests/tools/rgw.sh"
LARGE_LOAD = Path(__file__).resolve().parent / "large_load.py"
SMALL, LARGE = 4 << 10, 64 << 20
SMALL_KEYS, LARGE_KEYS = 2000, 2  # the load keeps its requests in memory
CONNECTIONS = {SMALL: 16, LARGE: 4}
BUCKET = "bench-bucket"


class Coffer(servers.Coffer):
    """One event loop on the gateway's core, its store in the cluster's pool."""

    def __init__(self, program):
        servers.harness.Server.__init__(self, program=program, arguments=["--threads", "1"], rados=True)

    def prepare(self):
        self.client("s3").create_bucket(Bucket=BUCKET)
        return self.client("kms").create_key()["KeyMetadata"]["Arn"]


class Rgw:
    """Ceph's gateway as tests/tools/rgw.sh sets it up, with TLS beside, on the gateway's core. Its keys come from its configuration."""

    region, access_key, secret_key = "us-east-1", "AKTEST", "SKTEST"

    def __init__(self, cluster):
        self.cluster = cluster
        self.port, self.plain_port = servers.harness.free_port(), servers.harness.free_port()

    def __enter__(self):
        self.ca, key = servers.make_certificate(self.cluster.folder)
        self.script("start")  # writes its configuration
        first = int((self.cluster.folder / "run/client.rgw.pid").read_text())
        self.script("stop")
        while Path(f"/proc/{first}").exists():
            time.sleep(0.1)
        with open(self.cluster.conf, "a") as conf:
            conf.write(f"[client.rgw]\nrgw_frontends = beast endpoint=127.0.0.1:{self.plain_port} ssl_endpoint=127.0.0.1:{self.port}"
                       f" ssl_certificate={self.ca} ssl_private_key={key} tcp_nodelay=1\n")
        self.script("start")
        self.pid = int((self.cluster.folder / "run/client.rgw.pid").read_text())
        self.script("user")
        return self

    def script(self, what):
        environment = {**os.environ, "DIR": str(self.cluster.folder), "RGW_PORT": str(self.plain_port)}
        # The daemon keeps what it is given as its output: a pipe would never end.
        subprocess.run(pinned(SERVER_CORE, [RGW_SH, what]), env=environment, check=True, timeout=180, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def __exit__(self, *_):
        subprocess.run([RGW_SH, "stop"], env={**os.environ, "DIR": str(self.cluster.folder)}, check=False)

    def connection(self):
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=ssl.create_default_context(cafile=str(self.ca)), timeout=120)

    def prepare(self):
        ask(self.connection(), Signer(self, {}), "PUT", f"/{BUCKET}")
        return "testkey-1"


def ask(connection, signer, method, path, body=None):
    connection.request(method, signer.presign(method, path), body=body, headers=signer.headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:500]}")
    return text, answer.headers["x-amz-server-side-encryption"]


class Signer(load.Signer):
    """Signs further headers along."""

    def __init__(self, gateway, headers):
        super().__init__(gateway)
        self.headers = headers

    def presign(self, method, path):
        request = AWSRequest(method=method, url=f"https://{self.host}{path}", headers=dict(self.headers))
        S3SigV4QueryAuth(self.credentials, "s3", self.region, expires=load.WEEK).add_auth(request)
        return request.url.removeprefix(f"https://{self.host}")

    def object_head(self, method, path, size):
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        length = f"Content-Length: {size}\r\n" if method == "PUT" else ""
        return f"{method} {self.presign(method, path)} HTTP/1.1\r\nHost: {self.host}\r\n{lines}{length}\r\n".encode()


class LargeLoad(load.Load):
    """Runs until what was begun in its time has ended."""

    def command(self, seconds):
        return machine.pinned(machine.LOAD_CORE, [sys.executable, LARGE_LOAD, self.server.port, self.server.ca, self.connections, seconds,
                                                  self.heads] + ([self.body] if self.body else []))


class Bench:
    def __init__(self, options):
        self.options = options
        self.parent = tempfile.TemporaryDirectory(prefix="bench-ceph-")
        self.gateways = {}

    def __enter__(self):
        folder = Path(self.parent.name) / "ceph"
        self.cluster = ceph.Cluster(folder / "ceph.conf")
        try:
            ceph.Cluster.make(folder, store="bluestore", auth="cephx")  # without keys Ceph's gateway does not start
            os.environ["COFFER_TEST_CEPH_CONF"] = str(self.cluster.conf)
            self.osd = int((folder / "run/osd.0.pid").read_text())
            self.coffer = Coffer(self.options.binary).__enter__()
            rgw = Rgw(self.cluster).__enter__()
        except BaseException:
            self.__exit__()
            raise
        self.gateways = {"coffer": self.coffer, "rgw": rgw}
        return self

    def __exit__(self, *_):
        if getattr(self, "coffer", None):
            self.coffer.stop()
        self.cluster.destroy()
        self.parent.cleanup()

    def targets(self):
        """{target: (gateway, headers of a PUT)}"""
        kms = {"x-amz-server-side-encryption": "aws:kms"}
        out = {}
        for name, gateway in self.gateways.items():
            key = gateway.prepare()
            out[name] = (gateway, {**kms, "x-amz-server-side-encryption-aws-kms-key-id": key})
        coffer, headers = out["coffer"]
        out["coffer-bucket-key"] = (coffer, {**headers, "x-amz-server-side-encryption-bucket-key-enabled": "true"})
        return out

    def make_loads(self, say):
        loads, targets = {}, self.targets()
        for size, count in ((SMALL, min(SMALL_KEYS, self.options.keys_max)), (LARGE, LARGE_KEYS)):
            for target, (gateway, headers) in targets.items():
                say(f"putting {count} objects of {size} bytes, {target}")
                paths = [f"/{BUCKET}/{target}/{key}" for key in load.keys_of(size, count)]
                body = load.body_of(size)
                fill(gateway, headers, paths, body)
                for verb in ("PUT", "GET"):
                    signer = Signer(gateway, headers if verb == "PUT" else {})
                    heads = [signer.object_head(verb, path, size) for path in paths]
                    kind = LargeLoad if size == LARGE else load.Load
                    loads[verb, size, target] = kind(gateway, heads, body if verb == "PUT" else None, CONNECTIONS[size])
        return loads

    def measure(self, cell_load, seconds):
        machine.settle(self.osd, 5)
        before = machine.cpu_seconds(self.osd)
        figures = cell_load.run(seconds)
        figures["osd_us"] = (machine.cpu_seconds(self.osd) - before) * 1e6 / figures["requests"]
        return figures


def fill(gateway, headers, paths, body):
    """Puts the objects that GETs will read, and reads the first back."""
    signer = Signer(gateway, headers)
    left, lock, failures = iter(paths), threading.Lock(), []

    def work():
        connection = gateway.connection()
        while not failures:
            with lock:
                path = next(left, None)
            if path is None:
                return
            try:
                if ask(connection, signer, "PUT", path, body)[1] != "aws:kms":
                    failures.append(RuntimeError(f"PUT {path} was not encrypted"))
            except (RuntimeError, OSError, http.client.HTTPException) as error:
                failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    if ask(gateway.connection(), Signer(gateway, {}), "GET", paths[0]) != (body, "aws:kms"):
        raise RuntimeError(f"GET {paths[0]}: not what was put")


NAMES = {"rgw": "Ceph's gateway", "coffer": "Coffer", "coffer-bucket-key": "Coffer, Bucket Key"}


def print_cells(seen, size_name, median, ratio):
    print("| SSE-KMS | | gateway | its CPU µs a request | OSD's | requests/s | MiB/s | p50 ms | p99 ms | CPU / Ceph's | requests / Ceph's |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for (verb, size, target), figures in sorted(seen.items(), key=lambda item: item[0][:2]):
        base = seen.get((verb, size, "rgw")) if target != "rgw" else None
        per_second = median(figures, "per_second")
        cpu, rate = (ratio(figures, base, name) if base else "" for name in ("cpu_us", "per_second"))
        print(f"| {verb} | {size_name(size)} | {NAMES[target]} | {median(figures, 'cpu_us'):.0f} | {median(figures, 'osd_us'):.0f} | "
              f"{per_second:.0f} | {per_second * size / 2**20:.0f} | {median(figures, 'p50_us') / 1e3:.2f} | "
              f"{median(figures, 'p99_us') / 1e3:.2f} | {cpu} | {rate} |")
