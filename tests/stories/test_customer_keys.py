"""SSE-C: objects under keys that the client brings with each request and that are stored nowhere."""
import base64
import hashlib
import os

import harness
import pytest
from checks import refused

MIB = 1024 * 1024
PREFIX = "x-amz-server-side-encryption-customer-"


def customer(key=None):
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key or os.urandom(32)}


def source_of(key):
    return {f"CopySource{name}": value for name, value in key.items()}


def md5_of(key):
    return base64.b64encode(hashlib.md5(key["SSECustomerKey"]).digest()).decode()


@pytest.mark.parametrize("size", [0, 1, 16384, 16385, 65537, 5 * MIB + 3])
def test_every_byte_comes_back_to_who_has_the_key(s3, bucket, size):
    key, body = customer(), os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, **key)
    assert put["SSECustomerAlgorithm"] == "AES256" and put["SSECustomerKeyMD5"] == md5_of(key) and "ServerSideEncryption" not in put
    assert put["ETag"] != f'"{hashlib.md5(body).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED", **key)
    assert got["Body"].read() == body and got["SSECustomerKeyMD5"] == md5_of(key) and "ServerSideEncryption" not in got
    assert got["ChecksumCRC32"] == put["ChecksumCRC32"]
    head = s3.head_object(Bucket=bucket, Key="k", **key)
    assert head["ContentLength"] == size and head["SSECustomerAlgorithm"] == "AES256"


def test_without_the_key_there_is_nothing(s3, bucket):
    key = customer()
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **key)
    s3.put_object(Bucket=bucket, Key="open", Body=b"x")
    stored = "The object was stored using a form of Server Side Encryption."
    with refused("InvalidRequest", 400, stored):
        s3.get_object(Bucket=bucket, Key="k")
    with refused("400", 400):
        s3.head_object(Bucket=bucket, Key="k")
    with refused("AccessDenied", 403, "must provide the correct secret key"):
        s3.get_object(Bucket=bucket, Key="k", **customer())
    with refused("403", 403):
        s3.head_object(Bucket=bucket, Key="k", **customer())
    with refused("InvalidRequest", 400, "not applicable to this object"):
        s3.get_object(Bucket=bucket, Key="open", **key)
    with refused("InvalidRequest", 400, stored):
        s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"})
    s3.delete_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize("headers, code, message", [
    ({"algorithm": "AES128", "key": 32}, "InvalidEncryptionAlgorithmError", "Supported value: AES256"),
    ({"key": 32}, "InvalidArgument", "must provide a valid encryption algorithm"),
    ({"algorithm": "AES256"}, "InvalidArgument", "must provide an appropriate secret key"),
    ({"algorithm": "AES256", "key": 32, "key-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}, "InvalidArgument", "did not match the hash"),
    ({"algorithm": "AES256", "key": 31}, "InvalidArgument", "The secret key was invalid"),
    ({"algorithm": "AES256", "key": "not base64"}, "InvalidArgument", "The secret key was invalid"),
], ids=lambda value: None)
def test_malformed_headers(s3, bucket, headers, code, message):
    sent = {}
    for name, value in headers.items():
        if name == "key":
            value = value if isinstance(value, str) else base64.b64encode(os.urandom(value)).decode()
        sent[PREFIX + name] = value

    def add(request, **_):
        for name, value in sent.items():
            request.headers[name] = value
    client_events = s3.meta.events
    client_events.register("before-sign.s3.PutObject", add)
    try:
        with refused(code, 400, message):
            s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    finally:
        client_events.unregister("before-sign.s3.PutObject", add)
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="k")


def test_beside_another_method(s3, bucket):
    with refused("InvalidArgument", 400, "incompatible with the encryption method"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="AES256", **customer())


def test_copies_between_keys(s3, bucket, key_arn):
    first, second, body = customer(), customer(), os.urandom(200_000)
    s3.put_object(Bucket=bucket, Key="a", Body=body, **first)
    source = {"Bucket": bucket, "Key": "a"}
    copy = s3.copy_object(Bucket=bucket, Key="b", CopySource=source, **source_of(first), **second)
    assert copy["SSECustomerKeyMD5"] == md5_of(second)
    assert s3.get_object(Bucket=bucket, Key="b", **second)["Body"].read() == body
    with refused("AccessDenied", 403):
        s3.get_object(Bucket=bucket, Key="b", **first)
    s3.copy_object(Bucket=bucket, Key="c", CopySource=source, **source_of(first), ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)
    assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == body
    s3.copy_object(Bucket=bucket, Key="a", CopySource=source, **source_of(first), **second)
    assert s3.get_object(Bucket=bucket, Key="a", **second)["Body"].read() == body
    with refused("AccessDenied", 403):
        s3.copy_object(Bucket=bucket, Key="d", CopySource=source, **source_of(first))


def test_an_upload_keeps_its_key(s3, bucket):
    key, bodies = customer(), [os.urandom(5 * MIB), os.urandom(1000)]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **key)
    assert upload["SSECustomerKeyMD5"] == md5_of(key)
    at = {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}
    with refused("InvalidRequest", 400, "must include the appropriate encryption parameters"):
        s3.upload_part(**at, PartNumber=1, Body=b"x")
    with refused("InvalidRequest", 400, "did not match the ones used originally"):
        s3.upload_part(**at, PartNumber=1, Body=b"x", **customer())
    parts = [{"PartNumber": n, "ETag": s3.upload_part(**at, PartNumber=n, Body=body, **key)["ETag"]} for n, body in enumerate(bodies, 1)]
    assert [part["PartNumber"] for part in s3.list_parts(**at)["Parts"]] == [1, 2]
    s3.complete_multipart_upload(**at, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=bucket, Key="k", **key)["Body"].read() == b"".join(bodies)
    plain = s3.create_multipart_upload(Bucket=bucket, Key="plain")["UploadId"]
    with refused("InvalidRequest", 400):
        s3.upload_part(Bucket=bucket, Key="plain", UploadId=plain, PartNumber=1, Body=b"x", **key)


def test_a_part_of_a_customers_object(s3, bucket):
    key, body = customer(), os.urandom(300_000)
    s3.put_object(Bucket=bucket, Key="a", Body=body, **key)
    at = {"Bucket": bucket, "Key": "k", "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="k", **key)["UploadId"]}
    part = s3.upload_part_copy(**at, PartNumber=1, CopySource={"Bucket": bucket, "Key": "a"}, CopySourceRange="bytes=1000-200999",
                               **source_of(key), **key)
    s3.complete_multipart_upload(**at, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]})
    assert s3.get_object(Bucket=bucket, Key="k", **key)["Body"].read() == body[1000:201000]


def test_a_bucket_blocks_it_and_lets_it(s3, bucket):
    def set_blocked(kind):
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {"EncryptionType": [kind]}}]})
    key = customer()
    s3.put_object(Bucket=bucket, Key="before", Body=b"x", **key)
    set_blocked("SSE-C")
    with refused("AccessDenied", 403, "because this bucket has blocked upload requests"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", **key)
    with refused("AccessDenied", 403, "because this bucket has blocked upload requests"):
        s3.create_multipart_upload(Bucket=bucket, Key="k", **key)
    assert s3.get_object(Bucket=bucket, Key="before", **key)["Body"].read() == b"x"
    set_blocked("NONE")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **key)


def test_the_key_is_stored_nowhere():
    with harness.Server() as server:
        s3, key = server.client("s3"), customer()
        s3.create_bucket(Bucket="rest")
        s3.put_object(Bucket="rest", Key="k", Body=b"PLAINTEXT-OF-THE-CUSTOMER" * 1000, **key)
        assert s3.get_object(Bucket="rest", Key="k", **key)["Body"].read().startswith(b"PLAINTEXT")
        server.stop()
        text = base64.b64encode(key["SSECustomerKey"])
        for path in server.home.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert key["SSECustomerKey"] not in data and text not in data and b"PLAINTEXT-OF-THE-CUSTOMER" not in data, path
