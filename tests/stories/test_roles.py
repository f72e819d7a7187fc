"""IAM: roles, their trust policies and their policies."""
import json

import pytest
from checks import refused
from conftest import unique

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trusting(principal, **more):
    return document({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **more})


@pytest.fixture
def role(iam):
    name = unique("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting("123456789012"))
    return name


def test_roles(iam):
    name = unique("role")
    made = iam.create_role(RoleName=name, Path="/team/", AssumeRolePolicyDocument=trusting("arn:aws:iam::123456789012:root"),
                           Description="d", Tags=[{"Key": "k", "Value": "v"}])["Role"]
    assert made["Arn"] == f"arn:aws:iam::123456789012:role/team/{name}" and made["RoleId"].startswith("AROA")
    assert "MaxSessionDuration" not in made and made["Tags"] == [{"Key": "k", "Value": "v"}]
    got = iam.get_role(RoleName=name)["Role"]
    assert got["MaxSessionDuration"] == 3600 and got["RoleLastUsed"] == {} and got["Description"] == "d"
    assert got["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    with refused("EntityAlreadyExists", 409, f"Role with name {name} already exists."):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting("123456789012"))
    iam.update_role(RoleName=name, Description="e", MaxSessionDuration=7200)
    listed = [r for r in iam.list_roles(PathPrefix="/team/")["Roles"] if r["RoleName"] == name]
    assert listed[0]["MaxSessionDuration"] == 7200 and "Tags" not in listed[0]
    iam.delete_role(RoleName=name)
    with refused("NoSuchEntity", 404, f"The role with name {name} cannot be found."):
        iam.get_role(RoleName=name)


def test_a_trust_policy_names_principals_that_exist(iam, role, user):
    with refused("MalformedPolicyDocument", 400, "Invalid principal in policy"):
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=trusting("arn:aws:iam::123456789012:user/nobody"))
    with refused("MalformedPolicyDocument", 400):
        iam.update_assume_role_policy(RoleName=role, PolicyDocument="{")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trusting(user.arn))
    shown = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"]["AWS"] == user.arn


def test_a_roles_policies(iam, role):
    rights = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    iam.put_role_policy(RoleName=role, PolicyName="rights", PolicyDocument=rights)
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["rights"]
    assert iam.get_role_policy(RoleName=role, PolicyName="rights")["PolicyDocument"] == json.loads(rights)
    iam.attach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR)
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert attached == [{"PolicyName": "AdministratorAccess", "PolicyArn": ADMINISTRATOR}]
    roles = iam.list_entities_for_policy(PolicyArn=ADMINISTRATOR, EntityFilter="Role")["PolicyRoles"]
    assert role in [r["RoleName"] for r in roles]
    with refused("DeleteConflict", 409, "must detach all policies first"):
        iam.delete_role(RoleName=role)
    iam.detach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR)
    with refused("DeleteConflict", 409, "must delete policies first"):
        iam.delete_role(RoleName=role)
    iam.delete_role_policy(RoleName=role, PolicyName="rights")
    with refused("NoSuchEntity", 404, "The role policy with name rights cannot be found."):
        iam.get_role_policy(RoleName=role, PolicyName="rights")
    iam.delete_role(RoleName=role)


def test_a_roles_tags(iam, role):
    iam.tag_role(RoleName=role, Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}])
    iam.tag_role(RoleName=role, Tags=[{"Key": "B", "Value": "3"}])
    assert {t["Key"]: t["Value"] for t in iam.list_role_tags(RoleName=role)["Tags"]} == {"B": "3", "a": "2"}
    iam.untag_role(RoleName=role, TagKeys=["a"])
    assert [t["Key"] for t in iam.list_role_tags(RoleName=role)["Tags"]] == ["B"]


def test_a_user_needs_the_right_to_make_roles(iam, server, user):
    theirs = server.client("iam", user.access_key, user.secret_key)
    with refused("AccessDenied", 403, "is not authorized to perform: iam:CreateRole"):
        theirs.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=trusting("123456789012"))
