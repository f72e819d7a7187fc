"""LookupEvents: what was answered is found at once, by every attribute, by time, in pages; for 90 days; and only by who owns it."""
import datetime
import json
import re
import subprocess
import time

import pytest
from checks import refused
from conftest import unique

UTC = datetime.timezone.utc


@pytest.fixture(scope="session")
def trail(server):
    return server.client("cloudtrail")


def found(client, key=None, value=None, **more):
    if key:
        more["LookupAttributes"] = [{"AttributeKey": key, "AttributeValue": value}]
    pages = client.get_paginator("lookup_events").paginate(**more)
    return [event for page in pages for event in page["Events"]]


def record(event):
    return json.loads(event["CloudTrailEvent"])


def names(events):
    return [event["EventName"] for event in events]


def test_an_event_is_found_by_every_attribute(kms, trail, server):
    arn = kms.create_key(Description="wanted")["KeyMetadata"]["Arn"]
    kms.describe_key(KeyId=arn)
    events = found(trail, "ResourceName", arn)
    assert names(events) == ["DescribeKey", "CreateKey"]
    made = events[1]
    assert made["ReadOnly"] == "false" and made["EventSource"] == "kms.amazonaws.com" and made["Username"] == "root"
    assert made["AccessKeyId"] == server.access_key
    assert {"ResourceType": "AWS::KMS::Key", "ResourceName": arn} in made["Resources"]
    for key, value in [("EventId", made["EventId"]), ("EventName", "CreateKey"), ("ReadOnly", "false"), ("Username", "root"),
                       ("ResourceType", "AWS::KMS::Key"), ("ResourceName", arn.rpartition("/")[2]), ("EventSource", "kms.amazonaws.com"),
                       ("AccessKeyId", server.access_key)]:
        assert made["EventId"] in [event["EventId"] for event in found(trail, key, value)], (key, value)
    assert found(trail, "EventId", made["EventId"]) == [made]
    assert found(trail, "EventId", "no-such-event") == [] and found(trail, "EventName", "createkey") == []
    full = record(made)
    assert full["eventID"] == made["EventId"] and full["recipientAccountId"] == "123456789012" and full["managementEvent"] is True
    assert full["responseElements"]["keyMetadata"]["arn"] == arn
    datetime.datetime.strptime(full["responseElements"]["keyMetadata"]["creationDate"], "%b %d, %Y, %I:%M:%S %p")


def test_buckets_users_and_sessions_have_names(s3, iam, trail, bucket, user):
    s3.get_bucket_location(Bucket=bucket)
    assert names(found(trail, "ResourceName", bucket)) == ["GetBucketLocation", "CreateBucket"]
    made = names(found(trail, "ResourceName", user.name))
    assert made[:2] == ["CreateAccessKey", "CreateUser"]
    user.allow("s3:ListAllMyBuckets")
    user.client("s3").list_buckets()
    assert names(found(trail, "Username", user.name)) == ["ListBuckets"]
    assert names(found(trail, "AccessKeyId", user.access_key)) == ["ListBuckets"]


def test_pages_are_one_list(kms, trail, key_arn):
    for _ in range(25):
        kms.describe_key(KeyId=key_arn)
    request = {"LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": key_arn}], "MaxResults": 10}
    ids, token = [], None
    while True:
        answer = trail.lookup_events(**request, **({"NextToken": token} if token else {}))
        assert len(answer["Events"]) <= 10
        ids += [event["EventId"] for event in answer["Events"]]
        kms.describe_key(KeyId=key_arn)  # what comes meanwhile moves no page
        token = answer.get("NextToken")
        if not token:
            break
        with refused("InvalidNextTokenException", 400):
            trail.lookup_events(NextToken=token)
    assert len(ids) == len(set(ids)) == 26
    assert ids[-1] in [event["EventId"] for event in found(trail, "EventName", "CreateKey")]


def test_time_ranges(kms, trail, key_arn):
    time.sleep(1.1)
    between = datetime.datetime.now(UTC).replace(microsecond=0)
    time.sleep(1.1)
    kms.describe_key(KeyId=key_arn)
    assert names(found(trail, "ResourceName", key_arn, StartTime=between)) == ["DescribeKey"]
    assert names(found(trail, "ResourceName", key_arn, EndTime=between)) == ["CreateKey"]
    assert found(trail, "ResourceName", key_arn, StartTime=between, EndTime=between) == []


def test_what_is_refused(trail):
    with refused("InvalidLookupAttributesException", 400):
        trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "a"}] * 2)
    with refused("InvalidLookupAttributesException", 400):
        trail.lookup_events(LookupAttributes=[{"AttributeKey": "Nothing", "AttributeValue": "a"}])
    for bad in [0, 51]:
        with refused("InvalidMaxResultsException", 400):
            trail.lookup_events(MaxResults=bad)
    now = datetime.datetime.now(UTC)
    with refused("InvalidTimeRangeException", 400):
        trail.lookup_events(StartTime=now, EndTime=now - datetime.timedelta(seconds=5))
    with refused("InvalidNextTokenException", 400):
        trail.lookup_events(NextToken="AAAA")
    with refused("InvalidEventCategoryException", 400):
        trail.lookup_events(EventCategory="everything")
    assert trail.lookup_events(EventCategory="insight")["Events"] == []


def test_it_takes_permission_and_its_own_use_is_on_record(trail, user):
    with refused("AccessDeniedException", 400):
        user.client("cloudtrail").lookup_events()
    refusal = record(found(trail, "Username", user.name)[0])
    assert refusal["eventName"] == "LookupEvents" and refusal["errorCode"] == "AccessDenied" and refusal["responseElements"] is None
    user.allow("cloudtrail:LookupEvents")
    assert user.client("cloudtrail").lookup_events(MaxResults=1)["Events"]


def test_data_events_are_not_looked_up(s3, trail, bucket, user):
    s3.put_object(Bucket=bucket, Key="one", Body=b"x")
    s3.get_object(Bucket=bucket, Key="one")
    with refused("AccessDenied", 403):
        user.client("s3").get_object(Bucket=bucket, Key="one")
    assert names(found(trail, "ResourceName", bucket)) == ["CreateBucket"]
    assert found(trail, "Username", user.name) == []


def test_key_events_of_s3_join_by_the_request(s3, trail, bucket, key_arn):
    put = s3.put_object(Bucket=bucket, Key="one", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)
    event = record(found(trail, "ResourceName", key_arn)[0])
    assert event["eventName"] == "GenerateDataKey" and event["requestID"] == put["ResponseMetadata"]["RequestId"]
    assert event["userIdentity"]["invokedBy"] == event["sourceIPAddress"] == event["userAgent"] == "fas.s3.amazonaws.com"
    assert event["requestParameters"] == {"encryptionContext": {"aws:s3:arn": f"arn:aws:s3:::{bucket}/one"}, "keySpec": "AES_256", "keyId": key_arn}
    assert event["resources"] == [{"accountId": "123456789012", "type": "AWS::KMS::Key", "ARN": key_arn}]
    assert event["responseElements"] is None and event["readOnly"] is True and event["eventCategory"] == "Management"


def test_nothing_secret_is_on_record(kms, iam, trail, key_arn, user):
    plain = "attack at dawn, " * 4
    made = kms.generate_data_key(KeyId=key_arn, KeySpec="AES_256")
    blob = kms.encrypt(KeyId=key_arn, Plaintext=plain.encode())["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob)
    import base64
    text = json.dumps([event["CloudTrailEvent"] for event in found(trail)])
    for secret in [plain, base64.b64encode(plain.encode()).decode(), base64.b64encode(blob).decode(),
                   base64.b64encode(made["Plaintext"]).decode(), user.secret_key]:
        assert secret not in text
    assert user.access_key in text


def test_twenty_puts_and_gets_under_a_bucket_key(server, s3, trail, bucket, key_arn):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}}
    for enabled in [False, True]:
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [{**rule, "BucketKeyEnabled": enabled}]})
        before = len(found(trail, "ResourceName", key_arn))
        for i in range(20):
            s3.put_object(Bucket=bucket, Key=f"{enabled}/{i}", Body=b"x")
            s3.get_object(Bucket=bucket, Key=f"{enabled}/{i}")
        made = len(found(trail, "ResourceName", key_arn)) - before
        assert made <= 4 if enabled else made == 40
    run = subprocess.run([str(server.program), "keys", "usage", key_arn, "--data-dir", str(server.data)], capture_output=True, text=True, check=True)
    avoided, = json.loads(run.stdout)["CallsAvoided"]
    assert avoided["BucketArn"] == f"arn:aws:s3:::{bucket}" and avoided["Calls"] == 40 - made


@pytest.mark.slow
def test_a_thousand_puts_and_gets(s3, trail, bucket, key_arn):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}}
    for enabled in [False, True]:
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [{**rule, "BucketKeyEnabled": enabled}]})
        before = len(found(trail, "ResourceName", key_arn))
        for i in range(1000):
            s3.put_object(Bucket=bucket, Key=f"{enabled}/{i}", Body=b"x")
            s3.get_object(Bucket=bucket, Key=f"{enabled}/{i}")
        made = len(found(trail, "ResourceName", key_arn)) - before
        assert made <= 10 if enabled else made == 2000


def test_the_example_of_the_guide(server, s3, bucket, key_arn, user):
    import harness
    example = re.search(r"```sh\nkey=\S+\n(.*?)```", (harness.TOP / "docs/auditing.md").read_text(), re.S)[1]
    s3.put_object(Bucket=bucket, Key="plans/one", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)
    user.allow(["s3:GetObject", "kms:Decrypt"])
    user.client("s3").get_object(Bucket=bucket, Key="plans/one")
    run = subprocess.run(["bash", "-c", f"key={key_arn}\n{example}"], env=server.client_environment(), capture_output=True, text=True, check=True)
    line, = run.stdout.strip().splitlines()
    when, who, what = line.split("\t")
    assert who == user.name and json.loads(what) == {"aws:s3:arn": f"arn:aws:s3:::{bucket}/plans/one"} and when


def test_across_restarts_and_for_ninety_days():
    import harness
    with harness.Server() as server:
        kms, trail = server.client("kms"), server.client("cloudtrail")
        arn = kms.create_key()["KeyMetadata"]["Arn"]
        server.restart(hard=True)
        assert names(found(server.client("cloudtrail"), "ResourceName", arn)) == ["CreateKey"]
        server.advance(89 * 24 * 3600)
        assert names(found(server.client("cloudtrail"), "ResourceName", arn)) == ["CreateKey"]
        server.advance(2 * 24 * 3600)
        assert found(server.client("cloudtrail"), "ResourceName", arn) == []
        kms.describe_key(KeyId=arn)
        assert names(found(trail, "ResourceName", arn)) == ["DescribeKey"]


def test_a_name(trail):
    assert found(trail, "Username", unique("nobody")) == []
