"""Documents that mean harm, at every operation that takes one: refused at once, in AWS's words."""
import base64
import hashlib
import time

import pytest
from wire import call

TARGETS = ["/{bucket}?tagging", "/{bucket}?cors", "/{bucket}?lifecycle", "/{bucket}?publicAccessBlock", "/{bucket}?ownershipControls", "/{bucket}?object-lock",
           "/{bucket}?inventory&id=i", "/{bucket}/k?tagging", "/{bucket}/k?retention", "/{bucket}/k?legal-hold"]
DEEP = 20_000
DOCUMENTS = {
    "entities": b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Tagging>&b;</Tagging>',
    "external": b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><Tagging/>',
    "deep": b"<a>" * DEEP + b"</a>" * DEEP,
    "open": b"<Tagging><TagSet><Tag><Key>",
    "bytes": b"\xff\xfe\x00\x01",
    "other": b"<Nothing/>",
    "wide": b"<Tagging>" + b"<x/>" * 15_000 + b"</Tagging>"}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_is_refused(server, s3, bucket, target, kind):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    body = DOCUMENTS[kind]
    begun = time.monotonic()
    answer = call(server, "PUT", target.format(bucket=bucket), {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}, body)
    assert time.monotonic() - begun < 5
    assert answer.status == 400 and answer.code in ("MalformedXML", "IdMismatch", "InvalidRequest", "EntityTooLarge", "MaxMessageLengthExceeded"), answer


def test_an_odd_query(server, bucket):
    for tagging in ("%zz", "%ff=1", "a=%00", "=" * 5, "&".join(f"k{i}" for i in range(2000))):
        answer = call(server, "PUT", f"/{bucket}/k", {"x-amz-tagging": tagging}, b"x")
        assert answer.status == 400 and answer.code in ("InvalidArgument", "InvalidTag", "BadRequest"), (tagging[:20], answer)
