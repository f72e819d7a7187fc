"""STS: sessions of roles, users and federated users, in every protocol."""

import pytest
from checks import refused
from conftest import unique
from test_roles import document, trusting


def clients(server, credentials):
    def client(service):
        made = server.client(service, credentials["AccessKeyId"], credentials["SecretAccessKey"])
        made._request_signer._credentials.token = credentials["SessionToken"]
        return made
    return client


@pytest.fixture
def sts_of(server):
    return lambda user: server.client("sts", user.access_key, user.secret_key)


@pytest.fixture
def role(iam, user):
    name = unique("role")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(user.arn))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="s3", PolicyDocument=document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}))
    return made


def test_a_session_acts_as_its_role(server, iam, user, role, sts_of, bucket):
    answer = sts_of(user).assume_role(RoleArn=role["Arn"], RoleSessionName="me")
    arn = f"arn:aws:sts::123456789012:assumed-role/{role['RoleName']}/me"
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": role["RoleId"] + ":me", "Arn": arn}
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    client = clients(server, answer["Credentials"])
    who = client("sts").get_caller_identity()
    assert (who["UserId"], who["Account"], who["Arn"]) == (role["RoleId"] + ":me", "123456789012", arn)
    client("s3").put_object(Bucket=bucket, Key="k", Body=b"body")
    assert client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"body"
    with refused("AccessDeniedException", 400, arn):
        client("kms").list_keys()
    iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="s3")
    with refused("AccessDenied", 403):
        client("s3").get_object(Bucket=bucket, Key="k")
    iam.delete_role(RoleName=role["RoleName"])
    with refused("InvalidToken"):
        client("s3").get_object(Bucket=bucket, Key="k")
    with refused("InvalidClientTokenId", 403):
        client("sts").get_caller_identity()


def test_only_whom_the_role_trusts(server, iam, user, make_user, role, sts_of):
    other = make_user()
    other.allow("sts:AssumeRole")
    with refused("AccessDenied", 403, f"is not authorized to perform: sts:AssumeRole on resource: {role['Arn']}"):
        sts_of(other).assume_role(RoleArn=role["Arn"], RoleSessionName="me")
    with refused("AccessDenied", 403, "Roles may not be assumed by root accounts."):
        server.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="me")
    with refused("ValidationError", 400, "MaxSessionDuration set for this role"):
        sts_of(user).assume_role(RoleArn=role["Arn"], RoleSessionName="me", DurationSeconds=7200)


def test_an_external_id(iam, user, role, sts_of):
    iam.update_assume_role_policy(RoleName=role["RoleName"], PolicyDocument=trusting(
        user.arn, Condition={"StringEquals": {"sts:ExternalId": "secret-word"}}))
    with refused("AccessDenied", 403):
        sts_of(user).assume_role(RoleArn=role["Arn"], RoleSessionName="me")
    sts_of(user).assume_role(RoleArn=role["Arn"], RoleSessionName="me", ExternalId="secret-word")


def test_a_session_policy_only_narrows(server, user, role, sts_of, bucket):
    policy = document({"Effect": "Allow", "Action": ["s3:PutObject", "kms:*"], "Resource": "*"})
    client = clients(server, sts_of(user).assume_role(RoleArn=role["Arn"], RoleSessionName="me", Policy=policy)["Credentials"])
    client("s3").put_object(Bucket=bucket, Key="k", Body=b"body")
    with refused("AccessDenied", 403, "no session policy allows the s3:GetObject action"):
        client("s3").get_object(Bucket=bucket, Key="k")
    with refused("AccessDeniedException", 400):
        client("kms").list_keys()


def test_a_users_own_session(server, user, sts_of):
    user.allow(["s3:ListAllMyBuckets", "iam:*"])
    client = clients(server, sts_of(user).get_session_token()["Credentials"])
    assert client("sts").get_caller_identity()["Arn"] == user.arn
    client("s3").list_buckets()
    with refused("AccessDenied", 403):
        client("iam").get_user()
    with refused("AccessDenied", 403, "Cannot call GetSessionToken with session credentials"):
        client("sts").get_session_token()


def test_a_federated_user(server, user, sts_of):
    user.allow(["s3:ListAllMyBuckets", "sts:GetFederationToken"])
    policy = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    answer = sts_of(user).get_federation_token(Name="eve", Policy=policy)
    assert answer["FederatedUser"] == {"FederatedUserId": "123456789012:eve", "Arn": "arn:aws:sts::123456789012:federated-user/eve"}
    clients(server, answer["Credentials"])("s3").list_buckets()
    bare = clients(server, sts_of(user).get_federation_token(Name="eve")["Credentials"])
    with refused("AccessDenied", 403):
        bare("s3").list_buckets()


def test_a_token_has_a_place_of_its_own(server, user, sts_of):
    """The token of another service's sessions is another header: there it counts for nothing."""
    user.allow(["s3:*"])
    credentials = sts_of(user).get_session_token()["Credentials"]
    client = clients(server, credentials)("s3")
    client.list_buckets()

    def move(request, **_):
        request.headers["x-amz-s3session-token"] = credentials["SessionToken"]
    client._request_signer._credentials.token = None
    client.meta.events.register("before-sign.s3.ListBuckets", move)
    with refused("InvalidToken", 400):
        client.list_buckets()
