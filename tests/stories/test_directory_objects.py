"""Objects of directory buckets: lists, uploads in parts, copies between the kinds of bucket, conditions, append and rename."""
import subprocess
import uuid

import pytest

import directory
from directory import arn_of, encrypt, make, refusal

pytestmark = pytest.mark.needs("s3", "CreateSession")
PART = 5 * 1024 * 1024


@pytest.fixture
def place(s3):
    return make(s3)


@pytest.fixture
def sealed(s3, kms):
    """A directory bucket under a key."""
    bucket = make(s3, "sealed")
    encrypt(s3, bucket, kms.create_key()["KeyMetadata"]["Arn"])
    return bucket


def read(s3, bucket, key, **how):
    return s3.get_object(Bucket=bucket, Key=key, **how)["Body"].read()


def test_lists(s3, place):
    keys = ["a/1", "a/b/2", "c/3", "d"]
    for key in keys:
        s3.put_object(Bucket=place, Key=key, Body=b"x")
    s3.create_multipart_upload(Bucket=place, Key="up/load")
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=place)["Contents"]] == keys
    page = s3.list_objects_v2(Bucket=place, Delimiter="/")
    assert [o["Key"] for o in page["Contents"]] == ["d"]
    # A prefix that only an upload under way has is listed, too.
    assert [p["Prefix"] for p in page["CommonPrefixes"]] == ["a/", "c/", "up/"]
    page = s3.list_objects_v2(Bucket=place, Prefix="a/", Delimiter="/")
    assert [o["Key"] for o in page["Contents"]] == ["a/1"] and [p["Prefix"] for p in page["CommonPrefixes"]] == ["a/b/"]
    assert all(o["StorageClass"] == "EXPRESS_ONEZONE" for o in page["Contents"])
    names, token = [], {}
    while True:
        page = s3.list_objects_v2(Bucket=place, Delimiter="/", MaxKeys=1, **token)
        names += [p["Prefix"] for p in page.get("CommonPrefixes", [])] + [o["Key"] for o in page.get("Contents", [])]
        if not page["IsTruncated"]:
            break
        token = {"ContinuationToken": page["NextContinuationToken"]}
    assert names == ["a/", "c/", "d", "up/"]
    for bad in ({"Prefix": "a"}, {"Delimiter": "-"}, {"StartAfter": "a/1"}):
        assert refusal(s3.list_objects_v2, Bucket=place, **bad) == ("InvalidRequest", 400), bad


def test_lists_of_uploads(s3, place):
    begun = {s3.create_multipart_upload(Bucket=place, Key=key)["UploadId"] for key in ("x/1", "x/1", "x/2")}
    seen, marker = set(), {}
    while True:
        page = s3.list_multipart_uploads(Bucket=place, Prefix="x/", MaxUploads=1, **marker)
        seen |= {u["UploadId"] for u in page["Uploads"]}
        if not page["IsTruncated"]:
            break
        assert not page.get("NextUploadIdMarker")
        marker = {"KeyMarker": page["NextKeyMarker"]}
    assert seen == begun


def test_uploads_in_parts(s3, sealed):
    begun = s3.create_multipart_upload(Bucket=sealed, Key="k")
    assert (begun["ServerSideEncryption"], begun["BucketKeyEnabled"]) == ("aws:kms", True)
    at = {"Bucket": sealed, "Key": "k", "UploadId": begun["UploadId"]}
    etags = {n: s3.upload_part(**at, PartNumber=n, Body=bytes([n]) * PART)["ETag"] for n in (1, 2, 3)}

    def complete(*numbers):
        return s3.complete_multipart_upload(**at, MultipartUpload={"Parts": [{"PartNumber": n, "ETag": etags[n]} for n in numbers]})
    assert refusal(complete, 1, 3) == ("InvalidPartOrder", 400)
    assert refusal(complete, 2, 3) == ("InvalidPartOrder", 400)
    assert len(s3.list_parts(**at)["Parts"]) == 3
    complete(1, 2, 3)
    assert read(s3, sealed, "k", Range=f"bytes={PART - 1}-{PART}") == b"\x01\x02"
    attributes = s3.get_object_attributes(Bucket=sealed, Key="k", ObjectAttributes=["ETag", "ObjectSize", "StorageClass", "ObjectParts"])
    assert (attributes["ObjectSize"], attributes["StorageClass"]) == (3 * PART, "EXPRESS_ONEZONE")
    at["UploadId"] = s3.create_multipart_upload(Bucket=sealed, Key="k")["UploadId"]
    s3.delete_object(Bucket=sealed, Key="k")
    assert refusal(s3.delete_bucket, Bucket=sealed) == ("BucketNotEmpty", 409)
    s3.abort_multipart_upload(**at)
    assert refusal(s3.list_parts, **at) == ("NoSuchUpload", 404)
    s3.delete_bucket(Bucket=sealed)


def test_copies_between_the_kinds(s3, kms, bucket, place, sealed):
    general = kms.create_key()["KeyMetadata"]["Arn"]
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=directory.rule(general, BucketKeyEnabled=True))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 20000, Metadata={"m": "1"})
    to = s3.copy_object(Bucket=sealed, Key="k", CopySource=f"{bucket}/k")
    assert to["ServerSideEncryption"] == "aws:kms" and not to.get("BucketKeyEnabled")
    head = s3.head_object(Bucket=sealed, Key="k")
    assert head["Metadata"] == {"m": "1"} and head["SSEKMSKeyId"] != general and head["StorageClass"] == "EXPRESS_ONEZONE"
    back = s3.copy_object(Bucket=bucket, Key="back", CopySource=f"{sealed}/k")
    assert back["SSEKMSKeyId"] == general and not back.get("BucketKeyEnabled")
    s3.copy_object(Bucket=place, Key="k", CopySource=f"{sealed}/k")
    for where, key in ((sealed, "k"), (bucket, "back"), (place, "k")):
        assert read(s3, where, key) == b"x" * 20000
    assert refusal(s3.copy_object, Bucket=sealed, Key="k2", CopySource=f"{bucket}/k", ServerSideEncryption="aws:kms",
                   SSEKMSKeyId=general)[1] == 400
    at = {"Bucket": sealed, "Key": "parts", "UploadId": s3.create_multipart_upload(Bucket=sealed, Key="parts")["UploadId"]}
    part = s3.upload_part_copy(**at, PartNumber=1, CopySource=f"{bucket}/k", CopySourceRange="bytes=0-9")["CopyPartResult"]
    s3.complete_multipart_upload(**at, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert read(s3, sealed, "parts") == b"x" * 10


def test_a_copy_reads_its_source_as_a_session(s3, bucket, place, user):
    s3.put_object(Bucket=place, Key="k", Body=b"x")
    theirs = user.client("s3")
    user.allow(["s3:PutObject", "s3:GetObject"])
    assert refusal(theirs.copy_object, Bucket=bucket, Key="k", CopySource=f"{place}/k") == ("AccessDenied", 403)
    user.allow("s3express:CreateSession", arn_of(place), name="session",
               condition={"StringEquals": {"s3express:SessionMode": "ReadOnly"}})
    theirs.copy_object(Bucket=bucket, Key="k", CopySource=f"{place}/k")
    assert refusal(theirs.copy_object, Bucket=place, Key="l", CopySource=f"{bucket}/k") == ("AccessDenied", 403)


def test_conditions(s3, place):
    etag = s3.put_object(Bucket=place, Key="k", Body=b"one", IfNoneMatch="*")["ETag"]
    assert refusal(s3.put_object, Bucket=place, Key="k", Body=b"two", IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert refusal(s3.put_object, Bucket=place, Key="k", Body=b"two", IfMatch='"0"') == ("PreconditionFailed", 412)
    head = s3.head_object(Bucket=place, Key="k")
    for bad in ({"IfMatch": '"0"'}, {"IfMatchSize": 4}, {"IfMatchLastModifiedTime": head["LastModified"].replace(year=2001)}):
        assert refusal(s3.delete_object, Bucket=place, Key="k", **bad) == ("PreconditionFailed", 412), bad
    s3.delete_object(Bucket=place, Key="k", IfMatch=etag, IfMatchSize=3, IfMatchLastModifiedTime=head["LastModified"])
    assert refusal(s3.get_object, Bucket=place, Key="k") == ("NoSuchKey", 404)


def test_deleting_many(s3, place):
    etags = {key: s3.put_object(Bucket=place, Key=key, Body=b"x")["ETag"] for key in "abc"}
    done = s3.delete_objects(Bucket=place, Delete={"Objects": [
        {"Key": "a", "ETag": etags["a"]}, {"Key": "b", "ETag": etags["a"]}, {"Key": "c", "Size": 1}, {"Key": "d"}]})
    assert [d["Key"] for d in done["Deleted"]] == ["a", "c", "d"]
    assert [(e["Key"], e["Code"]) for e in done["Errors"]] == [("b", "PreconditionFailed")]


@pytest.mark.parametrize("kind", ["place", "sealed"])
def test_append(s3, request, kind):
    bucket = request.getfixturevalue(kind)
    assert refusal(s3.put_object, Bucket=bucket, Key="log", Body=b"a", WriteOffsetBytes=5) == ("InvalidWriteOffset", 400)
    made = s3.put_object(Bucket=bucket, Key="log", Body=b"one", WriteOffsetBytes=0, Metadata={"m": "1"})
    assert made["Size"] == 3
    content, etags = b"one", {made["ETag"]}
    for n in range(70):  # past one row of extents
        piece = b"%d," % n if n % 10 else bytes([n]) * 70_000
        done = s3.put_object(Bucket=bucket, Key="log", Body=piece, WriteOffsetBytes=len(content))
        content += piece
        etags.add(done["ETag"])
        assert done["Size"] == len(content)
    assert len(etags) == 71
    assert read(s3, bucket, "log") == content
    assert read(s3, bucket, "log", Range="bytes=2-70010") == content[2:70011]
    head = s3.head_object(Bucket=bucket, Key="log", ChecksumMode="ENABLED")
    assert head["Metadata"] == {"m": "1"} and head["ContentLength"] == len(content)
    whole = s3.put_object(Bucket=bucket, Key="whole", Body=content)
    assert head["ChecksumCRC32"] == whole["ChecksumCRC32"]
    for offset in (0, len(content) - 1, len(content) + 1):
        assert refusal(s3.put_object, Bucket=bucket, Key="log", Body=b"z", WriteOffsetBytes=offset) == ("InvalidWriteOffset", 400)
    assert refusal(s3.put_object, Bucket=bucket, Key="log", Body=b"z", WriteOffsetBytes=len(content), IfMatch='"0"')[1] == 412
    assert refusal(s3.put_object, Bucket=bucket, Key="log", Body=b"", WriteOffsetBytes=len(content))[1] == 400
    s3.copy_object(Bucket=bucket, Key="copied", CopySource=f"{bucket}/log")
    assert read(s3, bucket, "copied") == content
    s3.put_object(Bucket=bucket, Key="log", Body=b"anew")
    assert read(s3, bucket, "log") == b"anew"


def test_an_append_keeps_the_encryption(s3, kms, place, bucket):
    s3.put_object(Bucket=place, Key="log", Body=b"a")
    encrypt(s3, place, kms.create_key()["KeyMetadata"]["Arn"])
    assert refusal(s3.put_object, Bucket=place, Key="log", Body=b"b", WriteOffsetBytes=1) == ("EncryptionTypeMismatch", 400)
    assert refusal(s3.put_object, Bucket=bucket, Key="log", Body=b"b", WriteOffsetBytes=0) == ("NotImplemented", 501)


def test_appends_survive_a_restart(server, s3, sealed):
    for n in range(5):
        s3.put_object(Bucket=sealed, Key="log", Body=b"%d" % n * 30_000, WriteOffsetBytes=n * 30_000)
    server.restart(hard=True)
    again = server.client("s3")
    assert read(again, sealed, "log") == b"".join(b"%d" % n * 30_000 for n in range(5))
    again.put_object(Bucket=sealed, Key="log", Body=b"!", WriteOffsetBytes=150_000)
    assert read(again, sealed, "log")[-2:] == b"4!"


def rename(s3, bucket, source, target, **how):
    return s3.rename_object(Bucket=bucket, Key=target, RenameSource=source, **how)


@pytest.mark.parametrize("kind", ["place", "sealed"])
def test_rename(s3, request, kind):
    bucket = request.getfixturevalue(kind)
    body = b"x" * 300_000
    before = s3.put_object(Bucket=bucket, Key="a", Body=body, Metadata={"m": "y" * 500})
    for source, target in (("a", "b"), ("/b", "c/d"), (f"{bucket}/c/d", "e"), (f"/{bucket}/e", "f")):
        rename(s3, bucket, source, target)
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["f"]
    head = s3.head_object(Bucket=bucket, Key="f")
    assert (head["ETag"], head["Metadata"]) == (before["ETag"], {"m": "y" * 500})
    assert read(s3, bucket, "f") == body
    assert refusal(rename, s3, bucket, "a", "z") == ("NoSuchKey", 404)
    assert refusal(rename, s3, bucket, "f", "f")[1] == 400
    s3.put_object(Bucket=bucket, Key="other", Body=b"small")
    assert refusal(rename, s3, bucket, "f", "other", DestinationIfNoneMatch="*") == ("PreconditionFailed", 412)
    rename(s3, bucket, "f", "other")
    assert read(s3, bucket, "other") == body
    rename(s3, bucket, "other", "new", DestinationIfNoneMatch="*")
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["new"]
    s3.delete_object(Bucket=bucket, Key="new")
    s3.delete_bucket(Bucket=bucket)


def test_rename_conditions_and_tokens(s3, place):
    one = s3.put_object(Bucket=place, Key="a", Body=b"1")["ETag"]
    two = s3.put_object(Bucket=place, Key="b", Body=b"2")["ETag"]
    for bad in ({"SourceIfMatch": two}, {"SourceIfNoneMatch": one}, {"DestinationIfMatch": one}, {"DestinationIfNoneMatch": two}):
        assert refusal(rename, s3, place, "a", "b", **bad) == ("PreconditionFailed", 412), bad
    token = str(uuid.uuid4())
    rename(s3, place, "a", "b", SourceIfMatch=one, DestinationIfMatch=two, ClientToken=token)
    rename(s3, place, "a", "b", SourceIfMatch=one, DestinationIfMatch=two, ClientToken=token)  # again: the same answer
    assert refusal(rename, s3, place, "b", "c", ClientToken=token) == ("IdempotencyParameterMismatch", 400)
    assert read(s3, place, "b") == b"1"


@pytest.mark.parametrize("hostname", [False, True])
def test_the_cli(server, s3, kms, tmp_path, hostname):
    bucket = make(s3, "cli")
    encrypt(s3, bucket, kms.create_key()["KeyMetadata"]["Arn"])
    (tmp_path / "large").write_bytes(b"0123456789" * 1_000_000)

    def aws(*words):
        done = subprocess.run(["aws", *words], env=server.client_environment(hostname=hostname), cwd=tmp_path,
                              capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout
    aws("s3", "cp", "large", f"s3://{bucket}/in/large")
    assert "in/" in aws("s3", "ls", f"s3://{bucket}/")
    aws("s3", "cp", f"s3://{bucket}/in/large", "back")
    assert (tmp_path / "back").read_bytes() == (tmp_path / "large").read_bytes()
    aws("s3api", "rename-object", "--bucket", bucket, "--key", "out", "--rename-source", "in/large")
    aws("s3api", "copy-object", "--bucket", bucket, "--key", "copied", "--copy-source", f"{bucket}/out")
    aws("s3", "rm", f"s3://{bucket}/out")
    aws("s3api", "delete-object", "--bucket", bucket, "--key", "copied")
    aws("s3api", "delete-bucket", "--bucket", bucket)
