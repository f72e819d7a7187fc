"""Object Lock: what is locked stays, for whoever asks, until its time is over."""
from datetime import datetime, timedelta, timezone

import harness
import pytest
from checks import refused
from conftest import unique

PROTECTED = "Access Denied because object protected by object lock."


@pytest.fixture
def locked(s3):
    name = unique("locked")
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def later(days=1):
    return (datetime.now(timezone.utc) + timedelta(days=days)).replace(microsecond=0)


def put(s3, bucket, key="k", **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=b"x", **more)["VersionId"]


def retain(s3, bucket, version, mode, until, key="k", **more):
    s3.put_object_retention(Bucket=bucket, Key=key, VersionId=version, Retention={"Mode": mode, "RetainUntilDate": until} if mode else {}, **more)


def test_the_configuration(s3, bucket, locked):
    with refused("ObjectLockConfigurationNotFoundError", 404):
        s3.get_object_lock_configuration(Bucket=bucket)
    with refused("InvalidBucketState", 409):
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled", "Rule": rule}
    assert s3.get_object_lock_configuration(Bucket=locked)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}
    assert s3.get_bucket_versioning(Bucket=locked)["Status"] == "Enabled"
    with refused("InvalidBucketState", 409):
        s3.put_bucket_versioning(Bucket=locked, VersioningConfiguration={"Status": "Suspended"})
    for bad, code in [({"Mode": "GOVERNANCE"}, "MalformedXML"), ({"Mode": "GOVERNANCE", "Days": 1, "Years": 1}, "MalformedXML"),
                      ({"Mode": "GOVERNANCE", "Days": 0}, "InvalidArgument"), ({"Mode": "COMPLIANCE", "Years": 101}, "InvalidArgument")]:
        with refused(code, 400):
            s3.put_object_lock_configuration(Bucket=locked, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": bad}})


def test_a_bucket_without_it(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("InvalidRequest", 400, "Bucket is missing Object Lock Configuration"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ObjectLockLegalHoldStatus="ON")
    for call in (lambda: s3.put_object_legal_hold(Bucket=bucket, Key="k", LegalHold={"Status": "ON"}),
                 lambda: s3.get_object_retention(Bucket=bucket, Key="k")):
        with refused("InvalidRequest", 400, "Bucket is missing Object Lock Configuration"):
            call()


def test_compliance_binds_everybody(s3, locked):
    until = later()
    version = put(s3, locked, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)
    got = s3.head_object(Bucket=locked, Key="k")
    assert (got["ObjectLockMode"], got["ObjectLockRetainUntilDate"]) == ("COMPLIANCE", until)
    assert s3.get_object_retention(Bucket=locked, Key="k")["Retention"] == {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    for bypass in (False, True):
        with refused("AccessDenied", 403, PROTECTED):
            s3.delete_object(Bucket=locked, Key="k", VersionId=version, BypassGovernanceRetention=bypass)
        for mode, date in (("COMPLIANCE", later(0.5)), ("GOVERNANCE", later(3)), (None, None)):
            with refused("AccessDenied", 403, PROTECTED):
                retain(s3, locked, version, mode, date, BypassGovernanceRetention=bypass)
    retain(s3, locked, version, "COMPLIANCE", later(2))
    answer = s3.delete_objects(Bucket=locked, Delete={"Objects": [{"Key": "k", "VersionId": version}]}, BypassGovernanceRetention=True)
    assert answer["Errors"][0]["Code"] == "AccessDenied" and "Deleted" not in answer
    assert s3.delete_object(Bucket=locked, Key="k")["DeleteMarker"]
    assert s3.get_object(Bucket=locked, Key="k", VersionId=version)["Body"].read() == b"x"


def test_governance_gives_way_to_who_may(s3, locked, user):
    version = put(s3, locked, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=later())
    user.allow(["s3:DeleteObject*", "s3:PutObjectRetention"], f"arn:aws:s3:::{locked}/*")
    mine = user.client("s3")
    with refused("AccessDenied", 403, PROTECTED):
        s3.delete_object(Bucket=locked, Key="k", VersionId=version)
    with refused("AccessDenied", 403, "s3:BypassGovernanceRetention"):
        mine.delete_object(Bucket=locked, Key="k", VersionId=version, BypassGovernanceRetention=True)
    with refused("AccessDenied", 403, PROTECTED):
        retain(mine, locked, version, "GOVERNANCE", later(0.5))
    retain(mine, locked, version, "GOVERNANCE", later(2))
    retain(s3, locked, version, None, None, BypassGovernanceRetention=True)
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_retention(Bucket=locked, Key="k")
    retain(s3, locked, version, "GOVERNANCE", later(2))
    s3.delete_object(Bucket=locked, Key="k", VersionId=version, BypassGovernanceRetention=True)
    with refused("404", 404):
        s3.head_object(Bucket=locked, Key="k")


def test_a_legal_hold(s3, locked, user):
    version = put(s3, locked)
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_legal_hold(Bucket=locked, Key="k")
    s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "ON"})
    assert s3.get_object_legal_hold(Bucket=locked, Key="k")["LegalHold"] == {"Status": "ON"}
    assert s3.head_object(Bucket=locked, Key="k")["ObjectLockLegalHoldStatus"] == "ON"
    with refused("AccessDenied", 403, PROTECTED):
        s3.delete_object(Bucket=locked, Key="k", VersionId=version, BypassGovernanceRetention=True)
    user.allow("s3:GetObject", f"arn:aws:s3:::{locked}/*")
    assert "ObjectLockLegalHoldStatus" not in user.client("s3").head_object(Bucket=locked, Key="k")
    s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "OFF"})
    assert s3.get_object_legal_hold(Bucket=locked, Key="k")["LegalHold"] == {"Status": "OFF"}
    s3.delete_object(Bucket=locked, Key="k", VersionId=version)


def test_rights_and_conditions(s3, locked, user):
    user.allow("s3:PutObject", f"arn:aws:s3:::{locked}/*")
    mine = user.client("s3")
    with refused("AccessDenied", 403, "s3:PutObjectRetention"):
        put(mine, locked, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=later())
    with refused("AccessDenied", 403, "s3:PutObjectLegalHold"):
        put(mine, locked, ObjectLockLegalHoldStatus="ON")
    user.allow(["s3:PutObjectRetention"], f"arn:aws:s3:::{locked}/*", name="retain",
               condition={"NumericLessThan": {"s3:object-lock-remaining-retention-days": "10"}, "StringEquals": {"s3:object-lock-mode": "GOVERNANCE"}})
    version = put(mine, locked, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=later(5))
    with refused("AccessDenied", 403):
        retain(mine, locked, version, "GOVERNANCE", later(20))
    with refused("AccessDenied", 403):
        retain(mine, locked, version, "COMPLIANCE", later(5))


@pytest.mark.parametrize("headers, code", [({"ObjectLockMode": "GOVERNANCE"}, "InvalidArgument"), ({"ObjectLockRetainUntilDate": later()}, "InvalidArgument"),
                                           ({"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": later(-1)}, "InvalidArgument"),
                                           ({"ObjectLockMode": "NONE", "ObjectLockRetainUntilDate": later()}, "InvalidArgument"),
                                           ({"ObjectLockLegalHoldStatus": "MAYBE"}, "InvalidArgument")])
def test_what_is_no_lock(s3, locked, headers, code):
    with refused(code, 400):
        put(s3, locked, **headers)


def test_default_retention_and_its_end():
    with harness.Server() as server:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
        s3.put_object_lock_configuration(Bucket="locked", ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}})
        versions = [put(s3, "locked")]
        upload = s3.create_multipart_upload(Bucket="locked", Key="k")["UploadId"]
        part = s3.upload_part(Bucket="locked", Key="k", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
        done = s3.complete_multipart_upload(Bucket="locked", Key="k", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
        versions.append(done["VersionId"])
        versions.append(s3.copy_object(Bucket="locked", Key="k", CopySource={"Bucket": "locked", "Key": "k"}, MetadataDirective="REPLACE")["VersionId"])
        for version in versions:
            assert s3.head_object(Bucket="locked", Key="k", VersionId=version)["ObjectLockMode"] == "COMPLIANCE"
            with refused("AccessDenied", 403, PROTECTED):
                s3.delete_object(Bucket="locked", Key="k", VersionId=version)
        server.restart()
        with refused("AccessDenied", 403, PROTECTED):
            s3.delete_object(Bucket="locked", Key="k", VersionId=versions[0])
        server.advance(24 * 3600 + 60)
        for version in versions:
            s3.delete_object(Bucket="locked", Key="k", VersionId=version)
        s3.delete_bucket(Bucket="locked")
