"""GetObjectAttributes, for what was put whole and in parts, under each encryption."""
import base64
import hashlib
import os

import pytest
from checks import refused

MIB = 1024 * 1024
ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]


@pytest.mark.parametrize("encryption", ["AES256", "aws:kms", "aws:kms:dsse", "SSE-C"])
def test_of_a_whole_object(s3, bucket, encryption):
    customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)} if encryption == "SSE-C" else {}
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ChecksumAlgorithm="SHA256",
                        **(customer or {"ServerSideEncryption": encryption}))
    if customer:  # the client encodes the key for other operations, not for this one
        key = customer["SSECustomerKey"]
        customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": base64.b64encode(key).decode(),
                    "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(key).digest()).decode()}
    told = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL, **customer)
    assert told["ETag"] == put["ETag"].strip('"') and told["ObjectSize"] == 5 and told["StorageClass"] == "STANDARD"
    assert told["Checksum"] == {"ChecksumSHA256": put["ChecksumSHA256"], "ChecksumType": "FULL_OBJECT"} and "ObjectParts" not in told
    told = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectSize"], **customer)
    assert told["ObjectSize"] == 5 and "ETag" not in told and "Checksum" not in told
    if customer:
        with refused("InvalidRequest", 400):
            s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ETag"])


@pytest.mark.parametrize("algorithm, composite", [("SHA256", True), ("CRC64NVME", False)])
def test_of_parts(s3, bucket, key_arn, algorithm, composite):
    at, name = {"Bucket": bucket, "Key": "k"}, f"Checksum{algorithm}"
    upload = s3.create_multipart_upload(**at, ChecksumAlgorithm=algorithm, ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)["UploadId"]
    parts = []
    for number, body in enumerate([os.urandom(5 * MIB), os.urandom(5 * MIB), b"end"], 1):
        part = s3.upload_part(**at, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm=algorithm)
        parts.append({"PartNumber": number, "ETag": part["ETag"], name: part[name]})
    s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": parts})
    told = s3.get_object_attributes(**at, ObjectAttributes=ALL)
    assert told["ObjectParts"]["TotalPartsCount"] == 3 and told["ObjectSize"] == 10 * MIB + 3
    assert told["Checksum"]["ChecksumType"] == ("COMPOSITE" if composite else "FULL_OBJECT") and "-" not in told["Checksum"][name]
    if not composite:
        assert "Parts" not in told["ObjectParts"]
        return
    assert [(part["PartNumber"], part[name]) for part in told["ObjectParts"]["Parts"]] == [(part["PartNumber"], part[name]) for part in parts]
    page = s3.get_object_attributes(**at, ObjectAttributes=["ObjectParts"], MaxParts=2)["ObjectParts"]
    assert page["IsTruncated"] and page["NextPartNumberMarker"] == 2 and len(page["Parts"]) == 2
    page = s3.get_object_attributes(**at, ObjectAttributes=["ObjectParts"], PartNumberMarker=2)["ObjectParts"]
    assert not page["IsTruncated"] and [part["PartNumber"] for part in page["Parts"]] == [3]


def test_needs_the_key(s3, kms, bucket, key_arn):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)
    kms.disable_key(KeyId=key_arn)
    with refused("KMS.DisabledException", 400):
        s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ETag"])
    with refused("NoSuchKey", 404):
        s3.get_object_attributes(Bucket=bucket, Key="missing", ObjectAttributes=["ETag"])
