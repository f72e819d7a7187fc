#!/usr/bin/env python3
"""Writes docs/api-coverage.md: which operations of AWS's service models are declared (src/api/ops/*/operations.def), which are not, and what
those answer. `--check` only compares."""
import re
import sys
from pathlib import Path

import models

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/api-coverage.md"
ANSWERS = {"s3": "`501 NotImplemented`", "s3control": "`501 NotImplemented`",
           "kms": "`UnknownOperationException`", "cloudtrail": "`UnknownOperationException`", "organizations": "`UnknownOperationException`",
           "iam": "`InvalidAction`", "sts": "`InvalidAction`"}
BESIDE = {"s3": "Served beside the model: the form upload (PostObject) and preflight requests (OPTIONS)."}
# Older names of operations on the same routes.
OLDER = {"s3": {"GetBucketLifecycle", "PutBucketLifecycle", "GetBucketNotification"}}
PARTS = {"s3": ["ACLs say that the bucket's owner owns every object (`BucketOwnerEnforced`); other ownership answers `501 NotImplemented`.",
                "Lifecycle expires objects, versions, delete markers and uploads; transitions answer `501 NotImplemented`.",
                "Inventory configurations are kept and listed.",
                "Accelerate, logging, notification, replication, request payment and website are read as not configured."]}


def declared(service):
    path = ROOT / f"src/api/ops/{service}/operations.def"
    return set(re.findall(r"^OPERATION\(\w+, (\w+)\)$", path.read_text(), re.M)) if path.exists() else set()


def wrapped(names):
    return ", ".join(sorted(names)) + "."


def section(service):
    modelled, ours = set(models.load(service).operation_names) - OLDER.get(service, set()), declared(service)
    lines = [f"## {service}: {len(modelled & ours)} of {len(modelled)}", ""]
    if modelled & ours:
        lines += ["Served: " + wrapped(modelled & ours), ""]
    lines += [f"- {part}" for part in PARTS.get(service, [])] + ([""] if service in PARTS else [])
    if service in BESIDE:
        lines += [BESIDE[service], ""]
    if modelled - ours:
        lines += [f"Not served, answering {ANSWERS[service]}: " + wrapped(modelled - ours), ""]
    return lines


def page():
    lines = ["# Which operations are served", "", "Written by `tests/api_coverage.py` from the declared operations and AWS's service models.", ""]
    for service in models.SERVICES:
        lines += section(service)
    return "\n".join(lines).rstrip() + "\n"


def main():
    if "--check" not in sys.argv:
        PAGE.write_text(page())
    elif PAGE.read_text() != page():
        sys.exit(f"{PAGE.name} is not what tests/api_coverage.py writes")


if __name__ == "__main__":
    main()
