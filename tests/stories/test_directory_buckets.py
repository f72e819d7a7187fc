"""Directory buckets: names and zones, their lists, policy and encryption, one KMS key for life; boto3's own session handling."""
import pytest

import directory
import harness
from directory import arn_of, encrypt, make, refusal, rule

pytestmark = pytest.mark.needs("s3", "CreateSession")


@pytest.fixture(params=["address", "hostname"])
def client(server, request):
    return server.client("s3", endpoint=server.hostname_endpoint if request.param == "hostname" else None)


@pytest.fixture
def place(s3):
    return make(s3)


def test_a_bucket_from_its_making_to_its_end(client, s3):
    bucket = make(client)
    head = client.head_bucket(Bucket=bucket)
    assert (head["BucketLocationType"], head["BucketLocationName"]) == ("AvailabilityZone", directory.ZONE)
    assert head["BucketArn"] == arn_of(bucket)
    listed = {b["Name"]: b for b in client.list_directory_buckets()["Buckets"]}
    assert listed[bucket]["BucketArn"] == arn_of(bucket)
    assert bucket not in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    stored = client.put_object(Bucket=bucket, Key="a/b.txt", Body=b"hello", ContentType="text/plain", Metadata={"m": "1"})
    assert stored["ETag"] != '"5d41402abc4b2a76b9719d911017c592"'
    got = client.get_object(Bucket=bucket, Key="a/b.txt")
    assert got["Body"].read() == b"hello"
    assert (got["StorageClass"], got["ContentType"], got["Metadata"]) == ("EXPRESS_ONEZONE", "text/plain", {"m": "1"})
    assert client.head_object(Bucket=bucket, Key="a/b.txt")["ContentLength"] == 5
    assert refusal(client.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)
    client.delete_object(Bucket=bucket, Key="a/b.txt")
    client.delete_bucket(Bucket=bucket)
    assert bucket not in [b["Name"] for b in client.list_directory_buckets()["Buckets"]]


def test_large_objects_lie_in_the_zone(client, place):
    body = bytes(range(256)) * 4096  # 1 MiB
    client.put_object(Bucket=place, Key="large", Body=body)
    assert client.get_object(Bucket=place, Key="large")["Body"].read() == body
    assert client.get_object(Bucket=place, Key="large", Range="bytes=70000-70009")["Body"].read() == body[70000:70010]


def test_names_and_zones(s3):
    def create(bucket, zone=directory.ZONE, **changes):
        configuration = {"Location": {"Type": "AvailabilityZone", "Name": zone},
                         "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"}, **changes}
        return refusal(s3.create_bucket, Bucket=bucket, CreateBucketConfiguration=configuration)[1]
    good = directory.name_of()
    assert create(good, zone="use1-az5") == 400
    assert create(good.replace(directory.ZONE, "use1-az6"), zone="use1-az6") == 400
    assert create(good, Bucket={"Type": "Other", "DataRedundancy": "SingleAvailabilityZone"}) == 400
    assert create(good, Location={"Type": "LocalZone", "Name": directory.ZONE}) == 400
    assert refusal(s3.create_bucket, Bucket=good)[1] == 400
    assert create(f"Big-{good}") == 400
    assert refusal(s3.create_bucket, Bucket="plain-name", CreateBucketConfiguration={
        "Location": {"Type": "AvailabilityZone", "Name": directory.ZONE}, "Bucket": {"Type": "Directory"}})[1] == 400
    bucket = make(s3)
    assert create(bucket) == 409


def test_pages_of_the_list(s3):
    made = {make(s3, "paged") for _ in range(3)}
    names, token = [], {}
    while True:
        page = s3.list_directory_buckets(MaxDirectoryBuckets=2, **token)
        names += [b["Name"] for b in page["Buckets"]]
        assert len(page["Buckets"]) <= 2
        if "ContinuationToken" not in page:
            break
        token = {"ContinuationToken": page["ContinuationToken"]}
    assert made <= set(names) and names == sorted(names) and len(names) == len(set(names))


def test_unsupported_operations_say_so(s3, place):
    assert refusal(s3.list_objects, Bucket=place) == ("NotSupported", 501)
    for ask in (s3.get_bucket_versioning, s3.get_bucket_location, s3.get_bucket_logging, s3.list_object_versions, s3.get_bucket_tagging):
        assert refusal(ask, Bucket=place)[1] == 501, ask
    s3.put_object(Bucket=place, Key="k", Body=b"x")
    assert refusal(s3.put_object, Bucket=place, Key="k", Body=b"x", StorageClass="STANDARD_IA") == ("InvalidStorageClass", 400)
    assert refusal(s3.put_object, Bucket=place, Key="k", Body=b"x", ACL="public-read")[1] == 400
    assert refusal(s3.put_object, Bucket=place, Key="k", Body=b"x", ContentMD5="nd5MPD1N4dv2SdJfSIfTCw==")[1] == 501
    assert refusal(s3.put_object, Bucket=place, Key="k", Body=b"x", ServerSideEncryption="aws:kms:dsse")[1] == 400


def test_policy(s3, place, user):
    assert refusal(s3.get_bucket_policy, Bucket=place) == ("NoSuchBucketPolicy", 404)
    allowed = directory.policy({"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "s3express:CreateSession",
                                "Resource": arn_of(place)})
    s3.put_bucket_policy(Bucket=place, Policy=allowed)
    assert user.arn in s3.get_bucket_policy(Bucket=place)["Policy"]
    theirs = user.client("s3")
    theirs.put_object(Bucket=place, Key="k", Body=b"x")
    # Control actions come from identity policies alone.
    assert refusal(theirs.get_bucket_encryption, Bucket=place) == ("AccessDenied", 403)
    user.allow("s3express:GetEncryptionConfiguration", arn_of(place))
    theirs.get_bucket_encryption(Bucket=place)
    s3.delete_bucket_policy(Bucket=place)
    assert refusal(theirs.get_object, Bucket=place, Key="k") == ("AccessDenied", 403)


def test_one_key_for_life(s3, kms, place):
    def configured():
        shown = s3.get_bucket_encryption(Bucket=place)["ServerSideEncryptionConfiguration"]["Rules"][0]
        return shown["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], shown["BucketKeyEnabled"]

    def put(configuration):
        return s3.put_bucket_encryption(Bucket=place, ServerSideEncryptionConfiguration=configuration)
    assert configured() == ("AES256", False)
    metadata = kms.create_key()["KeyMetadata"]
    arn, key = metadata["Arn"], metadata["KeyId"]
    alias = f"alias/{place[:20]}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    for bad in (rule(alias), rule("alias/aws/s3"), rule(arn.replace(f"key/{key}", alias)), rule(), rule(algorithm="aws:kms:dsse"),
                rule(arn, BucketKeyEnabled=False), rule("00000000-0000-4000-8000-000000000000")):
        assert refusal(put, bad)[1] == 400, bad
    put(rule(key))
    assert configured() == ("aws:kms", True)
    stored = s3.put_object(Bucket=place, Key="k", Body=b"x")
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"], stored["BucketKeyEnabled"]) == ("aws:kms", arn, True)
    other = kms.create_key()["KeyMetadata"]["Arn"]
    assert refusal(put, rule(other))[1] == 400
    s3.delete_bucket_encryption(Bucket=place)
    assert configured() == ("AES256", False)
    assert s3.put_object(Bucket=place, Key="plain", Body=b"x")["ServerSideEncryption"] == "AES256"
    assert refusal(put, rule(other))[1] == 400
    put(rule(arn))
    assert s3.get_object(Bucket=place, Key="k")["Body"].read() == b"x"
    kms.disable_key(KeyId=key)
    assert refusal(s3.get_object, Bucket=place, Key="k")[1] == 400
    kms.enable_key(KeyId=key)
    assert s3.get_object(Bucket=place, Key="k")["Body"].read() == b"x"


def test_an_unusable_key_is_refused_at_once(s3, kms, place, user):
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    user.allow("s3express:*")
    assert refusal(user.client("s3").put_bucket_encryption, Bucket=place,
                   ServerSideEncryptionConfiguration=rule(arn)) == ("AccessDenied", 403)
    kms.disable_key(KeyId=arn)
    assert refusal(s3.put_bucket_encryption, Bucket=place,
                   ServerSideEncryptionConfiguration=rule(arn)) == ("KMS.DisabledException", 400)


def test_requests_name_the_session_s_encryption_or_none(server, s3, kms, place):
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    encrypt(s3, place, arn)
    s3 = server.client("s3")  # what made the bucket holds a session from before, which settled nothing
    assert s3.put_object(Bucket=place, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=arn)["SSEKMSKeyId"] == arn
    for headers in ({"ServerSideEncryption": "AES256"}, {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/aws/s3"},
                    {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn, "BucketKeyEnabled": False}):
        assert refusal(s3.put_object, Bucket=place, Key="k", Body=b"x", **headers)[1] == 400, headers
    assert s3.list_objects_v2(Bucket=place)["KeyCount"] == 1


def test_a_region_and_zone_of_its_own():
    with harness.Server(region="ap-northeast-1", arguments=["--zones", "apne1-az4"]) as server:
        s3 = server.client("s3")
        bucket = "tokyo--apne1-az4--x-s3"
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={
            "Location": {"Type": "AvailabilityZone", "Name": "apne1-az4"},
            "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"}})
        s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 100_000)
        assert s3.head_bucket(Bucket=bucket)["BucketArn"] == arn_of(bucket, "ap-northeast-1")
        server.restart()
        assert len(server.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read()) == 100_000
