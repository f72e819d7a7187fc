#!/usr/bin/env python3
"""What docs/scale.md counts with: the omap that an object takes, and the rows and the memory that a KMS key takes.
It needs a cluster (CONTRIBUTING.md says how to start one): COFFER_TEST_CEPH_CONF=/tmp/ceph/ceph.conf bench/rados_size.py [KEYS]"""
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import servers  # noqa: F401: makes tests/ known

import ceph
from harness import Server

OBJECTS = 1000
KINDS = [("SSE-S3, 4 KiB", 4096, False), ("SSE-KMS, 4 KiB", 4096, True), ("SSE-KMS, 100,000 bytes", 100_000, True)]


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def omap_of(cluster, rows, partition):
    """(keys, bytes of the values) of a partition."""
    text = cluster.rados("-N", rows, "listomapvals", partition).decode(errors="replace")
    sizes = [int(size) for size in re.findall(r"^value \((\d+) bytes\) :$", text, re.M)]
    return len(sizes), sum(sizes)


def main():
    keys = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    cluster = ceph.Cluster(ceph.configured() or sys.exit("COFFER_TEST_CEPH_CONF names no cluster"))
    pool = ThreadPoolExecutor(16)
    with Server(rados=True) as server:
        s3, kms = (server.client(service, max_pool_connections=16) for service in ("s3", "kms"))
        rows = f"{server.home.name}/rows"
        key = kms.create_key()["KeyMetadata"]["Arn"]
        known = set(cluster.objects(rows))
        for number, (name, size, with_kms) in enumerate(KINDS):
            bucket = f"size-{number}"
            s3.create_bucket(Bucket=bucket)
            sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True} if with_kms else {}
            list(pool.map(lambda n: s3.put_object(Bucket=bucket, Key=f"some/prefix/object-{n:08}", Body=os.urandom(size), **sse),
                          range(OBJECTS)))
            [index] = [name for name in set(cluster.objects(rows)) - known if name.startswith("index/")]
            known.add(index)
            count, total = omap_of(cluster, rows, index)
            print(f"{name}: {count / OBJECTS:.2f} omap keys, {total / OBJECTS:.0f} bytes of values an object")
        account = "account/123456789012"
        before, memory = omap_of(cluster, rows, account)[0], resident_kib(server.process.pid)
        list(pool.map(lambda _: kms.create_key(), range(keys)))
        print(f"a KMS key: {(omap_of(cluster, rows, account)[0] - before) / keys:.2f} rows, "
              f"{(resident_kib(server.process.pid) - memory) / keys:.2f} KiB of a gateway's memory")


if __name__ == "__main__":
    main()
