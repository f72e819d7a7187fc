"""Several accounts: made, entered, bound by service control policies, closed; and a key of one used by another."""
import json

import pytest
from botocore.exceptions import ClientError
from checks import refused
from conftest import User, unique

FIRST = "123456789012"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Account:
    """An account of the organization, entered through its role."""

    def __init__(self, server, organizations, administrator, **options):
        self.server, self.email = server, unique("other") + "@example.com"
        status = organizations.create_account(Email=self.email, AccountName="other", **options)["CreateAccountStatus"]
        status = organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
        assert status["State"] == "SUCCEEDED" and status["AccountName"] == "other"
        self.id = status["AccountId"]
        self.role = f"arn:aws:iam::{self.id}:role/{options.get('RoleName', 'OrganizationAccountAccessRole')}"
        self.credentials = administrator.client("sts").assume_role(RoleArn=self.role, RoleSessionName="admin")["Credentials"]

    def client(self, service, **config):
        made = self.server.client(service, self.credentials["AccessKeyId"], self.credentials["SecretAccessKey"], **config)
        made._request_signer._credentials.token = self.credentials["SessionToken"]
        return made

    def user(self):
        return User(self.server, self.client("iam"))


@pytest.fixture(scope="module")
def organizations(server):
    return server.client("organizations")


@pytest.fixture(scope="module")
def administrator(server, iam):
    made = User(server, iam)
    made.allow("*")
    return made


@pytest.fixture(scope="module")
def other(server, organizations, administrator):
    return Account(server, organizations, administrator)


def test_there_is_an_organization_from_the_start(organizations):
    found = organizations.describe_organization()["Organization"]
    assert found["MasterAccountId"] == FIRST and found["FeatureSet"] == "ALL"
    assert found["Arn"] == f"arn:aws:organizations::{FIRST}:organization/{found['Id']}"
    assert found["MasterAccountArn"] == f"arn:aws:organizations::{FIRST}:account/{found['Id']}/{FIRST}"
    with refused("AlreadyInOrganizationException", 400):
        organizations.create_organization(FeatureSet="ALL")
    first = organizations.describe_account(AccountId=FIRST)["Account"]
    assert first["Status"] == "ACTIVE" and first["Email"] == found["MasterAccountEmail"]


def test_an_account_is_made_and_entered(server, organizations, other):
    who = other.client("sts").get_caller_identity()
    assert who["Account"] == other.id and who["Arn"] == f"arn:aws:sts::{other.id}:assumed-role/OrganizationAccountAccessRole/admin"
    listed = {account["Id"]: account for page in organizations.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 1})
              for account in page["Accounts"]}
    assert {FIRST, other.id} <= set(listed)
    assert listed[other.id]["Email"] == other.email and listed[other.id]["JoinedMethod"] == "CREATED"
    assert organizations.describe_account(AccountId=other.id)["Account"] == listed[other.id]
    assert other.client("organizations").describe_organization()["Organization"]["MasterAccountId"] == FIRST
    for call in (lambda c: c.list_accounts(), lambda c: c.describe_account(AccountId=FIRST), lambda c: c.close_account(AccountId=FIRST),
                 lambda c: c.create_account(Email="a@example.com", AccountName="x"), lambda c: c.list_roots()):
        with refused("AccessDeniedException", 400, "You don't have permissions to access this resource."):
            call(other.client("organizations"))


def test_accounts_have_their_own_names(server, s3, kms, other):
    assert other.client("s3").list_buckets()["Buckets"] == []
    assert other.client("kms").list_keys()["Keys"] == []
    user = other.user()
    assert user.arn.startswith(f"arn:aws:iam::{other.id}:user/")
    with refused("AccessDenied", 403):
        user.client("s3").list_buckets()
    bucket = unique("theirs")
    other.client("s3").create_bucket(Bucket=bucket)
    with refused("BucketAlreadyExists", 409):
        s3.create_bucket(Bucket=bucket)
    with refused("AccessDenied", 403):
        s3.list_objects_v2(Bucket=bucket)


def test_what_is_refused(organizations, other):
    again = organizations.create_account(Email=other.email.upper(), AccountName="again")["CreateAccountStatus"]
    assert (again["State"], again["FailureReason"]) == ("FAILED", "EMAIL_ALREADY_EXISTS") and "AccountId" not in again
    failed = [s["Id"] for page in organizations.get_paginator("list_create_account_status").paginate(States=["FAILED"])
              for s in page["CreateAccountStatuses"]]
    assert again["Id"] in failed
    for email in ("no-address", "a@b", "a b@c.de", "a@b@c.de"):
        with refused("InvalidInputException", 400):
            organizations.create_account(Email=email.ljust(6, "x"), AccountName="x")
    with refused("InvalidInputException", 400):
        organizations.create_account(Email="good@example.com", AccountName="x", RoleName="no/slash")
    with refused("AccountNotFoundException", 400):
        organizations.describe_account(AccountId="000000000001")
    with refused("CreateAccountStatusNotFoundException", 400):
        organizations.describe_create_account_status(CreateAccountRequestId="car-" + "0" * 32)
    with refused("ConstraintViolationException", 400, "You can't close the management account."):
        organizations.close_account(AccountId=FIRST)


def test_a_user_without_rights_makes_no_account(user):
    with refused("AccessDeniedException", 400, "is not authorized to perform: organizations:CreateAccount"):
        user.client("organizations").create_account(Email="x@example.com", AccountName="x")
    user.allow("organizations:ListAccounts")
    assert user.client("organizations").list_accounts()["Accounts"]


def test_tags_come_with_the_account(server, organizations, administrator):
    made = Account(server, organizations, administrator, RoleName="Entry", Tags=[{"Key": "team", "Value": "red"}])
    assert organizations.list_tags_for_resource(ResourceId=made.id)["Tags"] == [{"Key": "team", "Value": "red"}]
    assert made.client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/Entry/admin")


def test_a_key_of_another_account(kms, key_arn, other):
    """Both sides have to allow it: the key's policy, and the caller's own account."""
    s3, bucket = other.client("s3"), unique("foreign-key")
    s3.create_bucket(Bucket=bucket)
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_arn}
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=bucket, Key="k", Body=b"secret", **sse)
    own = json.loads(kms.get_key_policy(KeyId=key_arn)["Policy"])["Statement"]
    theirs = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other.id}:root"}, "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
              "Resource": "*"}
    kms.put_key_policy(KeyId=key_arn, PolicyName="default", Policy=document(*own, theirs))
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"secret", **sse)["SSEKMSKeyId"] == key_arn
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"secret"
    with refused(("KMS.NotFoundException", "AccessDenied")):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn.split("/")[1])
    user = other.user()
    user.allow("s3:*")
    with refused("AccessDenied", 403):
        user.client("s3").get_object(Bucket=bucket, Key="k")
    user.allow("kms:Decrypt", key_arn, name="key")
    assert user.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"secret"
    kms.put_key_policy(KeyId=key_arn, PolicyName="default", Policy=document(*own))
    for client in (s3, user.client("s3")):
        with refused("AccessDenied", 403):
            client.get_object(Bucket=bucket, Key="k")


def test_principals_of_the_organization(s3, bucket, organizations, other):
    organization = organizations.describe_organization()["Organization"]["Id"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"shared")
    with refused("AccessDenied", 403):
        other.client("s3").get_object(Bucket=bucket, Key="k")
    s3.put_bucket_policy(Bucket=bucket, Policy=document({
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": organization}}}))
    assert other.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"shared"


def test_a_control_policy_binds_every_account_but_the_first(server, organizations, administrator):
    other = Account(server, organizations, administrator)
    root = organizations.list_roots()["Roots"][0]
    assert root["PolicyTypes"] == [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    assert organizations.list_parents(ChildId=other.id)["Parents"] == [{"Id": root["Id"], "Type": "ROOT"}]
    made = organizations.create_policy(Name=unique("no-keys"), Description="", Type="SERVICE_CONTROL_POLICY", Content=document(
        {"Effect": "Deny", "Action": "kms:CreateKey", "Resource": "*"}))["Policy"]["PolicySummary"]
    other.client("kms").create_key()
    organizations.attach_policy(PolicyId=made["Id"], TargetId=other.id)
    with refused("AccessDeniedException", 400, "with an explicit deny in a service control policy"):
        other.client("kms").create_key()
    user = other.user()
    user.allow("*")
    with refused("AccessDeniedException", 400, "service control policy"):
        user.client("kms").create_key()
    user.client("kms").list_keys()
    assert [t["TargetId"] for t in organizations.list_targets_for_policy(PolicyId=made["Id"])["Targets"]] == [other.id]
    names = {p["Name"] for p in organizations.list_policies_for_target(TargetId=other.id, Filter="SERVICE_CONTROL_POLICY")["Policies"]}
    assert names == {"FullAWSAccess", made["Name"]}
    organizations.update_policy(PolicyId=made["Id"], Content=document({"Effect": "Deny", "Action": "kms:ListKeys", "Resource": "*"}))
    other.client("kms").create_key()
    with refused("AccessDeniedException"):
        other.client("kms").list_keys()
    with refused("PolicyInUseException"):
        organizations.delete_policy(PolicyId=made["Id"])
    with refused("DuplicatePolicyAttachmentException"):
        organizations.attach_policy(PolicyId=made["Id"], TargetId=other.id)
    organizations.detach_policy(PolicyId=made["Id"], TargetId=other.id)
    other.client("kms").list_keys()
    organizations.attach_policy(PolicyId=made["Id"], TargetId=root["Id"])
    with refused("AccessDeniedException"):
        other.client("kms").list_keys()
    server.client("kms").list_keys()  # the first account is not bound
    organizations.detach_policy(PolicyId=made["Id"], TargetId=root["Id"])
    with refused("PolicyNotAttachedException"):
        organizations.detach_policy(PolicyId=made["Id"], TargetId=root["Id"])
    organizations.delete_policy(PolicyId=made["Id"])
    with refused("PolicyNotFoundException"):
        organizations.describe_policy(PolicyId=made["Id"])


def test_what_no_control_policy_allows_is_denied(server, organizations, administrator):
    other = Account(server, organizations, administrator)
    only_s3 = organizations.create_policy(Name=unique("only-s3"), Description="d", Type="SERVICE_CONTROL_POLICY", Content=document(
        {"Effect": "Allow", "Action": ["s3:*", "iam:*"], "Resource": "*"}))["Policy"]["PolicySummary"]["Id"]
    with refused("ConstraintViolationException", 400, "fewer than the minimum number"):
        organizations.detach_policy(PolicyId="p-FullAWSAccess", TargetId=other.id)
    organizations.attach_policy(PolicyId=only_s3, TargetId=other.id)
    organizations.detach_policy(PolicyId="p-FullAWSAccess", TargetId=other.id)
    other.client("s3").list_buckets()
    with refused("AccessDeniedException", 400, "no service control policy allows the kms:ListKeys action"):
        other.client("kms").list_keys()
    with refused("InvalidInputException", 400, "managed by AWS"):
        organizations.update_policy(PolicyId="p-FullAWSAccess", Name="x")
    with refused("MalformedPolicyDocumentException"):
        organizations.create_policy(Name="bad", Description="", Type="SERVICE_CONTROL_POLICY", Content="{}")
    with refused("TargetNotFoundException"):
        organizations.attach_policy(PolicyId=only_s3, TargetId="000000000001")
    with refused("PolicyTypeNotAvailableForOrganizationException"):
        organizations.list_policies(Filter="TAG_POLICY")


def test_nobody_of_a_closed_account_comes_in(server, organizations, administrator):
    other = Account(server, organizations, administrator)
    user = other.user()
    user.allow("*")
    user.client("s3").list_buckets()
    organizations.close_account(AccountId=other.id)
    assert organizations.describe_account(AccountId=other.id)["Account"]["Status"] == "SUSPENDED"
    with refused("InvalidAccessKeyId", 403):
        user.client("s3").list_buckets()
    for client, call in ((other.client("s3"), "list_buckets"), (other.client("sts"), "get_caller_identity")):
        with pytest.raises(ClientError):
            getattr(client, call)()
    with refused("AccessDenied", 403):
        administrator.client("sts").assume_role(RoleArn=other.role, RoleSessionName="again")
    with refused("AccountAlreadyClosedException", 400):
        organizations.close_account(AccountId=other.id)
