"""The policy simulator: what policies would decide, told by the engine that decides."""
import json

import pytest
from checks import refused
from conftest import unique

PHOTOS = "arn:aws:s3:::photos/*"
# Its statements begin in lines 3 and 8.
TEXT = """{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::photos/*"
        }, {
            "Sid": "NoSecrets", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::photos/secret/*",
            "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms", "aws:username": "anna"}}
        }
    ]
}"""


def policy(effect="Allow", action="s3:*", resource="*", **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource, **more}]})


def decisions(answer):
    return [(r["EvalActionName"], r["EvalResourceName"], r["EvalDecision"]) for r in answer["EvaluationResults"]]


def only(answer):
    [result] = answer["EvaluationResults"]
    return result


@pytest.fixture
def user(iam):
    name = unique("simulated")
    return iam.create_user(UserName=name)["User"]


def test_what_texts_decide(iam):
    answer = iam.simulate_custom_policy(PolicyInputList=[policy(action="s3:GetObject", resource=PHOTOS), policy("Deny", resource="arn:aws:s3:::*/x")],
                                        ActionNames=["s3:GetObject", "s3:PutObject"],
                                        ResourceArns=["arn:aws:s3:::photos/a", "arn:aws:s3:::photos/x"])
    assert decisions(answer) == [("s3:GetObject", "arn:aws:s3:::photos/a", "allowed"), ("s3:GetObject", "arn:aws:s3:::photos/x", "explicitDeny"),
                                 ("s3:PutObject", "arn:aws:s3:::photos/a", "implicitDeny"), ("s3:PutObject", "arn:aws:s3:::photos/x", "explicitDeny")]
    assert not answer["IsTruncated"]
    assert decisions(iam.simulate_custom_policy(PolicyInputList=[policy(action="s3:List*")], ActionNames=["s3:ListAllMyBuckets"])) == [
        ("s3:ListAllMyBuckets", "*", "allowed")]


def test_which_statement_decides_and_where_it_stands(iam):
    def ask(key, **more):
        return only(iam.simulate_custom_policy(PolicyInputList=[policy(action="kms:*"), TEXT], ActionNames=["s3:GetObject"],
                                               ResourceArns=[f"arn:aws:s3:::photos/{key}"], **more))

    allowed = ask("a")
    assert allowed["EvalDecision"] == "allowed"
    assert allowed["MatchedStatements"] == [{"SourcePolicyId": "PolicyInputList.2", "SourcePolicyType": "IAM Policy",
                                             "StartPosition": {"Line": 3, "Column": 19}, "EndPosition": {"Line": 8, "Column": 10}}]
    assert allowed["MissingContextValues"] == ["aws:username", "s3:x-amz-server-side-encryption"]
    entries = [{"ContextKeyName": "s3:x-amz-server-side-encryption", "ContextKeyValues": ["AES256"], "ContextKeyType": "string"}]
    denied = ask("secret/a", ContextEntries=entries)
    assert denied["EvalDecision"] == "explicitDeny" and denied["MissingContextValues"] == ["aws:username"]
    [statement] = denied["MatchedStatements"]
    assert (statement["StartPosition"], statement["EndPosition"]) == ({"Line": 8, "Column": 11}, {"Line": 11, "Column": 10})
    entries[0]["ContextKeyValues"] = ["aws:kms"]
    assert ask("secret/a", ContextEntries=entries)["EvalDecision"] == "allowed"


def test_what_a_request_would_bring_is_missing_unless_given(iam):
    tls = policy("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    night = policy(Condition={"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}})
    ask = dict(PolicyInputList=[tls, night], ActionNames=["s3:GetObject"])
    result = only(iam.simulate_custom_policy(**ask))
    assert result["EvalDecision"] == "implicitDeny" and result["MissingContextValues"] == ["aws:CurrentTime", "aws:SecureTransport"]
    late = {"ContextKeyName": "aws:CurrentTime", "ContextKeyValues": ["2031-01-01T00:00:00Z"], "ContextKeyType": "date"}
    assert only(iam.simulate_custom_policy(**ask, ContextEntries=[late]))["EvalDecision"] == "allowed"
    plain = {"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": ["false"], "ContextKeyType": "boolean"}
    assert only(iam.simulate_custom_policy(**ask, ContextEntries=[late, plain]))["EvalDecision"] == "explicitDeny"


def test_a_principal_with_its_groups_and_boundary(iam, user):
    name, group = user["UserName"], unique("group")
    ask = dict(PolicySourceArn=user["Arn"], ActionNames=["s3:GetObject"], ResourceArns=[f"arn:aws:s3:::home/{name}/a"])
    assert only(iam.simulate_principal_policy(**ask))["EvalDecision"] == "implicitDeny"
    iam.create_group(GroupName=group)
    iam.put_group_policy(GroupName=group, PolicyName="own-home", PolicyDocument=policy(resource="arn:aws:s3:::home/${aws:username}/*"))
    iam.add_user_to_group(GroupName=group, UserName=name)
    result = only(iam.simulate_principal_policy(**ask))
    assert result["EvalDecision"] == "allowed" and result["MatchedStatements"][0]["SourcePolicyId"] == "own-home"
    assert "PermissionsBoundaryDecisionDetail" not in result
    narrow = policy(action="s3:List*")
    result = only(iam.simulate_principal_policy(**ask, PermissionsBoundaryPolicyInputList=[narrow]))
    assert (result["EvalDecision"], result["PermissionsBoundaryDecisionDetail"]) == ("implicitDeny", {"AllowedByPermissionsBoundary": False})
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    result = only(iam.simulate_principal_policy(**ask))
    assert (result["EvalDecision"], result["PermissionsBoundaryDecisionDetail"]) == ("allowed", {"AllowedByPermissionsBoundary": True})
    ask["ActionNames"] = ["s3:PutObject"]
    assert only(iam.simulate_principal_policy(**ask))["EvalDecision"] == "implicitDeny"
    # A group and a role can be asked about too; a group has no boundary.
    arn = iam.get_group(GroupName=group)["Group"]["Arn"]
    assert decisions(iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject"])) == [("s3:GetObject", "*", "implicitDeny")]
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
    role = iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=trust)["Role"]
    iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    result = only(iam.simulate_principal_policy(PolicySourceArn=role["Arn"], ActionNames=["kms:Decrypt"]))
    assert result["EvalDecision"] == "allowed" and result["MatchedStatements"][0]["SourcePolicyId"] == "AdministratorAccess"


def test_with_a_bucket_policy(iam, user):
    bucket_policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": user["Arn"]}, "Action": "s3:GetObject", "Resource": PHOTOS}]})
    ask = dict(ActionNames=["s3:GetObject", "s3:PutObject"], ResourceArns=["arn:aws:s3:::photos/a"], ResourcePolicy=bucket_policy)
    answer = iam.simulate_principal_policy(PolicySourceArn=user["Arn"], **ask)
    assert [d for *_, d in decisions(answer)] == ["allowed", "implicitDeny"]
    assert answer["EvaluationResults"][0]["MatchedStatements"][0]["SourcePolicyType"] == "Resource Policy"
    # From another account both sides must allow.
    other = "arn:aws:iam::999988887777:user/visitor"
    everybody = bucket_policy.replace(user["Arn"], "*")
    ask = dict(ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::photos/a"], ResourcePolicy=everybody, CallerArn=other,
               ResourceOwner="arn:aws:iam::123456789012:root")
    assert only(iam.simulate_custom_policy(PolicyInputList=[policy(action="kms:*")], **ask))["EvalDecision"] == "implicitDeny"
    assert only(iam.simulate_custom_policy(PolicyInputList=[policy()], **ask))["EvalDecision"] == "allowed"


def test_pages(iam):
    ask = dict(PolicyInputList=[policy()], ActionNames=[f"s3:Action{i}" for i in range(7)], ResourceArns=["arn:aws:s3:::a/k", "arn:aws:s3:::b/k"])
    pages = list(iam.get_paginator("simulate_custom_policy").paginate(**ask, PaginationConfig={"PageSize": 5}))
    assert [len(p["EvaluationResults"]) for p in pages] == [5, 5, 4]
    assert sum((decisions(p) for p in pages), []) == decisions(iam.simulate_custom_policy(**ask))


def test_context_keys(iam, user):
    texts = [TEXT, policy(resource="arn:aws:s3:::${aws:PrincipalTag/team}/*")]
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=texts)["ContextKeyNames"] == [
        "aws:principaltag/team", "aws:username", "s3:x-amz-server-side-encryption"]
    iam.put_user_policy(UserName=user["UserName"], PolicyName="p", PolicyDocument=policy(Condition={"Bool": {"aws:SecureTransport": "true"}}))
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=user["Arn"])["ContextKeyNames"] == ["aws:SecureTransport"]
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=user["Arn"], PolicyInputList=texts[1:])["ContextKeyNames"] == [
        "aws:SecureTransport", "aws:principaltag/team"]


def test_refusals(server, iam, user):
    with refused("InvalidInput", 400):
        iam.simulate_custom_policy(PolicyInputList=[policy()], ActionNames=["s3:Get*"])
    with refused("InvalidInput", 400):
        iam.simulate_custom_policy(PolicyInputList=["{}"], ActionNames=["s3:GetObject"])
    with refused("InvalidInput", 400):
        iam.simulate_custom_policy(PolicyInputList=[policy()], ActionNames=["s3:GetObject"] * 50, ResourceArns=["arn:aws:s3:::a/k"] * 50)
    with refused("InvalidInput", 400):
        iam.simulate_custom_policy(PolicyInputList=[policy()], ActionNames=["s3:GetObject"], CallerArn="arn:aws:sts::123456789012:assumed-role/r/s")
    with refused("NoSuchEntity", 404):
        iam.simulate_principal_policy(PolicySourceArn="arn:aws:iam::123456789012:user/nobody-at-all", ActionNames=["s3:GetObject"])
    key = iam.create_access_key(UserName=user["UserName"])["AccessKey"]
    theirs = server.client("iam", key["AccessKeyId"], key["SecretAccessKey"])
    with refused("AccessDenied", 403):
        theirs.simulate_principal_policy(PolicySourceArn=user["Arn"], ActionNames=["s3:GetObject"])
    iam.put_user_policy(UserName=user["UserName"], PolicyName="ask", PolicyDocument=policy(action="iam:Simulate*"))
    assert only(theirs.simulate_principal_policy(PolicySourceArn=user["Arn"], ActionNames=["iam:SimulateCustomPolicy"]))["EvalDecision"] == "allowed"
    with refused("AccessDenied", 403):
        theirs.simulate_principal_policy(PolicySourceArn="arn:aws:iam::999988887777:user/theirs", ActionNames=["s3:GetObject"])
