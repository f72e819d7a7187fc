"""Presigned URLs of Signature Version 2: what boto3 makes in us-east-1 unless told otherwise."""
import base64
import hashlib
import json
import re
import time
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from test_objects import fetch
from wire import send

KMS_NEEDS_V4 = b"Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."


@pytest.fixture
def signer(server):
    return server.client("s3", signature_version="s3")


def presign(client, operation, bucket, key="k", seconds=300, **more):
    named = {"Bucket": bucket, **({"Key": key} if key else {})}
    return client.generate_presigned_url(operation, Params={**named, **more}, ExpiresIn=seconds)


def element(body, name):
    found = re.search(f"<{name}>([^<]*)</{name}>".encode(), body)
    return found[1].decode() if found else None


@pytest.mark.parametrize("how", [{}, {"signature_version": "s3"}], ids=["as boto3 presigns", "asked for"])
def test_put_get_and_delete(server, bucket, how):
    client = server.client("s3", **how)
    url = presign(client, "put_object", bucket, "a key/+ü")
    assert set(parse_qs(urlsplit(url).query)) >= {"AWSAccessKeyId", "Signature", "Expires"}
    assert fetch(server, url, "PUT", b"presigned", {"Content-Type": ""})[0] == 200
    status, body, headers = fetch(server, presign(client, "get_object", bucket, "a key/+ü"))
    assert (status, body) == (200, b"presigned")
    assert fetch(server, presign(client, "head_object", bucket, "a key/+ü"), "HEAD")[0] == 200
    assert fetch(server, presign(client, "delete_object", bucket, "a key/+ü"), "DELETE")[0] == 204
    assert fetch(server, presign(client, "get_object", bucket, "a key/+ü"))[0] == 404


def test_by_the_host(server, bucket, s3):
    s3.put_object(Bucket=bucket, Key="k", Body=b"by its host")
    client = server.client("s3", endpoint=server.hostname_endpoint, s3={"addressing_style": "virtual"})
    url = urlsplit(presign(client, "get_object", bucket))
    assert url.hostname.startswith(bucket + ".")
    answer = send(server, "GET", f"{url.path}?{url.query}", {"Host": url.netloc})
    assert (answer.status, answer.body) == (200, b"by its host")
    other = send(server, "GET", f"/{bucket}{url.path}?{url.query}")
    assert other.status == 200  # the same resource by its path


def test_what_a_signature_covers(server, bucket, s3, signer):
    s3.put_object(Bucket=bucket, Key="k", Body=b"covered")
    url = presign(signer, "get_object", bucket, ResponseContentType="text/x", ResponseContentDisposition="attachment; filename=\"a b\"")
    status, body, headers = fetch(server, url)
    assert (status, body, headers["Content-Type"]) == (200, b"covered", "text/x")
    for tampered, method, extra in [(url.replace("text%2Fx", "text%2Fy"), "GET", {}), (url.replace("/k?", "/l?"), "GET", {}),
                                    (url, "DELETE", {}), (url + "&acl", "GET", {}), (url + "&attributes", "GET", {}),
                                    (url + "&encryption", "GET", {}), (url, "GET", {"x-amz-checksum-mode": "ENABLED"}),
                                    (url, "GET", {"Content-Type": "text/plain"})]:
        status, body, _ = fetch(server, tampered, method, headers=extra)
        assert (status, element(body, "Code")) == (403, "SignatureDoesNotMatch"), (tampered, body)
    # A parameter that names nothing else is the sender's to choose.
    assert fetch(server, url + "&prefix=x")[0] == 200


def test_every_subresource_is_signed(server, bucket, signer):
    """A URL to put an object is no URL to do anything else with it."""
    url = presign(signer, "put_object", bucket)
    for subresource in ["encryption", "acl", "tagging", "retention", "legal-hold", "renameObject", "uploadId=x&partNumber=1", "restore"]:
        status, body, _ = fetch(server, f"{url}&{subresource}", "PUT", b"x", {"Content-Type": ""})
        assert (status, element(body, "Code")) == (403, "SignatureDoesNotMatch"), (subresource, body)


def test_no_configuration_is_chosen_by_an_id_that_nobody_signed(server, bucket, signer):
    url = presign(signer, "list_bucket_inventory_configurations", bucket, key=None)
    assert fetch(server, url)[0] == 200
    assert fetch(server, url + "&id=other")[0] == 400


def test_the_refusals(server, bucket, s3, signer):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    url = presign(signer, "get_object", bucket)
    base, query = url.split("?")[0], parse_qs(urlsplit(url).query)
    wrong = fetch(server, url.replace("Signature=", "Signature=AA"))
    assert (wrong[0], element(wrong[1], "Code")) == (403, "SignatureDoesNotMatch")
    assert element(wrong[1], "Message") == "The request signature we calculated does not match the signature you provided. Check your key and signing method."
    assert element(wrong[1], "StringToSign") == f"GET\n\n\n{query['Expires'][0]}\n/{bucket}/k"
    assert element(wrong[1], "AWSAccessKeyId") == server.access_key and element(wrong[1], "SignatureProvided").startswith("AA")
    assert element(wrong[1], "StringToSignBytes").startswith("47 45 54 0a") and element(wrong[1], "CanonicalRequest") is None
    for missing in ["AWSAccessKeyId", "Signature", "Expires"]:
        rest = "&".join(f"{name}={quote(values[0], safe='')}" for name, values in query.items() if name != missing)
        status, body, _ = fetch(server, f"{base}?{rest}")
        assert (status, element(body, "Code")) == (403, "AccessDenied"), body
        assert element(body, "Message") == "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
    status, body, _ = fetch(server, url.replace(f"Expires={query['Expires'][0]}", "Expires=soon"))
    assert (status, element(body, "Message")) == (403, "Invalid date (should be seconds since epoch): soon")
    status, body, _ = fetch(server, url.replace(server.access_key, "AKIAUNKNOWNUNKNOWN22"))
    assert (status, element(body, "Code")) == (403, "InvalidAccessKeyId")
    status, body, _ = fetch(server, url + "&X-Amz-Algorithm=AWS4-HMAC-SHA256")
    assert (status, element(body, "Code")) == (400, "InvalidArgument") and b"Only one auth mechanism allowed" in body


def test_it_ends(server, bucket, s3, signer):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    url = presign(signer, "get_object", bucket, seconds=1)
    time.sleep(2.1)
    status, body, _ = fetch(server, url)
    assert (status, element(body, "Code"), element(body, "Message")) == (403, "AccessDenied", "Request has expired")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element(body, "Expires")) and element(body, "ServerTime")
    assert element(body, "X-Amz-Expires") is None


@pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse"])
def test_kms_needs_version_4(server, bucket, s3, signer, key_arn, algorithm):
    s3.put_object(Bucket=bucket, Key="k", Body=b"secret", ServerSideEncryption=algorithm, SSEKMSKeyId=key_arn)
    for status, body, _ in [fetch(server, presign(signer, "get_object", bucket)),
                            fetch(server, presign(signer, "put_object", bucket, ServerSideEncryption=algorithm, SSEKMSKeyId=key_arn), "PUT", b"x",
                                  {"Content-Type": ""})]:
        assert (status, element(body, "Code")) == (400, "InvalidArgument"), body
        assert KMS_NEEDS_V4 in body and element(body, "ArgumentName") == "Authorization" and element(body, "ArgumentValue") == "null"
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {
        "SSEAlgorithm": algorithm, "KMSMasterKeyID": key_arn}}]})
    status, body, _ = fetch(server, presign(signer, "put_object", bucket, "by-default"), "PUT", b"x", {"Content-Type": ""})
    assert status == 400 and KMS_NEEDS_V4 in body
    # What says AES256 itself needs no key.
    url = presign(signer, "put_object", bucket, "plain", ServerSideEncryption="AES256")
    assert fetch(server, url, "PUT", b"plain", {"Content-Type": ""})[0] == 200
    assert fetch(server, presign(signer, "get_object", bucket, "plain"))[:2] == (200, b"plain")


def put_encryption(server, path, document):
    """PUT ?encryption by a URL of Version 2; boto3 would not make one."""
    auth = HmacV1QueryAuth(Credentials(server.access_key, server.secret_key), expires=60)
    auth.QSAOfInterest = [*auth.QSAOfInterest, "encryption"]
    md5 = base64.b64encode(hashlib.md5(document).digest()).decode()
    request = AWSRequest("PUT", f"{server.endpoint}/{path}?encryption", headers={"Content-MD5": md5}, data=b"")
    auth.add_auth(request)
    return fetch(server, request.url, "PUT", document, {"Content-MD5": md5, "Content-Type": ""})


def test_encryption_cannot_be_updated_with_it(server, bucket, s3, key_arn):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    document = f"<ObjectEncryption><SSE-KMS><KMSKeyArn>{key_arn}</KMSKeyArn></SSE-KMS></ObjectEncryption>".encode()
    status, body, _ = put_encryption(server, f"{bucket}/k", document)
    assert status == 400 and b"Requests that modify an object encryption configuration require Amazon Web Services Signature Version 4." in body, body


def test_the_bucket_default_cannot_be_set_with_it(server, bucket, s3):
    before = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    document = (b"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>"
                b"</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>")
    status, body, _ = put_encryption(server, f"{bucket}/", document)
    assert (status, element(body, "Code")) == (400, "InvalidRequest") and b"Please use AWS4-HMAC-SHA256." in body, body
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"] == before


def test_session_credentials(server, bucket, s3):
    session = server.client("sts").get_session_token()["Credentials"]
    client = server.client("s3", session["AccessKeyId"], session["SecretAccessKey"], session_token=session["SessionToken"], signature_version="s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"for the session")
    url = presign(client, "get_object", bucket)
    assert "x-amz-security-token=" in url
    assert fetch(server, url)[:2] == (200, b"for the session")
    status, body, _ = fetch(server, re.sub(r"x-amz-security-token=[^&]*", "x-amz-security-token=AAAA", url))
    assert (status, element(body, "Code")) == (400, "InvalidToken"), body
    assert fetch(server, re.sub(r"&?x-amz-security-token=[^&]*", "", url))[0] == 403


def test_policies_see_the_version(server, bucket, s3, user):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    user.allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*", condition={"StringEquals": {"s3:signatureversion": "AWS", "s3:authType": "REST-QUERY-STRING"}})
    assert fetch(server, presign(user.client("s3", signature_version="s3"), "get_object", bucket))[0] == 200
    assert fetch(server, presign(user.client("s3", signature_version="s3v4"), "get_object", bucket))[0] == 403
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*",
         "Condition": {"StringEquals": {"s3:signatureversion": "AWS"}}}]}))
    assert fetch(server, presign(user.client("s3", signature_version="s3"), "get_object", bucket))[0] == 403


def test_the_header_form_is_refused(server, bucket):
    """Only presigned URLs are taken: as in every Region that is younger than 2014."""
    answer = send(server, "GET", f"/{bucket}", {"Authorization": f"AWS {server.access_key}:c2ln", "Date": "Fri, 24 May 2013 00:00:00 GMT"})
    assert (answer.status, answer.code) == (400, "InvalidRequest") and b"Please use AWS4-HMAC-SHA256." in answer.body
