"""Every way to write an object x every bucket default x every form of the encryption headers: the plan is the one of a table that
knows nothing of the server's, every answer tells of it, the bytes come back, and none of them lies in the clear."""
import base64
import hashlib
import http.client
import re
import uuid
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError
import harness
from test_at_rest import files_with
from test_post_object import multipart, policy, sign4
from wire import Answer, context, signed

SSE = "x-amz-server-side-encryption"
KEY, CTX, BK = f"{SSE}-aws-kms-key-id", f"{SSE}-context", f"{SSE}-bucket-key-enabled"
C_ALG, C_KEY, C_MD5 = (f"{SSE}-customer-{name}" for name in ("algorithm", "key", "key-md5"))
MARKER = b"CROSS-PRODUCT-MARKER-8c31"
BODIES = {"inline": MARKER * 40, "blob": MARKER * 4000}
CUSTOMER = b"0123456789abcdef0123456789abcdef"
CUSTOMER_MD5 = base64.b64encode(hashlib.md5(CUSTOMER).digest()).decode()
C3 = {C_ALG: "AES256", C_KEY: base64.b64encode(CUSTOMER).decode(), C_MD5: CUSTOMER_MD5}
GOOD_CONTEXT = base64.b64encode(b'{"department":"finance"}').decode()

# ---- The table. Spec A.3: what a form of headers comes to: the algorithm, whose key, the bucket key (None: the bucket's setting).
MANAGED, OWN, DEFAULT_KEY = "aws/s3", "own", "the bucket's"
DEFAULTS = {  # algorithm, key, bucket key
    "unset": ("AES256", None, False),
    "AES256": ("AES256", None, False),
    "kms": ("aws:kms", DEFAULT_KEY, False),
    "kms-bucket-key": ("aws:kms", DEFAULT_KEY, True),
    "dsse": ("aws:kms:dsse", DEFAULT_KEY, False),
}
GOOD = {
    "nothing": ({}, None),
    "AES256": ({SSE: "AES256"}, ("AES256", None, False)),
    "kms": ({SSE: "aws:kms"}, ("aws:kms", MANAGED, None)),
    "kms, key id": ({SSE: "aws:kms", KEY: "{id}"}, ("aws:kms", OWN, None)),
    "kms, key arn": ({SSE: "aws:kms", KEY: "{arn}"}, ("aws:kms", OWN, None)),
    "kms, alias": ({SSE: "aws:kms", KEY: "{alias}"}, ("aws:kms", OWN, None)),
    "kms, bucket key": ({SSE: "aws:kms", KEY: "{arn}", BK: "true"}, ("aws:kms", OWN, True)),
    "kms, no bucket key": ({SSE: "aws:kms", KEY: "{arn}", BK: "false"}, ("aws:kms", OWN, False)),
    "kms, context": ({SSE: "aws:kms", KEY: "{arn}", CTX: GOOD_CONTEXT}, ("aws:kms", OWN, None)),
    "dsse": ({SSE: "aws:kms:dsse"}, ("aws:kms:dsse", MANAGED, False)),
    "dsse, key, context": ({SSE: "aws:kms:dsse", KEY: "{arn}", CTX: GOOD_CONTEXT}, ("aws:kms:dsse", OWN, False)),
    "customer": (C3, ("customer", None, False)),
    "customer, no MD5": ({name: C3[name] for name in (C_ALG, C_KEY)}, ("customer", None, False)),
}
NEEDS_KMS = "requires HTTP header x-amz-server-side-encryption : aws:kms"
BAD = {
    "unknown": ({SSE: "aes:kms"}, "InvalidArgument", "The encryption method specified is not supported"),
    "empty": ({SSE: ""}, "InvalidArgument", "The encryption method specified is not supported"),
    "aws:fsx": ({SSE: "aws:fsx"}, "InvalidArgument", "The encryption method specified is not supported"),
    "key alone": ({KEY: "{arn}"}, "InvalidArgument", NEEDS_KMS),
    "key, AES256": ({SSE: "AES256", KEY: "{arn}"}, "InvalidArgument", NEEDS_KMS),
    "context alone": ({CTX: GOOD_CONTEXT}, "InvalidArgument", NEEDS_KMS),
    "context, AES256": ({SSE: "AES256", CTX: GOOD_CONTEXT}, "InvalidArgument", NEEDS_KMS),
    "bucket key alone": ({BK: "true"}, "InvalidArgument", NEEDS_KMS),
    "bucket key, AES256": ({SSE: "AES256", BK: "true"}, "InvalidArgument", NEEDS_KMS),
    "bucket key, dsse": ({SSE: "aws:kms:dsse", BK: "true"}, "InvalidArgument", NEEDS_KMS),
    "bucket key, maybe": ({SSE: "aws:kms", BK: "maybe"}, "InvalidArgument", ""),
    "context, no base64": ({SSE: "aws:kms", CTX: "{}"}, "InvalidArgument", "shall be Base64-encoded UTF-8 string holding JSON"),
    "context, nested": ({SSE: "aws:kms", CTX: base64.b64encode(b'{"a":{}}').decode()}, "InvalidArgument", "string-string map"),
    "context, S3's own": ({SSE: "aws:kms", CTX: base64.b64encode(b'{"aws:s3:arn":"x"}').decode()}, "InvalidArgument", ""),
    "no key's name": ({SSE: "aws:kms", KEY: "fake-key-id"}, "KMS.NotFoundException", "Invalid keyId 'fake-key-id'"),
    "no such key": ({SSE: "aws:kms", KEY: "11111111-2222-3333-4444-555555555555"}, "KMS.NotFoundException", "does not exist"),
    "a disabled key": ({SSE: "aws:kms", KEY: "{disabled}"}, "KMS.DisabledException", "is disabled."),
    "a disabled key, dsse": ({SSE: "aws:kms:dsse", KEY: "{disabled}"}, "KMS.DisabledException", "is disabled."),
    "customer, kms": ({**C3, SSE: "aws:kms"}, "InvalidArgument", "is incompatible with the encryption method specified"),
    "customer, AES256": ({**C3, SSE: "AES256"}, "InvalidArgument", "is incompatible with the encryption method specified"),
    "customer, AES128": ({**C3, C_ALG: "AES128"}, "InvalidEncryptionAlgorithmError", "Supported value: AES256."),
    "customer, no algorithm": ({name: C3[name] for name in (C_KEY, C_MD5)}, "InvalidArgument", "must provide a valid encryption algorithm."),
    "customer, no key": ({C_ALG: "AES256"}, "InvalidArgument", "must provide an appropriate secret key."),
    "customer, wrong MD5": ({**C3, C_MD5: base64.b64encode(b"0" * 16).decode()}, "InvalidArgument", "did not match the hash that was provided."),
    "customer, short key": ({C_ALG: "AES256", C_KEY: base64.b64encode(b"short").decode()}, "InvalidArgument", "invalid for the specified algorithm."),
}


class World:
    """A server of its own, its keys, a bucket a default, and the sources of copies."""

    def __init__(self, server):
        self.server, self.s3, kms = server, server.client("s3"), server.client("kms")
        self.arn, self.default_arn, self.disabled = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(3))
        self.alias = "alias/cross-product"
        kms.create_alias(AliasName=self.alias, TargetKeyId=self.arn)
        kms.disable_key(KeyId=self.disabled)
        self.connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context(server), timeout=30)
        self.buckets = {}
        self.s3.create_bucket(Bucket="sources")
        for size, body in BODIES.items():
            self.s3.put_object(Bucket="sources", Key=size, Body=body, ServerSideEncryption="aws:kms")
        self.managed = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]

    def bucket(self, default, versioned):
        name = f"{default.lower()}-{'versioned' if versioned else 'plain'}"
        if name in self.buckets:
            return name
        self.s3.create_bucket(Bucket=name)
        if versioned:
            try:
                self.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (405, 501):
                    raise
                pytest.skip("PutBucketVersioning is not served")
        algorithm, key, bucket_key = DEFAULTS[default]
        if default != "unset":
            rule = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": self.default_arn} if key else {})}
            self.s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [
                {"ApplyServerSideEncryptionByDefault": rule, "BucketKeyEnabled": bucket_key,
                 "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]})
        self.buckets[name] = True
        return name

    def headers(self, form):
        names = {"{id}": self.arn.rpartition("/")[2], "{arn}": self.arn, "{alias}": self.alias, "{disabled}": self.disabled}
        return {name: names.get(value, value) for name, value in form.items()}

    def send(self, method, target, headers=None, body=b"", sign=True):
        sent = signed(self.server, method, target, headers, body, payload_hash="UNSIGNED-PAYLOAD") if sign else dict(headers)
        self.connection.request(method, target, body, {"Host": f"127.0.0.1:{self.server.port}", **sent})
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


@pytest.fixture(scope="module")
def world():
    with harness.Server() as server:
        yield World(server)


# ---- The ways to write. Each answers every answer on the way; the first that is no success ends it.

def put(world, bucket, key, headers, size):
    yield "object", world.send("PUT", f"/{bucket}/{key}", headers, BODIES[size])


def post(world, bucket, key, headers, size):
    fields = {"key": key, **headers}
    named = [["starts-with", f"${name}", ""] for name in [*fields, "x-amz-algorithm", "x-amz-credential", "x-amz-date"]]
    body, typed = multipart([*fields.items(), *sign4(world.server, policy([{"bucket": bucket}, *named])).items()], BODIES[size])
    yield "form", world.send("POST", f"/{bucket}", typed, body, sign=False)


def copy(world, bucket, key, headers, size):
    yield "object", world.send("PUT", f"/{bucket}/{key}", {**headers, "x-amz-copy-source": f"sources/{size}"})


def upload(world, bucket, key, headers, size, part_headers, body):
    created = world.send("POST", f"/{bucket}/{key}?uploads", headers)
    yield "object", created
    found = re.search(rb"<UploadId>([^<]+)<", created.body)
    query = urlencode({"partNumber": 1, "uploadId": found[1].decode()})
    customer = {name: value for name, value in headers.items() if "-customer-" in name}
    part = world.send("PUT", f"/{bucket}/{key}?{query}", {**customer, **part_headers}, body)
    yield "part", part
    etag = part.headers["ETag"] or re.search(rb"<ETag>([^<]+)<", part.body)[1].decode().replace("&quot;", '"')
    document = f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    yield "complete", world.send("POST", f"/{bucket}/{key}?{urlencode({'uploadId': found[1].decode()})}", {}, document.encode())


def in_parts(world, bucket, key, headers, size):
    yield from upload(world, bucket, key, headers, size, {}, BODIES[size])


def copied_parts(world, bucket, key, headers, size):
    yield from upload(world, bucket, key, headers, size, {"x-amz-copy-source": f"sources/{size}"}, b"")


WAYS = {"PUT": put, "POST": post, "copy": copy, "multipart": in_parts, "part copy": copied_parts}


def expected(world, outcome, default):
    """The table's word: the encryption headers of an answer, without the context."""
    algorithm, key, bucket_key = outcome or DEFAULTS[default]
    if bucket_key is None:
        bucket_key = DEFAULTS[default][2]
    if algorithm == "customer":
        return {C_ALG: "AES256", C_MD5: CUSTOMER_MD5}
    arn = {None: None, MANAGED: world.managed, OWN: world.arn, DEFAULT_KEY: world.default_arn}[key]
    return {SSE: algorithm, **({KEY: arn} if arn else {}), **({BK: "true"} if bucket_key else {})}


def told(answer):
    """The encryption headers of an answer."""
    return {name.lower(): value for name, value in answer.headers.items() if name.lower().startswith(SSE)}


def check_good(world, way, bucket, key, headers, size, wanted):
    problems = []
    for kind, answer in way(world, bucket, key, headers, size):
        if answer.status not in (200, 204):
            return [f"{kind}: {answer}"]
        expects = dict(wanted)
        if kind == "object" and CTX in headers:
            expects[CTX] = headers[CTX]
        if kind == "complete":
            expects = {name: value for name, value in wanted.items() if "-customer-" not in name}
        if told(answer) != expects:
            problems.append(f"{kind}: answered {told(answer)}, not {expects}")
    customer = C3 if C_ALG in wanted else {}
    for method in ["HEAD", "GET"]:
        answer = world.send(method, f"/{bucket}/{key}", customer)
        if answer.status != 200 or told(answer) != wanted:
            problems.append(f"{method}: {answer.status} {told(answer)}, not {wanted}")
        if method == "GET" and answer.body != BODIES[size]:
            problems.append(f"GET: other bytes: {len(answer.body)} of {len(BODIES[size])}")
    single = way in (put, post, copy)
    if single and (answer.headers["ETag"] == f'"{hashlib.md5(BODIES[size]).hexdigest()}"') != (wanted.get(SSE) == "AES256"):
        problems.append(f"ETag {answer.headers['ETag']}: an MD5 or none, unlike {wanted}")
    if customer and world.send("GET", f"/{bucket}/{key}").status != 400:
        problems.append("readable without the customer's key")
    return problems


@pytest.mark.parametrize("default", DEFAULTS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("versioned", [False, True], ids=["unversioned", "versioned"])
def test_every_form_comes_to_its_plan(world, versioned, way, default):
    bucket, problems = world.bucket(default, versioned), []
    for number, (name, (form, outcome)) in enumerate(GOOD.items()):
        key, size = uuid.uuid4().hex, list(BODIES)[number % 2]
        found = check_good(world, WAYS[way], bucket, key, world.headers(form), size, expected(world, outcome, default))
        problems += [f"{name}: {problem}" for problem in found]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("default", DEFAULTS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("versioned", [False, True], ids=["unversioned", "versioned"])
def test_no_bad_combination_is_taken(world, versioned, way, default):
    bucket, problems = world.bucket(default, versioned), []
    for name, (form, code, words) in BAD.items():
        key = uuid.uuid4().hex
        kind, answer = next(WAYS[way](world, bucket, key, world.headers(form), "inline"))
        if (answer.status, answer.code) != (400, code) or words.encode() not in answer.body.replace(b"&apos;", b"'"):
            problems.append(f"{name}: {answer}")
        if world.send("HEAD", f"/{bucket}/{key}").status != 404:
            problems.append(f"{name}: it left an object")
    assert not problems, "\n".join(problems)


def test_nothing_lies_in_the_clear(world):
    """After all of it: the last test of this file."""
    assert files_with(world.server.data, MARKER, CUSTOMER) == []
