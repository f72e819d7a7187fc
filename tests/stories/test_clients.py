"""Other people's programs doing an everyday round under SSE-KMS, over TLS: rclone, s3cmd, restic, s3fs. `script/bootstrap --clients` installs
them; where one is absent its story is skipped."""
import os
import shutil
import subprocess

import pytest
from conftest import unique


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed: script/bootstrap --clients")


class Program:
    def __init__(self, server, home):
        self.home = home
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_ACCESS_KEY_ID": server.access_key,
                            "AWS_SECRET_ACCESS_KEY": server.secret_key, "AWS_DEFAULT_REGION": server.region, "AWS_REGION": server.region}

    def run(self, *command, **more):
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=self.home, env={**self.environment, **more})
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def program(server, tmp_path):
    return Program(server, tmp_path)


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / "small.txt").write_text("small")
    (folder / "sub" / "large.bin").write_bytes(os.urandom(17 * 1024 * 1024))
    return folder


@pytest.fixture
def sealed(s3, key_arn):
    """A bucket whose objects are under a KMS key unless a request says otherwise."""
    name = unique("client")
    s3.create_bucket(Bucket=name)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return name


def under(s3, bucket, key_arn):
    """The keys of the bucket, each of them under the KMS key."""
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    assert keys and all(s3.head_object(Bucket=bucket, Key=key)["SSEKMSKeyId"] == key_arn for key in keys)
    return keys


@needs("rclone")
def test_rclone(server, s3, key_arn, program, files, sealed):
    program.environment |= {"RCLONE_CONFIG_C_TYPE": "s3", "RCLONE_CONFIG_C_PROVIDER": "Other", "RCLONE_CONFIG_C_ENV_AUTH": "true",
                            "RCLONE_CONFIG_C_ENDPOINT": server.endpoint, "RCLONE_CONFIG_C_REGION": server.region, "RCLONE_CA_CERT": str(server.ca),
                            "RCLONE_CONFIG_C_SERVER_SIDE_ENCRYPTION": "aws:kms", "RCLONE_CONFIG_C_SSE_KMS_KEY_ID": key_arn,
                            "RCLONE_S3_NO_CHECK_BUCKET": "true", "RCLONE_S3_UPLOAD_CUTOFF": "8M", "RCLONE_S3_CHUNK_SIZE": "8M"}
    target = f"c:{sealed}/copy"
    program.run("rclone", "copy", str(files), target)
    assert under(s3, sealed, key_arn) == ["copy/small.txt", "copy/sub/large.bin"]
    assert program.run("rclone", "cat", f"{target}/small.txt") == "small"
    whole = (files / "sub" / "large.bin").read_bytes()
    part = subprocess.run(["rclone", "cat", "--offset", "1000", "--count", "64", f"{target}/sub/large.bin"], capture_output=True, check=True,
                          env=program.environment).stdout
    assert part == whole[1000:1064]
    program.run("rclone", "copy", target, str(program.home / "back"))
    assert (program.home / "back" / "sub" / "large.bin").read_bytes() == whole
    program.run("rclone", "moveto", f"{target}/small.txt", f"c:{sealed}/moved.txt")
    assert under(s3, sealed, key_arn) == ["copy/sub/large.bin", "moved.txt"]
    program.run("rclone", "purge", target)
    assert under(s3, sealed, key_arn) == ["moved.txt"]


@needs("restic")
def test_restic(server, s3, key_arn, program, files, sealed):
    program.environment |= {"RESTIC_REPOSITORY": f"s3:{server.endpoint}/{sealed}/repo", "RESTIC_PASSWORD": "password",
                            "RESTIC_CACHE_DIR": str(program.home / "cache"), "SSL_CERT_FILE": str(server.ca)}
    program.run("restic", "init")
    program.run("restic", "backup", str(files))
    program.run("restic", "check", "--read-data")
    program.run("restic", "restore", "latest", "--target", str(program.home / "back"))
    assert (program.home / "back" / str(files)[1:] / "sub" / "large.bin").read_bytes() == (files / "sub" / "large.bin").read_bytes()
    under(s3, sealed, key_arn)
    program.run("restic", "forget", "--keep-last", "1", "--prune")


@needs("s3cmd")
def test_s3cmd(server, s3, key_arn, program, files, sealed):
    (program.home / ".s3cfg").write_text("\n".join([
        "[default]", f"access_key = {server.access_key}", f"secret_key = {server.secret_key}", f"host_base = 127.0.0.1:{server.port}",
        f"host_bucket = 127.0.0.1:{server.port}", "use_https = True", f"ca_certs_file = {server.ca}", "check_ssl_hostname = False",
        f"bucket_location = {server.region}", "signature_v2 = False", "multipart_chunk_size_mb = 5", ""]))
    base = f"s3://{sealed}"
    program.run("s3cmd", "put", "--server-side-encryption", f"--server-side-encryption-kms-id={key_arn}", str(files / "small.txt"), f"{base}/small.txt")
    program.run("s3cmd", "put", str(files / "sub" / "large.bin"), f"{base}/large.bin")
    assert under(s3, sealed, key_arn) == ["large.bin", "small.txt"]
    assert f"{base}/small.txt" in program.run("s3cmd", "ls", base)
    program.run("s3cmd", "cp", f"{base}/small.txt", f"{base}/copied.txt")
    program.run("s3cmd", "get", f"{base}/large.bin", str(program.home / "back.bin"))
    assert (program.home / "back.bin").read_bytes() == (files / "sub" / "large.bin").read_bytes()
    assert "small" in program.run("s3cmd", "info", f"{base}/small.txt")
    program.run("s3cmd", "del", "--recursive", "--force", base)
    assert "Contents" not in s3.list_objects_v2(Bucket=sealed)


@needs("s3fs")
@pytest.mark.skipif(not os.path.exists("/dev/fuse"), reason="no FUSE")
def test_s3fs(server, s3, key_arn, program, files, sealed):
    mount = program.home / "mount"
    mount.mkdir()
    program.environment |= {"CURL_CA_BUNDLE": str(server.ca), "AWSACCESSKEYID": server.access_key, "AWSSECRETACCESSKEY": server.secret_key}
    program.run("s3fs", sealed, str(mount), "-o", f"url={server.endpoint},use_path_request_style,endpoint={server.region},curldbg=no",
                "-o", f"use_sse=kmsid:{key_arn.rpartition('/')[2]}")
    try:
        shutil.copy(files / "sub" / "large.bin", mount / "large.bin")
        (mount / "small.txt").write_text("small")
        assert sorted(os.listdir(mount)) == ["large.bin", "small.txt"]
        assert (mount / "large.bin").read_bytes() == (files / "sub" / "large.bin").read_bytes()
        os.rename(mount / "small.txt", mount / "moved.txt")
        os.remove(mount / "large.bin")
    finally:
        program.run("fusermount", "-u", str(mount))
    assert under(s3, sealed, key_arn) == ["moved.txt"]
