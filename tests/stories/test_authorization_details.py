"""GetAccountAuthorizationDetails: an account's entities with all of their policies, page by page."""
import json

import pytest
from checks import refused
from conftest import unique

READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}]}
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def made(iam):
    names = {kind: unique(kind) for kind in ("user", "group", "role", "policy")}
    arn = iam.create_policy(PolicyName=names["policy"], PolicyDocument=json.dumps(ALLOW), Description="all of S3")["Policy"]["Arn"]
    deny = json.dumps(ALLOW).replace("Allow", "Deny")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=deny)
    iam.create_user(UserName=names["user"], Path="/people/", PermissionsBoundary=READ, Tags=[{"Key": "team", "Value": "red"}])
    iam.put_user_policy(UserName=names["user"], PolicyName="own", PolicyDocument=json.dumps(ALLOW))
    iam.attach_user_policy(UserName=names["user"], PolicyArn=arn)
    iam.create_group(GroupName=names["group"])
    iam.attach_group_policy(GroupName=names["group"], PolicyArn=READ)
    iam.add_user_to_group(GroupName=names["group"], UserName=names["user"])
    iam.create_role(RoleName=names["role"], AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName=names["role"], PolicyName="own", PolicyDocument=json.dumps(ALLOW))
    return {**names, "arn": arn}


def whole(iam, size=None, **more):
    out = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    for page in iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": size} if size else {}, **more):
        assert size is None or sum(len(page.get(name, [])) for name in out) <= size
        for name, found in out.items():
            found += page.get(name, [])
    return out


def test_every_entity_with_its_policies(iam, made):
    details = whole(iam)
    [user] = [u for u in details["UserDetailList"] if u["UserName"] == made["user"]]
    assert user["Path"] == "/people/" and user["GroupList"] == [made["group"]] and user["Tags"] == [{"Key": "team", "Value": "red"}]
    assert user["UserPolicyList"] == [{"PolicyName": "own", "PolicyDocument": ALLOW}]
    assert user["AttachedManagedPolicies"] == [{"PolicyName": made["policy"], "PolicyArn": made["arn"]}]
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ
    [group] = [g for g in details["GroupDetailList"] if g["GroupName"] == made["group"]]
    assert group["GroupPolicyList"] == [] and group["AttachedManagedPolicies"] == [{"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": READ}]
    [role] = [r for r in details["RoleDetailList"] if r["RoleName"] == made["role"]]
    assert role["AssumeRolePolicyDocument"] == TRUST and role["InstanceProfileList"] == []
    assert role["RolePolicyList"] == [{"PolicyName": "own", "PolicyDocument": ALLOW}]
    [policy] = [p for p in details["Policies"] if p["Arn"] == made["arn"]]
    assert policy["AttachmentCount"] == 1 and policy["DefaultVersionId"] == "v1" and policy["Description"] == "all of S3"
    assert {v["VersionId"]: v["IsDefaultVersion"] for v in policy["PolicyVersionList"]} == {"v1": True, "v2": False}
    assert next(v for v in policy["PolicyVersionList"] if v["VersionId"] == "v1")["Document"] == ALLOW
    [aws] = [p for p in details["Policies"] if p["Arn"] == READ]
    assert aws["PolicyVersionList"][0]["Document"]["Statement"]


def test_pages_and_filters(iam, made):
    details = whole(iam)
    assert whole(iam, size=2) == details
    for name, kinds in [("UserDetailList", ["User"]), ("GroupDetailList", ["Group"]), ("RoleDetailList", ["Role"]),
                        ("Policies", ["LocalManagedPolicy", "AWSManagedPolicy"])]:
        some = whole(iam, size=3, Filter=kinds)
        assert some[name] == details[name] and not any(found for other, found in some.items() if other != name)
    local = whole(iam, Filter=["LocalManagedPolicy"])["Policies"]
    assert made["arn"] in [p["Arn"] for p in local] and READ not in [p["Arn"] for p in local]


def test_refusals(server, iam, made):
    with refused("ValidationError", 400):
        iam.get_account_authorization_details(Filter=["Everything"])
    with refused("ValidationError", 400):
        iam.get_account_authorization_details(Marker="?")
    key = iam.create_access_key(UserName=made["user"])["AccessKey"]
    with refused("AccessDenied", 403):
        server.client("iam", key["AccessKeyId"], key["SecretAccessKey"]).get_account_authorization_details()


def test_a_role_described_the_old_way(iam, made):
    assert iam.update_role_description(RoleName=made["role"], Description="for readers")["Role"]["Description"] == "for readers"
    assert iam.get_role(RoleName=made["role"])["Role"]["Description"] == "for readers"
