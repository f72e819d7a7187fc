"""Crashes, damage and full disks: what was acknowledged is there byte for byte, and what is damaged is detected and named."""
import hashlib
import json
import os
import random
import subprocess
import threading
import time

import botocore.exceptions
import pytest

from harness import Server, binary

ROUNDS_QUICK, ROUNDS_ALL = 3, 20
WRITERS = 4
MIB = 1 << 20


def body_of(seed, size):
    """The bytes that a seed stands for."""
    return random.Random(seed).randbytes(size)


def fsck(server, *arguments):
    """`coffer fsck` on a store whose server is down, or up."""
    done = subprocess.run([str(binary()), "fsck", "--data-dir", str(server.data), *server.store_arguments, *arguments],
                          capture_output=True, text=True, env=server.server_environment(), timeout=300)
    return done.returncode, done.stdout + done.stderr


class Ledger:
    """What each key may hold: the last acknowledged content, or that of a request whose answer never came."""

    def __init__(self):
        self.lock = threading.Lock()
        self.states = {}

    def begin(self, key, outcome):
        with self.lock:
            acknowledged, pending = self.states.get(key, (None, ()))
            self.states[key] = (acknowledged, (*pending, outcome))

    def acknowledge(self, key, outcome):
        with self.lock:
            self.states[key] = (outcome, ())

    def refused(self, key):
        """A clean refusal changed nothing."""
        with self.lock:
            acknowledged, pending = self.states[key]
            self.states[key] = (acknowledged, pending[:-1])


class Writer(threading.Thread):
    """Works on keys of its own until the server dies under it."""

    def __init__(self, server, ledger, number, seed):
        super().__init__(daemon=True)
        self.s3 = server.client("s3", read_timeout=15, connect_timeout=5)
        self.ledger, self.number, self.random = ledger, number, random.Random(seed)
        self.done = 0

    def run(self):
        while True:
            key = f"writer-{self.number}/{self.random.randrange(12)}"
            try:
                self.step(key)
                self.done += 1
            except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError):
                return  # no answer: what was under way may or may not be there
            except botocore.exceptions.ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                    return
                raise

    def step(self, key):
        kind = self.random.choice(["small", "small", "large", "multipart", "copy", "delete"])
        seed = self.random.randrange(1 << 48)
        encryption = {"ServerSideEncryption": "aws:kms", "BucketKeyEnabled": True} if self.random.random() < 0.5 else {}
        if kind == "delete":
            self.ledger.begin(key, None)
            self.s3.delete_object(Bucket="crash", Key=key)
            self.ledger.acknowledge(key, None)
        elif kind == "copy":
            source, content = f"writer-{self.number}/source-{seed % 3}", None
            size = 1000 + (seed % 3) * 300_000
            content = (seed % 3, size)
            self.put(source, content, {})
            self.ledger.begin(key, content)
            self.s3.copy_object(Bucket="crash", Key=key, CopySource={"Bucket": "crash", "Key": source}, **encryption)
            self.ledger.acknowledge(key, content)
        elif kind == "multipart":
            content = (seed, 5 * MIB + 70_000)
            data = body_of(*content)
            upload = self.s3.create_multipart_upload(Bucket="crash", Key=key, **encryption)["UploadId"]
            parts = []
            for number, piece in enumerate([data[:5 * MIB], data[5 * MIB:]], 1):
                etag = self.s3.upload_part(Bucket="crash", Key=key, UploadId=upload, PartNumber=number, Body=piece)["ETag"]
                parts.append({"PartNumber": number, "ETag": etag})
            self.ledger.begin(key, content)
            self.s3.complete_multipart_upload(Bucket="crash", Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
            self.ledger.acknowledge(key, content)
        else:
            self.put(key, (seed, self.random.randrange(0, 15_000) if kind == "small" else 20_000 + seed % 900_000), encryption)

    def put(self, key, content, encryption):
        data = body_of(*content)
        self.ledger.begin(key, content)
        self.s3.put_object(Bucket="crash", Key=key, Body=data, **encryption)
        self.ledger.acknowledge(key, content)


def read_back(server):
    """Every key of the bucket with the digest of its content."""
    s3 = server.client("s3")
    found = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="crash"):
        for item in page.get("Contents", []):
            data = s3.get_object(Bucket="crash", Key=item["Key"])["Body"].read()
            assert len(data) == item["Size"]
            found[item["Key"]] = hashlib.sha256(data).hexdigest()
    return found


def check(ledger, found):
    digest = lambda content: None if content is None else hashlib.sha256(body_of(*content)).hexdigest()
    for key, (acknowledged, pending) in ledger.states.items():
        allowed = {digest(content) for content in (acknowledged, *pending)}
        assert found.get(key) in allowed, f"{key}: what is there is none of what was written"
    assert set(found) <= set(ledger.states)
    # From here on what was found is what is there.
    by_digest = {}
    for acknowledged, pending in ledger.states.values():
        for content in (acknowledged, *pending):
            by_digest[digest(content)] = content
    for key in ledger.states:
        ledger.states[key] = (by_digest[found.get(key)], ())


def kill_rounds(rounds, seed):
    print(f"seed {seed}")
    randomness = random.Random(seed)
    ledger = Ledger()
    with Server() as server:
        server.client("s3").create_bucket(Bucket="crash")
        for round_number in range(rounds):
            writers = [Writer(server, ledger, n, randomness.randrange(1 << 32)) for n in range(WRITERS)]
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


def test_every_encryption_counts_and_checks():
    """Overwrites, copies and re-wraps under every encryption leave counters and rows that fsck finds right."""
    with Server() as server:
        s3, kms = server.client("s3"), server.client("kms")
        s3.create_bucket(Bucket="kinds")
        first, second = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
        customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
        kinds = [{}, {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": first}, {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": second},
                 customer, {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": second, "BucketKeyEnabled": True}]
        for number in range(40):
            for size in (100, 20_000, 3 * MIB):
                s3.put_object(Bucket="kinds", Key=f"{number % 7}/{size}", Body=body_of(number, size), **kinds[number % len(kinds)])
        for number in range(7):
            for size in (100, 3 * MIB):
                at = {"Bucket": "kinds", "Key": f"{number}/{size}"}
                s3.put_object(**at, Body=body_of(number, size))
                s3.update_object_encryption(**at, ObjectEncryption={"SSEKMS": {"KMSKeyArn": first, "BucketKeyEnabled": number % 2 == 0}})
                s3.update_object_encryption(**at, ObjectEncryption={"SSEKMS": {"KMSKeyArn": second}})
                assert s3.get_object(**at)["Body"].read() == body_of(number, size)
        under_second = {}
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket="kinds"):
            for found in page["Contents"]:
                try:
                    under_second[found["Key"]] = (s3.head_object(Bucket="kinds", Key=found["Key"]).get("SSEKMSKeyId"), found["Size"])
                except botocore.exceptions.ClientError:
                    pass  # a customer's key
        sizes = [size for key, size in under_second.values() if key == second]
        kms.create_alias(AliasName="alias/second", TargetKeyId=second)
        for name in (second, second.split("/")[1], "alias/second"):
            told = json.loads(subprocess.run([str(binary()), "keys", "usage", "--data-dir", str(server.data), name], capture_output=True,
                                             text=True, check=True).stdout)
            assert (told["KeyArn"], told["Objects"], told["Bytes"]) == (second, len(sizes), sum(sizes))
            assert told["Buckets"] == [{"Bucket": "kinds", "Objects": len(sizes), "Bytes": sum(sizes)}]
        for number in (0, 3):
            status, text = fsck(server, "--object", f"s3://kinds/{number}/100")
            assert status == 0 and second in text and text.rstrip().endswith("sound"), text
        s3.put_object(Bucket="kinds", Key="two layers", Body=bytes(200_000), **kinds[2])
        status, text = fsck(server, "--object", "s3://kinds/two layers")
        assert status == 0 and "two layers of AES-256-GCM" in text and "200000 bytes of content, 200128 on disk" in text, text
        assert "7.99" in text, text
        assert fsck(server, "--object", "s3://kinds/missing")[0] == 2
        server.stop()
        status, again = fsck(server, "--object", "s3://kinds/two layers")
        assert status == 0 and text in again, again
        status, text = fsck(server)
        assert status == 0, text


def test_kill_under_load():
    kill_rounds(ROUNDS_QUICK, int(os.environ.get("COFFER_TEST_SEED", "1")))


@pytest.mark.slow
def test_kill_under_load_long():
    kill_rounds(ROUNDS_ALL, int(os.environ.get("COFFER_TEST_SEED", str(random.randrange(1 << 30)))))


@pytest.mark.embedded
def test_damage_is_detected_and_named():
    """Flips bits and cuts files under a stopped server: a read never answers other bytes, and fsck names the object."""
    size = 1_000_000
    with Server() as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="damage")
        key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
        for number in range(8):
            extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if number % 2 else {}
            s3.put_object(Bucket="damage", Key=f"object-{number}", Body=body_of(number, size), **extra)
        assert server.stop() == 0
        status, text = fsck(server, "--open")
        assert status == 0, text
        segments = sorted(path for path in server.data.rglob("*") if path.is_file() and "segments" in path.parts)
        held = [path for path in segments if path.stat().st_size > size]
        assert held
        randomness = random.Random(5)
        for trial in range(6):
            path = held[trial % len(held)]
            original = path.read_bytes()
            used = len(original.rstrip(b"\0"))
            if trial % 3 == 2:
                with open(path, "r+b") as file:
                    file.truncate(used - size // 2)
            else:
                at = randomness.randrange(4096 + 64, used - 4096)
                with open(path, "r+b") as file:
                    file.seek(at)
                    byte = original[at]
                    file.seek(at)
                    file.write(bytes([byte ^ (1 << randomness.randrange(8))]))
            status, text = fsck(server)
            in_padding = status == 0
            assert in_padding or "DAMAGED s3://damage/object-" in text, text
            server.start()
            s3 = server.client("s3")
            failed = 0
            for number in range(8):
                try:
                    data = s3.get_object(Bucket="damage", Key=f"object-{number}")["Body"].read()
                    assert data == body_of(number, size)
                except (botocore.exceptions.ClientError, botocore.exceptions.HTTPClientError):
                    failed += 1
            assert (failed > 0) != in_padding
            assert server.stop() == 0
            path.write_bytes(original)
        server.start()


@pytest.mark.embedded
def test_damaged_rows_are_detected():
    """Every bit that is flipped in the rows' files is found by opening, by fsck, or changes nothing."""
    with Server() as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="rows")
        for number in range(50):
            s3.put_object(Bucket="rows", Key=f"object-{number}", Body=body_of(number, 3000))
        assert server.stop() == 0
        files = sorted((p for p in server.data.rglob("*.log") if p.stat().st_size > 20_000), key=lambda p: -p.stat().st_size)
        files += sorted((p for p in server.data.rglob("*.sst")), key=lambda p: -p.stat().st_size)[:2]
        files = [path for path in files if "audit" not in path.parts]
        assert files
        randomness = random.Random(9)
        detected = 0
        for trial in range(6):
            path = files[trial % len(files)]
            original = path.read_bytes()
            used = len(original.rstrip(b"\0"))
            at = randomness.randrange(used // 4, used // 2)
            path.write_bytes(original[:at] + bytes([original[at] ^ 0x10]) + original[at + 1:])
            status, text = fsck(server)
            if status != 0:
                detected += 1
                assert text.strip(), "a refusal says why"
            else:
                server.start()
                found = server.client("s3").list_objects_v2(Bucket="rows")["KeyCount"]
                assert found == 50, f"{path} at {at}: rows vanished without a word"
                assert server.stop() == 0
            path.write_bytes(original)
        assert detected > 0
        server.start()


@pytest.mark.embedded
def test_a_failed_sync_stops_the_server():
    for point in ["wal.sync", "segment.sync"]:
        with Server() as server:
            s3 = server.client("s3")
            s3.create_bucket(Bucket="sync")
            s3.put_object(Bucket="sync", Key="before", Body=b"kept")
            server.stop()
            environment = server.server_environment
            server.server_environment = lambda: {**environment(), "COFFER_FAULT": f"{point}=error@12"}
            server.start()
            s3 = server.client("s3")
            acknowledged = []
            with pytest.raises((botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError, botocore.exceptions.ClientError)):
                for number in range(100):
                    s3.put_object(Bucket="sync", Key=f"{number}", Body=body_of(number, 100_000))
                    acknowledged.append(number)
            assert server.process.wait(timeout=20) != 0, point
            server.server_environment = environment
            server.start()
            s3 = server.client("s3")
            for number in acknowledged:
                assert s3.get_object(Bucket="sync", Key=f"{number}")["Body"].read() == body_of(number, 100_000)


def test_a_full_disk_refuses_bodies_and_takes_deletes():
    with Server() as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="full")
        key = server.client("kms").create_key()["KeyMetadata"]["KeyId"]
        for name, size in [("small", 100), ("large", 100_000)]:
            s3.put_object(Bucket="full", Key=name, Body=b"x" * size)
        server.stop()
        environment = server.server_environment
        server.server_environment = lambda: {**environment(), "COFFER_FAULT": "disk.full=error@1+"}
        server.start()
        s3 = server.client("s3")
        for size in [100, 100_000, 10 * MIB]:
            with pytest.raises(botocore.exceptions.ClientError) as refused:
                s3.put_object(Bucket="full", Key="new", Body=b"x" * size)
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        assert s3.get_object(Bucket="full", Key="large")["Body"].read() == b"x" * 100_000
        server.client("kms").disable_key(KeyId=key)
        s3.delete_object(Bucket="full", Key="large")
        s3.delete_object(Bucket="full", Key="small")
        assert s3.list_objects_v2(Bucket="full")["KeyCount"] == 0
