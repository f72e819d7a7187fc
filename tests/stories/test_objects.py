"""Objects: every byte back, under every name, whole and in parts, on conditions, copied, presigned and deleted."""
import base64
import hashlib
import os
import ssl
import urllib.error
import urllib.request
import zlib
from datetime import datetime, timedelta, timezone

import pytest
from awscrt import checksums
from checks import refused

ODD_KEYS = ["plain", "with space", "a+b", "100%", "%41", "100%25", "a//b", "/leading", "trailing/", "//", "über/straße", "日本語/鍵",
            "emoji-🔑", "quote\"'", "a&b=c?d#e", "<xml>&amp;</xml>", "tab\there", "back\\slash", "..", "../up", "./here", "a/./b", "a/../b",
            "~tilde", "semi;colon,comma", "k" * 1024, "é" * 512, "line\nfeed"]

ALGORITHMS = {
    "CRC32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "CRC32C": lambda data: checksums.crc32c(data).to_bytes(4, "big"),
    "CRC64NVME": lambda data: checksums.crc64nvme(data).to_bytes(8, "big"),
    "SHA1": lambda data: hashlib.sha1(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
}


def checksum(algorithm, data):
    return base64.b64encode(ALGORITHMS[algorithm](data)).decode()


def fetch(server, url, method="GET", data=None, headers=None):
    """A plain HTTPS request, as a browser with a presigned URL makes it: (status, body, headers)."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(server.ca))))
    try:
        with opener.open(urllib.request.Request(url, data=data, method=method, headers=headers or {}), timeout=30) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


@pytest.mark.parametrize("key", ODD_KEYS, ids=lambda key: key[:12].encode("unicode_escape").decode())
def test_a_name_is_kept_as_it_is(s3, bucket, key):
    body = key.encode()
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.copy_object(Bucket=bucket, Key="copy of it", CopySource={"Bucket": bucket, "Key": key})
    assert s3.get_object(Bucket=bucket, Key="copy of it")["Body"].read() == body
    s3.delete_object(Bucket=bucket, Key=key)
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key=key)


def test_names_that_are_nearly_the_same_stay_apart(s3, bucket):
    for key in ODD_KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in ODD_KEYS:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    listed = [o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7})
              for o in page["Contents"]]
    assert listed == sorted(ODD_KEYS, key=str.encode)


def test_a_name_too_long_is_refused(s3, bucket):
    with refused("KeyTooLongError", 400):
        s3.put_object(Bucket=bucket, Key="k" * 1025, Body=b"")


@pytest.mark.parametrize("size", [0, 1, 16383, 16384, 16385, 65535, 65536, 65537, 1_000_003, 9 * 1024 * 1024 + 7])
@pytest.mark.parametrize("encryption", ["AES256", "aws:kms"])
def test_every_byte_comes_back(s3, bucket, size, encryption):
    body = os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, ServerSideEncryption=encryption)
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["ContentLength"] == size and got["Body"].read() == body
    assert got["ETag"] == put["ETag"] and got["ServerSideEncryption"] == encryption
    if encryption == "AES256":
        assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    else:
        assert put["ETag"] != f'"{hashlib.md5(body).hexdigest()}"'
    for first, last in [(0, 0), (size // 2, size // 2 + 99), (65530, 65545), (size - 1, size + 50)]:
        if 0 <= first < size:
            part = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}")
            assert part["Body"].read() == body[first:last + 1]
            assert part["ContentRange"] == f"bytes {first}-{min(last, size - 1)}/{size}"
            assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    if size:
        assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=-10")["Body"].read() == body[-10:]
        assert s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={size // 3}-")["Body"].read() == body[size // 3:]


def test_ranges_are_judged(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    with refused("InvalidRange", 416):
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=10-")
    with refused("InvalidRange", 416):
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=-0")
    for whole in ["bytes=5-2", "items=0-1", "bytes=a-b", "bytes=0-1,3-4"]:
        assert s3.get_object(Bucket=bucket, Key="k", Range=whole)["Body"].read() == b"0123456789"


def test_what_is_said_about_an_object_is_kept(s3, bucket):
    said = {"ContentType": "text/x-story", "CacheControl": "no-cache", "ContentDisposition": "attachment; filename=\"a b\"",
            "ContentEncoding": "gzip", "ContentLanguage": "de", "Metadata": {"one": "1", "two-words": "a  b", "empty": ""}}
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Expires=datetime(2030, 1, 2, tzinfo=timezone.utc), **said)
    for answer in [s3.head_object(Bucket=bucket, Key="k"), s3.get_object(Bucket=bucket, Key="k")]:
        for name, value in said.items():
            assert answer[name] == value, name
        assert answer["ContentLength"] == 1
        assert abs((datetime.now(timezone.utc) - answer["LastModified"]).total_seconds()) < 60
    assert s3.get_object(Bucket=bucket, Key="k", ResponseContentType="text/plain")["ContentType"] == "text/plain"
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "binary/octet-stream"
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {}


def test_conditional_reads(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    past = datetime.now(timezone.utc) - timedelta(days=1)
    read = lambda **how: s3.get_object(Bucket=bucket, Key="k", **how)["Body"].read()  # noqa: E731
    assert read(IfMatch=etag) == b"x"
    assert read(IfMatch="*") == b"x"
    assert read(IfNoneMatch='"other"') == b"x"
    assert read(IfModifiedSince=past) == b"x"
    assert read(IfMatch=etag, IfUnmodifiedSince=past) == b"x"
    for how, code, status in [({"IfMatch": '"other"'}, "PreconditionFailed", 412), ({"IfNoneMatch": etag}, "304", 304),
                              ({"IfUnmodifiedSince": past}, "PreconditionFailed", 412)]:
        with refused(code, status):
            read(**how)
    with refused("304", 304):
        s3.head_object(Bucket=bucket, Key="k", IfNoneMatch=etag)
    with refused("412", 412):
        s3.head_object(Bucket=bucket, Key="k", IfMatch='"other"')


def test_conditional_writes(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch='"0123456789abcdef0123456789abcdef"')
    s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"3"
    with refused("NoSuchKey", 404):
        s3.put_object(Bucket=bucket, Key="missing", Body=b"", IfMatch=etag)
    with refused("NotImplemented", 501):
        s3.put_object(Bucket=bucket, Key="k", Body=b"", IfNoneMatch=etag)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_is_held_and_given_back(s3, bucket, algorithm):
    body = os.urandom(70_000)
    value = checksum(algorithm, body)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, **{f"Checksum{algorithm}": value})
    assert put[f"Checksum{algorithm}"] == value and put["ChecksumType"] == "FULL_OBJECT"
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got[f"Checksum{algorithm}"] == value and got["Body"].read() == body
    assert f"Checksum{algorithm}" not in s3.head_object(Bucket=bucket, Key="k")
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="bad", Body=body, **{f"Checksum{algorithm}": checksum(algorithm, b"other")})
    with refused("InvalidRequest", 400):
        s3.put_object(Bucket=bucket, Key="bad", Body=body, **{f"Checksum{algorithm}": "AAAA"})
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="bad")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_trailing_checksum(s3, bucket, algorithm):
    body = os.urandom(100_001)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, ChecksumAlgorithm=algorithm)
    assert put[f"Checksum{algorithm}"] == checksum(algorithm, body)


def test_without_a_checksum_the_server_makes_one(server, bucket):
    quiet = server.client("s3", request_checksum_calculation="when_required")
    body = os.urandom(1000)
    assert quiet.put_object(Bucket=bucket, Key="k", Body=body)["ChecksumCRC64NVME"] == checksum("CRC64NVME", body)


def test_content_md5(s3, bucket):
    good = base64.b64encode(hashlib.md5(b"x").digest()).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentMD5=good)
    with refused("BadDigest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"y", ContentMD5=good)
    with refused("InvalidDigest", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"y", ContentMD5="nonsense")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_copying(s3, bucket, key_arn):
    body = os.urandom(200_000)
    s3.put_object(Bucket=bucket, Key="a", Body=body, Metadata={"m": "1"}, ContentType="text/a")
    source = {"Bucket": bucket, "Key": "a"}
    copied = s3.copy_object(Bucket=bucket, Key="b", CopySource=source, ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)
    assert (copied["ServerSideEncryption"], copied["SSEKMSKeyId"]) == ("aws:kms", key_arn)
    got = s3.get_object(Bucket=bucket, Key="b")
    assert got["Body"].read() == body and got["Metadata"] == {"m": "1"} and got["ContentType"] == "text/a"
    s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "b"}, MetadataDirective="REPLACE", Metadata={"n": "2"})
    got = s3.get_object(Bucket=bucket, Key="c")
    assert got["Body"].read() == body and got["Metadata"] == {"n": "2"} and got["ServerSideEncryption"] == "AES256"
    assert got["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    with refused("InvalidRequest", 400, "trying to copy an object to itself"):
        s3.copy_object(Bucket=bucket, Key="a", CopySource=source)
    s3.copy_object(Bucket=bucket, Key="a", CopySource=source, ServerSideEncryption="AES256")
    with refused("NoSuchKey", 404):
        s3.copy_object(Bucket=bucket, Key="d", CopySource={"Bucket": bucket, "Key": "missing"})
    with refused("NoSuchBucket", 404):
        s3.copy_object(Bucket=bucket, Key="d", CopySource={"Bucket": bucket + "-missing", "Key": "a"})
    with refused("PreconditionFailed", 412):
        s3.copy_object(Bucket=bucket, Key="d", CopySource=source, CopySourceIfMatch='"other"')
    with refused("InvalidArgument", 400):
        s3.copy_object(Bucket=bucket, Key="d", CopySource="no-slash")


def test_deleting_many(s3, bucket):
    for n in range(30):
        s3.put_object(Bucket=bucket, Key=f"a & b/{n}", Body=b"x")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": f"a & b/{n}"} for n in range(20)] + [{"Key": "missing"}]})
    assert len(answer["Deleted"]) == 21 and not answer.get("Errors")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 10
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Quiet": True, "Objects": [{"Key": f"a & b/{n}"} for n in range(20, 30)]})
    assert "Deleted" not in quiet
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    with refused("MalformedXML", 400):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": str(n)} for n in range(1001)]})


def test_deleting_many_is_judged_one_by_one(s3, bucket, user):
    for key in ["mine/1", "theirs/1"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    user.allow("s3:DeleteObject", f"arn:aws:s3:::{bucket}/mine/*")
    answer = user.client("s3").delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "mine/1"}, {"Key": "theirs/1"}]})
    assert [d["Key"] for d in answer["Deleted"]] == ["mine/1"]
    assert [(e["Key"], e["Code"]) for e in answer["Errors"]] == [("theirs/1", "AccessDenied")]


def test_presigned_requests(server, bucket):
    signer = server.client("s3", signature_version="s3v4")
    place = {"Bucket": bucket, "Key": "a b/+ü.txt"}
    status, body, _ = fetch(server, signer.generate_presigned_url("put_object", Params=place), "PUT", b"presigned")
    assert status == 200, body
    url = signer.generate_presigned_url("get_object", Params=place)
    assert fetch(server, url)[:2] == (200, b"presigned")
    assert fetch(server, url, headers={"Range": "bytes=3-5"})[:2] == (206, b"sig")
    status, body, _ = fetch(server, url.replace("X-Amz-Expires=3600", "X-Amz-Expires=3599"))
    assert status == 403 and b"SignatureDoesNotMatch" in body
    status, body, _ = fetch(server, url, headers={"x-amz-acl": "private"})
    assert status == 403 and b"HeadersNotSigned" in body
    status, body, _ = fetch(server, url, "DELETE")
    assert status == 403 and b"SignatureDoesNotMatch" in body
    status, body, _ = fetch(server, url.split("X-Amz-Signature")[0].rstrip("&"))
    assert status == 400 and b"AuthorizationQueryParametersError" in body
    status, body, _ = fetch(server, url.split("?")[0])
    assert status == 403 and b"AccessDenied" in body


def test_a_presigned_url_ends(server, bucket):
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    import botocore.auth
    request = AWSRequest("GET", f"{server.endpoint}/{bucket}/k")
    real = botocore.auth.get_current_datetime
    botocore.auth.get_current_datetime = lambda *a, **k: real(*a, **k) - timedelta(minutes=10)
    try:
        S3SigV4QueryAuth(Credentials(server.access_key, server.secret_key), "s3", server.region, expires=60).add_auth(request)
    finally:
        botocore.auth.get_current_datetime = real
    status, body, _ = fetch(server, request.url)
    assert status == 403 and b"Request has expired" in body and b"<X-Amz-Expires>60</X-Amz-Expires>" in body


def test_a_presigned_put_under_the_key(server, bucket, s3, key_arn):
    signer = server.client("s3", signature_version="s3v4")
    url = signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_arn})
    headers = {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": key_arn}
    status, body, answered = fetch(server, url, "PUT", b"x", headers)
    assert status == 200, body
    assert answered["x-amz-server-side-encryption-aws-kms-key-id"] == key_arn
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


@pytest.mark.needs("s3", "GetObjectAttributes")
def test_object_attributes(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ETag", "ObjectSize", "StorageClass", "Checksum"])
    assert attributes["ETag"] == put["ETag"].strip('"')
    assert attributes["ObjectSize"] == 5 and attributes["StorageClass"] == "STANDARD"
    assert attributes["Checksum"]["ChecksumCRC32"] == checksum("CRC32", b"hello")
