"""POST Object: uploads from a browser's form, signed by either version or by nobody, under its policy, under every encryption."""
import base64
import hashlib
import hmac
import json
import os
import re
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import pytest
from test_objects import checksum
from wire import call, send

MIB = 1024 * 1024
KMS_NEEDS_V4 = b"require AWS Signature Version 4."


def element(body, name):
    found = re.search(f"<{name}>(.*?)</{name}>".encode(), body, re.S)
    return found[1].decode().replace("&quot;", '"').replace("&apos;", "'").replace("&amp;", "&") if found else None


def multipart(fields, file=b"content", filename="file.txt", after=(), boundary="xXxBoundaryxXx"):
    """A form's body: the fields, then the file (None: none), then what comes after it."""
    lines = []
    for name, value in fields:
        value = value if isinstance(value, bytes) else value.encode()
        lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n")
    if file is not None:
        named = "" if filename is None else f'; filename="{filename}"'
        lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"{named}\r\nContent-Type: text/plain\r\n\r\n'.encode() + file + b"\r\n")
    for name, value in after:
        lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    return b"".join(lines) + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def post(server, bucket, fields, file=b"content", headers=None, target=None, **how):
    body, typed = multipart(list(fields.items()) if isinstance(fields, dict) else fields, file, **how)
    return send(server, "POST", target or f"/{bucket}", {**typed, **(headers or {})}, body)


def encoded(document):
    return base64.b64encode(document if isinstance(document, bytes) else json.dumps(document).encode()).decode()


def policy(conditions, seconds=600):
    expires = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return {"expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"), "conditions": conditions}


def sign4(server, document, access_key=None, secret_key=None, region=None):
    """The fields that sign a policy by Version 4."""
    date = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{date[:8]}/{region or server.region}/s3/aws4_request"
    key = b"AWS4" + (secret_key or server.secret_key).encode()
    for word in scope.split("/"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    text = document if isinstance(document, str) else encoded(document)
    return {"x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": f"{access_key or server.access_key}/{scope}", "x-amz-date": date,
            "policy": text, "x-amz-signature": hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}


def sign2(server, document):
    text = document if isinstance(document, str) else encoded(document)
    signature = base64.b64encode(hmac.new(server.secret_key.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return {"AWSAccessKeyId": server.access_key, "policy": text, "signature": signature}


def conditions(bucket, *more):
    return [{"bucket": bucket}, ["starts-with", "$key", ""], ["starts-with", "$x-amz-algorithm", ""], ["starts-with", "$x-amz-credential", ""],
            ["starts-with", "$x-amz-date", ""], *more]


def allowing(server, bucket, fields, *more):
    """The fields with a policy that lets each of them be, whatever it says."""
    named = [["starts-with", f"${name}", ""] for name in fields if name != "key"]
    return {**fields, **sign4(server, policy(conditions(bucket, *named, *more)))}


def refusal(answer, status, code, message=None):
    assert (answer.status, answer.code) == (status, code), answer
    if message is not None:
        assert element(answer.body, "Message") == message, answer.body


def gone(server, bucket, key="k"):
    return call(server, "HEAD", f"/{bucket}/{quote(key)}").status == 404


# ---- What SDKs make.

@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 256 * 1024, 256 * 1024 + 1, 9 * MIB + 17])
def test_generate_presigned_post(server, bucket, s3, version, size):
    data = os.urandom(size)
    made = server.client("s3", signature_version=version).generate_presigned_post(bucket, "folder/${filename}")
    assert ("x-amz-signature" in made["fields"]) == (version == "s3v4")
    answer = post(server, bucket, made["fields"], data, filename="C:\\dir\\a b.bin", after=[("submit", "Upload")])
    assert answer.status == 204 and answer.body == b"", answer
    got = s3.get_object(Bucket=bucket, Key="folder/a b.bin", ChecksumMode="ENABLED")
    assert got["Body"].read() == data and got["ContentType"] == "binary/octet-stream" and got["ServerSideEncryption"] == "AES256"
    assert answer.headers["ETag"] == got["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    assert answer.headers["x-amz-checksum-crc64nvme"] == got["ChecksumCRC64NVME"] == checksum("CRC64NVME", data)
    assert answer.headers["Location"] == f"{server.endpoint}/{bucket}/folder/a%20b.bin"
    assert answer.headers["x-amz-server-side-encryption"] == "AES256"


def test_default_presigned_post(server, bucket, s3):
    made = s3.generate_presigned_post(bucket, "k", Fields={"acl": "private", "Content-Type": "text/x", "x-amz-meta-a": "1"},
                                      Conditions=[{"acl": "private"}, ["starts-with", "$Content-Type", "text/"], {"x-amz-meta-a": "1"},
                                                  ["content-length-range", 1, 100]])
    assert post(server, bucket, made["fields"], b"data").status == 204
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"data", "text/x", {"a": "1"})


def test_session_credentials(server, bucket, s3):
    session = server.client("sts").get_session_token()["Credentials"]
    for version in ["s3", "s3v4"]:
        client = server.client("s3", session["AccessKeyId"], session["SecretAccessKey"], session_token=session["SessionToken"], signature_version=version)
        made = client.generate_presigned_post(bucket, version)
        assert "x-amz-security-token" in made["fields"]
        assert post(server, bucket, made["fields"]).status == 204
        refusal(post(server, bucket, {**made["fields"], "x-amz-security-token": "AAAA"}), 400, "InvalidToken")


def test_by_the_host(server, bucket, s3):
    made = s3.generate_presigned_post(bucket, "k")
    answer = post(server, bucket, made["fields"], b"by host", target="/", headers={"Host": f"{bucket}.s3.localhost:{server.port}"})
    assert answer.status == 204 and answer.headers["Location"].endswith("/k") and bucket in answer.headers["Location"]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"by host"


# ---- What a form may say.

def test_fields_become_the_object(server, bucket, s3):
    fields = {"key": "ü/${filename}", "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache", "Content-Disposition": "inline",
              "Content-Encoding": "x-e", "Expires": "Thu, 01 Dec 2033 16:00:00 GMT", "X-Amz-Meta-Note": "of ${filename}",
              "x-amz-storage-class": "STANDARD_IA", "x-ignore-this": "1"}
    assert post(server, bucket, allowing(server, bucket, fields), b"x", filename="my-file").status == 204
    got = s3.head_object(Bucket=bucket, Key="ü/my-file")
    assert (got["ContentType"], got["CacheControl"], got["ContentDisposition"], got["ContentEncoding"], got["StorageClass"]) == (
        "text/plain; charset=utf-8", "no-cache", "inline", "x-e", "STANDARD_IA")
    assert got["Metadata"] == {"note": "of my-file"} and got["ExpiresString"] == "Thu, 01 Dec 2033 16:00:00 GMT"


def test_names_regardless_of_case(server, bucket, s3):
    signed = sign4(server, policy([{"BuCkEt": bucket}, ["StArTs-WiTh", "$KeY", "k"], ["starts-with", "$X-Amz-Algorithm", ""],
                                   ["starts-with", "$X-AMZ-CREDENTIAL", ""], ["starts-with", "$x-amz-date", ""], {"AcL": "private"}]))
    fields = {"kEy": "k", "aCl": "private", **{name.upper(): value for name, value in signed.items()}}
    assert post(server, bucket, fields, b"x").status == 204
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_a_file_without_a_name(server, bucket):
    fields = allowing(server, bucket, {"key": "as-field-${filename}"})
    assert post(server, bucket, fields, filename=None).status == 204
    assert not gone(server, bucket, "as-field-${filename}")
    assert post(server, bucket, fields, filename="").status == 204
    assert not gone(server, bucket, "as-field-")


def test_several_fields_of_one_name(server, bucket, s3):
    signed = sign4(server, policy(conditions(bucket, {"x-amz-meta-tag": "Ninja,Stallman"})))
    assert post(server, bucket, [("key", "k"), ("x-amz-meta-tag", "Ninja"), ("x-amz-meta-tag", "Stallman"), *signed.items()]).status == 204
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"tag": "Ninja,Stallman"}


def test_a_form_makes_a_version(server, bucket, s3):
    fields = allowing(server, bucket, {"key": "k"})
    assert "x-amz-version-id" not in post(server, bucket, fields, b"null").headers
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    answers = [post(server, bucket, fields, body) for body in (b"one", b"two")]
    versions = [answer.headers["x-amz-version-id"] for answer in answers]
    assert [s3.get_object(Bucket=bucket, Key="k", VersionId=v)["Body"].read() for v in (*versions, "null")] == [b"one", b"two", b"null"]


@pytest.mark.parametrize("status, answered", [("200", 200), ("201", 201), ("204", 204), ("404", 204), ("x", 204)])
def test_success_action_status(server, bucket, status, answered):
    answer = post(server, bucket, allowing(server, bucket, {"key": "a&b", "success_action_status": status}))
    assert answer.status == answered
    if answered != 201:
        assert answer.body == b""
        return
    assert answer.headers["Content-Type"] == "application/xml"
    assert answer.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>')
    assert (element(answer.body, "Bucket"), element(answer.body, "Key")) == (bucket, "a&b")
    assert element(answer.body, "ETag") == answer.headers["ETag"] and element(answer.body, "Location") == answer.headers["Location"]


@pytest.mark.parametrize("field", ["success_action_redirect", "redirect"])
def test_success_action_redirect(server, bucket, field):
    for url, joint in [("https://example.org/done", "?"), ("http://example.org/?a=1", "&")]:
        answer = post(server, bucket, allowing(server, bucket, {"key": "a b/c", field: url, "success_action_status": "201"}))
        etag = quote(answer.headers["ETag"], safe="")
        assert (answer.status, answer.body) == (303, b"")
        assert answer.headers["Location"] == f"{url}{joint}bucket={bucket}&key=a+b%2Fc&etag={etag}"
    answer = post(server, bucket, allowing(server, bucket, {"key": "k", field: "/relative"}))
    assert answer.status == 204
    answer = post(server, bucket, allowing(server, bucket, {"key": "k", field: "https://example.org/\r\nX-Injected: 1"}))
    assert answer.status == 303 and "X-Injected" not in answer.headers


def test_checksums(server, bucket, s3):
    good = {"key": "k", "x-amz-checksum-algorithm": "SHA256", "x-amz-checksum-sha256": checksum("SHA256", b"content")}
    answer = post(server, bucket, allowing(server, bucket, good))
    assert answer.status == 204 and answer.headers["x-amz-checksum-sha256"] == good["x-amz-checksum-sha256"]
    wrong = {"key": "bad", "x-amz-checksum-sha256": checksum("SHA256", b"other")}
    refusal(post(server, bucket, allowing(server, bucket, wrong)), 400, "BadDigest", "The SHA256 you specified did not match the calculated checksum.")
    refusal(post(server, bucket, allowing(server, bucket, {"key": "bad", "x-amz-checksum-crc32": "sailor"})), 400, "InvalidRequest")
    refusal(post(server, bucket, allowing(server, bucket, {"key": "bad", "Content-MD5": "AAAA"})), 400, "InvalidDigest")
    assert gone(server, bucket, "bad")


@pytest.mark.parametrize("fields, status, code", [
    ({"acl": "public-read"}, 400, "AccessControlListNotSupported"),
    ({"tagging": "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>"}, 400, "MalformedXML"),
    ({"tagging": "a=b"}, 400, "MalformedXML"),
    ({"x-amz-storage-class": "FakeClass"}, 400, "InvalidStorageClass"),
    ({"x-amz-object-lock-mode": "GOVERNANCE"}, 400, "InvalidRequest"),
])
def test_what_is_refused_elsewhere_is_refused_here(server, bucket, fields, status, code):
    answer = post(server, bucket, allowing(server, bucket, {"key": "k", **fields}))
    assert (answer.status, answer.code) == (status, code), answer
    assert gone(server, bucket)


# ---- Encryption.

def test_kms(server, bucket, s3, key_arn):
    context = base64.b64encode(b'{"department":"finance"}').decode()
    fields = {"key": "k", "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": key_arn.rpartition("/")[2],
              "x-amz-server-side-encryption-context": context, "x-amz-server-side-encryption-bucket-key-enabled": "true"}
    answer = post(server, bucket, allowing(server, bucket, fields))
    assert answer.status == 204, answer
    assert answer.headers["x-amz-server-side-encryption"] == "aws:kms" and answer.headers["x-amz-server-side-encryption-aws-kms-key-id"] == key_arn
    assert answer.headers["x-amz-server-side-encryption-bucket-key-enabled"] == "true" and "x-amz-server-side-encryption-context" not in answer.headers
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"content" and got["SSEKMSKeyId"] == key_arn and got["BucketKeyEnabled"]
    assert got["ETag"] != f'"{hashlib.md5(b"content").hexdigest()}"'


def test_kms_needs_version_4(server, bucket, key_arn):
    fields = {"key": "k", "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": key_arn}
    named = [["starts-with", f"${name}", ""] for name in fields]
    answer = post(server, bucket, {**fields, **sign2(server, policy([{"bucket": bucket}, *named]))})
    refusal(answer, 400, "InvalidArgument",
            "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.")
    assert element(answer.body, "ArgumentName") == "Authorization" and gone(server, bucket)


def test_customer_key(server, bucket, s3):
    key = os.urandom(32)
    fields = {"key": "k", "x-amz-server-side-encryption-customer-algorithm": "AES256",
              "x-amz-server-side-encryption-customer-key": base64.b64encode(key).decode(),
              "x-amz-server-side-encryption-customer-key-md5": base64.b64encode(hashlib.md5(key).digest()).decode()}
    answer = post(server, bucket, allowing(server, bucket, fields))
    assert answer.status == 204 and answer.headers["x-amz-server-side-encryption-customer-algorithm"] == "AES256", answer
    assert "x-amz-server-side-encryption" not in answer.headers
    assert s3.get_object(Bucket=bucket, Key="k", SSECustomerAlgorithm="AES256", SSECustomerKey=key)["Body"].read() == b"content"
    fields["x-amz-server-side-encryption-customer-key-md5"] = base64.b64encode(b"x" * 16).decode()
    refusal(post(server, bucket, allowing(server, bucket, {**fields, "key": "bad"})), 400, "InvalidArgument")


def test_headers_are_no_fields(server, bucket, s3):
    """What the request's own head says of an object means nothing, and cannot be another signature."""
    signed = allowing(server, bucket, {"key": "k"})
    assert post(server, bucket, signed, headers={"x-amz-meta-a": "1", "x-amz-server-side-encryption": "aws:kms"}).status == 204
    got = s3.head_object(Bucket=bucket, Key="k")
    assert got["Metadata"] == {} and got["ServerSideEncryption"] == "AES256"
    for more in [{"headers": {"Authorization": "AWS4-HMAC-SHA256 x"}}, {"target": f"/{bucket}?X-Amz-Signature=a"}, {"target": f"/{bucket}?Signature=a"}]:
        refusal(post(server, bucket, signed, **more), 400, "InvalidArgument")


# ---- Refusals of the form.

def test_it_must_be_a_form(server, bucket):
    for typed in ["text/html", "application/x-www-form-urlencoded", "multipart/mixed; boundary=x"]:
        answer = send(server, "POST", f"/{bucket}", {"Content-Type": typed}, b"x")
        refusal(answer, 412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        assert element(answer.body, "Condition") == "Bucket POST must be of the enclosure-type multipart/form-data"
    for typed, body in [("multipart/form-data", b"x"), ("multipart/form-data; boundary=B", b"x"), ("multipart/form-data; boundary=B", b"--B\r\n\r\nx\r\n--B--\r\n")]:
        refusal(send(server, "POST", f"/{bucket}", {"Content-Type": typed}, body), 400, "MalformedPOSTRequest",
                "The body of your POST request is not well-formed multipart/form-data.")
    body, typed = multipart([("key", "k")])
    refusal(send(server, "POST", f"/{bucket}", {**typed, "Transfer-Encoding": "chunked"}, f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"),
            411, "MissingContentLength")


def test_a_form_cut_off(server, bucket, s3):
    signed = allowing(server, bucket, {"key": "k"})
    for size in [10, 100_000]:
        body, typed = multipart(list(signed.items()), b"c" * size)
        cut = body[:body.rindex(b"\r\n--")]
        refusal(send(server, "POST", f"/{bucket}", typed, cut), 400, "MalformedPOSTRequest")
        assert gone(server, bucket)


def test_fields_that_are_missing(server, bucket):
    signed = sign4(server, policy(conditions(bucket)))
    answer = post(server, bucket, signed)
    refusal(answer, 400, "InvalidArgument", "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.")
    assert (element(answer.body, "ArgumentName"), element(answer.body, "ArgumentValue")) == ("key", "")
    refusal(post(server, bucket, {"key": "", **signed}), 400, "InvalidArgument", "User key must have a length greater than 0.")
    for missing, named in [("x-amz-signature", "X-Amz-Signature"), ("x-amz-algorithm", "X-Amz-Algorithm"), ("x-amz-credential", "X-Amz-Credential"),
                           ("x-amz-date", "X-Amz-Date"), ("policy", "Policy")]:
        fields = {"key": "k", **{name: value for name, value in signed.items() if name != missing}}
        answer = post(server, bucket, fields)
        refusal(answer, 400, "InvalidArgument",
                f"Bucket POST must contain a field named '{named}'.  If it is specified, please check the order of the fields.")
        assert element(answer.body, "ArgumentName") == named
    for missing, named in [("signature", "Signature"), ("AWSAccessKeyId", "AWSAccessKeyId")]:
        fields = {"key": "k", **{name: value for name, value in sign2(server, policy([])).items() if name != missing}}
        refusal(post(server, bucket, fields), 400, "InvalidArgument",
                f"Bucket POST must contain a field named '{named}'.  If it is specified, please check the order of the fields.")
    refusal(post(server, bucket, {"key": "k", "policy": signed["policy"]}), 403, "AccessDenied", "Access Denied")
    # What follows the file does not count.
    refusal(post(server, bucket, {"key": "k"}, after=list(signed.items())), 403, "AccessDenied", "Access Denied")
    answer = post(server, bucket, {"key": "k", **signed}, file=None)
    refusal(answer, 400, "InvalidArgument", "POST requires exactly one file upload per request.")
    assert (element(answer.body, "ArgumentName"), element(answer.body, "ArgumentValue")) == ("file", "0")


def test_fields_are_bounded(server, bucket):
    fields = allowing(server, bucket, {"key": "k"})
    assert post(server, bucket, {"x-ignore-a": "x" * 15_000, **fields}).status == 204
    answer = post(server, bucket, {"x-ignore-a": "x" * 21_000, **fields})
    refusal(answer, 400, "MaxPostPreDataLengthExceeded", "Your POST request fields preceeding the upload file was too large.")
    assert element(answer.body, "MaxPostPreDataLengthBytes") == "20480"


# ---- Refusals of the signature.

def test_signatures(server, bucket, user):
    document = policy(conditions(bucket))
    good = {"key": "k", **sign4(server, document)}
    for fields in [{**good, "x-amz-signature": good["x-amz-signature"][::-1]}, {**good, "x-amz-signature": "x"},
                   {**good, "policy": good["policy"][:-4]}, {"key": "k", **sign4(server, document, secret_key="other")},
                   {"key": "k", **sign2(server, document), "signature": "AAAA"}]:
        answer = post(server, bucket, fields)
        refusal(answer, 403, "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
        assert element(answer.body, "StringToSign") == fields["policy"] and element(answer.body, "CanonicalRequest") is None
        assert element(answer.body, "AWSAccessKeyId") == server.access_key
    answer = post(server, bucket, {"key": "k", **sign4(server, document, access_key="AKIAUNKNOWNUNKNOWN22")})
    refusal(answer, 403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
    answer = post(server, bucket, {"key": "k", **sign4(server, document, region="eu-west-1")})
    refusal(answer, 400, "InvalidArgument", f"the region 'eu-west-1' is wrong; expecting '{server.region}'")
    assert element(answer.body, "ArgumentName") == "X-Amz-Credential" and element(answer.body, "Region") == server.region
    refusal(post(server, bucket, {**good, "x-amz-algorithm": "AWS4-HMAC-SHA1"}), 400, "InvalidArgument")
    refusal(post(server, bucket, {**good, "x-amz-date": "today"}), 400, "InvalidArgument", "X-Amz-Date must be formated via ISO8601 Long format")
    refusal(post(server, bucket, {"key": "k", **sign4(server, document, user.access_key, user.secret_key)}), 403, "AccessDenied")
    assert gone(server, bucket)
    user.allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*", condition={"StringEquals": {"s3:authType": "POST", "s3:signatureversion": "AWS4-HMAC-SHA256"}})
    assert post(server, bucket, {"key": "k", **sign4(server, document, user.access_key, user.secret_key)}).status == 204


# ---- Refusals of the policy.

@pytest.mark.parametrize("change, message", [
    (lambda d: {**d, "expiration": "2011-09-13T07:52:58+02:00"}, "Invalid Policy: Invalid 'expiration' value: '2011-09-13T07:52:58+02:00'"),
    (lambda d: {"conditions": d["conditions"]}, "Invalid Policy: Policy missing expiration."),
    (lambda d: {"expiration": d["expiration"]}, "Invalid Policy: Policy missing conditions."),
    (lambda d: {"expiration": d["expiration"], "CONDITIONS": []}, "Invalid Policy: Unexpected: 'conditions'"),
    (lambda d: b"{", "Invalid Policy: Invalid JSON."),
    (lambda d: {**d, "conditions": [{}]}, "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."),
    (lambda d: {**d, "conditions": [{"Content-Length": 5}]}, "Invalid Policy: Invalid Simple-Condition: value must be a string."),
    (lambda d: {**d, "conditions": [["content-length-range", 0]]}, "Invalid Policy: Invalid content-length-range: wrong number of arguments."),
    (lambda d: {**d, "conditions": [["content-length-range", -1, 0]]}, None),
])
def test_policy_documents(server, bucket, change, message):
    answer = post(server, bucket, {"key": "k", **sign4(server, encoded(change(policy(conditions(bucket)))))})
    refusal(answer, 400, "InvalidPolicyDocument", message)
    assert gone(server, bucket)


@pytest.mark.parametrize("more, fields, message", [
    ([["eq", "$x-amz-meta-a", "good"]], {"x-amz-meta-a": "bad"}, 'Policy Condition failed: ["eq", "$x-amz-meta-a", "good"]'),
    ([["starts-with", "$x-amz-meta-a", "Go"]], {"x-amz-meta-a": "good"}, 'Policy Condition failed: ["starts-with", "$x-amz-meta-a", "Go"]'),
    ([["starts-with", "$x-amz-meta-a", "x"]], {}, 'Policy Condition failed: ["starts-with", "$x-amz-meta-a", "x"]'),
    ([{"x-amz-meta-a": "good"}], {"x-amz-meta-a": "bad"}, 'Policy Condition failed: ["eq", "$x-amz-meta-a", "good"]'),
    ([["eq", "acl", "private"]], {"acl": "private"}, 'Policy Condition failed: ["eq", "acl", "private"]'),
    ([{"key": "other"}], {}, 'Policy Condition failed: ["eq", "$key", "other"]'),
    ([{"bucket": "another"}], {}, 'Policy Condition failed: ["eq", "$bucket", "another"]'),
    ([["starts-with", "$Content-Type", "image/"]], {"Content-Type": "image/png,text/plain"}, 'Policy Condition failed: ["starts-with", "$Content-Type", "image/"]'),
    ([], {"x-amz-server-side-encryption": "AES256"}, "Extra input fields: x-amz-server-side-encryption"),
    ([], {"acl": "private", "utf8": "x"}, "Extra input fields: acl, utf8"),
    ([], {"success_action_status": "200"}, "Extra input fields: success_action_status"),
])
@pytest.mark.parametrize("sign", [sign4, sign2])
def test_policy_conditions(server, bucket, sign, more, fields, message):
    answer = post(server, bucket, {"key": "k", **fields, **sign(server, policy(conditions(bucket, *more)))})
    refusal(answer, 403, "AccessDenied", f"Invalid according to Policy: {message}")
    assert gone(server, bucket)


def test_a_policy_without_a_bucket(server, bucket):
    answer = post(server, bucket, {"key": "k", **sign2(server, policy([["starts-with", "$key", ""]]))})
    refusal(answer, 403, "AccessDenied", "Invalid according to Policy: Extra input fields: bucket")


def test_a_policy_ends(server, bucket):
    refusal(post(server, bucket, {"key": "k", **sign4(server, policy(conditions(bucket), seconds=-5))}), 403, "AccessDenied",
            "Invalid according to Policy: Policy expired.")


@pytest.mark.parametrize("low, high", [(5, 10), ("5", "10")])
def test_content_length_range(server, bucket, low, high):
    signed = sign4(server, policy(conditions(bucket, ["content-length-range", low, high])))
    for size in [5, 10]:
        assert post(server, bucket, {"key": f"{size}", **signed}, b"x" * size).status == 204
    answer = post(server, bucket, {"key": "k", **signed}, b"x" * 12)
    refusal(answer, 400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    assert (element(answer.body, "ProposedSize"), element(answer.body, "MaxSizeAllowed")) == ("12", "10")
    answer = post(server, bucket, {"key": "k", **signed}, b"x")
    refusal(answer, 400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    assert (element(answer.body, "ProposedSize"), element(answer.body, "MinSizeAllowed")) == ("1", "5")
    answer = post(server, bucket, {"key": "k", **signed}, b"x" * 3_000_000)
    assert element(answer.body, "ProposedSize") == "3000000"
    assert gone(server, bucket)


# ---- Nobody's forms.

def test_anonymous_forms(server, bucket, s3, key_arn):
    refusal(post(server, bucket, {"key": "k"}), 403, "AccessDenied", "Access Denied")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/public/*",
         "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/24"}}}]}))
    assert post(server, bucket, {"key": "public/${filename}", "acl": "bucket-owner-full-control"}, b"anyone", filename="f").status == 204
    assert s3.get_object(Bucket=bucket, Key="public/f")["Body"].read() == b"anyone"
    refusal(post(server, bucket, {"key": "private/x"}), 403, "AccessDenied")
    refusal(post(server, bucket, {"key": "public/x", "AWSAccessKeyId": "AKIAUNKNOWNUNKNOWN22", "signature": "s", "policy": "e30="}), 403, "InvalidAccessKeyId")
    answer = post(server, bucket, {"key": "public/kms", "x-amz-server-side-encryption": "aws:kms"})
    assert answer.status == 400 and KMS_NEEDS_V4 in answer.body, answer
    refusal(post(server, "no-such-bucket-" + bucket, {"key": "k"}), 404, "NoSuchBucket")
