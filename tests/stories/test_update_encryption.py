"""UpdateObjectEncryption: another key, the same bytes, dates and checksums."""
import hashlib
import os
import threading

import pytest
from checks import refused

MIB = 1024 * 1024
KEPT = ("ETag", "LastModified", "ContentLength", "ContentType", "Metadata", "ChecksumCRC32", "ChecksumType")


def under(key_arn, bucket_key=False):
    return {"ObjectEncryption": {"SSEKMS": {"KMSKeyArn": key_arn, "BucketKeyEnabled": bucket_key}}}


@pytest.mark.parametrize("size", [0, 1000, 300_000])
@pytest.mark.parametrize("bucket_key", [False, True])
def test_from_the_services_key_and_on(s3, kms, bucket, key_arn, size, bucket_key):
    at, body = {"Bucket": bucket, "Key": "k"}, os.urandom(size)
    s3.put_object(**at, Body=body, ContentType="text/x", Metadata={"a": "b" * 300}, ChecksumAlgorithm="CRC32")
    before = s3.get_object(**at, ChecksumMode="ENABLED")
    s3.update_object_encryption(**at, **under(key_arn, bucket_key))
    got = s3.get_object(**at, ChecksumMode="ENABLED")
    assert got["Body"].read() == body and [got.get(name) for name in KEPT] == [before.get(name) for name in KEPT]
    assert (got["ServerSideEncryption"], got["SSEKMSKeyId"], got.get("BucketKeyEnabled", False)) == ("aws:kms", key_arn, bucket_key)
    assert got["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    kms.disable_key(KeyId=key_arn)
    with refused("KMS.DisabledException", 400):
        s3.get_object(**at)
    other = kms.create_key()["KeyMetadata"]["Arn"]
    with refused("KMS.DisabledException", 400):
        s3.update_object_encryption(**at, **under(other))
    kms.enable_key(KeyId=key_arn)
    s3.update_object_encryption(**at, **under(other))
    kms.disable_key(KeyId=key_arn)
    got = s3.get_object(**at, ChecksumMode="ENABLED")
    assert got["Body"].read() == body and got["SSEKMSKeyId"] == other and got["ChecksumCRC32"] == before["ChecksumCRC32"]


def test_an_upload_of_parts(s3, bucket, key_arn):
    at, bodies = {"Bucket": bucket, "Key": "k"}, [os.urandom(5 * MIB), os.urandom(1000)]
    upload = s3.create_multipart_upload(**at, ChecksumAlgorithm="SHA256")["UploadId"]
    parts = []
    for number, body in enumerate(bodies, 1):
        part = s3.upload_part(**at, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": parts})
    before = s3.get_object(**at, PartNumber=2, ChecksumMode="ENABLED")["ChecksumSHA256"]
    s3.update_object_encryption(**at, **under(key_arn, True))
    assert s3.get_object(**at)["Body"].read() == b"".join(bodies)
    assert s3.get_object(**at, PartNumber=2, ChecksumMode="ENABLED")["ChecksumSHA256"] == before


def test_readers_meanwhile_read_it_whole(server, s3, kms, bucket):
    """The rows beside the head change with it: a reader between the two looks again."""
    keys = [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    at, bodies = {"Bucket": bucket, "Key": "k"}, [os.urandom(5 * MIB), os.urandom(1000)]
    stop, read, wrong = threading.Event(), [], []

    def reader():
        client = server.client("s3")
        while not stop.is_set():
            try:
                body = client.get_object(**at)["Body"].read()
                told = client.get_object_attributes(**at, ObjectAttributes=["ObjectParts"])
                if body != b"".join(bodies) or told["ObjectParts"]["TotalPartsCount"] != 2:
                    wrong.append("other content")
            except Exception as error:  # any refusal is one too many
                wrong.append(repr(error))
            read.append(1)

    def put():
        upload = s3.create_multipart_upload(**at, ChecksumAlgorithm="SHA256", Metadata={"long": "m" * 400})["UploadId"]
        parts = []
        for number, body in enumerate(bodies, 1):
            part = s3.upload_part(**at, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
            parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
        s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": parts})

    put()
    threads = [threading.Thread(target=reader) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(20):
        s3.update_object_encryption(**at, **under(keys[number % 2], True))
        put()
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == [] and len(read) > 20, wrong[:3]


def test_what_it_does_not_take(s3, bucket, key_arn):
    at = {"Bucket": bucket, "Key": "k"}
    with refused("NoSuchKey", 404):
        s3.update_object_encryption(**at, **under(key_arn))
    s3.put_object(**at, Body=b"x")
    with refused("InvalidRequest", 400, "valid Amazon Web Services KMS key"):
        s3.update_object_encryption(**at, **under(key_arn.split("/")[1]))
    with refused("AccessDenied", 403, "must be owned by the same account as the bucket"):
        s3.update_object_encryption(**at, **under(key_arn.replace(key_arn.split(":")[4], "999999999999")))
    with refused("KMS.NotFoundException", 400):
        s3.update_object_encryption(**at, **under(key_arn[:-12] + "0" * 12))
    assert s3.head_object(**at)["ServerSideEncryption"] == "AES256"
    s3.put_object(**at, Body=b"x", ServerSideEncryption="aws:kms:dsse", SSEKMSKeyId=key_arn)
    with refused("InvalidRequest", 400, "doesn't support source objects with the encryption type DSSE-KMS or SSE-C"):
        s3.update_object_encryption(**at, **under(key_arn))
