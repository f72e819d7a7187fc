"""Multipart uploads: parts, their order and sizes, checksums full and composite, copies as parts, and what becomes of the rest."""
import base64
import hashlib
import os

import pytest
from checks import refused
from conftest import serves
from test_objects import ALGORITHMS, checksum

MIB = 1024 * 1024
PART = 5 * MIB


@pytest.fixture(scope="module")
def parts():
    """Three parts of one object: two of the least size and a short one."""
    return [os.urandom(PART), os.urandom(PART), os.urandom(12_345)]


def upload(s3, bucket, key, parts, part_options=None, **create):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key=key, **create)["UploadId"]
    done = []
    for number, data in enumerate(parts, 1):
        options = part_options(data) if part_options else {}
        answer = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=data, **options)
        done.append({"PartNumber": number, "ETag": answer["ETag"], **{k: v for k, v in answer.items() if k.startswith("Checksum") and k != "ChecksumType"}})
    return upload_id, done


def complete(s3, bucket, key, upload_id, done, **options):
    return s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": done}, **options)


@pytest.mark.parametrize("encryption", ["AES256", "aws:kms"])
def test_parts_become_an_object(s3, bucket, parts, encryption):
    upload_id, done = upload(s3, bucket, "k", parts, ServerSideEncryption=encryption)
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=upload_id)
    assert [(p["PartNumber"], p["Size"], p["ETag"]) for p in listed["Parts"]] == [(d["PartNumber"], len(b), d["ETag"]) for d, b in zip(done, parts)]
    answer = complete(s3, bucket, "k", upload_id, done)
    whole = b"".join(parts)
    assert answer["ServerSideEncryption"] == encryption
    etags = b"".join(bytes.fromhex(d["ETag"].strip('"')) for d in done)
    assert answer["ETag"] == f'"{hashlib.md5(etags).hexdigest()}-3"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["ContentLength"] == len(whole) and got["Body"].read() == whole
    for first, last in [(PART - 5, PART + 5), (2 * PART - 1, 2 * PART), (0, 2 * PART + 100), (len(whole) - 7, len(whole) - 1)]:
        assert s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}")["Body"].read() == whole[first:last + 1]
    second = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert second["Body"].read() == parts[1] and second["PartsCount"] == 3
    assert second["ResponseMetadata"]["HTTPStatusCode"] == 206
    with refused("InvalidPartNumber", 416):
        s3.get_object(Bucket=bucket, Key="k", PartNumber=4)


@pytest.mark.parametrize("algorithm, kind", [("CRC32", "COMPOSITE"), ("CRC32C", "COMPOSITE"), ("SHA1", "COMPOSITE"), ("SHA256", "COMPOSITE"),
                                             ("CRC32", "FULL_OBJECT"), ("CRC32C", "FULL_OBJECT"), ("CRC64NVME", "FULL_OBJECT")])
def test_checksums(s3, bucket, parts, algorithm, kind):
    some = [parts[0], parts[2]]
    upload_id, done = upload(s3, bucket, "k", some, lambda data: {f"Checksum{algorithm}": checksum(algorithm, data)},
                             ChecksumAlgorithm=algorithm, ChecksumType=kind)
    answer = complete(s3, bucket, "k", upload_id, done, ChecksumType=kind)
    if kind == "FULL_OBJECT":
        expected = checksum(algorithm, b"".join(some))
    else:
        pieces = b"".join(ALGORITHMS[algorithm](data) for data in some)
        expected = checksum(algorithm, pieces) + "-2"
    assert answer[f"Checksum{algorithm}"] == expected and answer["ChecksumType"] == kind
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == expected and head["ChecksumType"] == kind
    if not serves("s3", "GetObjectAttributes"):
        return
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectParts"])
    assert attributes["Checksum"][f"Checksum{algorithm}"] == expected.split("-")[0]
    assert attributes["ObjectParts"]["TotalPartsCount"] == 2


def test_a_wrong_full_checksum_is_refused(s3, bucket, parts):
    upload_id, done = upload(s3, bucket, "k", [parts[2]], ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    with refused("BadDigest", 400):
        complete(s3, bucket, "k", upload_id, done, ChecksumType="FULL_OBJECT", ChecksumCRC32=checksum("CRC32", b"other"))
    complete(s3, bucket, "k", upload_id, done, ChecksumType="FULL_OBJECT", ChecksumCRC32=checksum("CRC32", parts[2]))


def test_a_wrong_part_checksum_is_refused(s3, bucket, parts):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="SHA256")["UploadId"]
    place = {"Bucket": bucket, "Key": "k", "UploadId": upload_id, "PartNumber": 1}
    with refused("BadDigest", 400):
        s3.upload_part(Body=b"x", ChecksumSHA256=checksum("SHA256", b"y"), **place)
    with refused("InvalidRequest", 400, "Checksum Type mismatch"):
        s3.upload_part(Body=b"x", ChecksumCRC32=checksum("CRC32", b"x"), **place)


@pytest.mark.parametrize("algorithm, kind", [("SHA1", "FULL_OBJECT"), ("SHA256", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE")])
def test_a_type_that_the_algorithm_has_not(s3, bucket, algorithm, kind):
    with refused("InvalidRequest", 400):
        s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType=kind)


def test_complete_is_judged(s3, bucket, parts):
    upload_id, done = upload(s3, bucket, "k", [parts[2], parts[2]])
    with refused("EntityTooSmall", 400):
        complete(s3, bucket, "k", upload_id, done)
    with refused("InvalidPartOrder", 400):
        complete(s3, bucket, "k", upload_id, done[::-1])
    with refused("InvalidPart", 400):
        complete(s3, bucket, "k", upload_id, [{**done[0], "ETag": '"00000000000000000000000000000000"'}])
    with refused("InvalidPart", 400):
        complete(s3, bucket, "k", upload_id, [{"PartNumber": 9, "ETag": done[0]["ETag"]}])
    with refused(("MalformedXML", "InvalidRequest"), 400):
        complete(s3, bucket, "k", upload_id, [])
    complete(s3, bucket, "k", upload_id, done[:1])
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == len(parts[2])


def test_unknown_uploads(s3, bucket):
    for call in [lambda **p: s3.upload_part(PartNumber=1, Body=b"x", **p), lambda **p: s3.abort_multipart_upload(**p), lambda **p: s3.list_parts(**p),
                 lambda **p: s3.complete_multipart_upload(MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"x"'}]}, **p)]:
        with refused("NoSuchUpload", 404):
            call(Bucket=bucket, Key="k", UploadId="no-such-upload")
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    with refused("NoSuchUpload", 404):
        s3.upload_part(Bucket=bucket, Key="another", UploadId=upload_id, PartNumber=1, Body=b"x")


def test_part_numbers(s3, bucket):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    for number in [0, 10001]:
        with refused("InvalidArgument", 400, "between 1 and 10000"):
            s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=number, Body=b"x")
    last = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=10000, Body=b"last")
    complete(s3, bucket, "k", upload_id, [{"PartNumber": 10000, "ETag": last["ETag"]}])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"last"


def test_abort(s3, bucket, parts):
    upload_id, _ = upload(s3, bucket, "k", [parts[2]])
    uploads = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [(u["Key"], u["UploadId"]) for u in uploads] == [("k", upload_id)]
    assert s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    with refused("NoSuchUpload", 404):
        s3.list_parts(Bucket=bucket, Key="k", UploadId=upload_id)


def test_a_part_again_replaces_it(s3, bucket):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    place = {"Bucket": bucket, "Key": "k", "UploadId": upload_id, "PartNumber": 1}
    s3.upload_part(Body=b"first", **place)
    again = s3.upload_part(Body=b"second", **place)
    assert len(s3.list_parts(Bucket=bucket, Key="k", UploadId=upload_id)["Parts"]) == 1
    complete(s3, bucket, "k", upload_id, [{"PartNumber": 1, "ETag": again["ETag"]}])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"second"


def test_copies_as_parts(s3, bucket, parts, key_arn):
    whole = parts[0] + parts[2]
    s3.put_object(Bucket=bucket, Key="source", Body=whole, ServerSideEncryption="aws:kms", SSEKMSKeyId=key_arn)
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    place = {"Bucket": bucket, "Key": "k", "UploadId": upload_id, "CopySource": {"Bucket": bucket, "Key": "source"}}
    done = []
    for number, (first, last) in enumerate([(0, PART - 1), (PART, len(whole) - 1)], 1):
        answer = s3.upload_part_copy(PartNumber=number, CopySourceRange=f"bytes={first}-{last}", **place)
        done.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    with refused(("InvalidArgument", "InvalidRequest"), 400):
        s3.upload_part_copy(PartNumber=3, CopySourceRange=f"bytes=0-{len(whole)}", **place)
    with refused("InvalidArgument", 400):
        s3.upload_part_copy(PartNumber=3, CopySourceRange="bytes=5", **place)
    complete(s3, bucket, "k", upload_id, done)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == whole


def test_listing_pages(s3, bucket):
    ids = {(f"k{n}", s3.create_multipart_upload(Bucket=bucket, Key=f"k{n}")["UploadId"]) for n in range(5)}
    found = {(u["Key"], u["UploadId"]) for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
             for u in page.get("Uploads", [])}
    assert found == ids
    upload_id = next(i for k, i in ids if k == "k0")
    for number in range(1, 6):
        s3.upload_part(Bucket=bucket, Key="k0", UploadId=upload_id, PartNumber=number, Body=b"x")
    numbers = [p["PartNumber"] for page in s3.get_paginator("list_parts").paginate(Bucket=bucket, Key="k0", UploadId=upload_id, PaginationConfig={"PageSize": 2})
               for p in page["Parts"]]
    assert numbers == [1, 2, 3, 4, 5]


def test_the_transfer_manager(s3, bucket, tmp_path):
    data = os.urandom(20 * MIB + 17)
    (tmp_path / "up").write_bytes(data)
    s3.upload_file(str(tmp_path / "up"), bucket, "k", ExtraArgs={"ServerSideEncryption": "aws:kms"})
    assert s3.head_object(Bucket=bucket, Key="k")["ETag"].rstrip('"').endswith("-3")
    s3.download_file(bucket, "k", str(tmp_path / "down"))
    assert (tmp_path / "down").read_bytes() == data


def test_content_md5_of_a_part(s3, bucket):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    with refused("BadDigest", 400):
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b"x",
                       ContentMD5=base64.b64encode(hashlib.md5(b"y").digest()).decode())
