"""Events that two accounts have part in: each finds its own copy, joined by the shared event ID, and learns no more than it may."""
import gzip
import json

import pytest
from conftest import User, unique
from test_organizations import FIRST, Account


@pytest.fixture(scope="module")
def other(server, iam):
    administrator = User(server, iam)
    administrator.allow("*")
    return Account(server, server.client("organizations"), administrator)


def events(client, name, value):
    found = client.lookup_events(LookupAttributes=[{"AttributeKey": name, "AttributeValue": value}])["Events"]
    return [json.loads(event["CloudTrailEvent"]) for event in found]


def test_a_key_that_another_account_uses(server, kms, key_arn, other):
    policy = json.loads(kms.get_key_policy(KeyId=key_arn, PolicyName="default")["Policy"])
    policy["Statement"].append({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other.id}:root"}, "Action": "kms:Encrypt", "Resource": "*"})
    kms.put_key_policy(KeyId=key_arn, Policy=json.dumps(policy))
    other.client("kms").encrypt(KeyId=key_arn, Plaintext=b"x")
    theirs = [e for e in events(server.client("cloudtrail"), "ResourceName", key_arn) if e["eventName"] == "Encrypt"]
    own = [e for e in events(other.client("cloudtrail"), "ResourceName", key_arn) if e["eventName"] == "Encrypt"]
    assert len(theirs) == len(own) == 1
    assert theirs[0]["sharedEventID"] == own[0]["sharedEventID"] and theirs[0]["eventID"] != own[0]["eventID"]
    assert (theirs[0]["recipientAccountId"], own[0]["recipientAccountId"]) == (FIRST, other.id)
    assert theirs[0]["userIdentity"]["type"] == "AWSAccount" and set(theirs[0]["userIdentity"]) == {"type", "principalId", "accountId"}
    assert own[0]["userIdentity"]["type"] == "AssumedRole"
    with pytest.raises(Exception, match="AccessDenied"):
        other.client("kms").decrypt(KeyId=key_arn, CiphertextBlob=kms.encrypt(KeyId=key_arn, Plaintext=b"x")["CiphertextBlob"])
    assert "Decrypt" not in [e["eventName"] for e in events(server.client("cloudtrail"), "ResourceName", key_arn)]


def test_an_object_that_another_account_reads(server, s3, bucket, other):
    trail, logs, name = server.client("cloudtrail"), unique("logs"), unique("trail")
    s3.create_bucket(Bucket=logs)
    allow = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    s3.put_bucket_policy(Bucket=logs, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {**allow, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{logs}"},
        {**allow, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{logs}/AWSLogs/{FIRST}/*"}]}))
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other.id}:root"}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
    s3.put_object(Bucket=bucket, Key="one", Body=b"hello")
    trail.create_trail(Name=name, S3BucketName=logs)
    trail.put_event_selectors(TrailName=name, EventSelectors=[
        {"IncludeManagementEvents": False, "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/"]}]}])
    trail.start_logging(Name=name)
    other.client("s3").get_object(Bucket=bucket, Key="one")
    trail.delete_trail(Name=name)
    records = []
    for entry in s3.list_objects_v2(Bucket=logs)["Contents"]:
        records += json.loads(gzip.decompress(s3.get_object(Bucket=logs, Key=entry["Key"])["Body"].read()))["Records"]
    one, = records
    assert one["eventName"] == "GetObject" and one["recipientAccountId"] == FIRST
    assert one["userIdentity"]["accountId"] == other.id and one["userIdentity"]["type"] == "AWSAccount" and "arn" not in one["userIdentity"]
    assert one["resources"][1] == {"accountId": FIRST, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}
