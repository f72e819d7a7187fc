"""Groups: what they hold, and what they give to their users."""
import json

import pytest
from checks import refused
from conftest import unique


def allow(action):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


@pytest.fixture
def group(iam):
    name = unique("group")
    iam.create_group(GroupName=name)
    return name


def test_a_group_is_made_found_renamed_and_removed(iam):
    name, other = unique("Group"), unique("other")
    made = iam.create_group(GroupName=name, Path="/team/")["Group"]
    assert made["Arn"] == f"arn:aws:iam::123456789012:group/team/{name}" and made["GroupId"].startswith("AGPA")
    assert iam.get_group(GroupName=name.lower())["Group"] == made
    with refused("EntityAlreadyExists", 409, f"Group with name {name.upper()} already exists."):
        iam.create_group(GroupName=name.upper())
    assert [g["GroupName"] for g in iam.list_groups(PathPrefix="/team/")["Groups"]] == [name]
    iam.put_group_policy(GroupName=name, PolicyName="p", PolicyDocument=allow("s3:*"))
    iam.update_group(GroupName=name, NewGroupName=other, NewPath="/red/")
    with refused("NoSuchEntity", 404, f"The group with name {name} cannot be found."):
        iam.get_group(GroupName=name)
    assert iam.get_group(GroupName=other)["Group"]["Arn"] == f"arn:aws:iam::123456789012:group/red/{other}"
    assert iam.get_group_policy(GroupName=other, PolicyName="p")["PolicyDocument"] == json.loads(allow("s3:*"))
    with refused("DeleteConflict", 409, "must delete policies first"):
        iam.delete_group(GroupName=other)
    iam.delete_group_policy(GroupName=other, PolicyName="p")
    iam.delete_group(GroupName=other)
    with refused("NoSuchEntity", 404):
        iam.delete_group(GroupName=other)


def test_a_user_has_the_rights_of_its_groups(iam, group, user, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"body")
    get = lambda: user.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read()  # noqa: E731
    iam.put_group_policy(GroupName=group, PolicyName="read", PolicyDocument=allow("s3:GetObject"))
    with refused("AccessDenied", 403):
        get()
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    assert get() == b"body"
    assert [u["UserName"] for u in iam.get_group(GroupName=group)["Users"]] == [user.name]
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName=user.name)["Groups"]] == [group]
    iam.delete_group_policy(GroupName=group, PolicyName="read")
    with refused("AccessDenied", 403):
        get()
    iam.attach_group_policy(GroupName=group, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    assert get() == b"body"
    assert iam.list_attached_group_policies(GroupName=group)["AttachedPolicies"][0]["PolicyName"] == "AmazonS3ReadOnlyAccess"
    with refused("DeleteConflict", 409, "must remove users from group first"):
        iam.delete_group(GroupName=group)
    iam.remove_user_from_group(GroupName=group, UserName=user.name)
    with refused("AccessDenied", 403):
        get()
    assert iam.list_groups_for_user(UserName=user.name)["Groups"] == []


def test_a_managed_policy_of_a_group_changes_with_its_version(iam, group, user):
    arn = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=allow("kms:ListKeys"))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    user.client("kms").list_keys()
    assert [g["GroupName"] for g in iam.list_entities_for_policy(PolicyArn=arn)["PolicyGroups"]] == [group]
    assert iam.list_entities_for_policy(PolicyArn=arn, EntityFilter="User")["PolicyGroups"] == []
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"), SetAsDefault=True)
    with refused("AccessDeniedException", 400):
        user.client("kms").list_keys()
    with refused("DeleteConflict", 409):
        iam.delete_policy(PolicyArn=arn)


def test_a_deny_of_a_group_outweighs(iam, group, user):
    user.allow("kms:*")
    iam.put_group_policy(GroupName=group, PolicyName="no", PolicyDocument=allow("kms:ListKeys").replace("Allow", "Deny"))
    user.client("kms").list_keys()
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    with refused("AccessDeniedException", 400, "with an explicit deny in an identity-based policy"):
        user.client("kms").list_keys()


def test_a_user_in_a_group_is_not_removed(iam, group, make_user):
    user = make_user()
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    iam.delete_access_key(UserName=user.name, AccessKeyId=user.access_key)
    with refused("DeleteConflict", 409, "must remove users from group first"):
        iam.delete_user(UserName=user.name)
    iam.remove_user_from_group(GroupName=group, UserName=user.name)
    iam.delete_user(UserName=user.name)


def test_what_is_not_there(iam, group, user):
    with refused("NoSuchEntity", 404, "The group with name nobody cannot be found."):
        iam.add_user_to_group(GroupName="nobody", UserName=user.name)
    with refused("NoSuchEntity", 404, "The user with name nobody cannot be found."):
        iam.add_user_to_group(GroupName=group, UserName="nobody")
    with refused("NoSuchEntity", 404, "The group policy with name none cannot be found."):
        iam.get_group_policy(GroupName=group, PolicyName="none")
    with refused("ValidationError", 400):
        iam.create_group(GroupName="no/slash")
