"""A store moves: from its directory into a Ceph pool and back. Every byte, version, part and record comes along; what is killed on
the way goes on when it is run again; what must not be opened meanwhile is not."""
import base64
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

import ceph
from harness import Server, binary
from test_faults import body_of, fsck

pytestmark = pytest.mark.cluster

MIB = 1 << 20
CUSTOMER = b"0123456789abcdef0123456789abcdef"
SSE_C = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": CUSTOMER}
SIZES = {"empty": 0, "inline": 3000, "blob": 70_000, "large": 9 * MIB + 17}


class Moving:
    """Servers of one store, one after the other: they share the root key's file."""

    def __init__(self, first):
        self.first = first

    def root_key(self):
        [key] = (self.first.home / "config/coffer").glob("*.key")
        return ["--root-key-file", str(key)]

    def next(self, rados):
        return Server(rados=rados, arguments=self.root_key())

    def command(self, source, target):
        to = ["--to-" + word[2:] if word.startswith("--") else word for word in target.store_arguments]
        return [str(binary()), "migrate", "--data-dir", str(source.data), *source.store_arguments, *self.root_key(),
                "--to-data-dir", str(target.data), *to]

    def migrate(self, source, target):
        done = subprocess.run(self.command(source, target), capture_output=True, text=True, env=source.server_environment(), timeout=300)
        return done.returncode, done.stdout + done.stderr

    def reopen(self, source):
        command = [str(binary()), "migrate", "--data-dir", str(source.data), *source.store_arguments, *self.root_key(), "--reopen"]
        return subprocess.run(command, capture_output=True, text=True, env=source.server_environment(), timeout=60).returncode


def encryptions(server):
    key = server.client("kms").create_key(Description="moves along")["KeyMetadata"]["Arn"]
    context = base64.b64encode(b'{"department":"finance"}').decode()
    return {
        "sse-s3": {"ServerSideEncryption": "AES256"},
        "kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "SSEKMSEncryptionContext": context},
        "bucket-key": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True},
        "dsse": {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": key},
        "customer": SSE_C,
    }


def multipart(s3, key, sizes, sse, complete=True):
    """An upload of these parts; answers its ID and body."""
    upload = s3.create_multipart_upload(Bucket="moving", Key=key, Metadata={"long": "m" * 600}, **sse)["UploadId"]
    sse_part = sse if "SSECustomerKey" in sse else {}
    parts, bodies = [], [body_of(number, size) for number, size in enumerate(sizes, 1)]
    for number, body in enumerate(bodies, 1):
        answer = s3.upload_part(Bucket="moving", Key=key, UploadId=upload, PartNumber=number, Body=body, **sse_part)
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    if complete:
        s3.complete_multipart_upload(Bucket="moving", Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **sse_part)
    return upload, parts, b"".join(bodies)


def fill(server):
    """Objects of every kind; answers {(key, version ID): (body, headers of a GET)} and the upload that is under way."""
    s3, bodies = server.client("s3"), {}
    s3.create_bucket(Bucket="moving")
    s3.create_bucket(Bucket="plain")
    s3.put_object(Bucket="moving", Key="null", Body=b"before versions")
    s3.put_bucket_versioning(Bucket="moving", VersioningConfiguration={"Status": "Enabled"})
    bodies["null", "null"] = (b"before versions", {})
    for name, sse in encryptions(server).items():
        read = sse if name == "customer" else {}
        for size in SIZES:
            for seed in range(2):
                key, body = f"{name}/{size}", body_of(f"{name}{size}{seed}", SIZES[size])
                answer = s3.put_object(Bucket="moving", Key=key, Body=body, Metadata={"seed": str(seed)}, **sse)
                bodies[key, answer["VersionId"]] = (body, read)
        key = f"{name}/parts"
        _, _, body = multipart(s3, key, [5 * MIB, 5 * MIB, 12_345], sse)
        version = s3.head_object(Bucket="moving", Key=key, **read)["VersionId"]
        bodies[key, version] = (body, read)
    s3.delete_object(Bucket="moving", Key="kms/blob")
    for number in range(300):
        s3.put_object(Bucket="plain", Key=f"{number:04}", Body=body_of(number, number * 100))
    return bodies, multipart(s3, "under-way", [5 * MIB, 3000], {"ServerSideEncryption": "AES256"}, complete=False)


def listing(s3):
    found = s3.list_object_versions(Bucket="moving")
    names = ("Key", "VersionId", "ETag", "Size", "IsLatest", "LastModified")
    return ([[each.get(name) for name in names] for kind in ("Versions", "DeleteMarkers") for each in found.get(kind, [])],
            [each["Key"] for each in s3.list_objects_v2(Bucket="plain")["Contents"]])


def compare(server, bodies):
    s3 = server.client("s3")
    for (key, version), (body, read) in bodies.items():
        answer = s3.get_object(Bucket="moving", Key=key, VersionId=version, **read)
        assert answer["Body"].read() == body, (key, version)
    for number in range(300):
        assert s3.get_object(Bucket="plain", Key=f"{number:04}")["Body"].read() == body_of(number, number * 100)


def sound(server):
    status, text = fsck(server, *server.arguments)
    assert status == 0 and "clean" in text, text


def not_served(server):
    done = subprocess.run(server.command(), capture_output=True, text=True, env=server.server_environment(), timeout=60)
    assert done.returncode == 1, done
    return done.stderr


def killed_and_run_again(moving, source, target, seed):
    """The migration is killed at moments of chance until one run ends by itself."""
    randomness, kills = random.Random(seed), 0
    while True:
        process = subprocess.Popen(moving.command(source, target), env=source.server_environment(), stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        try:
            output, _ = process.communicate(timeout=randomness.uniform(0.2, 1.0) + 0.3 * kills)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
            continue
        assert process.returncode == 0, output
        return kills, output


def test_there_and_back(tmp_path):
    """Into the pool, served there and written to, and back into a directory: the same store each time."""
    with Server(rados=False) as first:
        moving = Moving(first)
        bodies, (upload, parts, upload_body) = fill(first)
        before = listing(first.client("s3"))
        with Server(rados=False) as occupied:
            pool, back = moving.next(rados=True), moving.next(rados=False)
            status, text = moving.migrate(first, pool)
            assert status == 2 and "is in use by another process" in text, text
            assert first.stop() == 0
            status, text = moving.migrate(first, occupied)
            assert status == 2 and "is in use by another process" in text, text
            assert occupied.stop() == 0
            status, text = moving.migrate(first, occupied)
            assert status == 2 and "needs an empty one" in text, text
            occupied.start()
        status, text = moving.migrate(first, pool)
        assert status == 0 and "whole: this run carried" in text and "MiB/s" in text, text
        status, text = moving.migrate(first, pool)
        assert status == 0 and "whole already" in text, text
        assert "was migrated" in not_served(first)
        sound(first)
        sound(pool)
        with pool:
            compare(pool, bodies)
            assert listing(pool.client("s3")) == before
            s3 = pool.client("s3")
            s3.complete_multipart_upload(Bucket="moving", Key="under-way", UploadId=upload, MultipartUpload={"Parts": parts})
            bodies["under-way", s3.head_object(Bucket="moving", Key="under-way")["VersionId"]] = (upload_body, {})
            s3.delete_object(Bucket="moving", Key="sse-s3/parts", VersionId=next(v for k, v in bodies if k == "sse-s3/parts"))
            bodies = {place: body for place, body in bodies.items() if place[0] != "sse-s3/parts"}
            before = listing(s3)
            assert pool.stop() == 0
            status, text = moving.migrate(pool, back)
            assert status == 0, text
            sound(pool)
            sound(back)
            with back:
                compare(back, bodies)
                assert listing(back.client("s3")) == before
                assert back.client("s3").put_object(Bucket="moving", Key="new", Body=b"new")["VersionId"]
            assert moving.reopen(pool) == 0  # to be emptied
            pool.start()
        assert moving.reopen(first) == 0
        first.start()
        assert "under-way" not in [key for key, *_ in listing(first.client("s3"))[0]]


@pytest.mark.parametrize("to_pool", [True, False])
def test_a_migration_is_killed_and_goes_on(to_pool):
    seed = int(os.environ.get("COFFER_TEST_SEED", 7))
    print(f"seed {seed}")
    with Server(rados=not to_pool, arguments=["--index-shards", "4"]) as first:
        moving = Moving(first)
        bodies, _ = fill(first)
        before = listing(first.client("s3"))
        assert first.stop() == 0
        target, elsewhere = moving.next(rados=to_pool), moving.next(rados=False)
        process = subprocess.Popen(moving.command(first, target), env=first.server_environment(), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        process.stderr.readline()  # its first report: the stores are marked
        process.kill()
        process.communicate()
        assert "has not ended" in not_served(first) and "has not ended" in not_served(target)
        status, text = fsck(target, *moving.root_key())
        assert status == 2 and "has not ended" in text, text
        kills, _ = killed_and_run_again(moving, first, target, seed)
        print(f"{kills} kills")
        assert kills > 0
        status, text = moving.migrate(first, elsewhere)
        assert status == 2 and "migrated already" in text, text
        shutil.rmtree(elsewhere.home)
        sound(target)
        with target:
            compare(target, bodies)
            assert listing(target.client("s3")) == before
        assert moving.reopen(first) == 0
        first.start()


def test_what_changed_meanwhile_is_not_mixed():
    """A migration that was given up does not go on: the source has been served since."""
    with Server(rados=False) as first:
        moving = Moving(first)
        fill(first)
        assert first.stop() == 0
        target = moving.next(rados=True)
        process = subprocess.Popen(moving.command(first, target), env=first.server_environment(), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        process.stderr.readline()
        time.sleep(0.2)
        process.kill()
        process.communicate()
        assert moving.reopen(first) == 0
        first.start()
        first.client("s3").put_object(Bucket="plain", Key="since", Body=b"since")
        assert first.stop() == 0
        status, text = moving.migrate(first, target)
        assert status == 2 and "needs an empty one" in text, text
        cluster = ceph.Cluster(ceph.configured())
        for namespace in ("", "/rows", "/blobs"):
            for name in cluster.objects(target.home.name + namespace):
                cluster.rados("-N", target.home.name + namespace, "rm", name)
        shutil.rmtree(target.home)
        first.start()
