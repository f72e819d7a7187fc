"""The key service: a key's life, what it encrypts, its names, policies, tags and rotation, and what S3 says of a key that is closed."""
import base64
import json
import os
import re

import pytest
from checks import refused
from conftest import unique


def state(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]


def test_a_key_as_made(kms):
    metadata = kms.create_key(Description="d", Tags=[{"TagKey": "a", "TagValue": "1"}])["KeyMetadata"]
    key = metadata["KeyId"]
    assert metadata["Arn"] == f"arn:aws:kms:us-east-1:123456789012:key/{key}"
    expected = {"AWSAccountId": "123456789012", "Description": "d", "Enabled": True, "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT",
                "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": False,
                "Origin": "AWS_KMS", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"]}
    assert {name: metadata[name] for name in expected} == expected
    for name in [key, metadata["Arn"]]:
        assert kms.describe_key(KeyId=name)["KeyMetadata"] == metadata
    listed = [k["KeyId"] for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 3}) for k in page["Keys"]]
    assert key in listed and len(listed) == len(set(listed))
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "a", "TagValue": "1"}]
    kms.update_key_description(KeyId=key, Description="other")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "other"


def test_enabled_disabled_deleted(kms, key_arn):
    kms.disable_key(KeyId=key_arn)
    assert state(kms, key_arn) == "Disabled"
    with refused("DisabledException", 400, f"{key_arn} is disabled."):
        kms.encrypt(KeyId=key_arn, Plaintext=b"x")
    kms.enable_key(KeyId=key_arn)
    blob = kms.encrypt(KeyId=key_arn, Plaintext=b"x")["CiphertextBlob"]
    with refused("ValidationException", 400):
        kms.schedule_key_deletion(KeyId=key_arn, PendingWindowInDays=6)
    answer = kms.schedule_key_deletion(KeyId=key_arn, PendingWindowInDays=7)
    assert answer["KeyState"] == "PendingDeletion" and answer["PendingWindowInDays"] == 7
    with refused("KMSInvalidStateException", 400, f"{key_arn} is pending deletion."):
        kms.decrypt(CiphertextBlob=blob)
    with refused("KMSInvalidStateException", 400):
        kms.enable_key(KeyId=key_arn)
    assert kms.cancel_key_deletion(KeyId=key_arn)["KeyId"] == key_arn
    assert state(kms, key_arn) == "Disabled"
    kms.enable_key(KeyId=key_arn)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    with refused("KMSInvalidStateException", 400):
        kms.cancel_key_deletion(KeyId=key_arn)


@pytest.mark.parametrize("size", [1, 32, 4096])
def test_encrypt_and_decrypt(kms, key_arn, size):
    plain, context = os.urandom(size), {"a": "1", "ü": "ß"}
    answer = kms.encrypt(KeyId=key_arn, Plaintext=plain, EncryptionContext=context)
    assert answer["KeyId"] == key_arn and answer["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    blob = answer["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == plain
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context, KeyId=key_arn)["KeyId"] == key_arn
    for wrong in [{}, {"a": "1"}, {"a": "1", "ü": "ss"}, {"A": "1", "ü": "ß"}]:
        with refused("InvalidCiphertextException", 400):
            kms.decrypt(CiphertextBlob=blob, EncryptionContext=wrong)
    for at in [0, len(blob) // 2, len(blob) - 1]:
        with refused(("InvalidCiphertextException", "AccessDeniedException"), 400):
            kms.decrypt(CiphertextBlob=blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1:], EncryptionContext=context)
    with refused("InvalidCiphertextException", 400):
        kms.decrypt(CiphertextBlob=blob[:-1], EncryptionContext=context)


def test_encrypt_is_bounded(kms, key_arn):
    with refused("ValidationException", 400, "length less than or equal to 4096"):
        kms.encrypt(KeyId=key_arn, Plaintext=b"x" * 4097)


def test_the_same_plaintext_twice(kms, key_arn):
    blobs = {kms.encrypt(KeyId=key_arn, Plaintext=b"x")["CiphertextBlob"] for _ in range(5)}
    assert len(blobs) == 5


def test_decrypt_under_another_key(kms, key_arn):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key_arn, Plaintext=b"x")["CiphertextBlob"]
    with refused("IncorrectKeyException", 400):
        kms.decrypt(CiphertextBlob=blob, KeyId=other)
    moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other, DestinationEncryptionContext={"to": "other"})
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key_arn, other)
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"to": "other"}) ["Plaintext"] == b"x"


def test_data_keys(kms, key_arn):
    for how, size in [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 100}, 100)]:
        answer = kms.generate_data_key(KeyId=key_arn, EncryptionContext={"a": "1"}, **how)
        assert len(answer["Plaintext"]) == size
        assert kms.decrypt(CiphertextBlob=answer["CiphertextBlob"], EncryptionContext={"a": "1"})["Plaintext"] == answer["Plaintext"]
    hidden = kms.generate_data_key_without_plaintext(KeyId=key_arn, KeySpec="AES_256")
    assert "Plaintext" not in hidden and len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == 32
    for how in [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}, {"NumberOfBytes": 0}, {"NumberOfBytes": 1025}]:
        with refused("ValidationException", 400):
            kms.generate_data_key(KeyId=key_arn, **how)
    assert len(kms.generate_random(NumberOfBytes=64)["Plaintext"]) == 64


def test_aliases(kms, key_arn):
    alias, other = f"alias/{unique('a')}", kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=alias, TargetKeyId=key_arn)
    with refused("AlreadyExistsException", 400):
        kms.create_alias(AliasName=alias, TargetKeyId=other)
    alias_arn = f"arn:aws:kms:us-east-1:123456789012:{alias}"
    for name in [alias, alias_arn]:
        assert kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"] == key_arn
    assert [a["AliasName"] for a in kms.list_aliases(KeyId=key_arn)["Aliases"]] == [alias]
    kms.update_alias(AliasName=alias, TargetKeyId=other)
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == other
    with refused("NotFoundException", 400):
        kms.enable_key(KeyId=alias)
    kms.delete_alias(AliasName=alias)
    with refused("NotFoundException", 400, f"Alias {alias_arn} is not found."):
        kms.describe_key(KeyId=alias)
    for bad in ["noprefix", "alias/aws/mine", "alias/a b"]:
        with refused(("ValidationException", "InvalidAliasNameException", "NotAuthorizedException"), 400):
            kms.create_alias(AliasName=bad, TargetKeyId=key_arn)


@pytest.mark.parametrize("name, code, message", [
    ("fake-key-id", "NotFoundException", "Invalid keyId 'fake-key-id'"),
    ("11111111-2222-4333-8444-555555555555", "NotFoundException",
     "Key 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-4333-8444-555555555555' does not exist"),
    ("arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-4333-8444-555555555555", "NotFoundException", "Invalid arn eu-west-1"),
    ("alias/none", "NotFoundException", "Alias arn:aws:kms:us-east-1:123456789012:alias/none is not found."),
])
def test_keys_that_are_not_there(kms, name, code, message):
    with refused(code, 400, message):
        kms.describe_key(KeyId=name)
    with refused(code, 400, message):
        kms.encrypt(KeyId=name, Plaintext=b"x")


def test_another_accounts_key_is_never_told_from_none(kms):
    told = set()
    for key in ["11111111-2222-4333-8444-555555555555", "66666666-2222-4333-8444-555555555555"]:
        with refused("AccessDeniedException", 400) as refusal:
            kms.encrypt(KeyId=f"arn:aws:kms:us-east-1:210987654321:key/{key}", Plaintext=b"x")
        told.add(refusal.message.replace(key, "KEY"))
    assert len(told) == 1


def test_key_policy_decides(kms, user, key_arn):
    theirs = user.client("kms")
    with refused("AccessDeniedException", 400) as refusal:
        theirs.encrypt(KeyId=key_arn, Plaintext=b"x")
    assert refusal.message == (f"User: {user.arn} is not authorized to perform: kms:Encrypt on resource: {key_arn} "
                               "because no identity-based policy allows the kms:Encrypt action")
    theirs_not = kms.encrypt(KeyId=key_arn, Plaintext=b"x")["CiphertextBlob"]
    for name, on in [({}, "the resource associated with this ciphertext"), ({"KeyId": key_arn}, f"resource: {key_arn}")]:
        with refused("AccessDeniedException", 400) as refusal:
            theirs.decrypt(CiphertextBlob=theirs_not, **name)
        assert refusal.message == (f"User: {user.arn} is not authorized to perform: kms:Decrypt on {on} "
                                   "because no identity-based policy allows the kms:Decrypt action")
    policy = json.loads(kms.get_key_policy(KeyId=key_arn, PolicyName="default")["Policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    policy["Statement"].append({"Sid": "use", "Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": ["kms:Encrypt", "kms:Decrypt"],
                                "Resource": "*", "Condition": {"StringEquals": {"kms:EncryptionContext:team": "a"}}})
    kms.put_key_policy(KeyId=key_arn, PolicyName="default", Policy=json.dumps(policy))
    blob = theirs.encrypt(KeyId=key_arn, Plaintext=b"x", EncryptionContext={"team": "a"})["CiphertextBlob"]
    assert theirs.decrypt(CiphertextBlob=blob, EncryptionContext={"team": "a"})["Plaintext"] == b"x"
    with refused("AccessDeniedException", 400):
        theirs.encrypt(KeyId=key_arn, Plaintext=b"x", EncryptionContext={"team": "b"})
    user.allow("kms:*", key_arn)
    theirs.encrypt(KeyId=key_arn, Plaintext=b"x")
    policy["Statement"].append({"Effect": "Deny", "Principal": {"AWS": user.arn}, "Action": "kms:Encrypt", "Resource": "*"})
    kms.put_key_policy(KeyId=key_arn, PolicyName="default", Policy=json.dumps(policy))
    with refused("AccessDeniedException", 400, "explicit deny in a resource-based policy"):
        theirs.encrypt(KeyId=key_arn, Plaintext=b"x")
    assert kms.list_key_policies(KeyId=key_arn)["PolicyNames"] == ["default"]


def test_a_policy_that_locks_out_is_refused(kms, key_arn, user):
    with refused("MalformedPolicyDocumentException", 400):
        kms.put_key_policy(KeyId=key_arn, PolicyName="default", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "kms:Encrypt", "Resource": "*"}]}))
    with refused("MalformedPolicyDocumentException", 400):
        kms.put_key_policy(KeyId=key_arn, PolicyName="default", Policy="not json")


def test_tags(kms, key_arn):
    kms.tag_resource(KeyId=key_arn, Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": ""}])
    kms.tag_resource(KeyId=key_arn, Tags=[{"TagKey": "a", "TagValue": "2"}])
    kms.untag_resource(KeyId=key_arn, TagKeys=["b"])
    assert kms.list_resource_tags(KeyId=key_arn)["Tags"] == [{"TagKey": "a", "TagValue": "2"}]
    with refused("TagException", 400):
        kms.tag_resource(KeyId=key_arn, Tags=[{"TagKey": "aws:x", "TagValue": "1"}])


def test_rotation(kms, key_arn):
    blob = kms.encrypt(KeyId=key_arn, Plaintext=b"old")["CiphertextBlob"]
    assert kms.get_key_rotation_status(KeyId=key_arn)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key_arn, RotationPeriodInDays=180)
    answer = kms.get_key_rotation_status(KeyId=key_arn)
    assert answer["KeyRotationEnabled"] is True and answer["RotationPeriodInDays"] == 180
    kms.rotate_key_on_demand(KeyId=key_arn)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"old"
    assert kms.encrypt(KeyId=key_arn, Plaintext=b"x")["CiphertextBlob"] != blob
    assert [r["RotationType"] for r in kms.list_key_rotations(KeyId=key_arn)["Rotations"]] == ["ON_DEMAND"]
    kms.disable_key_rotation(KeyId=key_arn)
    assert kms.get_key_rotation_status(KeyId=key_arn)["KeyRotationEnabled"] is False


def test_a_grant(kms, key_arn):
    root = "arn:aws:iam::123456789012:root"
    wanted = {"KeyId": key_arn, "GranteePrincipal": root, "RetiringPrincipal": root, "Name": "n", "Operations": ["Encrypt", "Decrypt"],
              "Constraints": {"EncryptionContextEquals": {"a": "1"}}}
    with refused("DryRunOperationException"):
        kms.create_grant(**wanted, DryRun=True)
    made = kms.create_grant(**wanted)
    again = kms.create_grant(**wanted)
    assert again["GrantId"] == made["GrantId"] and again["GrantToken"] != made["GrantToken"]
    kms.encrypt(KeyId=key_arn, Plaintext=b"x", GrantTokens=[made["GrantToken"]])
    with refused("InvalidGrantTokenException", 400):
        kms.encrypt(KeyId=key_arn, Plaintext=b"x", GrantTokens=["other"])
    for listed in (kms.list_grants(KeyId=key_arn)["Grants"], kms.list_grants(KeyId=key_arn, GrantId=made["GrantId"])["Grants"],
                   [g for g in kms.list_retirable_grants(RetiringPrincipal=root)["Grants"] if g["KeyId"] == key_arn]):
        assert [g["GrantId"] for g in listed] == [made["GrantId"]] and listed[0]["IssuingAccount"] == root
        assert listed[0]["Constraints"]["EncryptionContextEquals"] == {"a": "1"}
    kms.retire_grant(GrantToken=made["GrantToken"])
    other = kms.create_grant(**wanted)["GrantId"]
    kms.revoke_grant(KeyId=key_arn, GrantId=other)
    assert kms.list_grants(KeyId=key_arn)["Grants"] == []
    with refused("NotFoundException", 400, f"Grant ID {other} not found"):
        kms.revoke_grant(KeyId=key_arn, GrantId=other)
    kms.disable_key(KeyId=key_arn)
    with refused("DisabledException", 400):
        kms.create_grant(**wanted)


def test_there_are_no_custom_key_stores(kms):
    answer = kms.describe_custom_key_stores()
    assert answer["CustomKeyStores"] == [] and answer["Truncated"] is False
    with refused("CustomKeyStoreNotFoundException", 400):
        kms.describe_custom_key_stores(CustomKeyStoreId="cks-1234567890abcdef0")
    with refused("UnsupportedOperationException", 400):
        kms.create_custom_key_store(CustomKeyStoreName="n", CloudHsmClusterId="cluster-1a23b4cdefg", KeyStorePassword="kmsPswd1",
                                    TrustAnchorCertificate="x")
    for ask in (kms.connect_custom_key_store, kms.disconnect_custom_key_store, kms.update_custom_key_store, kms.delete_custom_key_store):
        with refused("UnsupportedOperationException", 400):
            ask(CustomKeyStoreId="cks-1234567890abcdef0")


def test_a_closed_key_closes_the_data(s3, kms, bucket, key_arn):
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_arn, "BucketKeyEnabled": True}
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **how)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    kms.disable_key(KeyId=key_arn)
    with refused("KMS.DisabledException", 400, f"{key_arn} is disabled."):
        s3.get_object(Bucket=bucket, Key="k")
    with refused("KMS.DisabledException", 400):
        s3.put_object(Bucket=bucket, Key="k2", Body=b"x", **how)
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == key_arn
    kms.enable_key(KeyId=key_arn)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    kms.schedule_key_deletion(KeyId=key_arn, PendingWindowInDays=7)
    with refused("KMS.KMSInvalidStateException", 400, f"{key_arn} is pending deletion."):
        s3.get_object(Bucket=bucket, Key="k")


def test_reading_takes_a_right_to_the_key(s3, kms, bucket, user, key_arn):
    for key, bucket_key in [("with", True), ("without", False)]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn, BucketKeyEnabled=bucket_key)
    theirs = user.client("s3")
    user.allow("s3:*", [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"])
    for key in ["with", "without"]:
        with refused("AccessDenied", 403, "kms:Decrypt"):
            theirs.get_object(Bucket=bucket, Key=key)
    with refused("AccessDenied", 403, "kms:GenerateDataKey"):
        theirs.put_object(Bucket=bucket, Key="mine", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)
    user.allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arn, name="key", condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}})
    for key in ["with", "without"]:
        assert theirs.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x"
    theirs.put_object(Bucket=bucket, Key="mine", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn, BucketKeyEnabled=True)
    with refused("AccessDeniedException", 400):
        user.client("kms").generate_data_key(KeyId=key_arn, KeySpec="AES_256")
    user.iam.delete_user_policy(UserName=user.name, PolicyName="key")
    for key in ["with", "without", "mine"]:
        with refused("AccessDenied", 403):
            theirs.get_object(Bucket=bucket, Key=key)


@pytest.mark.parametrize("how, code", [
    ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "fake-key-id"}, "KMS.NotFoundException"),
    ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "11111111-2222-4333-8444-555555555555"}, "KMS.NotFoundException"),
    ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-4333-8444-555555555555"}, "KMS.NotFoundException"),
    ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "arn:aws:kms:us-east-1:210987654321:key/11111111-2222-4333-8444-555555555555"}, "AccessDenied"),
    ({"ServerSideEncryption": "rot13"}, "InvalidArgument"),
    ({"ServerSideEncryption": "AES256", "SSEKMSKeyId": "alias/x"}, "InvalidArgument"),
    ({"SSEKMSKeyId": "alias/x"}, "InvalidArgument"),
    ({"ServerSideEncryption": "AES256", "SSEKMSEncryptionContext": "e30="}, "InvalidArgument"),
    ({"ServerSideEncryption": "aws:kms", "SSEKMSEncryptionContext": "b29wcw=="}, "InvalidArgument"),
])
def test_what_cannot_be_encrypted_is_not_stored(s3, bucket, how, code):
    with refused(code):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", **how)
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="k")


def test_an_encryption_context_is_kept_and_not_told(s3, bucket, key_arn):
    context = base64.b64encode(b'{"team":"a"}').decode()
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn, SSEKMSEncryptionContext=context)
    assert put["SSEKMSEncryptionContext"] == context
    for answer in [s3.get_object(Bucket=bucket, Key="k"), s3.head_object(Bucket=bucket, Key="k")]:
        assert not any("encryption-context" in name for name in answer["ResponseMetadata"]["HTTPHeaders"])


def test_the_aws_managed_key(s3, kms, bucket):
    arn = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")["SSEKMSKeyId"]
    metadata = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert metadata["Arn"] == arn and metadata["KeyManager"] == "AWS"
    for call in [kms.disable_key, kms.schedule_key_deletion]:
        with refused(("AccessDeniedException", "KMSInvalidStateException", "UnsupportedOperationException"), 400):
            call(KeyId=arn)
    with refused("AccessDeniedException", 400):
        kms.encrypt(KeyId=arn, Plaintext=b"x")


def test_deleting_a_key_that_still_protects_objects_is_told(server, s3, kms, bucket):
    """The operator reads in the log what becomes unreadable; a key without objects goes silently."""
    used, unused = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    s3.put_object(Bucket=bucket, Key="a", Body=b"12345", ServerSideEncryption="aws:kms", SSEKMSKeyId=used)
    s3.put_object(Bucket=bucket, Key="b", Body=b"123", ServerSideEncryption="aws:kms", SSEKMSKeyId=used, BucketKeyEnabled=True)
    s3.put_object(Bucket=bucket, Key="c", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=unused)
    s3.delete_object(Bucket=bucket, Key="c")
    for key in (used, unused):
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    lines = [line for line in server.log.read_text().splitlines() if "kms.deletion" in line]
    assert not [line for line in lines if unused in line], lines
    told = [line for line in lines if used in line]
    assert len(told) == 1 and "kms.deletion_of_key_in_use" in told[0], lines
    for field in ("objects", "bytes", "buckets"):
        assert field in told[0]
    values = dict(re.findall(r'"?(objects|bytes|buckets)"?[=:]"?(\d+)', told[0]))
    assert values == {"objects": "2", "bytes": "8", "buckets": "1"}, told
