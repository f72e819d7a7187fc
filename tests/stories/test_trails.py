"""Trails: configured, started, delivered under AWS's names, stopped with a final digest; validated by the unmodified AWS CLI."""
import datetime
import gzip
import json
import subprocess
import time

import harness
import pytest
from checks import refused
from conftest import unique

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def own():
    """A server of this file's own: the business clock is moved."""
    with harness.Server() as server:
        yield server


@pytest.fixture
def trail(own):
    return own.client("cloudtrail")


@pytest.fixture
def store(own):
    return own.client("s3")


def let_write(store, bucket, prefix="", condition=None):
    allow = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    acl = {**allow, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}"}
    put = {**allow, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/{prefix}AWSLogs/{ACCOUNT}/*",
           "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **(condition or {})}}}
    if condition:
        acl["Condition"] = {"StringEquals": condition}
    store.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [acl, put]}))


@pytest.fixture
def logs(store):
    name = unique("logs")
    store.create_bucket(Bucket=name)
    let_write(store, name)
    return name


@pytest.fixture
def name(trail):
    name = unique("trail")
    yield name
    try:
        trail.delete_trail(Name=name)
    except trail.exceptions.TrailNotFoundException:
        pass


def arn_of(name):
    return f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/{name}"


def keys(store, bucket, kind="CloudTrail", prefix=""):
    found = store.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}AWSLogs/{ACCOUNT}/{kind}/").get("Contents", [])
    return [entry["Key"] for entry in found]


def records(store, bucket, prefix=""):
    out = []
    for key in keys(store, bucket, prefix=prefix):
        out += json.loads(gzip.decompress(store.get_object(Bucket=bucket, Key=key)["Body"].read()))["Records"]
    return out


def digests(store, bucket):
    out = []
    for key in keys(store, bucket, "CloudTrail-Digest"):
        answer = store.get_object(Bucket=bucket, Key=key)
        out.append((key, json.loads(gzip.decompress(answer["Body"].read())), answer))
    return out


def validate(own, name, *more):
    start = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    run = subprocess.run(["aws", "cloudtrail", "validate-logs", "--trail-arn", arn_of(name), "--start-time", start, "--verbose", *more],
                         env=own.client_environment(), capture_output=True, text=True, timeout=120, check=False)
    return run.stdout + run.stderr


def test_a_trail_as_made(trail, name, logs):
    made = trail.create_trail(Name=name, S3BucketName=logs, S3KeyPrefix="", EnableLogFileValidation=True,
                              TagsList=[{"Key": "team", "Value": "blue"}])
    expected = {"Name": name, "S3BucketName": logs, "IncludeGlobalServiceEvents": True, "IsMultiRegionTrail": False,
                "TrailARN": arn_of(name), "LogFileValidationEnabled": True, "IsOrganizationTrail": False}
    assert {key: made[key] for key in expected} == expected and "KmsKeyId" not in made
    for known in [name, arn_of(name)]:
        shown = trail.get_trail(Name=known)["Trail"]
        assert {key: shown[key] for key in expected} == expected
        assert shown["HomeRegion"] == "us-east-1" and shown["HasCustomEventSelectors"] is False
        assert trail.describe_trails(trailNameList=[known])["trailList"] == [shown]
    assert shown in trail.describe_trails()["trailList"]
    assert {"TrailARN": arn_of(name), "Name": name, "HomeRegion": "us-east-1"} in trail.list_trails()["Trails"]
    assert trail.describe_trails(trailNameList=["no-such-trail"])["trailList"] == []
    status = trail.get_trail_status(Name=name)
    assert status["IsLogging"] is False and "StartLoggingTime" not in status
    tags = trail.list_tags(ResourceIdList=[arn_of(name)])["ResourceTagList"]
    assert tags == [{"ResourceId": arn_of(name), "TagsList": [{"Key": "team", "Value": "blue"}]}]
    trail.add_tags(ResourceId=arn_of(name), TagsList=[{"Key": "team", "Value": "red"}, {"Key": "x"}])
    trail.remove_tags(ResourceId=arn_of(name), TagsList=[{"Key": "x"}])
    assert trail.list_tags(ResourceIdList=[arn_of(name)])["ResourceTagList"][0]["TagsList"] == [{"Key": "team", "Value": "red"}]
    assert trail.update_trail(Name=name, EnableLogFileValidation=False)["LogFileValidationEnabled"] is False
    trail.delete_trail(Name=name)
    with refused("TrailNotFoundException", 400):
        trail.get_trail(Name=name)


@pytest.mark.parametrize("bad", ["ab", "-abc", "abc-", "a..b", "a_-b", "a b", "192.168.5.4", "x" * 129])
def test_names_that_are_none(trail, logs, bad):
    with refused("InvalidTrailNameException", 400):
        trail.create_trail(Name=bad, S3BucketName=logs)


def test_what_is_refused(trail, store, name, logs):
    with refused("S3BucketDoesNotExistException", 400):
        trail.create_trail(Name=name, S3BucketName=unique("none"))
    closed = unique("closed")
    store.create_bucket(Bucket=closed)
    with refused("InsufficientS3BucketPolicyException", 400, closed):
        trail.create_trail(Name=name, S3BucketName=closed)
    with refused("InsufficientS3BucketPolicyException", 400):
        trail.create_trail(Name=name, S3BucketName=logs, S3KeyPrefix="elsewhere")
    with refused("UnsupportedOperationException", 400):
        trail.create_trail(Name=name, S3BucketName=logs, SnsTopicName="topic")
    with refused("InvalidParameterCombinationException", 400):
        trail.create_trail(Name=name, S3BucketName=logs, IsMultiRegionTrail=True, IncludeGlobalServiceEvents=False)
    with refused("CloudTrailARNInvalidException", 400):
        trail.get_trail(Name="arn:aws:s3:::bucket")
    with refused("KmsKeyNotFoundException", 400):
        trail.create_trail(Name=name, S3BucketName=logs, KmsKeyId="11111111-2222-3333-4444-555555555555")
    trail.create_trail(Name=name, S3BucketName=logs)
    with refused("TrailAlreadyExistsException", 400):
        trail.create_trail(Name=name, S3BucketName=logs)
    others = [unique("trail") for _ in range(4 - len([t for t in trail.list_trails()["Trails"] if t["Name"] != name]))]
    for other in others:
        trail.create_trail(Name=other, S3BucketName=logs)
    with refused("MaximumNumberOfTrailsExceededException", 400):
        trail.create_trail(Name=unique("trail"), S3BucketName=logs)
    for other in others:
        trail.delete_trail(Name=other)


def test_confused_deputies_are_kept_out(trail, store, name):
    bucket = unique("logs")
    store.create_bucket(Bucket=bucket)
    let_write(store, bucket, condition={"aws:SourceArn": arn_of("another")})
    with refused("InsufficientS3BucketPolicyException", 400):
        trail.create_trail(Name=name, S3BucketName=bucket)
    let_write(store, bucket, condition={"aws:SourceArn": arn_of(name), "aws:SourceAccount": ACCOUNT})
    trail.create_trail(Name=name, S3BucketName=bucket)
    trail.start_logging(Name=name)
    trail.stop_logging(Name=name)
    assert trail.get_trail_status(Name=name)["LatestDeliveryTime"] and keys(store, bucket)


def test_delivery_on_stop_and_the_digests_hold(own, trail, store, name, logs):
    kms = own.client("kms")
    trail.create_trail(Name=name, S3BucketName=logs, EnableLogFileValidation=True)
    trail.start_logging(Name=name)
    assert trail.get_trail_status(Name=name)["IsLogging"] is True
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    trail.stop_logging(Name=name)
    status = trail.get_trail_status(Name=name)
    assert status["IsLogging"] is False and status["LatestDeliveryTime"] and status["LatestDigestDeliveryTime"]
    assert "LatestDeliveryError" not in status
    delivered = records(store, logs)
    assert [r["eventName"] for r in delivered if any(x["ARN"] == arn for x in r.get("resources", []))] == ["CreateKey"]
    assert "StartLogging" in [r["eventName"] for r in delivered]
    assert all(r["managementEvent"] and r["recipientAccountId"] == ACCOUNT for r in delivered)
    (key, digest, answer), = digests(store, logs)
    assert digest["digestS3Object"] == key and digest["previousDigestSignature"] is None
    assert digest["logFiles"][0]["s3Object"] in keys(store, logs)
    assert answer["Metadata"]["signature-algorithm"] == "SHA256withRSA" and answer["ServerSideEncryption"] == "AES256"
    time.sleep(1.1)
    said = validate(own, name)
    assert "1/1 digest files valid" in said and "1/1 log files valid" in said and "INVALID" not in said, said


def test_a_changed_log_file_is_found(own, trail, store, name, logs):
    trail.create_trail(Name=name, S3BucketName=logs, EnableLogFileValidation=True)
    trail.start_logging(Name=name)
    own.client("kms").list_keys()
    trail.stop_logging(Name=name)
    key = keys(store, logs)[0]
    text = gzip.decompress(store.get_object(Bucket=logs, Key=key)["Body"].read())
    store.put_object(Bucket=logs, Key=key, Body=gzip.compress(text.replace(b"ListKeys", b"LostKeys")))
    time.sleep(1.1)
    assert "INVALID: hash value doesn't match" in validate(own, name)
    store.delete_object(Bucket=logs, Key=keys(store, logs, "CloudTrail-Digest")[0])
    time.sleep(0.1)
    assert "1/1 digest files valid" not in validate(own, name)


def test_hourly_digests_are_chained(own, trail, store, name, logs):
    trail.create_trail(Name=name, S3BucketName=logs, EnableLogFileValidation=True)
    trail.start_logging(Name=name)
    own.client("kms").list_keys()
    own.advance(3 * 3600 + 60)
    deadline = time.monotonic() + 30
    while len(keys(store, logs, "CloudTrail-Digest")) < 3 and time.monotonic() < deadline:
        time.sleep(0.2)
    trail.stop_logging(Name=name)
    chain = [digest for _, digest, _ in digests(store, logs)]
    assert len(chain) == 4
    for before, after in zip(chain, chain[1:]):
        assert after["digestStartTime"] == before["digestEndTime"] and after["previousDigestS3Object"] == before["digestS3Object"]
        assert after["previousDigestHashValue"] and after["previousDigestHashAlgorithm"] == "SHA-256"
    assert chain[1]["logFiles"] == [] and chain[1]["newestEventTime"] is None
    assert [r["eventName"] for r in records(store, logs)].count("ListKeys") == 1
    later = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = validate(own, name, "--end-time", later)
    assert "4/4 digest files valid" in said and "INVALID" not in said, said


def test_late_by_four_minutes_at_most(own, trail, store, name, logs):
    trail.create_trail(Name=name, S3BucketName=logs)
    trail.start_logging(Name=name)
    own.client("kms").list_keys()
    time.sleep(6)
    assert keys(store, logs) == []
    own.advance(240)
    deadline = time.monotonic() + 20
    while not keys(store, logs) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert "ListKeys" in [r["eventName"] for r in records(store, logs)]
    count = len(keys(store, logs))
    own.advance(3600)
    time.sleep(6)
    assert len(keys(store, logs)) <= count + 1  # what this test itself asked; delivering gives no reason to deliver


def test_data_events_by_selectors(own, trail, store, name, logs):
    bucket = unique("watched")
    store.create_bucket(Bucket=bucket)
    trail.create_trail(Name=name, S3BucketName=logs)
    default = trail.get_event_selectors(TrailName=name)
    assert default["EventSelectors"] == [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [],
                                          "ExcludeManagementEventSources": []}]
    chosen = [{"ReadWriteType": "All", "IncludeManagementEvents": False, "ExcludeManagementEventSources": [],
               "DataResources": [{"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{bucket}/in/"]}]}]
    assert trail.put_event_selectors(TrailName=name, EventSelectors=chosen)["EventSelectors"] == chosen
    assert trail.get_trail(Name=name)["Trail"]["HasCustomEventSelectors"] is True
    trail.start_logging(Name=name)
    put = store.put_object(Bucket=bucket, Key="in/one", Body=b"hello")
    store.get_object(Bucket=bucket, Key="in/one")
    store.put_object(Bucket=bucket, Key="out/one", Body=b"hello")
    with refused("NoSuchKey", 404):
        store.get_object(Bucket=bucket, Key="in/two")
    trail.stop_logging(Name=name)
    events = records(store, logs)
    assert [e["eventName"] for e in events] == ["PutObject", "GetObject", "GetObject"]
    one = events[0]
    assert one["requestID"] == put["ResponseMetadata"]["RequestId"] and one["eventCategory"] == "Data" and one["managementEvent"] is False
    assert one["requestParameters"]["bucketName"] == bucket and one["requestParameters"]["key"] == "in/one"
    assert one["resources"] == [{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/in/one"},
                                {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}]
    assert one["additionalEventData"]["SSEApplied"] == "Default_SSE_S3" and one["additionalEventData"]["bytesTransferredIn"] == 5
    assert one["responseElements"]["x-amz-server-side-encryption"] == "AES256" and one["readOnly"] is False
    assert events[1]["responseElements"] is None and events[1]["additionalEventData"]["bytesTransferredOut"] == 5
    assert events[2]["errorCode"] == "NoSuchKey"


def test_advanced_selectors(own, trail, store, name, logs):
    bucket = unique("watched")
    store.create_bucket(Bucket=bucket)
    trail.create_trail(Name=name, S3BucketName=logs)
    fields = [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
              {"Field": "readOnly", "Equals": ["false"]}, {"Field": "resources.ARN", "StartsWith": [f"arn:aws:s3:::{bucket}/"]},
              {"Field": "eventName", "NotEquals": ["DeleteObject"]}]
    answer = trail.put_event_selectors(TrailName=name, AdvancedEventSelectors=[{"Name": "writes", "FieldSelectors": fields}])
    assert answer["AdvancedEventSelectors"] == [{"Name": "writes", "FieldSelectors": fields}] and "EventSelectors" not in answer
    trail.start_logging(Name=name)
    store.put_object(Bucket=bucket, Key="one", Body=b"hello")
    store.get_object(Bucket=bucket, Key="one")
    store.delete_object(Bucket=bucket, Key="one")
    trail.stop_logging(Name=name)
    assert [e["eventName"] for e in records(store, logs)] == ["PutObject"]
    for bad in [{"AdvancedEventSelectors": [{"FieldSelectors": fields[1:]}]}, {"AdvancedEventSelectors": [{"FieldSelectors": fields[:1]}]},
                {"EventSelectors": [{"DataResources": [{"Type": "AWS::EC2::Instance", "Values": ["x"]}]}]}, {"EventSelectors": [{}] * 6}, {}]:
        with refused("InvalidEventSelectorsException", 400):
            trail.put_event_selectors(TrailName=name, **bad)


def test_log_files_under_a_key(own, trail, store, name, logs):
    kms = own.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    with refused("InsufficientEncryptionPolicyException", 400):
        trail.create_trail(Name=name, S3BucketName=logs, KmsKeyId=arn)
    policy = json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    policy["Statement"].append({"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "kms:GenerateDataKey*", "Resource": "*",
                                "Condition": {"StringEquals": {"aws:SourceArn": arn_of(name)},
                                              "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": f"arn:aws:cloudtrail:*:{ACCOUNT}:trail/*"}}})
    kms.put_key_policy(KeyId=arn, Policy=json.dumps(policy))
    assert trail.create_trail(Name=name, S3BucketName=logs, KmsKeyId=arn)["KmsKeyId"] == arn
    trail.start_logging(Name=name)
    kms.list_keys()
    trail.stop_logging(Name=name)
    assert "LatestDeliveryError" not in trail.get_trail_status(Name=name)
    answer = store.head_object(Bucket=logs, Key=keys(store, logs)[0])
    assert answer["ServerSideEncryption"] == "aws:kms" and answer["SSEKMSKeyId"] == arn
    assert records(store, logs)
    use = trail.lookup_events(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": arn}])["Events"]
    used = [json.loads(e["CloudTrailEvent"]) for e in use if e["EventName"] == "GenerateDataKey"]
    assert any(e["requestParameters"]["encryptionContext"].get("aws:cloudtrail:arn") == arn_of(name) and
               e["userIdentity"]["type"] == "AWSService" for e in used)


def test_what_cannot_be_delivered_is_told_and_kept(own, trail, store, name, logs):
    trail.create_trail(Name=name, S3BucketName=logs, EnableLogFileValidation=True)
    trail.start_logging(Name=name)
    store.delete_bucket_policy(Bucket=logs)
    own.client("kms").list_keys()
    trail.stop_logging(Name=name)
    assert trail.get_trail_status(Name=name)["LatestDeliveryError"] == "AccessDenied" and keys(store, logs) == []
    let_write(store, logs)
    own.restart(hard=True)
    store = own.client("s3")
    deadline = time.monotonic() + 20
    while not keys(store, logs, "CloudTrail-Digest") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert "ListKeys" in [r["eventName"] for r in records(store, logs)]
    assert "LatestDeliveryError" not in own.client("cloudtrail").get_trail_status(Name=name)


def test_it_takes_permission(own, trail, name, logs):
    from conftest import User
    user = User(own, own.client("iam"))
    client = user.client("cloudtrail")
    with refused("AccessDeniedException", 400):
        client.create_trail(Name=name, S3BucketName=logs)
    with refused("AccessDeniedException", 400):
        client.get_trail(Name=name)
    user.allow("cloudtrail:GetTrail", arn_of(name))
    with refused("TrailNotFoundException", 400):
        client.get_trail(Name=name)


def test_public_keys(trail, name, logs):
    trail.create_trail(Name=name, S3BucketName=logs, EnableLogFileValidation=True)
    trail.start_logging(Name=name)
    trail.stop_logging(Name=name)
    key, = trail.list_public_keys()["PublicKeyList"]
    assert key["Value"][:2] == b"\x30\x82" and len(key["Fingerprint"]) == 32
    old = datetime.datetime(2001, 1, 1)
    assert trail.list_public_keys(StartTime=old, EndTime=old)["PublicKeyList"] == []
