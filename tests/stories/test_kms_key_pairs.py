"""Keys with a key pair and HMAC keys: what they sign, encrypt and authenticate, held against pyca/cryptography in both directions."""
import hashlib
import os

import pytest
from checks import refused
from conftest import unique
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES = {"ECC_NIST_P256": ec.SECP256R1, "ECC_NIST_P384": ec.SECP384R1, "ECC_NIST_P521": ec.SECP521R1, "ECC_SECG_P256K1": ec.SECP256K1}
RSA_SIGNATURES = [f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PKCS1_V1_5", "PSS") for bits in HASHES]
ECDSA = {"ECC_NIST_P256": "ECDSA_SHA_256", "ECC_NIST_P384": "ECDSA_SHA_384", "ECC_NIST_P521": "ECDSA_SHA_512", "ECC_SECG_P256K1": "ECDSA_SHA_256"}


@pytest.fixture(scope="module")
def key_of(kms):
    """Answers the ARN of a key of this spec and usage; made once."""
    made = {}

    def find(spec, usage):
        if (spec, usage) not in made:
            made[spec, usage] = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]
        return made[spec, usage]
    return find


def public_key(kms, key):
    return serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])


def check_signature(public, algorithm, digest, signature):
    """Checks a signature outside of the service."""
    hashed = HASHES[algorithm[-3:]]
    if algorithm.startswith("ECDSA"):
        return public.verify(signature, digest, ec.ECDSA(utils.Prehashed(hashed)))
    pad = padding.PSS(padding.MGF1(hashed), hashed.digest_size) if "PSS" in algorithm else padding.PKCS1v15()
    return public.verify(signature, digest, pad, utils.Prehashed(hashed))


SPECS = [("RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]),
         ("RSA_3072", "SIGN_VERIFY", "SigningAlgorithms", RSA_SIGNATURES),
         ("ECC_NIST_P521", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_512"]),
         ("ECC_NIST_P256", "KEY_AGREEMENT", "KeyAgreementAlgorithms", ["ECDH"]),
         ("ECC_SECG_P256K1", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_256"]),
         ("HMAC_224", "GENERATE_VERIFY_MAC", "MacAlgorithms", ["HMAC_SHA_224"])]


@pytest.mark.parametrize("spec, usage, name, algorithms", SPECS)
def test_a_key_as_made(kms, key_of, spec, usage, name, algorithms):
    metadata = kms.describe_key(KeyId=key_of(spec, usage))["KeyMetadata"]
    assert (metadata["KeySpec"], metadata["CustomerMasterKeySpec"], metadata["KeyUsage"]) == (spec, spec, usage)
    assert sorted(metadata[name]) == sorted(algorithms)
    assert {key for key in metadata if key.endswith("Algorithms")} == {name}
    assert metadata["KeyState"] == "Enabled" and metadata["Origin"] == "AWS_KMS" and "CurrentKeyMaterialId" not in metadata


@pytest.mark.parametrize("spec, usage", [("RSA_2048", "KEY_AGREEMENT"), ("RSA_2048", "GENERATE_VERIFY_MAC"), ("ECC_SECG_P256K1", "KEY_AGREEMENT"),
                                         ("ECC_NIST_P256", "ENCRYPT_DECRYPT"), ("HMAC_256", "SIGN_VERIFY"), ("SYMMETRIC_DEFAULT", "SIGN_VERIFY")])
def test_combinations_that_there_are_not(kms, spec, usage):
    with refused("ValidationException", 400, f"KeyUsage {usage} is not compatible with KeySpec {spec}"):
        kms.create_key(KeySpec=spec, KeyUsage=usage)
    if spec != "SYMMETRIC_DEFAULT":
        with refused("ValidationException", 400, "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."):
            kms.create_key(KeySpec=spec)


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1"])
def test_public_keys(kms, key_of, spec):
    key = key_of(spec, "SIGN_VERIFY")
    answer = kms.get_public_key(KeyId=key)
    public = serialization.load_der_public_key(answer["PublicKey"])
    if spec.startswith("RSA"):
        assert isinstance(public, rsa.RSAPublicKey) and public.key_size == int(spec[4:])
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, CURVES[spec])
    assert (answer["KeyId"], answer["KeySpec"], answer["CustomerMasterKeySpec"], answer["KeyUsage"]) == (key, spec, spec, "SIGN_VERIFY")
    assert answer["SigningAlgorithms"] and "EncryptionAlgorithms" not in answer
    again = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert again == answer["PublicKey"] == kms.get_public_key(KeyId=key)["PublicKey"]


@pytest.mark.parametrize("spec, algorithm", [("RSA_2048", name) for name in RSA_SIGNATURES] + [("RSA_4096", "RSASSA_PSS_SHA_512")] + list(ECDSA.items()))
def test_signatures(kms, key_of, spec, algorithm):
    key, message = key_of(spec, "SIGN_VERIFY"), os.urandom(4096)
    public, digest = public_key(kms, key), hashlib.new("sha" + algorithm[-3:], message).digest()
    for said in [{"Message": message}, {"Message": message, "MessageType": "RAW"}, {"Message": digest, "MessageType": "DIGEST"}]:
        answer = kms.sign(KeyId=key, SigningAlgorithm=algorithm, **said)
        assert (answer["KeyId"], answer["SigningAlgorithm"]) == (key, algorithm)
        check_signature(public, algorithm, digest, answer["Signature"])
        with pytest.raises(InvalidSignature):
            check_signature(public, algorithm, digest[::-1], answer["Signature"])
        verified = kms.verify(KeyId=key, SigningAlgorithm=algorithm, Signature=answer["Signature"], **said)
        assert (verified["SignatureValid"], verified["KeyId"], verified["SigningAlgorithm"]) == (True, key, algorithm)
    signature = answer["Signature"]
    for wrong in [{"Message": message[:-1]}, {"Message": message, "Signature": signature[:-1] + bytes([signature[-1] ^ 1])},
                  {"Message": message, "Signature": signature[:-1]}, {"Message": message, "Signature": b"x"}]:
        with refused("KMSInvalidSignatureException", 400):
            kms.verify(KeyId=key, SigningAlgorithm=algorithm, **{"Signature": signature, **wrong})
    with refused("ValidationException", 400, f"Digest is invalid length for algorithm {algorithm}."):
        kms.sign(KeyId=key, SigningAlgorithm=algorithm, Message=digest[:-1], MessageType="DIGEST")
    with refused("DryRunOperationException", 400):
        kms.sign(KeyId=key, SigningAlgorithm=algorithm, Message=message, DryRun=True)


def test_what_sign_refuses(kms, key_of, key_arn):
    ecc, encrypts = key_of("ECC_NIST_P256", "SIGN_VERIFY"), key_of("RSA_2048", "ENCRYPT_DECRYPT")
    with refused("InvalidKeyUsageException", 400, "Algorithm RSASSA_PSS_SHA_256 is incompatible with key spec ECC_NIST_P256."):
        kms.sign(KeyId=ecc, SigningAlgorithm="RSASSA_PSS_SHA_256", Message=b"x")
    for key, usage in [(encrypts, "ENCRYPT_DECRYPT"), (key_arn, "ENCRYPT_DECRYPT"), (key_of("HMAC_256", "GENERATE_VERIFY_MAC"), "GENERATE_VERIFY_MAC")]:
        with refused("InvalidKeyUsageException", 400, f"{key} key usage is {usage} which is not valid for Sign."):
            kms.sign(KeyId=key, SigningAlgorithm="RSASSA_PSS_SHA_256", Message=b"x")
    with refused("ValidationException", 400, "Value at 'message' failed to satisfy constraint: Member must have length less than or equal to 4096"):
        kms.sign(KeyId=ecc, SigningAlgorithm="ECDSA_SHA_256", Message=b"x" * 4097)
    for key in [key_arn, key_of("HMAC_256", "GENERATE_VERIFY_MAC")]:
        with refused("UnsupportedOperationException", 400):
            kms.get_public_key(KeyId=key)


@pytest.mark.parametrize("spec, algorithm, longest", [("RSA_2048", "RSAES_OAEP_SHA_1", 214), ("RSA_2048", "RSAES_OAEP_SHA_256", 190),
                                                      ("RSA_3072", "RSAES_OAEP_SHA_256", 318), ("RSA_4096", "RSAES_OAEP_SHA_1", 470)])
def test_encryption_under_rsa(kms, key_of, spec, algorithm, longest):
    key, plain = key_of(spec, "ENCRYPT_DECRYPT"), os.urandom(longest)
    answer = kms.encrypt(KeyId=key, Plaintext=plain, EncryptionAlgorithm=algorithm)
    assert (answer["KeyId"], answer["EncryptionAlgorithm"], len(answer["CiphertextBlob"])) == (key, algorithm, int(spec[4:]) // 8)
    hashed = hashes.SHA1() if algorithm.endswith("_1") else hashes.SHA256()
    elsewhere = public_key(kms, key).encrypt(plain, padding.OAEP(padding.MGF1(hashed), hashed, None))
    for blob in [answer["CiphertextBlob"], elsewhere]:
        opened = kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
        assert (opened["Plaintext"], opened["KeyId"], opened["EncryptionAlgorithm"]) == (plain, key, algorithm)
        assert "KeyMaterialId" not in opened
    with refused("ValidationException", 400, f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {longest} bytes."):
        kms.encrypt(KeyId=key, Plaintext=plain + b"x", EncryptionAlgorithm=algorithm)
    nothing = public_key(kms, key).encrypt(b"", padding.OAEP(padding.MGF1(hashed), hashed, None))
    other = "RSAES_OAEP_SHA_256" if algorithm.endswith("_1") else "RSAES_OAEP_SHA_1"
    for wrong in [{"CiphertextBlob": nothing}, {"CiphertextBlob": elsewhere[:-1]}, {"CiphertextBlob": bytes(len(elsewhere))}, {"EncryptionAlgorithm": other}]:
        with refused("InvalidCiphertextException", 400):
            kms.decrypt(**{"KeyId": key, "CiphertextBlob": elsewhere, "EncryptionAlgorithm": algorithm, **wrong})


def test_what_encryption_under_rsa_refuses(kms, key_of, key_arn):
    key, algorithm = key_of("RSA_2048", "ENCRYPT_DECRYPT"), "RSAES_OAEP_SHA_256"
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionAlgorithm=algorithm)["CiphertextBlob"]
    with refused("InvalidKeyUsageException", 400, "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048."):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    with refused("InvalidKeyUsageException", 400, f"Algorithm {algorithm} is incompatible with key spec SYMMETRIC_DEFAULT."):
        kms.encrypt(KeyId=key_arn, Plaintext=b"x", EncryptionAlgorithm=algorithm)
    with refused("ValidationException", 400, "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs."):
        kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionAlgorithm=algorithm, EncryptionContext={"a": "1"})
    with refused("ValidationException", 400, "KeyId must not be null"):
        kms.decrypt(CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
    with refused("InvalidCiphertextException", 400):
        kms.decrypt(KeyId=key, CiphertextBlob=blob)
    signs = key_of("RSA_2048", "SIGN_VERIFY")
    with refused("InvalidKeyUsageException", 400, f"{signs} key usage is SIGN_VERIFY which is not valid for Decrypt."):
        kms.decrypt(KeyId=signs, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
    with refused("IncorrectKeyException", 400):
        kms.decrypt(KeyId=key, CiphertextBlob=kms.encrypt(KeyId=key_arn, Plaintext=b"x")["CiphertextBlob"])
    with refused("InvalidKeyUsageException", 400, "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048."):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256")


def test_re_encryption_between_kinds(kms, key_of, key_arn):
    key, algorithm = key_of("RSA_2048", "ENCRYPT_DECRYPT"), "RSAES_OAEP_SHA_256"
    blob = kms.encrypt(KeyId=key_arn, Plaintext=b"moved")["CiphertextBlob"]
    there = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key, DestinationEncryptionAlgorithm=algorithm)
    assert (there["SourceEncryptionAlgorithm"], there["DestinationEncryptionAlgorithm"]) == ("SYMMETRIC_DEFAULT", algorithm)
    assert "SourceKeyMaterialId" in there and "DestinationKeyMaterialId" not in there
    back = kms.re_encrypt(CiphertextBlob=there["CiphertextBlob"], SourceKeyId=key, SourceEncryptionAlgorithm=algorithm, DestinationKeyId=key_arn)
    assert kms.decrypt(CiphertextBlob=back["CiphertextBlob"])["Plaintext"] == b"moved"
    nothing = public_key(kms, key).encrypt(b"", padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    with refused("InvalidCiphertextException", 400):
        kms.re_encrypt(CiphertextBlob=nothing, SourceKeyId=key, SourceEncryptionAlgorithm=algorithm, DestinationKeyId=key_arn)
    long = kms.encrypt(KeyId=key_arn, Plaintext=b"x" * 191)["CiphertextBlob"]
    with refused("ValidationException", 400, "cannot encrypt data larger than 190 bytes."):
        kms.re_encrypt(CiphertextBlob=long, DestinationKeyId=key, DestinationEncryptionAlgorithm=algorithm)


@pytest.mark.parametrize("bits", ["224", "256", "384", "512"])
def test_macs(kms, key_of, bits):
    key, algorithm, message = key_of(f"HMAC_{bits}", "GENERATE_VERIFY_MAC"), f"HMAC_SHA_{bits}", os.urandom(4096)
    answer = kms.generate_mac(KeyId=key, MacAlgorithm=algorithm, Message=message)
    assert (answer["KeyId"], answer["MacAlgorithm"], len(answer["Mac"])) == (key, algorithm, int(bits) // 8)
    assert kms.generate_mac(KeyId=key, MacAlgorithm=algorithm, Message=message)["Mac"] == answer["Mac"]
    assert kms.verify_mac(KeyId=key, MacAlgorithm=algorithm, Message=message, Mac=answer["Mac"])["MacValid"] is True
    for wrong in [{"Mac": answer["Mac"][:-1]}, {"Mac": answer["Mac"][::-1]}, {"Message": message[1:]}]:
        with refused("KMSInvalidMacException", 400):
            kms.verify_mac(**{"KeyId": key, "MacAlgorithm": algorithm, "Message": message, "Mac": answer["Mac"], **wrong})
    other = "HMAC_SHA_256" if bits != "256" else "HMAC_SHA_512"
    with refused("InvalidKeyUsageException", 400, f"Algorithm {other} is incompatible with key spec HMAC_{bits}."):
        kms.generate_mac(KeyId=key, MacAlgorithm=other, Message=b"x")
    with refused("DryRunOperationException", 400):
        kms.generate_mac(KeyId=key, MacAlgorithm=algorithm, Message=b"x", DryRun=True)


def test_they_do_not_rotate(kms, key_of):
    for key in [key_of("RSA_2048", "SIGN_VERIFY"), key_of("HMAC_256", "GENERATE_VERIFY_MAC")]:
        for call in [kms.enable_key_rotation, kms.disable_key_rotation, kms.get_key_rotation_status, kms.rotate_key_on_demand, kms.list_key_rotations]:
            with refused("UnsupportedOperationException", 400):
                call(KeyId=key)


def test_states_close_them(kms):
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    sign = {"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256", "Message": b"x"}
    kms.disable_key(KeyId=key)
    for call in [lambda: kms.sign(**sign), lambda: kms.get_public_key(KeyId=key), lambda: kms.verify(Signature=b"x", **sign)]:
        with refused("DisabledException", 400, f"{key} is disabled."):
            call()
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with refused("KMSInvalidStateException", 400, f"{key} is pending deletion."):
        kms.sign(**sign)
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    assert kms.sign(**sign)["Signature"]


def test_policies_see_the_algorithm(kms, key_of, user):
    key, mine = key_of("RSA_2048", "SIGN_VERIFY"), user.client("kms")
    say = {"KeyId": key, "Message": b"x"}
    user.allow(["kms:Sign", "kms:Verify"], key, condition={"StringEquals": {"kms:SigningAlgorithm": "RSASSA_PSS_SHA_256", "kms:MessageType": "RAW"}})
    signature = mine.sign(SigningAlgorithm="RSASSA_PSS_SHA_256", **say)["Signature"]
    assert mine.verify(SigningAlgorithm="RSASSA_PSS_SHA_256", Signature=signature, **say)["SignatureValid"]
    with refused("AccessDeniedException", 400):
        mine.sign(SigningAlgorithm="RSASSA_PSS_SHA_512", **say)
    with refused("AccessDeniedException", 400):
        mine.sign(SigningAlgorithm="RSASSA_PSS_SHA_256", MessageType="DIGEST", KeyId=key, Message=bytes(32))
    mac, rsa_key = key_of("HMAC_256", "GENERATE_VERIFY_MAC"), key_of("RSA_2048", "ENCRYPT_DECRYPT")
    user.allow("kms:*", "*", condition={"StringEquals": {"kms:MacAlgorithm": "HMAC_SHA_512"}})
    with refused("AccessDeniedException", 400):
        mine.generate_mac(KeyId=mac, MacAlgorithm="HMAC_SHA_256", Message=b"x")
    user.allow("kms:*", "*", condition={"StringEquals": {"kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256", "kms:KeySpec": "RSA_2048"}})
    assert mine.encrypt(KeyId=rsa_key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256")["CiphertextBlob"]
    with refused("AccessDeniedException", 400):
        mine.encrypt(KeyId=rsa_key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_1")


def test_grants_for_them(kms, key_of, user):
    key, mine = key_of("ECC_NIST_P256", "SIGN_VERIFY"), user.client("kms")
    with refused("AccessDeniedException", 400):
        mine.sign(KeyId=key, SigningAlgorithm="ECDSA_SHA_256", Message=b"x")
    grant = kms.create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Sign", "GetPublicKey"])
    tokens = {"GrantTokens": [grant["GrantToken"]]}
    assert mine.sign(KeyId=key, SigningAlgorithm="ECDSA_SHA_256", Message=b"x", **tokens)["Signature"]
    assert mine.get_public_key(KeyId=key, **tokens)["PublicKey"]
    with refused("AccessDeniedException", 400):
        mine.verify(KeyId=key, SigningAlgorithm="ECDSA_SHA_256", Message=b"x", Signature=b"x")
    with refused("ValidationException", 400):
        kms.create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt"])
    with refused("ValidationException", 400):
        kms.create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Sign"], Constraints={"EncryptionContextEquals": {"a": "1"}})


def test_an_alias_stays_with_its_kind(kms, key_of, key_arn):
    alias = f"alias/{unique('pair')}"
    kms.create_alias(AliasName=alias, TargetKeyId=key_of("ECC_NIST_P256", "SIGN_VERIFY"))
    assert kms.sign(KeyId=alias, SigningAlgorithm="ECDSA_SHA_256", Message=b"x")["KeyId"] == key_of("ECC_NIST_P256", "SIGN_VERIFY")
    kms.update_alias(AliasName=alias, TargetKeyId=key_of("RSA_2048", "SIGN_VERIFY"))
    for other in [key_arn, key_of("RSA_2048", "ENCRYPT_DECRYPT"), key_of("HMAC_256", "GENERATE_VERIFY_MAC")]:
        with refused("ValidationException", 400):
            kms.update_alias(AliasName=alias, TargetKeyId=other)


def test_objects_need_a_symmetric_key(kms, key_of, s3, bucket):
    for key in [key_of("RSA_2048", "ENCRYPT_DECRYPT"), key_of("RSA_2048", "SIGN_VERIFY"), key_of("HMAC_256", "GENERATE_VERIFY_MAC")]:
        with refused("KMS.InvalidKeyUsageException", 400):
            s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_multi_region_keys_serve_as_any_other(kms, s3, bucket):
    metadata = kms.create_key(MultiRegion=True)["KeyMetadata"]
    key, arn = metadata["KeyId"], metadata["Arn"]
    assert key.startswith("mrk-") and len(key) == 36 and metadata["MultiRegion"] is True
    assert metadata["MultiRegionConfiguration"] == {"MultiRegionKeyType": "PRIMARY", "PrimaryKey": {"Arn": arn, "Region": "us-east-1"}, "ReplicaKeys": []}
    assert kms.describe_key(KeyId=key)["KeyMetadata"] == metadata
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_4096", *CURVES])
def test_data_key_pairs(kms, key_arn, spec):
    context = {"a": "1"}
    answer = kms.generate_data_key_pair(KeyId=key_arn, KeyPairSpec=spec, EncryptionContext=context)
    assert (answer["KeyId"], answer["KeyPairSpec"], len(answer["KeyMaterialId"])) == (key_arn, spec, 64)
    private = serialization.load_der_private_key(answer["PrivateKeyPlaintext"], None)
    public = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert public == answer["PublicKey"]
    assert kms.decrypt(CiphertextBlob=answer["PrivateKeyCiphertextBlob"], EncryptionContext=context)["Plaintext"] == answer["PrivateKeyPlaintext"]
    with refused("InvalidCiphertextException", 400):
        kms.decrypt(CiphertextBlob=answer["PrivateKeyCiphertextBlob"])


def test_data_key_pairs_without_their_plaintext(kms, key_of, key_arn, user):
    answer = kms.generate_data_key_pair_without_plaintext(KeyId=key_arn, KeyPairSpec="ECC_NIST_P256")
    assert "PrivateKeyPlaintext" not in answer
    private = serialization.load_der_private_key(kms.decrypt(CiphertextBlob=answer["PrivateKeyCiphertextBlob"])["Plaintext"], None)
    assert private.public_key() == serialization.load_der_public_key(answer["PublicKey"])
    with refused("DryRunOperationException", 400):
        kms.generate_data_key_pair(KeyId=key_arn, KeyPairSpec="ECC_NIST_P256", DryRun=True)
    rsa_key, signs = key_of("RSA_2048", "ENCRYPT_DECRYPT"), key_of("RSA_2048", "SIGN_VERIFY")
    with refused("InvalidKeyUsageException", 400, "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048."):
        kms.generate_data_key_pair(KeyId=rsa_key, KeyPairSpec="ECC_NIST_P256")
    with refused("InvalidKeyUsageException", 400, f"{signs} key usage is SIGN_VERIFY which is not valid for GenerateDataKeyPair."):
        kms.generate_data_key_pair(KeyId=signs, KeyPairSpec="ECC_NIST_P256")
    mine = user.client("kms")
    user.allow("kms:GenerateDataKeyPair", key_arn, condition={"StringEquals": {"kms:DataKeyPairSpec": "ECC_NIST_P384"}})
    assert mine.generate_data_key_pair(KeyId=key_arn, KeyPairSpec="ECC_NIST_P384")["PublicKey"]
    with refused("AccessDeniedException", 400):
        mine.generate_data_key_pair(KeyId=key_arn, KeyPairSpec="ECC_NIST_P256")


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_shared_secrets(kms, key_of, spec):
    key = key_of(spec, "KEY_AGREEMENT")
    own = ec.generate_private_key(CURVES[spec]())
    peer = own.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    answer = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=peer)
    assert answer["SharedSecret"] == own.exchange(ec.ECDH(), public_key(kms, key))
    assert (answer["KeyId"], answer["KeyAgreementAlgorithm"], answer["KeyOrigin"]) == (key, "ECDH", "AWS_KMS")
    other = ec.generate_private_key(ec.SECP256K1()).public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for wrong in [b"no key", peer[:-1], peer + b"x", peer[:-1] + bytes([peer[-1] ^ 1]), other]:
        with refused("ValidationException", 400):
            kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=wrong)
    with refused("DryRunOperationException", 400):
        kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=peer, DryRun=True)
    signs = key_of(spec, "SIGN_VERIFY")
    with refused("InvalidKeyUsageException", 400, f"{signs} key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret."):
        kms.derive_shared_secret(KeyId=signs, KeyAgreementAlgorithm="ECDH", PublicKey=peer)
