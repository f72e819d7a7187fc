"""The AWS CLI: folders up, down and across, by address and by name."""
import filecmp
import json
import os
import subprocess

import pytest
from conftest import unique

NAMES = ["plain.txt", "with space.txt", "a+b.txt", "100%.txt", "%41.txt", "ümlaut/straße.txt", "日本語/鍵.txt", "deep/er/and/deeper.txt",
         "quote'\".txt", "a&b=c?d#e.txt", "semi;colon,comma.txt", "~tilde", "[bracket]", "emoji-🔑", "empty"]


@pytest.fixture(params=[False, True], ids=["by-address", "by-name"])
def aws(server, request):
    def run(*words, fails=False, **how):
        done = subprocess.run(["aws", *words], env=server.client_environment(hostname=request.param), capture_output=True, text=True,
                              timeout=120, check=False, **how)
        assert (done.returncode != 0) == fails, f"aws {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr
    return run


@pytest.fixture
def folder(tmp_path):
    top = tmp_path / "from"
    for name in NAMES:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "empty" else os.urandom(1000))
    (top / "big").write_bytes(os.urandom(9 * 1024 * 1024 + 5))
    return top


def same(left, right):
    names = sorted(str(p.relative_to(left)) for p in left.rglob("*") if p.is_file())
    assert names == sorted(str(p.relative_to(right)) for p in right.rglob("*") if p.is_file())
    assert filecmp.cmpfiles(left, right, names, shallow=False) == (names, [], [])


def test_a_folder_goes_round(aws, folder, tmp_path):
    first, second = unique("cli"), unique("cli")
    aws("s3", "mb", f"s3://{first}")
    aws("s3", "mb", f"s3://{second}")
    aws("s3", "sync", str(folder), f"s3://{first}/in/", "--only-show-errors")
    assert aws("s3", "sync", str(folder), f"s3://{first}/in/") == ""
    aws("s3", "sync", f"s3://{first}/in/", str(tmp_path / "back"), "--only-show-errors")
    same(folder, tmp_path / "back")
    aws("s3", "cp", f"s3://{first}/in/", f"s3://{second}/", "--recursive", "--only-show-errors", "--exclude", "big")
    aws("s3", "cp", f"s3://{second}/", str(tmp_path / "second"), "--recursive", "--only-show-errors")
    (folder / "big").unlink()
    same(folder, tmp_path / "second")
    aws("s3", "mv", f"s3://{second}/with space.txt", f"s3://{second}/moved + away.txt")
    assert "moved + away.txt" in aws("s3", "ls", f"s3://{second}/")
    aws("s3", "rm", f"s3://{second}/", "--recursive", "--only-show-errors")
    assert aws("s3", "ls", f"s3://{second}/", "--recursive") == ""
    aws("s3", "rb", f"s3://{second}")
    aws("s3", "rb", f"s3://{first}", "--force")
    assert "NoSuchBucket" in aws("s3", "ls", f"s3://{first}/", fails=True)


def test_streams_and_presigned_urls(aws, server, tmp_path):
    bucket = unique("cli")
    aws("s3", "mb", f"s3://{bucket}")
    aws("s3", "cp", "-", f"s3://{bucket}/stream", input="from a pipe")
    assert aws("s3", "cp", f"s3://{bucket}/stream", "-") == "from a pipe"
    aws("s3", "rb", f"s3://{bucket}", "--force")


def test_under_a_key(aws, tmp_path):
    bucket = unique("cli")
    aws("s3", "mb", f"s3://{bucket}")
    arn = json.loads(aws("kms", "create-key", "--description", "cli"))["KeyMetadata"]["Arn"]
    (tmp_path / "f").write_bytes(os.urandom(20_000))
    aws("s3", "cp", str(tmp_path / "f"), f"s3://{bucket}/f", "--sse", "aws:kms", "--sse-kms-key-id", arn)
    head = json.loads(aws("s3api", "head-object", "--bucket", bucket, "--key", "f"))
    assert head["ServerSideEncryption"] == "aws:kms" and head["SSEKMSKeyId"] == arn
    aws("kms", "disable-key", "--key-id", arn)
    assert "KMS.DisabledException" in aws("s3", "cp", f"s3://{bucket}/f", str(tmp_path / "g"), fails=True)
    aws("kms", "enable-key", "--key-id", arn)
    aws("s3", "cp", f"s3://{bucket}/f", str(tmp_path / "g"))
    assert (tmp_path / "g").read_bytes() == (tmp_path / "f").read_bytes()
    plain = "plain text"
    blob = json.loads(aws("kms", "encrypt", "--key-id", arn, "--plaintext", "fileb:///dev/stdin", input=plain))["CiphertextBlob"]
    (tmp_path / "blob").write_bytes(__import__("base64").b64decode(blob))
    opened = json.loads(aws("kms", "decrypt", "--ciphertext-blob", f"fileb://{tmp_path / 'blob'}"))["Plaintext"]
    assert __import__("base64").b64decode(opened).decode() == plain


def test_who_am_i(aws):
    assert json.loads(aws("sts", "get-caller-identity"))["Arn"] == "arn:aws:iam::123456789012:root"
