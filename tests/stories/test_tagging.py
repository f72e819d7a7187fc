"""Tags of objects and buckets: every way they come and go, per version, and what policies make of them."""
import json
from urllib.parse import urlencode

import pytest
from checks import refused
from conftest import unique
from test_post_object import allowing, post


def tags(**pairs):
    return {"TagSet": [{"Key": key, "Value": value} for key, value in pairs.items()]}


def of(s3, bucket, key="k", **more):
    return {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=bucket, Key=key, **more)["TagSet"]}


def test_of_an_object(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"m": "1"}, Tagging="a=1&b%20c=%C3%A9&d")["ETag"]
    assert of(s3, bucket) == {"a": "1", "b c": "é", "d": ""}
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["TagCount"] == 3 and got["Metadata"] == {"m": "1"} and s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 3
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags(e="2"))
    after = s3.get_object(Bucket=bucket, Key="k")
    assert of(s3, bucket) == {"e": "2"} and after["TagCount"] == 1 and after["Body"].read() == b"x"
    assert (after["ETag"], after["LastModified"], after["Metadata"]) == (etag, got["LastModified"], {"m": "1"})
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert of(s3, bucket) == {} and "TagCount" not in s3.get_object(Bucket=bucket, Key="k")
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": []})
    for call in (s3.get_object_tagging, s3.delete_object_tagging):
        with refused("NoSuchKey", 404):
            call(Bucket=bucket, Key="none")
    with refused("NoSuchKey", 404):
        s3.put_object_tagging(Bucket=bucket, Key="none", Tagging=tags(a="b"))


def test_tags_as_large_as_they_may_be(s3, bucket):
    many = {f"{i}{'k' * 127}": "v" * 256 for i in range(10)}
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags(**many))
    assert of(s3, bucket) == many and s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags(a="b"))
    assert of(s3, bucket) == {"a": "b"}


@pytest.mark.parametrize("bad, code", [({"aws:x": "1"}, "InvalidTag"), ({"k" * 129: "1"}, "InvalidTag"), ({"k": "v" * 257}, "InvalidTag"),
                                       ({"k<": "1"}, "InvalidTag"), ({f"k{i}": "" for i in range(11)}, "BadRequest")])
def test_what_is_no_tag(s3, bucket, bad, code):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused(code, 400):
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags(**bad))
    with refused(code, 400):
        s3.put_object(Bucket=bucket, Key="k2", Body=b"x", Tagging=urlencode(bad))
    assert of(s3, bucket) == {}


def test_a_key_twice(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    twice = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}
    with refused("InvalidTag", 400, "Cannot provide multiple Tags with the same key"):
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=twice)
    with refused("InvalidArgument", 400, "without tag name duplicates"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&a=2")


def test_of_versions(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first, second = (s3.put_object(Bucket=bucket, Key="k", Body=body, Tagging=f"v={body.decode()}")["VersionId"] for body in (b"1", b"2"))
    assert of(s3, bucket) == {"v": "2"} and of(s3, bucket, VersionId=first) == {"v": "1"}
    answer = s3.put_object_tagging(Bucket=bucket, Key="k", VersionId=first, Tagging=tags(v="old"))
    assert answer["VersionId"] == first and of(s3, bucket, VersionId=first) == {"v": "old"} and of(s3, bucket) == {"v": "2"}
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=first)["Body"].read() == b"1"
    s3.delete_object(Bucket=bucket, Key="k", VersionId=second)
    assert of(s3, bucket) == {"v": "old"}
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    with refused("NoSuchKey", 404):
        s3.get_object_tagging(Bucket=bucket, Key="k")
    with refused("MethodNotAllowed", 405):
        s3.get_object_tagging(Bucket=bucket, Key="k", VersionId=marker)


def test_copies_and_uploads(s3, bucket, key_arn):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)
    source = {"Bucket": bucket, "Key": "k"}
    s3.copy_object(Bucket=bucket, Key="copied", CopySource=source)
    s3.copy_object(Bucket=bucket, Key="replaced", CopySource=source, TaggingDirective="REPLACE", Tagging="b=2")
    s3.copy_object(Bucket=bucket, Key="bare", CopySource=source, TaggingDirective="REPLACE")
    assert [of(s3, bucket, key) for key in ("copied", "replaced", "bare")] == [{"a": "1"}, {"b": "2"}, {}]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="u", Tagging="c=3", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="u", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    s3.complete_multipart_upload(Bucket=bucket, Key="u", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
    assert of(s3, bucket, "u") == {"c": "3"}
    s3.put_object_tagging(Bucket=bucket, Key="u", Tagging=tags(d="4"))
    assert of(s3, bucket, "u") == {"d": "4"} and s3.get_object(Bucket=bucket, Key="u")["Body"].read() == b"part"


def test_of_a_form(s3, server, bucket):
    document = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"
    answer = post(server, bucket, allowing(server, bucket, {"key": "k", "tagging": document}))
    assert answer.status == 204, answer
    assert of(s3, bucket) == {"a": "1"}


def test_rights(s3, bucket, user):
    arn = f"arn:aws:s3:::{bucket}/*"
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1")
    mine = user.client("s3")
    user.allow(["s3:PutObject", "s3:GetObject"], arn)
    mine.put_object(Bucket=bucket, Key="plain", Body=b"x")
    with refused("AccessDenied", 403, "s3:PutObjectTagging"):
        mine.put_object(Bucket=bucket, Key="tagged", Body=b"x", Tagging="a=1")
    with refused("AccessDenied", 403, "s3:GetObjectTagging"):
        mine.copy_object(Bucket=bucket, Key="copied", CopySource={"Bucket": bucket, "Key": "k"})
    mine.copy_object(Bucket=bucket, Key="copied", CopySource={"Bucket": bucket, "Key": "k"}, TaggingDirective="REPLACE")
    assert "TagCount" not in mine.get_object(Bucket=bucket, Key="k")
    for call, action in [(mine.get_object_tagging, "s3:GetObjectTagging"), (mine.delete_object_tagging, "s3:DeleteObjectTagging")]:
        with refused("AccessDenied", 403, action):
            call(Bucket=bucket, Key="k")


def test_conditions_on_tags(s3, bucket, user):
    arn = f"arn:aws:s3:::{bucket}/*"
    for key, tag in (("open", "team=blue"), ("closed", "team=red"), ("bare", "")):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x", Tagging=tag)
    mine = user.client("s3")
    user.allow(["s3:GetObject", "s3:GetObjectTagging"], arn, condition={"StringEquals": {"s3:ExistingObjectTag/team": "blue"}})
    assert mine.get_object(Bucket=bucket, Key="open")["TagCount"] == 1 and of(mine, bucket, "open") == {"team": "blue"}
    for key in ("closed", "bare", "none"):
        for call in (mine.get_object, mine.get_object_tagging):
            with refused("AccessDenied", 403):
                call(Bucket=bucket, Key=key)
    user.allow(["s3:PutObject", "s3:PutObjectTagging"], arn, name="put", condition={
        "StringEquals": {"s3:RequestObjectTag/team": "blue"}, "ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["team", "size"]}})
    mine.put_object(Bucket=bucket, Key="new", Body=b"x", Tagging="team=blue&size=1")
    mine.put_object_tagging(Bucket=bucket, Key="new", Tagging=tags(team="blue"))
    for tagging in ("team=red", "size=1", "team=blue&other=1"):
        with refused("AccessDenied", 403):
            mine.put_object(Bucket=bucket, Key="new", Body=b"x", Tagging=tagging)
    with refused("AccessDenied", 403):
        mine.put_object(Bucket=bucket, Key="new", Body=b"x")


def test_a_bucket_policy_denies_by_tag(s3, bucket, user):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    user.allow("s3:*")
    mine = user.client("s3")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject*", "Resource": f"arn:aws:s3:::{bucket}/*",
         "Condition": {"StringEquals": {"s3:ExistingObjectTag/sealed": "yes"}}}]}))
    assert mine.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    mine.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags(sealed="yes"))
    for call in (mine.get_object, mine.get_object_tagging):
        with refused("AccessDenied", 403):
            call(Bucket=bucket, Key="k")
    with refused("AccessDenied", 403):
        mine.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    mine.delete_object_tagging(Bucket=bucket, Key="k")
    assert mine.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_of_a_bucket(s3, bucket, user):
    with refused("NoSuchTagSet", 404, "The TagSet does not exist"):
        s3.get_bucket_tagging(Bucket=bucket)
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tags(team="blue", cost="1"))
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "cost", "Value": "1"}, {"Key": "team", "Value": "blue"}]
    with refused("InvalidTag", 400):
        s3.put_bucket_tagging(Bucket=bucket, Tagging=tags(**{"aws:x": "1"}))
    with refused("AccessDenied", 403, "s3:PutBucketTagging"):
        user.client("s3").delete_bucket_tagging(Bucket=bucket)
    s3.delete_bucket_tagging(Bucket=bucket)
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)
    name = unique("tagged")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": [{"Key": "a", "Value": "1"}]})
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "a", "Value": "1"}]


# ---- Conditional deletions.

def test_a_deletion_that_depends_on_the_etag(s3, bucket, user):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    with refused("PreconditionFailed", 412):
        s3.delete_object(Bucket=bucket, Key="k", IfMatch='"other"')
    with refused("NoSuchKey", 404):
        s3.delete_object(Bucket=bucket, Key="none", IfMatch="*")
    user.allow("s3:DeleteObject", f"arn:aws:s3:::{bucket}/*")
    with refused("AccessDenied", 403, "s3:GetObject"):
        user.client("s3").delete_object(Bucket=bucket, Key="k", IfMatch=etag)
    s3.delete_object(Bucket=bucket, Key="k", IfMatch=etag)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    user.client("s3").delete_object(Bucket=bucket, Key="k", IfMatch="*")
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="k")


def test_deletions_that_depend_on_etags(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    etags = {key: s3.put_object(Bucket=bucket, Key=key, Body=key.encode())["ETag"] for key in ("a", "b")}
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a", "ETag": etags["a"]}, {"Key": "b", "ETag": etags["a"]}]})
    assert [done["Key"] for done in answer["Deleted"]] == ["a"] and answer["Deleted"][0]["DeleteMarker"]
    assert [(error["Key"], error["Code"]) for error in answer["Errors"]] == [("b", "PreconditionFailed")]
    with refused("NoSuchKey", 404):
        s3.delete_object(Bucket=bucket, Key="a", IfMatch=etags["a"])
