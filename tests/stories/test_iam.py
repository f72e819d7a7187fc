"""IAM: users, access keys and policies, and that each takes effect at once."""
import json

import pytest
from checks import refused
from conftest import unique

ALLOW_LIST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}


def test_users(iam):
    name = unique("u")
    made = iam.create_user(UserName=name, Path="/team/")["User"]
    assert made["Arn"] == f"arn:aws:iam::123456789012:user/team/{name}" and made["UserId"].startswith("AIDA")
    assert iam.get_user(UserName=name)["User"]["UserId"] == made["UserId"]
    with refused("EntityAlreadyExists", 409, f"User with name {name} already exists."):
        iam.create_user(UserName=name)
    assert [u["UserName"] for u in iam.list_users(PathPrefix="/team/")["Users"] if u["UserName"] == name] == [name]
    iam.update_user(UserName=name, NewUserName=name + "2")
    with refused("NoSuchEntity", 404, f"The user with name {name} cannot be found."):
        iam.get_user(UserName=name)
    iam.delete_user(UserName=name + "2")
    with refused("NoSuchEntity", 404):
        iam.delete_user(UserName=name + "2")


def test_listing_users_pages(iam):
    names = {iam.create_user(UserName=unique("page"), Path="/pages/")["User"]["UserName"] for _ in range(5)}
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix="/pages/", PaginationConfig={"PageSize": 2}))
    assert {u["UserName"] for page in pages for u in page["Users"]} == names and len(pages) == 3


def test_access_keys(iam, server, user):
    theirs = server.client("sts", user.access_key, user.secret_key)
    assert theirs.get_caller_identity()["Arn"] == user.arn
    second = iam.create_access_key(UserName=user.name)["AccessKey"]
    assert second["AccessKeyId"].startswith("AKIA") and len(second["SecretAccessKey"]) == 40
    with refused("LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2"):
        iam.create_access_key(UserName=user.name)
    assert len(iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"]) == 2
    with refused("DeleteConflict", 409, "must delete access keys first"):
        iam.delete_user(UserName=user.name)
    iam.update_access_key(UserName=user.name, AccessKeyId=user.access_key, Status="Inactive")
    with refused("InvalidClientTokenId", 403):
        theirs.get_caller_identity()
    iam.update_access_key(UserName=user.name, AccessKeyId=user.access_key, Status="Active")
    theirs.get_caller_identity()
    iam.delete_access_key(UserName=user.name, AccessKeyId=user.access_key)
    with refused("InvalidClientTokenId", 403):
        theirs.get_caller_identity()
    other = server.client("s3", user.access_key, user.secret_key)
    with refused("InvalidAccessKeyId", 403):
        other.list_buckets()


def test_a_managed_policy(iam, user):
    name = unique("p")
    policy = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(ALLOW_LIST), Description="d")["Policy"]
    arn = policy["Arn"]
    assert arn == f"arn:aws:iam::123456789012:policy/{name}" and policy["DefaultVersionId"] == "v1"
    theirs = user.client("s3")
    with refused("AccessDenied", 403):
        theirs.list_buckets()
    iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    theirs.list_buckets()
    assert iam.list_attached_user_policies(UserName=user.name)["AttachedPolicies"] == [{"PolicyName": name, "PolicyArn": arn}]
    assert [u["UserName"] for u in iam.list_entities_for_policy(PolicyArn=arn)["PolicyUsers"]] == [user.name]
    denied = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
    assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(denied), SetAsDefault=True)["PolicyVersion"]["VersionId"] == "v2"
    with refused("AccessDenied", 403, "explicit deny in an identity-based policy"):
        theirs.list_buckets()
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    theirs.list_buckets()
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"] == denied
    with refused("DeleteConflict", 409):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.detach_user_policy(UserName=user.name, PolicyArn=arn)
    with refused("AccessDenied", 403):
        theirs.list_buckets()
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", 404, f"Policy {arn} was not found."):
        iam.get_policy(PolicyArn=arn)


def test_an_inline_policy(iam, user):
    theirs = user.client("s3")
    iam.put_user_policy(UserName=user.name, PolicyName="list", PolicyDocument=json.dumps(ALLOW_LIST))
    theirs.list_buckets()
    assert iam.list_user_policies(UserName=user.name)["PolicyNames"] == ["list"]
    assert iam.get_user_policy(UserName=user.name, PolicyName="list")["PolicyDocument"] == ALLOW_LIST
    iam.delete_user_policy(UserName=user.name, PolicyName="list")
    with refused("AccessDenied", 403):
        theirs.list_buckets()


def test_aws_managed_policies(iam, user):
    assert "AdministratorAccess" in [p["PolicyName"] for p in iam.list_policies(Scope="AWS")["Policies"]]
    iam.attach_user_policy(UserName=user.name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    user.client("s3").list_buckets()
    user.client("iam").list_users()


@pytest.mark.parametrize("text, message", [
    ("{", "Syntax errors in policy."),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*"}]}', "Policy statement must contain actions."),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"x","Resource":"*"}]}', "must be prefaced by a vendor"),
    ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"bucket"}]}', "must be in ARN format"),
])
def test_a_malformed_policy_is_refused(iam, user, text, message):
    with refused("MalformedPolicyDocument", 400, message):
        iam.put_user_policy(UserName=user.name, PolicyName="p", PolicyDocument=text)


def test_refusals_name_who_and_what(user):
    with refused("AccessDenied", 403) as refusal:
        user.client("iam").create_user(UserName="x")
    assert refusal.message == (f"User: {user.arn} is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::123456789012:user/x "
                               "because no identity-based policy allows the iam:CreateUser action")
    with refused("AccessDenied", 403) as refusal:
        user.client("s3").create_bucket(Bucket=unique("b"))
    assert f"User: {user.arn} is not authorized to perform: s3:CreateBucket on resource" in refusal.message
    assert "because no identity-based policy allows the s3:CreateBucket action" in refusal.message


def test_a_missing_object_is_told_only_to_who_may_list(s3, bucket, user):
    user.allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    theirs = user.client("s3")
    with refused("AccessDenied", 403):
        theirs.get_object(Bucket=bucket, Key="missing")
    user.allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", name="list")
    with refused("NoSuchKey", 404):
        theirs.get_object(Bucket=bucket, Key="missing")


def test_the_root_user(iam, server):
    me = server.client("sts").get_caller_identity()
    assert (me["Account"], me["Arn"]) == ("123456789012", "arn:aws:iam::123456789012:root")
    assert iam.get_user()["User"]["Arn"] == "arn:aws:iam::123456789012:root"


def test_a_wrong_secret(server):
    for service, code in [("s3", "SignatureDoesNotMatch"), ("kms", "InvalidSignatureException"), ("iam", "SignatureDoesNotMatch")]:
        client = server.client(service, server.access_key, "wrong" * 8)
        with refused(code):
            {"s3": lambda: client.list_buckets(), "kms": lambda: client.list_keys(), "iam": lambda: client.list_users()}[service]()
    for service, code in [("s3", "InvalidAccessKeyId"), ("kms", "UnrecognizedClientException"), ("iam", "InvalidClientTokenId")]:
        client = server.client(service, "AKIAQ3EGRAAAAAAAAAAA", "wrong" * 8)
        with refused(code):
            {"s3": lambda: client.list_buckets(), "kms": lambda: client.list_keys(), "iam": lambda: client.list_users()}[service]()


def test_tags_of_users_and_policies(iam, user):
    iam.tag_user(UserName=user.name, Tags=[{"Key": "team", "Value": "red"}, {"Key": "b", "Value": ""}])
    iam.tag_user(UserName=user.name, Tags=[{"Key": "TEAM", "Value": "blue"}])
    assert iam.list_user_tags(UserName=user.name)["Tags"] == [{"Key": "TEAM", "Value": "blue"}, {"Key": "b", "Value": ""}]
    user.allow("s3:ListAllMyBuckets", condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})
    user.client("s3").list_buckets()
    iam.untag_user(UserName=user.name, TagKeys=["team"])
    with refused("AccessDenied", 403):
        user.client("s3").list_buckets()
    arn = iam.create_policy(PolicyName=unique("tagged"), PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))["Policy"]["Arn"]
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}] == iam.get_policy(PolicyArn=arn)["Policy"]["Tags"]
    iam.untag_policy(PolicyArn=arn, TagKeys=["k"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == []
    with refused("NoSuchEntity", 404):
        iam.list_user_tags(UserName="nobody")


def test_a_boundary_bounds(iam, user):
    arn = iam.create_policy(PolicyName=unique("boundary"), PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))["Policy"]["Arn"]
    user.allow("*")
    user.client("kms").list_keys()
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=arn)
    assert iam.get_user(UserName=user.name)["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    user.client("s3").list_buckets()
    with refused("AccessDeniedException", 400, "no permissions boundary allows the kms:ListKeys action"):
        user.client("kms").list_keys()
    with refused("DeleteConflict", 409):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_user_permissions_boundary(UserName=user.name)
    user.client("kms").list_keys()
    with refused("NoSuchEntity", 404):
        iam.delete_user_permissions_boundary(UserName=user.name)
    with refused("NoSuchEntity", 404):
        iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary="arn:aws:iam::123456789012:policy/none")


def test_the_summary_counts(iam, user):
    before = iam.get_account_summary()["SummaryMap"]
    name = unique("group")
    iam.create_group(GroupName=name)
    after = iam.get_account_summary()["SummaryMap"]
    assert after["Groups"] == before["Groups"] + 1 and after["Users"] >= 1 and after["GroupsQuota"] == 300


def test_an_access_key_tells_its_account(server, user):
    sts = server.client("sts")
    assert sts.get_access_key_info(AccessKeyId=user.access_key)["Account"] == "123456789012"
    with refused("ValidationError", 400):
        sts.get_access_key_info(AccessKeyId="not-a-key-of-any-kind")
