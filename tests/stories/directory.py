"""Directory buckets in stories: making them, sessions by hand, requests that are signed with a session."""
import json
import uuid

import botocore.exceptions
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import harness
import wire

ZONE = "use1-az4"


def name_of(prefix="story"):
    return f"{prefix}-{uuid.uuid4().hex[:10]}--{ZONE}--x-s3"


def arn_of(bucket, region="us-east-1"):
    return f"arn:aws:s3express:{region}:{harness.ACCOUNT}:bucket/{bucket}"


def make(s3, prefix="story"):
    bucket = name_of(prefix)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={
        "Location": {"Type": "AvailabilityZone", "Name": ZONE},
        "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"}})
    return bucket


def rule(key=None, algorithm="aws:kms", **more):
    by_default = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": by_default, **more}]}


def encrypt(s3, bucket, key):
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rule(key, BucketKeyEnabled=True))


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def signed(server, session, method, target, headers=None, body=b""):
    """Headers of a request that a session's credentials sign."""
    sent = {"x-amz-s3session-token": session["SessionToken"], **(headers or {})}
    request = AWSRequest(method, f"{server.endpoint}{target}", headers=sent, data=body)
    S3SigV4Auth(Credentials(session["AccessKeyId"], session["SecretAccessKey"]), "s3express", server.region).add_auth(request)
    return dict(request.headers.items())


def call(server, session, method, target, headers=None, body=b""):
    return wire.send(server, method, target, signed(server, session, method, target, headers, body), body)


def refusal(what, *arguments, **named):
    """The error code and status with which a client's call is refused."""
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        what(*arguments, **named)
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
