"""Versioning: what was written stays, under its own keys; what was deleted comes back."""
import json
import os
import re
import subprocess
import threading

import harness
import pytest
import wire
from botocore.exceptions import ClientError
from checks import refused
from conftest import unique

MIB = 1024 * 1024


def set_status(s3, bucket, status):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


@pytest.fixture
def versioned(s3, bucket):
    set_status(s3, bucket, "Enabled")
    return bucket


def put(s3, bucket, key, body, **more):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **more)["VersionId"]


def read(s3, bucket, key, version=None, **more):
    named = {"VersionId": version} if version else {}
    return s3.get_object(Bucket=bucket, Key=key, **named, **more)["Body"].read()


def listed(s3, bucket, **more):
    """(key, version ID, latest, marker) of every version, in the order of a merge by key."""
    out = []
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, **more):
        out += [(v["Key"], v["VersionId"], v["IsLatest"], False) for v in page.get("Versions", [])]
        out += [(m["Key"], m["VersionId"], m["IsLatest"], True) for m in page.get("DeleteMarkers", [])]
    return out


def test_the_states_of_a_bucket(s3, bucket):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    for status in ("Enabled", "Suspended", "Enabled"):
        set_status(s3, bucket, status)
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status
    with refused("IllegalVersioningConfigurationException", 400, "The Versioning element must be specified"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={})
    with refused("MalformedXML", 400):
        set_status(s3, bucket, "Off")
    with refused("NotImplemented", 501):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended", "MFADelete": "Disabled"})


def test_without_versioning_there_is_the_null_version(s3, bucket):
    answer = s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert "VersionId" not in answer and "VersionId" not in s3.get_object(Bucket=bucket, Key="k")
    assert read(s3, bucket, "k", "null") == b"1"
    assert listed(s3, bucket) == [("k", "null", True, False)]
    with refused("InvalidArgument", 400, "Invalid version id specified"):
        read(s3, bucket, "k", "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD")
    gone = s3.delete_object(Bucket=bucket, Key="k")
    assert "DeleteMarker" not in gone and "VersionId" not in gone and listed(s3, bucket) == []


@pytest.mark.parametrize("size", [0, 100, 70_000, 3 * MIB])
def test_an_overwrite_keeps_what_was_there(s3, bucket, size):
    bodies = [os.urandom(size) for _ in range(4)]
    s3.put_object(Bucket=bucket, Key="k", Body=bodies[0])
    set_status(s3, bucket, "Enabled")
    ids = ["null"] + [put(s3, bucket, "k", body) for body in bodies[1:]]
    assert len(set(ids)) == 4 and all(re.fullmatch(r"[A-Za-z0-9._]{32}", name) for name in ids[1:])
    for name, body in zip(ids, bodies):
        got = s3.get_object(Bucket=bucket, Key="k", VersionId=name)
        assert got["Body"].read() == body and got["VersionId"] == name
        assert s3.head_object(Bucket=bucket, Key="k", VersionId=name)["VersionId"] == name
        attributes = s3.get_object_attributes(Bucket=bucket, Key="k", VersionId=name, ObjectAttributes=["ObjectSize"])
        assert (attributes["VersionId"], attributes["ObjectSize"]) == (name, size)
    assert read(s3, bucket, "k") == bodies[-1]
    assert listed(s3, bucket) == [("k", name, name == ids[-1], False) for name in reversed(ids)]
    assert [o["Size"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [size]


def test_a_deletion_leaves_a_marker(s3, server, versioned):
    first, second = put(s3, versioned, "k", b"first"), put(s3, versioned, "k", b"second")
    gone = s3.delete_object(Bucket=versioned, Key="k")
    marker = gone["VersionId"]
    assert gone["DeleteMarker"] is True and marker not in (first, second)
    with refused("NoSuchKey", 404) as refusal:
        read(s3, versioned, "k")
    headers = refusal.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-delete-marker"] == "true" and headers["x-amz-version-id"] == marker
    with refused("MethodNotAllowed", 405, "The specified method is not allowed against this resource.") as refusal:
        read(s3, versioned, "k", marker)
    headers = refusal.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amz-delete-marker"] == "true" and headers["allow"] == "DELETE" and headers["last-modified"].endswith("GMT")
    assert refusal.response["Error"]["ResourceType"] == "DeleteMarker" and refusal.response["Error"]["Method"] == "GET"
    with refused("404", 404) as refusal:
        s3.head_object(Bucket=versioned, Key="k")
    assert refusal.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    with refused("405", 405):
        s3.head_object(Bucket=versioned, Key="k", VersionId=marker)
    assert "Contents" not in s3.list_objects_v2(Bucket=versioned) and s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 0
    assert read(s3, versioned, "k", first) == b"first"
    assert sorted(listed(s3, versioned)) == sorted([("k", marker, True, True), ("k", second, False, False), ("k", first, False, False)])
    back = s3.delete_object(Bucket=versioned, Key="k", VersionId=marker)
    assert (back["DeleteMarker"], back["VersionId"]) == (True, marker)
    assert read(s3, versioned, "k") == b"second"
    gone = s3.delete_object(Bucket=versioned, Key="k", VersionId=second)
    assert gone["VersionId"] == second and "DeleteMarker" not in gone
    assert read(s3, versioned, "k") == b"first"
    with refused("NoSuchVersion", 404, "The specified version does not exist.") as refusal:
        read(s3, versioned, "k", second)
    assert (refusal.response["Error"]["Key"], refusal.response["Error"]["VersionId"]) == ("k", second)
    assert "VersionId" not in s3.delete_object(Bucket=versioned, Key="k", VersionId=second)
    assert s3.delete_object(Bucket=versioned, Key="never")["DeleteMarker"] is True


@pytest.mark.parametrize("version", ["", "short", "x" * 33, "HPniJFCxqTsMuIH9KX8K8wEjNUgmABC%3A"])
def test_what_no_version_is_called(s3, server, versioned, version):
    put(s3, versioned, "k", b"x")
    answer = wire.call(server, "GET", f"/{versioned}/k?versionId={version}")
    assert (answer.status, answer.code) == (400, "InvalidArgument"), answer


def test_suspended_writes_replace_the_null_version_alone(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    set_status(s3, bucket, "Enabled")
    kept = put(s3, bucket, "k", b"kept")
    set_status(s3, bucket, "Suspended")
    assert put(s3, bucket, "k", b"null 1") == "null"
    assert put(s3, bucket, "k", b"null 2") == "null"
    assert listed(s3, bucket) == [("k", "null", True, False), ("k", kept, False, False)]
    assert read(s3, bucket, "k", "null") == b"null 2" and read(s3, bucket, "k", kept) == b"kept"
    gone = s3.delete_object(Bucket=bucket, Key="k")
    assert (gone["DeleteMarker"], gone["VersionId"]) == (True, "null")
    assert sorted(listed(s3, bucket)) == sorted([("k", "null", True, True), ("k", kept, False, False)])
    set_status(s3, bucket, "Enabled")
    newest = put(s3, bucket, "k", b"newest")
    s3.delete_object(Bucket=bucket, Key="k", VersionId="null")
    assert listed(s3, bucket) == [("k", newest, True, False), ("k", kept, False, False)]


def test_copies_name_versions(s3, versioned):
    first, second = put(s3, versioned, "k", b"first"), put(s3, versioned, "k", b"second")
    copied = s3.copy_object(Bucket=versioned, Key="k", CopySource={"Bucket": versioned, "Key": "k", "VersionId": first})
    assert copied["CopySourceVersionId"] == first and copied["VersionId"] not in (first, second)
    assert read(s3, versioned, "k") == b"first"
    assert s3.copy_object(Bucket=versioned, Key="to", CopySource={"Bucket": versioned, "Key": "k"})["CopySourceVersionId"] == copied["VersionId"]
    with refused("InvalidRequest", 400, "without changing"):
        s3.copy_object(Bucket=versioned, Key="k", CopySource={"Bucket": versioned, "Key": "k"})
    upload = s3.create_multipart_upload(Bucket=versioned, Key="joined")["UploadId"]
    part = s3.upload_part_copy(Bucket=versioned, Key="joined", UploadId=upload, PartNumber=1,
                               CopySource={"Bucket": versioned, "Key": "k", "VersionId": second})
    assert part["CopySourceVersionId"] == second
    done = s3.complete_multipart_upload(Bucket=versioned, Key="joined", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]})
    assert read(s3, versioned, "joined", done["VersionId"]) == b"second"
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    with refused("NoSuchKey", 404):
        s3.copy_object(Bucket=versioned, Key="to", CopySource={"Bucket": versioned, "Key": "k"})
    with refused("InvalidRequest", 400, "The source of a copy request may not specifically refer to a delete marker by version id."):
        s3.copy_object(Bucket=versioned, Key="to", CopySource={"Bucket": versioned, "Key": "k", "VersionId": marker})


def test_conditions_look_at_the_current_version(s3, versioned):
    put(s3, versioned, "k", b"first")
    with refused("PreconditionFailed", 412):
        put(s3, versioned, "k", b"second", IfNoneMatch="*")
    s3.delete_object(Bucket=versioned, Key="k")
    put(s3, versioned, "k", b"second", IfNoneMatch="*")
    assert read(s3, versioned, "k") == b"second"


def test_many_deletions_in_one_request(s3, versioned):
    first, second = put(s3, versioned, "a", b"1"), put(s3, versioned, "a", b"2")
    put(s3, versioned, "b", b"1")
    done = s3.delete_objects(Bucket=versioned, Delete={"Objects": [
        {"Key": "a", "VersionId": first}, {"Key": "b"}, {"Key": "a", "VersionId": "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD"}]})
    by_key = {entry["Key"]: entry for entry in done["Deleted"]}
    assert by_key["a"] == {"Key": "a", "VersionId": first}
    assert by_key["b"]["DeleteMarker"] is True and "VersionId" not in by_key["b"]
    assert [(e["Code"], e["VersionId"]) for e in done["Errors"]] == [("NoSuchVersion", "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD")]
    marker = by_key["b"]["DeleteMarkerVersionId"]
    done = s3.delete_objects(Bucket=versioned, Delete={"Objects": [{"Key": "b", "VersionId": marker}]})
    assert done["Deleted"] == [{"Key": "b", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker}]
    assert read(s3, versioned, "b") == b"1" and read(s3, versioned, "a") == b"2" and second


def test_pages_of_versions(s3, versioned):
    keys = ["a", "a/1", "a/2", "b/1", "b/2/3", "c", "é", "z z"]
    ids = {key: [put(s3, versioned, key, b"%d" % n) for n in range(4)][::-1] for key in keys}
    marker = s3.delete_object(Bucket=versioned, Key="c")["VersionId"]
    want = [(key, name) for key in sorted(keys, key=str.encode) for name in ([marker] if key == "c" else []) + ids[key]]
    for size in (1, 2, 3, 7, 1000):
        got, more = [], {}
        while True:
            page = s3.list_object_versions(Bucket=versioned, MaxKeys=size, **more)
            items = page.get("DeleteMarkers", []) + page.get("Versions", [])
            items.sort(key=lambda item: item["Key"].encode())
            assert len(items) <= size
            got += [(item["Key"], item["VersionId"]) for item in items]
            if not page["IsTruncated"]:
                break
            more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
        assert got == want
    page = s3.list_object_versions(Bucket=versioned, Delimiter="/", MaxKeys=5)
    assert [v["VersionId"] for v in page["Versions"]] == ids["a"] and [p["Prefix"] for p in page["CommonPrefixes"]] == ["a/"]
    assert page["NextKeyMarker"] == "a/" and "NextVersionIdMarker" not in page
    page = s3.list_object_versions(Bucket=versioned, Delimiter="/", KeyMarker="a/")
    assert [p["Prefix"] for p in page["CommonPrefixes"]] == ["b/"] and len(page["Versions"]) == 12 and len(page["DeleteMarkers"]) == 1
    assert {v["Key"] for v in s3.list_object_versions(Bucket=versioned, KeyMarker="b/1", Prefix="b/")["Versions"]} == {"b/2/3"}
    with refused("InvalidArgument", 400, "A version-id marker cannot be specified without a key marker."):
        s3.list_object_versions(Bucket=versioned, VersionIdMarker=marker)
    with refused("InvalidArgument", 400, "Invalid version id specified"):
        s3.list_object_versions(Bucket=versioned, KeyMarker="c", VersionIdMarker="short")


def test_a_prefix_of_markers_alone_is_not_listed(s3, versioned):
    for key in ("a/1", "a/2", "b/1"):
        put(s3, versioned, key, b"x")
    for key in ("a/1", "a/2"):
        s3.delete_object(Bucket=versioned, Key=key)
    page = s3.list_objects_v2(Bucket=versioned, Delimiter="/", MaxKeys=1)
    assert [p["Prefix"] for p in page["CommonPrefixes"]] == ["b/"] and not page["IsTruncated"]


def test_a_bucket_of_old_versions_is_not_empty(s3, versioned):
    name = put(s3, versioned, "k", b"x")
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    with refused("BucketNotEmpty", 409, "You must delete all versions in the bucket."):
        s3.delete_bucket(Bucket=versioned)
    s3.delete_object(Bucket=versioned, Key="k", VersionId=name)
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=versioned)
    s3.delete_object(Bucket=versioned, Key="k", VersionId=marker)
    s3.delete_bucket(Bucket=versioned)


def test_each_version_has_its_own_key(s3, kms, server):
    bucket = unique("story")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [{
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}]})
    set_status(s3, bucket, "Enabled")
    one, two = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    customers = [{"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)} for _ in range(2)]
    plain = put(s3, bucket, "k", b"plain")
    under_one = put(s3, bucket, "k", b"one", ServerSideEncryption="aws:kms", SSEKMSKeyId=one)
    under_two = put(s3, bucket, "k", b"two", ServerSideEncryption="aws:kms", SSEKMSKeyId=two, BucketKeyEnabled=True)
    layered = put(s3, bucket, "k", b"layers", ServerSideEncryption="aws:kms:dsse", SSEKMSKeyId=two)
    theirs = [put(s3, bucket, "k", b"theirs %d" % n, **key) for n, key in enumerate(customers)]
    assert read(s3, bucket, "k", plain) == b"plain" and read(s3, bucket, "k", under_one) == b"one"
    assert read(s3, bucket, "k", layered) == b"layers"
    for n, (name, key) in enumerate(zip(theirs, customers)):
        assert read(s3, bucket, "k", name, **key) == b"theirs %d" % n
        with refused("AccessDenied", 403):
            read(s3, bucket, "k", name, **customers[1 - n])
    kms.disable_key(KeyId=two)
    assert read(s3, bucket, "k", under_one) == b"one"
    for name in (under_two, layered):
        with refused("KMS.DisabledException", 400):
            read(s3, bucket, "k", name)
    kms.enable_key(KeyId=two)
    s3.update_object_encryption(Bucket=bucket, Key="k", VersionId=plain, ObjectEncryption={"SSEKMS": {"KMSKeyArn": two}})
    head = s3.head_object(Bucket=bucket, Key="k", VersionId=plain)
    assert (head["SSEKMSKeyId"], head["VersionId"]) == (two, plain) and read(s3, bucket, "k", plain) == b"plain"
    copied = s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k", "VersionId": theirs[0]},
                            CopySourceSSECustomerAlgorithm="AES256", CopySourceSSECustomerKey=customers[0]["SSECustomerKey"],
                            ServerSideEncryption="aws:kms", SSEKMSKeyId=one)["VersionId"]
    assert read(s3, bucket, "k") == b"theirs 0" and s3.head_object(Bucket=bucket, Key="k")["VersionId"] == copied
    s3.delete_object(Bucket=bucket, Key="k", VersionId=theirs[0])
    told = json.loads(subprocess.run([str(harness.binary()), "keys", "usage", "--data-dir", str(server.data), two], capture_output=True,
                                     text=True, check=True).stdout)
    assert told["Objects"] == 3 and told["Bytes"] == len(b"two" + b"layers" + b"plain")


def test_what_stays_is_always_there(server, s3, versioned):
    """While others are put on top of it and taken away, an old version is found by name and in every list."""
    pinned = {key: put(s3, versioned, key, b"stays") for key in ("a", "b", "c")}
    ended, failures = threading.Event(), []

    def churn(key, client):
        try:
            while not ended.is_set():
                names = [put(client, versioned, key, b"goes") for _ in range(2)]
                names.append(client.delete_object(Bucket=versioned, Key=key)["VersionId"])
                for name in reversed(names):
                    client.delete_object(Bucket=versioned, Key=key, VersionId=name)
        except Exception as error:  # pylint: disable=broad-except
            failures.append(error)

    threads = [threading.Thread(target=churn, args=(key, server.client("s3"))) for key in pinned]
    for thread in threads:
        thread.start()
    try:
        for _ in range(60):
            there = {(key, name) for key, name, _, marker in listed(s3, versioned) if not marker}
            assert set(pinned.items()) <= there
            for key, name in pinned.items():
                assert read(s3, versioned, key, name) == b"stays"
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert not failures, failures
    assert listed(s3, versioned) == [(key, name, True, False) for key, name in pinned.items()]


def test_versions_have_rights_of_their_own(s3, versioned, user):
    name = put(s3, versioned, "k", b"first")
    put(s3, versioned, "k", b"second")
    theirs = user.client("s3")
    objects = f"arn:aws:s3:::{versioned}/*"
    user.allow("s3:GetObject", objects)
    assert read(theirs, versioned, "k") == b"second"
    with refused("AccessDenied", 403, "s3:GetObjectVersion"):
        read(theirs, versioned, "k", name)
    user.allow("s3:GetObjectVersion", objects, "versions", {"StringEquals": {"s3:VersionId": name}})
    assert read(theirs, versioned, "k", name) == b"first"
    with refused("AccessDenied", 403):
        read(theirs, versioned, "k", "null")
    for action, call in {"s3:ListBucketVersions": lambda: theirs.list_object_versions(Bucket=versioned),
                         "s3:GetBucketVersioning": lambda: theirs.get_bucket_versioning(Bucket=versioned),
                         "s3:PutBucketVersioning": lambda: set_status(theirs, versioned, "Enabled"),
                         "s3:DeleteObjectVersion": lambda: theirs.delete_object(Bucket=versioned, Key="k", VersionId=name)}.items():
        with refused("AccessDenied", 403, action):
            call()
        user.allow(action, name="more")
        call()


def test_a_marker_is_no_sign_to_who_may_not_list(s3, versioned, user):
    put(s3, versioned, "behind-a-marker", b"x")
    s3.delete_object(Bucket=versioned, Key="behind-a-marker")
    user.allow("s3:GetObject", f"arn:aws:s3:::{versioned}/*")
    told = []
    for key in ("behind-a-marker", "never"):
        with refused("AccessDenied", 403) as refusal:
            read(user.client("s3"), versioned, key)
        assert "x-amz-delete-marker" not in refusal.response["ResponseMetadata"]["HTTPHeaders"]
        told.append(refusal.message.replace(key, ""))
    assert told[0] == told[1]


def test_the_whole_store_is_sound_after_all_of_it():
    with harness.Server() as server:
        s3, kms = server.client("s3"), server.client("kms")
        s3.create_bucket(Bucket="versions")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        kinds = [{}, {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}, {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": key}]
        names = []
        for round_number, status in enumerate((None, "Enabled", "Suspended", "Enabled")):
            if status:
                set_status(s3, "versions", status)
            for number in range(12):
                at = {"Bucket": "versions", "Key": f"k{number % 5}"}
                body = os.urandom((10, 20_000, 2 * MIB)[number % 3])
                answer = s3.put_object(**at, Body=body, Metadata={"m": "x" * 300 * (number % 2)}, **kinds[(number + round_number) % 3])
                names.append((at["Key"], answer.get("VersionId", "null"), body))
                if number % 4 == 3:
                    s3.delete_object(**at)
                if number % 6 == 5:
                    key_name, version, _ = names.pop(len(names) // 2)
                    s3.delete_object(Bucket="versions", Key=key_name, VersionId=version)
        there = {(key_name, version) for key_name, version, _, marker in listed(s3, "versions") if not marker}
        for key_name, version, body in names:
            if (key_name, version) in there and version != "null":
                assert read(s3, "versions", key_name, version) == body
        for how in ((), ("--open",)):
            done = subprocess.run([str(harness.binary()), "fsck", "--data-dir", str(server.data), *how], capture_output=True, text=True,
                                  env=server.server_environment(), timeout=300)
            assert done.returncode == 0 and "clean" in done.stdout, done.stdout + done.stderr
        newest = {}
        for key_name, version, body in names:
            if (key_name, version) in there and version != "null":
                newest = {"key": key_name, "version": version, "bytes": len(body)}
        done = subprocess.run([str(harness.binary()), "fsck", "--data-dir", str(server.data), "--object", f"s3://versions/{newest['key']}",
                               "--version-id", newest["version"]], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0 and newest["version"] in done.stdout and f"{newest['bytes']} bytes of content" in done.stdout, done.stdout
        for key_name, version, _, _ in listed(s3, "versions"):
            s3.delete_object(Bucket="versions", Key=key_name, VersionId=version)
        s3.delete_bucket(Bucket="versions")
        with pytest.raises(ClientError):
            s3.head_bucket(Bucket="versions")
