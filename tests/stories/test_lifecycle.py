"""Lifecycle: what the rules say goes, by the business clock, and nothing else."""
import time
from datetime import datetime, timezone

import harness
import pytest
from checks import refused

DAY = 24 * 3600


def rule(rule_id="r", status="Enabled", **more):
    return {"ID": rule_id, "Status": status, **({} if "Filter" in more or "Prefix" in more else {"Filter": {}}), **more}


def configure(s3, bucket, *rules):
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)})


def test_the_configuration(s3, bucket, user):
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    tag = {"Key": "a", "Value": "1"}
    rules = [rule("days", Expiration={"Days": 3}), rule("old", Prefix="logs/", Expiration={"Date": datetime(2030, 1, 1, tzinfo=timezone.utc)}),
             rule("tag", Filter={"Tag": tag}, Expiration={"Days": 1}), rule("prefix", Filter={"Prefix": ""}, Expiration={"ExpiredObjectDeleteMarker": True}),
             rule("size", Filter={"ObjectSizeGreaterThan": 100}, NoncurrentVersionExpiration={"NoncurrentDays": 2, "NewerNoncurrentVersions": 3}),
             rule("all", "Disabled", Filter={"And": {"Prefix": "p", "Tags": [tag, {"Key": "b", "Value": ""}], "ObjectSizeLessThan": 10}},
                  Expiration={"Days": 9}),
             rule("uploads", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7})]
    configure(s3, bucket, *rules)
    answer = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert answer["Rules"] == rules and answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    configure(s3, bucket, {"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]["ID"]
    with refused("AccessDenied", 403, "s3:PutLifecycleConfiguration"):
        user.client("s3").delete_bucket_lifecycle(Bucket=bucket)
    s3.delete_bucket_lifecycle(Bucket=bucket)
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


@pytest.mark.parametrize("bad, code", [
    ({}, "InvalidRequest"), ({"Expiration": {"Days": 0}}, "InvalidArgument"), ({"Expiration": {}}, "MalformedXML"),
    ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, "MalformedXML"), ({"status": "On", "Expiration": {"Days": 1}}, "MalformedXML"),
    ({"Expiration": {"Date": datetime(2030, 1, 1, 1, tzinfo=timezone.utc)}}, "InvalidArgument"), ({"rule_id": "x" * 256, "Expiration": {"Days": 1}}, "InvalidArgument"),
    ({"Filter": {"Prefix": "a", "ObjectSizeLessThan": 3}, "Expiration": {"Days": 1}}, "MalformedXML"),
    ({"Filter": {"Tag": {"Key": "a", "Value": "b"}}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}, "InvalidRequest"),
    ({"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}, "NotImplemented")])
def test_what_is_no_configuration(s3, bucket, bad, code):
    with refused(code):
        configure(s3, bucket, rule(**bad))


def test_a_rule_twice(s3, bucket):
    with refused("InvalidArgument", 400, "Rule ID must be unique"):
        configure(s3, bucket, rule(Expiration={"Days": 1}), rule(Expiration={"Days": 2}))


@pytest.fixture(scope="module")
def quiet():
    """A server of this story's own: its clock moves."""
    with harness.Server() as server:
        yield server


def keys(s3, bucket):
    return [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def versions(s3, bucket):
    page = s3.list_object_versions(Bucket=bucket)
    return len(page.get("Versions", [])), len(page.get("DeleteMarkers", []))


def test_objects_expire(quiet):
    s3 = quiet.client("s3")
    s3.create_bucket(Bucket="plain")
    for key, body, tags in [("logs/a", b"x", ""), ("logs/b", b"x", "keep=no"), ("other", b"x", ""), ("tagged", b"x", "keep=no"), ("large", b"x" * 200, "")]:
        s3.put_object(Bucket="plain", Key=key, Body=body, Tagging=tags)
    upload = s3.create_multipart_upload(Bucket="plain", Key="upload")["UploadId"]
    s3.upload_part(Bucket="plain", Key="upload", UploadId=upload, PartNumber=1, Body=b"part")
    configure(s3, "plain", rule("logs", Prefix="logs/", Expiration={"Days": 1}), rule("tag", Filter={"Tag": {"Key": "keep", "Value": "no"}}, Expiration={"Days": 4}),
              rule("large", Filter={"ObjectSizeGreaterThan": 199}, Expiration={"Days": 8}), rule("uploads", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 4}))
    quiet.advance(3600)
    time.sleep(0.3)
    assert len(keys(s3, "plain")) == 5
    quiet.advance(2 * DAY)
    until(lambda: keys(s3, "plain") == ["large", "other", "tagged"])
    assert s3.list_multipart_uploads(Bucket="plain").get("Uploads")
    quiet.advance(3 * DAY)
    until(lambda: keys(s3, "plain") == ["large", "other"] and not s3.list_multipart_uploads(Bucket="plain").get("Uploads"))
    quiet.advance(5 * DAY)
    until(lambda: keys(s3, "plain") == ["other"])
    quiet.advance(100 * DAY)
    time.sleep(0.3)
    assert keys(s3, "plain") == ["other"]


def test_versions_expire(quiet):
    s3 = quiet.client("s3")
    s3.create_bucket(Bucket="versioned")
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    for i in range(6):
        s3.put_object(Bucket="versioned", Key="k", Body=b"%d" % i)
    configure(s3, "versioned", rule("old", NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 2}))
    quiet.advance(3 * DAY)
    until(lambda: versions(s3, "versioned") == (3, 0))
    assert s3.get_object(Bucket="versioned", Key="k")["Body"].read() == b"5"
    configure(s3, "versioned", rule("now", Expiration={"Days": 1}))
    quiet.advance(2 * DAY)
    until(lambda: versions(s3, "versioned") == (3, 1))
    configure(s3, "versioned", rule("old", NoncurrentVersionExpiration={"NoncurrentDays": 1}), rule("marker", Expiration={"ExpiredObjectDeleteMarker": True}))
    quiet.advance(3 * DAY)
    until(lambda: versions(s3, "versioned") == (0, 0))
    s3.delete_bucket(Bucket="versioned")


def test_what_is_locked_stays(quiet):
    s3 = quiet.client("s3")
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    held = s3.put_object(Bucket="locked", Key="k", Body=b"held", ObjectLockLegalHoldStatus="ON")["VersionId"]
    s3.put_object(Bucket="locked", Key="k", Body=b"new")
    s3.put_object(Bucket="locked", Key="k", Body=b"newer")
    configure(s3, "locked", rule("old", NoncurrentVersionExpiration={"NoncurrentDays": 1}))
    quiet.advance(3 * DAY)
    until(lambda: versions(s3, "locked") == (2, 0))
    assert s3.get_object(Bucket="locked", Key="k", VersionId=held)["Body"].read() == b"held"
