"""Malformed and hostile requests: each is refused with AWS's code, and the server goes on."""
import base64
import hashlib
import json
from datetime import datetime, timedelta, timezone

import botocore.auth
import pytest
from wire import call, exchange, send, signed


@pytest.fixture(autouse=True)
def still_alive(server):
    yield
    assert server.running()
    assert send(server, "GET", "/-/health/live").status == 200


def put_signed(server, bucket, key="k", body=b"hello", headers=None, **how):
    return call(server, "PUT", f"/{bucket}/{key}", headers, body, **how)


def test_a_changed_request_is_refused(server, bucket):
    target = f"/{bucket}/k"
    headers = signed(server, "PUT", target, {}, b"hello")
    assert send(server, "PUT", target, headers, b"hello").status == 200
    assert (answer := send(server, "PUT", target, headers, b"hellO")).code == "XAmzContentSHA256Mismatch", answer
    for changed in [send(server, "PUT", target + "2", headers, b"hello"), send(server, "PUT", target + "?tagging", headers, b"hello"),
                    send(server, "PUT", target, {**headers, "X-Amz-Date": "20260101T000000Z"}, b"hello"),
                    send(server, "PUT", target, {**headers, "Authorization": headers["Authorization"][:-1] + ("1" if headers["Authorization"].endswith("0") else "0")}, b"hello")]:
        assert changed.code in ("SignatureDoesNotMatch", "RequestTimeTooSkewed", "AuthorizationHeaderMalformed"), changed
    unsigned = send(server, "PUT", target, {**headers, "x-amz-meta-more": "1"}, b"hello")
    assert unsigned.status == 403 and b"HeadersNotSigned" in unsigned.body


def test_the_signatures_explanation(server, bucket):
    headers = signed(server, "GET", f"/{bucket}/k")
    answer = send(server, "GET", f"/{bucket}/other", headers)
    for element in ["AWSAccessKeyId", "StringToSign", "SignatureProvided", "CanonicalRequest", "RequestId", "HostId"]:
        assert f"<{element}>".encode() in answer.body, element
    assert server.secret_key.encode() not in answer.body


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_skewed_clock(server, bucket, monkeypatch, minutes):
    real = botocore.auth.get_current_datetime
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *a, **k: real(*a, **k) + timedelta(minutes=minutes))
    answer = call(server, "GET", f"/{bucket}")
    assert (answer.status, answer.code) == (403, "RequestTimeTooSkewed") and b"MaxAllowedSkewMilliseconds" in answer.body
    answer = call(server, "POST", "/", {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}, b"{}", service="kms")
    assert (answer.status, answer.code) == (400, "InvalidSignatureException"), answer


@pytest.mark.parametrize("value, code, status", [
    ("", "AccessDenied", 403), ("AWS4-HMAC-SHA256", "AuthorizationHeaderMalformed", 400), ("Bearer x", None, 400),
    ("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00", "AuthorizationHeaderMalformed", 400),
    ("AWS4-HMAC-SHA256 " + "A" * 4000, "AuthorizationHeaderMalformed", 400),
])
def test_a_malformed_authorization(server, bucket, value, code, status):
    headers = {"Authorization": value} if value else {}
    answer = send(server, "GET", f"/{bucket}", {"x-amz-date": datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ"),
                                               "x-amz-content-sha256": hashlib.sha256(b"").hexdigest(), **headers})
    assert answer.status == status, answer
    assert code is None or answer.code == code, answer


def test_another_region(server, bucket):
    answer = call(server, "GET", f"/{bucket}", region="eu-west-1")
    assert (answer.status, answer.code) == (400, "AuthorizationHeaderMalformed") and b"<Region>us-east-1</Region>" in answer.body


def chunked(bucket, server, framed, length, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER", extra=None):
    headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(length), **(extra or {})}
    target = f"/{bucket}/chunked"
    return send(server, "PUT", target, signed(server, "PUT", target, headers, b"", payload_hash=payload), framed)


CRC32_HELLO = base64.b64encode((0x3610A686).to_bytes(4, "big")).decode()


def test_good_chunks(server, bucket, s3):
    trailer = {"x-amz-trailer": "x-amz-checksum-crc32"}
    framed = f"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{CRC32_HELLO}\r\n\r\n".encode()
    answer = chunked(bucket, server, framed, 5, extra=trailer)
    assert answer.status == 200, answer
    got = s3.get_object(Bucket=bucket, Key="chunked")
    assert got["Body"].read() == b"hello" and "ContentEncoding" not in got


@pytest.mark.parametrize("framed, length, codes", [
    (b"5\r\nhello\r\n0\r\n\r\n", 6, ("IncompleteBody", "MalformedTrailerError", "InvalidRequest")),
    (b"5\r\nhello\r\n0\r\n\r\n", 4, ("IncompleteBody", "MalformedTrailerError", "InvalidRequest")),
    (b"zz\r\nhello\r\n0\r\n\r\n", 5, ("InvalidChunkSizeError", "IncompleteBody", "InvalidRequest")),
    (b"5\r\nhello", 5, ("IncompleteBody", "MalformedTrailerError")),
    (b"", 5, ("IncompleteBody", "MalformedTrailerError")),
    (b"ffffffffffffffff\r\nhello\r\n0\r\n\r\n", 5, ("InvalidChunkSizeError", "IncompleteBody", "InvalidRequest", "EntityTooLarge")),
    (b"5\r\nhelloXX0\r\n\r\n", 5, ("InvalidChunkSizeError", "IncompleteBody", "InvalidRequest")),
    (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 5, ("BadDigest",)),
    (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:!\r\n\r\n", 5, ("InvalidRequest", "MalformedTrailerError", "BadDigest")),
    (b"5\r\nhello\r\n0\r\nx-amz-checksum-sha1:AAAAAA==\r\n\r\n", 5, ("MalformedTrailerError", "InvalidRequest")),
])
def test_bad_chunks(server, bucket, s3, framed, length, codes):
    answer = chunked(bucket, server, framed, length, extra={"x-amz-trailer": "x-amz-checksum-crc32"})
    assert answer.status == 400 and answer.code in codes, answer
    assert call(server, "HEAD", f"/{bucket}/chunked").status == 404


def test_signed_chunks(server, bucket, s3):
    target, data = f"/{bucket}/chunked", b"x" * 70_000
    headers = signed(server, "PUT", target, {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(data))}, b"",
                     payload_hash="STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    import hmac
    date, scope = headers["X-Amz-Date"], f"{headers['X-Amz-Date'][:8]}/{server.region}/s3/aws4_request"
    key = b"AWS4" + server.secret_key.encode()
    for word in scope.split("/"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    empty, previous, framed, bad = hashlib.sha256(b"").hexdigest(), headers["Authorization"].rpartition("=")[2], b"", b""
    for chunk in [data[:65536], data[65536:], b""]:
        text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, empty, hashlib.sha256(chunk).hexdigest()])
        previous = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        framed += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + b"\r\n"
        bad += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk.replace(b"x", b"y") + b"\r\n"
    refusal = send(server, "PUT", target, headers, bad)
    assert (refusal.status, refusal.code) == (403, "SignatureDoesNotMatch"), refusal
    assert call(server, "HEAD", target).status == 404
    assert send(server, "PUT", target, headers, framed).status == 200
    assert s3.get_object(Bucket=bucket, Key="chunked")["Body"].read() == data


def test_content_md5(server, bucket):
    assert put_signed(server, bucket, headers={"Content-MD5": base64.b64encode(hashlib.md5(b"other").digest()).decode()}).code == "BadDigest"
    assert put_signed(server, bucket, headers={"Content-MD5": "AAAA"}).code == "InvalidDigest"
    assert put_signed(server, bucket, headers={"x-amz-checksum-crc32": "AAAA"}).code == "InvalidRequest"
    two = put_signed(server, bucket, headers={"x-amz-checksum-crc32": CRC32_HELLO, "x-amz-checksum-sha1": base64.b64encode(hashlib.sha1(b"hello").digest()).decode()})
    assert two.code == "InvalidRequest", two
    assert call(server, "HEAD", f"/{bucket}/k").status == 404


@pytest.mark.parametrize("document", [
    b"", b"<", b"<Delete>", b"<Delete></Wrong>", b"not xml", b"\xff\xfe<Delete/>", b"<Other/>", b"<Delete/>",
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa">]><Delete><Object><Key>&a;</Key></Object></Delete>',
    b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><Delete><Object><Key>x</Key></Object></Delete>',
    b"<Delete>" * 2000 + b"</Delete>" * 2000,
])
def test_bad_xml(server, bucket, document):
    md5 = base64.b64encode(hashlib.md5(document).digest()).decode()
    answer = call(server, "POST", f"/{bucket}?delete", {"Content-MD5": md5}, document)
    assert answer.status == 400 and answer.code in ("MalformedXML", "MissingRequestBodyError"), answer


def test_a_checksum_is_demanded(server, bucket):
    answer = call(server, "POST", f"/{bucket}?delete", {}, b"<Delete><Object><Key>x</Key></Object></Delete>")
    assert (answer.status, answer.code) == (400, "InvalidRequest") and b"Content-MD5" in answer.body, answer


@pytest.mark.parametrize("target", ["{bucket}?website", "{bucket}?replication", "{bucket}/k?torrent", "{bucket}/k?restore"])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_an_unserved_subresource_is_no_object(server, bucket, s3, target, method):
    s3.put_object(Bucket=bucket, Key="k", Body=b"body")
    answer = call(server, method, "/" + target.format(bucket=bucket), {}, b"<x/>" if method != "GET" else b"")
    assert answer.status in (400, 404, 405, 501) and answer.body != b"body", answer
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"body"


def test_an_unknown_parameter_is_no_subresource(server, bucket, s3):
    s3.put_object(Bucket=bucket, Key="k", Body=b"body")
    assert call(server, "GET", f"/{bucket}/k?x-id=GetObject&unheard-of=1").body == b"body"


def test_headers_are_bounded(server, bucket):
    huge = exchange(server, f"GET /{bucket} HTTP/1.1\r\nHost: x\r\nx-a: {'a' * 200_000}\r\n\r\n".encode())
    assert huge.split(b" ")[1:2] in ([b"400"], [b"431"]) or huge == b"", huge[:200]
    many = exchange(server, f"GET /{bucket} HTTP/1.1\r\nHost: x\r\n".encode() + b"".join(b"x-%d: a\r\n" % n for n in range(20_000)) + b"\r\n")
    assert many.split(b" ")[1:2] in ([b"400"], [b"431"]) or many == b"", many[:200]
    meta = put_signed(server, bucket, headers={"x-amz-meta-big": "a" * 3000})
    assert (meta.status, meta.code) == (400, "MetadataTooLarge"), meta


@pytest.mark.parametrize("data", [
    b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00\x01\x02\r\n\r\n", b"GET http://other/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"GET /a\x00b HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /b HTTP/1.1\r\nHost : x\r\n\r\n", b"GET /b HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
])
def test_bad_http(server, data):
    answer = exchange(server, data, seconds=5)
    assert answer == b"" or answer.split(b" ")[1][:1] in (b"4", b"5"), answer[:200]
    assert b" 200 " not in answer[:20]


@pytest.mark.parametrize("target", ["/%", "/%zz", "/{bucket}/%", "/{bucket}/%zz", "/{bucket}/a%00b", "/{bucket}/%ff%fe", "/../etc/passwd", "/{bucket}/../../etc/passwd",
                                    "/-/nothing", "/-/health/../test/reset", "/%2d/health/live", "/{bucket}/..%2f..%2fetc%2fpasswd", "/{bucket}%2f..%2fother", "/.", "/..", "/{bucket}?a=%zz"])
def test_path_tricks(server, bucket, target):
    target = target.format(bucket=bucket)
    for answer in [call(server, "GET", target), send(server, "GET", target)]:
        assert 400 <= answer.status < 500, (target, answer)
        assert b"root:" not in answer.body


def test_dots_in_a_key_are_a_key(server, bucket, s3):
    assert put_signed(server, bucket, "a/../b").status == 200
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a/../b"]


def test_methods(server, bucket):
    for method in ["PATCH", "TRACE", "CONNECT", "PROPFIND", "FOO"]:
        answer = call(server, method, f"/{bucket}/k")
        assert answer.status in (400, 405, 501), answer
    answer = call(server, "POST", f"/{bucket}/k")
    assert answer.status in (400, 405, 412), answer


def kms(server, operation, body, **headers):
    return call(server, "POST", "/", {"X-Amz-Target": f"TrentService.{operation}", "Content-Type": "application/x-amz-json-1.1", **headers}, body, service="kms")


@pytest.mark.parametrize("body, code", [
    (b"", None), (b"{", "SerializationException"), (b"[]", "SerializationException"), (b'{"Limit": "x"}', "SerializationException"),
    (b'{"Limit": 0}', "ValidationException"), (b"[" * 20_000, "SerializationException"), (b'{"Limit": 1e400}', "SerializationException"), (b"\xff", "SerializationException"),
])
def test_bad_json(server, body, code):
    answer = kms(server, "ListKeys", body)
    assert (answer.status == 200 if code is None else (answer.status, answer.code) == (400, code)), answer


def test_unknown_operations(server):
    assert (answer := kms(server, "NoSuchOperation", b"{}")).status in (400, 404) and answer.code == "UnknownOperationException", answer
    answer = call(server, "POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=NoSuchAction&Version=2010-05-08", service="iam")
    assert (answer.status, answer.code) == (400, "InvalidAction"), answer
    answer = call(server, "POST", "/", {"X-Amz-Target": "Coffer.Status", "Content-Type": "application/x-amz-json-1.1"}, b"{}", service="kms")
    assert answer.status >= 400, answer


def test_constraint_sentences(server):
    answer = kms(server, "Encrypt", json.dumps({"Plaintext": ""}).encode())
    text = json.loads(answer.body).get("message") or json.loads(answer.body).get("Message")
    assert answer.code == "ValidationException" and "2 validation errors detected" in text, text
    assert "Value null at 'keyId' failed to satisfy constraint: Member must not be null" in text.replace("Value at", "Value null at")
    assert "Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1" in text


def test_without_credentials(server, bucket, s3):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for method, target in [("GET", f"/{bucket}/k"), ("GET", f"/{bucket}"), ("PUT", f"/{bucket}/k"), ("DELETE", f"/{bucket}/k"), ("GET", "/")]:
        answer = send(server, method, target)
        assert (answer.status, answer.code) == (403, "AccessDenied"), answer
    answer = send(server, "POST", "/", {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}, b"{}")
    assert (answer.status, answer.code) == (400, "MissingAuthenticationTokenException"), answer
    answer = send(server, "POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=ListUsers&Version=2010-05-08")
    assert (answer.status, answer.code) == (403, "MissingAuthenticationToken"), answer


def test_an_anonymous_reader_by_policy(server, bucket, s3):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_object(Bucket=bucket, Key="sealed", Body=b"x", ServerSideEncryption="aws:kms")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*",
         "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}}}]}))
    assert send(server, "GET", f"/{bucket}/k").body == b"x"
    answer = send(server, "GET", f"/{bucket}/sealed")
    assert (answer.status, answer.code) == (400, "InvalidArgument") and b"Signature Version 4" in answer.body, answer
    assert send(server, "PUT", f"/{bucket}/k").status == 403


def test_every_answer_has_its_request_id(server, bucket):
    for answer in [call(server, "GET", f"/{bucket}"), call(server, "GET", f"/{bucket}/missing"), send(server, "GET", "/")]:
        assert answer.headers["x-amz-request-id"] and answer.headers["x-amz-id-2"] and answer.headers["Date"]
        if answer.status >= 400:
            assert answer.headers["x-amz-request-id"].encode() in answer.body
    assert kms(server, "ListKeys", b"{}").headers["x-amzn-RequestId"]


def test_a_head_has_no_body(server, bucket):
    for target, status in [(f"/{bucket}/missing", 404), (f"/{bucket}-none", 404), (f"/{bucket}", 200)]:
        answer = call(server, "HEAD", target)
        assert (answer.status, answer.body) == (status, b""), answer


def test_an_encryption_header_on_a_read(server, bucket, s3):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = call(server, "GET", f"/{bucket}/k", {"x-amz-server-side-encryption": "aws:kms"})
    assert (answer.status, answer.code) == (400, "InvalidArgument"), answer
    assert b"x-amz-server-side-encryption header is not supported for this operation." in answer.body
