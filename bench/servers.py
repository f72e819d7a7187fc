"""The servers under load: Coffer with its three buckets, and nginx with the same bytes as files."""
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import harness  # noqa: E402
import load  # noqa: E402
from machine import SERVER_CORE, pinned  # noqa: E402

TARGETS = {
    "sse-s3": ("SSE-S3", lambda key: {"SSEAlgorithm": "AES256"}, False),
    "kms-bucket-key": ("SSE-KMS, Bucket Key", lambda key: {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, True),
    "kms": ("SSE-KMS", lambda key: {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, False),
    "dsse": ("DSSE-KMS", lambda key: {"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": key}, False),
}


def bucket_of(target):
    """Names of one length: what is signed, parsed and compared differs in nothing but the encryption."""
    return f"bench-{target:x<14}"


class Coffer(harness.Server):
    """One event loop on one core. Test mode, so that what was overwritten can be freed at once."""

    def __init__(self, program, random_etags=True):
        super().__init__(program=program, arguments=["--threads", "1"] + (["--bench-random-etags"] if random_etags else []))

    def command(self):
        return pinned(SERVER_CORE, super().command())

    @property
    def pid(self):
        return self.process.pid

    def make_buckets(self, targets):
        """Answers the ARN of the key."""
        s3 = self.client("s3", s3={"addressing_style": "path"})
        key = self.client("kms").create_key()["KeyMetadata"]["Arn"]
        for target in targets:
            _, default, bucket_key = TARGETS[target]
            s3.create_bucket(Bucket=bucket_of(target))
            rule = {"ApplyServerSideEncryptionByDefault": default(key), "BucketKeyEnabled": bucket_key}
            s3.put_bucket_encryption(Bucket=bucket_of(target), ServerSideEncryptionConfiguration={"Rules": [rule]})
        return key

    def fill(self, target, size, count):
        """Puts the objects that GETs will read."""
        signer = load.Signer(self)
        body = load.body_of(size)
        keys = iter(load.keys_of(size, count))
        lock = threading.Lock()
        failures = []

        def work():
            connection = self.connection()
            while not failures:
                with lock:
                    key = next(keys, None)
                if key is None:
                    return
                connection.request("PUT", signer.presign("PUT", f"/{bucket_of(target)}/{key}"), body=body)
                answer = connection.getresponse()
                text = answer.read()
                if answer.status != 200:
                    failures.append(f"PUT {target} {key}: {answer.status} {text[:500]}")
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise RuntimeError(failures[0])

    def connection(self):
        context = ssl.create_default_context(cafile=str(self.ca))
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=60)

    def check(self, target, size, key):
        """The object is encrypted as the cell says, and is the bytes that were put."""
        connection = self.connection()
        connection.request("GET", load.Signer(self).presign("GET", f"/{bucket_of(target)}/{key}"))
        answer = connection.getresponse()
        body = answer.read()
        wanted = (TARGETS[target][1]("")["SSEAlgorithm"], "true" if TARGETS[target][2] else None)
        seen = (answer.headers["x-amz-server-side-encryption"], answer.headers["x-amz-server-side-encryption-bucket-key-enabled"])
        if answer.status != 200 or body != load.body_of(size) or seen != wanted:
            raise RuntimeError(f"GET {target} {key}: {answer.status}, {len(body)} bytes, {seen}: {body[:300]}")

    def free_garbage(self):
        """What was overwritten is freed now, not in a quarter of an hour."""
        self.advance(1800)


def make_certificate(folder):
    """An ECDSA P-256 certificate, as Coffer's."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class Nginx:
    """Static files over TLS 1.3 with a certificate like Coffer's, one process on the server's core."""

    def __init__(self, coffer):
        self.home = Path(tempfile.mkdtemp(prefix="bench-nginx-"))
        self.home.chmod(0o755)
        self.port = harness.free_port()
        self.coffer = coffer
        self.process = None

    def __enter__(self):
        certificate, key = make_certificate(self.home)
        (self.home / "nginx.conf").write_text(f"""
daemon off; master_process off; worker_processes 1; pid {self.home}/pid; error_log {self.home}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type application/octet-stream;
  open_file_cache max=20000 inactive=1h; open_file_cache_valid 1h;
  server {{
    listen 127.0.0.1:{self.port} ssl; root {self.home}/files;
    ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.3;
  }}
}}
""")
        command = pinned(SERVER_CORE, [shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), "-p", self.home,
                                       "-c", self.home / "nginx.conf"])
        self.process = subprocess.Popen(command, stderr=open(self.home / "stderr", "wb"))
        time.sleep(0.5)
        if self.process.poll() is not None:
            raise RuntimeError((self.home / "stderr").read_text())
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def pid(self):
        return self.process.pid

    def fill(self, size, count):
        for key in load.keys_of(size, count):
            path = self.home / "files" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(load.body_of(size))


def parts(program, kind, arguments, directory):
    """One run of `coffer bench`: answers {variant: {name: value}}."""
    command = pinned(SERVER_CORE, [program, "bench", kind, *arguments] + (["--dir", directory] if directory else []))
    out = {}
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        words = line.split()[1:]
        pairs = dict(word.split("=", 1) for word in words)
        figures = {name: float(pairs.pop(name)) for name in ("per_second", "cpu_us", "p50_us", "p99_us", "mib_per_second")}
        out[" ".join(f"{name}={value}" for name, value in pairs.items())] = figures
    return out


def save(path, value):
    Path(path).write_text(json.dumps(value, indent=1) + "\n")
