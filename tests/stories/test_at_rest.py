"""At rest nothing is in the clear, and after a stop or a crash everything is there. Each test has a server of its own."""
import os
import random
import threading
import time

import pytest
import ceph
import harness
from checks import refused

MARKER = b"PLAINTEXT-MARKER-6f1d2c"
MIB = 1024 * 1024


def files_with(folder, *needles):
    """The files under `folder` in which one of the needles occurs."""
    found = []
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    data = file.read()
                found += [(path, needle) for needle in needles if needle in data]
    return found


def kept_in(server):
    """The folder of everything that the server's store is on disk."""
    if server.rados:
        ceph.Cluster(ceph.configured()).rados("export", str(server.data / "pool"))
    return server.data


def bodies():
    """A small body (kept with its row), a larger one and one of several segments, each full of the marker."""
    return {"small": MARKER, "medium": MARKER * 4000, "large": MARKER * 250_000}


def encryptions(key_arn):
    kms = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_arn}
    return {"plain": {}, "sse-s3": {"ServerSideEncryption": "AES256"}, "managed": {"ServerSideEncryption": "aws:kms"},
            "kms": {**kms, "BucketKeyEnabled": False}, "bucket-key": {**kms, "BucketKeyEnabled": True},
            "dsse": {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": key_arn}}


def fill(s3, key_arn):
    """Writes the marker by every way; answers what must be readable: key -> body."""
    s3.create_bucket(Bucket="rest")
    wanted = {}
    for kind, how in encryptions(key_arn).items():
        for size, body in bodies().items():
            key = f"{kind}/{size}"
            s3.put_object(Bucket="rest", Key=key, Body=body, Metadata={"note": MARKER.decode()}, **how)
            wanted[key] = body
        s3.copy_object(Bucket="rest", Key=f"{kind}/copy", CopySource={"Bucket": "rest", "Key": f"{kind}/medium"}, **how)
        wanted[f"{kind}/copy"] = wanted[f"{kind}/medium"]
        part = (MARKER * (5 * MIB // len(MARKER) + 1))[:5 * MIB]
        upload = s3.create_multipart_upload(Bucket="rest", Key=f"{kind}/parts", **how)["UploadId"]
        done = [{"PartNumber": n, "ETag": s3.upload_part(Bucket="rest", Key=f"{kind}/parts", UploadId=upload, PartNumber=n, Body=data)["ETag"]}
                for n, data in [(1, part), (2, MARKER)]]
        s3.complete_multipart_upload(Bucket="rest", Key=f"{kind}/parts", UploadId=upload, MultipartUpload={"Parts": done})
        wanted[f"{kind}/parts"] = part + MARKER
    return wanted


def check_all(s3, wanted):
    listed = {o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="rest") for o in page.get("Contents", [])}
    assert listed == set(wanted)
    for key, body in wanted.items():
        got = s3.get_object(Bucket="rest", Key=key)
        assert got["Body"].read() == body, key


@pytest.mark.parametrize("hard", [False, True], ids=["stopped", "killed"])
def test_nothing_in_the_clear_and_nothing_lost(hard):
    with harness.Server() as server:
        s3, kms, iam = server.client("s3"), server.client("kms"), server.client("iam")
        key_arn = kms.create_key(Description="at rest")["KeyMetadata"]["Arn"]
        data_key = kms.generate_data_key(KeyId=key_arn, KeySpec="AES_256")["Plaintext"]
        iam.create_user(UserName="keeper")
        secret = iam.create_access_key(UserName="keeper")["AccessKey"]["SecretAccessKey"]
        wanted = fill(s3, key_arn)
        needles = [MARKER, secret.encode(), server.secret_key.encode(), data_key]
        assert [hit for hit in files_with(kept_in(server), *needles) if not hit[0].endswith("/credentials")] == []
        server.restart(hard=hard)
        check_all(server.client("s3"), wanted)
        assert files_with(kept_in(server), MARKER, secret.encode(), data_key) == []
        assert kms.describe_key(KeyId=key_arn)["KeyMetadata"]["KeyState"] == "Enabled"
        assert iam.get_user(UserName="keeper")["User"]["UserName"] == "keeper"
        root_keys = list((server.home / "config").rglob("*.key"))
        assert len(root_keys) == 1 and root_keys[0].stat().st_mode & 0o077 == 0
        assert MARKER not in server.log.read_bytes() and secret.encode() not in server.log.read_bytes()


def test_the_store_without_its_root_key_is_an_error_and_no_new_key():
    with harness.Server() as server:
        server.client("s3").create_bucket(Bucket="rest")
        server.stop()
        [key] = (server.home / "config").rglob("*.key")
        kept = key.read_bytes()
        key.unlink()
        with pytest.raises(RuntimeError):
            server.start()
        assert not key.exists()
        key.write_bytes(kept)
        key.chmod(0o600)
        server.start()
        assert server.client("s3").head_bucket(Bucket="rest")


def test_generated_credentials():
    with harness.Server(own_credentials=False, test_mode=False) as server:
        assert (server.data / "credentials").stat().st_mode & 0o777 == 0o600
        first = server.access_key
        server.client("s3").create_bucket(Bucket="rest")
        server.restart()
        assert server.access_key == first
        assert server.client("s3").head_bucket(Bucket="rest")


def test_reset_empties_the_server():
    with harness.Server() as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="rest")
        s3.put_object(Bucket="rest", Key="k", Body=b"x", ServerSideEncryption="aws:kms")
        server.client("iam").create_user(UserName="keeper")
        server.reset()
        assert s3.list_buckets()["Buckets"] == []
        assert server.client("iam").list_users()["Users"] == []
        s3.create_bucket(Bucket="rest")
        assert s3.list_objects_v2(Bucket="rest")["KeyCount"] == 0


def test_a_deleted_key_is_gone_when_its_time_has_come():
    with harness.Server() as server:
        s3, kms = server.client("s3"), server.client("kms")
        s3.create_bucket(Bucket="rest")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        s3.put_object(Bucket="rest", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        server.advance(7 * 86400 + 3600)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                kms.describe_key(KeyId=key)
            except kms.exceptions.NotFoundException:
                break
            time.sleep(0.5)
        with refused("NotFoundException", 400):
            kms.describe_key(KeyId=key)
        with refused("KMS.NotFoundException", 400):
            s3.get_object(Bucket="rest", Key="k")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_kill_nine_under_writes(seed):
    """What was answered with 200 is there after SIGKILL, whole; what was not is there whole or not at all."""
    chance = random.Random(seed)
    with harness.Server() as server:
        server.client("s3").create_bucket(Bucket="rest")
        answered, begun, lock = {}, {}, threading.Lock()

        def writer(number):
            s3 = server.client("s3")
            own = random.Random(seed * 100 + number)
            for n in range(10_000):
                key, body = f"{number}/{n}", own.randbytes(own.choice([10, 5_000, 20_000, 300_000]))
                with lock:
                    begun[key] = body
                try:
                    s3.put_object(Bucket="rest", Key=key, Body=body)
                except Exception:
                    return
                with lock:
                    answered[key] = body

        threads = [threading.Thread(target=writer, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        threads[0].join(chance.uniform(1, 4))
        server.kill()
        for thread in threads:
            thread.join()
        server.start()
        s3 = server.client("s3")
        for key, body in answered.items():
            assert s3.get_object(Bucket="rest", Key=key)["Body"].read() == body, key
        for key in set(begun) - set(answered):
            try:
                assert s3.get_object(Bucket="rest", Key=key)["Body"].read() == begun[key], key
            except s3.exceptions.NoSuchKey:
                pass
