#!/usr/bin/env python3
"""Writes sigv4.json: requests signed by botocore, whose word is what most clients do.

Usage: tests/vectors/make_sigv4.py > tests/vectors/sigv4.json
"""
import datetime
import hashlib
import json
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.compat
import botocore.credentials
from botocore.utils import percent_encode

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)

PATHS = [
    "/",
    "/bucket/plain.txt",
    "/bucket/with space.txt",
    "/bucket/a+b=c&d.txt",
    "/bucket/100%.txt",
    "/bucket/%41literal",
    "/bucket/überraschung/日本語.txt",
    "/bucket//double//slash/",
    "/bucket/./dot/../dots",
    "/bucket/~tilde-_.txt",
    "/bucket/'single' \"double\" (round) [square] {curly}!*@$,;:?#",
    "/bucket/tab\tand\x01control",
]
QUERIES = [
    [],
    [("list-type", "2"), ("prefix", "a b/c+d"), ("delimiter", "/")],
    [("acl", "")],
    [("b", "2"), ("a", "2"), ("a", "1"), ("A", "0"), ("a-b", "3"), ("a.b", "4")],
    [("marker", "ü~*'()!"), ("x-id", "GetObject"), ("tag", "a=b&c=d")],
]
HEADERS = [
    {},
    {"x-amz-meta-blank": "  two   inner\tblanks  ", "X-Amz-Meta-Case": "MiXed"},
    {"x-amz-server-side-encryption": "aws:kms", "x-amz-tagging": "a=b&c=d%20e", "Range": "bytes=0-9"},
]


def sign(kind, service, method, path, query, headers, body=b"", token=None):
    encoded = percent_encode(path, safe="/~")
    text = "&".join(f"{percent_encode(k)}={percent_encode(v)}" for k, v in query)
    url = "https://example.amazonaws.com" + encoded + ("?" + text if text else "")
    request = botocore.awsrequest.AWSRequest(method=method, url=url, headers=dict(headers), data=body)
    credentials = botocore.credentials.Credentials(ACCESS_KEY, SECRET, token)
    signers = {
        "header": botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth,
        "query": botocore.auth.S3SigV4QueryAuth if service == "s3" else botocore.auth.SigV4QueryAuth,
    }
    auth = signers[kind](credentials, service, "eu-central-1", *([3600] if kind == "query" else []))
    texts = {}
    keep = auth.string_to_sign

    def string_to_sign(request, canonical):
        texts["canonical_request"] = canonical
        texts["string_to_sign"] = keep(request, canonical)
        return texts["string_to_sign"]

    auth.string_to_sign = string_to_sign
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        auth.add_auth(request)
    prepared = request.prepare()
    target = "/" + prepared.url.split("/", 3)[3]
    sent = [[k, v.decode() if isinstance(v, bytes) else v] for k, v in prepared.headers.items()]
    if not any(k.lower() == "host" for k, _ in sent):
        sent.append(["Host", "example.amazonaws.com"])
    signature = target.split("X-Amz-Signature=")[1] if kind == "query" else prepared.headers["Authorization"].split("Signature=")[1]
    return {
        "name": f"{service} {kind} {method} {path} {text} {json.dumps(headers)}",
        "family": {"s3": "s3", "kms": "json"}.get(service, "query"),
        "service": service,
        "method": method,
        "target": target,
        "headers": sent,
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "presigned": kind == "query",
        "token": token or "",
        "signature": signature if isinstance(signature, str) else signature.decode(),
        **texts,
    }


def cases():
    for path in PATHS:
        for service in ("s3", "iam"):
            yield sign("header", service, "GET", path, [], {})
        yield sign("query", "s3", "GET", path, [], {})
    for query in QUERIES:
        for service in ("s3", "iam"):
            yield sign("header", service, "GET", "/bucket", query, {})
        yield sign("query", "s3", "GET", "/bucket", query, {})
    for headers in HEADERS:
        for kind in ("header", "query"):
            yield sign(kind, "s3", "PUT", "/bucket/key", [], headers)
    yield sign("header", "s3", "PUT", "/bucket/key", [], {}, b"hello", "session/token+with==")
    yield sign("query", "s3", "GET", "/bucket/key", [("versionId", "a/b")], {}, b"", "session/token+with==")
    yield sign("header", "kms", "POST", "/", [], {"X-Amz-Target": "TrentService.ListKeys",
               "Content-Type": "application/x-amz-json-1.1"}, b"{}", "token")
    yield sign("header", "sts", "POST", "/", [], {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
               b"Action=GetCallerIdentity&Version=2011-06-15")
    yield sign("query", "sts", "GET", "/", [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")], {})


print(json.dumps({"access_key_id": ACCESS_KEY, "secret": SECRET, "region": "eu-central-1",
                  "signed_at": NOW.strftime("%Y%m%dT%H%M%SZ"), "cases": list(cases())}, indent=1, ensure_ascii=True))
