"""A Coffer server for one test: its own folders, its own port, its clients, and the ways to stop it."""
import os
import queue
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

import ceph

TOP = Path(__file__).resolve().parent.parent
ACCOUNT = "123456789012"
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
START_SECONDS_MAX = 60
# What would make a client talk to something else than the server under test.
CLIENT_SETTINGS = ("AWS_", "COFFER_", "BOTO_", "SSL_CERT", "REQUESTS_CA", "CURL_CA", "HTTP_PROXY", "HTTPS_PROXY",
                   "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy")


def binary():
    """The program under test: $COFFER_BINARY, else the release build."""
    path = Path(os.environ.get("COFFER_BINARY", TOP / "build/release/coffer"))
    if not path.exists():
        raise FileNotFoundError(f"{path}: build it first (script/build release)")
    return path.resolve()


def clean_environment():
    """The environment without what the machine says about AWS, certificates and proxies."""
    return {name: value for name, value in os.environ.items() if not name.startswith(CLIENT_SETTINGS)}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """One server process. Use it as a context: it starts on entry; on exit it is stopped and its folder removed."""

    def __init__(self, program=None, region="us-east-1", arguments=(), test_mode=True, own_credentials=True, rados=None):
        """`rados`: whether the store lies in the tests' cluster; None: as $COFFER_TEST_STORE tells."""
        self.program = Path(program or binary())
        self.region = region
        self.port = free_port()
        self.home = Path(tempfile.mkdtemp(prefix="coffer-"))
        self.data = self.home / "data"
        self.rados = ceph.chosen() if rados is None else rados
        self.store_arguments = ceph.store_arguments(self.home.name) if self.rados else []
        self.arguments = list(arguments)
        self.test_mode = test_mode
        self.own_credentials = own_credentials
        self.process = None
        self.endpoint = f"https://127.0.0.1:{self.port}"
        self.hostname_endpoint = f"https://s3.localhost:{self.port}"
        self.ca = self.data / "tls" / "ca.pem"
        self.access_key, self.secret_key = ACCESS_KEY, SECRET_KEY
        self.log = self.home / "server.log"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        if self.rados and self.test_mode and self.running() and kind is None:
            self.reset()  # the pool is everyone's
        status = self.stop() if self.running() else 0
        if kind is not None or status != 0:
            print(f"--- the server's log ({self.log}), its end")
            print("\n".join(self.log.read_text(errors="replace").splitlines()[-40:]))
        shutil.rmtree(self.home, ignore_errors=True)
        if kind is None and status != 0:
            raise AssertionError(f"the server stopped with status {status}")

    def server_environment(self):
        environment = {**clean_environment(), "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "config"),
                       "XDG_DATA_HOME": str(self.home / "share")}
        if self.own_credentials:
            environment["COFFER_ROOT_ACCESS_KEY_ID"] = ACCESS_KEY
            environment["COFFER_ROOT_SECRET_ACCESS_KEY"] = SECRET_KEY
        return environment

    def command(self):
        command = [str(self.program), "server", "--data-dir", str(self.data), "--listen", f"127.0.0.1:{self.port}",
                   "--region", self.region]
        return command + (["--test-mode"] if self.test_mode else []) + self.store_arguments + self.arguments

    def start(self):
        """Starts the process and waits for its `ready` line."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), cwd=self.home, env=self.server_environment(),
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        lines = queue.Queue()
        threading.Thread(target=self._read_output, args=(self.process.stdout, lines), daemon=True).start()
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                line = lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                self.kill()
                raise TimeoutError(f"not ready after {START_SECONDS_MAX} s: {self.log.read_text(errors='replace')[-2000:]}") from None
            if line is None:
                raise RuntimeError(f"it ended with status {self.process.wait()}: {self.log.read_text(errors='replace')[-2000:]}")
            if line.startswith("ready "):
                assert line.split()[1] == self.endpoint, line
                break
        if not self.own_credentials:
            self._read_credentials()

    @staticmethod
    def _read_output(stream, lines):
        for line in stream:
            lines.put(line.rstrip("\n"))
        lines.put(None)

    def _read_credentials(self):
        """Takes the generated root key pair from DIR/credentials, an AWS profile file."""
        pairs = dict(line.split("=", 1) for line in (self.data / "credentials").read_text().splitlines() if "=" in line)
        pairs = {name.strip(): value.strip() for name, value in pairs.items()}
        self.access_key, self.secret_key = pairs["aws_access_key_id"], pairs["aws_secret_access_key"]

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """SIGTERM: it drains and ends; answers its status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
            return "still running 30 s after SIGTERM"

    def kill(self):
        """SIGKILL, as a crash."""
        self.process.kill()
        self.process.wait()

    def restart(self, hard=False):
        if hard:
            self.kill()
        else:
            status = self.stop()
            assert status == 0, f"SIGTERM: status {status}"
        self.start()

    def post(self, path):
        """Posts to one of the server's own test paths."""
        context = ssl.create_default_context(cafile=str(self.ca))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        with opener.open(urllib.request.Request(self.endpoint + path, method="POST", headers={"x-coffer-test": "1"}), timeout=30) as answer:
            return answer.read()

    def advance(self, seconds):
        """Moves the business clock (sessions, deletion windows)."""
        return self.post(f"/-/test/clock?advance={seconds}")

    def reset(self):
        """Empties the server."""
        return self.post("/-/test/reset")

    def client(self, service, access_key=None, secret_key=None, endpoint=None, session_token=None, **config):
        """A boto3 client of this server. `config` goes to botocore's Config."""
        session = boto3.Session(aws_access_key_id=access_key or self.access_key,
                                aws_secret_access_key=secret_key or self.secret_key,
                                aws_session_token=session_token, region_name=self.region)
        # The server judges what is sent, not the client before it.
        settings = {"retries": {"total_max_attempts": 1}, "proxies": {}, "read_timeout": 60, "parameter_validation": False, **config}
        return session.client(service, endpoint_url=endpoint or self.endpoint, verify=str(self.ca), config=Config(**settings))

    def client_environment(self, hostname=False):
        """The environment in which the AWS CLI uses this server."""
        return {**clean_environment(), "AWS_ENDPOINT_URL": self.hostname_endpoint if hostname else self.endpoint,
                "AWS_CA_BUNDLE": str(self.ca), "AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key,
                "AWS_DEFAULT_REGION": self.region, "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                "AWS_MAX_ATTEMPTS": "1", "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
                "PATH": f"{TOP / '.venv/bin'}:{os.environ['PATH']}"}
