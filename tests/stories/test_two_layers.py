"""DSSE-KMS: two layers, the outer one the key service's, each copy and part too."""
import os

import pytest
from checks import refused

MIB = 1024 * 1024


@pytest.mark.parametrize("size", [0, 1, 16384, 16385, 65536, 65537, 5 * MIB + 3])
def test_every_byte_comes_back(s3, bucket, key_arn, size):
    body = os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, ServerSideEncryption="aws:kms:dsse", SSEKMSKeyId=key_arn)
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms:dsse", key_arn) and "BucketKeyEnabled" not in put
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == body and got["ServerSideEncryption"] == "aws:kms:dsse" and got["SSEKMSKeyId"] == key_arn
    assert got["ChecksumCRC32"] == put["ChecksumCRC32"]
    if size > 100:
        assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=50-99")["Body"].read() == body[50:100]


def test_the_bucket_asks_for_it(s3, bucket, key_arn):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": key_arn}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert put["ServerSideEncryption"] == "aws:kms:dsse" and "BucketKeyEnabled" not in put
    assert s3.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "aws:kms:dsse"


def test_parts_and_copies(s3, bucket, key_arn):
    how = {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": key_arn}
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **how)
    assert upload["ServerSideEncryption"] == "aws:kms:dsse"
    bodies = [os.urandom(5 * MIB), os.urandom(100_000)]
    parts = []
    for number, body in enumerate(bodies, 1):
        part = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload["UploadId"], PartNumber=number, Body=body)
        assert part["ServerSideEncryption"] == "aws:kms:dsse"
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload["UploadId"], MultipartUpload={"Parts": parts})
    whole = b"".join(bodies)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == whole
    across = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={5 * MIB - 10}-{5 * MIB + 9}")
    assert across["Body"].read() == whole[5 * MIB - 10:5 * MIB + 10]
    for target in ({"ServerSideEncryption": "AES256"}, {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_arn}, how):
        copy = s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"}, **target)
        assert copy["ServerSideEncryption"] == target["ServerSideEncryption"]
        assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == whole


def test_the_key_closes_it(s3, kms, bucket, key_arn):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms:dsse", SSEKMSKeyId=key_arn)
    kms.disable_key(KeyId=key_arn)
    with refused("KMS.DisabledException", 400):
        s3.get_object(Bucket=bucket, Key="k")
    kms.enable_key(KeyId=key_arn)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_a_bucket_key_is_refused(s3, bucket, key_arn):
    with refused("InvalidArgument", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms:dsse", SSEKMSKeyId=key_arn, BucketKeyEnabled=True)
