"""What the stories share: one server a run, its clients, a fresh bucket a test, users with their own credentials."""
import functools
import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import ceph  # noqa: E402
import harness  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: only in script/test --all")
    config.addinivalue_line("markers", "embedded: of the embedded store's own files; skipped where stores lie in RADOS")
    config.addinivalue_line("markers", "cluster: only where $COFFER_TEST_CEPH_CONF names a cluster")
    config.addinivalue_line("markers", "needs(service, operation): skipped where the program does not list the operation")


@functools.lru_cache
def served():
    listed = subprocess.run([harness.binary(), "operations"], capture_output=True, text=True, check=True).stdout
    return {tuple(line.split()) for line in listed.splitlines()}


def serves(service, operation):
    return (service, operation) in served()


def pytest_runtest_setup(item):
    if ceph.chosen() and item.get_closest_marker("embedded"):
        pytest.skip("of the embedded store's files")
    if not ceph.configured() and item.get_closest_marker("cluster"):
        pytest.skip("no cluster")
    for mark in item.iter_markers("needs"):
        if not serves(*mark.args):
            pytest.skip(f"{mark.args[1]} is not served")


@pytest.fixture(scope="session")
def server():
    with harness.Server() as started:
        yield started


@pytest.fixture(scope="session")
def s3(server):
    return server.client("s3")


@pytest.fixture(scope="session")
def kms(server):
    return server.client("kms")


@pytest.fixture(scope="session")
def iam(server):
    return server.client("iam")


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def bucket(s3):
    name = unique("story")
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def key_arn(kms):
    return kms.create_key(Description="story")["KeyMetadata"]["Arn"]


class User:
    """An IAM user with one access key and, at first, no rights."""

    def __init__(self, server, iam):
        self.server, self.iam, self.name = server, iam, unique("user")
        self.arn = iam.create_user(UserName=self.name)["User"]["Arn"]
        pair = iam.create_access_key(UserName=self.name)["AccessKey"]
        self.access_key, self.secret_key = pair["AccessKeyId"], pair["SecretAccessKey"]

    def client(self, service, **config):
        return self.server.client(service, self.access_key, self.secret_key, **config)

    def allow(self, action, resource="*", name="rights", condition=None, effect="Allow"):
        statement = {"Effect": effect, "Action": action, "Resource": resource}
        if condition:
            statement["Condition"] = condition
        self.iam.put_user_policy(UserName=self.name, PolicyName=name,
                                 PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@pytest.fixture
def user(server, iam):
    return User(server, iam)


@pytest.fixture
def make_user(server, iam):
    return lambda: User(server, iam)
