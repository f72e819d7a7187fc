"""The local audit log: checkpoints kept elsewhere, what verify finds, and a log that cannot be written."""
import json
import re
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import harness
import pytest
from botocore.exceptions import ClientError
from checks import refused


def audit(server, *arguments):
    run = subprocess.run([str(server.program), "audit", *arguments, "--data-dir", str(server.data)], capture_output=True, text=True,
                         timeout=60, check=False)
    return run.returncode, run.stdout.strip()


def log_file(server):
    return sorted((server.data / "audit").glob("*.log"))[-1]


def test_a_checkpoint_holds(tmp_path):
    with harness.Server() as server:
        kms = server.client("kms")
        kms.create_key()
        status, text = audit(server, "checkpoint")
        assert status == 0 and json.loads(text)["sequence"] >= 1
        kept = tmp_path / "checkpoint.json"
        kept.write_text(text)
        kms.list_keys()
        status, said = audit(server, "verify", "--checkpoint", str(kept))
        assert status == 0 and "1 checkpoints: the audit log holds." in said
        server.restart(hard=True)
        assert audit(server, "verify", "--checkpoint", str(kept))[0] == 0
        document = json.loads(text)
        for member, value in [("sequence", document["sequence"] + 1), ("chain", "00" * 32), ("signature", "00" * 256)]:
            kept.write_text(json.dumps({**document, member: value}))
            status, said = audit(server, "verify", "--checkpoint", str(kept))
            assert status == 2 and "does not hold" in said, said


def test_a_cut_end_is_found_by_a_checkpoint_alone(tmp_path):
    with harness.Server() as server:
        kms = server.client("kms")
        kms.create_key()
        server.stop()
        before = log_file(server).stat().st_size
        server.start()
        server.client("kms").list_keys()
        _, text = audit(server, "checkpoint")
        kept = tmp_path / "checkpoint.json"
        kept.write_text(text)
        server.stop()
        with open(log_file(server), "r+b") as file:
            file.truncate(before)
        server.start()
        assert audit(server, "verify")[0] == 0  # the chain alone cannot tell
        status, said = audit(server, "verify", "--checkpoint", str(kept))
        # What was written since may stand in the place of what was cut.
        assert status == 2 and ("are missing, which a checkpoint names" in said or "is not the one that a checkpoint names" in said), said


def test_an_edited_record_is_found():
    with harness.Server() as server:
        kms = server.client("kms")
        for _ in range(5):
            kms.create_key(Description="original")
        path = log_file(server)
        at = path.read_bytes().index(b"original")
        for text, expected in [(b"adjusted", 2), (b"original", 0)]:
            with open(path, "r+b") as file:
                file.seek(at)
                file.write(text)
            status, said = audit(server, "verify")
            assert status == expected and ("checksum" in said) == (expected == 2), said
        assert audit(server, "verify")[0] == 0


def health(server, page):
    context = ssl.create_default_context(cafile=str(server.ca))
    try:
        with urllib.request.urlopen(f"{server.endpoint}/-/health/{page}", timeout=10, context=context) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("fault", ["audit.write", "audit.sync"])
def test_a_log_that_fails_stops_key_use(fault):
    with harness.Server() as server:
        arn = server.client("kms").create_key()["KeyMetadata"]["Arn"]
        server.stop()
        environment = server.server_environment
        server.server_environment = lambda: {**environment(), "COFFER_FAULT": f"{fault}=error@8"}
        server.start()
        kms = server.client("kms")
        deadline = time.monotonic() + 30
        while health(server, "ready") == 200 and time.monotonic() < deadline:
            try:
                kms.encrypt(KeyId=arn, Plaintext=b"x")
            except ClientError:
                break
        with refused(("ServiceUnavailable", "ServiceUnavailableException", "KMSInternalException", "DependencyTimeoutException")) as refusal:
            kms.encrypt(KeyId=arn, Plaintext=b"x")
        assert refusal.status == 503 or refusal.status == 500
        assert health(server, "ready") == 503 and health(server, "live") == 200
        server.kill()
        server.server_environment = environment
        server.start()
        assert server.client("kms").encrypt(KeyId=arn, Plaintext=b"x")["KeyId"] == arn


def test_the_dashboard_and_the_alerts_name_metrics_that_there_are():
    names = set()
    for page in (harness.TOP / "docs/monitoring").iterdir():
        names |= set(re.findall(r"coffer_[a-z0-9_]+", page.read_text()))
    port = harness.free_port()
    with harness.Server(arguments=["--metrics-listen", f"127.0.0.1:{port}"]) as server:
        server.client("kms").list_keys()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    shown = set(re.findall(r"^(coffer_[a-z0-9_]+)", text, re.M))
    assert names and names <= shown, names - shown
