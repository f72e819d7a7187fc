"""The load: requests signed beforehand and sent by wrk from a core of its own."""
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from botocore.auth import S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import machine

SCRIPT = Path(__file__).resolve().parent / "requests.lua"
KEYS_MAX = 10_000
BYTES_MAX = 128 << 20  # of one size: wrk keeps its requests in memory
WEEK = 7 * 24 * 3600


def body_of(size):
    return random.Random(size).randbytes(size)


def count_of(size, keys_max=KEYS_MAX):
    return max(16, min(keys_max, BYTES_MAX // size))


def keys_of(size, count):
    """Names in an order of their own, so that neighbours are not asked for one after the other."""
    keys = [f"{size}/{i:05}" for i in range(count)]
    random.Random(7).shuffle(keys)
    return keys


def connections_for(size):
    return 8 if size >= 1 << 20 else 32


class Signer:
    def __init__(self, server):
        self.host = f"127.0.0.1:{server.port}"
        self.region = server.region
        self.credentials = Credentials(server.access_key, server.secret_key)

    def presign(self, method, path):
        """The path with its query."""
        request = AWSRequest(method=method, url=f"https://{self.host}{path}")
        S3SigV4QueryAuth(self.credentials, "s3", self.region, expires=WEEK).add_auth(request)
        return request.url.removeprefix(f"https://{self.host}")

    def object_head(self, method, path, size):
        length = f"Content-Length: {size}\r\n" if method == "PUT" else ""
        return f"{method} {self.presign(method, path)} HTTP/1.1\r\nHost: {self.host}\r\n{length}\r\n".encode()

    def kms_request(self, operation, body):
        headers = {"Host": self.host, "X-Amz-Target": f"TrentService.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        request = AWSRequest(method="POST", url=f"https://{self.host}/", data=body, headers=headers)
        SigV4Auth(self.credentials, "kms", self.region).add_auth(request)
        lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        return f"POST / HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


def plain_head(host, path):
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


class Load:
    """The requests of one cell. run() sends them for some seconds and answers what they cost."""

    def __init__(self, server, heads, body=None, connections=32):
        self.server = server
        self.connections = connections
        self.folder = tempfile.TemporaryDirectory(prefix="bench-load-")
        self.heads = Path(self.folder.name) / "heads"
        self.heads.write_bytes(b"".join(head + b"\0" for head in heads))
        self.body = None
        if body is not None:
            self.body = Path(self.folder.name) / "body"
            self.body.write_bytes(body)

    def command(self, seconds):
        return machine.pinned(machine.LOAD_CORE, ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds}s", "--timeout", "60s", "-s", SCRIPT,
                              f"https://127.0.0.1:{self.server.port}", "--", self.heads] + ([self.body] if self.body else []))

    def run(self, seconds):
        # wrk reads and joins its requests before it sends the first; the server idles meanwhile.
        cpu = machine.cpu_seconds(self.server.pid)
        done = subprocess.run(self.command(seconds), check=True, capture_output=True, text=True)
        cpu = machine.cpu_seconds(self.server.pid) - cpu
        line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
        seen = {name: int(value) for name, value in (word.split("=") for word in line.split()[1:])}
        if seen["failed"] or seen["refused"] or not seen["requests"]:
            raise RuntimeError(f"{self.heads.read_bytes()[:300]!r}: {line}")
        wall = seen["us"] / 1e6
        return {"cpu_us": cpu * 1e6 / seen["requests"], "per_second": seen["requests"] / wall, "p50_us": seen["p50_us"],
                "p99_us": seen["p99_us"], "busy": cpu / wall, "requests": seen["requests"], "at": round(time.time())}

    def count(self, seconds):
        """User and kernel instructions a request: steady even where the machine is busy with other work."""
        perf = subprocess.Popen(["perf", "stat", "-x,", "-e", "instructions:u,instructions:k", "-p", str(self.server.pid)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        seen = self.run(seconds)
        perf.send_signal(signal.SIGINT)
        counts = [line.split(",")[0] for line in perf.communicate()[1].splitlines() if "instructions" in line]
        if len(counts) != 2 or not all(count.isdigit() for count in counts):
            sys.exit("perf counts no instructions here")
        user, kernel = (int(count) / seen["requests"] for count in counts)
        return {"user": user, "kernel": kernel, "both": user + kernel}
