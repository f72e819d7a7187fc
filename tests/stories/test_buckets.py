"""Buckets: making, finding, configuring and removing them."""
import json

import pytest
from checks import refused
from conftest import unique


def test_a_bucket_lives_and_dies(s3):
    name = unique("life")
    made = s3.create_bucket(Bucket=name)
    assert made["Location"] in (f"/{name}", f"http://{name}.s3.amazonaws.com/")
    assert s3.head_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    assert name in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket=name).get("LocationConstraint") is None
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=name)
    s3.delete_object(Bucket=name, Key="k")
    assert s3.delete_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("404", 404):
        s3.head_bucket(Bucket=name)
    with refused("NoSuchBucket", 404, "The specified bucket does not exist"):
        s3.list_objects_v2(Bucket=name)
    with refused("NoSuchBucket", 404):
        s3.delete_bucket(Bucket=name)
    assert name not in [b["Name"] for b in s3.list_buckets()["Buckets"]]


def test_a_new_bucket_of_an_old_name_is_empty(s3):
    name = unique("again")
    for _ in range(3):
        s3.create_bucket(Bucket=name)
        assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0
        s3.put_object(Bucket=name, Key="k", Body=b"x")
        s3.delete_object(Bucket=name, Key="k")
        s3.delete_bucket(Bucket=name)


@pytest.mark.parametrize("name", ["ab", "Upper", "a_b", "a..b", "-start", "end-", "192.168.5.4", "a" * 64, "xn--bucket", "name-s3alias"])
def test_an_invalid_name_is_refused(server, name):
    from botocore import handlers
    client = server.client("s3")
    client.meta.events.unregister("before-parameter-build.s3", handlers.validate_bucket_name)
    with refused("InvalidBucketName", 400):
        client.create_bucket(Bucket=name)


def test_creating_ones_own_bucket_again(s3, bucket):
    assert s3.create_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_location_constraint_is_judged(s3):
    with refused(("IllegalLocationConstraintException", "InvalidLocationConstraint"), 400):
        s3.create_bucket(Bucket=unique("there"), CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


def test_list_buckets_pages(s3):
    prefix = unique("page")
    names = [f"{prefix}-{n}" for n in range(5)]
    for name in names:
        s3.create_bucket(Bucket=name)
    found, token = [], {}
    for _ in range(10):
        page = s3.list_buckets(MaxBuckets=2, Prefix=prefix, **token)
        assert len(page["Buckets"]) <= 2
        found += [b["Name"] for b in page["Buckets"]]
        if "ContinuationToken" not in page:
            break
        token = {"ContinuationToken": page["ContinuationToken"]}
    assert found == names


def test_default_encryption(s3, bucket, key_arn):
    def rule():
        return s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]

    assert rule()["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert rule()["BucketKeyEnabled"] is False
    wanted = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": wanted, "BucketKeyEnabled": True}]})
    assert rule()["ApplyServerSideEncryptionByDefault"] == wanted
    assert rule()["BucketKeyEnabled"] is True
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"], put["BucketKeyEnabled"]) == ("aws:kms", key_arn, True)
    s3.delete_bucket_encryption(Bucket=bucket)
    s3.delete_bucket_encryption(Bucket=bucket)
    assert rule()["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.put_object(Bucket=bucket, Key="k2", Body=b"x")["ServerSideEncryption"] == "AES256"
    assert s3.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "aws:kms"


@pytest.mark.parametrize("default, code", [
    ({"SSEAlgorithm": "AES256", "KMSMasterKeyID": "alias/x"}, "InvalidArgument"),
    ({"SSEAlgorithm": "rot13"}, "MalformedXML"),
])
def test_default_encryption_is_judged(s3, bucket, default, code):
    with refused(code, 400):
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default}]})


@pytest.mark.parametrize("rules", [0, 2])
def test_default_encryption_has_one_rule(s3, bucket, rules):
    with refused("MalformedXML", 400):
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}] * rules})


def test_bucket_policy(s3, bucket, user):
    with refused("NoSuchBucketPolicy", 404, "The bucket policy does not exist"):
        s3.get_bucket_policy(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    theirs = user.client("s3")
    with refused("AccessDenied", 403):
        theirs.get_object(Bucket=bucket, Key="k")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "s3:GetObject",
                                                      "Resource": f"arn:aws:s3:::{bucket}/*"}]}
    assert s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == policy
    assert theirs.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    with refused("AccessDenied", 403):
        theirs.put_object(Bucket=bucket, Key="k", Body=b"y")
    policy["Statement"].append({"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"})
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    with refused("AccessDenied", 403):
        theirs.get_object(Bucket=bucket, Key="k")
    assert s3.delete_bucket_policy(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchBucketPolicy", 404):
        s3.get_bucket_policy(Bucket=bucket)


@pytest.mark.parametrize("text", ["", "not json", "{}", '{"Version":"2012-10-17","Statement":[]}',
                                  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::another/*"}]}'])
def test_a_malformed_bucket_policy_is_refused(s3, bucket, text):
    with refused(("MalformedPolicy", "MissingRequestBodyError"), 400):
        s3.put_bucket_policy(Bucket=bucket, Policy=text)


def test_a_policy_that_insists_on_the_key(s3, bucket, key_arn):
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringNotLikeIfExists": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key_arn}}}]}))
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="AES256")
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}}]})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")


def test_the_expected_owner_is_held(s3, bucket):
    s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner="123456789012")
    with refused("AccessDenied", 403):
        s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner="210987654321")
