"""Assertions about refusals."""
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError


class Refusal:
    """What a refused call answered; filled when the `with` block ends."""

    code = message = status = response = None


@contextmanager
def refused(code, status=None, message=None):
    """The block's call is refused with `code` (one, or a tuple of codes), and with this status and message where given."""
    refusal = Refusal()
    with pytest.raises(ClientError) as caught:
        yield refusal
    refusal.response = caught.value.response
    refusal.code = refusal.response["Error"].get("Code")
    refusal.message = refusal.response["Error"].get("Message", "")
    refusal.status = refusal.response["ResponseMetadata"]["HTTPStatusCode"]
    assert refusal.code in ((code,) if isinstance(code, str) else code), (refusal.code, refusal.message)
    if status is not None:
        assert refusal.status == status, refusal.response
    if message is not None:
        assert message in refusal.message, refusal.message
