"""Sessions of directory buckets: modes, tokens, what ends them, and what they do not open."""
import base64
import json

import pytest

import directory
import harness
import wire
from directory import arn_of, call, encrypt, make, refusal

pytestmark = pytest.mark.needs("s3", "CreateSession")


@pytest.fixture
def place(s3):
    return make(s3)


def session_of(client, bucket, **how):
    return client.create_session(Bucket=bucket, **how)["Credentials"]


def test_a_session_by_hand(server, s3, place):
    session = session_of(s3, place)
    assert session["AccessKeyId"].startswith("ASIA") and session["SessionToken"]
    assert call(server, session, "PUT", f"/{place}/k", body=b"x").status == 200
    assert call(server, session, "GET", f"/{place}/k").body == b"x"
    # An SDK that joins an endpoint's slash and a key's path sends two.
    assert call(server, session, "GET", f"/{place}//k").body == b"x"
    assert wire.send(server, "GET", f"/{place}/k").status == 403


def test_modes(server, s3, place):
    s3.put_object(Bucket=place, Key="k", Body=b"x")
    reader = session_of(s3, place, SessionMode="ReadOnly")
    assert call(server, reader, "GET", f"/{place}/k").status == 200
    assert call(server, reader, "HEAD", f"/{place}/k").status == 200
    assert call(server, reader, "GET", f"/{place}?list-type=2").status == 200
    for method, target in (("PUT", "/k"), ("DELETE", "/k"), ("POST", "/k?uploads="), ("PUT", "/l?renameObject=")):
        answer = call(server, reader, method, f"/{place}{target}", {"x-amz-rename-source": "k"} if "rename" in target else None)
        assert (answer.status, answer.code) == (403, "AccessDenied"), answer
    # A session whose mode was named serves no control operations, of whatever mode.
    for mode in ("ReadOnly", "ReadWrite"):
        named = session_of(s3, place, SessionMode=mode)
        for target in ("?encryption=", "?policy=", ""):
            assert call(server, named, "DELETE", f"/{place}{target}").status == 403
        assert call(server, named, "GET", f"/{place}?encryption=").status == 403
    assert call(server, session_of(s3, place), "GET", f"/{place}?encryption=").status == 200
    assert refusal(s3.create_session, Bucket=place, SessionMode="Both")[1] == 400


def test_the_mode_falls_back(server, s3, place, user):
    s3.put_object(Bucket=place, Key="k", Body=b"x")
    user.allow("s3express:CreateSession", arn_of(place), condition={"StringEquals": {"s3express:SessionMode": "ReadOnly"}})
    theirs = user.client("s3")
    session = session_of(theirs, place)
    assert call(server, session, "GET", f"/{place}/k").status == 200
    assert call(server, session, "PUT", f"/{place}/k", body=b"y").status == 403
    assert refusal(theirs.create_session, Bucket=place, SessionMode="ReadWrite") == ("AccessDenied", 403)
    assert refusal(theirs.put_object, Bucket=place, Key="k", Body=b"y") == ("AccessDenied", 403)


def test_tokens_that_are_none(server, s3, place):
    session = session_of(s3, place)
    token = session["SessionToken"]
    sealed = bytearray(base64.b64decode(token))
    sealed[len(sealed) // 2] ^= 1
    for bad in (token[:-8], token[:10], base64.b64encode(bytes(sealed)).decode(), "x", token + "AAAA"):
        answer = call(server, {**session, "SessionToken": bad}, "GET", f"/{place}?list-type=2")
        assert (answer.status, answer.code) == (400, "InvalidToken"), bad
    foreign = {**session, "SessionToken": session_of(s3, place)["SessionToken"]}
    assert call(server, foreign, "GET", f"/{place}?list-type=2").code == "InvalidToken"
    wrong = {**session, "SecretAccessKey": "x" * 40}
    assert call(server, wrong, "GET", f"/{place}?list-type=2").code == "SignatureDoesNotMatch"
    with harness.Server() as other:
        theirs = other.client("s3")
        bucket = make(theirs)
        answer = call(server, session_of(theirs, bucket), "GET", f"/{place}?list-type=2")
        assert (answer.status, answer.code) == (400, "InvalidToken")


def test_a_token_is_for_one_bucket(server, s3, place, bucket):
    session = session_of(s3, place)
    other = make(s3)
    assert call(server, session, "GET", f"/{other}?list-type=2").code == "AccessDenied"
    assert call(server, session, "GET", f"/{bucket}?list-type=2").code == "AccessDenied"
    assert call(server, session, "GET", "/").code == "AccessDenied"
    assert call(server, session, "GET", f"/{place}?session=").code == "AccessDenied"
    answer = call(server, session, "PUT", f"/{place}/copy", {"x-amz-copy-source": f"{other}/k"})
    assert answer.code == "AccessDenied"


def test_a_bucket_made_again_is_another_one(server, s3):
    bucket = make(s3)
    session = session_of(s3, bucket)
    assert call(server, session, "GET", f"/{bucket}?list-type=2").status == 200
    s3.delete_bucket(Bucket=bucket)
    assert call(server, session, "GET", f"/{bucket}?list-type=2").code == "NoSuchBucket"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={
        "Location": {"Type": "AvailabilityZone", "Name": directory.ZONE},
        "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"}})
    for method, target in (("GET", "?list-type=2"), ("PUT", "/k"), ("DELETE", ""), ("GET", "?encryption=")):
        assert call(server, session, method, f"/{bucket}{target}").code == "AccessDenied"


def test_a_session_for_a_bucket_that_is_not_there_yet(server, s3, user):
    bucket = directory.name_of()
    session = session_of(s3, bucket)
    assert call(server, session, "GET", f"/{bucket}/k").code == "NoSuchBucket"
    body = (f"<CreateBucketConfiguration><Bucket><Type>Directory</Type></Bucket><Location><Type>AvailabilityZone</Type>"
            f"<Name>{directory.ZONE}</Name></Location></CreateBucketConfiguration>").encode()
    assert call(server, session, "PUT", f"/{bucket}", body=body).status == 200
    assert call(server, session, "PUT", f"/{bucket}/k", body=b"x").status == 200
    other = directory.name_of()
    assert refusal(user.client("s3").create_session, Bucket=other) == ("AccessDenied", 403)
    user.allow("s3express:CreateSession")
    assert refusal(user.client("s3").create_session, Bucket=other) == ("NoSuchBucket", 404)


def test_it_ends_with_its_user_key_and_policy(server, s3, iam, place, make_user):
    def alive(session):
        return call(server, session, "GET", f"/{place}?list-type=2").status == 200
    one = make_user()
    one.allow("s3express:CreateSession", arn_of(place))
    session = session_of(one.client("s3"), place)
    assert alive(session)
    iam.delete_user_policy(UserName=one.name, PolicyName="rights")
    assert not alive(session)
    one.allow("s3express:CreateSession", arn_of(place))
    assert alive(session)
    iam.update_access_key(UserName=one.name, AccessKeyId=one.access_key, Status="Inactive")
    assert not alive(session)
    iam.update_access_key(UserName=one.name, AccessKeyId=one.access_key, Status="Active")
    assert alive(session)
    iam.delete_access_key(UserName=one.name, AccessKeyId=one.access_key)
    assert not alive(session)


def test_it_ends_with_its_role(server, s3, iam, place):
    trust = directory.policy({"Effect": "Allow", "Principal": {"AWS": harness.ACCOUNT}, "Action": "sts:AssumeRole"})
    name = directory.name_of("role")[:30]
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=directory.policy(
        {"Effect": "Allow", "Action": ["s3express:CreateSession", "s3express:GetBucketPolicy"], "Resource": "*"}))
    user = iam.create_user(UserName=name)["User"]
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=directory.policy(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}))
    pair = iam.create_access_key(UserName=name)["AccessKey"]
    sts = server.client("sts", pair["AccessKeyId"], pair["SecretAccessKey"])
    only_reads = directory.policy({"Effect": "Allow", "Action": "s3express:CreateSession", "Resource": "*",
                                   "Condition": {"StringEquals": {"s3express:SessionMode": "ReadOnly"}}})
    def assume(**how):
        c = sts.assume_role(RoleArn=role, RoleSessionName="story", **how)["Credentials"]
        return server.client("s3", c["AccessKeyId"], c["SecretAccessKey"], session_token=c["SessionToken"])
    whole, narrow = assume(), assume(Policy=only_reads)
    whole.put_object(Bucket=place, Key="k", Body=b"x")
    assert narrow.get_object(Bucket=place, Key="k")["Body"].read() == b"x"
    assert refusal(narrow.put_object, Bucket=place, Key="k", Body=b"y") == ("AccessDenied", 403)
    session = session_of(whole, place)
    assert call(server, session, "GET", f"/{place}/k").status == 200
    iam.delete_role_policy(RoleName=name, PolicyName="p")
    assert call(server, session, "GET", f"/{place}/k").status == 403
    iam.delete_role(RoleName=name)
    assert call(server, session, "GET", f"/{place}/k").code == "InvalidToken"
    assert user["UserName"] == name


def test_an_aes256_session_opens_no_kms_object(server, s3, kms, place, user):
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    encrypt(s3, place, arn)
    s3.put_object(Bucket=place, Key="secret", Body=b"x")
    user.allow("s3express:CreateSession", arn_of(place))
    theirs = user.client("s3")
    assert refusal(theirs.create_session, Bucket=place) == ("AccessDenied", 403)
    plain = session_of(theirs, place, ServerSideEncryption="AES256")
    assert call(server, plain, "PUT", f"/{place}/mine", body=b"y").headers["x-amz-server-side-encryption"] == "AES256"
    assert call(server, plain, "GET", f"/{place}/mine").body == b"y"
    answer = call(server, plain, "GET", f"/{place}/secret")
    assert (answer.status, answer.code) == (403, "AccessDenied")
    answer = call(server, plain, "PUT", f"/{place}/secret", {"x-amz-server-side-encryption": "aws:kms"}, b"y")
    assert answer.status == 400


def test_the_key_is_judged_at_each_use(server, s3, kms, place, user):
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    encrypt(s3, place, arn)
    user.allow("s3express:CreateSession", arn_of(place))
    user.allow("kms:Decrypt", arn, name="key")
    theirs = user.client("s3")
    assert refusal(theirs.create_session, Bucket=place, SessionMode="ReadWrite") == ("AccessDenied", 403)
    s3.put_object(Bucket=place, Key="k", Body=b"x")
    reader = session_of(theirs, place)  # falls back to ReadOnly: there is no right to GenerateDataKey
    assert call(server, reader, "GET", f"/{place}/k").status == 200
    assert call(server, reader, "PUT", f"/{place}/k", body=b"y").status == 403
    user.allow(["kms:Decrypt", "kms:GenerateDataKey"], arn, name="key")
    writer = session_of(theirs, place)
    assert call(server, writer, "PUT", f"/{place}/k", body=b"y").status == 200
    user.iam.delete_user_policy(UserName=user.name, PolicyName="key")
    assert call(server, writer, "PUT", f"/{place}/k", body=b"z").code == "AccessDenied"
    assert call(server, writer, "GET", f"/{place}/k").code == "AccessDenied"
    mine = session_of(s3, place)
    assert call(server, mine, "GET", f"/{place}/k").status == 200
    kms.disable_key(KeyId=arn)
    assert call(server, mine, "GET", f"/{place}/k").code == "KMS.DisabledException"
    assert refusal(s3.create_session, Bucket=place) == ("KMS.DisabledException", 400)
    kms.enable_key(KeyId=arn)


def test_encryption_of_sessions(s3, kms, place):
    plain = s3.create_session(Bucket=place)
    assert plain["ServerSideEncryption"] == "AES256"
    assert refusal(s3.create_session, Bucket=place, ServerSideEncryption="aws:kms")[1] == 400
    metadata = kms.create_key()["KeyMetadata"]
    arn = metadata["Arn"]
    encrypt(s3, place, arn)
    def context(value):
        return base64.b64encode(json.dumps({"aws:s3express:arn": value}).encode()).decode()
    good = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn}
    for how in ({}, good, {**good, "SSEKMSKeyId": metadata["KeyId"]}, {"ServerSideEncryption": "aws:kms"},
                {**good, "SSEKMSEncryptionContext": context(arn_of(place))}, {**good, "BucketKeyEnabled": True}):
        made = s3.create_session(Bucket=place, **how)
        assert (made["ServerSideEncryption"], made["SSEKMSKeyId"], made["BucketKeyEnabled"]) == ("aws:kms", arn, True), how
    other = kms.create_key()["KeyMetadata"]["Arn"]
    for how in ({**good, "SSEKMSKeyId": other}, {**good, "SSEKMSKeyId": "alias/aws/s3"}, {**good, "BucketKeyEnabled": False},
                {**good, "SSEKMSEncryptionContext": context(arn_of(place) + "-other")}, {"ServerSideEncryption": "aws:kms:dsse"}):
        assert refusal(s3.create_session, Bucket=place, **how)[1] == 400, how


def test_a_policy_that_asks_for_the_key(server, s3, kms, place):
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    encrypt(s3, place, arn)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3express:CreateSession", "Resource": arn_of(place) + "/*"}
    s3.put_bucket_policy(Bucket=place, Policy=directory.policy(
        {**deny, "Condition": {"Null": {"s3express:x-amz-server-side-encryption-aws-kms-key-id": "true"}}}))
    assert refusal(s3.create_session, Bucket=place) == ("AccessDenied", 403)
    assert refusal(s3.create_session, Bucket=place, ServerSideEncryption="AES256") == ("AccessDenied", 403)
    session = session_of(s3, place, ServerSideEncryption="aws:kms", SSEKMSKeyId=arn)
    assert call(server, session, "PUT", f"/{place}/k", body=b"x").status == 200
    assert call(server, session, "GET", f"/{place}/k").status == 200
    plain = server.client("s3", s3={"disable_s3_express_session_auth": True})
    plain.put_bucket_policy(Bucket=place, Policy=directory.policy(
        {**deny, "Condition": {"StringNotEquals": {"s3express:x-amz-server-side-encryption-aws-kms-key-id": arn}}}))
    assert refusal(s3.create_session, Bucket=place, ServerSideEncryption="AES256") == ("AccessDenied", 403)
    session_of(s3, place)
    plain.delete_bucket_policy(Bucket=place)


def test_clients_without_sessions(server, s3, place, user):
    plain = server.client("s3", s3={"disable_s3_express_session_auth": True})
    plain.put_object(Bucket=place, Key="k", Body=b"x")
    assert plain.get_object(Bucket=place, Key="k")["Body"].read() == b"x"
    user.allow("s3express:CreateSession", arn_of(place), condition={"StringEquals": {"s3express:SessionMode": "ReadOnly"}})
    theirs = user.client("s3", s3={"disable_s3_express_session_auth": True})
    assert theirs.get_object(Bucket=place, Key="k")["Body"].read() == b"x"
    assert refusal(theirs.put_object, Bucket=place, Key="k", Body=b"y") == ("AccessDenied", 403)


def test_presigned_urls_die_with_the_session(server, s3, place):
    s3.put_object(Bucket=place, Key="k", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": place, "Key": "k"}, ExpiresIn=3000)
    target = url[len(server.endpoint):]
    assert "X-Amz-S3session-Token=" in target
    assert wire.send(server, "GET", target).body == b"x"


def test_five_minutes_by_the_business_clock():
    with harness.Server() as server:
        s3 = server.client("s3")
        bucket = make(s3)
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
        session = session_of(s3, bucket)
        url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=3000)
        server.advance(290)
        assert call(server, session, "GET", f"/{bucket}/k").status == 200
        server.advance(20)
        answer = call(server, session, "GET", f"/{bucket}/k")
        assert (answer.status, answer.code) == (400, "ExpiredToken")
        assert wire.send(server, "GET", url[len(server.endpoint):]).code == "ExpiredToken"
        assert refusal(s3.get_object, Bucket=bucket, Key="k") == ("ExpiredToken", 400)
        assert server.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
