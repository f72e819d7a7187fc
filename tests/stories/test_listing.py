"""Listing: order, pages, prefixes, delimiters and encoding, in both versions of the call."""
import pytest
from checks import refused

KEYS = ["a", "a/1", "a/2", "a/b/3", "a b", "b/", "b/1", "c", "c&<>", "ü", "zz/1", "zz/2"]


@pytest.fixture(scope="module")
def filled(server):
    client = server.client("s3")
    client.create_bucket(Bucket="listing-story")
    for key in KEYS:
        client.put_object(Bucket="listing-story", Key=key, Body=b"x")
    return "listing-story"


def expected(prefix, delimiter):
    keys, prefixes = [], []
    for key in sorted(KEYS, key=str.encode):
        if not key.startswith(prefix):
            continue
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        if cut < 0:
            keys.append(key)
        elif key[:cut + len(delimiter)] not in prefixes:
            prefixes.append(key[:cut + len(delimiter)])
    return keys, prefixes


@pytest.mark.parametrize("call", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("page_size", [1, 2, 5, 1000])
@pytest.mark.parametrize("prefix, delimiter", [("", ""), ("", "/"), ("a", "/"), ("a/", "/"), ("b/", "/"), ("zz", ""), ("", "b"), ("none", "/")])
def test_pages_hold_everything_once(s3, filled, call, page_size, prefix, delimiter):
    keys, prefixes, pages = [], [], 0
    how = {"Delimiter": delimiter} if delimiter else {}
    for page in s3.get_paginator(call).paginate(Bucket=filled, Prefix=prefix, PaginationConfig={"PageSize": page_size}, **how):
        pages += 1
        found, folded = page.get("Contents", []), page.get("CommonPrefixes", [])
        assert len(found) + len(folded) <= page_size
        keys += [o["Key"] for o in found]
        prefixes += [p["Prefix"] for p in folded]
        if call == "list_objects_v2":
            assert page["KeyCount"] == len(found) + len(folded)
    assert (keys, prefixes) == expected(prefix, delimiter)
    assert pages == max(1, -(-(len(keys) + len(prefixes)) // page_size))


def test_what_a_listing_says(s3, filled):
    page = s3.list_objects_v2(Bucket=filled, MaxKeys=3, FetchOwner=True)
    assert page["Name"] == filled and page["MaxKeys"] == 3 and page["IsTruncated"] is True
    first = page["Contents"][0]
    assert first["Key"] == "a" and first["Size"] == 1 and first["StorageClass"] == "STANDARD" and "Owner" in first
    assert first["ETag"] == '"9dd4e461268c8034f5c8564e155c67a6"'


def test_start_after_and_marker(s3, filled):
    after = [o["Key"] for o in s3.list_objects_v2(Bucket=filled, StartAfter="b/")["Contents"]]
    assert after == [k for k in sorted(KEYS, key=str.encode) if k.encode() > b"b/"]
    assert [o["Key"] for o in s3.list_objects(Bucket=filled, Marker="b/")["Contents"]] == after


def test_listing_nothing(s3, filled):
    page = s3.list_objects_v2(Bucket=filled, MaxKeys=0)
    assert page["KeyCount"] == 0 and page["IsTruncated"] is False and "Contents" not in page


def test_a_listing_is_judged(s3, filled):
    with refused("InvalidArgument", 400, "The continuation token provided is incorrect"):
        s3.list_objects_v2(Bucket=filled, ContinuationToken="nonsense")
    with refused("InvalidArgument", 400):
        s3.list_objects_v2(Bucket=filled, MaxKeys=-1)
    with refused("InvalidArgument", 400, "Invalid Encoding Method"):
        s3.list_objects_v2(Bucket=filled, EncodingType="base64")


def test_a_listing_may_be_granted_by_prefix(s3, filled, user):
    user.allow("s3:ListBucket", f"arn:aws:s3:::{filled}", condition={"StringLike": {"s3:prefix": "a/*"}})
    theirs = user.client("s3")
    assert [o["Key"] for o in theirs.list_objects_v2(Bucket=filled, Prefix="a/")["Contents"]] == ["a/1", "a/2", "a/b/3"]
    with refused("AccessDenied", 403):
        theirs.list_objects_v2(Bucket=filled)
    with refused("AccessDenied", 403):
        theirs.list_objects_v2(Bucket=filled, Prefix="b/")
