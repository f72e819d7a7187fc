"""Who may be let in by a bucket's policy: Block Public Access, policy status, anonymous requests; ownership and ACLs."""
import json
from contextlib import nullcontext

import pytest
from botocore import UNSIGNED
from checks import refused
from wire import send

ALL = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def block(s3, bucket, **on):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=on)


def public(bucket, action="s3:GetObject", **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": action,
                                                               "Resource": f"arn:aws:s3:::{bucket}/*", **more}]})


def test_the_configuration(s3, bucket, user):
    def of():
        return s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert of() == dict.fromkeys(ALL, True)
    block(s3, bucket, BlockPublicPolicy=True)
    assert of() == {**dict.fromkeys(ALL, False), "BlockPublicPolicy": True}
    for call, action in [(user.client("s3").get_public_access_block, "s3:GetBucketPublicAccessBlock"),
                         (user.client("s3").delete_public_access_block, "s3:PutBucketPublicAccessBlock")]:
        with refused("AccessDenied", 403, action):
            call(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        of()


def test_anonymous_requests_are_judged_by_the_policy(s3, server, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("AccessDenied", 403, "BlockPublicPolicy"):
        s3.put_bucket_policy(Bucket=bucket, Policy=public(bucket))
    assert send(server, "GET", f"/{bucket}/k").code == "AccessDenied"
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public(bucket))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": True}
    answer = send(server, "GET", f"/{bucket}/k")
    assert (answer.status, answer.body) == (200, b"x")
    stranger = server.client("s3", signature_version=UNSIGNED)
    assert stranger.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    for refused_call in (lambda: stranger.list_objects_v2(Bucket=bucket), lambda: stranger.put_object(Bucket=bucket, Key="k", Body=b"y"),
                         lambda: stranger.get_object(Bucket=bucket, Key="none"), lambda: stranger.get_object_tagging(Bucket=bucket, Key="k")):
        with refused("AccessDenied", 403):
            refused_call()
    block(s3, bucket, RestrictPublicBuckets=True)
    with refused("AccessDenied", 403):
        stranger.get_object(Bucket=bucket, Key="k")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_a_narrow_policy_is_not_public(s3, server, bucket):
    s3.put_bucket_policy(Bucket=bucket, Policy=public(bucket, Condition={"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}}))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": False}
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert send(server, "GET", f"/{bucket}/k").status == 200


def test_ownership(s3, bucket):
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    for other in ("ObjectWriter", "BucketOwnerPreferred"):
        with refused("NotImplemented", 501):
            s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": other}]})
    with refused("MalformedXML", 400):
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "Nobody"}]})
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    with refused("OwnershipControlsNotFoundError", 404):
        s3.get_bucket_ownership_controls(Bucket=bucket)
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]


def test_acls_say_who_owns_and_nothing_else(s3, bucket, user):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="bucket-owner-full-control")
    owner = s3.list_buckets()["Owner"]["ID"]
    whole = [{"Grantee": {"ID": owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]
    for answer in (s3.get_bucket_acl(Bucket=bucket), s3.get_object_acl(Bucket=bucket, Key="k")):
        assert answer["Owner"] == {"ID": owner} and answer["Grants"] == whole
    with refused("NoSuchKey", 404):
        s3.get_object_acl(Bucket=bucket, Key="none")
    for acl in ("private", "public-read"):
        with refused("AccessControlListNotSupported", 400, "The bucket does not allow ACLs"):
            s3.put_bucket_acl(Bucket=bucket, ACL=acl)
        with refused("AccessControlListNotSupported", 400):
            s3.put_object_acl(Bucket=bucket, Key="k", ACL=acl)
    everybody = [{"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}]
    for grants, code in [(whole, None), (everybody, "AccessControlListNotSupported"), (whole * 2, "AccessControlListNotSupported")]:
        for call, more in [(s3.put_bucket_acl, {}), (s3.put_object_acl, {"Key": "k"})]:
            with refused(code, 400) if code else nullcontext():
                call(Bucket=bucket, AccessControlPolicy={"Owner": {"ID": owner}, "Grants": grants}, **more)
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="bucket-owner-full-control")
    user.allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*")
    with refused("AccessDenied", 403, "s3:PutObjectAcl"):
        user.client("s3").put_object_acl(Bucket=bucket, Key="k", ACL="bucket-owner-full-control")


@pytest.mark.parametrize("name, more", [("get_bucket_cors", {}), ("get_bucket_acl", {}), ("get_object_tagging", {"Key": "k"}),
                                        ("delete_object", {"Key": "k"}), ("get_object", {"Key": "k"}), ("put_bucket_tagging", {"Tagging": {"TagSet": []}}),
                                        ("delete_public_access_block", {}), ("list_bucket_inventory_configurations", {})])
def test_another_owner_was_expected(s3, bucket, name, more):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("AccessDenied", 403):
        getattr(s3, name)(Bucket=bucket, ExpectedBucketOwner="999999999999", **more)
    with refused("InvalidBucketOwnerAWSAccountID", 400):
        getattr(s3, name)(Bucket=bucket, ExpectedBucketOwner="nobody", **more)
    with refused("AccessDenied", 403):
        s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"}, ExpectedSourceBucketOwner="999999999999")
